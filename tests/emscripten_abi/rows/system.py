"""What a program asks of the system around it: limits, environment, users, processes, networks, chance."""

from __future__ import annotations

import struct

from tests.calls import ANY, BEYOND, PAGES, Between, Content, Out, Points, Result, Words, call, case, syscall, u32

from .files import HELLO, OPENED
from .guest import ENVIRON, E, errno
from .late import VARIABLES
from .layouts import GROUP, PASSWD, PROTOENT, TIMEVAL, UTIMBUF
from .paths import aged

SYSCONF = {0: 2097152, 2: 100, 4: 1024, 29: 200809, 30: 16384, 84: 1, 85: PAGES * 4, 89: 700, 180: 64, 27: -1}
PATHCONF = {0: 32000, 3: 255, 4: 4096, 5: 4096, 8: 0, 13: 64, 9: -1}
USER = PASSWD(
    pw_name=Points("web_user"),
    pw_passwd=Points(""),
    pw_gecos=Points(""),
    pw_dir=Points("/home/web_user"),
    pw_shell=Points(""),
)
GROUP_OF_USER = GROUP(gr_name=Points("web_user"), gr_passwd=Points(""), gr_mem=Points(u32(0)))


def protocol(name: str, number: int) -> Points:
    return Points(PROTOENT(p_name=Points(name), p_aliases=Points(Words(Points(name.upper()), 0)), p_proto=number))


def environment(*variables: str) -> dict[int, Content]:
    """What `environ` shows when the environment is so."""
    return {ENVIRON: Words(Points(Words(*map(Points, variables), 0)))}


CASES = [
    # --- limits
    case(
        "sysconf",
        *(call("_sysconf", name, gives=value) for name, value in SYSCONF.items()),
        call("_sysconf", 4711, gives=-1, writes=errno(E.INVAL)),
        call("_getpagesize", gives=16384),
        call("_getdtablesize", gives=4096),
        call("_emscripten_num_logical_cores", gives=1),
        call("_emscripten_has_threading_support", gives=0),
    ),
    case(
        "pathconf and fpathconf",
        *(call("_pathconf", "/tmp", name, gives=value) for name, value in PATHCONF.items()),
        *(call("_fpathconf", 0, name, gives=value) for name, value in PATHCONF.items()),
        call("_pathconf", "/tmp", 21, gives=-1, writes=errno(E.INVAL)),
        call("_fpathconf", 0, 21, gives=-1, writes=errno(E.INVAL)),
        call("_pathconf", BEYOND, 0, gives=-1, writes=errno(E.FAULT)),
    ),
    case(
        "confstr",
        call("_confstr", 0, Out("/", 8), 8, gives=2),
        call("_confstr", 2, Out("glibc", 8), 6, gives=11),
        call("_confstr", 2, Out(b"", 8), 0, gives=11),
        call("_confstr", 2, 0, 8, gives=11),
        call("_confstr", 4711, Out(b"", 8), 8, gives=0, writes=errno(E.INVAL)),
        call("_confstr", 2, BEYOND, 8, gives=0, writes=errno(E.FAULT)),
    ),
    case(
        "getloadavg",
        call("_getloadavg", Out(struct.pack("<2d", 0.1, 0.1), 24), 2, gives=2),
        call("_getloadavg", Out(struct.pack("<3d", 0.1, 0.1, 0.1), 32), 4, gives=3),
        call("_getloadavg", BEYOND, 3, gives=-1, writes=errno(E.FAULT)),
    ),
    # --- environment
    case(
        "the environment as it is at first",
        call("___buildEnvironment", ENVIRON, gives=None, writes=environment(*VARIABLES)),
        env={"A": "1"},
    ),
    case(
        "variables are set and removed, and environ shows it",
        call("_clearenv", writes=environment()),
        call("_setenv", "A", "one", 0, writes=environment("A=one")),
        call("_getenv", "A", gives=Points("one")),
        call("_setenv", "A", "two", 0),
        call("_getenv", "A", gives=Points("one"), calls=[("free", Result(2))]),
        call("_setenv", "A", "two", 1, writes=environment("A=two")),
        call("_putenv", "B=three", writes=environment("A=two", "B=three")),
        call("_emscripten_get_env", "B", gives=Points("three")),
        call("_unsetenv", "A", writes=environment("B=three")),
        call("_getenv", "A", gives=0),
        call("_getenv", 0, gives=0),
    ),
    case(
        "bad variables",
        call("_setenv", "", "x", 1, gives=-1, writes=errno(E.INVAL)),
        call("_setenv", "A=B", "x", 1, gives=-1, writes=errno(E.INVAL)),
        call("_setenv", 0, "x", 1, gives=-1, writes=errno(E.INVAL)),
        call("_setenv", "A", BEYOND, 1, gives=-1, writes=errno(E.FAULT)),
        call("_unsetenv", "A=B", gives=-1, writes=errno(E.INVAL)),
        call("_unsetenv", BEYOND, gives=-1, writes=errno(E.FAULT)),
        call("_putenv", "A", gives=-1, writes=errno(E.INVAL)),
        call("_putenv", BEYOND, gives=-1, writes=errno(E.FAULT)),
        *(call(name, BEYOND, gives=0, writes=errno(E.FAULT)) for name in ("_getenv", "_emscripten_get_env")),
    ),
    # --- users
    case(
        "the user",
        call("_getpwnam", "web_user", gives=Points(USER)),
        call("_getpwuid", 0, gives=Points(USER)),
        call("_getpwnam", "nobody", gives=0),
        call("_getpwuid", 7, gives=0),
        call("_getpwnam", BEYOND, gives=0, writes=errno(E.FAULT)),
        *(
            step
            for again in ("_setpwent", "_endpwent")
            for step in (
                call("_getpwent", gives=Points(USER)),
                call("_getpwent", gives=0),
                call(again, gives=None),
            )
        ),
    ),
    *(
        case(
            f"{name} stores an entry",
            call(name, who, Out(entry), Out(texts, 99), 99, Out(Words(Points(entry))), gives=0),
            call(name, nobody, Out(b"", entry.layout.size), Out(b"", 99), 99, Out(u32(0)), gives=0),
            call(name, who, Out(b"", entry.layout.size), Out(b"", 12), 12, Out(u32(0)), gives=E.RANGE),
            call(name, who, BEYOND, Out(b"", 99), 99, Out(b"", 4), gives=E.FAULT),
        )
        for name, who, nobody, entry, texts in (
            ("_getpwnam_r", "web_user", "nobody", USER, ("web_user", "/home/web_user")),
            ("_getpwuid_r", 0, 7, USER, ("web_user", "/home/web_user")),
            ("_getgrnam_r", "web_user", "nobody", GROUP_OF_USER, (u32(0), "web_user")),
            ("_getgrgid_r", 0, 7, GROUP_OF_USER, (u32(0), "web_user")),
        )
    ),
    case(
        "the group",
        call("_getgrnam", "web_user", gives=Points(GROUP_OF_USER)),
        call("_getgrgid", 0, gives=Points(GROUP_OF_USER)),
        call("_getgrnam", "nobody", gives=0),
        call("_getgrgid", 7, gives=0),
        call("_getgrnam", BEYOND, gives=0, writes=errno(E.FAULT)),
        *(
            step
            for again in ("_setgrent", "_endgrent")
            for step in (
                call("_getgrent", gives=Points(GROUP_OF_USER)),
                call("_getgrent", gives=0),
                call(again, gives=None),
            )
        ),
        call("_setgroups", 1, u32(0), gives=-1, writes=errno(E.PERM)),
        call("_setgroups", 0, 0, gives=-1, writes=errno(E.INVAL)),
        call("_setgroups", 65537, 0, gives=-1, writes=errno(E.INVAL)),
    ),
    # --- processes
    case(
        "there are no children",
        call("_wait", Out(b"", 4), gives=-1, writes=errno(E.CHILD)),
        call("_waitpid", -1, Out(b"", 4), 0, gives=-1, writes=errno(E.CHILD)),
        call("_wait3", Out(b"", 4), 0, 0, gives=-1, writes=errno(E.CHILD)),
        call("_wait4", -1, Out(b"", 4), 0, 0, gives=-1, writes=errno(E.CHILD)),
        call("_waitid", 0, 0, Out(b"", 128), 0, gives=-1, writes=errno(E.CHILD)),
        call("_pclose", b"?" * 8, gives=-1, writes=errno(E.CHILD)),
        call("_sched_yield"),
    ),
    case(
        "lists of what a new process opens",
        *(call(f"_posix_spawn_file_actions_{name}", b"?" * 76) for name in ("init", "destroy")),
        call("_posix_spawn_file_actions_addclose", b"?" * 76, 3),
        call("_posix_spawn_file_actions_adddup2", b"?" * 76, 3, 4),
    ),
    # --- networks
    case(
        "addresses and protocols",
        call("_inet_addr", "127.0.0.1", gives=0x0100007F),
        call("_inet_addr", "localhost", gives=-1),
        call("_inet_addr", "::1", gives=-1),
        call("_inet_addr", BEYOND, gives=-1),
        call("_gai_strerror", -2, gives=Points("NAME or SERVICE is unknown")),
        call("_gai_strerror", 4711, gives=Points("Unknown error")),
        call("_getprotobyname", "tcp", gives=protocol("tcp", 6)),
        call("_getprotobyname", "none", gives=0),
        call("_getprotobynumber", 17, gives=protocol("udp", 17)),
        call("_getprotobynumber", 99, gives=0),
        *(
            step
            for name, start in (("_setprotoent", (1,)), ("_endprotoent", ()))
            for step in (call(name, *start, gives=None), call("_getprotoent", gives=protocol("tcp", 6)))
        ),
        call("_getprotoent", gives=protocol("udp", 17)),
        call("_getprotoent", gives=protocol("icmp", 1)),
        call("_getprotoent", gives=0),
    ),
    # --- emscripten.h, stdlib.h
    case(
        "chance",
        call("_emscripten_random", gives=Between(0.0, 0.999999999, "d")),
        call("_arc4random", gives=ANY),
        call("_getentropy", Out(Words(ANY, ANY), 12), 8),
        call("_getentropy", BEYOND, 8, gives=-1, writes=errno(E.FAULT)),
        call("_getentropy", Out(b"", 8), 0),
        call("_getentropy", Out(b"", 257), 257, gives=-1, writes=errno(E.IO)),
    ),
    case(
        "numbers as JavaScript writes them",
        *(
            call("_emscripten_print_double", number, Out(text, 32), 32, gives=len(text))
            for number, text in ((0.1, "0.1"), (-1e21, "-1e+21"), (1e-7, "1e-7"), (float("nan"), "NaN"), (3.0, "3"))
        ),
        call("_emscripten_print_double", 12.5, Out("12", 8), 3, gives=2),
        call("_emscripten_print_double", 12.5, 0, 0, gives=4),
        call("_emscripten_print_double", 12.5, BEYOND, 8, gives=0, writes=errno(E.FAULT)),
    ),
    case(
        "the name of the program's file",
        call("_emscripten_get_module_name", Out("this.wasm", 12), 12, gives=9),
        call("_emscripten_get_module_name", Out("this", 12), 5, gives=4),
        call("_emscripten_get_module_name", Out(b"", 12), 0, gives=0),
        call("_emscripten_get_module_name", BEYOND, 12, gives=0, writes=errno(E.FAULT)),
    ),
    case(
        "lines for the console",
        call("_emscripten_console_log", "one", gives=None),
        call("_emscripten_console_warn", "two", gives=None),
        call("_emscripten_console_error", "three", gives=None),
        stdout=b"one\n",
    ),
    # --- files
    case(
        "a file is mapped for the C library itself",
        call("___map_file", "/tmp/f", Out(u32(5)), gives=Points(b"hello")),
        call("___map_file", "/none", Out(b"", 4), writes=errno(E.NOENT)),
        files=HELLO,
    ),
    case(
        "utime, utimes and flock",
        OPENED,
        call("_utime", "/tmp/f", UTIMBUF(actime=1, modtime=-2)),
        syscall(197, 3, Out(aged(1 * 10**9, -2 * 10**9))),
        call("_utimes", "/tmp/f", (TIMEVAL(tv_sec=3, tv_usec=4), TIMEVAL(tv_sec=5, tv_usec=6))),
        syscall(197, 3, Out(aged(3_000_004_000, 5_000_006_000))),
        call("_utime", "/tmp/f", 0),
        call("_utimes", "/tmp/f", 0),
        call("_utime", "/none", 0, gives=-1, writes=errno(E.NOENT)),
        call("_utimes", "/none", 0, gives=-1, writes=errno(E.NOENT)),
        call("_utime", "/tmp/f", BEYOND, gives=-1, writes=errno(E.FAULT)),
        call("_utimes", "/tmp/f", BEYOND, gives=-1, writes=errno(E.FAULT)),
        call("_utimes", "/tmp/f", (TIMEVAL(tv_usec=10**6), TIMEVAL()), gives=-1, writes=errno(E.INVAL)),
        *(call("_flock", 3, operation) for operation in (1, 2, 2 | 4, 8)),
        call("_flock", 3, 1 | 2, gives=-1, writes=errno(E.INVAL)),
        call("_flock", 77, 1, gives=-1, writes=errno(E.BADF)),
        files=HELLO,
    ),
]
