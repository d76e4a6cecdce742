"""Operations on open descriptors of the host, the same on every platform."""

from __future__ import annotations

import os
import stat as modes
from collections.abc import Sequence

from compat.kernel.errno import Errno, SysError
from compat.kernel.host.errors import translated
from compat.kernel.stat import FileType, Stat, WindowSize, blocks_of

VECTOR_MAX = 1024
"""Buffers that one call to the host takes (IOV_MAX of Linux and macOS)."""

_TYPES = {
    modes.S_IFBLK: FileType.BLOCK_DEVICE,
    modes.S_IFCHR: FileType.CHARACTER_DEVICE,
    modes.S_IFDIR: FileType.DIRECTORY,
    modes.S_IFREG: FileType.REGULAR,
    modes.S_IFSOCK: FileType.SOCKET,
    modes.S_IFIFO: FileType.FIFO,
    modes.S_IFLNK: FileType.SYMLINK,
}

_WHENCE = (os.SEEK_SET, os.SEEK_CUR, os.SEEK_END)


def file_type(mode: int) -> FileType:
    """The file type in the host's `st_mode`."""
    return _TYPES.get(modes.S_IFMT(mode), FileType.UNKNOWN)


def to_stat(result: os.stat_result) -> Stat:
    """The host's attributes as ours. Owner 0: whose a file is on the host is not the guest's to know."""
    return Stat(
        dev=result.st_dev,
        ino=result.st_ino,
        type=file_type(result.st_mode),
        mode=modes.S_IMODE(result.st_mode),
        nlink=result.st_nlink,
        rdev=getattr(result, "st_rdev", 0),
        size=result.st_size,
        blocks=blocks_of(result.st_size),
        atime=result.st_atime_ns,
        mtime=result.st_mtime_ns,
        ctime=result.st_ctime_ns,
    )


@translated
def fstat(fd: int) -> Stat:
    """Attributes of what `fd` refers to."""
    return to_stat(os.fstat(fd))


if hasattr(os, "readv"):

    @translated
    def readv(fd: int, buffers: Sequence[memoryview]) -> int:
        """Read at the position into `buffers`; at most `VECTOR_MAX` of them, which makes a short read of more."""
        return os.readv(fd, buffers[:VECTOR_MAX])

    @translated
    def writev(fd: int, buffers: Sequence[memoryview]) -> int:
        """Write at the position; may take less than given."""
        return os.writev(fd, buffers[:VECTOR_MAX])

else:

    @translated
    def readv(fd: int, buffers: Sequence[memoryview]) -> int:
        """Read at the position into the first buffer that has room."""
        target = next((buffer for buffer in buffers if buffer), None)
        if target is None:
            return 0
        data = os.read(fd, len(target))
        target[: len(data)] = data
        return len(data)

    @translated
    def writev(fd: int, buffers: Sequence[memoryview]) -> int:
        """Write the first buffer that is not empty; may take less than given."""
        source = next((buffer for buffer in buffers if buffer), None)
        return 0 if source is None else os.write(fd, source)


if hasattr(os, "preadv"):

    @translated
    def preadv(fd: int, buffers: Sequence[memoryview], offset: int) -> int:
        """Read at `offset`, leaving the position alone."""
        return os.preadv(fd, buffers[:VECTOR_MAX], offset)

    @translated
    def pwritev(fd: int, buffers: Sequence[memoryview], offset: int) -> int:
        """Write at `offset`, leaving the position alone."""
        return os.pwritev(fd, buffers[:VECTOR_MAX], offset)

else:

    def preadv(fd: int, buffers: Sequence[memoryview], offset: int) -> int:
        """Read at `offset`, and put the position back."""
        position = seek(fd, 0, 1)
        seek(fd, offset, 0)
        try:
            return readv(fd, buffers)
        finally:
            seek(fd, position, 0)

    def pwritev(fd: int, buffers: Sequence[memoryview], offset: int) -> int:
        """Write at `offset`, and put the position back."""
        position = seek(fd, 0, 1)
        seek(fd, offset, 0)
        try:
            return writev(fd, buffers)
        finally:
            seek(fd, position, 0)


@translated
def seek(fd: int, offset: int, whence: int) -> int:
    """Move the position; `whence` is 0 (start), 1 (position) or 2 (end)."""
    return os.lseek(fd, offset, _WHENCE[whence])


@translated
def truncate(fd: int, size: int) -> None:
    """Cut or extend to `size` bytes."""
    os.ftruncate(fd, size)


@translated
def allocate(fd: int, offset: int, length: int) -> None:
    """Make the file at least offset+length bytes long; the host reserves the storage where it can."""
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(fd, offset, length)
    elif os.fstat(fd).st_size < offset + length:
        os.ftruncate(fd, offset + length)


@translated
def sync(fd: int, data_only: bool) -> None:
    """Bring what was written to the storage."""
    if data_only and hasattr(os, "fdatasync"):
        os.fdatasync(fd)
    else:
        os.fsync(fd)


@translated
def close(fd: int) -> None:
    """Close `fd`."""
    os.close(fd)


def isatty(fd: int) -> bool:
    """Whether `fd` is a terminal."""
    return os.isatty(fd)


def window_size(fd: int) -> WindowSize:
    """The terminal's size. Errors: ENOTTY."""
    try:
        columns, rows = os.get_terminal_size(fd)
    except OSError:
        # The host's error differs by platform; there is one reason only.
        raise SysError(Errno.ENOTTY) from None
    return WindowSize(rows, columns)
