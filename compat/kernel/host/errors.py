"""The one map from the host's error numbers to the kernel's."""

from __future__ import annotations

import errno
from collections.abc import Callable
from functools import wraps

from compat._typing import TYPE_CHECKING
from compat.kernel.errno import Errno, SysError

if TYPE_CHECKING:
    from typing import ParamSpec, TypeVar

    P = ParamSpec("P")
    R = TypeVar("R")

_ERRNO = {getattr(errno, name): neutral for name, neutral in Errno.__members__.items() if hasattr(errno, name)}
_ERRNO[errno.EOPNOTSUPP] = Errno.ENOTSUP  # one and the same on Linux
_ERRNO[errno.EWOULDBLOCK] = Errno.EAGAIN  # likewise, but not on Windows
_ERRNO[errno.ESHUTDOWN] = Errno.EPIPE  # what Windows calls it


def neutral_errno(error: OSError) -> Errno:
    """The kernel's name for a host's error; EIO for one that POSIX does not have."""
    return _ERRNO.get(error.errno, Errno.EIO) if error.errno is not None else Errno.EIO


def translated(function: Callable[P, R]) -> Callable[P, R]:
    """Make a host function raise SysError where it raises OSError. The OSError stays attached as the cause.

    A number that the host's C types cannot hold (OverflowError) is EINVAL.
    """

    @wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return function(*args, **kwargs)
        except OSError as error:
            raise SysError(neutral_errno(error)) from error
        except OverflowError as error:
            raise SysError(Errno.EINVAL) from error

    return call
