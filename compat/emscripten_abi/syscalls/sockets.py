"""Sockets: real ones at the places that were granted to the guest, and none elsewhere."""

from __future__ import annotations

from compat._enum import Enum
from compat.abi.kinds import I32, Pointer
from compat.abi.row import PARTIAL, Table
from compat.emscripten_abi.errno import negative_errno
from compat.emscripten_abi.guest import EmscriptenGuest

syscalls = Table("env", "syscalls", failure=negative_errno)

NOT_MADE = "TCP and UDP at granted places (--allow-net), and pairs; `socket` makes none of AF_UNIX, nor raw ones"


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


@syscalls.varargs("___syscall102", level=PARTIAL, note=NOT_MADE)
def socketcall(guest: EmscriptenGuest, call: SocketCall, arguments: Pointer) -> I32:
    """Every socket function of musl, by the number of the call. Errors: EFAULT, EINVAL (no such call), and the call's.

    Under the JavaScript, a socket was a WebSocket that never waited: `connect` was always EINPROGRESS, and many of the
    calls ended the program. Here they do what POSIX says.
    """
    return _made(guest, call, arguments)


@syscalls.function("___syscall337")
def recvmmsg(guest: EmscriptenGuest, number: I32, arguments: Pointer) -> I32:
    """Receive several messages. Errors: EBADF, EFAULT, ENOTSOCK, and those of `recvmsg`."""
    return _made(guest, SocketCall.RECVMMSG, arguments)


@syscalls.function("___syscall345")
def sendmmsg(guest: EmscriptenGuest, number: I32, arguments: Pointer) -> I32:
    """Send several messages. Errors: EBADF, EFAULT, ENOTSOCK, and those of `sendmsg`."""
    return _made(guest, SocketCall.SENDMMSG, arguments)


def _made(guest: EmscriptenGuest, call: SocketCall, arguments: int) -> int:
    # Not above: hardly a program has sockets.
    from compat.emscripten_abi.syscalls.socketcalls import Calls

    return guest.part(Calls).make(call.name.lower(), arguments)
