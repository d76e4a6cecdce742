"""Clocks, for programs that make the system call themselves: the C library calls functions of the host."""

from __future__ import annotations

from compat.abi.kinds import Out
from compat.abi.row import Table
from compat.emscripten_abi.errno import negative_errno
from compat.emscripten_abi.libc.time import ClockName, timespec
from compat.emscripten_abi.structs import Timespec
from compat.kernel.process import Process

syscalls = Table("env", "syscalls", failure=negative_errno)


@syscalls.varargs("___syscall265")
def clock_gettime(process: Process, clock: ClockName, result: Out[Timespec]) -> None:
    """Read a clock. Errors: EINVAL (no such clock)."""
    result.set(timespec(process.clock.now(clock.kernel)))


@syscalls.varargs("___syscall266")
def clock_getres(process: Process, clock: ClockName, result: Out[Timespec] | None) -> None:
    """The resolution of a clock. Errors: EINVAL."""
    if result:
        result.set(timespec(process.clock.resolution(clock.kernel)))
