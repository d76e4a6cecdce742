"""The process: its end, its relatives, its identity, its limits, waiting for files, mapped memory."""

from __future__ import annotations

from tests.calls import ANY, BEYOND, I64, PAGES, Out, Points, Result, Words, call, case, poke, syscall, u32

from .files import HELLO, O_RDONLY, OPENED, stat
from .guest import E
from .layouts import MMSGHDR, POLLFD, RLIMIT, RUSAGE, TERMIOS, TIMESPEC, TIMEVAL, UTSNAME, WINSIZE

INFINITY = 2**64 - 1
NOFILE = 7
POLLIN, POLLOUT, POLLHUP, POLLNVAL = 1, 4, 16, 32
PROT_READ, PROT_WRITE, MAP_SHARED, MAP_PRIVATE, MAP_ANONYMOUS = 1, 2, 1, 2, 32
MS_ASYNC, MS_SYNC = 1, 4
MADV_DONTNEED = 4
PAGE_SIZE, SIZE = 0x4000, PAGES << 16
TCGETS, TIOCGPGRP, TIOCGWINSZ, FIONREAD = 0x5401, 0x540F, 0x5413, 0x541B
SOCKETPAIR, AF_UNIX, SOCK_DGRAM, MSG_TRUNC = 8, 1, 2, 0x20

PIPE = syscall(42, Out(u32(3, 4)))


def watched(fd: int, events: int, revents: int) -> Out:
    """An entry for `poll`, and what it says afterwards."""
    return Out((POLLFD(fd=fd, events=events, revents=revents),), before=(POLLFD(fd=fd, events=events, revents=0x77),))


def descriptors(before: int, after: int) -> Out:
    """A set of descriptors for `select`, and what is left in it: of 1,024 bits, only the first word is looked at."""
    return Out(u32(after), before=u32(before))


CASES = [
    case("exit", syscall(1, 0x107, exits=7)),
    case("exit_group", syscall(252, 3, exits=3)),
    case(
        "numbers of the process and its relatives",
        syscall(20, gives=42),
        syscall(64, gives=1),
        syscall(65, gives=42),
        syscall(132, 0, gives=42),
        syscall(132, 42, gives=42),
        syscall(132, 7, gives=-E.SRCH),
        syscall(147, 0, gives=42),
        syscall(147, 7, gives=-E.SRCH),
        syscall(57, 0, 0),
        syscall(57, 42, 42),
        syscall(57, 7, 0, gives=-E.SRCH),
        syscall(57, 0, 7, gives=-E.PERM),
        syscall(114, -1, Out(b"", 4), 0, 0, gives=-E.CHILD),
        syscall(96, 0, 0, gives=20),
    ),
    case(
        "who has been nice stays so",
        syscall(34, 3),
        syscall(97, 0, 42, 5),
        syscall(96, 0, 0, gives=15),
        syscall(97, 0, 0, 4, gives=-E.ACCES),
        syscall(34, -1, gives=-E.PERM),
        syscall(97, 0, 7, 9, gives=-E.SRCH),
        syscall(97, 3, 0, 9, gives=-E.INVAL),
    ),
    case(
        "users and groups",
        *(syscall(number) for number in (199, 200, 201, 202)),
        *(syscall(number, Out(u32(0)), Out(u32(0)), Out(u32(0))) for number in (209, 211)),
        *(syscall(number, BEYOND, Out(b"", 4), Out(b"", 4), gives=-E.FAULT) for number in (209, 211)),
        syscall(205, 0, 0, gives=1),
        syscall(205, 3, Out(u32(0), 12), gives=1),
        syscall(205, -1, 0, gives=-E.INVAL),
        syscall(205, 1, BEYOND, gives=-E.FAULT),
        *(syscall(number, 0) for number in (213, 214)),
        *(syscall(number, 1, gives=-E.PERM) for number in (213, 214)),
        *(syscall(number, 0, -1) for number in (203, 204)),
        *(syscall(number, -1, 1, gives=-E.PERM) for number in (203, 204)),
        *(syscall(number, -1, 0, -1) for number in (208, 210)),
        *(syscall(number, 0, 0, 1, gives=-E.PERM) for number in (208, 210)),
    ),
    case(
        "limits: of descriptors there are 4096, and as many as are left after lowering that",
        syscall(191, NOFILE, Out(RLIMIT(rlim_cur=4096, rlim_max=4096))),
        syscall(191, 0, Out(RLIMIT(rlim_cur=INFINITY, rlim_max=INFINITY))),
        syscall(75, NOFILE, RLIMIT(rlim_cur=4, rlim_max=4096)),
        syscall(340, 0, NOFILE, 0, Out(RLIMIT(rlim_cur=4, rlim_max=4))),
        syscall(5, "/tmp/f", O_RDONLY, 0, gives=3),
        syscall(5, "/tmp/f", O_RDONLY, 0, gives=-24),
        syscall(340, 42, NOFILE, RLIMIT(rlim_cur=3, rlim_max=4), Out(RLIMIT(rlim_cur=4, rlim_max=4))),
        syscall(340, 7, NOFILE, 0, 0, gives=-E.SRCH),
        syscall(340, 0, 16, 0, 0, gives=-E.INVAL),
        syscall(191, 16, Out(b"", 16), gives=-E.INVAL),
        syscall(191, NOFILE, BEYOND, gives=-E.FAULT),
        syscall(75, NOFILE, RLIMIT(rlim_cur=2, rlim_max=1), gives=-E.INVAL),
        syscall(75, NOFILE, RLIMIT(rlim_cur=2, rlim_max=100), gives=-E.PERM),
        syscall(75, NOFILE, BEYOND, gives=-E.FAULT),
        files=HELLO,
    ),
    case(
        "use of the processor",
        syscall(77, 0, Out(RUSAGE(ru_utime=ANY))),
        syscall(77, -1, Out(RUSAGE())),
        syscall(77, 2, Out(b"", 136), gives=-E.INVAL),
        syscall(77, 0, BEYOND, gives=-E.FAULT),
    ),
    case(
        "the name of the system",
        syscall(
            122,
            Out(
                UTSNAME(sysname=b"Emscripten", nodename=b"emscripten", release=b"1.0", version=b"#1", machine=b"x86-JS")
            ),
        ),
        syscall(122, BEYOND, gives=-E.FAULT),
        syscall(122, 0, gives=-E.FAULT),
    ),
    case(
        "umask is 0777 at first, which takes nothing off",
        syscall(5, "/tmp/a", 0o102, 0o666, gives=3),
        syscall(197, 3, Out(stat(st_mode=0o100666))),
        syscall(60, 0o7027, gives=0o777),
        syscall(60, 0o027, gives=0o027),
        syscall(5, "/tmp/b", 0o102, 0o666, gives=4),
        syscall(197, 4, Out(stat(st_mode=0o100640))),
    ),
    case(
        "clocks",
        syscall(265, 1, Out(TIMESPEC(tv_nsec=ANY))),
        syscall(265, 0, Out(TIMESPEC(tv_sec=946684800, tv_nsec=ANY))),
        syscall(265, 9, Out(b"", 8), gives=-E.INVAL),
        syscall(265, 0, BEYOND, gives=-E.FAULT),
        syscall(266, 0, Out(TIMESPEC(tv_nsec=1_000_000))),
        syscall(266, 0, 0),
        syscall(266, 9, 0, gives=-E.INVAL),
        syscall(266, 0, BEYOND, gives=-E.FAULT),
    ),
    # --- waiting
    case(
        "poll tells what is ready",
        PIPE,
        syscall(168, watched(3, POLLIN, 0), 1, 10),
        syscall(168, watched(4, POLLIN | POLLOUT, POLLOUT), 1, 0, gives=1),
        syscall(4, 4, b"x", 1, gives=1),
        syscall(168, watched(3, POLLIN, POLLIN), 1, -1, gives=1),
        syscall(3, 3, Out(b"x"), 1, gives=1),
        syscall(6, 4),
        syscall(168, watched(3, 0, POLLHUP), 1, -1, gives=1),
        syscall(168, watched(77, POLLIN, POLLNVAL), 1, -1, gives=1),
        syscall(168, watched(-1, POLLIN, 0), 1, 0),
        syscall(168, BEYOND, 1, 0, gives=-E.FAULT),
        syscall(168, BEYOND, -1, 0, gives=-E.INVAL),
    ),
    case(
        "select leaves in a set what is ready",
        PIPE,
        syscall(142, 5, descriptors(1 << 3, 0), descriptors(1 << 4, 1 << 4), descriptors(1 << 3, 0), 0, gives=1),
        syscall(142, 5, descriptors(1 << 3, 0), 0, 0, TIMEVAL(tv_sec=1)),
        syscall(4, 4, b"x", 1, gives=1),
        syscall(142, 5, descriptors(1 << 3 | 1 << 7, 1 << 3), 0, 0, 0, gives=1),
        syscall(142, 5, Out(u32(8), before=u32(8)), 0, 0, BEYOND, gives=-E.FAULT),
        syscall(142, 32, Out(u32(1 << 20), before=u32(1 << 20)), 0, 0, 0, gives=-E.BADF),
        syscall(142, 1025, 0, 0, 0, 0, gives=-E.INVAL),
        syscall(142, 1, 0, 0, 0, TIMEVAL(tv_sec=-1), gives=-E.INVAL),
        syscall(142, 1, BEYOND, 0, 0, 0, gives=-E.FAULT),
    ),
    # --- sockets: test_sockets.py has a program for all of them
    case(
        "messages in an array",
        syscall(102, SOCKETPAIR, Words(AF_UNIX, SOCK_DGRAM, 0, Out(u32(3, 4)))),
        syscall(345, 3, (MMSGHDR(),), 1, 0, gives=1),
        syscall(337, 4, (MMSGHDR(),), 1, 0, 0, gives=1),
        syscall(4, 3, b"x", 1, gives=1),
        syscall(
            337,
            4,
            Out((MMSGHDR(msg_hdr=u32(0, 0, 0, 0, 0, 0, MSG_TRUNC)),), before=bytes(32)),
            1,
            0,
            TIMESPEC(tv_sec=1),
            gives=1,
        ),
        syscall(337, 4, (MMSGHDR(),), 1, 0, 0, gives=-E.AGAIN),
        syscall(345, 0, (MMSGHDR(),), 1, 0, gives=-E.NOTSOCK),
        syscall(345, 77, (MMSGHDR(),), 1, 0, gives=-E.BADF),
        syscall(345, 3, BEYOND, 1, 0, gives=-E.FAULT),
        syscall(337, 4, BEYOND, 1, 0, 0, gives=-E.FAULT),
    ),
    # --- terminals: not all of ioctl is there, but what it fills is
    case(
        "ioctl fills the structs of terminals",
        syscall(54, 1, TIOCGWINSZ, Out(WINSIZE(ws_row=24, ws_col=80))),
        syscall(
            54,
            0,
            TCGETS,
            Out(
                TERMIOS(
                    c_iflag=0o2400,
                    c_oflag=0o5,
                    c_cflag=0o277,
                    c_lflag=0o105073,
                    c_cc=bytes([3, 28, 127, 21, 4, 0, 1, 0, 17, 19, 26, 0, 18, 15, 23, 22, 0]),
                    c_ispeed=0o17,
                    c_ospeed=0o17,
                )
            ),
        ),
        syscall(54, 0, TIOCGPGRP, Out(u32(42))),
        OPENED,
        syscall(54, 3, FIONREAD, Out(u32(5))),
        syscall(54, 3, TCGETS, Out(b"", 60), gives=-E.NOTTY),
        syscall(54, 77, TCGETS, Out(b"", 60), gives=-E.BADF),
        syscall(54, 0, TCGETS, BEYOND, gives=-E.FAULT),
        files=HELLO,
    ),
    # --- mapped memory
    case(
        "munmap writes a mapping to its file, and gives its memory back",
        OPENED,
        syscall(192, 0, 16, PROT_READ | PROT_WRITE, MAP_SHARED, 3, 0, gives=Points(b"hello" + bytes(11))),
        poke(Result(1), b"J"),
        syscall(91, Result(1), 16, calls=[("free", Result(1))]),
        syscall(91, Result(1), 0, gives=-E.INVAL),
        syscall(91, -1, 16, gives=-E.INVAL),
        files=HELLO,
        after={"/tmp/f": b"Jello"},
    ),
    case(
        "advice about a mapping",
        syscall(192, 0, 16, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0, gives=Points(bytes(16))),
        syscall(219, Result(0), 16, MADV_DONTNEED),
        syscall(219, Result(0), 16, 5, gives=-E.INVAL),
    ),
    case(
        "all of memory is resident",
        syscall(218, PAGE_SIZE, PAGE_SIZE + 1, Out(b"\1\1", 4)),
        syscall(218, 1, 1, Out(b"", 4), gives=-E.INVAL),
        syscall(218, 0, SIZE + 1, Out(b"", 4), gives=-E.NOMEM),
        *(syscall(number, 0, SIZE) for number in (150, 151)),
        *(syscall(number, 1, SIZE, gives=-E.NOMEM) for number in (150, 151)),
        syscall(152, 1),
        syscall(152, 0, gives=-E.INVAL),
        syscall(153),
    ),
    case(
        "msync writes a shared mapping to its file, which does not grow",
        OPENED,
        syscall(192, 0, 16, PROT_READ | PROT_WRITE, MAP_SHARED, 3, 0, gives=Points(b"hello" + bytes(11))),
        poke(Result(1), b"J-ll-?"),
        syscall(144, Result(1), 16, MS_SYNC),
        syscall(180, 3, Out(b"J-ll-", 8), 8, 0, I64(0), gives=5),
        syscall(144, Result(1), 16, MS_SYNC | MS_ASYNC, gives=-E.INVAL),
        syscall(144, BEYOND, 16, MS_SYNC, gives=-E.NOMEM),
        files=HELLO,
        after={"/tmp/f": b"J-ll-"},
    ),
    *(
        case(
            f"{prefix}mmap2 and munmap are the system calls as functions",
            OPENED,
            call(
                f"{prefix}mmap2",
                *(0, 16, PROT_READ | PROT_WRITE, MAP_SHARED, 3, 0),
                gives=Points(b"hello" + bytes(11)),
            ),
            poke(Result(1), b"J"),
            call(f"{prefix}munmap", Result(1), 16, calls=[("free", Result(1))]),
            call(f"{prefix}mmap2", 0, 8, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0, gives=Points(bytes(8))),
            call(f"{prefix}munmap", Result(4), 8, calls=[("free", Result(4))]),
            call(f"{prefix}munmap", Result(4), 0, gives=-E.INVAL),
            call(f"{prefix}mmap2", 0, 0, PROT_READ, MAP_PRIVATE, 3, 0, gives=-E.INVAL),
            call(f"{prefix}mmap2", 0, 8, PROT_READ, MAP_PRIVATE, 77, 0, gives=-E.BADF),
            files=HELLO,
            after={"/tmp/f": b"Jello"},
        )
        for prefix in ("_emscripten_builtin_", "__emscripten_syscall_")
    ),
]
