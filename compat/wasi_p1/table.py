"""What every table of this ABI has in common: the module's name and the presentation of errors."""

from __future__ import annotations

from compat.abi.guest import Guest
from compat.abi.row import Table
from compat.kernel.errno import Errno
from compat.wasi_p1 import types

PREVIEW1 = "wasi_snapshot_preview1"
UNSTABLE = "wasi_unstable"

# WASI's names are POSIX's without the E, and it has every name that the kernel has.
ERRNO: dict[Errno, int] = {errno: getattr(types.Errno, errno.name[1:]) for errno in Errno}
"""The number of each of the kernel's errors."""


def table(group: str, module: str = PREVIEW1) -> Table:
    """A table for one group of functions. Their result is an error number, 0 for success."""
    return Table(module, group, failure=_failure, returns_errno=True)


def _failure(guest: Guest, errno: Errno) -> int:
    return ERRNO[errno]
