from __future__ import annotations

import pytest

import compat
from compat.wasi_p1 import types, unstable
from compat.wasi_p1.rights import FILE
from compat.wasi_p1.table import UNSTABLE
from compat.wasi_p1.types import Clockid, Event, Eventtype, Filetype, Oflag
from tests.conftest import Build

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


BOTH = """(module
  (import "wasi_unstable" "path_open" (func $open
    (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (import "wasi_unstable" "fd_seek" (func $old_seek (param i32 i64 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_seek" (func $seek (param i32 i64 i32 i32) (result i32)))
  (import "wasi_unstable" "fd_filestat_get" (func $old_status (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_filestat_get" (func $status (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "file")
  (func (export "_start")
    (if (call $open (i32.const 3) (i32.const 0) (i32.const 0) (i32.const 4) (i32.const 0)
        (i64.const 0x200026) (i64.const 0) (i32.const 0) (i32.const 8)) (then (unreachable)))
    ;; 1 is from the end for the one, and from here for the other
    (if (call $old_seek (i32.load (i32.const 8)) (i64.const -3) (i32.const 1) (i32.const 16)) (then (unreachable)))
    (if (call $seek (i32.load (i32.const 8)) (i64.const -4) (i32.const 1) (i32.const 24)) (then (unreachable)))
    ;; the size is at 24 for the one, and at 32 for the other
    (if (call $old_status (i32.load (i32.const 8)) (i32.const 64)) (then (unreachable)))
    (if (call $status (i32.load (i32.const 8)) (i32.const 128)) (then (unreachable)))
    (call $exit (i32.add
      (i32.mul (i32.const 10) (i32.load (i32.const 24)))
      (i32.and
        (i64.eq (i64.load (i32.const 88)) (i64.const 10))
        (i64.eq (i64.load (i32.const 160)) (i64.const 10)))))))"""


def test_a_program_may_use_both_modules(build: Build) -> None:
    assert compat.run(build(BOTH), files={"/file": b"0123456789"}).check().status == 31
