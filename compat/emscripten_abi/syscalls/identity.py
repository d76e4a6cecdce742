"""Users and groups: the guest is root in its own files, and can become nobody else."""

from __future__ import annotations

from compat.abi.kinds import I32, U32, Out, Pointer
from compat.abi.memory import Memory
from compat.abi.row import Table
from compat.emscripten_abi.errno import negative_errno
from compat.kernel.errno import Errno, SysError
from compat.kernel.process import Process

syscalls = Table("env", "syscalls", failure=negative_errno)

UNCHANGED = 0xFFFF_FFFF


def _check(present: int, *wanted: int) -> None:
    """Errors: EPERM (another identity)."""
    if any(number not in (present, UNCHANGED) for number in wanted):
        raise SysError(Errno.EPERM)


@syscalls.varargs("___syscall199")
@syscalls.varargs("___syscall201")
def getuid32(process: Process) -> I32:
    """The real (199) and the effective (201) user."""
    return process.uid


@syscalls.varargs("___syscall200")
@syscalls.varargs("___syscall202")
def getgid32(process: Process) -> I32:
    """The real (200) and the effective (202) group."""
    return process.gid


@syscalls.varargs("___syscall209")
def getresuid32(process: Process, real: Out[U32], effective: Out[U32], saved: Out[U32]) -> None:
    """The three users."""
    for result in (real, effective, saved):
        result.set(process.uid)


@syscalls.varargs("___syscall211")
def getresgid32(process: Process, real: Out[U32], effective: Out[U32], saved: Out[U32]) -> None:
    """The three groups."""
    for result in (real, effective, saved):
        result.set(process.gid)


@syscalls.varargs("___syscall205")
def getgroups32(process: Process, memory: Memory, size: I32, result: Pointer) -> I32:
    """The supplementary groups: one, the process's own. Errors: EINVAL (no room for it)."""
    if size < 0:
        raise SysError(Errno.EINVAL)
    if size:
        memory.store_32(result, process.gid)
    return 1


@syscalls.varargs("___syscall213")
def setuid32(process: Process, uid: U32) -> None:
    """Become a user. Errors: EPERM (another one)."""
    _check(process.uid, uid)


@syscalls.varargs("___syscall214")
def setgid32(process: Process, gid: U32) -> None:
    """Become of a group. Errors: EPERM (another one)."""
    _check(process.gid, gid)


@syscalls.varargs("___syscall203")
def setreuid32(process: Process, real: U32, effective: U32) -> None:
    """Set two of the users; -1 leaves one. Errors: EPERM."""
    _check(process.uid, real, effective)


@syscalls.varargs("___syscall204")
def setregid32(process: Process, real: U32, effective: U32) -> None:
    """Set two of the groups; -1 leaves one. Errors: EPERM."""
    _check(process.gid, real, effective)


@syscalls.varargs("___syscall208")
def setresuid32(process: Process, real: U32, effective: U32, saved: U32) -> None:
    """Set the three users; -1 leaves one. Errors: EPERM."""
    _check(process.uid, real, effective, saved)


@syscalls.varargs("___syscall210")
def setresgid32(process: Process, real: U32, effective: U32, saved: U32) -> None:
    """Set the three groups; -1 leaves one. Errors: EPERM."""
    _check(process.gid, real, effective, saved)
