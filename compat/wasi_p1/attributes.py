"""Attributes, flags and times of files as WASI presents them."""

from __future__ import annotations

from compat._typing import Any
from compat.kernel.clock import Clock
from compat.kernel.errno import Errno, SysError
from compat.kernel.files import OpenFlags
from compat.kernel.stat import FileType, Stat
from compat.wasi_p1.types import Fdflag, Filestat, Filetype, Fstflag

TIME_MAX = (1 << 64) - 1
"""The last instant that a `timestamp` can hold."""
_TIME_SETTABLE = (1 << 63) - 1

FILETYPES = {
    FileType.UNKNOWN: Filetype.UNKNOWN,
    FileType.BLOCK_DEVICE: Filetype.BLOCK_DEVICE,
    FileType.CHARACTER_DEVICE: Filetype.CHARACTER_DEVICE,
    FileType.DIRECTORY: Filetype.DIRECTORY,
    FileType.REGULAR: Filetype.REGULAR_FILE,
    FileType.SOCKET: Filetype.SOCKET_STREAM,
    FileType.FIFO: Filetype.UNKNOWN,
    FileType.SYMLINK: Filetype.SYMBOLIC_LINK,
}
"""WASI has no number for a pipe."""

_STATUS_FLAGS = {
    Fdflag.APPEND: OpenFlags.APPEND,
    Fdflag.DSYNC: OpenFlags.DATA_SYNC,
    Fdflag.NONBLOCK: OpenFlags.NONBLOCK,
    # As in Linux, where O_RSYNC is another name of O_SYNC.
    Fdflag.RSYNC: OpenFlags.SYNC,
    Fdflag.SYNC: OpenFlags.SYNC,
}


def status_flags(flags: int) -> OpenFlags:
    """The kernel's flags for those of WASI."""
    result = OpenFlags(0)
    for bit, flag in _STATUS_FLAGS.items():
        if flags & bit:
            result |= flag
    return result


def fdflags(flags: OpenFlags) -> int:
    """The other way round; RSYNC comes back as SYNC."""
    return sum(bit for bit, flag in _STATUS_FLAGS.items() if flag in flags and bit != Fdflag.RSYNC)


def filestat(stat: Stat) -> Filestat:
    """The `filestat` of a file."""
    return Filestat(**filestat_fields(stat))


def filestat_fields(stat: Stat) -> dict[str, Any]:
    """The fields of a `filestat`, which are the same in both modules; their sizes are not."""
    return {
        "dev": stat.dev,
        "ino": stat.ino,
        "filetype": FILETYPES[stat.type],
        "nlink": stat.nlink,
        "size": stat.size,
        "atim": timestamp(stat.atime),
        "mtim": timestamp(stat.mtime),
        "ctim": timestamp(stat.ctime),
    }


def timestamp(time: int) -> int:
    """A time of the kernel as one of WASI, which knows none before 1970: the nearest one it has."""
    return min(max(time, 0), TIME_MAX)


def times_to_set(atim: int, mtim: int, flags: int, clock: Clock) -> tuple[int | None, int | None]:
    """The two times that the flags ask for; None leaves one. Errors: EINVAL (both a value and now, too far)."""
    # One reading: the clock may move on between two.
    now = clock.realtime() if flags & (Fstflag.ATIM_NOW | Fstflag.MTIM_NOW) else 0
    return (
        _time_to_set(atim, now, flags & Fstflag.ATIM, flags & Fstflag.ATIM_NOW),
        _time_to_set(mtim, now, flags & Fstflag.MTIM, flags & Fstflag.MTIM_NOW),
    )


def _time_to_set(value: int, now: int, to_value: int, to_now: int) -> int | None:
    time = value if to_value else now
    if (to_value and to_now) or time > _TIME_SETTABLE:
        raise SysError(Errno.EINVAL)
    return time if to_value or to_now else None
