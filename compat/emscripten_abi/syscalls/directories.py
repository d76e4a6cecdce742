"""Directories: making, removing, reading, and the working directory."""

from __future__ import annotations

from compat.abi.kinds import I32, U32, Bytes, Pointer
from compat.abi.memory import Memory
from compat.abi.row import Table
from compat.emscripten_abi.errno import negative_errno
from compat.emscripten_abi.guest import EmscriptenGuest
from compat.emscripten_abi.kinds import MODE_BITS, File, Path, PathAt
from compat.emscripten_abi.structs import Dirent, SmallDirent
from compat.emscripten_abi.syscalls.files import created_mode
from compat.kernel.errno import Errno, SysError
from compat.kernel.files import Whence
from compat.kernel.process import Process
from compat.kernel.vfs.node import Directory

syscalls = Table("env", "syscalls", failure=negative_errno)


@syscalls.varargs("___syscall39")
def mkdir(process: Process, at: Path, mode: U32) -> None:
    """Make a directory. Errors: EEXIST, ENOENT, ENOSPC, ENOTDIR, EROFS."""
    process.fs.mkdir(at.path, created_mode(process, mode), base=at.base)


@syscalls.varargs("___syscall296")
def mkdirat(process: Process, at: PathAt, mode: U32) -> None:
    """`mkdir` from a directory. Errors: EBADF, and those of `mkdir`."""
    process.fs.mkdir(at.path, created_mode(process, mode), base=at.base)


@syscalls.varargs("___syscall40")
def rmdir(process: Process, at: Path) -> None:
    """Remove an empty directory. Errors: EBUSY, EINVAL, ENOENT, ENOTDIR, ENOTEMPTY, EROFS."""
    process.fs.rmdir(at.path, base=at.base)


@syscalls.varargs("___syscall12")
def chdir(process: Process, at: Path) -> None:
    """Change the working directory. Errors: EACCES, ELOOP, ENOENT, ENOTDIR."""
    process.chdir(process.fs.directory(at.path, base=at.base))


@syscalls.varargs("___syscall133")
def fchdir(process: Process, file: File) -> None:
    """Change the working directory to an open one. Errors: EBADF, ENOTDIR."""
    if not isinstance(file.node, Directory):
        raise SysError(Errno.ENOTDIR)
    process.chdir(file.node)


@syscalls.varargs("___syscall183")
def getcwd(process: Process, memory: Memory, buffer: Pointer, size: U32) -> I32:
    """Put the path of the working directory into `buffer` and return `buffer`, as the JavaScript did.

    Linux returns the length; musl takes whatever is not negative for success.
    Errors: EINVAL (no room at all), ENOENT (it was removed), ERANGE (too little room).
    """
    if not size:
        raise SysError(Errno.EINVAL)
    path = process.getcwd().encode("utf-8", "surrogateescape") + b"\0"
    if len(path) > size:
        raise SysError(Errno.ERANGE)
    memory.write(buffer, path)
    return buffer


@syscalls.varargs("___syscall220")
def getdents64(guest: EmscriptenGuest, file: File, buffer: Bytes) -> I32:
    """Read entries of an open directory, and return how many bytes they take; 0 at the end.

    Records are of one size, as the JavaScript had them, and `d_off` is what lseek(2) takes to go on behind an entry.
    Errors: EBADF, EINVAL (no room for an entry), ENOTDIR.
    """
    layout = Dirent if guest.large_files else SmallDirent
    size = layout.sizeof()
    if not isinstance(file.node, Directory):
        raise SysError(Errno.ENOTDIR)
    if len(buffer) < size:
        raise SysError(Errno.EINVAL)
    used = 0
    for entry in file.readdir(file.tell()):
        buffer[used : used + size] = layout(
            ino=entry.ino if guest.large_files else entry.ino & 0xFFFF_FFFF,
            off=entry.next_cookie,
            reclen=size,
            type=MODE_BITS[entry.type] >> 12,
            name=entry.name.encode("utf-8", "surrogateescape"),
        ).pack()
        used += size
        file.seek(entry.next_cookie, Whence.SET)
        if used + size > len(buffer):
            break
    return used
