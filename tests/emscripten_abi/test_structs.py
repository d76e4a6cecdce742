"""Sizes and offsets are those of the C compiler, as recorded in src/struct_info.compiled.json and the headers."""

from __future__ import annotations

import pytest

from compat.abi.kinds import Struct
from compat.emscripten_abi import structs

SIZES = {
    structs.Timespec: 8,
    structs.Timeval: 8,
    structs.Itimerval: 16,
    structs.Timezone: 8,
    structs.Timeb: 12,
    structs.Tm: 44,
    structs.Tms: 16,
    structs.Utimbuf: 8,
    structs.Stat: 88,
    structs.SmallStat: 76,
    structs.Dirent: 280,
    structs.SmallDirent: 268,
    structs.Flock: 32,
    structs.SmallFlock: 16,
    structs.Statfs: 64,
    structs.Winsize: 8,
    structs.Termios: 60,
    structs.Pollfd: 8,
    structs.Utsname: 390,
    structs.Rlimit: 16,
    structs.Rusage: 136,
    structs.Passwd: 28,
    structs.Group: 16,
    structs.SockaddrIn: 16,
    structs.SockaddrIn6: 28,
    structs.Msghdr: 28,
    structs.Mmsghdr: 32,
    structs.Linger: 8,
    structs.Addrinfo: 32,
    structs.Hostent: 20,
    structs.Protoent: 12,
    structs.DlInfo: 16,
    structs.Fdstat: 24,
    structs.Sigaction: 140,
}


def test_every_struct_has_its_size_here() -> None:
    declared = {item for item in vars(structs).values() if isinstance(item, type) and issubclass(item, Struct)}
    assert declared - {Struct} == set(SIZES)


@pytest.mark.parametrize("struct", SIZES, ids=lambda struct: struct.__name__)
def test_size(struct: type[Struct]) -> None:
    assert struct.sizeof() == SIZES[struct]


@pytest.mark.parametrize(
    ("struct", "field", "offset"),
    [
        (structs.Stat, {"size": -1}, 40),
        (structs.Stat, {"blksize": -1}, 48),
        (structs.Stat, {"ino": 255}, 80),
        (structs.SmallStat, {"size": -1}, 36),
        (structs.SmallStat, {"blksize": -1}, 40),
        (structs.SmallStat, {"ino": 255}, 72),
        (structs.Dirent, {"name": b"x"}, 19),
        (structs.SmallDirent, {"name": b"x"}, 11),
        (structs.Flock, {"start": -1}, 8),
        (structs.Flock, {"pid": -1}, 24),
        (structs.Statfs, {"namelen": 255}, 36),
        (structs.Termios, {"cc": b"\xff"}, 17),
        (structs.Termios, {"ispeed": 255}, 52),
        (structs.Tm, {"zone": 255}, 40),
        (structs.Rusage, {"reserved": b"x"}, 72),
        (structs.Fdstat, {"rights_base": 1}, 8),
    ],
)
def test_offset(struct: type[Struct], field: dict[str, int | bytes], offset: int) -> None:
    packed = struct(**field).pack()
    assert packed[:offset] == bytes(offset)
    assert packed[offset] != 0
