"""Names in the tree: directories, links, attributes, times."""

from __future__ import annotations

from tests.calls import ANY, BEYOND, I64, Arg, Filled, Out, case, syscall, u64

from .files import (
    AT_FDCWD,
    HELLO,
    O_RDONLY,
    OPENED,
    S_IFCHR,
    S_IFDIR,
    S_IFIFO,
    S_IFLNK,
    S_IFREG,
    SEEK_SET,
    stat,
)
from .guest import MIDDLE, OLD, E
from .layouts import DIRENT, STATFS, TIMESPEC, TIMEVAL

AT_SYMLINK_NOFOLLOW, AT_REMOVEDIR, AT_SYMLINK_FOLLOW = 0x100, 0x200, 0x400
UTIME_NOW, UTIME_OMIT = 0x3FFFFFFF, 0x3FFFFFFE
DT_DIR, DT_REG, DT_LNK = 4, 8, 10
R_OK, W_OK, X_OK = 4, 2, 1
NOW = 946684800
"""Where the clock of a run starts, in seconds."""

TMP = syscall(5, "/tmp", O_RDONLY, 0, gives=3)
LINK = syscall(83, "f", "/tmp/link")


def entry(release: str, name: bytes, type: int) -> Filled:
    """A record of a directory."""
    layout = DIRENT[release]
    return layout(d_ino=ANY, d_off=ANY, d_reclen=layout.size, d_type=type, d_name=name)


def file(release: str = MIDDLE, **fields: object) -> Filled:
    """`struct stat` of `/tmp/f`."""
    return stat(release, **{"st_mode": S_IFREG | 0o666, "st_size": 5, "st_blocks": 1, **fields})


def aged(atime: int, mtime: int) -> Filled:
    """`struct stat` of `/tmp/f` with these times, in nanoseconds."""
    times = [TIMESPEC(tv_sec=time // 10**9, tv_nsec=time % 10**9) for time in (atime, mtime)]
    return file(st_atim=times[0], st_mtim=times[1])


CASES = [
    *(
        case(
            f"attributes have the layout of the release: {release}",
            OPENED,
            LINK,
            syscall(195, "/tmp/link", Out(file(release))),
            syscall(196, "/tmp/link", Out(stat(release, st_mode=S_IFLNK | 0o777, st_size=1, st_blocks=ANY))),
            syscall(197, 3, Out(file(release))),
            syscall(300, AT_FDCWD, "/tmp/link", Out(file(release)), 0),
            syscall(
                195, "/tmp", Out(stat(release, st_mode=S_IFDIR | 0o777, st_nlink=ANY, st_size=4096, st_blocks=ANY))
            ),
            syscall(
                195,
                "/dev/null",
                Out(stat(release, st_mode=S_IFCHR | 0o666, st_rdev=1 << 8 | 3, st_size=ANY, st_blocks=ANY)),
            ),
            files=HELLO,
            module={"release": release},
        )
        for release in (OLD, MIDDLE)
    ),
    case(
        "attributes that cannot be told",
        syscall(195, "/tmp/none", Out(b"", 88), gives=-E.NOENT),
        syscall(196, "/tmp/f/g", Out(b"", 88), gives=-E.NOTDIR),
        syscall(197, 77, Out(b"", 88), gives=-E.BADF),
        syscall(300, 77, "f", Out(b"", 88), 0, gives=-E.BADF),
        syscall(300, AT_FDCWD, "/tmp/f", Out(b"", 88), 1, gives=-E.INVAL),
        syscall(195, "/tmp/f", BEYOND, gives=-E.FAULT),
        syscall(196, BEYOND, Out(b"", 88), gives=-E.FAULT),
        syscall(197, 0, BEYOND, gives=-E.FAULT),
        syscall(300, AT_FDCWD, "/tmp/f", BEYOND, 0, gives=-E.FAULT),
        files=HELLO,
    ),
    case(
        "lstat and fstatat from a directory do not follow a link if they are told so",
        TMP,
        LINK,
        syscall(300, 3, "link", Out(file()), 0),
        syscall(300, 3, "link", Out(stat(st_mode=S_IFLNK | 0o777, st_size=1, st_blocks=ANY)), AT_SYMLINK_NOFOLLOW),
        files=HELLO,
    ),
    case(
        "truncate cuts and extends",
        syscall(193, "/tmp/f", 0, I64(2)),
        syscall(193, "/tmp/f", 0, I64(3)),
        syscall(193, "/tmp/f", 0, I64(-1), gives=-E.INVAL),
        syscall(193, "/tmp", 0, I64(0), gives=-E.ISDIR),
        syscall(193, "/tmp/none", 0, I64(0), gives=-E.NOENT),
        syscall(193, BEYOND, 0, I64(0), gives=-E.FAULT),
        files=HELLO,
        after={"/tmp/f": b"he\0"},
    ),
    case(
        "access: the guest is root, who may all but execute what nobody may",
        TMP,
        *(
            step
            for mode, executable in ((0o444, False), (0o010, True), (0, False))
            for step in (
                syscall(15, "/tmp/f", mode),
                syscall(33, "/tmp/f", 0),
                syscall(33, "/tmp/f", R_OK | W_OK),
                syscall(33, "/tmp/f", X_OK, gives=0 if executable else -E.ACCES),
                syscall(307, 3, "f", R_OK | W_OK),
                syscall(307, 3, "f", X_OK, gives=0 if executable else -E.ACCES),
            )
        ),
        syscall(33, "/tmp/f", 8, gives=-E.INVAL),
        syscall(33, "/tmp/none", 0, gives=-E.NOENT),
        syscall(33, BEYOND, 0, gives=-E.FAULT),
        syscall(307, 77, "f", 0, gives=-E.BADF),
        files=HELLO,
    ),
    case(
        "chmod, fchmod and fchmodat",
        OPENED,
        syscall(5, "/tmp", O_RDONLY, 0, gives=4),
        syscall(15, "/tmp/f", 0o100640),
        syscall(195, "/tmp/f", Out(file(st_mode=S_IFREG | 0o640))),
        syscall(94, 3, 0o400),
        syscall(197, 3, Out(file(st_mode=S_IFREG | 0o400))),
        syscall(306, 4, "f", 0o4755),
        syscall(197, 3, Out(file(st_mode=S_IFREG | 0o4755))),
        syscall(15, "/tmp/none", 0, gives=-E.NOENT),
        syscall(15, BEYOND, 0, gives=-E.FAULT),
        syscall(94, 77, 0, gives=-E.BADF),
        syscall(306, 77, "f", 0, gives=-E.BADF),
        files=HELLO,
    ),
    case(
        "chown and its relatives; -1 leaves an owner",
        OPENED,
        LINK,
        syscall(212, "/tmp/link", 1, 2),
        syscall(197, 3, Out(file(st_uid=1, st_gid=2))),
        syscall(207, 3, 3, -1),
        syscall(197, 3, Out(file(st_uid=3, st_gid=2))),
        syscall(198, "/tmp/link", 4, 5),
        syscall(197, 3, Out(file(st_uid=3, st_gid=2))),
        syscall(196, "/tmp/link", Out(stat(st_mode=S_IFLNK | 0o777, st_uid=4, st_gid=5, st_size=1, st_blocks=ANY))),
        syscall(298, AT_FDCWD, "/tmp/link", 6, 7, 0),
        syscall(197, 3, Out(file(st_uid=6, st_gid=7))),
        syscall(298, AT_FDCWD, "/tmp/link", 8, 9, AT_SYMLINK_NOFOLLOW),
        syscall(197, 3, Out(file(st_uid=6, st_gid=7))),
        syscall(212, "/tmp/none", 1, 2, gives=-E.NOENT),
        syscall(198, "/tmp/none", 1, 2, gives=-E.NOENT),
        syscall(207, 77, 1, 2, gives=-E.BADF),
        syscall(298, 77, "f", 1, 2, 0, gives=-E.BADF),
        syscall(298, AT_FDCWD, "/tmp/f", 1, 2, 1, gives=-E.INVAL),
        files=HELLO,
    ),
    case(
        "utimensat sets times to the nanosecond",
        OPENED,
        syscall(320, AT_FDCWD, "/tmp/f", (TIMESPEC(tv_sec=1, tv_nsec=2), TIMESPEC(tv_sec=-3, tv_nsec=4)), 0),
        syscall(197, 3, Out(aged(1_000_000_002, -2_999_999_996))),
        syscall(320, AT_FDCWD, "/tmp/f", (TIMESPEC(tv_nsec=UTIME_OMIT), TIMESPEC(tv_sec=5)), 0),
        syscall(197, 3, Out(aged(1_000_000_002, 5_000_000_000))),
        syscall(320, AT_FDCWD, "/tmp/f", (TIMESPEC(tv_nsec=UTIME_NOW), TIMESPEC(tv_nsec=UTIME_OMIT)), 0),
        syscall(197, 3, Out(file(st_atim=TIMESPEC(tv_sec=NOW, tv_nsec=ANY), st_mtim=TIMESPEC(tv_sec=5, tv_nsec=0)))),
        syscall(320, 3, 0, (TIMESPEC(tv_sec=7), TIMESPEC(tv_nsec=UTIME_OMIT)), 0),
        syscall(197, 3, Out(aged(7_000_000_000, 5_000_000_000))),
        syscall(320, AT_FDCWD, "/tmp/f", (TIMESPEC(tv_nsec=10**9), TIMESPEC()), 0, gives=-E.INVAL),
        syscall(320, AT_FDCWD, "/tmp/none", 0, 0, gives=-E.NOENT),
        syscall(320, 77, "f", 0, 0, gives=-E.BADF),
        syscall(320, AT_FDCWD, "/tmp/f", 0, 1, gives=-E.INVAL),
        syscall(320, AT_FDCWD, "/tmp/f", BEYOND, 0, gives=-E.FAULT),
        files=HELLO,
    ),
    case(
        "futimesat sets times to the microsecond",
        TMP,
        syscall(299, 3, "f", (TIMEVAL(tv_sec=1, tv_usec=2), TIMEVAL(tv_sec=3, tv_usec=4))),
        syscall(195, "/tmp/f", Out(aged(1_000_002_000, 3_000_004_000))),
        syscall(299, 3, "f", (TIMEVAL(tv_usec=10**6), TIMEVAL()), gives=-E.INVAL),
        syscall(299, 77, "f", 0, gives=-E.BADF),
        syscall(299, 3, "f", BEYOND, gives=-E.FAULT),
        files=HELLO,
    ),
    case(
        "mkdir, mkdirat and rmdir",
        TMP,
        syscall(39, "/tmp/d", 0o750),
        syscall(195, "/tmp/d", Out(stat(st_mode=S_IFDIR | 0o750, st_nlink=ANY, st_size=4096, st_blocks=ANY))),
        syscall(39, "/tmp/d", 0o750, gives=-E.EXIST),
        syscall(39, "/none/d", 0o750, gives=-E.NOENT),
        syscall(39, BEYOND, 0o750, gives=-E.FAULT),
        syscall(296, 3, "d/e", 0o700),
        syscall(296, 77, "e", 0o700, gives=-E.BADF),
        syscall(40, "/tmp/d", gives=-E.NOTEMPTY),
        syscall(40, "/tmp/d/e"),
        syscall(40, "/tmp/d"),
        syscall(40, "/tmp/d", gives=-E.NOENT),
        syscall(40, "/tmp/f", gives=-E.NOTDIR),
        syscall(40, BEYOND, gives=-E.FAULT),
        files=HELLO,
        after={"/tmp/d": None},
    ),
    case(
        "the working directory",
        TMP,
        syscall(183, Out(b"/\0", 8), 8, gives=Arg(0)),
        syscall(12, "/tmp"),
        syscall(183, Out(b"/tmp\0", 8), 5, gives=Arg(0)),
        syscall(183, Out(b"", 8), 4, gives=-E.RANGE),
        syscall(183, Out(b"", 8), 0, gives=-E.INVAL),
        syscall(183, BEYOND, 8, gives=-E.FAULT),
        syscall(33, "f", 0),
        syscall(12, ".."),
        syscall(133, 3),
        syscall(183, Out(b"/tmp\0", 8), 8, gives=Arg(0)),
        syscall(12, "/tmp/f", gives=-E.NOTDIR),
        syscall(12, "/none", gives=-E.NOENT),
        syscall(12, BEYOND, gives=-E.FAULT),
        syscall(133, 0, gives=-E.NOTDIR),
        syscall(133, 77, gives=-E.BADF),
        files=HELLO,
    ),
    *(
        case(
            f"records of a directory have the layout of the release: {release}",
            LINK,
            syscall(5, "/tmp", O_RDONLY, 0, gives=3),
            syscall(
                220,
                3,
                Out((entry(release, b".", DT_DIR), entry(release, b"..", DT_DIR)), 3 * size - 1),
                3 * size - 1,
                gives=2 * size,
            ),
            syscall(
                220,
                3,
                Out((entry(release, b"f", DT_REG), entry(release, b"link", DT_LNK)), 4 * size),
                4 * size,
                gives=2 * size,
            ),
            syscall(220, 3, Out(b"", size), size, gives=0),
            syscall(140, 3, 0, 0, Out(u64(0)), SEEK_SET),
            syscall(220, 3, Out(entry(release, b".", DT_DIR)), size, gives=size),
            syscall(220, 3, Out(b"", size), size - 1, gives=-E.INVAL),
            syscall(220, 0, Out(b"", size), size, gives=-E.NOTDIR),
            syscall(220, 77, Out(b"", size), size, gives=-E.BADF),
            syscall(220, 3, BEYOND, size, gives=-E.FAULT),
            files=HELLO,
            module={"release": release},
        )
        for release, size in ((OLD, 268), (MIDDLE, 280))
    ),
    case(
        "unlink and unlinkat",
        TMP,
        syscall(10, "/tmp/f"),
        syscall(10, "/tmp/f", gives=-E.NOENT),
        syscall(10, BEYOND, gives=-E.FAULT),
        syscall(301, 3, "g", 0),
        syscall(39, "/tmp/d", 0o700),
        syscall(10, "/tmp/d", gives=-E.ISDIR),
        syscall(301, 3, "d", AT_REMOVEDIR),
        syscall(301, 3, "d", AT_REMOVEDIR, gives=-E.NOENT),
        syscall(301, 3, "d", 1, gives=-E.INVAL),
        syscall(301, 77, "d", 0, gives=-E.BADF),
        files={**HELLO, "/tmp/g": b""},
        after={"/tmp/f": None, "/tmp/g": None, "/tmp/d": None},
    ),
    case(
        "rename and renameat",
        TMP,
        syscall(38, "/tmp/f", "/tmp/g"),
        syscall(38, "/tmp/f", "/tmp/g", gives=-E.NOENT),
        syscall(38, BEYOND, "/tmp/g", gives=-E.FAULT),
        syscall(38, "/tmp/g", BEYOND, gives=-E.FAULT),
        syscall(302, 3, "g", AT_FDCWD, "/home/h"),
        syscall(302, 77, "g", AT_FDCWD, "/home/h", gives=-E.BADF),
        syscall(302, AT_FDCWD, "/home/h", 77, "g", gives=-E.BADF),
        files=HELLO,
        after={"/tmp/f": None, "/tmp/g": None, "/home/h": b"hello"},
    ),
    case(
        "link and linkat",
        TMP,
        syscall(9, "/tmp/f", "/tmp/g"),
        syscall(195, "/tmp/g", Out(file(st_nlink=2))),
        syscall(9, "/tmp/f", "/tmp/g", gives=-E.EXIST),
        syscall(9, "/tmp", "/tmp/h", gives=-E.PERM),
        syscall(9, BEYOND, "/tmp/h", gives=-E.FAULT),
        LINK,
        syscall(303, 3, "link", 3, "h", AT_SYMLINK_FOLLOW),
        syscall(196, "/tmp/h", Out(file(st_nlink=3))),
        syscall(303, 77, "f", 3, "i", 0, gives=-E.BADF),
        syscall(303, 3, "f", 3, "i", 1, gives=-E.INVAL),
        files=HELLO,
        after={"/tmp/g": b"hello", "/tmp/h": b"hello"},
    ),
    case(
        "symlink, symlinkat, readlink and readlinkat",
        TMP,
        syscall(83, "target", "/tmp/l"),
        syscall(304, "elsewhere", 3, "m"),
        syscall(85, "/tmp/l", Out(b"target", 9), 9, gives=6),
        syscall(85, "/tmp/l", Out(b"targ", 9), 4, gives=4),
        syscall(305, 3, "m", Out(b"elsewhere", 12), 12, gives=9),
        syscall(83, "target", "/tmp/l", gives=-E.EXIST),
        syscall(83, BEYOND, "/tmp/n", gives=-E.FAULT),
        syscall(304, "target", 77, "n", gives=-E.BADF),
        syscall(85, "/tmp/f", Out(b"", 9), 9, gives=-E.INVAL),
        syscall(85, "/tmp/l", Out(b"", 9), 0, gives=-E.INVAL),
        syscall(85, "/tmp/none", Out(b"", 9), 9, gives=-E.NOENT),
        syscall(85, "/tmp/l", BEYOND, 9, gives=-E.FAULT),
        syscall(305, 77, "m", Out(b"", 12), 12, gives=-E.BADF),
        files=HELLO,
    ),
    case(
        "mknod and mknodat",
        TMP,
        syscall(14, "/tmp/r", S_IFREG | 0o640, 0),
        syscall(195, "/tmp/r", Out(stat(st_mode=S_IFREG | 0o640))),
        syscall(297, 3, "p", S_IFIFO | 0o600, 0),
        syscall(195, "/tmp/p", Out(stat(st_mode=S_IFIFO | 0o600))),
        syscall(14, "/tmp/r", S_IFREG, 0, gives=-E.EXIST),
        syscall(14, "/tmp/d", S_IFDIR, 0, gives=-E.PERM),
        syscall(14, "/tmp/d", S_IFLNK, 0, gives=-E.INVAL),
        syscall(14, BEYOND, S_IFREG, 0, gives=-E.FAULT),
        syscall(297, 77, "p", S_IFIFO, 0, gives=-E.BADF),
        files=HELLO,
        after={"/tmp/r": b""},
    ),
    case(
        "statfs64 and fstatfs64",
        OPENED,
        *(
            syscall(
                number,
                of,
                64,
                Out(
                    STATFS(
                        f_bsize=4096,
                        f_blocks=ANY,
                        f_bfree=ANY,
                        f_bavail=ANY,
                        f_files=ANY,
                        f_ffree=ANY,
                        f_fsid=ANY,
                        f_namelen=255,
                        f_frsize=4096,
                        f_flags=2,
                    )
                ),
            )
            for number, of in ((268, "/tmp/f"), (269, 3))
        ),
        syscall(268, "/tmp/f", 63, Out(b"", 64), gives=-E.INVAL),
        syscall(268, "/tmp/none", 64, Out(b"", 64), gives=-E.NOENT),
        syscall(268, "/tmp/f", 64, BEYOND, gives=-E.FAULT),
        syscall(269, 77, 64, Out(b"", 64), gives=-E.BADF),
        syscall(269, 3, 64, BEYOND, gives=-E.FAULT),
        files=HELLO,
    ),
]
