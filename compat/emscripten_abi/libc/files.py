"""Functions on files that the C library did not make of system calls."""

from __future__ import annotations

from compat.abi.kinds import I32, U32, In, Out, Pointer
from compat.abi.memory import Memory
from compat.abi.row import STUB, Table
from compat.emscripten_abi.bridge import Writer
from compat.emscripten_abi.errno import negative_errno, set_errno
from compat.emscripten_abi.guest import EmscriptenGuest
from compat.emscripten_abi.kinds import SECOND, File, Path
from compat.emscripten_abi.structs import Utimbuf
from compat.emscripten_abi.syscalls.memory_maps import MAP_SHARED, OFFSET_UNIT, map_memory, unmap_memory
from compat.emscripten_abi.syscalls.paths import set_times_in_microseconds
from compat.kernel.errno import Errno, SysError
from compat.kernel.files import OpenFlags
from compat.kernel.process import Process

env = Table("env", "files", failure=set_errno(-1))

LOCK_BITS = 1 | 2 | 4 | 8
"""LOCK_SH, LOCK_EX, LOCK_NB, LOCK_UN."""


@env.function("_utime")
def utime(process: Process, at: Path, times: In[Utimbuf] | None) -> I32:
    """Set the times of a file in seconds, to now if `times` is null. Errors: ENOENT, ENOTDIR, EPERM, EROFS.

    The JavaScript gave both the time of modification.
    """
    if times is None:
        atime = mtime = process.clock.realtime()
    else:
        atime, mtime = times.actime * SECOND, times.modtime * SECOND
    process.fs.utimes(at.path, atime, mtime, base=at.base)
    return 0


@env.function("_utimes")
def utimes(process: Process, memory: Memory, at: Path, times: Pointer) -> I32:
    """Set the times of a file in microseconds, to now if `times` is null. Errors: EINVAL, and those of `utime`."""
    set_times_in_microseconds(process, memory, at, times)
    return 0


@env.function("_flock")
def flock(file: File, operation: U32) -> I32:
    """Lock a whole file. It is granted: no other process could hold it. Errors: EBADF, EINVAL."""
    if operation & ~LOCK_BITS or operation & ~4 not in (1, 2, 8):
        raise SysError(Errno.EINVAL)
    return 0


@env.function("_chroot", level=STUB, note="EACCES: the guest's root is fixed")
def chroot(path: Pointer) -> I32:
    """Change the root. Errors: EACCES."""
    raise SysError(Errno.EACCES)


@env.function("___map_file", failure=set_errno(0))
def map_file(guest: EmscriptenGuest, at: Path, size: Out[U32]) -> Pointer:
    """Map a whole file for the C library's own use: zones, locales, message catalogues. NULL for failure.

    The JavaScript failed with -1, which musl takes for an address.
    """
    files = guest.process.files
    fd = files.open(guest.process.fs.open(at.path, OpenFlags.READ, base=at.base))
    try:
        length = files[fd].stat().size
        address = map_memory(guest, 0, length, 0, MAP_SHARED, fd, 0)
    finally:
        files.close(fd)
    size.set(length)
    return address


@env.function("__emscripten_syscall_mmap2", failure=negative_errno)
@env.function("_emscripten_builtin_mmap2", failure=negative_errno)
def emscripten_mmap2(
    guest: EmscriptenGuest, address: Pointer, length: U32, protection: U32, flags: U32, fd: I32, offset: U32
) -> I32:
    """The system call mmap2 as a function. Errors: as that."""
    return map_memory(guest, address, length, protection, flags, fd, offset * OFFSET_UNIT)


@env.function("__emscripten_syscall_munmap", failure=negative_errno)
@env.function("_emscripten_builtin_munmap", failure=negative_errno)
def emscripten_munmap(guest: EmscriptenGuest, address: Pointer, length: U32) -> I32:
    """The system call munmap as a function. Errors: as that."""
    unmap_memory(guest, address, length)
    return 0


# --- device numbers: eight bits for the minor one, as the JavaScript had them


@env.inline("_makedev", "i(ii)")
@env.inline("_gnu_dev_makedev", "i(ii)")
def makedev(w: Writer) -> str:
    """The number of a device, from its two parts."""
    return "(i32.or (i32.shl (local.get 0) (i32.const 8)) (local.get 1))"


@env.inline("_major", "i(i)")
@env.inline("_gnu_dev_major", "i(i)")
def major(w: Writer) -> str:
    """What of a device's number stands for its driver."""
    return "(i32.shr_s (local.get 0) (i32.const 8))"


@env.inline("_minor", "i(i)")
@env.inline("_gnu_dev_minor", "i(i)")
def minor(w: Writer) -> str:
    """What of a device's number the driver tells its devices by."""
    return "(i32.and (local.get 0) (i32.const 0xff))"
