"""Which rights make sense for which kind of file.

A descriptor never has a right that its file has no use for, so a set of rights also tells what kind of file it is:
wasi-libc's `isatty` takes a character device that can neither seek nor tell for a terminal.
"""

from __future__ import annotations

from compat.kernel.files import OpenFile
from compat.kernel.stat import FileType
from compat.wasi_p1.types import Right

FILE = (
    Right.FD_DATASYNC
    | Right.FD_READ
    | Right.FD_SEEK
    | Right.FD_FDSTAT_SET_FLAGS
    | Right.FD_SYNC
    | Right.FD_TELL
    | Right.FD_WRITE
    | Right.FD_ADVISE
    | Right.FD_ALLOCATE
    | Right.FD_FILESTAT_GET
    | Right.FD_FILESTAT_SET_SIZE
    | Right.FD_FILESTAT_SET_TIMES
    | Right.POLL_FD_READWRITE
)
"""All that can be done with a regular file, a pipe or a device."""

SOCKET = (
    Right.FD_READ
    | Right.FD_FDSTAT_SET_FLAGS
    | Right.FD_WRITE
    | Right.FD_FILESTAT_GET
    | Right.POLL_FD_READWRITE
    | Right.SOCK_SHUTDOWN
    | Right.SOCK_ACCEPT
)
"""All that can be done with a socket, and with a connection that it accepts."""

DIRECTORY = (
    Right.FD_DATASYNC
    | Right.FD_FDSTAT_SET_FLAGS
    | Right.FD_SYNC
    | Right.PATH_CREATE_DIRECTORY
    | Right.PATH_CREATE_FILE
    | Right.PATH_LINK_SOURCE
    | Right.PATH_LINK_TARGET
    | Right.PATH_OPEN
    | Right.FD_READDIR
    | Right.PATH_READLINK
    | Right.PATH_RENAME_SOURCE
    | Right.PATH_RENAME_TARGET
    | Right.PATH_FILESTAT_GET
    | Right.PATH_FILESTAT_SET_SIZE
    | Right.PATH_FILESTAT_SET_TIMES
    | Right.FD_FILESTAT_GET
    | Right.FD_FILESTAT_SET_TIMES
    | Right.PATH_SYMLINK
    | Right.PATH_REMOVE_DIRECTORY
    | Right.PATH_UNLINK_FILE
    | Right.POLL_FD_READWRITE
)

INHERITING = DIRECTORY | FILE
"""What can be done with what is opened through a directory."""

_READING = Right.FD_READ
_WRITING = Right.FD_WRITE | Right.FD_ALLOCATE | Right.FD_FILESTAT_SET_SIZE


def opens_for_reading(rights: int) -> bool:
    """Whether a file that is opened for `rights` must be readable."""
    return bool(rights & (_READING | Right.FD_READDIR))


def opens_for_writing(rights: int) -> bool:
    """Whether a file that is opened for `rights` must be writable."""
    return bool(rights & _WRITING)


def possible(file: OpenFile) -> tuple[int, int]:
    """The largest base and inheriting rights that a descriptor of `file` can have."""
    type = file.stat().type
    if type is FileType.DIRECTORY:
        return DIRECTORY, INHERITING
    rights, inheriting = (SOCKET, SOCKET) if type is FileType.SOCKET else (FILE, 0)
    if file.isatty():
        rights &= ~(Right.FD_SEEK | Right.FD_TELL)
    if not file.readable:
        rights &= ~_READING
    if not file.writable:
        rights &= ~_WRITING
    return rights, inheriting
