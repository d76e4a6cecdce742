"""clock_*: reading the clocks."""

from __future__ import annotations

from compat.abi.kinds import U64, Out
from compat.kernel.clock import ClockId
from compat.kernel.errno import Errno, SysError
from compat.wasi_p1.attributes import TIME_MAX
from compat.wasi_p1.guest import WasiGuest
from compat.wasi_p1.table import table
from compat.wasi_p1.types import Clockid

p1 = table("clock")

CLOCKS = {
    Clockid.REALTIME: ClockId.REALTIME,
    Clockid.MONOTONIC: ClockId.MONOTONIC,
    Clockid.PROCESS_CPUTIME_ID: ClockId.PROCESS_CPUTIME,
    Clockid.THREAD_CPUTIME_ID: ClockId.THREAD_CPUTIME,
}


@p1.function("clock_res_get", native="wasi_clock_res_get")
def clock_res_get(guest: WasiGuest, id: Clockid, resolution: Out[U64]) -> None:
    """The resolution of a clock in nanoseconds. Errors: EINVAL, EFAULT."""
    resolution.set(guest.process.clock.resolution(CLOCKS[id]))


@p1.function("clock_time_get", native="wasi_clock_time_get")
def clock_time_get(guest: WasiGuest, id: Clockid, precision: U64, time: Out[U64]) -> None:
    """Read a clock, in nanoseconds, as precisely as it goes. Errors: EINVAL, EFAULT, EOVERFLOW (in some 580 years)."""
    now = guest.process.clock.now(CLOCKS[id])
    if now > TIME_MAX:
        raise SysError(Errno.EOVERFLOW)
    time.set(now)
