"""sock_*: sockets. A guest cannot make one; it can only have been handed one, and accept connections on it.

All of them raise EBADF, ENOTSOCK, ENOTCAPABLE and EFAULT; the docstrings name what else.
"""

from __future__ import annotations

from compat.abi.kinds import U16, U32, Out
from compat.kernel.errno import Errno, SysError
from compat.kernel.files import OpenFile
from compat.kernel.stat import FileType
from compat.wasi_p1.attributes import status_flags
from compat.wasi_p1.fd import check_total
from compat.wasi_p1.guest import WasiGuest
from compat.wasi_p1.table import table
from compat.wasi_p1.types import CiovecArray, Fd, Fdflags, IovecArray, Riflag, Riflags, Right, Sdflag, Sdflags, Siflags

p1 = table("sockets")


@p1.function("sock_accept")
def sock_accept(guest: WasiGuest, fd: Fd, flags: Fdflags, accepted: Out[U32]) -> None:
    """Take the next connection, with the lowest free descriptor and the inheriting rights of the socket.

    Errors: EAGAIN, ECONNABORTED, EINVAL, EMFILE.
    """
    connection = _socket(guest, fd, Right.SOCK_ACCEPT).accept(status_flags(flags))
    passed_on = guest.descriptor(fd).inheriting
    accepted.set(guest.open(connection, passed_on, passed_on))


@p1.function("sock_recv")
def sock_recv(
    guest: WasiGuest, fd: Fd, data: IovecArray, flags: Riflags, received: Out[U32], outcome: Out[U16]
) -> None:
    """Receive; 0 bytes at the end. A stream cuts nothing off. Errors: EAGAIN, ECONNRESET, EINVAL, ENOTCONN."""
    socket = _socket(guest, fd, Right.FD_READ)
    check_total(data)
    peek, wait_all = bool(flags & Riflag.RECV_PEEK), bool(flags & Riflag.RECV_WAITALL)
    received.set(socket.receive(data, peek=peek, wait_all=wait_all).size)
    outcome.set(0)


@p1.function("sock_send")
def sock_send(guest: WasiGuest, fd: Fd, data: CiovecArray, flags: Siflags, sent: Out[U32]) -> None:
    """Send. Errors: EAGAIN, ECONNRESET, EINVAL (there is no flag), ENOTCONN, EPIPE."""
    socket = _socket(guest, fd, Right.FD_WRITE)
    if flags:
        raise SysError(Errno.EINVAL)
    check_total(data)
    sent.set(socket.writev(data))


@p1.function("sock_shutdown")
def sock_shutdown(guest: WasiGuest, fd: Fd, how: Sdflags) -> None:
    """End one direction of a connection or both. Errors: EINVAL (neither), ENOTCONN."""
    socket = _socket(guest, fd, Right.SOCK_SHUTDOWN)
    socket.shutdown(receiving=bool(how & Sdflag.RD), sending=bool(how & Sdflag.WR))


def _socket(guest: WasiGuest, fd: int, needed: int) -> OpenFile:
    """The socket at `fd`. That it is none is said before that rights are missing: no other file has the rights."""
    if guest.file(fd, 0).stat().type is not FileType.SOCKET:
        raise SysError(Errno.ENOTSOCK)
    return guest.file(fd, needed)
