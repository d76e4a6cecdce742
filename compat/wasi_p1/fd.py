"""fd_*: calls on a descriptor.

All of them raise EBADF for one that is not open and ENOTCAPABLE for one without the right (preview1.witx says which
right is for which call), and EFAULT for a pointer that leads out of memory; the docstrings name what else.

They also name what node and wasmtime do otherwise (tests/wasi_p1/test_differential.py). Everywhere: node asks for
rights before it asks for the kind of file, and looks at other arguments before the descriptor; wasmtime has no rights,
but asks how the file was opened, and takes a descriptor of another kind for none (EBADF).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from compat.abi.kinds import I64, U32, U64, Bytes, Out
from compat.kernel.errno import Errno, SysError
from compat.kernel.files import Advice as FileAdvice
from compat.kernel.files import OpenFile
from compat.kernel.files import Whence as FileWhence
from compat.kernel.stat import DirEntry
from compat.wasi_p1.attributes import FILETYPES, fdflags, filestat, status_flags, times_to_set
from compat.wasi_p1.guest import WasiGuest
from compat.wasi_p1.table import table
from compat.wasi_p1.types import (
    Advice,
    CiovecArray,
    Dirent,
    Fd,
    Fdflags,
    Fdstat,
    Filestat,
    Fstflags,
    IovecArray,
    Preopentype,
    Prestat,
    PrestatDir,
    Right,
    Rights,
    Whence,
)

p1 = table("files")

WHENCES = {Whence.SET: FileWhence.SET, Whence.CUR: FileWhence.CUR, Whence.END: FileWhence.END}

_SIZE_MAX = (1 << 32) - 1


@p1.function("fd_advise", native="wasi_fd_advise")
def fd_advise(guest: WasiGuest, fd: Fd, offset: U64, length: U64, advice: Advice) -> None:
    """Say how a part of a file will be used. Errors: EINVAL, ESPIPE."""
    guest.file(fd, Right.FD_ADVISE).advise(offset, length, FileAdvice[advice.name])


@p1.function("fd_allocate")
def fd_allocate(guest: WasiGuest, fd: Fd, offset: U64, length: U64) -> None:
    """Make a file at least offset+length bytes long. Errors: EINVAL (no length), EFBIG, ENODEV, ENOSPC, ESPIPE.

    node takes a length of 0. wasmtime has given the function up: ENOTSUP.
    """
    guest.file(fd, Right.FD_ALLOCATE).allocate(offset, length)


@p1.function("fd_close", native="wasi_fd_close")
def fd_close(guest: WasiGuest, fd: Fd) -> None:
    """Close a descriptor, a standard stream or a preopened directory too. Errors: EIO."""
    guest.close(fd)


@p1.function("fd_datasync")
def fd_datasync(guest: WasiGuest, fd: Fd) -> None:
    """Bring the content of a file to its storage. Errors: EINVAL, EIO.

    node and wasmtime refuse a directory.
    """
    guest.file(fd, Right.FD_DATASYNC).sync(data_only=True)


@p1.function("fd_fdstat_get", native="wasi_fd_fdstat_get")
def fd_fdstat_get(guest: WasiGuest, fd: Fd, stat: Out[Fdstat]) -> None:
    """Type, flags and rights of a descriptor. It needs no right.

    node shows flags that the host's descriptor has and nobody asked for.
    """
    file = guest.file(fd, 0)
    descriptor = guest.descriptor(fd)
    stat.set(
        Fdstat(
            fs_filetype=FILETYPES[file.stat().type],
            fs_flags=fdflags(file.flags),
            fs_rights_base=descriptor.base,
            fs_rights_inheriting=descriptor.inheriting,
        )
    )


@p1.function("fd_fdstat_set_flags", native="wasi_fd_fdstat_set_flags")
def fd_fdstat_set_flags(guest: WasiGuest, fd: Fd, flags: Fdflags) -> None:
    """Replace the flags. Errors: EINVAL.

    wasmtime refuses those of synchronous writing (EINVAL), and every flag of a directory.
    """
    guest.file(fd, Right.FD_FDSTAT_SET_FLAGS).set_flags(status_flags(flags))


@p1.function("fd_fdstat_set_rights")
def fd_fdstat_set_rights(guest: WasiGuest, fd: Fd, base: Rights, inheriting: Rights) -> None:
    """Give rights up for ever. Errors: ENOTCAPABLE (one that the descriptor has not).

    wasmtime has no rights: ENOTSUP.
    """
    guest.restrict(fd, base, inheriting)


@p1.function("fd_filestat_get", native="wasi_fd_filestat_get")
def fd_filestat_get(guest: WasiGuest, fd: Fd, stat: Out[Filestat]) -> None:
    """Attributes of an open file. node passes times through floating-point numbers."""
    stat.set(filestat(guest.file(fd, Right.FD_FILESTAT_GET).stat()))


@p1.function("fd_filestat_set_size")
def fd_filestat_set_size(guest: WasiGuest, fd: Fd, size: U64) -> None:
    """Cut a file, or extend it with zeros. Errors: EINVAL, EFBIG, ENOSPC, EROFS."""
    guest.file(fd, Right.FD_FILESTAT_SET_SIZE).truncate(size)


@p1.function("fd_filestat_set_times")
def fd_filestat_set_times(guest: WasiGuest, fd: Fd, atim: U64, mtim: U64, flags: Fstflags) -> None:
    """Set the times of an open file. Errors: EINVAL (a value and now for the same time), EPERM, EROFS.

    wasmtime refuses a directory.
    """
    file = guest.file(fd, Right.FD_FILESTAT_SET_TIMES)
    file.utimes(*times_to_set(atim, mtim, flags, guest.process.clock))


@p1.function("fd_pread", native="wasi_fd_pread")
def fd_pread(guest: WasiGuest, fd: Fd, iovs: IovecArray, offset: U64, count: Out[U32]) -> None:
    """Read at an offset, leaving the position alone. Errors: EINVAL, EISDIR, ESPIPE."""
    file = guest.file(fd, Right.FD_READ | Right.FD_SEEK)
    check_total(iovs)
    count.set(file.preadv(iovs, offset))


@p1.function("fd_prestat_get", native="wasi_fd_prestat_get")
def fd_prestat_get(guest: WasiGuest, fd: Fd, prestat: Out[Prestat]) -> None:
    """The length of the name of a preopened directory. Errors: EBADF also for a descriptor that was not preopened."""
    name = _preopen(guest, fd)
    prestat.set(Prestat(tag=Preopentype.DIR, dir=PrestatDir(pr_name_len=len(name))))


@p1.function("fd_prestat_dir_name", native="wasi_fd_prestat_dir_name")
def fd_prestat_dir_name(guest: WasiGuest, fd: Fd, path: Bytes) -> None:
    """The name of a preopened directory, without a NUL. Errors: EBADF as fd_prestat_get, ENAMETOOLONG (no room).

    node says ENOBUFS of too little room; wasmtime says ENOTDIR of what was not preopened.
    """
    name = _preopen(guest, fd)
    if len(path) < len(name):
        raise SysError(Errno.ENAMETOOLONG)
    path[: len(name)] = name


@p1.function("fd_pwrite", native="wasi_fd_pwrite")
def fd_pwrite(guest: WasiGuest, fd: Fd, iovs: CiovecArray, offset: U64, count: Out[U32]) -> None:
    """Write at an offset, leaving the position alone. Errors: EINVAL, EFBIG, ENOSPC, ESPIPE.

    With the flag `append`, too. node and wasmtime leave that to Linux, which appends.
    """
    file = guest.file(fd, Right.FD_WRITE | Right.FD_SEEK)
    check_total(iovs)
    count.set(file.pwritev(iovs, offset))


@p1.function("fd_read", native="wasi_fd_read")
def fd_read(guest: WasiGuest, fd: Fd, iovs: IovecArray, count: Out[U32]) -> None:
    """Read at the position; 0 bytes at the end. Errors: EAGAIN, EINVAL, EISDIR, EIO."""
    file = guest.file(fd, Right.FD_READ)
    check_total(iovs)
    count.set(file.readv(iovs))


@p1.function("fd_readdir", native="wasi_fd_readdir")
def fd_readdir(guest: WasiGuest, fd: Fd, buffer: Bytes, cookie: U64, used: Out[U32]) -> None:
    """Fill the buffer with entries, each a `dirent` and its name, from a cookie on; "." and ".." come first.

    The last entry is cut off where the buffer ends; a buffer that is not full ends the directory. A cookie that was
    never given out stands for the end, as in wasmtime. Errors: ENOTDIR. node leaves "." and ".." out.
    """
    guest.directory(fd, Right.FD_READDIR)
    used.set(_fill(buffer, _entries(guest.process.files[fd], cookie)))


@p1.function("fd_renumber")
def fd_renumber(guest: WasiGuest, fd: Fd, to: Fd) -> None:
    """Move a descriptor to the number of another, which is closed; both must be open.

    node does nothing for two equal numbers, open or not.
    """
    guest.renumber(fd, to)


@p1.function("fd_seek", native="wasi_fd_seek")
def fd_seek(guest: WasiGuest, fd: Fd, offset: I64, whence: Whence, position: Out[U64]) -> None:
    """Move the position; to stay is fd_tell, and needs no more right. Errors: EINVAL, EOVERFLOW, ESPIPE."""
    seek(guest, fd, offset, WHENCES[whence], position)


@p1.function("fd_sync", native="wasi_fd_sync")
def fd_sync(guest: WasiGuest, fd: Fd) -> None:
    """Bring content and attributes of a file to its storage. Errors: EINVAL, EIO.

    wasmtime refuses a directory.
    """
    guest.file(fd, Right.FD_SYNC).sync()


@p1.function("fd_tell", native="wasi_fd_tell")
def fd_tell(guest: WasiGuest, fd: Fd, position: Out[U64]) -> None:
    """The position. Errors: ESPIPE."""
    seek(guest, fd, 0, FileWhence.CUR, position)


@p1.function("fd_write", native="wasi_fd_write")
def fd_write(guest: WasiGuest, fd: Fd, iovs: CiovecArray, count: Out[U32]) -> None:
    """Write at the position, with `append` at the end. Errors: EAGAIN, EFBIG, EINVAL, EIO, ENOSPC, EPIPE."""
    file = guest.file(fd, Right.FD_WRITE)
    check_total(iovs)
    count.set(file.writev(iovs))


def seek(guest: WasiGuest, fd: int, offset: int, whence: FileWhence, position: Out[int]) -> None:
    """fd_seek, whatever the numbers of `whence` are. The right to seek includes the right to tell."""
    tells = offset == 0 and whence is FileWhence.CUR
    held = guest.descriptor(fd).base & (Right.FD_SEEK | Right.FD_TELL)
    needed = Right.FD_TELL if tells and not held & Right.FD_SEEK else Right.FD_SEEK
    position.set(guest.file(fd, needed).seek(offset, whence))


def check_total(buffers: Sequence[memoryview]) -> None:
    """Refuse buffers, overlapping ones, whose total length no result could tell. Errors: EINVAL."""
    if sum(map(len, buffers)) > _SIZE_MAX:
        raise SysError(Errno.EINVAL)


def _preopen(guest: WasiGuest, fd: int) -> bytes:
    name = guest.descriptor(fd).preopen
    if name is None:
        raise SysError(Errno.EBADF)
    return name


def _entries(file: OpenFile, cookie: int) -> Iterable[DirEntry]:
    try:
        return file.readdir(cookie)
    except SysError as error:
        if error.errno is Errno.EINVAL:
            return ()
        raise


def _fill(buffer: memoryview, entries: Iterable[DirEntry]) -> int:
    used = 0
    for entry in entries:
        if used == len(buffer):
            break
        name = entry.name.encode("utf-8", "surrogateescape")
        head = Dirent(d_next=entry.next_cookie, d_ino=entry.ino, d_namlen=len(name), d_type=FILETYPES[entry.type])
        record = (head.pack() + name)[: len(buffer) - used]
        buffer[used : used + len(record)] = record
        used += len(record)
    return used
