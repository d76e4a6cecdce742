"""path_*: calls on a path, which is relative to an open directory and never leads out of it.

All of them raise EBADF, ENOTDIR (the descriptor is no directory), ENOTCAPABLE (it has not the right: preview1.witx says
which), EFAULT, and for the path ENOENT, ENOTDIR, ELOOP, EACCES, ENAMETOOLONG, EINVAL (a NUL in it), and EPERM where it
would lead out: by being absolute, by `..`, or by a link. The docstrings name what else.

They also name what node and wasmtime do otherwise (tests/wasi_p1/test_differential.py). Everywhere: node resolves `.`
and `..` as text, says ENOTCAPABLE of a way out, and takes the target of an absolute link for one below the directory;
wasmtime has no rights, looks behind a name before a slash where one is made or removed, and sees that one of two paths
leads out before it sees that the other does not exist.
"""

from __future__ import annotations

from compat.abi.kinds import U32, U64, Bytes, Out
from compat.kernel.errno import Errno, SysError
from compat.kernel.files import OpenFlags
from compat.wasi_p1 import rights
from compat.wasi_p1.attributes import filestat, status_flags, times_to_set
from compat.wasi_p1.guest import WasiGuest
from compat.wasi_p1.kinds import Path
from compat.wasi_p1.table import table
from compat.wasi_p1.types import (
    Fd,
    Fdflag,
    Fdflags,
    Filestat,
    Fstflags,
    Lookupflag,
    Lookupflags,
    Oflag,
    Oflags,
    Right,
    Rights,
)

p1 = table("paths")

_OPEN_FLAGS = {
    Oflag.CREAT: OpenFlags.CREATE,
    Oflag.DIRECTORY: OpenFlags.DIRECTORY,
    Oflag.EXCL: OpenFlags.EXCLUSIVE,
    Oflag.TRUNC: OpenFlags.TRUNCATE,
}


@p1.function("path_create_directory", native="wasi_path_create_directory")
def path_create_directory(guest: WasiGuest, fd: Fd, path: Path) -> None:
    """Make a directory. Errors: EEXIST, ENOSPC, EROFS."""
    base = guest.directory(fd, Right.PATH_CREATE_DIRECTORY)
    guest.process.fs.mkdir(path, 0o777 & ~guest.process.umask, base=base, beneath=True)


@p1.function("path_filestat_get", native="wasi_path_filestat_get")
def path_filestat_get(guest: WasiGuest, fd: Fd, flags: Lookupflags, path: Path, stat: Out[Filestat]) -> None:
    """Attributes of a file, or of the link itself.

    node passes times through floating-point numbers. wasmtime takes a slash behind a file or a link.
    """
    base = guest.directory(fd, Right.PATH_FILESTAT_GET)
    stat.set(filestat(guest.process.fs.stat(path, base=base, follow=follows(flags), beneath=True)))


@p1.function("path_filestat_set_times")
def path_filestat_set_times(
    guest: WasiGuest, fd: Fd, flags: Lookupflags, path: Path, atim: U64, mtim: U64, which: Fstflags
) -> None:
    """Set the times of a file, or of the link itself. Errors: EINVAL (a value and now for one time), EPERM, EROFS.

    wasmtime does not look for the file where no time is to be set.
    """
    base = guest.directory(fd, Right.PATH_FILESTAT_SET_TIMES)
    atime, mtime = times_to_set(atim, mtim, which, guest.process.clock)
    guest.process.fs.utimes(path, atime, mtime, base=base, follow=follows(flags), beneath=True)


@p1.function("path_link")
def path_link(guest: WasiGuest, old_fd: Fd, flags: Lookupflags, old_path: Path, new_fd: Fd, new_path: Path) -> None:
    """Give a file one more name. Errors: EEXIST, EMLINK, EPERM (a directory), EROFS, EXDEV (another mount).

    wasmtime cannot link to what a link leads to (EINVAL).
    """
    old_base = guest.directory(old_fd, Right.PATH_LINK_SOURCE)
    new_base = guest.directory(new_fd, Right.PATH_LINK_TARGET)
    guest.process.fs.link(old_path, new_path, old_base=old_base, new_base=new_base, follow=follows(flags), beneath=True)


@p1.function("path_open", native="wasi_path_open")
def path_open(
    guest: WasiGuest,
    fd: Fd,
    lookup: Lookupflags,
    path: Path,
    oflags: Oflags,
    base: Rights,
    inheriting: Rights,
    fdflags: Fdflags,
    opened: Out[U32],
) -> None:
    """Open a file, with the lowest free descriptor.

    The rights asked for must be among the inheriting rights of the directory; of these the descriptor gets what makes
    sense for the file. The base rights decide whether the file is opened for reading, for writing or for both.

    Errors: EEXIST, EISDIR (for writing), EINVAL (`creat` with `directory`), ELOOP (a link, not to be followed), EMFILE,
    ENOSPC, ENOTCAPABLE (rights beyond the directory's), EROFS.

    node follows a link at the end, asked to or not. wasmtime cannot open for synchronous writing (ENOTSUP), looks at
    `trunc` with `directory` first (EINVAL), and says of a link first that it is one (ELOOP).
    """
    directory = guest.directory(fd, _needed(oflags))
    if (base | inheriting | _needed_inheriting(fdflags)) & ~guest.descriptor(fd).inheriting:
        raise SysError(Errno.ENOTCAPABLE)
    flags = _open_flags(lookup, oflags, base) | status_flags(fdflags)
    mode = 0o666 & ~guest.process.umask
    file = guest.process.fs.open(path, flags, mode, base=directory, beneath=True)
    opened.set(guest.open(file, base, inheriting))


@p1.function("path_readlink", native="wasi_path_readlink")
def path_readlink(guest: WasiGuest, fd: Fd, path: Path, buffer: Bytes, used: Out[U32]) -> None:
    """The target of a link, as much of it as there is room for, without a NUL. Errors: EINVAL (no link).

    node wants room for a NUL, and writes it. wasmtime does not tell an absolute target (EPERM).
    """
    base = guest.directory(fd, Right.PATH_READLINK)
    target = guest.process.fs.readlink(path, base=base, beneath=True).encode("utf-8", "surrogateescape")
    target = target[: len(buffer)]
    buffer[: len(target)] = target
    used.set(len(target))


@p1.function("path_remove_directory", native="wasi_path_remove_directory")
def path_remove_directory(guest: WasiGuest, fd: Fd, path: Path) -> None:
    """Remove an empty directory. Errors: EBUSY, EINVAL ("."), ENOTEMPTY, EROFS.

    wasmtime refuses `..` and a slash at the end (EINVAL).
    """
    base = guest.directory(fd, Right.PATH_REMOVE_DIRECTORY)
    guest.process.fs.rmdir(path, base=base, beneath=True)


@p1.function("path_rename", native="wasi_path_rename")
def path_rename(guest: WasiGuest, old_fd: Fd, old_path: Path, new_fd: Fd, new_path: Path) -> None:
    """Move a file or directory. Errors: EBUSY, EINVAL (into itself), EISDIR, ENOTEMPTY, EROFS, EXDEV."""
    old_base = guest.directory(old_fd, Right.PATH_RENAME_SOURCE)
    new_base = guest.directory(new_fd, Right.PATH_RENAME_TARGET)
    guest.process.fs.rename(old_path, new_path, old_base=old_base, new_base=new_base, beneath=True)


@p1.function("path_symlink")
def path_symlink(guest: WasiGuest, target: Path, fd: Fd, path: Path) -> None:
    """Make a symbolic link. Errors: EEXIST, ENOSPC, EPERM also for an absolute target, EROFS."""
    base = guest.directory(fd, Right.PATH_SYMLINK)
    if target.startswith("/"):
        # No guest could follow it, but whoever on the host looks into the directory would.
        raise SysError(Errno.EPERM)
    guest.process.fs.symlink(target, path, base=base, beneath=True)


@p1.function("path_unlink_file", native="wasi_path_unlink_file")
def path_unlink_file(guest: WasiGuest, fd: Fd, path: Path) -> None:
    """Remove the name of a file that is no directory. Errors: EISDIR, EROFS."""
    base = guest.directory(fd, Right.PATH_UNLINK_FILE)
    guest.process.fs.unlink(path, base=base, beneath=True)


def follows(flags: int) -> bool:
    """Whether a link at the end of the path is followed."""
    return bool(flags & Lookupflag.SYMLINK_FOLLOW)


def _needed(oflags: int) -> int:
    """The rights on the directory that path_open needs."""
    needed = Right.PATH_OPEN
    if oflags & Oflag.CREAT:
        needed |= Right.PATH_CREATE_FILE
    if oflags & Oflag.TRUNC:
        needed |= Right.PATH_FILESTAT_SET_SIZE
    return needed


def _needed_inheriting(flags: int) -> int:
    needed = 0
    if flags & Fdflag.DSYNC:
        needed |= Right.FD_DATASYNC
    if flags & (Fdflag.RSYNC | Fdflag.SYNC):
        needed |= Right.FD_SYNC
    return needed


def _open_flags(lookup: int, oflags: int, base: int) -> OpenFlags:
    flags = OpenFlags(0) if follows(lookup) else OpenFlags.NOFOLLOW
    for bit, flag in _OPEN_FLAGS.items():
        if oflags & bit:
            flags |= flag
    writing = rights.opens_for_writing(base)
    if writing:
        flags |= OpenFlags.WRITE
    # There is no opening for neither: who asks for no right may still look at the file.
    if rights.opens_for_reading(base) or not writing:
        flags |= OpenFlags.READ
    return flags
