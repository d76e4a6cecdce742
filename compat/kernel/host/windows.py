"""A Windows host: streams, clocks and entropy work; directories cannot be mounted yet (ENOTSUP).

Nothing here opens a file by its path. That is on purpose: containment needs handles relative to open directories
(NtCreateFile with a root directory), and a check of a path's text before opening it would not be containment.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence

from compat._typing import NoReturn
from compat.kernel.errno import Errno, SysError
from compat.kernel.files import OpenFlags
from compat.kernel.host.descriptors import seek
from compat.kernel.host.errors import translated
from compat.kernel.stat import FileType, InputModes, Readiness, Stat, StatFs


def _unsupported() -> NoReturn:
    raise SysError(Errno.ENOTSUP)


class DirectoryHandle:
    """An open directory of the host; there is none yet."""

    def close(self) -> None:
        """Close it."""


def open_root(path: str) -> DirectoryHandle:
    """Open the directory at a path of the host."""
    _unsupported()


def open_directory(parent: DirectoryHandle, name: str) -> DirectoryHandle:
    """Open a directory in `parent`."""
    _unsupported()


def open_beneath(top: DirectoryHandle, names: Sequence[str]) -> DirectoryHandle | None:
    """Open the directory at the end of `names` in one call: none does that and refuses links."""
    return None


def open_file(parent: DirectoryHandle, name: str, flags: OpenFlags, mode: int) -> int:
    """Open or create a file that is no directory."""
    _unsupported()


def lstat(parent: DirectoryHandle, name: str) -> Stat:
    """Attributes of an entry."""
    _unsupported()


def stat_directory(directory: DirectoryHandle) -> Stat:
    """Attributes of an open directory."""
    _unsupported()


def statfs(directory: DirectoryHandle) -> StatFs:
    """The file system that `directory` is in."""
    _unsupported()


def list_directory(directory: DirectoryHandle) -> list[tuple[str, int, FileType]]:
    """Name, inode number and type of every entry."""
    _unsupported()


def readlink(parent: DirectoryHandle, name: str) -> str:
    """The text of a link."""
    _unsupported()


def mkdir(parent: DirectoryHandle, name: str, mode: int) -> None:
    """Make a directory."""
    _unsupported()


def symlink(parent: DirectoryHandle, name: str, target: str) -> None:
    """Make a link."""
    _unsupported()


def link(source: DirectoryHandle, old: str, target: DirectoryHandle, new: str) -> None:
    """Make a second name."""
    _unsupported()


def unlink(parent: DirectoryHandle, name: str) -> None:
    """Remove a name that is no directory's."""
    _unsupported()


def rmdir(parent: DirectoryHandle, name: str) -> None:
    """Remove an empty directory."""
    _unsupported()


def rename(source: DirectoryHandle, old: str, target: DirectoryHandle, new: str) -> None:
    """Move an entry."""
    _unsupported()


def chmod(parent: DirectoryHandle, name: str, mode: int) -> None:
    """Set the permission bits of an entry."""
    _unsupported()


def chmod_directory(directory: DirectoryHandle, mode: int) -> None:
    """Set the permission bits of an open directory."""
    _unsupported()


def fchmod(fd: int, mode: int) -> None:
    """Set the permission bits of an open file."""
    _unsupported()


def utimes(parent: DirectoryHandle, name: str, atime: int, mtime: int) -> None:
    """Set the times of an entry."""
    _unsupported()


def utimes_directory(directory: DirectoryHandle, atime: int, mtime: int) -> None:
    """Set the times of an open directory."""
    _unsupported()


def futimes(fd: int, atime: int, mtime: int) -> None:
    """Set the times of an open file."""
    _unsupported()


def access(parent: DirectoryHandle, name: str, read: bool, write: bool, execute: bool) -> bool:
    """Whether this process may use an entry so."""
    _unsupported()


def sync_directory(directory: DirectoryHandle) -> None:
    """Bring the entries of a directory to the storage."""
    _unsupported()


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


def preadv(fd: int, buffers: Sequence[memoryview], offset: int) -> int:
    """Read at `offset`, and put the position back."""
    position = seek(fd, 0, os.SEEK_CUR)
    seek(fd, offset, os.SEEK_SET)
    try:
        return readv(fd, buffers)
    finally:
        seek(fd, position, os.SEEK_SET)


def pwritev(fd: int, buffers: Sequence[memoryview], offset: int) -> int:
    """Write at `offset`, and put the position back."""
    position = seek(fd, 0, os.SEEK_CUR)
    seek(fd, offset, os.SEEK_SET)
    try:
        return writev(fd, buffers)
    finally:
        seek(fd, position, os.SEEK_SET)


def set_status(fd: int, flags: OpenFlags) -> None:
    """Set APPEND and NONBLOCK of an open file."""
    _unsupported()


def available(fd: int) -> int:
    """Bytes that can be read at once. Errors: ENOTTY, as the C run-time cannot say."""
    raise SysError(Errno.ENOTTY)


def readiness(fd: int) -> Readiness:
    """Always ready: the C run-time's descriptors cannot be asked, and a read that blocks gives no wrong answer."""
    return Readiness(readable=True, writable=True)


def wait(interests: Sequence[tuple[int, bool, bool, bool]], timeout: int | None) -> None:
    """Return at once where something is waited for, as `readiness` says; otherwise let the time pass."""
    if not interests and timeout:
        time.sleep(timeout / 1e9)


def set_terminal(fd: int, modes: InputModes) -> object:
    """Errors: ENOTTY, as a console here is set otherwise."""
    raise SysError(Errno.ENOTTY)


def restore_terminal(fd: int, former: object) -> None:
    """There is nothing to undo."""


def prepare_stream(fd: int) -> None:
    """Make a standard stream byte-exact: no translation of line ends."""
    import msvcrt

    msvcrt.setmode(fd, os.O_BINARY)  # type: ignore[attr-defined,unused-ignore]
