"""Directories of a Windows host, by handle: one component at a time, no link ever followed.

It is what `posix` is, with the same functions. Beyond what is said there:

- A name is the one that a directory lists: `FILE~1.TXT` and `readme` are not there where `Long file.txt` and `README`
  are. Else a guest could reach under another spelling what a mount hides or makes read-only.
- Reparse points other than symbolic links (junctions, placeholders of a cloud) are neither followed nor opened.
- Permissions are whether a file may be written.
"""

from __future__ import annotations

import errno
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from compat._typing import TYPE_CHECKING, Any
from compat.kernel.errno import Errno, SysError
from compat.kernel.files import OpenFlags
from compat.kernel.host import names, nt, reparse
from compat.kernel.host.descriptors import seek, to_stat
from compat.kernel.host.errors import translated
from compat.kernel.stat import FileType, InputModes, Readiness, Stat, StatFs, WindowSize, blocks_of

# What follows exists on Windows only, which this tells the type checker.
assert sys.platform == "win32"

import msvcrt  # noqa: E402

from compat.kernel.host.nt import Handle, ffi  # noqa: E402

if TYPE_CHECKING:
    import socket

LONGEST_TRANSFER = 1 << 20
"""Bytes that one call reads or writes, as what it takes is copied."""

POLL_INTERVAL = 0.01
"""Seconds between two looks at what cannot be waited for."""

_kernel32: Any = ffi.dlopen("kernel32")

_EPOCH = 116_444_736_000_000_000
"""1970-01-01T00:00:00Z as Windows counts: units of 100 ns since 1601."""
_DELETE_LIKE_POSIX = 0x1 | 0x2 | 0x10
"""FILE_DISPOSITION_DELETE, _POSIX_SEMANTICS and _IGNORE_READONLY_ATTRIBUTE."""
_RENAME_LIKE_POSIX = 0x2 | 0x40
"""FILE_RENAME_POSIX_SEMANTICS and _IGNORE_READONLY_ATTRIBUTE."""
_REPLACE_IF_EXISTS = 0x1
_READ_ONLY_VOLUME = 0x80000
_REFUSED_CLASS = (Errno.ENOTSUP, Errno.EINVAL)
"""What file systems say to a class of information that they do not have."""

_NO_FILE = {FileType.DIRECTORY: Errno.EISDIR, FileType.SYMLINK: Errno.ELOOP}

_BROKEN_PIPE, _HANDLE_EOF = 109, 38
_LINE_INPUT, _ECHO_INPUT, _VIRTUAL_TERMINAL_INPUT = 0x2, 0x4, 0x200


class DirectoryHandle:
    """An open directory of the host. Closed when nothing refers to it any more."""

    def __init__(self, handle: Handle, device: int) -> None:
        self.handle = handle
        self.device = device
        """The volume that it is on, and all that is in it: only reparse points lead to others."""

    def close(self) -> None:
        """Close it; doing so twice does nothing."""
        self.handle.close()


@translated
def open_root(path: str) -> DirectoryHandle:
    """Open the directory at a path of the host: the user's own words, so links in it are followed.

    Errors: ENOENT, ENOTDIR.
    """
    open_existing, backup_semantics = 3, 0x2000000
    handle = _kernel32.CreateFileW(
        *(ffi.from_buffer("uint16_t[]", (path + "\0").encode("utf-16-le", "surrogatepass")), nt.READ_ATTRIBUTES),
        *(nt.SHARE_ALL, ffi.NULL, open_existing, backup_semantics, ffi.NULL),
    )
    if handle == ffi.cast("HANDLE", -1):
        code, message = ffi.getwinerror()
        raise OSError(0, message, path, code)
    root = Handle(handle)
    if _stat(root.value, 0).type is not FileType.DIRECTORY:
        raise SysError(Errno.ENOTDIR)
    return DirectoryHandle(root, _device(root.value))


def open_directory(parent: DirectoryHandle, name: str) -> DirectoryHandle:
    """Open a directory in `parent`. Errors: ENOENT, ENOTDIR (also where it is a link)."""
    handle = _open_entry(parent, name, nt.READ_ATTRIBUTES, options=nt.DIRECTORY_FILE)
    if _stat(handle.value, parent.device).type is not FileType.DIRECTORY:
        raise SysError(Errno.ENOTDIR)
    return DirectoryHandle(handle, parent.device)


def open_beneath(top: DirectoryHandle, names: Sequence[str]) -> DirectoryHandle | None:
    """Open the directory at the end of `names` in one call: none does that and refuses links."""
    return None


@translated
def open_file(parent: DirectoryHandle, name: str, flags: OpenFlags, mode: int) -> int:
    """Open or create a file that is no directory; returns its descriptor.

    Errors: ELOOP where it is a link, EISDIR, EACCES.
    """
    access = nt.READ_ATTRIBUTES
    if flags & (OpenFlags.READ | OpenFlags.WRITE) != OpenFlags.WRITE:
        access |= nt.READ_DATA
    if flags & (OpenFlags.WRITE | OpenFlags.TRUNCATE):
        access |= nt.WRITE_DATA | nt.APPEND_DATA | nt.WRITE_ATTRIBUTES
    if OpenFlags.CREATE in flags:
        file = _create_entry(parent, name, access, nt.NON_DIRECTORY_FILE, mode)
    else:
        file = _open_entry(parent, name, access)
        kind = _stat(file.value, parent.device).type
        if kind is not FileType.REGULAR:
            raise SysError(_NO_FILE.get(kind, Errno.EACCES))
        if OpenFlags.TRUNCATE in flags:
            _set_size(file.value, 0)
    fd = msvcrt.open_osfhandle(int(ffi.cast("intptr_t", file.value)), os.O_BINARY | os.O_NOINHERIT)
    file.value = None  # the descriptor's now
    _files[fd] = _OpenFile(parent.device, bool(access & nt.WRITE_DATA))
    set_status(fd, flags)
    return fd


def lstat(parent: DirectoryHandle, name: str) -> Stat:
    """Attributes of an entry, of the link itself where it is one."""
    with _open_entry(parent, name, nt.READ_ATTRIBUTES) as entry:
        return _stat(entry.value, parent.device)


def key(directory: DirectoryHandle) -> tuple[int, int]:
    """The device and inode number of an open directory."""
    stat = stat_directory(directory)
    return stat.dev, stat.ino


def stat_directory(directory: DirectoryHandle) -> Stat:
    """Attributes of an open directory."""
    return _stat(directory.handle.value, directory.device)


def statfs(directory: DirectoryHandle) -> StatFs:
    """The file system that `directory` is in. Windows does not count files."""
    handle = directory.handle.value
    size = nt.query_volume(handle, "FILE_FS_FULL_SIZE_INFORMATION", nt.FS_FULL_SIZE_INFORMATION)
    kind = nt.query_volume(handle, "FILE_FS_ATTRIBUTE_INFORMATION", nt.FS_ATTRIBUTE_INFORMATION)
    return StatFs(
        bsize=size.SectorsPerAllocationUnit * size.BytesPerSector,
        blocks=size.TotalAllocationUnits,
        bfree=size.ActualAvailableAllocationUnits,
        bavail=size.CallerAvailableAllocationUnits,
        files=0,
        ffree=0,
        namelen=kind.MaximumComponentNameLength,
        fsid=0,
        read_only=bool(kind.FileSystemAttributes & _READ_ONLY_VOLUME),
    )


def list_directory(directory: DirectoryHandle) -> list[tuple[str, int, FileType]]:
    """Name, inode number and type of every entry that a guest can name, sorted by name."""
    found = []
    with _reopened(directory.handle.value, nt.LIST_DIRECTORY) as listing:
        for entry, units in nt.directory_entries(listing.value):
            name = names.decode(units)
            if name is not None:
                found.append((name, int(entry.FileId), _type(entry.FileAttributes, entry.EaSize)))
    return sorted(found, key=lambda entry: entry[0].encode())


def readlink(parent: DirectoryHandle, name: str) -> str:
    """The text of a link."""
    with _open_entry(parent, name, nt.READ_ATTRIBUTES) as entry:
        return reparse.unpack(nt.reparse_data(entry.value, reparse.SIZE_MAX))


def mkdir(parent: DirectoryHandle, name: str, mode: int) -> None:
    """Make a directory."""
    _create_entry(parent, name, nt.READ_ATTRIBUTES, nt.DIRECTORY_FILE, mode).close()


def symlink(parent: DirectoryHandle, name: str, target: str) -> None:
    """Make a link with any text that names can be made of. Errors: EPERM (this user may make none)."""
    data = reparse.pack(target)
    with _create_entry(parent, name, nt.WRITE_ATTRIBUTES | nt.DELETE, nt.NON_DIRECTORY_FILE, 0o777) as entry:
        try:
            nt.set_reparse_data(entry.value, data)
        except SysError:
            _delete(entry.value)
            raise


def link(source: DirectoryHandle, old: str, target: DirectoryHandle, new: str) -> None:
    """Make a second name; of a link, for the link itself."""
    with _open_entry(source, old, nt.READ_ATTRIBUTES | nt.WRITE_ATTRIBUTES) as entry:
        if _stat(entry.value, source.device).type is FileType.DIRECTORY:
            raise SysError(Errno.EPERM)
        nt.change_name(entry.value, nt.LINK_INFORMATION, target.handle.value, _component(new), 0)


def unlink(parent: DirectoryHandle, name: str) -> None:
    """Remove a name that is no directory's."""
    with _open_entry(parent, name, nt.READ_ATTRIBUTES | nt.DELETE) as entry:
        if _stat(entry.value, parent.device).type is FileType.DIRECTORY:
            raise SysError(Errno.EISDIR)
        _delete(entry.value)


def rmdir(parent: DirectoryHandle, name: str) -> None:
    """Remove an empty directory."""
    with _open_entry(parent, name, nt.READ_ATTRIBUTES | nt.DELETE) as entry:
        if _stat(entry.value, parent.device).type is not FileType.DIRECTORY:
            raise SysError(Errno.ENOTDIR)
        _delete(entry.value)


def rename(source: DirectoryHandle, old: str, target: DirectoryHandle, new: str) -> None:
    """Move an entry."""
    with _open_entry(source, old, nt.READ_ATTRIBUTES | nt.DELETE) as entry:
        moved, there = _stat(entry.value, source.device), _replaced(target, new)
        if there is not None:
            if (there.dev, there.ino) == (moved.dev, moved.ino):
                return
            if there.type is FileType.DIRECTORY is not moved.type:
                raise SysError(Errno.EISDIR)
            if moved.type is FileType.DIRECTORY is not there.type:
                raise SysError(Errno.ENOTDIR)
        # A name that is there in another spelling is not replaced.
        replace = 0 if there is None else _REPLACE_IF_EXISTS
        where = target.handle.value, _component(new)
        try:
            nt.change_name(entry.value, nt.RENAME_INFORMATION_EX, *where, _RENAME_LIKE_POSIX | replace)
        except SysError as error:
            if error.errno not in _REFUSED_CLASS:
                raise
            if there is not None and there.type is FileType.DIRECTORY:
                rmdir(target, new)
            nt.change_name(entry.value, nt.RENAME_INFORMATION, *where, replace)


def chmod(parent: DirectoryHandle, name: str, mode: int) -> None:
    """Set whether an entry that is no link may be written. Errors: ENOTSUP (a link)."""
    with _open_entry(parent, name, nt.READ_ATTRIBUTES | nt.WRITE_ATTRIBUTES) as entry:
        if _stat(entry.value, parent.device).type is FileType.SYMLINK:
            raise SysError(Errno.ENOTSUP)
        _set_mode(entry.value, mode)


def chmod_directory(directory: DirectoryHandle, mode: int) -> None:
    """Set whether an open directory is marked as one that may be written."""
    with _reopened(directory.handle.value, nt.READ_ATTRIBUTES | nt.WRITE_ATTRIBUTES) as changed:
        _set_mode(changed.value, mode)


@translated
def fchmod(fd: int, mode: int) -> None:
    """Set whether an open file may be written, by whoever opens it from now on."""
    with _to_change(fd, nt.READ_ATTRIBUTES | nt.WRITE_ATTRIBUTES) as changed:
        _set_mode(changed, mode)


@translated
def utimes(parent: DirectoryHandle, name: str, atime: int, mtime: int) -> None:
    """Set the times of an entry, of the link itself where it is one."""
    with _open_entry(parent, name, nt.WRITE_ATTRIBUTES) as entry:
        _set_times(entry.value, atime, mtime)


@translated
def utimes_directory(directory: DirectoryHandle, atime: int, mtime: int) -> None:
    """Set the times of an open directory."""
    with _reopened(directory.handle.value, nt.WRITE_ATTRIBUTES) as changed:
        _set_times(changed.value, atime, mtime)


@translated
def futimes(fd: int, atime: int, mtime: int) -> None:
    """Set the times of an open file."""
    with _to_change(fd, nt.WRITE_ATTRIBUTES) as changed:
        _set_times(changed, atime, mtime)


def access(parent: DirectoryHandle, name: str, read: bool, write: bool, execute: bool) -> bool:
    """Whether this process may use an entry so."""
    wanted = (nt.READ_DATA if read else 0) | (nt.WRITE_DATA if write else 0) | (nt.EXECUTE if execute else 0)
    try:
        _open_entry(parent, name, wanted | nt.READ_ATTRIBUTES).close()
    except SysError as error:
        if error.errno is Errno.EACCES:
            return False
        raise
    return True


def sync_directory(directory: DirectoryHandle) -> None:
    """Bring the entries of a directory to the storage."""
    with _reopened(directory.handle.value, nt.ADD_FILE) as flushed:
        nt.flush(flushed.value)


# --- open descriptors

_sockets: dict[int, socket.socket] = {}
"""Sockets, which are no descriptors of the C run-time: by numbers that it does not use."""
_SOCKETS = 1 << 16


class _OpenFile:
    """What is to be kept in mind of a descriptor that `open_file` made."""

    def __init__(self, device: int, writable: bool) -> None:
        self.device = device
        self.writable = writable
        self.appending = False


_files: dict[int, _OpenFile] = {}


def adopt_socket(adopted: socket.socket) -> int:
    """A number that stands for a socket as a descriptor does, until `close`."""
    number = next(number for number in range(_SOCKETS, 2 * _SOCKETS) if number not in _sockets)
    _sockets[number] = adopted
    return number


def socket_of(fd: int) -> socket.socket:
    """The socket with this number. Errors: ENOTSOCK."""
    if fd not in _sockets:
        raise SysError(Errno.ENOTSOCK)
    return _sockets[fd]


@translated
def fstat(fd: int) -> Stat:
    """Attributes of what `fd` refers to."""
    if fd in _sockets:
        return Stat(dev=0, ino=fd, type=FileType.SOCKET, mode=0o777, nlink=1)
    stat = to_stat(os.fstat(fd))
    if stat.type is not FileType.REGULAR:
        return stat
    handle = nt.of_descriptor(fd)
    return _stat(handle, _files[fd].device if fd in _files else _device(handle))


@translated
def close(fd: int) -> None:
    """Close `fd`."""
    _files.pop(fd, None)
    if fd in _sockets:
        _sockets.pop(fd).close()
    else:
        os.close(fd)


@translated
def truncate(fd: int, size: int) -> None:
    """Cut or extend to `size` bytes."""
    _set_size(nt.of_descriptor(fd), size)


@translated
def allocate(fd: int, offset: int, length: int) -> None:
    """Make the file at least offset+length bytes long."""
    handle = nt.of_descriptor(fd)
    if _stat(handle, 0).size < offset + length:
        _set_size(handle, offset + length)


@translated
def sync(fd: int, data_only: bool) -> None:
    """Bring what was written to the storage. Errors: EACCES (a file that this process may not write)."""
    if fd not in _files:
        os.fsync(fd)
        return
    with _to_change(fd, nt.WRITE_DATA) as flushed:
        nt.flush(flushed)


@translated
def readv(fd: int, buffers: Sequence[memoryview]) -> int:
    """Read at the position into `buffers`, at most `LONGEST_TRANSFER` bytes."""
    size = min(sum(map(len, buffers)), LONGEST_TRANSFER)
    return scatter(_sockets[fd].recv(size) if fd in _sockets else os.read(fd, size), buffers)


@translated
def writev(fd: int, buffers: Sequence[memoryview]) -> int:
    """Write at the position; may take less than given."""
    data = gather(buffers)
    if fd in _files and _files[fd].appending:
        return nt.append(nt.of_descriptor(fd), data)
    try:
        return os.write(fd, data)
    except OSError as error:
        # What the C run-time makes of a pipe that nobody reads from.
        if error.errno == errno.EINVAL and fstat(fd).type is FileType.FIFO:
            raise SysError(Errno.EPIPE) from error
        raise


def preadv(fd: int, buffers: Sequence[memoryview], offset: int) -> int:
    """Read at `offset`, and put the position back."""
    return _at(offset, fd, readv, buffers)


def pwritev(fd: int, buffers: Sequence[memoryview], offset: int) -> int:
    """Write at `offset`, and put the position back; may take less than given."""
    return _at(offset, fd, writev, buffers)


def set_status(fd: int, flags: OpenFlags) -> None:
    """Set APPEND of an open file as `flags` has it. NONBLOCK means nothing to files, and sockets never block."""
    _files[fd].appending = OpenFlags.APPEND in flags


@translated
def available(fd: int) -> int:
    """Bytes that can be read at once. Errors: ENOTTY (a terminal, which does not say)."""
    stat = fstat(fd)
    if stat.type is FileType.REGULAR:
        return max(stat.size - seek(fd, 0, os.SEEK_CUR), 0)
    if stat.type is FileType.SOCKET:
        import socket

        return len(_sockets[fd].recv(LONGEST_TRANSFER, socket.MSG_PEEK)) if readiness(fd).readable else 0
    count = _waiting_in_pipe(fd)
    if stat.type is not FileType.FIFO or count is None:
        raise SysError(Errno.ENOTTY)
    return count


@translated
def readiness(fd: int) -> Readiness:
    """What would not block now. A terminal is readable when any key was touched: it may not have made a character."""
    if fd in _sockets:
        import select  # not above: it brings in Windows' library of sockets

        read, write, exceptional = select.select([_sockets[fd]], [_sockets[fd]], [_sockets[fd]], 0)
        # Either something came out of band, or no connection came about.
        urgent = bool(exceptional) and _is_connected(_sockets[fd])
        failed = bool(exceptional) and not urgent
        return Readiness(bool(read) or failed, bool(write) or failed, failed=failed, urgent=urgent)
    kind = fstat(fd).type
    if kind is FileType.FIFO:
        count = _waiting_in_pipe(fd)
        if count is None:
            # The end that is written to.
            return Readiness(writable=True)
        return Readiness(readable=count != 0, hangup=count < 0)
    if isatty(fd):
        events = ffi.new("uint32_t *")
        if _kernel32.GetNumberOfConsoleInputEvents(nt.of_descriptor(fd), events):
            return Readiness(readable=events[0] > 0)
        return Readiness(writable=True)
    return Readiness(readable=True, writable=True)


def wait(interests: Sequence[tuple[int, bool, bool, bool]], timeout: int | None) -> None:
    """Wait until a descriptor can be read or written, or something came out of band, as its three flags ask.

    At most `timeout` nanoseconds (None: for ever). Windows waits for sockets, of others it can only be asked.
    """
    end = None if timeout is None else time.perf_counter() + timeout / 1e9
    while True:
        for fd, read, write, urgent in interests:
            ready = readiness(fd)
            asked = (read and ready.readable) or (write and ready.writable) or (urgent and ready.urgent)
            if asked or ready.hangup or ready.failed:
                return
        rest = POLL_INTERVAL if end is None else min(end - time.perf_counter(), POLL_INTERVAL)
        if rest <= 0:
            return
        time.sleep(rest)


def isatty(fd: int) -> bool:
    """Whether `fd` is a terminal. The C run-time takes every device for one, the null device too."""
    return fd not in _sockets and os.isatty(fd) and _console_mode(fd) is not None


def window_size(fd: int) -> WindowSize:
    """The terminal's size. Errors: ENOTTY."""
    if isatty(fd):
        # It is to be had from what is written to only, and a process has one.
        for output in (1, 2):
            try:
                columns, rows = os.get_terminal_size(output)
            except OSError:
                continue
            return WindowSize(rows, columns)
    raise SysError(Errno.ENOTTY)


def set_terminal(fd: int, modes: InputModes) -> object:
    """Set the terminal so, and return what `restore_terminal` takes to undo it. Errors: ENOTTY.

    Ctrl-C goes on stopping the guest. `minimum`, `tenths` and `return_is_newline` are as the terminal has them.
    """
    former = _console_mode(fd)
    if former is None:
        raise SysError(Errno.ENOTTY)
    mode = former & ~(_LINE_INPUT | _ECHO_INPUT | _VIRTUAL_TERMINAL_INPUT)
    if modes.lines:
        mode |= _LINE_INPUT | (_ECHO_INPUT if modes.echo else 0)
    else:
        mode |= _VIRTUAL_TERMINAL_INPUT
    if not _kernel32.SetConsoleMode(nt.of_descriptor(fd), mode):
        raise SysError(Errno.ENOTTY)
    return former


def restore_terminal(fd: int, former: object) -> None:
    """Undo `set_terminal`, unless the terminal has gone."""
    _kernel32.SetConsoleMode(nt.of_descriptor(fd), former)


def prepare_stream(fd: int) -> None:
    """Make a standard stream byte-exact: no translation of line ends."""
    if fd not in _sockets:
        msvcrt.setmode(fd, os.O_BINARY)


def scatter(read: bytes, buffers: Sequence[memoryview]) -> int:
    """Distribute what was read; returns how much that was. What does not fit is left out."""
    data, done = memoryview(read), 0
    for buffer in buffers:
        part = data[done : done + len(buffer)]
        buffer[: len(part)] = part
        done += len(part)
    return done


def gather(buffers: Sequence[memoryview]) -> bytes:
    """What is to be written, as far as one call does that."""
    parts, room = [], LONGEST_TRANSFER
    for buffer in buffers:
        parts.append(buffer[:room])
        room -= len(parts[-1])
    return b"".join(parts)


# --- helpers


def _component(name: str) -> bytes:
    """A name as the host takes it. Refuses what is not one component, though nothing above lets such a name through."""
    return names.encode(name)


def _open_entry(parent: DirectoryHandle, name: str, access: int, options: int = 0) -> Handle:
    """Open what is there under just this name. Errors: ENOENT."""
    if names.is_component(name) and not names.is_usable(name):
        raise SysError(Errno.ENOENT)
    units = _component(name)
    with _reopened(parent.handle.value, nt.LIST_DIRECTORY) as listing:
        # What is opened afterwards may have been put there since, but in this directory, and as what it is.
        if not any(found == units for _, found in nt.directory_entries(listing.value, units)):
            raise SysError(Errno.ENOENT)
    return nt.open_relative(parent.handle.value, units, access, options=options)


def _create_entry(parent: DirectoryHandle, name: str, access: int, options: int, mode: int) -> Handle:
    """Make and open what is not there. Errors: EEXIST."""
    attributes = nt.ATTRIBUTE_NORMAL if mode & 0o200 else nt.ATTRIBUTE_READONLY
    directory, units = parent.handle.value, _component(name)
    return nt.open_relative(directory, units, access, disposition=nt.CREATE, options=options, attributes=attributes)


def _reopened(handle: Any, access: int) -> Handle:
    """The same file or directory, to be used in another way than it was opened for."""
    return nt.open_relative(handle, b"", access)


@contextmanager
def _to_change(fd: int, access: int) -> Iterator[Any]:
    """The file of `open_file` behind a descriptor, opened once more if that was not to write."""
    handle = nt.of_descriptor(fd)
    if _files[fd].writable:
        yield handle
    else:
        with _reopened(handle, access) as again:
            yield again.value


def _replaced(directory: DirectoryHandle, name: str) -> Stat | None:
    """What a rename to `name` replaces."""
    try:
        return lstat(directory, name)
    except SysError as error:
        if error.errno is Errno.ENOENT:
            return None
        raise


def _delete(handle: Any) -> None:
    """Remove the name that it was opened by: at once where that can be, else when nobody has the file open any more."""
    try:
        nt.change(
            handle, nt.DISPOSITION_INFORMATION_EX, ffi.new("FILE_DISPOSITION_INFORMATION_EX *", (_DELETE_LIKE_POSIX,))
        )
    except SysError as error:
        if error.errno not in _REFUSED_CLASS:
            raise
        nt.change(handle, nt.DISPOSITION_INFORMATION, ffi.new("FILE_DISPOSITION_INFORMATION *", (True,)))


def _device(handle: Any) -> int:
    volume = nt.query_volume(handle, "FILE_FS_VOLUME_INFORMATION", nt.FS_VOLUME_INFORMATION)
    return int(volume.VolumeSerialNumber)


def _stat(handle: Any, device: int) -> Stat:
    known = nt.query(handle, "FILE_ALL_INFORMATION", nt.ALL_INFORMATION)
    basic, standard = known.BasicInformation, known.StandardInformation
    tag = 0
    if basic.FileAttributes & nt.ATTRIBUTE_REPARSE_POINT:
        tag = nt.query(handle, "FILE_ATTRIBUTE_TAG_INFORMATION", nt.ATTRIBUTE_TAG_INFORMATION).ReparseTag
    kind = _type(basic.FileAttributes, tag)
    size = int(standard.EndOfFile)
    if kind is FileType.SYMLINK:
        size = len(reparse.unpack(nt.reparse_data(handle, reparse.SIZE_MAX)).encode())
    return Stat(
        dev=device,
        ino=int(known.IndexNumber),
        type=kind,
        mode=(0o666 if kind is FileType.REGULAR else 0o777)
        & (0o555 if basic.FileAttributes & nt.ATTRIBUTE_READONLY else 0o777),
        nlink=int(standard.NumberOfLinks),
        size=size,
        blocks=blocks_of(size),
        atime=_nanoseconds(basic.LastAccessTime),
        mtime=_nanoseconds(basic.LastWriteTime),
        ctime=_nanoseconds(basic.ChangeTime),
    )


def _type(attributes: int, tag: int) -> FileType:
    if attributes & nt.ATTRIBUTE_REPARSE_POINT:
        return FileType.SYMLINK if tag == reparse.TAG_SYMLINK else FileType.UNKNOWN
    return FileType.DIRECTORY if attributes & nt.ATTRIBUTE_DIRECTORY else FileType.REGULAR


def _nanoseconds(time: int) -> int:
    return (time - _EPOCH) * 100


def _set_times(handle: Any, atime: int, mtime: int) -> None:
    # 0 leaves what there is.
    times = (0, atime // 100 + _EPOCH, mtime // 100 + _EPOCH, 0)
    nt.change(handle, nt.BASIC_INFORMATION, ffi.new("FILE_BASIC_INFORMATION *", (*times, 0)))


def _set_mode(handle: Any, mode: int) -> None:
    attributes = nt.query(handle, "FILE_BASIC_INFORMATION", nt.BASIC_INFORMATION).FileAttributes
    attributes &= ~(nt.ATTRIBUTE_READONLY | nt.ATTRIBUTE_NORMAL)
    if not mode & 0o200:
        attributes |= nt.ATTRIBUTE_READONLY
    # None at all would leave what there is.
    new = attributes or nt.ATTRIBUTE_NORMAL
    nt.change(handle, nt.BASIC_INFORMATION, ffi.new("FILE_BASIC_INFORMATION *", (0, 0, 0, 0, new)))


def _set_size(handle: Any, size: int) -> None:
    nt.change(handle, nt.END_OF_FILE_INFORMATION, ffi.new("FILE_END_OF_FILE_INFORMATION *", (size,)))


def _at(
    offset: int, fd: int, transfer: Callable[[int, Sequence[memoryview]], int], buffers: Sequence[memoryview]
) -> int:
    position = seek(fd, 0, os.SEEK_CUR)
    seek(fd, offset, os.SEEK_SET)
    try:
        return transfer(fd, buffers)
    finally:
        seek(fd, position, os.SEEK_SET)


def _is_connected(connection: socket.socket) -> bool:
    try:
        connection.getpeername()
    except OSError:
        return False
    return True


def _waiting_in_pipe(fd: int) -> int | None:
    """Bytes in a pipe; -1 if it has no other end any more, None at the end that is written to."""
    count = ffi.new("uint32_t *")
    if _kernel32.PeekNamedPipe(nt.of_descriptor(fd), ffi.NULL, 0, ffi.NULL, count, ffi.NULL):
        return int(count[0])
    return -1 if ffi.getwinerror()[0] in (_BROKEN_PIPE, _HANDLE_EOF) else None


def _console_mode(fd: int) -> int | None:
    mode = ffi.new("uint32_t *")
    return int(mode[0]) if _kernel32.GetConsoleMode(nt.of_descriptor(fd), mode) else None
