"""wasi_unstable (preview 0): what differs from preview 1, and the rest of it under the other name.

There are five differences: no `sock_accept` (nor a right to it), the numbers of `whence`, a link count of 32 bits in
`filestat`, an identifier in the subscription to a clock, and the name of the module.
"""

from __future__ import annotations

from collections.abc import Iterable

from compat._enum import Enum
from compat._typing import Annotated
from compat.abi.kinds import I64, U8, U16, U32, U64, Chars, Out, Pointer, Struct
from compat.abi.row import Row, Table
from compat.kernel.files import Whence as FileWhence
from compat.wasi_p1 import types
from compat.wasi_p1.attributes import filestat_fields
from compat.wasi_p1.fd import seek
from compat.wasi_p1.guest import WasiGuest
from compat.wasi_p1.kinds import Path
from compat.wasi_p1.path import follows
from compat.wasi_p1.poll import Wait, check_count, clock_wait, file_wait, wait
from compat.wasi_p1.table import UNSTABLE, table
from compat.wasi_p1.types import Eventtype, Fd, Lookupflags, Right

_ABSENT = ("sock_accept",)


class Whence(Enum):
    """What a new position counts from."""

    CUR = 0
    END = 1
    SET = 2


class Filestat(Struct):
    """Attributes of a file."""

    dev: U64
    ino: U64
    filetype: U8  # Filetype
    nlink: U32
    size: U64
    atim: U64
    mtim: U64
    ctim: U64


class SubscriptionClock(Struct):
    """Waits for a time."""

    identifier: U64
    """Told apart equal subscriptions in CloudABI; it has no meaning here."""
    id: U32  # Clockid
    timeout: U64
    precision: U64
    flags: U16  # Subclockflags


class SubscriptionU(Struct):
    """What a subscription waits for."""

    tag: U8  # Eventtype
    body: Annotated[bytes, Chars(40, alignment=8)]  # SubscriptionClock or SubscriptionFdReadwrite


class Subscription(Struct):
    """What poll_oneoff is to wait for."""

    userdata: U64
    u: SubscriptionU


files = table("files", UNSTABLE)
paths = table("paths", UNSTABLE)
polling = table("poll", UNSTABLE)


@files.function("fd_seek", native="wasi_unstable_fd_seek")
def fd_seek(guest: WasiGuest, fd: Fd, offset: I64, whence: Whence, position: Out[U64]) -> None:
    """Move the position. Errors: EINVAL, EOVERFLOW, ESPIPE."""
    seek(guest, fd, offset, FileWhence[whence.name], position)


@files.function("fd_filestat_get", native="wasi_unstable_fd_filestat_get")
def fd_filestat_get(guest: WasiGuest, fd: Fd, stat: Out[Filestat]) -> None:
    """Attributes of an open file."""
    stat.set(Filestat(**filestat_fields(guest.file(fd, Right.FD_FILESTAT_GET).stat())))


@paths.function("path_filestat_get", native="wasi_unstable_path_filestat_get")
def path_filestat_get(guest: WasiGuest, fd: Fd, flags: Lookupflags, path: Path, stat: Out[Filestat]) -> None:
    """Attributes of a file, or of the link itself."""
    base = guest.directory(fd, Right.PATH_FILESTAT_GET)
    stat.set(Filestat(**filestat_fields(guest.process.fs.stat(path, base=base, follow=follows(flags), beneath=True))))


@polling.function("poll_oneoff")
def poll_oneoff(guest: WasiGuest, subscriptions: Pointer, events: Pointer, count: U32, happened: Out[U32]) -> None:
    """Wait until at least one of the subscriptions has an event, and store the events. Errors: as in preview 1."""
    size = Subscription.sizeof()
    check_count(count)
    raw = guest.memory.view(subscriptions, size * count)
    waits = [_wait(Subscription.unpack(raw[at : at + size])) for at in range(0, len(raw), size)]
    happened.set(wait(guest, waits, events))


def tables(preview1: Iterable[Table]) -> list[Table]:
    """The tables of the whole module: the rows above, and those of preview 1 that are the same."""
    own = [files, paths, polling]
    differing = {row.name for own_table in own for row in own_table.rows}
    return own + [_renamed(other, {*differing, *_ABSENT}) for other in preview1]


def _renamed(preview1: Table, without: set[str]) -> Table:
    same = table(preview1.group, UNSTABLE)
    same.rows = [Row(UNSTABLE, *row[1:]) for row in preview1.rows if row.name not in without]
    return same


def _wait(subscription: Subscription) -> Wait:
    body = subscription.u.body
    if subscription.u.tag == Eventtype.CLOCK:
        clock = SubscriptionClock.unpack(body)
        return clock_wait(
            subscription.userdata,
            types.SubscriptionClock(id=clock.id, timeout=clock.timeout, precision=clock.precision, flags=clock.flags),
        )
    return file_wait(subscription.userdata, subscription.u.tag, body)
