"""What every node can do. A method that a kind of node cannot do raises the error that POSIX gives.

Names are single components: never empty, never "." or "..", no slash, at most 255 bytes. `compat.kernel.paths` sees to
it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence

from compat._enum import Flag, auto
from compat.kernel.errno import Errno, SysError
from compat.kernel.files import OpenFile, OpenFlags, Whence
from compat.kernel.stat import DirEntry, FileType, Stat, StatFs


class Access(Flag):
    """What access(2) asks for; no bit at all asks only whether the file is there."""

    READ = auto()
    WRITE = auto()
    EXECUTE = auto()


class Volume(ABC):
    """A file system that can be mounted. Links and renames stay inside one (EXDEV)."""

    read_only: bool = False
    private: bool = False
    """Whether nobody but the guest sees it, so that mount points may be made in it."""

    @property
    @abstractmethod
    def root(self) -> Directory:
        """Its topmost directory."""

    @abstractmethod
    def statfs(self) -> StatFs:
        """Its size and what is free."""

    def close(self) -> None:  # noqa: B027 - most kinds hold nothing
        """Free what it holds of the host."""


class Node(ABC):
    """A file of any type, found under some name."""

    type: FileType
    volume: Volume

    @abstractmethod
    def stat(self) -> Stat:
        """Attributes, of the link itself where it is one."""

    @abstractmethod
    def open(self, flags: OpenFlags) -> OpenFile:
        """Open what exists; TRUNCATE empties it, CREATE and EXCLUSIVE mean nothing here.

        Errors: EACCES, EISDIR, ENXIO, EROFS.
        """

    @abstractmethod
    def chmod(self, mode: int) -> None:
        """Set the permission bits. Errors: EPERM, EROFS, ENOTSUP (symbolic link)."""

    @abstractmethod
    def chown(self, uid: int | None, gid: int | None) -> None:
        """Set the owner; None leaves it. Errors: EPERM, EROFS."""

    @abstractmethod
    def utimes(self, atime: int | None, mtime: int | None) -> None:
        """Set times in nanoseconds since the epoch; None leaves one as it is. Errors: EPERM, EROFS."""

    def access(self, wanted: Access) -> None:
        """Check permissions for the guest, which is root in its own files. Errors: EACCES, EROFS."""
        if Access.WRITE in wanted and self.volume.read_only:
            raise SysError(Errno.EROFS)
        if Access.EXECUTE in wanted and self.type is FileType.REGULAR and not self.stat().mode & 0o111:
            raise SysError(Errno.EACCES)

    def truncate(self, size: int) -> None:
        """Cut or extend to `size` bytes. Errors: EINVAL, EISDIR, EROFS, EFBIG, ENOSPC."""
        raise SysError(Errno.EINVAL)

    def readlink(self) -> str:
        """The target of a symbolic link. Errors: EINVAL (no link)."""
        raise SysError(Errno.EINVAL)

    def statfs(self) -> StatFs:
        """The file system that the node is in."""
        return self.volume.statfs()


class Directory(Node):
    """A node that has names in it."""

    type = FileType.DIRECTORY
    parent: Directory | None = None
    """None for the root of a volume."""
    name: str = ""
    """Its name in `parent`."""
    removed: bool = False
    """Whether it was removed while something still refers to it."""

    @abstractmethod
    def lookup(self, name: str) -> Node:
        """The node of that name; links are not followed. Errors: ENOENT, EACCES."""

    def descend(self, names: Sequence[str]) -> tuple[Directory, Node | None] | None:
        """What is at the end of `names`, each in the one before, with the directory that it is in: both for one use.

        None where that cannot be told in one step, or it is a directory: then `lookup` tells, name by name. Errors:
        EACCES, ENAMETOOLONG.
        """
        return None

    @abstractmethod
    def create(self, name: str, flags: OpenFlags, mode: int) -> OpenFile:
        """Make a new regular file and open it. Errors: EEXIST, ENOSPC, EROFS, EACCES."""

    @abstractmethod
    def mkdir(self, name: str, mode: int) -> None:
        """Make a directory. Errors: EEXIST, ENOSPC, EROFS, EACCES."""

    @abstractmethod
    def symlink(self, name: str, target: str) -> None:
        """Make a symbolic link; `target` is any text. Errors: EEXIST, ENOENT (empty), ENOSPC, EROFS."""

    @abstractmethod
    def mknod(self, name: str, type: FileType, mode: int, rdev: int) -> None:
        """Make a node that is neither directory nor link. Errors: EEXIST, EPERM (type not possible here), EROFS."""

    @abstractmethod
    def link(self, name: str, node: Node) -> None:
        """One more name for `node`, which is of the same volume. Errors: EEXIST, EMLINK, EPERM (directory), EROFS."""

    @abstractmethod
    def unlink(self, name: str) -> None:
        """Remove a name that is not a directory's. Errors: ENOENT, EISDIR, EROFS."""

    @abstractmethod
    def rmdir(self, name: str) -> None:
        """Remove an empty directory. Errors: ENOENT, ENOTDIR, ENOTEMPTY, EROFS."""

    @abstractmethod
    def rename(self, old: str, directory: Directory, new: str) -> None:
        """Move `old` to `new` in `directory` of the same volume, replacing what is there.

        Errors: ENOENT, EINVAL (into itself), EISDIR, ENOTDIR, ENOTEMPTY, EROFS.
        """

    @abstractmethod
    def entries(self) -> Iterable[tuple[str, int, FileType]]:
        """Name, inode number and type of everything in it but "." and "..", in an order that repeats."""

    def open(self, flags: OpenFlags) -> OpenFile:
        """Open it for reading its entries. Errors: EISDIR (for writing)."""
        if flags & (OpenFlags.WRITE | OpenFlags.TRUNCATE):
            raise SysError(Errno.EISDIR)
        return DirectoryFile(self, flags)

    def truncate(self, size: int) -> None:
        """A directory cannot be cut. Errors: EISDIR."""
        raise SysError(Errno.EISDIR)

    def sync(self) -> None:
        """Bring its entries to the storage. Errors: EIO."""


class NodeFile(OpenFile):
    """An open file whose attributes are its node's."""

    node: Node

    def stat(self) -> Stat:
        """Attributes of the node."""
        return self.node.stat()

    def chmod(self, mode: int) -> None:
        """Set the permission bits. Errors: EROFS."""
        self.node.chmod(mode)

    def chown(self, uid: int | None, gid: int | None) -> None:
        """Set the owner. Errors: EPERM, EROFS."""
        self.node.chown(uid, gid)

    def utimes(self, atime: int | None, mtime: int | None) -> None:
        """Set the times. Errors: EROFS."""
        self.node.utimes(atime, mtime)


class DirectoryFile(NodeFile):
    """An open directory. Its position is a `readdir` cookie: the number of entries passed.

    The entries are read once when it starts, so that a cookie keeps its meaning while names come and go.
    """

    node: Directory

    def __init__(self, node: Directory, flags: OpenFlags) -> None:
        super().__init__(flags, node)
        self.seekable = True
        self._entries: list[tuple[str, int, FileType]] | None = None
        self._position = 0

    def readdir(self, cookie: int = 0) -> Iterator[DirEntry]:
        """The entries behind `cookie`; 0 reads the directory anew. Errors: EINVAL (a cookie never given out)."""
        if self._entries is None or cookie == 0:
            self._entries = self._read_entries()
        if not 0 <= cookie <= len(self._entries):
            raise SysError(Errno.EINVAL)
        entries = self._entries
        return (DirEntry(*entries[i], next_cookie=i + 1) for i in range(cookie, len(entries)))

    def seek(self, offset: int, whence: Whence) -> int:
        """Set the position to a cookie. Errors: EINVAL."""
        if whence is Whence.END:
            raise SysError(Errno.EINVAL)
        position = offset if whence is Whence.SET else self._position + offset
        if position < 0:
            raise SysError(Errno.EINVAL)
        self._position = position
        return position

    def sync(self, data_only: bool = False) -> None:
        """Bring the entries to the storage. Errors: EIO."""
        self.node.sync()

    def _readv(self, buffers: object) -> int:
        raise SysError(Errno.EISDIR)

    def _preadv(self, buffers: object, offset: int) -> int:
        raise SysError(Errno.EISDIR)

    def _read_entries(self) -> list[tuple[str, int, FileType]]:
        above = self.node.parent or self.node
        dots = [
            (".", self.node.stat().ino, FileType.DIRECTORY),
            ("..", above.stat().ino, FileType.DIRECTORY),
        ]
        return dots + list(self.node.entries())
