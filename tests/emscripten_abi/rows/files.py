"""Open files: reading, writing, positions, sizes, descriptors."""

from __future__ import annotations

from tests.calls import ANY, BEYOND, I64, Filled, Out, Points, call, case, syscall, u32, u64

from .guest import LATE, MIDDLE, OLD, E, errno
from .layouts import FLOCK, IOVEC, STAT

O_RDONLY, O_WRONLY, O_RDWR = range(3)
O_CREAT, O_EXCL, O_APPEND, O_NONBLOCK, O_CLOEXEC, O_DIRECTORY = 0o100, 0o200, 0o2000, 0o4000, 0o2000000, 0o200000
SEEK_SET, SEEK_CUR, SEEK_END = range(3)
AT_FDCWD = -100
F_DUPFD, F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_GETOWN, F_GETLK, F_SETLK, F_SETLKW = 0, 1, 2, 3, 4, 9, 12, 13, 14
F_GETOWN_EX, F_DUPFD_CLOEXEC = 16, 1030
F_RDLCK, F_WRLCK, F_UNLCK = range(3)
S_IFREG, S_IFDIR, S_IFLNK, S_IFCHR, S_IFIFO = 0o100000, 0o040000, 0o120000, 0o020000, 0o010000

OPENED = syscall(5, "/tmp/f", O_RDWR, 0, gives=3)
HELLO = {"/tmp/f": b"hello"}


def stat(release: str = MIDDLE, **fields: object) -> Filled:
    """`struct stat` of a file that nobody knows the age and the number of."""
    unknown = dict.fromkeys(("st_dev", "st_ino", "st_ino_truncated", "st_atim", "st_mtim", "st_ctim"), ANY)
    return STAT[release](**{**unknown, "st_nlink": 1, "st_blksize": 4096, **fields})


CASES = [
    case(
        "open makes a file only if it is told to, and takes the lowest descriptor",
        syscall(5, "/tmp/new", O_RDWR, 0, gives=-E.NOENT),
        syscall(5, "/tmp/new", O_RDWR | O_CREAT, 0o640, gives=3),
        syscall(5, "/tmp/new", O_RDWR | O_CREAT | O_EXCL, 0, gives=-E.EXIST),
        syscall(5, "/tmp/new", O_RDONLY | O_DIRECTORY, 0, gives=-E.NOTDIR),
        syscall(5, "/tmp", O_RDWR, 0, gives=-E.ISDIR),
        syscall(5, BEYOND, O_RDONLY, 0, gives=-E.FAULT),
        syscall(197, 3, Out(stat(st_mode=S_IFREG | 0o640)), gives=0),
        syscall(6, 3),
        syscall(6, 3, gives=-E.BADF),
        after={"/tmp/new": b""},
    ),
    case(
        "errors have WASI's numbers from 1.38.47 on",
        syscall(5, "/tmp/none", O_RDONLY, 0, gives=-44),
        syscall(5, "/tmp/f/g", O_RDONLY, 0, gives=-54),
        syscall(197, 77, Out(b"", 88), gives=-8),
        syscall(195, BEYOND, Out(b"", 88), gives=-21),
        syscall(195, "/tmp/f", Out(stat(LATE, st_mode=S_IFREG | 0o666, st_size=5, st_blocks=1))),
        files=HELLO,
        module={"release": LATE},
    ),
    case(
        "openat starts at a directory",
        syscall(5, "/tmp", O_RDONLY, 0, gives=3),
        syscall(295, 3, "f", O_RDONLY, 0, gives=4),
        syscall(295, AT_FDCWD, "tmp/f", O_RDONLY, 0, gives=5),
        syscall(295, 4, "f", O_RDONLY, 0, gives=-E.NOTDIR),
        syscall(295, 77, "f", O_RDONLY, 0, gives=-E.BADF),
        syscall(295, 77, "/tmp/f", O_RDONLY, 0, gives=6),
        files=HELLO,
    ),
    case(
        "read stops at the end of the file",
        OPENED,
        syscall(3, 3, Out(b"hel", 8), 3, gives=3),
        syscall(3, 3, Out(b"lo", 8), 8, gives=2),
        syscall(3, 3, Out(b"", 8), 8, gives=0),
        syscall(3, 77, Out(b"", 8), 8, gives=-E.BADF),
        syscall(3, 3, BEYOND, 8, gives=-E.FAULT),
        files=HELLO,
    ),
    case(
        "write goes to the position, and past the end",
        OPENED,
        syscall(4, 3, b"J", 1, gives=1),
        syscall(140, 3, 0, 1, Out(u64(6)), SEEK_END),
        syscall(4, 3, b"!?", 2, gives=2),
        syscall(4, 77, b"!", 1, gives=-E.BADF),
        syscall(4, 3, BEYOND, 1, gives=-E.FAULT),
        files=HELLO,
        after={"/tmp/f": b"Jello\0!?"},
    ),
    case(
        "write to a file that is open for reading, and to the console",
        syscall(5, "/tmp/f", O_RDONLY, 0, gives=3),
        syscall(4, 3, b"J", 1, gives=-E.BADF),
        syscall(4, 1, b"out\n", 4, gives=4),
        files=HELLO,
        after=HELLO,
        stdout=b"out\n",
    ),
    case(
        "readv fills one buffer after the other",
        OPENED,
        syscall(145, 3, (IOVEC(iov_base=Out(b"he"), iov_len=2), IOVEC(iov_base=Out(b"llo", 8), iov_len=8)), 2, gives=5),
        syscall(145, 3, (IOVEC(iov_base=Out(b"", 8), iov_len=8),), 1, gives=0),
        syscall(145, 3, (IOVEC(iov_base=BEYOND, iov_len=8),), 1, gives=-E.FAULT),
        syscall(145, 3, (), -1, gives=-E.INVAL),
        syscall(145, 77, (), 0, gives=-E.BADF),
        files=HELLO,
    ),
    case(
        "writev takes one buffer after the other",
        OPENED,
        syscall(
            146, 3, (IOVEC(iov_base=Points(b"ab"), iov_len=2), IOVEC(iov_base=Points(b"cde"), iov_len=1)), 2, gives=3
        ),
        syscall(146, 3, (IOVEC(iov_base=BEYOND, iov_len=8),), 1, gives=-E.FAULT),
        syscall(146, 77, (), 0, gives=-E.BADF),
        files=HELLO,
        after={"/tmp/f": b"abclo"},
    ),
    case(
        "pread and pwrite leave the position",
        OPENED,
        syscall(180, 3, Out(b"lo", 8), 8, 0, I64(3), gives=2),
        syscall(181, 3, b"XY", 2, 0, I64(1), gives=2),
        syscall(180, 3, Out(b"", 8), 8, 0, I64(-1), gives=-E.INVAL),
        syscall(181, 3, b"XY", 2, 0, I64(-1), gives=-E.INVAL),
        syscall(3, 3, Out(b"hXYlo"), 5, gives=5),
        syscall(180, 77, Out(b"", 8), 8, 0, I64(0), gives=-E.BADF),
        syscall(181, 77, b"XY", 2, 0, I64(0), gives=-E.BADF),
        syscall(180, 0, Out(b"", 8), 8, 0, I64(0), gives=-E.SPIPE),
        files=HELLO,
        after={"/tmp/f": b"hXYlo"},
    ),
    *(
        case(
            f"preadv and pwritev take the high half of the offset from 1.38.31 on: {release}",
            OPENED,
            syscall(333, 3, (IOVEC(iov_base=Out(b"llo", 8), iov_len=8),), 1, 2, 0, gives=3),
            syscall(333, 3, (IOVEC(iov_base=Out(far, 8), iov_len=8),), 1, 2, 1, gives=len(far)),
            syscall(334, 3, (IOVEC(iov_base=Points(b"JK"), iov_len=2),), 1, 3, 0, gives=2),
            syscall(333, 77, (), 0, 0, 0, gives=-E.BADF),
            syscall(334, 77, (), 0, 0, 0, gives=-E.BADF),
            files=HELLO,
            after={"/tmp/f": b"helJK"},
            module={"release": release},
        )
        for release, far in ((OLD, b"llo"), (MIDDLE, b""))
    ),
    case(
        "llseek tells the position in 64 bits",
        OPENED,
        syscall(140, 3, 0, 2, Out(u64(2)), SEEK_SET),
        syscall(140, 3, -1, -1, Out(u64(1)), SEEK_CUR),
        syscall(140, 3, 1, 0, Out(u64(5 + (1 << 32))), SEEK_END),
        syscall(140, 3, -1, -1, Out(b"", 8), SEEK_SET, gives=-E.INVAL),
        syscall(140, 3, 0, 0, Out(b"", 8), 3, gives=-E.INVAL),
        syscall(140, 3, 0, 0, BEYOND, SEEK_SET, gives=-E.FAULT),
        syscall(140, 77, 0, 0, Out(b"", 8), SEEK_SET, gives=-E.BADF),
        syscall(140, 0, 0, 0, Out(b"", 8), SEEK_SET, gives=-E.SPIPE),
        files=HELLO,
    ),
    case(
        "llseek has offsets of 32 bits up to 1.38.30",
        OPENED,
        syscall(140, 3, 0, -2, Out(u64(3)), SEEK_END),
        files=HELLO,
        module={"release": OLD},
    ),
    case(
        "ftruncate cuts and extends",
        OPENED,
        syscall(194, 3, 0, I64(2)),
        syscall(194, 3, 0, I64(4)),
        syscall(194, 3, 0, I64(-1), gives=-E.INVAL),
        syscall(194, 77, 0, I64(0), gives=-E.BADF),
        files=HELLO,
        after={"/tmp/f": b"he\0\0"},
    ),
    case(
        "fallocate makes a file no smaller",
        OPENED,
        syscall(324, 3, 0, I64(0), I64(2)),
        syscall(324, 3, 0, I64(4), I64(3)),
        syscall(324, 3, 1, I64(0), I64(9), gives=-E.NOTSUP),
        syscall(324, 3, 0, I64(0), I64(0), gives=-E.INVAL),
        syscall(324, 77, 0, I64(0), I64(1), gives=-E.BADF),
        files=HELLO,
        after={"/tmp/f": b"hello\0\0"},
    ),
    case(
        "fadvise knows six kinds of advice",
        OPENED,
        *(syscall(272, 3, 0, I64(0), I64(0), advice) for advice in range(6)),
        syscall(272, 3, 0, I64(0), I64(0), 6, gives=-E.INVAL),
        syscall(272, 77, 0, I64(0), I64(0), 0, gives=-E.BADF),
        files=HELLO,
        after=HELLO,
    ),
    case(
        "sync, fsync and fdatasync",
        OPENED,
        syscall(36),
        syscall(118, 3),
        syscall(148, 3),
        syscall(118, 77, gives=-E.BADF),
        syscall(148, 77, gives=-E.BADF),
        files=HELLO,
        after=HELLO,
    ),
    case(
        "duplicates share the position",
        OPENED,
        syscall(41, 3, gives=4),
        syscall(63, 3, 9, gives=9),
        syscall(63, 3, 3, gives=3),
        syscall(330, 3, 8, O_CLOEXEC, gives=8),
        syscall(3, 4, Out(b"h"), 1, gives=1),
        syscall(3, 9, Out(b"e"), 1, gives=1),
        syscall(3, 8, Out(b"l"), 1, gives=1),
        *(syscall(221, fd, F_GETFD, 0, gives=int(fd == 8)) for fd in (4, 8, 9)),
        syscall(41, 77, gives=-E.BADF),
        syscall(63, 77, 5, gives=-E.BADF),
        syscall(63, 3, -1, gives=-E.BADF),
        syscall(330, 77, 5, 0, gives=-E.BADF),
        syscall(330, 3, 3, 0, gives=-E.INVAL),
        syscall(330, 3, 5, 1, gives=-E.INVAL),
        files=HELLO,
    ),
    case(
        "what is written to a pipe can be read, once",
        syscall(42, Out(u32(3, 4))),
        syscall(4, 4, b"through", 7, gives=7),
        syscall(3, 3, Out(b"thro"), 4, gives=4),
        syscall(3, 3, Out(b"ugh", 8), 8, gives=3),
        syscall(3, 3, Out(b"", 8), 8, gives=-E.AGAIN),
        syscall(6, 4),
        syscall(3, 3, Out(b"", 8), 8, gives=0),
        syscall(42, BEYOND, gives=-E.FAULT),
        syscall(42, 0, gives=-E.FAULT),
        syscall(331, Out(u32(4, 5)), O_CLOEXEC | O_NONBLOCK),
        syscall(221, 5, F_GETFD, 0, gives=1),
        syscall(221, 5, F_GETFL, 0, gives=O_WRONLY | O_NONBLOCK),
        syscall(331, Out(b"", 8), O_APPEND, gives=-E.INVAL),
        syscall(331, BEYOND, 0, gives=-E.FAULT),
        syscall(331, 0, 0, gives=-E.FAULT),
        syscall(197, 4, Out(stat(st_mode=ANY, st_ino=ANY, st_blocks=ANY, st_size=ANY))),
    ),
    case(
        "fcntl tells and changes flags",
        OPENED,
        syscall(221, 3, F_GETFL, 0, gives=O_RDWR),
        syscall(221, 3, F_SETFL, O_APPEND),
        syscall(221, 3, F_GETFL, 0, gives=O_RDWR | O_APPEND),
        syscall(4, 3, b"!", 1, gives=1),
        syscall(221, 3, F_SETFD, 1),
        syscall(221, 3, F_GETFD, 0, gives=1),
        syscall(221, 3, F_DUPFD, 10, gives=10),
        syscall(221, 10, F_GETFD, 0, gives=0),
        syscall(221, 3, F_DUPFD_CLOEXEC, 10, gives=11),
        syscall(221, 11, F_GETFD, 0, gives=1),
        syscall(221, 3, F_DUPFD, -1, gives=-E.INVAL),
        syscall(221, 3, F_GETOWN, 0, gives=-1, writes=errno(E.INVAL)),
        syscall(221, 3, F_GETOWN_EX, BEYOND, gives=-E.INVAL),
        syscall(221, 3, 4711, 0, gives=-E.INVAL),
        syscall(221, 77, F_GETFL, 0, gives=-E.BADF),
        files=HELLO,
        after={"/tmp/f": b"hello!"},
    ),
    *(
        case(
            f"locks are granted, and none is in the way: {release}",
            OPENED,
            syscall(221, 3, F_SETLK, lock(l_type=F_WRLCK, l_start=1, l_len=2)),
            syscall(221, 3, F_SETLKW, lock(l_type=F_RDLCK)),
            syscall(
                221,
                3,
                F_GETLK,
                Out(
                    lock(l_type=F_UNLCK, l_whence=1, l_start=2, l_len=3, l_pid=4),
                    before=lock(l_type=F_WRLCK, l_whence=1, l_start=2, l_len=3, l_pid=4),
                ),
            ),
            syscall(221, 3, F_SETLK, lock(l_type=7), gives=-invalid),
            syscall(221, 3, F_SETLK, BEYOND, gives=-fault),
            syscall(221, 3, F_GETLK, BEYOND, gives=-fault),
            files=HELLO,
            module={"release": release},
        )
        for release, invalid, fault in ((OLD, E.INVAL, E.FAULT), (MIDDLE, E.INVAL, E.FAULT), (LATE, 28, 21))
        for lock in (FLOCK[release],)
    ),
    *(
        case(
            f"the two parts of a device's number: {prefix}",
            call(f"_{prefix}makedev", 5, 3, gives=0x503),
            call(f"_{prefix}major", 0x503, gives=5),
            call(f"_{prefix}minor", 0x503, gives=3),
        )
        for prefix in ("", "gnu_dev_")
    ),
]
