"""Open files: reading, writing, positions, duplicates, flags."""

from __future__ import annotations

from compat._enum import Enum
from compat.abi.kinds import I32, I64, U32, Bytes, Out, Pad, Struct, Vectors
from compat.abi.row import Table
from compat.emscripten_abi.errno import negative_errno
from compat.emscripten_abi.files import NO_UMASK
from compat.emscripten_abi.guest import EmscriptenGuest
from compat.emscripten_abi.kinds import PERMISSIONS, File, Path, PathAt, Place, Whence
from compat.emscripten_abi.structs import Flock, SmallFlock
from compat.kernel.errno import Errno, SysError
from compat.kernel.files import Advice, OpenFile, OpenFlags
from compat.kernel.process import Process
from compat.kernel.vfs.pipe import pipe as kernel_pipe

syscalls = Table("env", "syscalls", failure=negative_errno)

ACCESS_MODES = {0: OpenFlags.READ, 1: OpenFlags.WRITE, 2: OpenFlags.READ | OpenFlags.WRITE}
"""O_ACCMODE of open's flags."""
OPEN_FLAGS = {
    0o100: OpenFlags.CREATE,
    0o200: OpenFlags.EXCLUSIVE,
    0o1000: OpenFlags.TRUNCATE,
    0o2000: OpenFlags.APPEND,
    0o4000: OpenFlags.NONBLOCK,
    0o10000: OpenFlags.DATA_SYNC,
    0o4000000: OpenFlags.SYNC,
    0o200000: OpenFlags.DIRECTORY,
    0o400000: OpenFlags.NOFOLLOW,
}
O_NONBLOCK = 0o4000
O_CLOEXEC = 0o2000000

F_UNLCK = 2
FD_CLOEXEC = 1


class Fcntl(Enum):
    """Commands of fcntl(2)."""

    DUPFD = 0
    GETFD = 1
    SETFD = 2
    GETFL = 3
    SETFL = 4
    SETOWN = 8
    GETOWN = 9
    GETLK = 12
    SETLK = 13
    SETLKW = 14
    DUPFD_CLOEXEC = 1030


def open_flags(bits: int) -> OpenFlags:
    """open(2)'s flags in the kernel's terms, those that mean nothing here dropped. Errors: EINVAL (access mode 3)."""
    try:
        flags = ACCESS_MODES[bits & 3]
    except KeyError:
        raise SysError(Errno.EINVAL) from None
    for bit, flag in OPEN_FLAGS.items():
        if bits & bit:
            flags |= flag
    return flags


def flag_bits(flags: OpenFlags) -> int:
    """The inverse of `open_flags`, without those that only mattered when the file was opened."""
    flags &= ~(OpenFlags.CREATE | OpenFlags.EXCLUSIVE | OpenFlags.TRUNCATE)
    access = next(bits for bits, mode in ACCESS_MODES.items() if flags & ACCESS_MODES[2] == mode)
    return access | sum(bit for bit, flag in OPEN_FLAGS.items() if flag in flags)


def created_mode(process: Process, mode: int) -> int:
    """Permissions of a new file."""
    mask = 0 if process.umask == NO_UMASK else process.umask
    return mode & PERMISSIONS & ~mask


def _open(process: Process, at: Place, flags: int, mode: int) -> int:
    file = process.fs.open(at.path, open_flags(flags), created_mode(process, mode), base=at.base)
    return process.files.open(file, cloexec=bool(flags & O_CLOEXEC))


@syscalls.varargs("___syscall5", variadic=True)
def open(process: Process, at: Path, flags: U32, mode: U32) -> I32:
    """Open a file, and return the lowest free descriptor.

    Errors: EACCES, EEXIST, EINVAL, EISDIR, ELOOP, EMFILE, ENAMETOOLONG, ENOENT, ENOSPC, ENOTDIR, ENXIO, EROFS.
    """
    return _open(process, at, flags, mode)


@syscalls.varargs("___syscall295", variadic=True)
def openat(process: Process, at: PathAt, flags: U32, mode: U32) -> I32:
    """`open` from a directory. Errors: EBADF, and those of `open`."""
    return _open(process, at, flags, mode)


@syscalls.varargs("___syscall6")
def close(process: Process, fd: I32) -> None:
    """Close a descriptor. Errors: EBADF, EIO."""
    process.files.close(fd)


# --- reading and writing


@syscalls.varargs("___syscall3", native="read")
def read(file: File, buffer: Bytes) -> I32:
    """Read at the position. Errors: EAGAIN, EBADF, EINVAL, EIO, EISDIR."""
    return file.readv([buffer])


@syscalls.varargs("___syscall4", native="write")
def write(file: File, data: Bytes) -> I32:
    """Write at the position. Errors: EAGAIN, EBADF, EFBIG, EIO, ENOSPC, EPIPE."""
    return file.writev([data])


@syscalls.varargs("___syscall145", native="readv")
def readv(file: File, buffers: Vectors) -> I32:
    """Read into several buffers. Errors: as `read`."""
    return file.readv(buffers)


@syscalls.varargs("___syscall146", native="writev")
def writev(file: File, buffers: Vectors) -> I32:
    """Write from several buffers. Errors: as `write`."""
    return file.writev(buffers)


@syscalls.varargs("___syscall180", native="pread64")
def pread64(file: File, buffer: Bytes, pad: Pad, offset: I64) -> I32:
    """Read at an offset. Errors: as `read`, and ESPIPE."""
    return file.preadv([buffer], offset)


@syscalls.varargs("___syscall181", native="pwrite64")
def pwrite64(file: File, data: Bytes, pad: Pad, offset: I64) -> I32:
    """Write at an offset. Errors: as `write`, and ESPIPE."""
    return file.pwritev([data], offset)


@syscalls.varargs("___syscall333")
def preadv(guest: EmscriptenGuest, file: File, buffers: Vectors, low: I32, high: I32) -> I32:
    """Read into several buffers at an offset. Errors: as `pread64`."""
    return file.preadv(buffers, _offset(guest, low, high))


@syscalls.varargs("___syscall334")
def pwritev(guest: EmscriptenGuest, file: File, buffers: Vectors, low: I32, high: I32) -> I32:
    """Write from several buffers at an offset. Errors: as `pwrite64`."""
    return file.pwritev(buffers, _offset(guest, low, high))


def _offset(guest: EmscriptenGuest, low: int, high: int) -> int:
    # While off_t had 32 bits, musl made the high half of them by a shift by 32: C leaves open what that gives.
    return high << 32 | low & 0xFFFF_FFFF if guest.large_files else low


@syscalls.varargs("___syscall140")
def llseek(guest: EmscriptenGuest, file: File, high: I32, low: I32, result: Out[I64], whence: Whence) -> None:
    """Move the position. Errors: EBADF, EINVAL, EOVERFLOW, ESPIPE."""
    result.set(file.seek(_offset(guest, low, high), whence.kernel))


# --- size and storage


@syscalls.varargs("___syscall194")
def ftruncate64(file: File, pad: Pad, length: I64) -> None:
    """Cut or extend a file. Errors: EBADF, EFBIG, EINVAL, ENOSPC, EROFS."""
    file.truncate(length)


@syscalls.varargs("___syscall324")
def fallocate(file: File, mode: U32, offset: I64, length: I64) -> None:
    """Make room in a file. Errors: EBADF, EFBIG, EINVAL, ENODEV, ENOSPC, ENOTSUP (any mode but 0), ESPIPE."""
    if mode:
        raise SysError(Errno.ENOTSUP)
    file.allocate(offset, length)


@syscalls.varargs("___syscall272")
def fadvise64(file: File, pad: Pad, offset: I64, length: I64, advice: U32) -> None:
    """Announce how a file will be used. Errors: EBADF, EINVAL, ESPIPE."""
    names = (
        Advice.NORMAL,
        Advice.RANDOM,
        Advice.SEQUENTIAL,
        Advice.WILLNEED,
        Advice.DONTNEED,
        Advice.NOREUSE,
    )
    if advice >= len(names):
        raise SysError(Errno.EINVAL)
    file.advise(offset, length, names[advice])


@syscalls.varargs("___syscall36")
def sync() -> None:
    """Bring everything to the storage: nothing is held back."""


@syscalls.varargs("___syscall118")
def fsync(file: File) -> None:
    """Bring a file to the storage. Errors: EBADF, EINVAL, EIO."""
    file.sync()


@syscalls.varargs("___syscall148")
def fdatasync(file: File) -> None:
    """Bring a file's data to the storage. Errors: EBADF, EINVAL, EIO."""
    file.sync(data_only=True)


# --- descriptors


@syscalls.varargs("___syscall41")
def dup(process: Process, fd: I32) -> I32:
    """Another descriptor for an open file. Errors: EBADF, EMFILE."""
    return process.files.dup(fd)


@syscalls.varargs("___syscall63")
def dup2(process: Process, old: I32, new: I32) -> I32:
    """Make `new` a descriptor for what `old` is open on. Errors: EBADF."""
    return process.files.dup2(old, new)


@syscalls.varargs("___syscall330")
def dup3(process: Process, old: I32, new: I32, flags: U32) -> I32:
    """`dup2` with O_CLOEXEC. Errors: EBADF, EINVAL (the two are equal, other flags)."""
    if old == new or flags & ~O_CLOEXEC:
        raise SysError(Errno.EINVAL)
    return process.files.dup2(old, new, cloexec=bool(flags))


@syscalls.varargs("___syscall42")
def pipe(process: Process, ends: Out[I64] | None) -> None:
    """A pipe: the descriptors to read and to write. Errors: EFAULT, EMFILE."""
    _open_pipe(process, ends, 0)


@syscalls.varargs("___syscall331")
def pipe2(process: Process, ends: Out[I64] | None, flags: U32) -> None:
    """`pipe` with O_CLOEXEC and O_NONBLOCK. Errors: EFAULT, EINVAL, EMFILE."""
    if flags & ~(O_CLOEXEC | O_NONBLOCK):
        raise SysError(Errno.EINVAL)
    _open_pipe(process, ends, flags)


def _open_pipe(process: Process, ends: Out[I64] | None, flags: int) -> None:
    if ends is None:
        raise SysError(Errno.EFAULT)
    reader, writer = kernel_pipe(process.clock, OpenFlags.NONBLOCK if flags & O_NONBLOCK else OpenFlags(0))
    open_both(process, ends, reader, writer, cloexec=bool(flags & O_CLOEXEC))


def open_both(process: Process, ends: Out[I64], first: OpenFile, second: OpenFile, *, cloexec: bool) -> None:
    """Put the descriptors of two new files into the `int[2]` at `ends`. Errors: EMFILE, and then neither is open."""
    first_fd = process.files.open(first, cloexec=cloexec)
    try:
        second_fd = process.files.open(second, cloexec=cloexec)
    except SysError:
        process.files.close(first_fd)
        raise
    ends.set(second_fd << 32 | first_fd)


@syscalls.varargs("___syscall221", variadic=True)
def fcntl64(guest: EmscriptenGuest, fd: I32, command: Fcntl, argument: U32) -> I32:
    """Change or ask what goes with a descriptor. Errors: EBADF, EINVAL (also for the commands on signals and leases).

    There is one process, and a process's own locks never conflict: each is granted, and none is ever found in the way.
    """
    files = guest.process.files
    file = files[fd]
    match command:
        case Fcntl.DUPFD | Fcntl.DUPFD_CLOEXEC:
            return files.dup(fd, argument, cloexec=command is Fcntl.DUPFD_CLOEXEC)
        case Fcntl.GETFD:
            return FD_CLOEXEC if files.cloexec(fd) else 0
        case Fcntl.SETFD:
            files.set_cloexec(fd, bool(argument & FD_CLOEXEC))
        case Fcntl.GETFL:
            return flag_bits(file.flags)
        case Fcntl.SETFL:
            file.set_flags(_status_flags(argument))
        case Fcntl.GETLK:
            _set_unlocked(guest, argument)
        case Fcntl.SETLK | Fcntl.SETLKW:
            _check_lock(guest, file, argument)
        case Fcntl.GETOWN:
            # musl hands this answer to the program as it is, since an owner may be a negative number.
            guest.set_errno(guest.errno_numbers[Errno.EINVAL])
            return -1
        case _:
            raise SysError(Errno.EINVAL)
    return 0


def _status_flags(bits: int) -> OpenFlags:
    return open_flags(bits & ~3)


def _lock_struct(guest: EmscriptenGuest) -> type[Struct]:
    return Flock if guest.large_files else SmallFlock


def _set_unlocked(guest: EmscriptenGuest, address: int) -> None:
    view = guest.memory.view(address, _lock_struct(guest).sizeof())
    view[0:2] = F_UNLCK.to_bytes(2, "little")


def _check_lock(guest: EmscriptenGuest, file: OpenFile, address: int) -> None:
    lock = _lock_struct(guest).unpack(guest.memory.view(address, _lock_struct(guest).sizeof()))
    assert isinstance(lock, Flock | SmallFlock)
    if lock.type not in (0, 1, F_UNLCK) or lock.whence not in (0, 1, 2):
        raise SysError(Errno.EINVAL)
    if (lock.type == 0 and not file.readable) or (lock.type == 1 and not file.writable):
        raise SysError(Errno.EBADF)
