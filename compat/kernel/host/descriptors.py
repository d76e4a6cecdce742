"""Operations on open descriptors of the host, the same on every platform."""

from __future__ import annotations

import os
import stat as modes
import sys

from compat.kernel.host.errors import translated
from compat.kernel.stat import BLOCK_SIZE, FileType, Stat, blocks_of

_TYPES = {
    modes.S_IFBLK: FileType.BLOCK_DEVICE,
    modes.S_IFCHR: FileType.CHARACTER_DEVICE,
    modes.S_IFDIR: FileType.DIRECTORY,
    modes.S_IFREG: FileType.REGULAR,
    modes.S_IFSOCK: FileType.SOCKET,
    modes.S_IFIFO: FileType.FIFO,
    modes.S_IFLNK: FileType.SYMLINK,
}

PIPE_BUF = 4096 if sys.platform == "linux" else 512
"""Bytes that a pipe takes without blocking when it takes any: what Linux has, and the least that POSIX allows."""

SEEK_SET, SEEK_CUR, SEEK_END = os.SEEK_SET, os.SEEK_CUR, os.SEEK_END


def file_type(mode: int) -> FileType:
    """The file type in the host's `st_mode`."""
    return _TYPES.get(modes.S_IFMT(mode), FileType.UNKNOWN)


def to_stat(result: os.stat_result) -> Stat:
    """The host's attributes as ours. Owner 0: whose a file is on the host is not the guest's to know."""
    # In the order of the fields: names take three times as long, and every component of a path comes by here.
    return Stat(
        result.st_dev,
        result.st_ino,
        file_type(result.st_mode),
        modes.S_IMODE(result.st_mode),
        result.st_nlink,
        0,
        0,
        getattr(result, "st_rdev", 0),
        result.st_size,
        BLOCK_SIZE,
        blocks_of(result.st_size),
        result.st_atime_ns,
        result.st_mtime_ns,
        result.st_ctime_ns,
    )


@translated
def seek(fd: int, offset: int, whence: int) -> int:
    """Move the position; `whence` is os.SEEK_SET, os.SEEK_CUR or os.SEEK_END."""
    return os.lseek(fd, offset, whence)
