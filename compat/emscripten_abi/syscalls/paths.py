"""Names in the tree: links, attributes, permissions, times. Each call beside its `*at` form."""

from __future__ import annotations

from compat.abi.kinds import I32, I64, U32, Bytes, Out, Pad, Pointer, Text
from compat.abi.memory import Memory
from compat.abi.row import Table
from compat.emscripten_abi.errno import negative_errno
from compat.emscripten_abi.kinds import (
    MODE_BITS,
    MODE_MASK,
    PERMISSIONS,
    SECOND,
    File,
    Path,
    PathAt,
    Place,
    StatOut,
    place,
)
from compat.emscripten_abi.structs import Statfs, Timespec, Timeval
from compat.emscripten_abi.syscalls.files import created_mode
from compat.kernel import stat as kernel
from compat.kernel.errno import Errno, SysError
from compat.kernel.process import Process
from compat.kernel.stat import FileType
from compat.kernel.vfs.node import Access

syscalls = Table("env", "syscalls", failure=negative_errno)

AT_SYMLINK_NOFOLLOW = 0x100
AT_REMOVEDIR = 0x200
AT_EACCESS = 0x200
AT_SYMLINK_FOLLOW = 0x400
AT_NO_AUTOMOUNT = 0x800
UTIME_NOW = 0x3FFF_FFFF
UTIME_OMIT = 0x3FFF_FFFE
NO_ID = 0xFFFF_FFFF
"""chown's "leave it"."""
ST_RDONLY = 1
ST_NOSUID = 2

FILE_TYPES = {bits: type for type, bits in MODE_BITS.items()}
ACCESS_BITS = {4: Access.READ, 2: Access.WRITE, 1: Access.EXECUTE}


def _check_flags(flags: int, allowed: int) -> None:
    if flags & ~allowed:
        raise SysError(Errno.EINVAL)


# --- attributes


@syscalls.varargs("___syscall195")
def stat64(process: Process, at: Path, result: StatOut) -> None:
    """Attributes of a file. Errors: EACCES, ELOOP, ENOENT, ENOTDIR, EOVERFLOW."""
    result.set(process.fs.stat(at.path, base=at.base))


@syscalls.varargs("___syscall196")
def lstat64(process: Process, at: Path, result: StatOut) -> None:
    """`stat`, but of a link itself. Errors: as `stat64`."""
    result.set(process.fs.stat(at.path, base=at.base, follow=False))


@syscalls.varargs("___syscall197")
def fstat64(file: File, result: StatOut) -> None:
    """Attributes of an open file. Errors: EBADF, EOVERFLOW."""
    result.set(file.stat())


@syscalls.varargs("___syscall300")
def fstatat64(process: Process, at: PathAt, result: StatOut, flags: U32) -> None:
    """`stat` or `lstat` from a directory. Errors: EBADF, EINVAL (unknown flags), and those of `stat64`."""
    _check_flags(flags, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT)
    result.set(process.fs.stat(at.path, base=at.base, follow=not flags & AT_SYMLINK_NOFOLLOW))


@syscalls.varargs("___syscall33")
def access(process: Process, at: Path, mode: U32) -> None:
    """Check whether a file can be used. Errors: EACCES, EINVAL, ENOENT, EROFS."""
    _access(process, at, mode)


@syscalls.varargs("___syscall307")
def faccessat(process: Process, at: PathAt, mode: U32) -> None:
    """`access` from a directory; the call has no flags. Errors: EBADF, and those of `access`."""
    _access(process, at, mode)


def _access(process: Process, at: Place, mode: int) -> None:
    _check_flags(mode, 7)
    wanted = Access(0)
    for bit, flag in ACCESS_BITS.items():
        if mode & bit:
            wanted |= flag
    process.fs.access(at.path, wanted, base=at.base)


@syscalls.varargs("___syscall15")
def chmod(process: Process, at: Path, mode: U32) -> None:
    """Set permissions. Errors: ENOENT, EPERM, EROFS."""
    process.fs.chmod(at.path, mode & PERMISSIONS, base=at.base)


@syscalls.varargs("___syscall94")
def fchmod(file: File, mode: U32) -> None:
    """Set the permissions of an open file. Errors: EBADF, EPERM, EROFS."""
    file.chmod(mode & PERMISSIONS)


@syscalls.varargs("___syscall306")
def fchmodat(process: Process, at: PathAt, mode: U32) -> None:
    """`chmod` from a directory; the call has no flags. Errors: EBADF, and those of `chmod`."""
    process.fs.chmod(at.path, mode & PERMISSIONS, base=at.base)


def _id(number: int) -> int | None:
    return None if number == NO_ID else number


@syscalls.varargs("___syscall212")
def chown32(process: Process, at: Path, uid: U32, gid: U32) -> None:
    """Set the owner; -1 leaves it. Errors: ENOENT, EPERM, EROFS."""
    process.fs.chown(at.path, _id(uid), _id(gid), base=at.base)


@syscalls.varargs("___syscall198")
def lchown32(process: Process, at: Path, uid: U32, gid: U32) -> None:
    """`chown`, but of a link itself. Errors: as `chown32`."""
    process.fs.chown(at.path, _id(uid), _id(gid), base=at.base, follow=False)


@syscalls.varargs("___syscall207")
def fchown32(file: File, uid: U32, gid: U32) -> None:
    """Set the owner of an open file. Errors: EBADF, EPERM, EROFS."""
    file.chown(_id(uid), _id(gid))


@syscalls.varargs("___syscall298")
def fchownat(process: Process, at: PathAt, uid: U32, gid: U32, flags: U32) -> None:
    """`chown` or `lchown` from a directory. Errors: EBADF, EINVAL, and those of `chown32`."""
    _check_flags(flags, AT_SYMLINK_NOFOLLOW)
    process.fs.chown(at.path, _id(uid), _id(gid), base=at.base, follow=not flags & AT_SYMLINK_NOFOLLOW)


# --- times


def _nanoseconds(process: Process, time: Timespec) -> int | None:
    """A time to set, None for "leave it". Errors: EINVAL."""
    if time.nsec == UTIME_OMIT:
        return None
    if time.nsec == UTIME_NOW:
        return process.clock.realtime()
    if not 0 <= time.nsec < SECOND:
        raise SysError(Errno.EINVAL)
    return time.sec * SECOND + time.nsec


@syscalls.varargs("___syscall320")
def utimensat(process: Process, memory: Memory, dirfd: I32, path: Text | None, times: Pointer, flags: U32) -> None:
    """Set the times of access and modification, to now if `times` is null. A null path stands for `dirfd` itself.

    Errors: EBADF, EINVAL, ENOENT, ENOTDIR, EPERM, EROFS.
    """
    _check_flags(flags, AT_SYMLINK_NOFOLLOW)
    if times:
        atime, mtime = (
            _nanoseconds(process, Timespec.unpack(memory.view(times + i * Timespec.sizeof(), Timespec.sizeof())))
            for i in range(2)
        )
    else:
        atime = mtime = process.clock.realtime()
    if path is None:
        process.files[dirfd].utimes(atime, mtime)
    else:
        at = place(process, path, dirfd)
        process.fs.utimes(at.path, atime, mtime, base=at.base, follow=not flags & AT_SYMLINK_NOFOLLOW)


@syscalls.varargs("___syscall299")
def futimesat(process: Process, memory: Memory, at: PathAt, times: Pointer) -> None:
    """Set the times, in microseconds, to now if `times` is null. Errors: EBADF, EINVAL, ENOENT, ENOTDIR, EROFS."""
    set_times_in_microseconds(process, memory, at, times)


def set_times_in_microseconds(process: Process, memory: Memory, at: Place, times: int) -> None:
    """What utimes(2) does with a pointer to two `struct timeval`, or with NULL."""
    if not times:
        now = process.clock.realtime()
        process.fs.utimes(at.path, now, now, base=at.base)
        return
    both = [Timeval.unpack(memory.view(times + i * Timeval.sizeof(), Timeval.sizeof())) for i in range(2)]
    if any(not 0 <= time.usec < 1_000_000 for time in both):
        raise SysError(Errno.EINVAL)
    atime, mtime = (time.sec * SECOND + time.usec * 1000 for time in both)
    process.fs.utimes(at.path, atime, mtime, base=at.base)


# --- names


@syscalls.varargs("___syscall10")
def unlink(process: Process, at: Path) -> None:
    """Remove a name. Errors: EISDIR, ENOENT, ENOTDIR, EROFS."""
    process.fs.unlink(at.path, base=at.base)


@syscalls.varargs("___syscall301")
def unlinkat(process: Process, at: PathAt, flags: U32) -> None:
    """`unlink`, or with AT_REMOVEDIR `rmdir`, from a directory. Errors: EBADF, EINVAL, and theirs."""
    _check_flags(flags, AT_REMOVEDIR)
    if flags:
        process.fs.rmdir(at.path, base=at.base)
    else:
        process.fs.unlink(at.path, base=at.base)


@syscalls.varargs("___syscall38")
def rename(process: Process, old: Path, new: Path) -> None:
    """Move a file or directory. Errors: EBUSY, EINVAL, EISDIR, ENOENT, ENOTDIR, ENOTEMPTY, EROFS, EXDEV."""
    process.fs.rename(old.path, new.path, old_base=old.base, new_base=new.base)


@syscalls.varargs("___syscall302")
def renameat(process: Process, old: PathAt, new: PathAt) -> None:
    """`rename` from directories. Errors: EBADF, and those of `rename`."""
    process.fs.rename(old.path, new.path, old_base=old.base, new_base=new.base)


@syscalls.varargs("___syscall9")
def link(process: Process, old: Path, new: Path) -> None:
    """Give a file another name. Errors: EEXIST, EMLINK, ENOENT, EPERM (a directory), EROFS, EXDEV."""
    process.fs.link(old.path, new.path, old_base=old.base, new_base=new.base)


@syscalls.varargs("___syscall303")
def linkat(process: Process, old: PathAt, new: PathAt, flags: U32) -> None:
    """`link` from directories. Errors: EBADF, EINVAL, and those of `link`."""
    _check_flags(flags, AT_SYMLINK_FOLLOW)
    process.fs.link(old.path, new.path, old_base=old.base, new_base=new.base, follow=bool(flags))


@syscalls.varargs("___syscall83")
def symlink(process: Process, target: Text, at: Path) -> None:
    """Make a symbolic link. Errors: EEXIST, ENOENT, EROFS."""
    process.fs.symlink(target, at.path, base=at.base)


@syscalls.varargs("___syscall304")
def symlinkat(process: Process, target: Text, at: PathAt) -> None:
    """`symlink` from a directory. Errors: EBADF, and those of `symlink`."""
    process.fs.symlink(target, at.path, base=at.base)


def _readlink(process: Process, at: Place, buffer: memoryview) -> int:
    if not buffer:
        raise SysError(Errno.EINVAL)
    target = process.fs.readlink(at.path, base=at.base).encode("utf-8", "surrogateescape")[: len(buffer)]
    buffer[: len(target)] = target
    return len(target)


@syscalls.varargs("___syscall85")
def readlink(process: Process, at: Path, buffer: Bytes) -> I32:
    """The target of a link, cut to the buffer, without a NUL. Errors: EINVAL (no link, no room), ENOENT."""
    return _readlink(process, at, buffer)


@syscalls.varargs("___syscall305")
def readlinkat(process: Process, at: PathAt, buffer: Bytes) -> I32:
    """`readlink` from a directory. Errors: EBADF, and those of `readlink`."""
    return _readlink(process, at, buffer)


def _mknod(process: Process, at: Place, mode: int, device: int) -> None:
    type = FILE_TYPES.get(mode & MODE_MASK)
    if type is FileType.DIRECTORY:
        raise SysError(Errno.EPERM)
    if type in (None, FileType.SYMLINK):
        raise SysError(Errno.EINVAL)
    # No type at all means a regular file.
    made = FileType.REGULAR if type is FileType.UNKNOWN else type
    assert made is not None
    process.fs.mknod(at.path, made, created_mode(process, mode), device, base=at.base)


@syscalls.varargs("___syscall14")
def mknod(process: Process, at: Path, mode: U32, device: U32) -> None:
    """Make a file that is neither directory nor link. Errors: EEXIST, EINVAL, EPERM (a type that cannot be made)."""
    _mknod(process, at, mode, device)


@syscalls.varargs("___syscall297")
def mknodat(process: Process, at: PathAt, mode: U32, device: U32) -> None:
    """`mknod` from a directory. Errors: EBADF, and those of `mknod`."""
    _mknod(process, at, mode, device)


@syscalls.varargs("___syscall193")
def truncate64(process: Process, at: Path, pad: Pad, length: I64) -> None:
    """Cut or extend a file. Errors: EFBIG, EINVAL, EISDIR, ENOENT, ENOSPC, EROFS."""
    process.fs.truncate(at.path, length, base=at.base)


# --- file systems


def _statfs(attributes: kernel.StatFs, size: int) -> Statfs:
    """The struct; counts beyond 32 bits are cut to the highest that fits. Errors: EINVAL (another size of struct)."""
    if size != Statfs.sizeof():
        raise SysError(Errno.EINVAL)
    most = 0xFFFF_FFFF
    return Statfs(
        bsize=attributes.bsize,
        blocks=min(attributes.blocks, most),
        bfree=min(attributes.bfree, most),
        bavail=min(attributes.bavail, most),
        files=min(attributes.files, most),
        ffree=min(attributes.ffree, most),
        fsid=(attributes.fsid & 0xFFFF_FFFF_FFFF_FFFF).to_bytes(8, "little"),
        namelen=attributes.namelen,
        frsize=attributes.bsize,
        flags=ST_NOSUID | (ST_RDONLY if attributes.read_only else 0),
    )


@syscalls.varargs("___syscall268")
def statfs64(process: Process, at: Path, size: U32, result: Out[Statfs]) -> None:
    """Attributes of the file system that a file is in. Errors: EINVAL, ENOENT."""
    result.set(_statfs(process.fs.statfs(at.path, base=at.base), size))


@syscalls.varargs("___syscall269")
def fstatfs64(file: File, size: U32, result: Out[Statfs]) -> None:
    """Attributes of the file system that an open file is in. Errors: EBADF, EINVAL, ENOSYS (a pipe)."""
    result.set(_statfs(file.statfs(), size))
