"""The calls that took the place of system calls from 1.38.44 on, under the names that fastcomp gave them in `env`.

They have WASI's names and conventions, return a positive error number, and act on the guest's own descriptors: there is
no preopened directory and there are no rights.
Source: src/library_syscall.js and src/library_wasi.js of 1.38.44 to 1.39.20.
"""

from __future__ import annotations

from compat._enum import Enum
from compat._typing import NoReturn
from compat.abi.guest import Exit
from compat.abi.kinds import I32, I64, U32, U64, Out, Pointer, Vectors
from compat.abi.memory import Memory
from compat.abi.row import Table
from compat.emscripten_abi.errno import positive_errno
from compat.emscripten_abi.files import environment
from compat.emscripten_abi.guest import EmscriptenGuest
from compat.emscripten_abi.kinds import File, Whence
from compat.emscripten_abi.libc.texts import encode
from compat.emscripten_abi.structs import Fdstat
from compat.kernel.clock import ClockId
from compat.kernel.files import OpenFlags
from compat.kernel.process import Process
from compat.kernel.stat import FileType

env = Table("env", "syscalls", failure=positive_errno)

FILE_TYPES = {
    FileType.UNKNOWN: 0,
    FileType.BLOCK_DEVICE: 1,
    FileType.CHARACTER_DEVICE: 2,
    FileType.DIRECTORY: 3,
    FileType.REGULAR: 4,
    FileType.FIFO: 6,
    FileType.SOCKET: 6,
    FileType.SYMLINK: 7,
}
"""__wasi_filetype_t; for sockets and pipes, SOCKET_STREAM."""
FDFLAGS = {OpenFlags.APPEND: 1, OpenFlags.DATA_SYNC: 2, OpenFlags.NONBLOCK: 4, OpenFlags.SYNC: 16}
ALL_RIGHTS = 2**64 - 1


class WasiClock(Enum):
    """__wasi_clockid_t."""

    REALTIME = 0
    MONOTONIC = 1
    PROCESS_CPUTIME = 2
    THREAD_CPUTIME = 3

    @property
    def kernel(self) -> ClockId:
        """The kernel's name for it."""
        return ClockId[self.name]


@env.function("___wasi_fd_close")
@env.function("_fd_close")
def fd_close(process: Process, fd: I32) -> I32:
    """Close a descriptor. Errors: EBADF, EIO."""
    process.files.close(fd)
    return 0


@env.function("___wasi_fd_read", native="fd_read")
@env.function("_fd_read", native="fd_read")
def fd_read(file: File, buffers: Vectors, result: Out[U32]) -> I32:
    """Read at the position. Errors: EAGAIN, EBADF, EIO, EISDIR."""
    result.set(file.readv(buffers))
    return 0


@env.function("___wasi_fd_write", native="fd_write")
@env.function("_fd_write", native="fd_write")
def fd_write(file: File, buffers: Vectors, result: Out[U32]) -> I32:
    """Write at the position. Errors: EAGAIN, EBADF, EIO, ENOSPC, EPIPE."""
    result.set(file.writev(buffers))
    return 0


@env.function("___wasi_fd_seek")
@env.function("_fd_seek")
def fd_seek(file: File, low: U32, high: I32, whence: Whence, result: Out[I64]) -> I32:
    """Move the position; whence has POSIX's numbers. Errors: EBADF, EINVAL, ESPIPE."""
    result.set(file.seek(high << 32 | low, whence.kernel))
    return 0


@env.function("___wasi_fd_sync")
@env.function("_fd_sync")
def fd_sync(file: File) -> I32:
    """Bring a file to the storage. Errors: EBADF, EINVAL, EIO."""
    file.sync()
    return 0


@env.function("___wasi_fd_fdstat_get")
@env.function("_fd_fdstat_get")
def fd_fdstat_get(file: File, result: Out[Fdstat]) -> I32:
    """Type and flags of an open file, which has all rights. Errors: EBADF."""
    result.set(
        Fdstat(
            filetype=FILE_TYPES[file.stat().type],
            flags=sum(bit for flag, bit in FDFLAGS.items() if flag in file.flags),
            rights_base=ALL_RIGHTS,
            rights_inheriting=ALL_RIGHTS,
        )
    )
    return 0


@env.function("___wasi_clock_time_get")
@env.function("_clock_time_get")
def clock_time_get(
    process: Process, clock: WasiClock, precision_low: U32, precision_high: U32, result: Out[U64]
) -> I32:
    """Read a clock, in nanoseconds. Errors: EINVAL."""
    result.set(process.clock.now(clock.kernel))
    return 0


@env.function("___wasi_clock_res_get")
@env.function("_clock_res_get")
def clock_res_get(process: Process, clock: WasiClock, result: Out[U64]) -> I32:
    """The resolution of a clock, in nanoseconds. Errors: EINVAL."""
    result.set(process.clock.resolution(clock.kernel))
    return 0


@env.function("___wasi_proc_exit")
@env.function("_proc_exit")
def proc_exit(status: I32) -> NoReturn:
    """End the program."""
    raise Exit(status & 0xFF)


def _store_strings(memory: Memory, strings: list[bytes], pointers: int, buffer: int) -> None:
    array = memory.view(pointers, 4 * len(strings))
    memory.write(buffer, b"".join(strings))
    for i, string in enumerate(strings):
        array[4 * i : 4 * i + 4] = buffer.to_bytes(4, "little")
        buffer += len(string)


def _arguments(process: Process) -> list[bytes]:
    return [encode(argument) for argument in process.args]


def _environment(guest: EmscriptenGuest) -> list[bytes]:
    return [encode(f"{name}={value}") for name, value in environment(guest.process).items()]


@env.function("___wasi_args_sizes_get")
@env.function("_args_sizes_get")
def args_sizes_get(process: Process, count: Out[U32], size: Out[U32]) -> I32:
    """How many arguments, and how many bytes with their NULs."""
    strings = _arguments(process)
    count.set(len(strings))
    size.set(sum(map(len, strings)))
    return 0


@env.function("___wasi_args_get")
@env.function("_args_get")
def args_get(process: Process, memory: Memory, pointers: Pointer, buffer: Pointer) -> I32:
    """The arguments. Errors: EFAULT."""
    _store_strings(memory, _arguments(process), pointers, buffer)
    return 0


@env.function("___wasi_environ_sizes_get")
@env.function("_environ_sizes_get")
def environ_sizes_get(guest: EmscriptenGuest, count: Out[U32], size: Out[U32]) -> I32:
    """How many environment variables, and how many bytes with their NULs."""
    strings = _environment(guest)
    count.set(len(strings))
    size.set(sum(map(len, strings)))
    return 0


@env.function("___wasi_environ_get")
@env.function("_environ_get")
def environ_get(guest: EmscriptenGuest, pointers: Pointer, buffer: Pointer) -> I32:
    """The environment. Errors: EFAULT."""
    _store_strings(guest.memory, _environment(guest), pointers, buffer)
    return 0
