from __future__ import annotations

import pytest

from compat.wasi_p1 import types, unstable
from compat.wasi_p1.rights import FILE
from compat.wasi_p1.table import UNSTABLE
from compat.wasi_p1.types import Clockid, Event, Eventtype, Filetype, Oflag

from .world import ROOT, SIZE, World


@pytest.fixture
def old() -> World:
    """A guest of wasi_unstable with a file of ten bytes."""
    world = World(module=UNSTABLE)
    world.write_file("file", b"0123456789")
    return world


def test_seek(old: World) -> None:
    fd = old.open("file", base=FILE)
    for offset, whence, expected in ((-1, 1, 9), (3, 2, 3), (2, 0, 5)):
        result = old.out(8)
        assert old.call("fd_seek", fd, offset, whence, result) == "SUCCESS"
        assert old.number(result, 8) == expected
    assert old.call("fd_seek", fd, 0, 3, old.out(8)) == "INVAL"


def test_filestat(old: World) -> None:
    fd = old.open("file", Oflag.CREAT, base=FILE)
    assert old.call("path_link", ROOT, 0, "file", ROOT, "link") == "SUCCESS"
    by_fd = old.struct(unstable.Filestat, "fd_filestat_get", fd)
    by_path = old.struct(unstable.Filestat, "path_filestat_get", ROOT, 0, "link")
    assert by_fd.pack() == by_path.pack()
    assert (by_fd.filetype, by_fd.nlink, by_fd.size) == (Filetype.REGULAR_FILE, 2, 10)


def test_rights_of_the_changed_functions(old: World) -> None:
    fd = old.open("file", base=0)
    assert old.call("fd_seek", fd, 0, 2, 64) == "NOTCAPABLE"
    assert old.call("fd_filestat_get", fd, 64) == "NOTCAPABLE"
    assert old.call("path_filestat_get", fd, 0, "x", 64) == "NOTDIR"


def subscription(tag: int, body: bytes) -> bytes:
    return unstable.Subscription(userdata=7, u=unstable.SubscriptionU(tag=tag, body=body)).pack()


def test_poll(old: World) -> None:
    body = unstable.SubscriptionClock(
        identifier=99, id=Clockid.MONOTONIC.value, timeout=2_000_000_000, precision=0, flags=0
    ).pack()
    waiting = old.put(subscription(Eventtype.CLOCK, body))
    before = old.process.clock.monotonic()
    events, count = old.out(Event.sizeof()), old.out(4)
    assert old.call("poll_oneoff", waiting, events, 1, count) == "SUCCESS"
    assert old.number(count) == 1
    event = Event.unpack(old.read(events, Event.sizeof()))
    assert (event.userdata, event.type, event.error) == (7, Eventtype.CLOCK, 0)
    assert old.process.clock.monotonic() - before >= 2_000_000_000


def test_poll_of_a_file(old: World) -> None:
    body = types.SubscriptionFdReadwrite(file_descriptor=1).pack()
    waiting = old.put(subscription(Eventtype.FD_WRITE, body))
    events, count = old.out(Event.sizeof()), old.out(4)
    assert old.call("poll_oneoff", waiting, events, 1, count) == "SUCCESS"
    assert Event.unpack(old.read(events, Event.sizeof())).type == Eventtype.FD_WRITE


def test_poll_errors(old: World) -> None:
    bad = old.put(subscription(3, b""))
    assert old.call("poll_oneoff", bad, old.out(32), 1, old.out(4)) == "INVAL"
    assert old.call("poll_oneoff", SIZE - 55, old.out(32), 1, old.out(4)) == "FAULT"
    assert old.call("poll_oneoff", 64, 64, 0, old.out(4)) == "INVAL"
