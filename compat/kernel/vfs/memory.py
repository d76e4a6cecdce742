"""Files in memory."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from compat.kernel.clock import Clock
from compat.kernel.errno import Errno, SysError
from compat.kernel.files import FILE_OFFSET_MAX, OpenFile, OpenFlags, Whence
from compat.kernel.stat import BLOCK_SIZE, FileType, Stat, StatFs, blocks_of
from compat.kernel.vfs.node import Directory, Node, NodeFile, Volume
from compat.native import process as native

MEMORY_LIMIT = 1 << 30
"""Bytes that the files of one volume may take, by default."""

NODE_COST = 1024
"""Bytes that a node is counted as, on top of its content: about what its Python objects take."""
ENTRY_COST = 512
"""Bytes that a name is counted as: about what the longest takes."""

MODE_BITS = 0o7777


class MemoryVolume(Volume):
    """A file system in memory. Everything in it together takes at most `limit` bytes (ENOSPC).

    Inode numbers count from 1 in the order of creation, and a directory lists its entries in that order.
    """

    private = True

    def __init__(self, clock: Clock, limit: int = MEMORY_LIMIT, dev: int = 1) -> None:
        self.clock = clock
        self.limit = limit
        self.dev = dev
        self.native = native.Volume(limit)
        self._last_ino = 0
        self._root = MemoryDirectory(self, 0o755)

    @property
    def root(self) -> MemoryDirectory:
        """Its topmost directory."""
        return self._root

    def add(self, directory: Directory, name: str, node: MemoryNode) -> None:
        """Put a node that is not in the tree yet, such as a device, into `directory` of this volume.

        Errors: EEXIST, ENOSPC, EXDEV.
        """
        if not isinstance(directory, MemoryDirectory) or directory.volume is not self:
            raise SysError(Errno.EXDEV)
        directory.insert(name, node)

    def statfs(self) -> StatFs:
        """Its limit and what is free."""
        blocks = self.limit // BLOCK_SIZE
        free = (self.limit - self.used) // BLOCK_SIZE
        files = self.limit // NODE_COST
        return StatFs(BLOCK_SIZE, blocks, free, free, files, files - self._last_ino, 255, self.dev, read_only=False)

    @property
    def used(self) -> int:
        """Bytes that everything in it takes."""
        return self.native.used

    @property
    def free(self) -> int:
        """Bytes that can still be charged."""
        return self.limit - self.used

    def charge(self, size: int) -> None:
        """Count `size` more bytes. Errors: ENOSPC."""
        if size > self.free:
            raise SysError(Errno.ENOSPC)
        self.native.used += size

    def refund(self, size: int) -> None:
        """Count `size` bytes fewer."""
        self.native.used -= size

    def next_ino(self) -> int:
        """A new inode number."""
        self._last_ino += 1
        return self._last_ino


class MemoryNode(Node):
    """What all nodes in memory have: an inode number, permissions, times, a count of names."""

    volume: MemoryVolume
    rdev = 0

    def __init__(self, volume: MemoryVolume, mode: int) -> None:
        volume.charge(NODE_COST)
        self.volume = volume
        self.ino = volume.next_ino()
        self.mode = mode & MODE_BITS
        self.nlink = 0
        self.opens = 0
        self.uid = 0
        self.gid = 0
        self.atime = self.mtime = self.ctime = volume.clock.realtime()

    @property
    def size(self) -> int:
        """Bytes of content."""
        return 0

    def stat(self) -> Stat:
        """Attributes."""
        size = self.size
        return Stat(
            self.volume.dev,
            self.ino,
            self.type,
            self.mode,
            self.nlink,
            self.uid,
            self.gid,
            self.rdev,
            size,
            BLOCK_SIZE,
            blocks_of(size),
            self.atime,
            self.mtime,
            self.ctime,
        )

    def chmod(self, mode: int) -> None:
        """Set the permission bits."""
        self.mode = mode & MODE_BITS
        self.ctime = self.volume.clock.realtime()

    def chown(self, uid: int | None, gid: int | None) -> None:
        """Set the owner: recorded, and of no effect, as the guest is root here."""
        self.uid = self.uid if uid is None else uid
        self.gid = self.gid if gid is None else gid
        self.ctime = self.volume.clock.realtime()

    def utimes(self, atime: int | None, mtime: int | None) -> None:
        """Set the times."""
        self.atime = self.atime if atime is None else atime
        self.mtime = self.mtime if mtime is None else mtime
        self.ctime = self.volume.clock.realtime()

    def modified(self) -> None:
        """The content changed just now."""
        self.mtime = self.ctime = self.volume.clock.realtime()

    def named(self) -> None:
        """It has one more name."""
        self.nlink += 1
        self.ctime = self.volume.clock.realtime()

    def unnamed(self) -> None:
        """It has one name fewer; without names and open files it is gone."""
        self.nlink -= 1
        self.ctime = self.volume.clock.realtime()
        self.forget()

    def forget(self) -> None:
        """Give its memory back if nothing refers to it."""
        if self.nlink == 0 and self.opens == 0:
            self.volume.refund(NODE_COST + self.discard())

    def discard(self) -> int:
        """Drop the content; returns the bytes that were charged for it."""
        return 0


class MemoryFile(MemoryNode):
    """A regular file: one piece of memory, so that a hole takes that of its zeros. The volume's limit bounds it."""

    type = FileType.REGULAR

    def __init__(self, volume: MemoryVolume, mode: int) -> None:
        self.content = native.Content(volume.native)
        super().__init__(volume, mode)

    @property
    def mtime(self) -> int:
        """When the content changed last. C may have changed it since that was asked last."""
        self._take_time()
        return self._mtime

    @mtime.setter
    def mtime(self, when: int) -> None:
        self._take_time()
        self._mtime = when

    @property
    def ctime(self) -> int:
        """When anything of it changed last."""
        self._take_time()
        return self._ctime

    @ctime.setter
    def ctime(self, when: int) -> None:
        self._take_time()
        self._ctime = when

    def _take_time(self) -> None:
        when = self.content.take_time()
        if when:
            self._mtime = self._ctime = when

    @property
    def size(self) -> int:
        """Bytes of content."""
        return len(self.content)

    def open(self, flags: OpenFlags) -> OpenFile:
        """Open it."""
        if OpenFlags.TRUNCATE in flags:
            self.truncate(0)
        return MemoryOpenFile(self, flags)

    def truncate(self, size: int) -> None:
        """Cut or extend with zeros. Errors: EFBIG, ENOSPC."""
        if size > FILE_OFFSET_MAX:
            raise SysError(Errno.EFBIG)
        if size < len(self.content):
            self.volume.refund(len(self.content) - size)
            self.content.resize(size)
        else:
            self._extend(size)
        self.modified()

    def allocate(self, size: int) -> None:
        """Make it at least `size` bytes long. Errors: ENOSPC."""
        if size > len(self.content):
            self._extend(size)
            self.modified()

    def read_at(self, buffers: Sequence[memoryview], offset: int) -> int:
        """Read from `offset` into `buffers`; returns the number of bytes."""
        start, view = offset, self.content.view()
        for buffer in buffers:
            part = view[offset : offset + len(buffer)]
            buffer[: len(part)] = part
            offset += len(part)
        return offset - start

    def write_at(self, buffers: Sequence[memoryview], offset: int) -> int:
        """Write `buffers` from `offset` on, as much as there is room for; returns the number of bytes.

        Errors: EFBIG, ENOSPC.
        """
        wanted = sum(map(len, buffers))
        if wanted == 0:
            return 0
        if offset + wanted > FILE_OFFSET_MAX:
            raise SysError(Errno.EFBIG)
        room = len(self.content) + self.volume.free - offset
        if room <= 0:
            raise SysError(Errno.ENOSPC)
        count = min(wanted, room)
        if offset + count > len(self.content):
            self._extend(offset + count)
        left, view = count, self.content.view()
        for buffer in buffers:
            part = buffer[:left]
            view[offset : offset + len(part)] = part
            offset += len(part)
            left -= len(part)
        self.modified()
        return count

    def discard(self) -> int:
        """Drop the content."""
        size = len(self.content)
        self.content.resize(0)
        return size

    def _extend(self, size: int) -> None:
        self.volume.charge(size - len(self.content))
        self.content.resize(size)


class MemoryOpenFile(NodeFile):
    """An open regular file in memory. It keeps the file's content when the last name goes."""

    node: MemoryFile

    def __init__(self, node: MemoryFile, flags: OpenFlags) -> None:
        super().__init__(flags, node)
        self.seekable = True
        self._position = native.Position()
        self.set_flags(flags)
        self._closed = False
        node.opens += 1

    def close(self) -> None:
        """Close it."""
        if not self._closed:
            self._closed = True
            self.node.opens -= 1
            self.node.forget()

    def set_flags(self, flags: OpenFlags) -> None:
        """Replace the status flags."""
        super().set_flags(flags)
        self._append = OpenFlags.APPEND in flags
        if self.native is None:
            self.native = native.memory_file(
                self.node.content, self._position, readable=self.readable, writable=self.writable, seekable=True
            )
        self.native.flags = native.status(
            append=self._append,
            nonblock=OpenFlags.NONBLOCK in flags,
            sync=OpenFlags.SYNC in flags,
            data_sync=OpenFlags.DATA_SYNC in flags,
        )

    def seek(self, offset: int, whence: Whence) -> int:
        """Move the position, also beyond the end. Errors: EINVAL, EOVERFLOW."""
        if whence is Whence.CUR:
            offset += self._position.value
        elif whence is Whence.END:
            offset += len(self.node.content)
        if offset < 0:
            raise SysError(Errno.EINVAL)
        if offset > FILE_OFFSET_MAX:
            raise SysError(Errno.EOVERFLOW)
        self._position.value = offset
        return offset

    def sync(self, data_only: bool = False) -> None:
        """Memory is all the storage there is."""

    def available(self) -> int:
        """Bytes from the position to the end."""
        return max(0, len(self.node.content) - self._position.value)

    def _readv(self, buffers: Sequence[memoryview]) -> int:
        count = self.node.read_at(buffers, self._position.value)
        self._position.value += count
        return count

    def _writev(self, buffers: Sequence[memoryview]) -> int:
        if self._append:
            self._position.value = len(self.node.content)
        count = self.node.write_at(buffers, self._position.value)
        self._position.value += count
        return count

    def _preadv(self, buffers: Sequence[memoryview], offset: int) -> int:
        return self.node.read_at(buffers, offset)

    def _pwritev(self, buffers: Sequence[memoryview], offset: int) -> int:
        return self.node.write_at(buffers, offset)

    def _truncate(self, size: int) -> None:
        self.node.truncate(size)

    def _allocate(self, offset: int, length: int) -> None:
        self.node.allocate(offset + length)


class MemorySymlink(MemoryNode):
    """A symbolic link."""

    type = FileType.SYMLINK

    def __init__(self, volume: MemoryVolume, target: str) -> None:
        self.target = target
        self._size = len(target.encode("utf-8", "surrogateescape"))
        super().__init__(volume, 0o777)

    @property
    def size(self) -> int:
        """Bytes of the target."""
        return self._size

    def readlink(self) -> str:
        """The target."""
        return self.target

    def open(self, flags: OpenFlags) -> OpenFile:
        """A link cannot be opened. Errors: ELOOP."""
        raise SysError(Errno.ELOOP)

    def chmod(self, mode: int) -> None:
        """A link's permissions mean nothing. Errors: ENOTSUP."""
        raise SysError(Errno.ENOTSUP)


class MemorySpecial(MemoryNode):
    """A FIFO, socket or device made by mknod: it has attributes and nothing behind it."""

    def __init__(self, volume: MemoryVolume, type: FileType, mode: int, rdev: int) -> None:
        self.type = type
        super().__init__(volume, mode)
        self.rdev = rdev

    def open(self, flags: OpenFlags) -> OpenFile:
        """There is nothing to open. Errors: ENXIO."""
        raise SysError(Errno.ENXIO)


class MemoryDirectory(MemoryNode, Directory):
    """A directory: a dict, which keeps the order of creation."""

    type = FileType.DIRECTORY

    def __init__(self, volume: MemoryVolume, mode: int, parent: MemoryDirectory | None = None, name: str = "") -> None:
        super().__init__(volume, mode)
        self.parent = parent
        self.name = name
        self.children: dict[str, MemoryNode] = {}
        self.subdirectories = 0

    @property
    def size(self) -> int:
        """One block, however many entries: a host's own figure would differ from run to run."""
        return BLOCK_SIZE

    def stat(self) -> Stat:
        """Attributes. Its links are its name, its own "." and the ".." of each directory in it."""
        return super().stat()._replace(nlink=0 if self.removed else 2 + self.subdirectories)

    def open(self, flags: OpenFlags) -> OpenFile:
        """Open it for reading its entries. Errors: EISDIR."""
        return Directory.open(self, flags)

    def truncate(self, size: int) -> None:
        """A directory cannot be cut. Errors: EISDIR."""
        Directory.truncate(self, size)

    def lookup(self, name: str) -> Node:
        """The node of that name. Errors: ENOENT."""
        return self._child(name)

    def entries(self) -> Iterable[tuple[str, int, FileType]]:
        """Names in the order of creation."""
        return [(name, node.ino, node.type) for name, node in self.children.items()]

    def create(self, name: str, flags: OpenFlags, mode: int) -> OpenFile:
        """Make a regular file and open it. Errors: EEXIST, ENOENT (this directory is gone), ENOSPC."""
        self._check_free(name)
        node = MemoryFile(self.volume, mode)
        self.insert(name, node)
        return node.open(flags)

    def mkdir(self, name: str, mode: int) -> None:
        """Make a directory. Errors: EEXIST, ENOENT, ENOSPC."""
        self._check_free(name)
        self.insert(name, MemoryDirectory(self.volume, mode, self, name))
        self.subdirectories += 1

    def symlink(self, name: str, target: str) -> None:
        """Make a link. Errors: EEXIST, ENOENT, ENOSPC."""
        self._check_free(name)
        self.insert(name, MemorySymlink(self.volume, target))

    def mknod(self, name: str, type: FileType, mode: int, rdev: int) -> None:
        """Make a node; all but a regular file have attributes only. Errors: EEXIST, EPERM, ENOSPC."""
        if type in (FileType.DIRECTORY, FileType.SYMLINK, FileType.UNKNOWN):
            raise SysError(Errno.EPERM)
        self._check_free(name)
        if type is FileType.REGULAR:
            self.insert(name, MemoryFile(self.volume, mode))
        else:
            self.insert(name, MemorySpecial(self.volume, type, mode, rdev))

    def link(self, name: str, node: Node) -> None:
        """One more name for `node`. Errors: EEXIST, ENOENT (no name left, or this directory is gone), EXDEV, ENOSPC."""
        if not isinstance(node, MemoryNode) or node.volume is not self.volume:
            raise SysError(Errno.EXDEV)
        if node.nlink == 0:
            raise SysError(Errno.ENOENT)
        self.insert(name, node)

    def insert(self, name: str, node: MemoryNode) -> None:
        """Enter `node` under `name`. Errors: EEXIST, ENOENT (this directory is gone), ENOSPC."""
        self._check_free(name)
        try:
            self.volume.charge(ENTRY_COST)
        except SysError:
            node.forget()
            raise
        self.children[name] = node
        node.named()
        self.modified()

    def unlink(self, name: str) -> None:
        """Remove a name. Errors: ENOENT, EISDIR."""
        if isinstance(self._child(name), MemoryDirectory):
            raise SysError(Errno.EISDIR)
        self._remove(name)

    def rmdir(self, name: str) -> None:
        """Remove an empty directory. Errors: ENOENT, ENOTDIR, ENOTEMPTY."""
        node = self._child(name)
        if not isinstance(node, MemoryDirectory):
            raise SysError(Errno.ENOTDIR)
        if node.children:
            raise SysError(Errno.ENOTEMPTY)
        self._remove(name)

    def rename(self, old: str, directory: Directory, new: str) -> None:
        """Move an entry. Errors: ENOENT, EINVAL, EISDIR, ENOTDIR, ENOTEMPTY, EXDEV."""
        if not isinstance(directory, MemoryDirectory) or directory.volume is not self.volume:
            raise SysError(Errno.EXDEV)
        node = self._child(old)
        target = directory.children.get(new)
        if directory.removed:
            raise SysError(Errno.ENOENT)
        if isinstance(node, MemoryDirectory) and node.contains(directory):
            raise SysError(Errno.EINVAL)
        if target is node:
            return
        if target is not None:
            self._check_replaceable(node, target)
            directory._remove(new)
        del self.children[old]
        directory.children[new] = node
        if isinstance(node, MemoryDirectory):
            node.parent, node.name = directory, new
            self.subdirectories -= 1
            directory.subdirectories += 1
        node.ctime = self.volume.clock.realtime()
        self.modified()
        directory.modified()

    def contains(self, directory: Directory) -> bool:
        """Whether `directory` is this one or below it."""
        step: Directory | None = directory
        while step is not None:
            if step is self:
                return True
            step = step.parent
        return False

    def _child(self, name: str) -> MemoryNode:
        try:
            return self.children[name]
        except KeyError:
            raise SysError(Errno.ENOENT) from None

    def _check_free(self, name: str) -> None:
        if self.removed:
            raise SysError(Errno.ENOENT)
        if name in self.children:
            raise SysError(Errno.EEXIST)

    def _check_replaceable(self, node: MemoryNode, target: MemoryNode) -> None:
        if isinstance(target, MemoryDirectory):
            if target.contains(self):
                raise SysError(Errno.ENOTEMPTY)
            if not isinstance(node, MemoryDirectory):
                raise SysError(Errno.EISDIR)
            if target.children:
                raise SysError(Errno.ENOTEMPTY)
        elif isinstance(node, MemoryDirectory):
            raise SysError(Errno.ENOTDIR)

    def _remove(self, name: str) -> None:
        node = self.children.pop(name)
        self.volume.refund(ENTRY_COST)
        if isinstance(node, MemoryDirectory):
            node.removed = True
            self.subdirectories -= 1
        node.unnamed()
        self.modified()
