"""Neutral error codes. Each ABI owns one map from these to its own numbers."""

from __future__ import annotations

from compat._enum import Enum, auto


class Errno(Enum):
    """POSIX error names (https://pubs.opengroup.org/onlinepubs/9699919799/basedefs/errno.h.html), without numbers."""

    EACCES = auto()
    EAGAIN = auto()
    EBADF = auto()
    EBUSY = auto()
    ECHILD = auto()
    EDEADLK = auto()
    EDOM = auto()
    EDQUOT = auto()
    EEXIST = auto()
    EFAULT = auto()
    EFBIG = auto()
    EILSEQ = auto()
    EINTR = auto()
    EINVAL = auto()
    EIO = auto()
    EISDIR = auto()
    ELOOP = auto()
    EMFILE = auto()
    EMLINK = auto()
    ENAMETOOLONG = auto()
    ENFILE = auto()
    ENODEV = auto()
    ENOENT = auto()
    ENOEXEC = auto()
    ENOLCK = auto()
    ENOMEM = auto()
    ENOSPC = auto()
    ENOSYS = auto()
    ENOTDIR = auto()
    ENOTEMPTY = auto()
    ENOTSUP = auto()
    ENOTTY = auto()
    ENXIO = auto()
    EOVERFLOW = auto()
    EPERM = auto()
    EPIPE = auto()
    ERANGE = auto()
    EROFS = auto()
    ESPIPE = auto()
    ESRCH = auto()
    ESTALE = auto()
    ETIMEDOUT = auto()
    ETXTBSY = auto()
    EXDEV = auto()
    # sockets
    EADDRINUSE = auto()
    EADDRNOTAVAIL = auto()
    EAFNOSUPPORT = auto()
    EALREADY = auto()
    ECONNABORTED = auto()
    ECONNREFUSED = auto()
    ECONNRESET = auto()
    EDESTADDRREQ = auto()
    EHOSTUNREACH = auto()
    EINPROGRESS = auto()
    EISCONN = auto()
    EMSGSIZE = auto()
    ENETDOWN = auto()
    ENETRESET = auto()
    ENETUNREACH = auto()
    ENOBUFS = auto()
    ENOPROTOOPT = auto()
    ENOTCONN = auto()
    ENOTSOCK = auto()
    EPROTO = auto()
    EPROTONOSUPPORT = auto()
    EPROTOTYPE = auto()
    # WASI only: an operation outside what the descriptor was given
    ENOTCAPABLE = auto()


class SysError(Exception):
    """A system call failed. The kernel raises it; the ABI that asked turns `errno` into its own number."""

    def __init__(self, errno: Errno) -> None:
        super().__init__(errno.name)
        self.errno = errno
