"""Directories of a POSIX host, by descriptor: no link is ever followed.

Every name given to the host here is a single component relative to an open directory, and every call refuses to follow
a link in its place. So a directory that another process swaps for a link is noticed by the host itself, in the same
call that would have followed it: there is no moment between a check and a use. `open_beneath` takes several names, and
the host refuses to follow a link in any of their places.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from compat.kernel.errno import Errno, SysError
from compat.kernel.files import OpenFlags
from compat.kernel.host.descriptors import file_type, to_stat
from compat.kernel.host.errors import translated
from compat.kernel.stat import FileType, InputModes, Readiness, Stat, StatFs, WindowSize
from compat.native._native import lib

# What follows exists on POSIX only, which this tells the type checker.
assert sys.platform != "win32"

VECTOR_MAX = 1024
"""Buffers that one call to the host takes (IOV_MAX of Linux and macOS)."""

LONGEST_WAIT = 3_600_000
"""Milliseconds; the host refuses what its own types cannot hold."""

# O_PATH needs no permission to read, only to pass. Elsewhere a directory that cannot be read cannot be entered either.
_PASS = getattr(os, "O_PATH", os.O_RDONLY)
_DIRECTORY = _PASS | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NOCTTY

_READ_WRITE = OpenFlags.READ | OpenFlags.WRITE
_ACCESS_MODES = {
    OpenFlags(0): os.O_RDONLY,
    OpenFlags.READ: os.O_RDONLY,
    OpenFlags.WRITE: os.O_WRONLY,
    _READ_WRITE: os.O_RDWR,
}


class DirectoryHandle:
    """An open directory of the host. Closed when nothing refers to it any more."""

    def __init__(self, fd: int) -> None:
        self.fd = fd

    def close(self) -> None:
        """Close it; doing so twice does nothing."""
        fd, self.fd = self.fd, -1
        if fd >= 0:
            os.close(fd)

    def __del__(self) -> None:
        self.close()


@translated
def open_root(path: str) -> DirectoryHandle:
    """Open the directory at a path of the host: the user's own words, so links in it are followed.

    Errors: ENOENT, ENOTDIR.
    """
    return DirectoryHandle(os.open(path, _PASS | os.O_DIRECTORY | os.O_CLOEXEC))


@translated
def open_directory(parent: DirectoryHandle, name: str) -> DirectoryHandle:
    """Open a directory in `parent`. Errors: ENOENT, ENOTDIR (also where it is a link)."""
    return DirectoryHandle(os.open(_component(name), _DIRECTORY, dir_fd=parent.fd))


def open_beneath(top: DirectoryHandle, names: Sequence[str]) -> DirectoryHandle | None:
    """Open the directory at the end of `names`, each in the one before, in one call of the host's.

    None where that cannot be: one of them is no directory or is missing, or the host has no such call. To go one name
    at a time says which.
    """
    fd = lib.open_beneath(top.fd, b"/".join(map(_component, names)), _DIRECTORY)
    return DirectoryHandle(fd) if fd >= 0 else None


@translated
def open_file(parent: DirectoryHandle, name: str, flags: OpenFlags, mode: int) -> int:
    """Open or create a file that is no directory; returns its descriptor, which never blocks: who waits, polls.

    Errors: ELOOP where it is a link, ENXIO where it is a FIFO to write to that nobody reads, and open(2)'s.
    """
    return os.open(_component(name), _host_flags(flags), mode, dir_fd=parent.fd)


@translated
def lstat(parent: DirectoryHandle, name: str) -> Stat:
    """Attributes of an entry, of the link itself where it is one."""
    return to_stat(os.stat(_component(name), dir_fd=parent.fd, follow_symlinks=False))


@translated
def key(directory: DirectoryHandle) -> tuple[int, int]:
    """The device and inode number of an open directory."""
    result = os.fstat(directory.fd)
    return result.st_dev, result.st_ino


@translated
def stat_directory(directory: DirectoryHandle) -> Stat:
    """Attributes of an open directory."""
    return to_stat(os.fstat(directory.fd))


@translated
def statfs(directory: DirectoryHandle) -> StatFs:
    """The file system that `directory` is in."""
    result = os.fstatvfs(directory.fd)
    return StatFs(
        bsize=result.f_frsize,
        blocks=result.f_blocks,
        bfree=result.f_bfree,
        bavail=result.f_bavail,
        files=result.f_files,
        ffree=result.f_ffree,
        namelen=result.f_namemax,
        fsid=0,
        read_only=bool(result.f_flag & os.ST_RDONLY),
    )


@translated
def list_directory(directory: DirectoryHandle) -> list[tuple[str, int, FileType]]:
    """Name, inode number and type of every entry, sorted by name."""
    # The handle may be one that only passes; a listing needs a descriptor of its own that reads.
    fd = os.open(".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=directory.fd)
    try:
        with os.scandir(fd) as listing:
            found = [(_guest(entry.name), entry.inode(), _entry_type(entry)) for entry in listing]
    finally:
        os.close(fd)
    return sorted(found, key=lambda entry: entry[0].encode("utf-8", "surrogateescape"))


@translated
def readlink(parent: DirectoryHandle, name: str) -> str:
    """The text of a link."""
    return os.readlink(_component(name), dir_fd=parent.fd).decode("utf-8", "surrogateescape")


@translated
def mkdir(parent: DirectoryHandle, name: str, mode: int) -> None:
    """Make a directory."""
    os.mkdir(_component(name), mode, dir_fd=parent.fd)


@translated
def symlink(parent: DirectoryHandle, name: str, target: str) -> None:
    """Make a link with any text."""
    os.symlink(target.encode("utf-8", "surrogateescape"), _component(name), dir_fd=parent.fd)


@translated
def link(source: DirectoryHandle, old: str, target: DirectoryHandle, new: str) -> None:
    """Make a second name; of a link, for the link itself."""
    os.link(_component(old), _component(new), src_dir_fd=source.fd, dst_dir_fd=target.fd, follow_symlinks=False)


@translated
def unlink(parent: DirectoryHandle, name: str) -> None:
    """Remove a name that is no directory's."""
    os.unlink(_component(name), dir_fd=parent.fd)


@translated
def rmdir(parent: DirectoryHandle, name: str) -> None:
    """Remove an empty directory."""
    os.rmdir(_component(name), dir_fd=parent.fd)


@translated
def rename(source: DirectoryHandle, old: str, target: DirectoryHandle, new: str) -> None:
    """Move an entry."""
    os.rename(_component(old), _component(new), src_dir_fd=source.fd, dst_dir_fd=target.fd)


@translated
def chmod(parent: DirectoryHandle, name: str, mode: int) -> None:
    """Set the permission bits of an entry that is no link. Errors: ENOTSUP (a link)."""
    if os.chmod in os.supports_follow_symlinks:
        os.chmod(_component(name), mode, dir_fd=parent.fd, follow_symlinks=False)
        return
    # Linux has no chmod that refuses links. A descriptor that only passes pins the file, whatever its permissions are.
    fd = os.open(_component(name), _PASS | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=parent.fd)
    try:
        if file_type(os.fstat(fd).st_mode) is FileType.SYMLINK:
            raise SysError(Errno.ENOTSUP)
        os.chmod(f"/proc/self/fd/{fd}", mode)
    finally:
        os.close(fd)


@translated
def chmod_directory(directory: DirectoryHandle, mode: int) -> None:
    """Set the permission bits of an open directory."""
    os.chmod(".", mode, dir_fd=directory.fd)


@translated
def fchmod(fd: int, mode: int) -> None:
    """Set the permission bits of an open file."""
    os.fchmod(fd, mode)


@translated
def utimes(parent: DirectoryHandle, name: str, atime: int, mtime: int) -> None:
    """Set the times of an entry, of the link itself where it is one."""
    os.utime(_component(name), ns=(atime, mtime), dir_fd=parent.fd, follow_symlinks=False)


@translated
def utimes_directory(directory: DirectoryHandle, atime: int, mtime: int) -> None:
    """Set the times of an open directory."""
    os.utime(".", ns=(atime, mtime), dir_fd=directory.fd)


@translated
def futimes(fd: int, atime: int, mtime: int) -> None:
    """Set the times of an open file."""
    os.utime(fd, ns=(atime, mtime))


@translated
def access(parent: DirectoryHandle, name: str, read: bool, write: bool, execute: bool) -> bool:
    """Whether this process may use an entry so."""
    wanted = (os.R_OK if read else 0) | (os.W_OK if write else 0) | (os.X_OK if execute else 0)
    return os.access(_component(name), wanted, dir_fd=parent.fd, follow_symlinks=False)


@translated
def sync_directory(directory: DirectoryHandle) -> None:
    """Bring the entries of a directory to the storage."""
    fd = os.open(".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=directory.fd)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


@translated
def fstat(fd: int) -> Stat:
    """Attributes of what `fd` refers to."""
    return to_stat(os.fstat(fd))


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


@translated
def readv(fd: int, buffers: Sequence[memoryview]) -> int:
    """Read at the position into `buffers`; at most `VECTOR_MAX` of them, which makes a short read of more."""
    return os.readv(fd, buffers[:VECTOR_MAX])


@translated
def writev(fd: int, buffers: Sequence[memoryview]) -> int:
    """Write at the position; may take less than given."""
    return os.writev(fd, buffers[:VECTOR_MAX])


@translated
def preadv(fd: int, buffers: Sequence[memoryview], offset: int) -> int:
    """Read at `offset`, leaving the position alone."""
    return os.preadv(fd, buffers[:VECTOR_MAX], offset)


@translated
def pwritev(fd: int, buffers: Sequence[memoryview], offset: int) -> int:
    """Write at `offset`, leaving the position alone; may take less than given."""
    return os.pwritev(fd, buffers[:VECTOR_MAX], offset)


@translated
def set_status(fd: int, flags: OpenFlags) -> None:
    """Set APPEND of an open file as `flags` has it; the host changes no others."""
    import fcntl  # not above, as the imports below: to load three libraries costs more than many a run uses of them

    kept = fcntl.fcntl(fd, fcntl.F_GETFL) & ~os.O_APPEND
    fcntl.fcntl(fd, fcntl.F_SETFL, kept | (os.O_APPEND if OpenFlags.APPEND in flags else 0))


@translated
def available(fd: int) -> int:
    """Bytes that can be read at once."""
    import fcntl
    import termios

    return int.from_bytes(fcntl.ioctl(fd, termios.FIONREAD, bytes(4)), sys.byteorder)


@translated
def readiness(fd: int) -> Readiness:
    """What would not block now."""
    import select

    poller = select.poll()
    poller.register(fd, select.POLLIN | select.POLLOUT | select.POLLPRI)
    return next((_readiness(events) for _, events in poller.poll(0)), Readiness())


@translated
def wait(interests: Sequence[tuple[int, bool, bool, bool]], timeout: int | None) -> None:
    """Wait until a descriptor can be read or written, or something came out of band, as its three flags ask.

    At most `timeout` nanoseconds (None: for ever) and `LONGEST_WAIT`: who wants to wait longer asks again.
    """
    import select

    events: dict[int, int] = {}
    for fd, read, write, urgent in interests:
        wanted = (select.POLLIN if read else 0) | (select.POLLOUT if write else 0) | (select.POLLPRI if urgent else 0)
        events[fd] = events.get(fd, 0) | wanted
    poller = select.poll()
    for fd, mask in events.items():
        poller.register(fd, mask)
    milliseconds = LONGEST_WAIT if timeout is None else min(-(-timeout // 1_000_000), LONGEST_WAIT)
    poller.poll(milliseconds)


def prepare_stream(fd: int) -> None:
    """Make a standard stream byte-exact: it is, on POSIX."""


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


def set_terminal(fd: int, modes: InputModes) -> object:
    """Set the terminal so, and return what `restore_terminal` takes to undo it. Errors: ENOTTY.

    Keys that send signals go on doing so: a guest cannot keep its user from stopping it. A process in the background
    leaves the terminal alone, as it would be stopped otherwise.
    """
    # Imported here: few guests set a terminal.
    import termios

    try:
        former = termios.tcgetattr(fd)
        if not _in_background(fd):
            iflag, oflag, cflag, lflag, *speeds, characters = former
            iflag = iflag | termios.ICRNL if modes.return_is_newline else iflag & ~termios.ICRNL
            for flag, wanted in ((termios.ICANON, modes.lines), (termios.ECHO, modes.echo)):
                lflag = lflag | flag if wanted else lflag & ~flag
            characters = list(characters)
            if not modes.lines:
                characters[termios.VMIN], characters[termios.VTIME] = modes.minimum, modes.tenths
            termios.tcsetattr(fd, termios.TCSADRAIN, [iflag, oflag, cflag, lflag, *speeds, characters])
    except termios.error:
        raise SysError(Errno.ENOTTY) from None
    return former


def _in_background(fd: int) -> bool:
    try:
        return os.tcgetpgrp(fd) != os.getpgrp()
    except OSError:
        # It does not control this process.
        return False


def restore_terminal(fd: int, former: object) -> None:
    """Undo `set_terminal`, unless the terminal has gone."""
    import termios
    from contextlib import suppress

    with suppress(termios.error):
        if not _in_background(fd):
            termios.tcsetattr(fd, termios.TCSADRAIN, former)  # type: ignore[arg-type]


def _readiness(events: int) -> Readiness:
    import select

    failed = bool(events & (select.POLLERR | select.POLLNVAL))
    hangup = bool(events & select.POLLHUP)
    return Readiness(
        readable=failed or hangup or bool(events & select.POLLIN),
        writable=failed or bool(events & select.POLLOUT),
        hangup=hangup,
        failed=failed,
        urgent=bool(events & select.POLLPRI),
    )


def _component(name: str) -> bytes:
    """A name as the host takes it. Refuses what is not one component, though nothing above lets such a name through."""
    if name in ("", ".", "..") or "/" in name:
        raise SysError(Errno.EINVAL)
    return name.encode("utf-8", "surrogateescape")


def _guest(name: str) -> str:
    return os.fsencode(name).decode("utf-8", "surrogateescape")


def _entry_type(entry: os.DirEntry[str]) -> FileType:
    if entry.is_symlink():
        return FileType.SYMLINK
    if entry.is_dir(follow_symlinks=False):
        return FileType.DIRECTORY
    if entry.is_file(follow_symlinks=False):
        return FileType.REGULAR
    return file_type(entry.stat(follow_symlinks=False).st_mode)


def _host_flags(flags: OpenFlags) -> int:
    # Without O_NONBLOCK, opening a FIFO would block until another process opens it, past any time limit.
    bits = _ACCESS_MODES[flags & _READ_WRITE] | _FILE | os.O_NONBLOCK
    if OpenFlags.APPEND in flags:
        bits |= os.O_APPEND
    if OpenFlags.CREATE in flags:
        bits |= os.O_CREAT | os.O_EXCL
    if OpenFlags.TRUNCATE in flags:
        bits |= os.O_TRUNC
    return bits
