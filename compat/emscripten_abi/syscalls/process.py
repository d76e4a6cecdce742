"""The process itself: its end, its relatives, its limits, what it runs on."""

from __future__ import annotations

from compat._typing import NoReturn
from compat.abi.guest import Exit
from compat.abi.kinds import I32, U32, In, Out, Pointer
from compat.abi.row import PARTIAL, STUB, Table
from compat.emscripten_abi.errno import negative_errno
from compat.emscripten_abi.guest import EmscriptenGuest
from compat.emscripten_abi.libc import signals
from compat.emscripten_abi.libc.time import timeval
from compat.emscripten_abi.structs import Rlimit, Rusage, Utsname
from compat.kernel.errno import Errno, SysError
from compat.kernel.process import Process

syscalls = Table("env", "syscalls", failure=negative_errno)

INFINITY = 2**64 - 1
"""RLIM_INFINITY."""
RLIMIT_NOFILE = 7
RLIMITS = 16
"""How many resources have a limit."""
RUSAGE = (0, -1, 1)
"""Self, children, thread."""


@syscalls.varargs("___syscall1")
def exit(status: I32) -> NoReturn:
    """End the program."""
    raise Exit(status & 0xFF)


@syscalls.varargs("___syscall252")
def exit_group(status: I32) -> NoReturn:
    """End the program."""
    raise Exit(status & 0xFF)


# --- relatives


def _check_self(process: Process, pid: int) -> None:
    if pid not in (0, process.pid):
        raise SysError(Errno.ESRCH)


@syscalls.varargs("___syscall20")
def getpid(process: Process) -> I32:
    """The process number, always the same."""
    return process.pid


@syscalls.varargs("___syscall64")
def getppid(process: Process) -> I32:
    """The parent's number."""
    return process.ppid


@syscalls.varargs("___syscall65")
def getpgrp(process: Process) -> I32:
    """The process group: the process leads one of its own."""
    return process.pid


@syscalls.varargs("___syscall132")
def getpgid(process: Process, pid: I32) -> I32:
    """The process group. Errors: ESRCH (another process)."""
    _check_self(process, pid)
    return process.pid


@syscalls.varargs("___syscall57")
def setpgid(process: Process, pid: I32, group: I32) -> None:
    """Join a process group. Errors: EPERM (another group), ESRCH (another process)."""
    _check_self(process, pid)
    if group not in (0, process.pid):
        raise SysError(Errno.EPERM)


@syscalls.varargs("___syscall147")
def getsid(process: Process, pid: I32) -> I32:
    """The session: the process leads one of its own. Errors: ESRCH (another process)."""
    _check_self(process, pid)
    return process.pid


@syscalls.varargs(
    "___syscall66", level=STUB, note="0: daemons go on, as they did in JavaScript, where Linux says EPERM"
)
def setsid() -> None:
    """Start a session."""


@syscalls.varargs("___syscall114")
def wait4(pid: I32, status: Pointer, options: U32, usage: Pointer) -> I32:
    """Wait for a child; there are none. Errors: ECHILD."""
    raise SysError(Errno.ECHILD)


syscalls.varargs("___syscall29", level=PARTIAL, note=signals.NONE_ELSE)(signals.pause)
syscalls.varargs("___syscall104", level=PARTIAL, note=signals.REAL_TIME)(signals.setitimer)


@syscalls.varargs("___syscall178", level=PARTIAL, note="a signal that is held back is kept once, and without its value")
def rt_sigqueueinfo(guest: EmscriptenGuest, pid: I32, signal: I32, info: Pointer) -> None:
    """Send a signal to itself, with a value. Errors: EINVAL, ESRCH (another process)."""
    _check_self(guest.process, pid)
    signals.check(signal)
    guest.part(signals.Signals).send(signal, info)


# --- limits and use


def _limit(process: Process, resource: int) -> Rlimit:
    """The limits of a resource: descriptors are limited, nothing else is. Errors: EINVAL (no such resource)."""
    if not 0 <= resource < RLIMITS:
        raise SysError(Errno.EINVAL)
    value = process.files.limit if resource == RLIMIT_NOFILE else INFINITY
    return Rlimit(cur=value, max=value)


def _set_limit(process: Process, resource: int, limit: Rlimit) -> None:
    """Errors: EINVAL, EPERM (above the present one)."""
    present = _limit(process, resource)
    if limit.cur > limit.max:
        raise SysError(Errno.EINVAL)
    if limit.max > present.max:
        raise SysError(Errno.EPERM)
    if resource == RLIMIT_NOFILE:
        process.files.limit = limit.cur


@syscalls.varargs("___syscall191")
def ugetrlimit(process: Process, resource: I32, result: Out[Rlimit]) -> None:
    """The limit of a resource. Errors: EINVAL."""
    result.set(_limit(process, resource))


@syscalls.varargs("___syscall75")
def setrlimit(process: Process, resource: I32, limit: In[Rlimit]) -> None:
    """Lower the limit of a resource; only that on descriptors has an effect. Errors: EINVAL, EPERM."""
    _set_limit(process, resource, limit)


@syscalls.varargs("___syscall340")
def prlimit64(process: Process, pid: I32, resource: I32, new: In[Rlimit] | None, old: Out[Rlimit] | None) -> None:
    """Both of the above. Errors: EINVAL, EPERM, ESRCH (another process)."""
    _check_self(process, pid)
    present = _limit(process, resource)
    if new:
        _set_limit(process, resource, new)
    if old:
        old.set(present)


@syscalls.varargs("___syscall77")
def getrusage(process: Process, who: I32, result: Out[Rusage]) -> None:
    """Processor time used; nothing else is counted. Errors: EINVAL."""
    if who not in RUSAGE:
        raise SysError(Errno.EINVAL)
    used = 0 if who == RUSAGE[1] else process.clock.cputime()
    result.set(Rusage(utime=timeval(used)))


class Niceness:
    """How nice the process is: nobody else is there to profit."""

    def __init__(self, guest: EmscriptenGuest) -> None:
        self.value = 0

    def set(self, value: int, refusal: Errno) -> None:
        """Set it, as far as it goes. Errors: `refusal` (only a privileged user is less nice again)."""
        value = max(LEAST_NICE, min(value, NICEST))
        if value < self.value:
            raise SysError(refusal)
        self.value = value


LEAST_NICE, NICEST = -20, 19
PRIO_USER = 2
"""PRIO_PROCESS and PRIO_PGRP go before it."""


def _check_whose(process: Process, which: int, who: int) -> None:
    """Errors: EINVAL, ESRCH (another process, group or user)."""
    if not 0 <= which <= PRIO_USER:
        raise SysError(Errno.EINVAL)
    if who not in (0, process.pid if which < PRIO_USER else 0):
        raise SysError(Errno.ESRCH)


@syscalls.varargs("___syscall96")
def getpriority(guest: EmscriptenGuest, which: I32, who: I32) -> I32:
    """20 minus the nice value: so Linux has it, and musl turns it round. Errors: EINVAL, ESRCH (somebody else)."""
    _check_whose(guest.process, which, who)
    return 20 - guest.part(Niceness).value


@syscalls.varargs("___syscall97")
def setpriority(guest: EmscriptenGuest, which: I32, who: I32, nice: I32) -> None:
    """Set the nice value. Errors: EACCES (a lower one), EINVAL, ESRCH (somebody else)."""
    _check_whose(guest.process, which, who)
    guest.part(Niceness).set(nice, Errno.EACCES)


@syscalls.varargs("___syscall34")
def nice(guest: EmscriptenGuest, increment: I32) -> None:
    """Change the nice value. Errors: EPERM (a lower one)."""
    niceness = guest.part(Niceness)
    niceness.set(niceness.value + increment, Errno.EPERM)


@syscalls.varargs("___syscall51", level=STUB, note="ENOSYS: there is no process accounting, as Linux may be built too")
def acct(path: Pointer) -> I32:
    """Start process accounting. Errors: ENOSYS."""
    raise SysError(Errno.ENOSYS)


# --- the system


@syscalls.varargs("___syscall122")
def uname(result: Out[Utsname] | None) -> None:
    """What system this is: the answers of the JavaScript, which programs were configured by. Errors: EFAULT."""
    if result is None:
        raise SysError(Errno.EFAULT)
    result.set(Utsname(sysname=b"Emscripten", nodename=b"emscripten", release=b"1.0", version=b"#1", machine=b"x86-JS"))


@syscalls.varargs("___syscall121", level=STUB, note="EPERM: the guest may not name the system, as an ordinary user")
def setdomainname(name: Pointer, length: U32) -> I32:
    """Set the NIS domain. Errors: EPERM."""
    raise SysError(Errno.EPERM)


@syscalls.varargs("___syscall60")
def umask(process: Process, mask: U32) -> I32:
    """Set which permissions new files do not get, and return the former mask, at first 0777.

    That first mask stands for none: the JavaScript reported it, and took nothing off.
    """
    former = process.umask
    process.umask = mask & 0o777
    return former
