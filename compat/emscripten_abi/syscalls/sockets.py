"""Sockets: none can be made, as no network is granted to the guest."""

from __future__ import annotations

from enum import Enum

from compat._typing import NoReturn
from compat.abi.kinds import I32, U32, Pointer
from compat.abi.memory import Memory
from compat.abi.row import PARTIAL, STUB, Table
from compat.emscripten_abi.errno import negative_errno
from compat.kernel.errno import Errno, SysError
from compat.kernel.process import Process

syscalls = Table("env", "syscalls", failure=negative_errno)


class SocketCall(Enum):
    """The calls that Linux on i386 has behind one number."""

    SOCKET = 1
    BIND = 2
    CONNECT = 3
    LISTEN = 4
    ACCEPT = 5
    GETSOCKNAME = 6
    GETPEERNAME = 7
    SOCKETPAIR = 8
    SEND = 9
    RECV = 10
    SENDTO = 11
    RECVFROM = 12
    SHUTDOWN = 13
    SETSOCKOPT = 14
    GETSOCKOPT = 15
    SENDMSG = 16
    RECVMSG = 17
    ACCEPT4 = 18
    RECVMMSG = 19
    SENDMMSG = 20


@syscalls.varargs("___syscall102", level=PARTIAL, note="sockets are denied: socket() fails with EACCES")
def socketcall(process: Process, memory: Memory, call: SocketCall, arguments: Pointer) -> I32:
    """Every socket function of musl. Errors: EACCES (making a socket), EBADF, EINVAL (no such call), ENOTSOCK."""
    if call in (SocketCall.SOCKET, SocketCall.SOCKETPAIR):
        raise SysError(Errno.EACCES)
    _not_a_socket(process, memory.load_i32(arguments))


def _not_a_socket(process: Process, fd: int) -> NoReturn:
    process.files[fd]
    raise SysError(Errno.ENOTSOCK)


@syscalls.varargs("___syscall337", level=STUB, note="sockets are denied: no descriptor is one (ENOTSOCK)")
def recvmmsg(process: Process, fd: I32, messages: Pointer, count: U32, flags: U32, timeout: Pointer) -> I32:
    """Receive several messages. Errors: EBADF, ENOTSOCK."""
    _not_a_socket(process, fd)


@syscalls.varargs("___syscall345", level=STUB, note="sockets are denied: no descriptor is one (ENOTSOCK)")
def sendmmsg(process: Process, fd: I32, messages: Pointer, count: U32, flags: U32) -> I32:
    """Send several messages. Errors: EBADF, ENOTSOCK."""
    _not_a_socket(process, fd)
