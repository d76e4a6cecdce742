"""What took the place of system calls from 1.38.44 on, under both names, with WASI's numbers of errors."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.calls import ANY, BEYOND, Call, Case, Out, Points, Words, call, case, size_of, u32, u64

from .files import HELLO, OPENED, SEEK_CUR, SEEK_END, SEEK_SET
from .guest import LATE
from .layouts import FDSTAT, IOVEC

BADF, FAULT, INVAL, SPIPE = 8, 21, 28, 70
CHARACTER_DEVICE, REGULAR_FILE = 2, 4
ALL = 2**64 - 1
VARIABLES = (
    "USER=web_user",
    "LOGNAME=web_user",
    "PATH=/",
    "PWD=/",
    "HOME=/home/web_user",
    "LANG=C.UTF-8",
    "_=program.wasm",
    "A=1",
)


def _fdstat(filetype: int) -> Out:
    return Out(FDSTAT(fs_filetype=filetype, fs_flags=ANY, fs_rights_base=ALL, fs_rights_inheriting=ALL))


def _cases(prefix: str) -> Iterator[Case]:
    def made(title: str, *calls: Call, **rest: Any) -> Case:
        return case(f"{prefix}*: {title}", *calls, module={"release": LATE}, **rest)

    def wasi(name: str, *arguments: Any, gives: int = 0) -> Call:
        return call(prefix + name, *arguments, gives=gives)

    text = IOVEC(iov_base=Points(b"Jo"), iov_len=2)
    yield made(
        "read, write, seek, sync and close",
        OPENED,
        wasi(
            "fd_read",
            3,
            (IOVEC(iov_base=Out(b"he"), iov_len=2), IOVEC(iov_base=Out(b"llo", 8), iov_len=8)),
            2,
            Out(u32(5)),
        ),
        wasi("fd_seek", 3, 0, 0, SEEK_SET, Out(u64(0))),
        wasi("fd_write", 3, (text, text), 2, Out(u32(4))),
        wasi("fd_seek", 3, -1, -1, SEEK_CUR, Out(u64(3))),
        wasi("fd_seek", 3, 0, 1, SEEK_END, Out(u64(5 + (1 << 32)))),
        wasi("fd_sync", 3),
        wasi("fd_close", 3),
        wasi("fd_close", 3, gives=BADF),
        wasi("fd_sync", 3, gives=BADF),
        wasi("fd_read", 3, (), 0, Out(b"", 4), gives=BADF),
        wasi("fd_write", 3, (), 0, Out(b"", 4), gives=BADF),
        wasi("fd_seek", 3, 0, 0, SEEK_SET, Out(b"", 8), gives=BADF),
        wasi("fd_seek", 0, 0, 0, SEEK_SET, Out(b"", 8), gives=SPIPE),
        wasi("fd_seek", 0, 0, 0, 7, Out(b"", 8), gives=INVAL),
        wasi("fd_read", 0, BEYOND, 1, Out(b"", 4), gives=FAULT),
        wasi("fd_write", 1, (text,), 1, BEYOND, gives=FAULT),
        wasi("fd_seek", 0, 0, 0, SEEK_SET, BEYOND, gives=FAULT),
        files=HELLO,
        after={"/tmp/f": b"JoJoo"},
    )
    yield made(
        "types of files",
        OPENED,
        wasi("fd_fdstat_get", 0, _fdstat(CHARACTER_DEVICE)),
        wasi("fd_fdstat_get", 3, _fdstat(REGULAR_FILE)),
        wasi("fd_fdstat_get", 77, Out(b"", 24), gives=BADF),
        wasi("fd_fdstat_get", 0, BEYOND, gives=FAULT),
        files=HELLO,
    )
    yield made(
        "clocks",
        wasi("clock_res_get", 0, Out(u64(1_000_000))),
        wasi("clock_res_get", 9, Out(b"", 8), gives=INVAL),
        wasi("clock_time_get", 1, 0, 0, Out(Words(ANY, 0))),
        wasi("clock_time_get", 0, 0, 0, Out(Words(ANY, 946_684_800_000_000_000 >> 32))),
        wasi("clock_time_get", 9, 0, 0, Out(b"", 8), gives=INVAL),
        wasi("clock_time_get", 0, 0, 0, BEYOND, gives=FAULT),
    )
    yield made(
        "arguments and environment",
        wasi("args_sizes_get", Out(u32(1)), Out(u32(13))),
        wasi("args_get", Out(Words(Points("program.wasm"))), Out("program.wasm", 20)),
        wasi("args_get", BEYOND, Out(b"", 20), gives=FAULT),
        wasi("args_sizes_get", BEYOND, Out(b"", 4), gives=FAULT),
        wasi("environ_sizes_get", Out(u32(len(VARIABLES))), Out(u32(size_of(VARIABLES)))),
        wasi("environ_get", Out(Words(*map(Points, VARIABLES))), Out(VARIABLES, 200)),
        wasi("environ_get", BEYOND, Out(b"", 20), gives=FAULT),
        wasi("environ_sizes_get", BEYOND, Out(b"", 4), gives=FAULT),
        env={"A": "1"},
    )
    yield made("exit", call(f"{prefix}proc_exit", 7, exits=7))


CASES = [case for prefix in ("_", "___wasi_") for case in _cases(prefix)]
