"""The structs against what a C compiler made of the headers: see `rows.layouts`."""

from __future__ import annotations

import pytest

from compat.abi.kinds import Struct
from compat.emscripten_abi import structs

from .rows import layouts
from .rows.guest import MIDDLE, OLD

LAYOUTS = {
    structs.Timespec: layouts.TIMESPEC,
    structs.Timeval: layouts.TIMEVAL,
    structs.Itimerval: layouts.ITIMERVAL,
    structs.Timezone: layouts.TIMEZONE,
    structs.Timeb: layouts.TIMEB,
    structs.Tm: layouts.TM,
    structs.Tms: layouts.TMS,
    structs.Utimbuf: layouts.UTIMBUF,
    structs.Stat: layouts.STAT[MIDDLE],
    structs.SmallStat: layouts.STAT[OLD],
    structs.Dirent: layouts.DIRENT[MIDDLE],
    structs.SmallDirent: layouts.DIRENT[OLD],
    structs.Flock: layouts.FLOCK[MIDDLE],
    structs.SmallFlock: layouts.FLOCK[OLD],
    structs.Statfs: layouts.STATFS,
    structs.Winsize: layouts.WINSIZE,
    structs.Termios: layouts.TERMIOS,
    structs.Pollfd: layouts.POLLFD,
    structs.Utsname: layouts.UTSNAME,
    structs.Rlimit: layouts.RLIMIT,
    structs.Rusage: layouts.RUSAGE,
    structs.Passwd: layouts.PASSWD,
    structs.Group: layouts.GROUP,
    structs.SockaddrIn: layouts.SOCKADDR_IN,
    structs.SockaddrIn6: layouts.SOCKADDR_IN6,
    structs.Msghdr: layouts.MSGHDR,
    structs.Mmsghdr: layouts.MMSGHDR,
    structs.Cmsghdr: layouts.CMSGHDR,
    structs.Ucred: layouts.UCRED,
    structs.Linger: layouts.LINGER,
    structs.Addrinfo: layouts.ADDRINFO,
    structs.Hostent: layouts.HOSTENT,
    structs.Protoent: layouts.PROTOENT,
    structs.DlInfo: layouts.DL_INFO,
    structs.Fdstat: layouts.FDSTAT,
    structs.Sigaction: layouts.SIGACTION,
}


def test_every_struct_is_here() -> None:
    declared = {item for item in vars(structs).values() if isinstance(item, type) and issubclass(item, Struct)}
    assert declared - {Struct} == set(LAYOUTS)


@pytest.mark.parametrize("struct", LAYOUTS, ids=lambda struct: struct.__name__)
def test_layout(struct: type[Struct]) -> None:
    layout = LAYOUTS[struct]
    assert struct.sizeof() == layout.size
    offsets = [offset for name, offset in struct.layout().offsets.items() if "padding" not in name]
    assert offsets == [offset for offset, _ in layout.fields.values()]
