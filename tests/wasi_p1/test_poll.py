from __future__ import annotations

import os
import time
from collections.abc import Iterator
from threading import Timer

import pytest

from compat.kernel.clock import ClockId, SteppingClock
from compat.kernel.files import OpenFile, OpenFlags
from compat.kernel.stat import FileType, Readiness, Stat
from compat.kernel.vfs.stream import HostStream
from compat.wasi_p1 import types
from compat.wasi_p1.attributes import TIME_MAX
from compat.wasi_p1.rights import FILE
from compat.wasi_p1.types import (
    Clockid,
    Event,
    Eventtype,
    Filestat,
    Fstflag,
    Oflag,
    Right,
    Subscription,
    SubscriptionClock,
    SubscriptionFdReadwrite,
    SubscriptionU,
)

from .world import ROOT, SIZE, World

MONOTONIC, REALTIME = Clockid.MONOTONIC.value, Clockid.REALTIME.value


def clock(userdata: int, timeout: int, id: int = MONOTONIC, flags: int = 0) -> bytes:
    body = SubscriptionClock(id=id, timeout=timeout, precision=0, flags=flags).pack()
    return Subscription(userdata=userdata, u=SubscriptionU(tag=Eventtype.CLOCK, body=body)).pack()


def file(userdata: int, fd: int, type: int = Eventtype.FD_READ) -> bytes:
    body = SubscriptionFdReadwrite(file_descriptor=fd & 0xFFFF_FFFF).pack()
    return Subscription(userdata=userdata, u=SubscriptionU(tag=type, body=body)).pack()


def poll(world: World, *subscriptions: bytes) -> list[Event]:
    """The events of a call that must succeed; nothing is written behind them."""
    size = Event.sizeof()
    events, count = world.out(size * len(subscriptions)), world.out(4)
    arguments = world.put(b"".join(subscriptions)), events, len(subscriptions), count
    assert world.call("poll_oneoff", *arguments) == "SUCCESS"
    happened = world.number(count)
    rest = (len(subscriptions) - happened) * size
    assert world.read(events + happened * size, rest) == b"?" * rest
    return [Event.unpack(world.read(events + i * size, size)) for i in range(happened)]


def refused(world: World, *subscriptions: bytes) -> str:
    return world.call(
        "poll_oneoff", world.put(b"".join(subscriptions)), world.out(999), len(subscriptions), world.out(4)
    )


class Silent(OpenFile):
    """A file that nothing ever happens to, but for a hang-up."""

    def __init__(self, hangup: bool = False) -> None:
        super().__init__(OpenFlags.READ | OpenFlags.WRITE)
        self.hangup = hangup

    def stat(self) -> Stat:
        return Stat(dev=0, ino=0, type=FileType.FIFO, mode=0, nlink=1)

    def poll(self) -> Readiness:
        return Readiness(hangup=self.hangup)


class TestClocks:
    @pytest.mark.parametrize("id", [MONOTONIC, REALTIME])
    def test_relative(self, wasi: World, id: int) -> None:
        before = wasi.process.clock.monotonic()
        (event,) = poll(wasi, clock(0x1234_5678_9ABC_DEF0, 5_000_000_000, id))
        assert (event.userdata, event.error, event.type) == (0x1234_5678_9ABC_DEF0, 0, Eventtype.CLOCK)
        assert wasi.process.clock.monotonic() - before >= 5_000_000_000

    def test_absolute(self, wasi: World) -> None:
        later = wasi.process.clock.now(ClockId.REALTIME) + 3_000_000_000
        assert len(poll(wasi, clock(1, later, REALTIME, flags=1))) == 1
        assert wasi.process.clock.now(ClockId.REALTIME) >= later

    def test_one_that_is_past(self, wasi: World) -> None:
        before = wasi.process.clock.monotonic()
        assert len(poll(wasi, clock(1, SteppingClock.START - 1, REALTIME, flags=1))) == 1
        assert wasi.process.clock.monotonic() - before < 1_000_000_000

    def test_the_first_of_several(self, wasi: World) -> None:
        events = poll(wasi, clock(1, 5_000_000), clock(2, 3_000_000), clock(3, 3_000_000))
        assert [event.userdata for event in events] == [2, 3]

    def test_processor_time_cannot_be_waited_for(self, wasi: World) -> None:
        events = poll(wasi, clock(1, 1, Clockid.PROCESS_CPUTIME_ID.value), clock(2, 1_000_000_000))
        assert [(event.userdata, event.error) for event in events] == [(1, types.Errno.NOTSUP)]

    def test_longer_than_time(self, wasi: World) -> None:
        wasi.write_file("file")
        for _ in range(2):
            assert len(poll(wasi, clock(1, (1 << 64) - 1))) == 1
        assert wasi.call("clock_time_get", MONOTONIC, 0, wasi.out(8)) == "OVERFLOW"
        assert wasi.call("path_filestat_set_times", ROOT, 0, "file", 0, 0, Fstflag.MTIM_NOW) == "INVAL"
        wasi.write_file("late")
        assert wasi.struct(Filestat, "path_filestat_get", ROOT, 0, "late").mtim == TIME_MAX


class TestFiles:
    def test_ready_files(self, wasi: World) -> None:
        wasi.write_file("file", b"12345")
        fd = wasi.open("file", base=FILE)
        wasi.call("fd_seek", fd, 2, 0, wasi.out(8))
        events = poll(wasi, file(1, fd), file(2, fd, Eventtype.FD_WRITE), file(3, 1, Eventtype.FD_WRITE))
        assert [(event.userdata, event.error, event.type) for event in events] == [
            (1, 0, Eventtype.FD_READ),
            (2, 0, Eventtype.FD_WRITE),
            (3, 0, Eventtype.FD_WRITE),
        ]
        assert events[0].fd_readwrite.nbytes == 3

    def test_before_a_clock(self, wasi: World) -> None:
        before = wasi.process.clock.monotonic()
        events = poll(wasi, clock(1, 1 << 60), file(2, 0))
        assert [event.userdata for event in events] == [2]
        assert wasi.process.clock.monotonic() - before < 1_000_000_000

    def test_a_clock_before_files(self, wasi: World) -> None:
        fd = wasi.guest.open(Silent())
        events = poll(wasi, file(1, fd), clock(2, 1_000_000), file(3, fd, Eventtype.FD_WRITE))
        assert [event.userdata for event in events] == [2]

    def test_hangup(self, wasi: World) -> None:
        (event,) = poll(wasi, file(1, wasi.guest.open(Silent(hangup=True))))
        assert (event.error, event.fd_readwrite.flags) == (0, 1)

    def test_what_is_wrong_with_one_is_its_event(self, wasi: World) -> None:
        closed = wasi.open("file", Oflag.CREAT, base=Right.FD_READ)
        silent = wasi.guest.open(Silent())
        events = poll(wasi, file(1, 99), file(2, -1), file(3, closed), file(4, silent), clock(5, 1_000_000_000))
        assert [(event.userdata, event.error) for event in events] == [
            (1, types.Errno.BADF),
            (2, types.Errno.BADF),
            (3, types.Errno.NOTCAPABLE),
        ]

    def test_a_directory(self, wasi: World) -> None:
        (event,) = poll(wasi, file(1, ROOT))
        assert event.error == types.Errno.NOTCAPABLE

    def test_waiting_for_ever(self, wasi: World) -> None:
        assert refused(wasi, file(1, wasi.guest.open(Silent()))) == "DEADLK"


class TestRealTime:
    @pytest.fixture
    def pipe(self) -> Iterator[tuple[World, int]]:
        """A guest whose standard input is a pipe of the host, and the end of it to write to."""
        reader, writer = os.pipe()
        world = World(stdin=HostStream(reader, readable=True, owned=True), deterministic=False)
        with world.process, os.fdopen(writer, "wb", buffering=0):
            yield world, writer

    def test_waits_for_a_pipe(self, pipe: tuple[World, int]) -> None:
        world, writer = pipe
        Timer(0.05, os.write, (writer, b"ab")).start()
        (event,) = poll(world, file(1, 0), clock(2, 20_000_000_000))
        assert (event.userdata, event.fd_readwrite.nbytes) == (1, 2)

    def test_waits_for_a_terminal(self) -> None:
        pty = pytest.importorskip("pty")
        keyboard, terminal = pty.openpty()
        world = World(stdin=HostStream(terminal, readable=True, owned=True), deterministic=False)
        with world.process, os.fdopen(keyboard, "wb", buffering=0):
            (event,) = poll(world, file(1, 0), clock(2, 1_000_000))
            assert event.userdata == 2
            Timer(0.05, os.write, (keyboard, b"a line\n")).start()
            (event,) = poll(world, file(1, 0), clock(2, 20_000_000_000))
            assert (event.userdata, event.error) == (1, 0)

    def test_waits_for_a_clock(self, pipe: tuple[World, int]) -> None:
        world, _ = pipe
        before = time.monotonic_ns()
        (event,) = poll(world, file(1, 0), clock(2, 30_000_000))
        assert event.userdata == 2
        assert time.monotonic_ns() - before >= 30_000_000


class TestErrors:
    def test_numbers_of_subscriptions(self, wasi: World) -> None:
        for count in (0, 4097, 1_000_000, -1):
            assert wasi.call("poll_oneoff", 64, 64, count, wasi.out(4)) == "INVAL"

    def test_unknown_numbers(self, wasi: World) -> None:
        good = clock(1, 1)
        assert refused(wasi, good, clock(1, 1, id=4)) == "INVAL"
        assert refused(wasi, good, clock(1, 1, flags=2)) == "INVAL"
        assert refused(wasi, good, file(1, 1, type=3)) == "INVAL"

    def test_bad_pointers(self, wasi: World) -> None:
        good = wasi.put(clock(1, 1))
        assert wasi.call("poll_oneoff", SIZE - 47, 64, 1, wasi.out(4)) == "FAULT"
        assert wasi.call("poll_oneoff", good, SIZE - 31, 1, wasi.out(4)) == "FAULT"
        assert wasi.call("poll_oneoff", good, 64, 4096, wasi.out(4)) == "FAULT"
        assert wasi.call("poll_oneoff", good, 64, 1, SIZE - 3) == "FAULT"
