"""sock_*: sockets. A guest cannot make one; it can only have been handed one."""

from __future__ import annotations

from compat.abi.kinds import U16, U32, Out
from compat.abi.row import PARTIAL
from compat.kernel.errno import Errno, SysError
from compat.kernel.files import OpenFile
from compat.kernel.stat import FileType
from compat.wasi_p1.fd import check_total
from compat.wasi_p1.guest import WasiGuest
from compat.wasi_p1.table import table
from compat.wasi_p1.types import CiovecArray, Fd, Fdflags, IovecArray, Riflags, Right, Sdflags, Siflags

p1 = table("sockets")

_NOTE = "a standard stream that is a socket sends and receives; the host cannot hand in others yet"


@p1.function("sock_accept", level=PARTIAL, note=_NOTE)
def sock_accept(guest: WasiGuest, fd: Fd, flags: Fdflags, accepted: Out[U32]) -> None:
    """Take the next connection. Errors: EBADF, ENOTSOCK, ENOTCAPABLE, ENOTSUP, EFAULT."""
    _socket(guest, fd, Right.SOCK_ACCEPT)
    raise SysError(Errno.ENOTSUP)


@p1.function("sock_recv", level=PARTIAL, note=_NOTE)
def sock_recv(
    guest: WasiGuest, fd: Fd, data: IovecArray, flags: Riflags, received: Out[U32], outcome: Out[U16]
) -> None:
    """Receive. Errors: EBADF, ENOTSOCK, ENOTCAPABLE, ENOTSUP (peeking, waiting for all), EINVAL, EFAULT."""
    socket = _socket(guest, fd, Right.FD_READ)
    if flags:
        raise SysError(Errno.ENOTSUP)
    check_total(data)
    received.set(socket.readv(data))
    outcome.set(0)


@p1.function("sock_send", level=PARTIAL, note=_NOTE)
def sock_send(guest: WasiGuest, fd: Fd, data: CiovecArray, flags: Siflags, sent: Out[U32]) -> None:
    """Send. Errors: EBADF, ENOTSOCK, ENOTCAPABLE, EINVAL (there is no flag), EFAULT, EPIPE."""
    socket = _socket(guest, fd, Right.FD_WRITE)
    if flags:
        raise SysError(Errno.EINVAL)
    check_total(data)
    sent.set(socket.writev(data))


@p1.function("sock_shutdown", level=PARTIAL, note=_NOTE)
def sock_shutdown(guest: WasiGuest, fd: Fd, how: Sdflags) -> None:
    """Shut down one or both sides. Errors: EBADF, ENOTSOCK, ENOTCAPABLE, EINVAL (neither side), ENOTSUP."""
    _socket(guest, fd, Right.SOCK_SHUTDOWN)
    raise SysError(Errno.ENOTSUP if how else Errno.EINVAL)


def _socket(guest: WasiGuest, fd: int, needed: int) -> OpenFile:
    """The socket at `fd`. That it is none is said before that rights are missing: no other file has the rights."""
    if guest.file(fd, 0).stat().type is not FileType.SOCKET:
        raise SysError(Errno.ENOTSOCK)
    return guest.file(fd, needed)
