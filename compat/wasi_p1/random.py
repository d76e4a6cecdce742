"""random_get: entropy."""

from __future__ import annotations

from compat.abi.kinds import Bytes
from compat.wasi_p1.guest import WasiGuest
from compat.wasi_p1.table import table

p1 = table("random")

_STEP = 1 << 16


@p1.function("random_get", native="wasi_random_get")
def random_get(guest: WasiGuest, buffer: Bytes) -> None:
    """Fill the buffer with random bytes. Errors: EFAULT."""
    # In pieces: the guest can ask for as much as it has memory, and the host need not hold that twice.
    for start in range(0, len(buffer), _STEP):
        piece = buffer[start : start + _STEP]
        piece[:] = guest.process.entropy.bytes(len(piece))
