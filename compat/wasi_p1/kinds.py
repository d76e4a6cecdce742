"""Parameters that only WASI has."""

from __future__ import annotations

from compat._typing import TYPE_CHECKING, Any
from compat.abi.kinds import Kind
from compat.kernel.errno import Errno, SysError
from compat.kernel.paths import PATH_MAX

if TYPE_CHECKING:
    from compat.abi.guest import Guest


class _Path(Kind):
    slots = "ii"

    def decode(self, guest: Guest, *raw: Any) -> str:
        length = raw[1] & 0xFFFF_FFFF
        data = guest.memory.view(raw[0] & 0xFFFF_FFFF, length)
        # The kernel would refuse it too, but only after gigabytes had been decoded.
        if length >= PATH_MAX:
            raise SysError(Errno.ENAMETOOLONG)
        return bytes(data).decode("utf-8", "surrogateescape")


class Bits(Kind):
    """A set of flags, as a number: the lowest `count` bits have a meaning, and no other may be set."""

    def __init__(self, slots: str, count: int) -> None:
        self.slots = slots
        self.width = (1 << (64 if slots == "j" else 32)) - 1
        self.unknown = self.width & ~((1 << count) - 1)

    def decode(self, guest: Guest, *raw: Any) -> int:
        """The number. Raises SysError: EINVAL for a bit that means nothing."""
        value: int = raw[0] & self.width
        if value & self.unknown:
            raise SysError(Errno.EINVAL)
        return value


if TYPE_CHECKING:
    Path = str
else:
    Path = _Path()
    """A pointer and a length in bytes: a path, or the target of a link (`string` in WITX)."""
