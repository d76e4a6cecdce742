"""/proc/self/fd: a link for each open descriptor. musl's realpath and ttyname read them."""

from __future__ import annotations

from collections.abc import Iterable

from compat._typing import TYPE_CHECKING, NoReturn
from compat.kernel.errno import Errno, SysError
from compat.kernel.files import OpenFile, OpenFlags
from compat.kernel.stat import FileType, Stat
from compat.kernel.vfs.node import Directory, Node

if TYPE_CHECKING:
    from compat.kernel.process import Process


class _Unchangeable(Node):
    """A node whose attributes and names nobody can change."""

    def __init__(self, process: Process) -> None:
        self.process = process
        self.volume = process.fs.root.volume

    def chmod(self, mode: int) -> NoReturn:
        """Errors: EPERM."""
        raise SysError(Errno.EPERM)

    def chown(self, uid: int | None, gid: int | None) -> NoReturn:
        """Errors: EPERM."""
        raise SysError(Errno.EPERM)

    def utimes(self, atime: int | None, mtime: int | None) -> NoReturn:
        """Errors: EPERM."""
        raise SysError(Errno.EPERM)


class DescriptorLink(_Unchangeable):
    """The link of one descriptor: its target is the path that the file was opened by."""

    type = FileType.SYMLINK

    def __init__(self, process: Process, fd: int) -> None:
        super().__init__(process)
        self.fd = fd

    def stat(self) -> Stat:
        """Attributes of the link."""
        size = len(self.readlink().encode("utf-8", "surrogateescape"))
        return Stat(dev=0, ino=self.fd + 2, type=self.type, mode=0o777, nlink=1, size=size)

    def readlink(self) -> str:
        """The path. Errors: ENOENT (a pipe, or closed)."""
        return self.process.fs.path_of_file(self.process.files[self.fd])

    def open(self, flags: OpenFlags) -> OpenFile:
        """A link cannot be opened. Errors: ELOOP."""
        raise SysError(Errno.ELOOP)


class DescriptorDirectory(_Unchangeable, Directory):
    """The directory of them."""

    type = FileType.DIRECTORY

    def stat(self) -> Stat:
        """Attributes of the directory."""
        return Stat(dev=0, ino=1, type=self.type, mode=0o777, nlink=2)

    def open(self, flags: OpenFlags) -> OpenFile:
        """Open it for reading its entries. Errors: EISDIR."""
        return Directory.open(self, flags)

    def lookup(self, name: str) -> Node:
        """The link of the descriptor `name`. Errors: ENOENT."""
        if not (name.isascii() and name.isdecimal()) or int(name) not in self.process.files:
            raise SysError(Errno.ENOENT)
        return DescriptorLink(self.process, int(name))

    def entries(self) -> Iterable[tuple[str, int, FileType]]:
        """One for each open descriptor."""
        return [(str(fd), fd + 2, FileType.SYMLINK) for fd in self.process.files]

    def create(self, name: str, flags: OpenFlags, mode: int) -> NoReturn:
        """Errors: EPERM."""
        raise SysError(Errno.EPERM)

    def mkdir(self, name: str, mode: int) -> NoReturn:
        """Errors: EPERM."""
        raise SysError(Errno.EPERM)

    def symlink(self, name: str, target: str) -> NoReturn:
        """Errors: EPERM."""
        raise SysError(Errno.EPERM)

    def mknod(self, name: str, type: FileType, mode: int, rdev: int) -> NoReturn:
        """Errors: EPERM."""
        raise SysError(Errno.EPERM)

    def link(self, name: str, node: Node) -> NoReturn:
        """Errors: EPERM."""
        raise SysError(Errno.EPERM)

    def unlink(self, name: str) -> NoReturn:
        """Errors: EPERM."""
        raise SysError(Errno.EPERM)

    def rmdir(self, name: str) -> NoReturn:
        """Errors: EPERM."""
        raise SysError(Errno.EPERM)

    def rename(self, old: str, directory: Directory, new: str) -> NoReturn:
        """Errors: EPERM."""
        raise SysError(Errno.EPERM)
