"""Kinds of parameters that many of Emscripten's system calls share."""

from __future__ import annotations

from compat._enum import Enum
from compat._typing import TYPE_CHECKING, Any, NamedTuple, cast
from compat.abi.kinds import Kind
from compat.emscripten_abi.structs import SmallStat, Stat, Timespec
from compat.kernel import stat as kernel
from compat.kernel.errno import Errno, SysError
from compat.kernel.files import OpenFile
from compat.kernel.files import Whence as KernelWhence
from compat.kernel.process import Process
from compat.kernel.stat import FileType
from compat.kernel.vfs.node import Directory

if TYPE_CHECKING:
    from compat.abi.guest import Guest
    from compat.emscripten_abi.guest import EmscriptenGuest

AT_FDCWD = -100
"""Stands for the working directory where a descriptor of a directory is wanted."""
SECOND = 1_000_000_000
"""Nanoseconds."""

MODE_BITS = {
    FileType.UNKNOWN: 0,
    FileType.FIFO: 0o010000,
    FileType.CHARACTER_DEVICE: 0o020000,
    FileType.DIRECTORY: 0o040000,
    FileType.BLOCK_DEVICE: 0o060000,
    FileType.REGULAR: 0o100000,
    FileType.SYMLINK: 0o120000,
    FileType.SOCKET: 0o140000,
}
"""The S_IFMT bits of `st_mode`."""
MODE_MASK = 0o170000
PERMISSIONS = 0o7777
"""What chmod and mkdir can set."""


class Whence(Enum):
    """What a file position counts from, in the guest's numbers, which never changed."""

    SET = 0
    CUR = 1
    END = 2

    @property
    def kernel(self) -> KernelWhence:
        """The kernel's name for it."""
        return KernelWhence[self.name]


class Place(NamedTuple):
    """A path, and the directory that it starts from if it is relative."""

    path: str
    base: Directory


def place(process: Process, path: str, dirfd: int = AT_FDCWD) -> Place:
    """Where `path` leads from the open directory `dirfd`, which does not matter to an absolute path.

    Errors: EBADF, ENOTDIR.
    """
    if dirfd == AT_FDCWD or path.startswith("/"):
        return Place(path, process.cwd)
    node = process.files[dirfd].node
    if not isinstance(node, Directory):
        raise SysError(Errno.ENOTDIR)
    return Place(path, node)


class _FileKind(Kind):
    def decode(self, guest: Guest, *raw: Any) -> OpenFile:
        return guest.process.files[raw[0]]


class _PathKind(Kind):
    def decode(self, guest: Guest, *raw: Any) -> Place:
        return place(guest.process, _text(guest, raw[0]))


class _PathAtKind(Kind):
    slots = "ii"

    def decode(self, guest: Guest, *raw: Any) -> Place:
        return place(guest.process, _text(guest, raw[1]), raw[0])


def _text(guest: Guest, address: int) -> str:
    return guest.memory.cstring(address & 0xFFFF_FFFF).decode("utf-8", "surrogateescape")


class StatResult:
    """Where a `struct stat` goes."""

    __slots__ = ("_guest", "_view")

    def __init__(self, guest: EmscriptenGuest, address: int) -> None:
        self._guest = guest
        self._view = guest.memory.view(address, (Stat if guest.large_files else SmallStat).sizeof())

    def set(self, attributes: kernel.Stat) -> None:
        """Fill the struct, in the layout of the guest's release. Errors: EOVERFLOW (a size that it has no room for)."""
        if not self._guest.large_files and attributes.size > 0x7FFF_FFFF:
            raise SysError(Errno.EOVERFLOW)
        layout = Stat if self._guest.large_files else SmallStat
        self._view[:] = layout(
            dev=attributes.dev & 0xFFFF_FFFF,
            ino_truncated=attributes.ino & 0xFFFF_FFFF,
            mode=MODE_BITS[attributes.type] | attributes.mode,
            nlink=attributes.nlink,
            uid=attributes.uid,
            gid=attributes.gid,
            rdev=attributes.rdev,
            size=attributes.size,
            blksize=attributes.blksize,
            blocks=min(attributes.blocks, 0x7FFF_FFFF),
            atim=_timespec(attributes.atime),
            mtim=_timespec(attributes.mtime),
            ctim=_timespec(attributes.ctime),
            ino=attributes.ino if self._guest.large_files else attributes.ino & 0xFFFF_FFFF,
        ).pack()


def _timespec(nanoseconds: int) -> Timespec:
    seconds = max(-0x8000_0000, min(nanoseconds // SECOND, 0x7FFF_FFFF))
    return Timespec(sec=seconds, nsec=nanoseconds % SECOND)


class _StatKind(Kind):
    def decode(self, guest: Guest, *raw: Any) -> StatResult:
        return StatResult(cast("EmscriptenGuest", guest), raw[0] & 0xFFFF_FFFF)


if TYPE_CHECKING:
    from typing import TypeAlias

    File: TypeAlias = OpenFile
    Path: TypeAlias = Place
    PathAt: TypeAlias = Place
    StatOut: TypeAlias = StatResult
else:
    File = _FileKind()
    """A descriptor, as the open file. Errors: EBADF."""
    Path = _PathKind()
    """A path that starts at the working directory."""
    PathAt = _PathAtKind()
    """Two slots: the descriptor of a directory or AT_FDCWD, and a path. Errors: EBADF, ENOTDIR."""
    StatOut = _StatKind()
    """A pointer to `struct stat`, which changed in 1.38.31."""
