"""Open file descriptions and the table of descriptors that refer to them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence

from compat._enum import Enum, Flag, auto
from compat._typing import TYPE_CHECKING
from compat.kernel.errno import Errno, SysError
from compat.kernel.stat import DirEntry, InputModes, Readiness, Stat, StatFs, WindowSize

if TYPE_CHECKING:
    from compat.kernel.addresses import Received
    from compat.kernel.vfs.node import Directory, Node
    from compat.native.process import NativeFile, NativeProcess

FILE_OFFSET_MAX = (1 << 63) - 1


class OpenFlags(Flag):
    """How a file is opened, as open(2) has it. Close-on-exec belongs to the descriptor: see `FileTable`."""

    READ = auto()
    WRITE = auto()
    APPEND = auto()
    CREATE = auto()
    EXCLUSIVE = auto()
    TRUNCATE = auto()
    DIRECTORY = auto()
    NOFOLLOW = auto()
    NONBLOCK = auto()
    SYNC = auto()
    DATA_SYNC = auto()


NO_FLAGS = OpenFlags(0)
STATUS_FLAGS = OpenFlags.APPEND | OpenFlags.NONBLOCK | OpenFlags.SYNC | OpenFlags.DATA_SYNC
"""The flags that `OpenFile.set_flags` may change (fcntl F_SETFL)."""


class Whence(Enum):
    """What a new file position counts from."""

    SET = auto()
    CUR = auto()
    END = auto()


class Advice(Enum):
    """How a file will be used (posix_fadvise)."""

    NORMAL = auto()
    SEQUENTIAL = auto()
    RANDOM = auto()
    WILLNEED = auto()
    DONTNEED = auto()
    NOREUSE = auto()


class OpenFile(ABC):
    """An open file description: what descriptors made by `dup` share. Position, status flags, reference count.

    The public methods check what POSIX checks first (access mode, sign of the offset), then call a hook (`_readv` …)
    that a kind of file overrides. A hook left alone raises the error of a file that cannot do it.
    """

    in_real_time = False
    """Whether what it waits for comes when it comes, whatever time it is for the guest."""

    def __init__(self, flags: OpenFlags, node: Node | None = None) -> None:
        self.node = node
        """The file it was opened from; None for pipes and streams that have no name."""
        self.origin: tuple[Directory, str] | None = None
        """The directory and the name that it was opened by, which may have changed since."""
        self.flags = flags
        """Access mode and status flags. Change them with `set_flags`."""
        self.readable = OpenFlags.READ in flags
        self.writable = OpenFlags.WRITE in flags
        self.seekable = False
        self.native: NativeFile | None = None
        """What C knows of it, so that it can serve the guest's reads and writes; None: they all come here."""
        self._references = 0

    # --- life

    def retain(self) -> None:
        """One more descriptor refers to this description."""
        self._references += 1

    def release(self) -> None:
        """One descriptor fewer; the last one closes."""
        self._references -= 1
        if self._references <= 0:
            self.close()

    def close(self) -> None:  # noqa: B027 - most kinds hold nothing
        """Free what it holds, whatever the reference count. Closing twice does nothing."""

    def set_flags(self, flags: OpenFlags) -> None:
        """Replace the status flags (`STATUS_FLAGS`); others in `flags` are ignored, as F_SETFL does."""
        self.flags = (self.flags & ~STATUS_FLAGS) | (flags & STATUS_FLAGS)

    # --- data

    def readv(self, buffers: Sequence[memoryview]) -> int:
        """Read at the position into `buffers` in turn; return the number of bytes, 0 at the end of the file.

        Errors: EBADF (not open for reading), EISDIR, EAGAIN, EIO.
        """
        self._check_readable()
        return self._readv(buffers)

    def writev(self, buffers: Sequence[memoryview]) -> int:
        """Write `buffers` in turn at the position (at the end with APPEND); return the number of bytes.

        Errors: EBADF (not open for writing), EAGAIN, EFBIG, EIO, ENOSPC, EPIPE.
        """
        self._check_writable()
        return self._writev(buffers)

    def preadv(self, buffers: Sequence[memoryview], offset: int) -> int:
        """Read at `offset` without moving the position. Errors: EBADF, EINVAL (negative offset), EISDIR, ESPIPE."""
        self._check_readable()
        self._check_positioned(offset)
        return self._preadv(buffers, offset)

    def pwritev(self, buffers: Sequence[memoryview], offset: int) -> int:
        """Write at `offset` without moving the position. Errors: EBADF, EINVAL, EFBIG, ENOSPC, ESPIPE."""
        self._check_writable()
        self._check_positioned(offset)
        return self._pwritev(buffers, offset)

    def read(self, n: int) -> bytes:
        """Read at most `n` bytes at the position. Errors: as `readv`."""
        buffer = bytearray(n)
        count = self.readv([memoryview(buffer)])
        return bytes(buffer[:count])

    def write(self, data: bytes | bytearray | memoryview) -> int:
        """Write `data` at the position; return the number of bytes taken. Errors: as `writev`."""
        return self.writev([memoryview(data)])

    def pread(self, n: int, offset: int) -> bytes:
        """Read at most `n` bytes at `offset`. Errors: as `preadv`."""
        buffer = bytearray(n)
        count = self.preadv([memoryview(buffer)], offset)
        return bytes(buffer[:count])

    def pwrite(self, data: bytes | bytearray | memoryview, offset: int) -> int:
        """Write `data` at `offset`; return the number of bytes taken. Errors: as `pwritev`."""
        return self.pwritev([memoryview(data)], offset)

    def seek(self, offset: int, whence: Whence) -> int:
        """Move the position by `offset` bytes from `whence`; return the new one.

        On a directory the position is a `readdir` cookie. Errors: EINVAL (before the start), EOVERFLOW, ESPIPE.
        """
        raise SysError(Errno.ESPIPE)

    def tell(self) -> int:
        """The position in bytes. Errors: ESPIPE."""
        return self.seek(0, Whence.CUR)

    def truncate(self, size: int) -> None:
        """Cut or extend (with zeros) to `size` bytes.

        Errors: EINVAL (no regular file, negative, not for writing), EROFS, EFBIG, ENOSPC.
        """
        if size < 0 or not self.writable:
            raise SysError(Errno.EINVAL)
        if size > FILE_OFFSET_MAX:
            raise SysError(Errno.EFBIG)
        self._truncate(size)

    def allocate(self, offset: int, length: int) -> None:
        """Make the file at least offset+length bytes long, keeping its content (posix_fallocate).

        Errors: EBADF, EINVAL (length not positive), EFBIG, ENODEV (no regular file), ENOSPC, EROFS, ESPIPE.
        """
        self._check_writable()
        if offset < 0 or length <= 0:
            raise SysError(Errno.EINVAL)
        if offset + length > FILE_OFFSET_MAX:
            raise SysError(Errno.EFBIG)
        self._allocate(offset, length)

    def advise(self, offset: int, length: int, advice: Advice) -> None:
        """Take a hint on the use to come; there is nothing that it could speed up here.

        Errors: EINVAL (negative), ESPIPE.
        """
        if not self.seekable:
            raise SysError(Errno.ESPIPE)
        if offset < 0 or length < 0:
            raise SysError(Errno.EINVAL)

    def sync(self, data_only: bool = False) -> None:
        """Bring what was written to the storage. Errors: EINVAL (a pipe, terminal or other device), EIO."""
        raise SysError(Errno.EINVAL)

    # --- attributes

    @abstractmethod
    def stat(self) -> Stat:
        """Attributes of the open file, also after its name is gone."""

    def statfs(self) -> StatFs:
        """The file system that the file is in. Errors: ENOSYS for what is in none."""
        if self.node is None:
            raise SysError(Errno.ENOSYS)
        return self.node.statfs()

    def chmod(self, mode: int) -> None:
        """Set the permission bits. Errors: EPERM, EROFS."""
        raise SysError(Errno.EPERM)

    def chown(self, uid: int | None, gid: int | None) -> None:
        """Set the owner; None leaves it. Errors: EPERM, EROFS."""
        raise SysError(Errno.EPERM)

    def utimes(self, atime: int | None, mtime: int | None) -> None:
        """Set times in nanoseconds since the epoch; None leaves one as it is.

        "Now" is the caller's to read off its clock. Errors: EPERM, EROFS.
        """
        raise SysError(Errno.EPERM)

    # --- directories, terminals, waiting

    def readdir(self, cookie: int = 0) -> Iterator[DirEntry]:
        """The entries behind `cookie` (0: from the start, reading the directory anew), "." and ".." first.

        A cookie stays valid while the directory changes. Errors: ENOTDIR, EINVAL (a cookie never given out).
        """
        raise SysError(Errno.ENOTDIR)

    def poll(self) -> Readiness:
        """What would not block now. A regular file never blocks (poll(2))."""
        return Readiness(readable=True, writable=True)

    def available(self) -> int:
        """Bytes that can be read at once (ioctl FIONREAD). Errors: ENOTTY."""
        raise SysError(Errno.ENOTTY)

    def host_descriptor(self) -> int | None:
        """The host's descriptor to wait on when `poll` finds nothing; None where no host is involved."""
        return None

    def isatty(self) -> bool:
        """Whether it is a terminal."""
        return False

    def window_size(self) -> WindowSize:
        """The terminal's size. Errors: ENOTTY."""
        raise SysError(Errno.ENOTTY)

    def set_input_modes(self, modes: InputModes) -> None:
        """Set how a terminal hands over what is typed, until this file is closed. Errors: ENOTTY."""
        raise SysError(Errno.ENOTTY)

    # --- sockets

    def accept(self, flags: OpenFlags = NO_FLAGS) -> OpenFile:
        """The next connection, opened with these status flags. Errors: EAGAIN, ECONNABORTED, EINVAL, ENOTSOCK."""
        raise SysError(Errno.ENOTSOCK)

    def receive(
        self, buffers: Sequence[memoryview], *, peek: bool = False, wait_all: bool = False, wait: bool = True
    ) -> Received:
        """Read from a connection, 0 bytes at the end, or one message.

        `peek` leaves what is read, to be read again; `wait_all` waits until the buffers are full or the end is reached;
        without `wait`, it is as with NONBLOCK. Errors: EAGAIN, ECONNRESET, ENOTCONN, ENOTSOCK.
        """
        raise SysError(Errno.ENOTSOCK)

    def shutdown(self, *, receiving: bool, sending: bool) -> None:
        """End one direction of a connection or both. Errors: EINVAL (neither), ENOTCONN, ENOTSOCK."""
        raise SysError(Errno.ENOTSOCK)

    def at_mark(self) -> bool:
        """Whether what was sent out of band comes next (sockatmark). Errors: ENOTTY."""
        raise SysError(Errno.ENOTTY)

    # --- hooks

    def _readv(self, buffers: Sequence[memoryview]) -> int:
        raise SysError(Errno.EINVAL)

    def _writev(self, buffers: Sequence[memoryview]) -> int:
        raise SysError(Errno.EINVAL)

    def _preadv(self, buffers: Sequence[memoryview], offset: int) -> int:
        raise SysError(Errno.ESPIPE)

    def _pwritev(self, buffers: Sequence[memoryview], offset: int) -> int:
        raise SysError(Errno.ESPIPE)

    def _truncate(self, size: int) -> None:
        raise SysError(Errno.EINVAL)

    def _allocate(self, offset: int, length: int) -> None:
        raise SysError(Errno.ENODEV if self.seekable else Errno.ESPIPE)

    def _check_readable(self) -> None:
        if not self.readable:
            raise SysError(Errno.EBADF)

    def _check_writable(self) -> None:
        if not self.writable:
            raise SysError(Errno.EBADF)

    def _check_positioned(self, offset: int) -> None:
        if not self.seekable:
            raise SysError(Errno.ESPIPE)
        if not 0 <= offset <= FILE_OFFSET_MAX:
            raise SysError(Errno.EINVAL)


class PassedFile:
    """An open file on its way to whoever receives a message, as another descriptor would hold it."""

    def __init__(self, table: FileTable, fd: int) -> None:
        """Errors: EBADF, EMFILE (as many are on their way as there can be descriptors)."""
        self.file = table[fd]
        if table.passed >= table.limit:
            raise SysError(Errno.EMFILE)
        self._table = table
        table.passed += 1
        self.file.retain()

    def drop(self) -> None:
        """It has arrived, and was opened or is not wanted."""
        self._table.passed -= 1
        self._table.release(self.file)


class FileTable:
    """The descriptors of a process. Several may share one `OpenFile`; the last one closed closes it.

    `files[fd]` is the open file; it raises EBADF, as does every method given a descriptor that is not open.
    """

    def __init__(self, limit: int = 4096, native: NativeProcess | None = None) -> None:
        """`native` is told of every descriptor."""
        self.limit = limit
        """One more than the highest descriptor there can be (RLIMIT_NOFILE)."""
        self.passed = 0
        """How many files are in messages that nobody has received yet."""
        self._released: list[OpenFile] = []
        self._native = native
        self._files: dict[int, OpenFile] = {}
        self._cloexec: set[int] = set()

    def __getitem__(self, fd: int) -> OpenFile:
        try:
            return self._files[fd]
        except KeyError:
            raise SysError(Errno.EBADF) from None

    def __contains__(self, fd: int) -> bool:
        return fd in self._files

    def __iter__(self) -> Iterator[int]:
        return iter(sorted(self._files))

    def __len__(self) -> int:
        return len(self._files)

    def open(self, file: OpenFile, at_least: int = 0, cloexec: bool = False) -> int:
        """Give `file` the lowest free descriptor from `at_least` on.

        A file that finds no place is closed if nothing else refers to it.
        Errors: EINVAL (`at_least` out of range), EMFILE.
        """
        file.retain()
        try:
            fd = self._lowest_free(at_least)
        except SysError:
            file.release()
            raise
        self._put(fd, file)
        self.set_cloexec(fd, cloexec)
        return fd

    def set(self, fd: int, file: OpenFile, cloexec: bool = False) -> None:
        """Put `file` at `fd`, closing what was there. Errors: EBADF (out of range)."""
        if not 0 <= fd < self.limit:
            raise SysError(Errno.EBADF)
        file.retain()
        previous = self._files.get(fd)
        self._put(fd, file)
        self.set_cloexec(fd, cloexec)
        if previous is not None:
            previous.release()

    def close(self, fd: int) -> None:
        """Close `fd`. The descriptor is free again even when closing the file fails. Errors: EBADF, EIO."""
        file = self[fd]
        del self._files[fd]
        if self._native:
            self._native.close(fd)
        self._cloexec.discard(fd)
        file.release()

    def release(self, file: OpenFile) -> None:
        """Release what was on its way to a descriptor.

        A file that is closed may have others in it that are on their way, and so on: they are closed one after another.
        """
        self._released.append(file)
        if len(self._released) > 1:
            return
        try:
            for other in self._released:
                other.release()
        finally:
            self._released.clear()

    def dup(self, fd: int, at_least: int = 0, cloexec: bool = False) -> int:
        """Another descriptor for the same description. Errors: EBADF, EINVAL, EMFILE."""
        return self.open(self[fd], at_least, cloexec)

    def dup2(self, old: int, new: int, cloexec: bool = False) -> int:
        """Make `new` refer to what `old` refers to, closing what was there; nothing happens if they are equal.

        Errors: EBADF.
        """
        file = self[old]
        if old != new:
            self.set(new, file, cloexec)
        return new

    def renumber(self, old: int, new: int) -> None:
        """Move `old` to `new`, closing what was there; both must be open (WASI fd_renumber). Errors: EBADF."""
        file = self[old]
        if new not in self:
            raise SysError(Errno.EBADF)
        if old != new:
            self.set(new, file, self.cloexec(old))
            self.close(old)

    def cloexec(self, fd: int) -> bool:
        """The close-on-exec flag. It has no effect, as there is no exec, but it can be read back. Errors: EBADF."""
        self[fd]
        return fd in self._cloexec

    def set_cloexec(self, fd: int, value: bool) -> None:
        """Set the close-on-exec flag. Errors: EBADF."""
        self[fd]
        if value:
            self._cloexec.add(fd)
        else:
            self._cloexec.discard(fd)

    def close_all(self) -> None:
        """Close every descriptor, as a process that ends does."""
        for fd in list(self):
            self.close(fd)

    def _put(self, fd: int, file: OpenFile) -> None:
        self._files[fd] = file
        if self._native:
            self._native.open(fd, file.native)

    def _lowest_free(self, at_least: int) -> int:
        if not 0 <= at_least < self.limit:
            raise SysError(Errno.EINVAL)
        fd = at_least
        while fd in self._files:
            fd += 1
        if fd >= self.limit:
            raise SysError(Errno.EMFILE)
        return fd
