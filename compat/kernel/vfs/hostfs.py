"""Directories of the host, mounted.

A node is a directory held open and a name in it, never a path. Links are returned as links: where they lead is for
`compat.kernel.paths` to say, in the guest's terms.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from weakref import WeakValueDictionary

from compat.kernel.clock import Clock, SteppingClock
from compat.kernel.errno import Errno, SysError
from compat.kernel.files import OpenFile, OpenFlags
from compat.kernel.host import platform
from compat.kernel.stat import BLOCK_SIZE, FileType, Stat, StatFs, blocks_of
from compat.kernel.vfs.hostfile import HostFile
from compat.kernel.vfs.node import Access, Directory, Node, Volume

MODE_BITS = 0o777
"""Permissions that a guest may give on the host: no set-user-ID, which would reach beyond its sandbox."""

FIXED_TIME = SteppingClock.START
"""In a deterministic run, the times of whatever the guest itself has neither made nor changed."""

UNTIL_OPENED = 10_000_000
"""Nanoseconds between two looks whether a FIFO is open at its other end."""
SYNCHRONOUS = OpenFlags.SYNC | OpenFlags.DATA_SYNC

Key = tuple[int, int]
"""The host's device and inode number."""


class HostVolume(Volume):
    """The directory at `path` of the host and what is in it.

    Read-only: every change is EROFS, before the host is asked. Deterministic: attributes that differ between runs of
    the same guest are evened out: `dev` is the one given, inode numbers count from 1 in the order seen, times are those
    of the guest's own clock (`FIXED_TIME` for what it did not touch), a directory has one link. Listings are always
    sorted.
    """

    def __init__(
        self, path: str, clock: Clock, *, read_only: bool = False, deterministic: bool = False, dev: int = 2
    ) -> None:
        self.clock = clock
        self.read_only = read_only
        self.directories: WeakValueDictionary[Key, HostDirectory] = WeakValueDictionary()
        self._attributes = _FixedAttributes(clock, dev) if deterministic else None
        self._root = self.directory(platform.open_root(path), None, "")

    @property
    def root(self) -> HostDirectory:
        """The mounted directory."""
        return self._root

    def statfs(self) -> StatFs:
        """The host's own figures, or fixed ones if deterministic."""
        if self._attributes is not None:
            return StatFs(BLOCK_SIZE, 1_000_000, 500_000, 500_000, 1_000_000, 500_000, 255, 0, self.read_only)
        figures = platform.statfs(self._root.handle)
        return figures._replace(read_only=self.read_only or figures.read_only)

    def close(self) -> None:
        """Close the mounted directory; files opened from it stay open."""
        self._root.handle.close()

    def directory(self, handle: platform.DirectoryHandle, parent: HostDirectory | None, name: str) -> HostDirectory:
        """The node of an open directory: one for each directory, as long as anything refers to it."""
        key = platform.key(handle)
        node = self.directories.get(key)
        if node is None:
            node = self.directories[key] = HostDirectory(self, handle, parent, name)
        return node

    @property
    def shows_host(self) -> bool:
        """Whether the attributes that the guest sees are the host's own."""
        return self._attributes is None

    def check_writable(self) -> None:
        """Errors: EROFS."""
        if self.read_only:
            raise SysError(Errno.EROFS)

    def shown(self, stat: Stat) -> Stat:
        """The host's attributes as the guest sees them."""
        size = BLOCK_SIZE if stat.type is FileType.DIRECTORY else stat.size
        stat = stat._replace(size=size, blocks=blocks_of(size))
        return stat if self._attributes is None else self._attributes.apply(stat)

    def shown_ino(self, directory: Stat, ino: int) -> int:
        """An inode number found in a listing, as the guest sees it."""
        return ino if self._attributes is None else self._attributes.ino((directory.dev, ino))

    def made(self, directory: HostDirectory, name: str) -> None:
        """The guest made `name`: a new file, though the host may reuse a number."""
        if self._attributes is not None:
            self._attributes.made(platform.lstat(directory.handle, name))

    def changed(self, file: Stat, atime: int | None, mtime: int | None) -> None:
        """The guest set times of a file."""
        if self._attributes is not None:
            self._attributes.set_times((file.dev, file.ino), atime, mtime)

    def written(self, key: Key) -> None:
        """The guest changed the content of a file."""
        if self._attributes is not None:
            self._attributes.set_times(key, None, self.clock.realtime())


class _FixedAttributes:
    """What a deterministic run shows in place of the host's own numbers and times."""

    def __init__(self, clock: Clock, dev: int) -> None:
        self._clock = clock
        self._dev = dev
        self._numbers: dict[Key, int] = {}
        self._times: dict[Key, tuple[int, int, int]] = {}
        self._last = 0

    def ino(self, key: Key) -> int:
        """The number of the file with this key."""
        if key not in self._numbers:
            self._last += 1
            self._numbers[key] = self._last
        return self._numbers[key]

    def apply(self, stat: Stat) -> Stat:
        """Replace what differs between runs."""
        key = (stat.dev, stat.ino)
        atime, mtime, ctime = self._times.get(key, (FIXED_TIME,) * 3)
        nlink = 1 if stat.type is FileType.DIRECTORY else stat.nlink
        return stat._replace(dev=self._dev, ino=self.ino(key), nlink=nlink, atime=atime, mtime=mtime, ctime=ctime)

    def made(self, stat: Stat) -> None:
        """A new file: forget what was known of an earlier one with the same key."""
        key = (stat.dev, stat.ino)
        self._numbers.pop(key, None)
        self._times[key] = (self._clock.realtime(),) * 3

    def set_times(self, key: Key, atime: int | None, mtime: int | None) -> None:
        """New times; None keeps one."""
        old_atime, old_mtime, _ = self._times.get(key, (FIXED_TIME,) * 3)
        self._times[key] = (
            old_atime if atime is None else atime,
            old_mtime if mtime is None else mtime,
            self._clock.realtime(),
        )


class HostDirectory(Directory):
    """A directory of the host, held open."""

    volume: HostVolume
    parent: HostDirectory | None

    def __init__(
        self, volume: HostVolume, handle: platform.DirectoryHandle, parent: HostDirectory | None, name: str
    ) -> None:
        self.volume = volume
        self.handle = handle
        self.parent = parent
        self.name = name

    def stat(self) -> Stat:
        """Attributes; the size is one block."""
        return self.volume.shown(platform.stat_directory(self.handle))

    def chmod(self, mode: int) -> None:
        """Set the permission bits. Errors: EPERM, EROFS."""
        self.volume.check_writable()
        platform.chmod_directory(self.handle, mode & MODE_BITS)

    def chown(self, uid: int | None, gid: int | None) -> None:
        """Owners on the host are not the guest's to change. Errors: EPERM, EROFS."""
        _refuse_owner(self.volume, uid, gid)

    def utimes(self, atime: int | None, mtime: int | None) -> None:
        """Set the times. Errors: EPERM, EROFS."""
        self.volume.check_writable()
        now = platform.stat_directory(self.handle)
        platform.utimes_directory(self.handle, *_chosen(now, atime, mtime))
        self.volume.changed(now, atime, mtime)

    def sync(self) -> None:
        """Bring its entries to the storage. Errors: EIO."""
        platform.sync_directory(self.handle)

    def lookup(self, name: str) -> Node:
        """The node of that name; links are not followed. Errors: ENOENT, EACCES."""
        stat = platform.lstat(self.handle, name)
        if stat.type is not FileType.DIRECTORY:
            return HostNode(self, name, stat.type)
        known = self.volume.directories.get((stat.dev, stat.ino))
        if known is None:
            return self.volume.directory(platform.open_directory(self.handle, name), self, name)
        known.found_at(self, name)
        return known

    def descend(self, names: Sequence[str]) -> tuple[HostDirectory, HostNode | None] | None:
        """The host goes the whole way at once, where no link and nothing else that it must not pass lies in it."""
        *way, name = names
        handle = platform.open_beneath(self.handle, way)
        if handle is None:
            return None
        # Several names stand for one, until `lookup` finds the directory in the one that it is in.
        path = "/".join(way)
        parent = self.volume.directory(handle, self, path)
        if "/" in parent.name:
            parent.found_at(self, path)
        try:
            type = platform.lstat(handle, name).type
        except SysError as error:
            if error.errno is Errno.ENOENT:
                return parent, None
            raise
        return None if type is FileType.DIRECTORY else (parent, HostNode(parent, name, type))

    def found_at(self, parent: HostDirectory, name: str) -> None:
        """It was found in `parent`, perhaps after a move by someone else."""
        # The mounted directory has no parent, and a directory mounted inside itself must not become its own.
        if self is not self.volume.root and not _is_above(self, parent):
            self.parent, self.name = parent, name

    def entries(self) -> Iterable[tuple[str, int, FileType]]:
        """Names in the order of their bytes. Errors: EACCES."""
        own = platform.stat_directory(self.handle)
        listing = platform.list_directory(self.handle)
        return [(name, self.volume.shown_ino(own, ino), type) for name, ino, type in listing]

    def create(self, name: str, flags: OpenFlags, mode: int) -> OpenFile:
        """Make a regular file and open it. Errors: EEXIST, EROFS, EACCES, ENOSPC."""
        self.volume.check_writable()
        fd = platform.open_file(self.handle, name, flags | OpenFlags.CREATE, mode & MODE_BITS)
        file = MountedFile(HostNode(self, name, FileType.REGULAR), fd, flags)
        self.volume.made(self, name)
        return file

    def mkdir(self, name: str, mode: int) -> None:
        """Make a directory. Errors: EEXIST, EROFS, EACCES, ENOSPC."""
        self.volume.check_writable()
        platform.mkdir(self.handle, name, mode & MODE_BITS)
        self.volume.made(self, name)

    def symlink(self, name: str, target: str) -> None:
        """Make a link with any text: for the guest it leads within its own tree. Errors: EEXIST, EROFS."""
        self.volume.check_writable()
        platform.symlink(self.handle, name, target)
        self.volume.made(self, name)

    def mknod(self, name: str, type: FileType, mode: int, rdev: int) -> None:
        """Make a regular file. Errors: EEXIST, EPERM (anything else), EROFS.

        Not even a FIFO: a process of the host that opens it would block until the guest does, too.
        """
        self.volume.check_writable()
        if type is not FileType.REGULAR:
            raise SysError(Errno.EPERM)
        self.create(name, OpenFlags.WRITE, mode).close()

    def link(self, name: str, node: Node) -> None:
        """One more name for `node`. Errors: EEXIST, EXDEV, EROFS, EMLINK."""
        self.volume.check_writable()
        if not isinstance(node, HostNode) or node.volume is not self.volume:
            raise SysError(Errno.EXDEV)
        platform.link(node.directory.handle, node.name, self.handle, name)

    def unlink(self, name: str) -> None:
        """Remove a name. Errors: ENOENT, EISDIR, EROFS."""
        self.volume.check_writable()
        platform.unlink(self.handle, name)

    def rmdir(self, name: str) -> None:
        """Remove an empty directory. Errors: ENOENT, ENOTDIR, ENOTEMPTY, EROFS."""
        self.volume.check_writable()
        known = self._known(name)
        platform.rmdir(self.handle, name)
        if known is not None:
            known.removed = True

    def rename(self, old: str, directory: Directory, new: str) -> None:
        """Move an entry. Errors: ENOENT, EINVAL, EISDIR, ENOTDIR, ENOTEMPTY, EXDEV, EROFS."""
        self.volume.check_writable()
        if not isinstance(directory, HostDirectory) or directory.volume is not self.volume:
            raise SysError(Errno.EXDEV)
        moved, replaced = self._known(old), directory._known(new)
        # Hosts agree on this, but not on how to say it.
        if moved is not None and _is_above(moved, directory):
            raise SysError(Errno.EINVAL)
        platform.rename(self.handle, old, directory.handle, new)
        if replaced is not None and replaced is not moved:
            replaced.removed = True
        if moved is not None:
            moved.parent, moved.name = directory, new

    def _known(self, name: str) -> HostDirectory | None:
        """The node of a directory that something still refers to, such as a working directory."""
        try:
            stat = platform.lstat(self.handle, name)
        except SysError:
            # The operation that follows reports what is wrong with the name.
            return None
        return self.volume.directories.get((stat.dev, stat.ino))


class HostNode(Node):
    """What is no directory: a name in one. It is looked at anew at each use, and never followed."""

    volume: HostVolume

    def __init__(self, directory: HostDirectory, name: str, type: FileType) -> None:
        self.volume = directory.volume
        self.directory = directory
        self.name = name
        self.type = type

    def stat(self) -> Stat:
        """Attributes, of the link itself where it is one."""
        return self.volume.shown(platform.lstat(self.directory.handle, self.name))

    def open(self, flags: OpenFlags) -> OpenFile:
        """Open it. Errors: EACCES, ELOOP (it is a link now), ENXIO, EROFS."""
        if flags & (OpenFlags.WRITE | OpenFlags.TRUNCATE):
            self.volume.check_writable()
        plain = flags & ~(OpenFlags.CREATE | OpenFlags.EXCLUSIVE)
        file = MountedFile(self, self._open(plain), flags)
        if OpenFlags.TRUNCATE in flags:
            file.touch()
        return file

    def _open(self, flags: OpenFlags) -> int:
        """Open it on the host. Who is to write to a FIFO waits for somebody who reads. Raises TimeLimit."""
        while True:
            try:
                return platform.open_file(self.directory.handle, self.name, flags, 0)
            except SysError as error:
                if error.errno is not Errno.ENXIO or self.type is not FileType.FIFO or OpenFlags.NONBLOCK in flags:
                    raise
            # There is nothing to poll for that.
            patience = self.volume.clock.patience(UNTIL_OPENED)
            with self.volume.clock.others:
                platform.wait([], patience)

    def access(self, wanted: Access) -> None:
        """Check what the host lets this process do. Errors: EACCES, EROFS."""
        super().access(wanted)
        bits = (Access.READ in wanted, Access.WRITE in wanted, Access.EXECUTE in wanted)
        if not platform.access(self.directory.handle, self.name, *bits):
            raise SysError(Errno.EACCES)

    def readlink(self) -> str:
        """The text of the link. Errors: EINVAL (no link)."""
        return platform.readlink(self.directory.handle, self.name)

    def chmod(self, mode: int) -> None:
        """Set the permission bits. Errors: EPERM, EROFS, ENOTSUP (a link)."""
        self.volume.check_writable()
        platform.chmod(self.directory.handle, self.name, mode & MODE_BITS)

    def chown(self, uid: int | None, gid: int | None) -> None:
        """Owners on the host are not the guest's to change. Errors: EPERM, EROFS."""
        _refuse_owner(self.volume, uid, gid)

    def utimes(self, atime: int | None, mtime: int | None) -> None:
        """Set the times, of the link itself where it is one. Errors: EPERM, EROFS."""
        self.volume.check_writable()
        now = platform.lstat(self.directory.handle, self.name)
        platform.utimes(self.directory.handle, self.name, *_chosen(now, atime, mtime))
        self.volume.changed(now, atime, mtime)

    def truncate(self, size: int) -> None:
        """Cut or extend. Errors: EINVAL (no regular file), EROFS, EFBIG, ENOSPC."""
        self.volume.check_writable()
        if self.type is not FileType.REGULAR:
            raise SysError(Errno.EINVAL)
        file = self.open(OpenFlags.WRITE)
        try:
            file.truncate(size)
        finally:
            file.close()


class MountedFile(HostFile):
    """An open file of a mounted directory."""

    node: HostNode

    def __init__(self, node: HostNode, descriptor: int, flags: OpenFlags) -> None:
        super().__init__(descriptor, flags, node)
        self._volume = node.volume
        self.clock = node.volume.clock
        self._may_block = False
        self._synchronous = bool(flags & SYNCHRONOUS)
        self._serve()

    def set_flags(self, flags: OpenFlags) -> None:
        """Replace the status flags."""
        super().set_flags(flags)
        self._synchronous = bool(flags & SYNCHRONOUS)
        self._serve()
        platform.set_status(self._fd, self.flags)

    def _serve(self) -> None:
        # C does not wait for a FIFO's other end.
        if self._type is not FileType.FIFO:
            self._serve_natively(writes=self._writes_plainly())

    def stat(self) -> Stat:
        """Attributes."""
        return self._volume.shown(platform.fstat(self._fd))

    def chmod(self, mode: int) -> None:
        """Set the permission bits. Errors: EPERM, EROFS."""
        self._volume.check_writable()
        platform.fchmod(self._fd, mode & MODE_BITS)

    def chown(self, uid: int | None, gid: int | None) -> None:
        """Owners on the host are not the guest's to change. Errors: EPERM, EROFS."""
        _refuse_owner(self._volume, uid, gid)

    def utimes(self, atime: int | None, mtime: int | None) -> None:
        """Set the times. Errors: EPERM, EROFS."""
        self._volume.check_writable()
        now = platform.fstat(self._fd)
        platform.futimes(self._fd, *_chosen(now, atime, mtime))
        self._volume.changed(now, atime, mtime)

    def _writes_plainly(self) -> bool:
        """Whether `touch` has nothing to do."""
        return not self._synchronous and self._volume.shows_host

    def touch(self) -> None:
        """The content changed just now."""
        self._volume.written(self._key)
        # The host cannot change this about an open file, as WASI's fd_fdstat_set_flags may ask: so it is done here.
        if self._synchronous:
            self.sync(data_only=OpenFlags.SYNC not in self.flags)

    def _writev(self, buffers: Sequence[memoryview]) -> int:
        count = super()._writev(buffers)
        self.touch()
        return count

    def _pwritev(self, buffers: Sequence[memoryview], offset: int) -> int:
        appending = OpenFlags.APPEND in self.flags
        if appending:
            # POSIX writes at the offset; Linux would append all the same.
            platform.set_status(self._fd, self.flags & ~OpenFlags.APPEND)
        try:
            count = super()._pwritev(buffers, offset)
        finally:
            if appending:
                platform.set_status(self._fd, self.flags)
        self.touch()
        return count

    def _truncate(self, size: int) -> None:
        super()._truncate(size)
        self.touch()

    def _allocate(self, offset: int, length: int) -> None:
        super()._allocate(offset, length)
        self.touch()


def _refuse_owner(volume: HostVolume, uid: int | None, gid: int | None) -> None:
    """Allow only what changes nothing: the owner that `stat` shows."""
    volume.check_writable()
    if uid or gid:
        raise SysError(Errno.EPERM)


def _chosen(now: Stat, atime: int | None, mtime: int | None) -> tuple[int, int]:
    return now.atime if atime is None else atime, now.mtime if mtime is None else mtime


def _is_above(directory: HostDirectory, other: HostDirectory) -> bool:
    step: HostDirectory | None = other
    while step is not None:
        if step is directory:
            return True
        step = step.parent
    return False
