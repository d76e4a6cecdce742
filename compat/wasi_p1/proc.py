"""proc_*: the end of the process, and signals to itself."""

from __future__ import annotations

from compat._typing import NoReturn
from compat.abi.guest import Exit
from compat.abi.kinds import U32
from compat.errors import Abort
from compat.kernel.errno import Errno, SysError
from compat.wasi_p1.guest import WasiGuest
from compat.wasi_p1.table import table
from compat.wasi_p1.types import Signal

p1 = table("process")

_IGNORED = frozenset({Signal.NONE, Signal.CHLD, Signal.CONT, Signal.URG, Signal.WINCH})
_STOPPING = frozenset({Signal.STOP, Signal.TSTP, Signal.TTIN, Signal.TTOU})


@p1.function("proc_exit", native="wasi_proc_exit")
def proc_exit(guest: WasiGuest, status: U32) -> NoReturn:
    """End the process. Nothing runs after it: exit handlers are the guest's own."""
    raise Exit(status)


@p1.function("proc_raise")
def proc_raise(guest: WasiGuest, signal: Signal) -> None:
    """Take a signal's default action, as POSIX has it: most end the process, as `abort` does.

    Errors: EINVAL (no signal), ENOTSUP (one that stops the process: nothing could let it go on).
    """
    if signal in _IGNORED:
        return
    if signal in _STOPPING:
        raise SysError(Errno.ENOTSUP)
    raise Abort(f"the guest raised SIG{signal.name}")
