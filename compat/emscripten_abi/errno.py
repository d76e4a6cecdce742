"""Error numbers of Emscripten's musl, in both numberings, and how a failed call presents them."""

from __future__ import annotations

from collections.abc import Mapping

from compat._typing import TYPE_CHECKING, cast
from compat.abi.guest import Guest, Value
from compat.abi.row import Failure
from compat.kernel.errno import Errno

if TYPE_CHECKING:
    from compat.emscripten_abi.guest import EmscriptenGuest

_NUMBERS = {
    Errno.EACCES: (13, 2),
    Errno.EAGAIN: (11, 6),
    Errno.EBADF: (9, 8),
    Errno.EBUSY: (16, 10),
    Errno.ECHILD: (10, 12),
    Errno.EDEADLK: (35, 16),
    Errno.EDOM: (33, 18),
    Errno.EDQUOT: (122, 19),
    Errno.EEXIST: (17, 20),
    Errno.EFAULT: (14, 21),
    Errno.EFBIG: (27, 22),
    Errno.EILSEQ: (84, 25),
    Errno.EINTR: (4, 27),
    Errno.EINVAL: (22, 28),
    Errno.EIO: (5, 29),
    Errno.EISDIR: (21, 31),
    Errno.ELOOP: (40, 32),
    Errno.EMFILE: (24, 33),
    Errno.EMLINK: (31, 34),
    Errno.ENAMETOOLONG: (36, 37),
    Errno.ENFILE: (23, 41),
    Errno.ENODEV: (19, 43),
    Errno.ENOENT: (2, 44),
    Errno.ENOEXEC: (8, 45),
    Errno.ENOLCK: (37, 46),
    Errno.ENOMEM: (12, 48),
    Errno.ENOSPC: (28, 51),
    Errno.ENOSYS: (38, 52),
    Errno.ENOTDIR: (20, 54),
    Errno.ENOTEMPTY: (39, 55),
    Errno.ENOTSUP: (95, 138),
    Errno.ENOTTY: (25, 59),
    Errno.ENXIO: (6, 60),
    Errno.EOVERFLOW: (75, 61),
    Errno.EPERM: (1, 63),
    Errno.EPIPE: (32, 64),
    Errno.ERANGE: (34, 68),
    Errno.EROFS: (30, 69),
    Errno.ESPIPE: (29, 70),
    Errno.ESRCH: (3, 71),
    Errno.ESTALE: (116, 72),
    Errno.ETIMEDOUT: (110, 73),
    Errno.ETXTBSY: (26, 74),
    Errno.EXDEV: (18, 75),
    Errno.EADDRINUSE: (98, 3),
    Errno.EADDRNOTAVAIL: (99, 4),
    Errno.EAFNOSUPPORT: (97, 5),
    Errno.EALREADY: (114, 7),
    Errno.ECONNABORTED: (103, 13),
    Errno.ECONNREFUSED: (111, 14),
    Errno.ECONNRESET: (104, 15),
    Errno.EDESTADDRREQ: (89, 17),
    Errno.EHOSTUNREACH: (113, 23),
    Errno.EINPROGRESS: (115, 26),
    Errno.EISCONN: (106, 30),
    Errno.EMSGSIZE: (90, 35),
    Errno.ENETDOWN: (100, 38),
    Errno.ENETRESET: (102, 39),
    Errno.ENETUNREACH: (101, 40),
    Errno.ENOBUFS: (105, 42),
    Errno.ENOPROTOOPT: (92, 50),
    Errno.ENOTCONN: (107, 53),
    Errno.ENOTSOCK: (88, 57),
    Errno.EPROTO: (71, 65),
    Errno.EPROTONOSUPPORT: (93, 66),
    Errno.EPROTOTYPE: (91, 67),
    Errno.ENOTCAPABLE: (1, 63),
}
"""Number up to 1.38.46, number from 1.38.47 on (arch/emscripten/bits/errno.h of either release).

ENOTCAPABLE exists in WASI only; what an Emscripten guest may not do is EPERM to it.
"""

MUSL: Mapping[Errno, int] = {errno: numbers[0] for errno, numbers in _NUMBERS.items()}
"""The numbers of Linux on most machines, which musl has."""
WASI: Mapping[Errno, int] = {errno: numbers[1] for errno, numbers in _NUMBERS.items()}
"""WASI's numbers, which musl was given in 1.38.47; ENOTSUP is EOPNOTSUPP there, which WASI does not have."""


def _emscripten(guest: Guest) -> EmscriptenGuest:
    return cast("EmscriptenGuest", guest)


def number(guest: Guest, errno: Errno) -> int:
    """The guest's own number for `errno`, positive."""
    numbers: Mapping[Errno, int] = _emscripten(guest).errno_numbers
    return numbers[errno]


def negative_errno(guest: Guest, errno: Errno) -> Value:
    """How a system call fails."""
    return -number(guest, errno)


def positive_errno(guest: Guest, errno: Errno) -> Value:
    """How the functions fail that return their error number: those of pthread.h, posix_spawn, `__wasi_*`."""
    return number(guest, errno)


def set_errno(result: Value) -> Failure:
    """How a libc function fails that sets `errno` and returns `result`."""

    def failed(guest: Guest, errno: Errno) -> Value:
        _emscripten(guest).set_errno(number(guest, errno))
        return result

    return failed


def returns(result: Value) -> Failure:
    """How a function fails that returns `result` and leaves `errno` alone."""

    def failed(guest: Guest, errno: Errno) -> Value:
        return result

    return failed
