"""The cases, made for one preview."""

from __future__ import annotations

from collections.abc import Iterator
from enum import IntEnum

from tests.calls import ANY, BEYOND, I64, Call, Case, Filled, Out, Points, Words, call, case, size_of, u32, u64

from .layouts import DIRENT, EVENT, FDSTAT, FILESTAT, IOVEC, PRESTAT, PREVIEW1, SUBSCRIPTION, WHENCE

ROOT = 3
"""The directory that the program is given."""
NONE = 77
"""A descriptor that is not open."""
HELLO = {"/f": b"hello"}
NOW = 946_684_800_000_000_000
"""Where the clock of a run starts, in nanoseconds."""


class E(IntEnum):
    """Numbers of errors."""

    BADF = 8
    EXIST = 20
    FAULT = 21
    INVAL = 28
    NOTCONN = 53
    NOENT = 44
    NOTDIR = 54
    NOTEMPTY = 55
    NOTSOCK = 57
    PERM = 63
    PIPE = 64
    NOTCAPABLE = 76


RIGHT_TO_READ, RIGHT_TO_SET_FLAGS = 1 << 1, 1 << 3
ON_FILES = (1 << 9) - 1 | 7 << 21 | 1 << 27
"""Every right that makes sense for a file."""
DIRECTORY, REGULAR_FILE, SYMBOLIC_LINK = 3, 4, 7
FOLLOW = 1
CREAT, DIRECTORY_ONLY, EXCL, TRUNC = 1, 2, 4, 8
APPEND, NONBLOCK = 1, 4
ATIM, ATIM_NOW, MTIM = 1, 2, 4
PEEK, WAIT_ALL = 1, 2
RECEIVING, SENDING = 1, 2
CLOCK, FD_READ, FD_WRITE = 0, 1, 2


def text(content: str) -> tuple[bytes, int]:
    """A path as two arguments."""
    return content.encode(), len(content.encode())


def opened(
    path: str, oflags: int = 0, base: int = ON_FILES, inheriting: int = 0, fdflags: int = 0, gives: int = 0, fd: int = 4
) -> Call:
    """path_open at the root."""
    result = Out(u32(fd)) if gives == 0 else Out(b"", 4)
    return call(
        "path_open", ROOT, FOLLOW, *text(path), oflags, I64(base), I64(inheriting), fdflags, result, gives=gives
    )


def entry(name: str, type: int) -> tuple[object, ...]:
    """What fd_readdir tells of a file."""
    return DIRENT(d_next=ANY, d_ino=ANY, d_namlen=len(name), d_type=type), name.encode()


def cases(module: str) -> Iterator[Case]:
    whence = WHENCE[module]
    subscription = SUBSCRIPTION[module]
    no_filestat = Out(b"", FILESTAT[module].size)

    def filestat(**fields: object) -> Filled:
        unknown = dict.fromkeys(("dev", "ino", "atim", "mtim", "ctim"), ANY)
        return FILESTAT[module](**{**unknown, "filetype": REGULAR_FILE, "nlink": 1, "size": 5, **fields})

    def of_f(**fields: object) -> Call:
        return call("path_filestat_get", ROOT, FOLLOW, *text("f"), Out(filestat(**fields)))

    # --- args, environ, clock, random, sched, proc
    yield case(
        "arguments and environment",
        call("args_sizes_get", Out(u32(1)), Out(u32(13))),
        call("args_get", Out(Words(Points("program.wasm"))), Out("program.wasm", 20)),
        call("environ_sizes_get", Out(u32(2)), Out(u32(size_of(("A=1", "B="))))),
        call("environ_get", Out(Words(Points("A=1"), Points("B="))), Out(("A=1", "B="), 20)),
        call("args_sizes_get", BEYOND, Out(b"", 4), gives=E.FAULT),
        call("args_get", BEYOND, Out(b"", 20), gives=E.FAULT),
        call("environ_sizes_get", Out(b"", 4), BEYOND, gives=E.FAULT),
        call("environ_get", Out(b"", 8), BEYOND, gives=E.FAULT),
        env={"A": "1", "B": ""},
    )
    yield case(
        "clocks",
        call("clock_res_get", 0, Out(u64(1_000_000))),
        call("clock_res_get", 4, Out(b"", 8), gives=E.INVAL),
        call("clock_res_get", 0, BEYOND, gives=E.FAULT),
        call("clock_time_get", 0, I64(0), Out(Words(ANY, NOW >> 32))),
        *(call("clock_time_get", number, I64(0), Out(Words(ANY, 0))) for number in (1, 2, 3)),
        call("clock_time_get", 4, I64(0), Out(b"", 8), gives=E.INVAL),
        call("clock_time_get", 0, I64(0), BEYOND, gives=E.FAULT),
    )
    yield case(
        "chance, and other threads",
        call("random_get", Out(Words(ANY, ANY), 12), 8),
        call("random_get", Out(b"", 8), 0),
        call("random_get", BEYOND, 8, gives=E.FAULT),
        call("sched_yield"),
    )
    yield case("exit", call("proc_exit", 7, exits=7))
    yield case("a signal ends the program", call("proc_raise", 6, gives=0, ends="the guest raised SIGABRT"))
    # --- fd
    yield case(
        "read, seek, tell, write",
        opened("f"),
        call("fd_read", 4, (IOVEC(buf=Out(b"he"), buf_len=2), IOVEC(buf=Out(b"llo", 8), buf_len=8)), 2, Out(u32(5))),
        call("fd_read", 4, (IOVEC(buf=Out(b"", 8), buf_len=8),), 1, Out(u32(0))),
        call("fd_seek", 4, I64(-4), whence["END"], Out(u64(1))),
        call("fd_write", 4, (IOVEC(buf=Points(b"JK"), buf_len=2), IOVEC(buf=Points(b"L"), buf_len=1)), 2, Out(u32(3))),
        call("fd_tell", 4, Out(u64(4))),
        call("fd_seek", 4, I64(-1), whence["CUR"], Out(u64(3))),
        call("fd_seek", 4, I64(1 << 32), whence["SET"], Out(u64(1 << 32))),
        call("fd_seek", 4, I64(-1), whence["SET"], Out(b"", 8), gives=E.INVAL),
        call("fd_seek", 4, I64(0), 3, Out(b"", 8), gives=E.INVAL),
        call("fd_read", NONE, (), 0, Out(b"", 4), gives=E.BADF),
        call("fd_write", NONE, (), 0, Out(b"", 4), gives=E.BADF),
        call("fd_seek", NONE, I64(0), 0, Out(b"", 8), gives=E.BADF),
        call("fd_tell", NONE, Out(b"", 8), gives=E.BADF),
        call("fd_read", 4, (IOVEC(buf=BEYOND, buf_len=8),), 1, Out(b"", 4), gives=E.FAULT),
        call("fd_write", 4, BEYOND, 1, Out(b"", 4), gives=E.FAULT),
        call("fd_seek", 4, I64(0), 0, BEYOND, gives=E.FAULT),
        call("fd_tell", 4, BEYOND, gives=E.FAULT),
        files=HELLO,
        after={"/f": b"hJKLo"},
    )
    yield case(
        "pread and pwrite leave the position",
        opened("f"),
        call("fd_pread", 4, (IOVEC(buf=Out(b"llo", 8), buf_len=8),), 1, I64(2), Out(u32(3))),
        call("fd_pwrite", 4, (IOVEC(buf=Points(b"XY"), buf_len=2),), 1, I64(4), Out(u32(2))),
        call("fd_tell", 4, Out(u64(0))),
        call("fd_pread", NONE, (), 0, I64(0), Out(b"", 4), gives=E.BADF),
        call("fd_pwrite", NONE, (), 0, I64(0), Out(b"", 4), gives=E.BADF),
        call("fd_pread", 4, (), 0, I64(-1), Out(b"", 4), gives=E.INVAL),
        call("fd_pwrite", 4, (), 0, I64(-1), Out(b"", 4), gives=E.INVAL),
        call("fd_pread", 4, BEYOND, 1, I64(0), Out(b"", 4), gives=E.FAULT),
        call("fd_pwrite", 4, BEYOND, 1, I64(0), Out(b"", 4), gives=E.FAULT),
        files=HELLO,
        after={"/f": b"hellXY"},
    )
    yield case(
        "without a right there is no call",
        opened("f", base=0),
        call("fd_read", 4, (), 0, Out(b"", 4), gives=E.NOTCAPABLE),
        call("fd_write", 4, (), 0, Out(b"", 4), gives=E.NOTCAPABLE),
        call("fd_pread", 4, (), 0, I64(0), Out(b"", 4), gives=E.NOTCAPABLE),
        call("fd_pwrite", 4, (), 0, I64(0), Out(b"", 4), gives=E.NOTCAPABLE),
        call("fd_seek", 4, I64(1), 0, Out(b"", 8), gives=E.NOTCAPABLE),
        call("fd_tell", 4, Out(b"", 8), gives=E.NOTCAPABLE),
        call("fd_advise", 4, I64(0), I64(0), 0, gives=E.NOTCAPABLE),
        call("fd_allocate", 4, I64(0), I64(1), gives=E.NOTCAPABLE),
        call("fd_datasync", 4, gives=E.NOTCAPABLE),
        call("fd_sync", 4, gives=E.NOTCAPABLE),
        call("fd_fdstat_set_flags", 4, 0, gives=E.NOTCAPABLE),
        call("fd_fdstat_set_rights", 4, I64(RIGHT_TO_READ), I64(0), gives=E.NOTCAPABLE),
        call("fd_filestat_get", 4, no_filestat, gives=E.NOTCAPABLE),
        call("fd_filestat_set_size", 4, I64(0), gives=E.NOTCAPABLE),
        call("fd_filestat_set_times", 4, I64(0), I64(0), ATIM, gives=E.NOTCAPABLE),
        call("fd_readdir", 4, Out(b"", 24), 24, I64(0), Out(b"", 4), gives=E.NOTDIR),
        files=HELLO,
        after=HELLO,
    )
    yield case(
        "size and storage of a file",
        opened("f"),
        *(call("fd_advise", 4, I64(0), I64(0), advice) for advice in range(6)),
        call("fd_advise", 4, I64(0), I64(0), 6, gives=E.INVAL),
        call("fd_allocate", 4, I64(4), I64(3)),
        call("fd_filestat_get", 4, Out(filestat(size=7))),
        call("fd_filestat_set_size", 4, I64(2)),
        call("fd_datasync", 4),
        call("fd_sync", 4),
        call("fd_advise", NONE, I64(0), I64(0), 0, gives=E.BADF),
        call("fd_allocate", NONE, I64(0), I64(1), gives=E.BADF),
        call("fd_filestat_get", NONE, no_filestat, gives=E.BADF),
        call("fd_filestat_get", 4, BEYOND, gives=E.FAULT),
        call("fd_filestat_set_size", NONE, I64(0), gives=E.BADF),
        call("fd_datasync", NONE, gives=E.BADF),
        call("fd_sync", NONE, gives=E.BADF),
        files=HELLO,
        after={"/f": b"he"},
    )
    yield case(
        "times of a file",
        opened("f"),
        call("fd_filestat_set_times", 4, I64(1), I64(2), ATIM | MTIM),
        call("fd_filestat_get", 4, Out(filestat(atim=1, mtim=2))),
        call("path_filestat_set_times", ROOT, FOLLOW, *text("f"), I64(3), I64(4), ATIM),
        of_f(atim=3, mtim=2),
        call("fd_filestat_set_times", 4, I64(0), I64(0), ATIM | ATIM_NOW, gives=E.INVAL),
        call("fd_filestat_set_times", NONE, I64(0), I64(0), 0, gives=E.BADF),
        call("path_filestat_set_times", ROOT, 0, *text("none"), I64(0), I64(0), ATIM, gives=E.NOENT),
        call("path_filestat_set_times", NONE, 0, *text("f"), I64(0), I64(0), ATIM, gives=E.BADF),
        call("path_filestat_set_times", ROOT, 0, BEYOND, 1, I64(0), I64(0), ATIM, gives=E.FAULT),
        files=HELLO,
    )
    yield case(
        "what a descriptor is, and may",
        opened("f", base=RIGHT_TO_READ | RIGHT_TO_SET_FLAGS, fdflags=APPEND),
        call(
            "fd_fdstat_get",
            4,
            Out(
                FDSTAT(
                    fs_filetype=REGULAR_FILE,
                    fs_flags=APPEND,
                    fs_rights_base=RIGHT_TO_READ | RIGHT_TO_SET_FLAGS,
                )
            ),
        ),
        call("fd_fdstat_set_flags", 4, NONBLOCK),
        call("fd_fdstat_set_rights", 4, I64(RIGHT_TO_READ), I64(0)),
        call(
            "fd_fdstat_get",
            4,
            Out(FDSTAT(fs_filetype=REGULAR_FILE, fs_flags=NONBLOCK, fs_rights_base=RIGHT_TO_READ)),
        ),
        call("fd_fdstat_get", 0, Out(FDSTAT(fs_filetype=ANY, fs_flags=0, fs_rights_base=ANY))),
        call("fd_fdstat_get", ROOT, Out(FDSTAT(fs_filetype=DIRECTORY, fs_rights_base=ANY, fs_rights_inheriting=ANY))),
        call("fd_fdstat_get", NONE, Out(b"", 24), gives=E.BADF),
        call("fd_fdstat_get", 4, BEYOND, gives=E.FAULT),
        call("fd_fdstat_set_flags", NONE, 0, gives=E.BADF),
        call("fd_fdstat_set_rights", NONE, I64(0), I64(0), gives=E.BADF),
        files=HELLO,
    )
    yield case(
        "the directory that the program is given",
        call("fd_prestat_get", ROOT, Out(PRESTAT(pr_type=0, pr_name_len=1))),
        call("fd_prestat_dir_name", ROOT, Out(b"/", 4), 1),
        call("fd_prestat_get", 4, Out(b"", 8), gives=E.BADF),
        call("fd_prestat_dir_name", 4, Out(b"", 8), 8, gives=E.BADF),
        call("fd_prestat_get", ROOT, BEYOND, gives=E.FAULT),
        call("fd_prestat_dir_name", ROOT, BEYOND, 1, gives=E.FAULT),
        files=HELLO,
    )
    yield case(
        "close and renumber",
        opened("f"),
        opened("f", fd=5),
        call("fd_renumber", 4, 5),
        call("fd_renumber", 4, 5, gives=E.BADF),
        call("fd_renumber", 5, NONE, gives=E.BADF),
        call("fd_close", 5),
        call("fd_close", 5, gives=E.BADF),
        files=HELLO,
    )
    listing = (*entry(".", DIRECTORY), *entry("..", DIRECTORY), *entry("f", REGULAR_FILE))
    yield case(
        "entries of a directory come one behind the other, the last one cut off",
        call("fd_readdir", ROOT, Out(listing, 100), 100, I64(0), Out(u32(size_of(listing)))),
        call("fd_readdir", ROOT, Out(entry(".", DIRECTORY), 25), 25, I64(0), Out(u32(25))),
        call(
            "fd_readdir",
            ROOT,
            Out((DIRENT(d_next=ANY, d_ino=ANY, d_namlen=1, d_type=DIRECTORY)), 24),
            24,
            I64(0),
            Out(u32(24)),
        ),
        call("fd_readdir", NONE, Out(b"", 24), 24, I64(0), Out(b"", 4), gives=E.BADF),
        call("fd_readdir", ROOT, BEYOND, 24, I64(0), Out(b"", 4), gives=E.FAULT),
        call("fd_readdir", ROOT, Out(b"", 24), 24, I64(0), BEYOND, gives=E.FAULT),
        files=HELLO,
    )
    # --- path
    yield case(
        "path_open makes, empties and refuses",
        opened("new", CREAT),
        opened("f", TRUNC, fd=5),
        opened("f", CREAT | EXCL, gives=E.EXIST),
        opened("none", gives=E.NOENT),
        opened("f", DIRECTORY_ONLY, gives=E.NOTDIR),
        opened("../f", gives=E.PERM),
        opened("/f", gives=E.PERM),
        call("path_open", NONE, 0, *text("f"), 0, I64(0), I64(0), 0, Out(b"", 4), gives=E.BADF),
        call("path_open", ROOT, 0, BEYOND, 1, 0, I64(0), I64(0), 0, Out(b"", 4), gives=E.FAULT),
        call("path_open", ROOT, 0, *text("f"), 0, I64(0), I64(0), 0, BEYOND, gives=E.FAULT),
        files=HELLO,
        after={"/new": b"", "/f": b""},
    )
    yield case(
        "directories are made and removed",
        call("path_create_directory", ROOT, *text("d")),
        call("path_create_directory", ROOT, *text("d"), gives=E.EXIST),
        call("path_create_directory", ROOT, *text("d/e")),
        call("path_filestat_get", ROOT, 0, *text("d"), Out(filestat(filetype=DIRECTORY, nlink=ANY, size=ANY))),
        call("path_remove_directory", ROOT, *text("d"), gives=E.NOTEMPTY),
        call("path_remove_directory", ROOT, *text("d/e")),
        call("path_remove_directory", ROOT, *text("d")),
        call("path_remove_directory", ROOT, *text("f"), gives=E.NOTDIR),
        call("path_remove_directory", NONE, *text("d"), gives=E.BADF),
        call("path_create_directory", NONE, *text("d"), gives=E.BADF),
        call("path_create_directory", ROOT, BEYOND, 1, gives=E.FAULT),
        call("path_remove_directory", ROOT, BEYOND, 1, gives=E.FAULT),
        files=HELLO,
        after={"/d": None},
    )
    yield case(
        "attributes by path",
        of_f(),
        call("path_filestat_get", ROOT, 0, *text("none"), no_filestat, gives=E.NOENT),
        call("path_filestat_get", ROOT, 0, *text("f/g"), no_filestat, gives=E.NOTDIR),
        call("path_filestat_get", NONE, 0, *text("f"), no_filestat, gives=E.BADF),
        call("path_filestat_get", ROOT, 0, BEYOND, 1, no_filestat, gives=E.FAULT),
        call("path_filestat_get", ROOT, 0, *text("f"), BEYOND, gives=E.FAULT),
        files=HELLO,
    )
    yield case(
        "links of both kinds",
        call("path_link", ROOT, 0, *text("f"), ROOT, *text("g")),
        of_f(nlink=2),
        call("path_link", ROOT, 0, *text("f"), ROOT, *text("g"), gives=E.EXIST),
        call("path_link", NONE, 0, *text("f"), ROOT, *text("h"), gives=E.BADF),
        call("path_link", ROOT, 0, BEYOND, 1, ROOT, *text("h"), gives=E.FAULT),
        call("path_symlink", *text("f"), ROOT, *text("s")),
        call("path_symlink", *text("f"), ROOT, *text("s"), gives=E.EXIST),
        call("path_symlink", *text("/f"), ROOT, *text("t"), gives=E.PERM),
        call("path_symlink", *text("f"), NONE, *text("t"), gives=E.BADF),
        call("path_symlink", BEYOND, 1, ROOT, *text("t"), gives=E.FAULT),
        call("path_readlink", ROOT, *text("s"), Out(b"f", 8), 8, Out(u32(1))),
        call("path_readlink", ROOT, *text("f"), Out(b"", 8), 8, Out(b"", 4), gives=E.INVAL),
        call("path_readlink", NONE, *text("s"), Out(b"", 8), 8, Out(b"", 4), gives=E.BADF),
        call("path_readlink", ROOT, *text("s"), BEYOND, 8, Out(b"", 4), gives=E.FAULT),
        call("path_readlink", ROOT, *text("s"), Out(b"", 8), 8, BEYOND, gives=E.FAULT),
        call("path_filestat_get", ROOT, 0, *text("s"), Out(filestat(filetype=SYMBOLIC_LINK, size=1))),
        call("path_filestat_get", ROOT, FOLLOW, *text("s"), Out(filestat(nlink=2))),
        files=HELLO,
        after={"/g": b"hello", "/s": b"hello"},
    )
    yield case(
        "rename and unlink",
        call("path_rename", ROOT, *text("f"), ROOT, *text("g")),
        call("path_rename", ROOT, *text("f"), ROOT, *text("g"), gives=E.NOENT),
        call("path_rename", NONE, *text("g"), ROOT, *text("h"), gives=E.BADF),
        call("path_rename", ROOT, *text("g"), NONE, *text("h"), gives=E.BADF),
        call("path_rename", ROOT, BEYOND, 1, ROOT, *text("h"), gives=E.FAULT),
        call("path_unlink_file", ROOT, *text("b")),
        call("path_unlink_file", ROOT, *text("b"), gives=E.NOENT),
        call("path_unlink_file", NONE, *text("g"), gives=E.BADF),
        call("path_unlink_file", ROOT, BEYOND, 1, gives=E.FAULT),
        files={**HELLO, "/b": b""},
        after={"/f": None, "/g": b"hello", "/b": None},
    )
    # --- poll
    timer = subscription(userdata=9, type=CLOCK, id=1, timeout=5_000_000_000)
    yield case(
        "poll_oneoff waits for a time",
        call("clock_time_get", 1, I64(0), Out(Words(ANY, 0))),
        call("poll_oneoff", (timer,), Out(EVENT(userdata=9, type=CLOCK)), 1, Out(u32(1))),
        call("clock_time_get", 1, I64(0), Out(Words(ANY, 1))),
        call("poll_oneoff", (), Out(b"", 32), 0, Out(b"", 4), gives=E.INVAL),
        call("poll_oneoff", BEYOND, Out(b"", 32), 1, Out(b"", 4), gives=E.FAULT),
        call("poll_oneoff", (timer,), BEYOND, 1, Out(b"", 4), gives=E.FAULT),
        call("poll_oneoff", (timer,), Out(b"", 32), 1, BEYOND, gives=E.FAULT),
        call("poll_oneoff", (subscription(type=3),), Out(b"", 32), 1, Out(b"", 4), gives=E.INVAL),
    )
    reading = subscription(userdata=1, type=FD_READ, file_descriptor=4)
    yield case(
        "poll_oneoff tells which files are ready",
        opened("f"),
        call(
            "poll_oneoff",
            (reading, subscription(userdata=2, type=FD_WRITE, file_descriptor=NONE), timer),
            Out((EVENT(userdata=2, type=FD_WRITE, error=E.BADF), EVENT(userdata=1, type=FD_READ, nbytes=5)), 3 * 32),
            3,
            Out(u32(2)),
        ),
        files=HELLO,
    )
    # --- sock
    listener, connection = 3, 4

    def received(content: bytes, size: int) -> tuple[object, ...]:
        return (IOVEC(buf=Out(content, size), buf_len=size),), 1

    def outcome(size: int) -> tuple[Out, Out]:
        return Out(u32(size)), Out(bytes(2))

    nothing, nowhere = (Out(b"", 4), Out(b"", 2)), received(b"", 4)
    yield case(
        "a socket that listens neither sends nor receives",
        call("sock_recv", listener, *nowhere, 0, *nothing, gives=E.NOTCONN),
        call("sock_send", listener, (IOVEC(buf=Points(b"ab"), buf_len=2),), 1, 0, Out(b"", 4), gives=E.PIPE),
        *(
            step
            for fd, errno in ((0, E.NOTSOCK), (NONE, E.BADF))
            for step in (
                call("sock_recv", fd, *nowhere, 0, *nothing, gives=errno),
                call("sock_send", fd, (), 0, 0, Out(b"", 4), gives=errno),
                call("sock_shutdown", fd, SENDING, gives=errno),
            )
        ),
        call("sock_shutdown", listener, 0, gives=E.INVAL),
        client=(b"", b""),
    )
    if module == PREVIEW1:
        yield case(
            "a connection is taken, and used in both directions",
            call("sock_accept", 0, 0, Out(b"", 4), gives=E.NOTSOCK),
            call("sock_accept", listener, 32, Out(b"", 4), gives=E.INVAL),
            call("sock_accept", listener, 0, BEYOND, gives=E.FAULT),
            call("sock_accept", listener, 0, Out(u32(connection))),
            call("sock_accept", connection, 0, Out(b"", 4), gives=E.INVAL),
            call("sock_recv", connection, *received(b"he", 2), PEEK, *outcome(2)),
            call("sock_recv", connection, BEYOND, 1, 0, *nothing, gives=E.FAULT),
            call("sock_recv", connection, *nowhere, 64, *nothing, gives=E.INVAL),
            call("sock_recv", connection, *received(b"hello", 5), WAIT_ALL, *outcome(5)),
            call("sock_send", connection, (IOVEC(buf=Points(b"Jo"), buf_len=2),), 1, 0, Out(u32(2))),
            call("sock_send", connection, (IOVEC(buf=Points(b"Jo"), buf_len=2),), 1, 1, Out(b"", 4), gives=E.INVAL),
            call("sock_shutdown", connection, SENDING),
            call("sock_send", connection, (IOVEC(buf=Points(b"Jo"), buf_len=2),), 1, 0, Out(b"", 4), gives=E.PIPE),
            call("sock_shutdown", connection, RECEIVING),
            call("sock_recv", connection, *received(b"", 4), 0, *outcome(0)),
            client=(b"hello", b"Jo"),
        )
