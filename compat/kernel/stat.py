"""What can be asked about a file: type, attributes, directory entries, readiness."""

from __future__ import annotations

from compat._enum import Enum, auto
from compat._typing import NamedTuple

BLOCK_SIZE = 4096
"""Preferred size of an I/O operation in bytes, the same for every file: a host's own would differ from run to run."""


class FileType(Enum):
    """POSIX file types (https://pubs.opengroup.org/onlinepubs/9699919799/basedefs/sys_stat.h.html)."""

    UNKNOWN = auto()
    BLOCK_DEVICE = auto()
    CHARACTER_DEVICE = auto()
    DIRECTORY = auto()
    REGULAR = auto()
    SOCKET = auto()
    FIFO = auto()
    SYMLINK = auto()


class Stat(NamedTuple):
    """Attributes of one file. Times are nanoseconds since 1970-01-01T00:00:00Z; `mode` is permission bits only."""

    dev: int
    ino: int
    type: FileType
    mode: int
    nlink: int
    uid: int = 0
    gid: int = 0
    rdev: int = 0
    size: int = 0
    """Bytes; for a symbolic link the length of its target."""
    blksize: int = BLOCK_SIZE
    blocks: int = 0
    """Units of 512 bytes."""
    atime: int = 0
    mtime: int = 0
    ctime: int = 0


class StatFs(NamedTuple):
    """Attributes of a mounted file system; sizes in blocks of `bsize` bytes."""

    bsize: int
    blocks: int
    bfree: int
    bavail: int
    files: int
    ffree: int
    namelen: int
    fsid: int
    read_only: bool


class DirEntry(NamedTuple):
    """One name in a directory."""

    name: str
    ino: int
    type: FileType
    next_cookie: int
    """Pass it to `OpenFile.readdir` to go on behind this entry."""


class Readiness(NamedTuple):
    """What would not block."""

    readable: bool = False
    writable: bool = False
    hangup: bool = False
    failed: bool = False
    """An error is pending; it counts as both readable and writable, as poll(2) has it."""
    urgent: bool = False
    """Something came out of band."""

    def __bool__(self) -> bool:
        return self.readable or self.writable or self.hangup or self.failed or self.urgent


class WindowSize(NamedTuple):
    """Size of a terminal in characters."""

    rows: int
    columns: int


class InputModes(NamedTuple):
    """How a terminal hands over what is typed."""

    lines: bool
    """By lines, which can be edited; else `minimum` bytes at least, or what there is after `tenths` of a second."""
    echo: bool
    return_is_newline: bool
    minimum: int = 1
    tenths: int = 0


def blocks_of(size: int) -> int:
    """Blocks of 512 bytes that `size` bytes fill: computed, so that it does not depend on how a host stores them."""
    return (size + 511) // 512
