"""Every pointer of every function, bad in every way: an error number, nothing written, nothing done; and good ones."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest

import compat
from compat.abi.bind import row_type
from compat.files import Files
from compat.wasi_p1 import TABLES, rights
from compat.wasi_p1.table import PREVIEW1, UNSTABLE
from compat.wasi_p1.types import Event, Subscription
from tests.conftest import Build
from tests.programs import start, wasi

from .world import NAMES, ROOT, SIZE, World

FILE, SUBDIRECTORY = 4, 5
LAST = SIZE - 1
ALL_ONES = (1 << 32) - 1


class Pointer(int):
    """An argument that is an address: what is there matters, or what will be."""


class Length(int):
    """An argument that says how many bytes, or elements, are at the pointer before it."""


def text(world: World, content: str) -> tuple[Pointer, Length]:
    return Pointer(world.put(content.encode())), Length(len(content))


def vector(world: World) -> tuple[Pointer, Length]:
    address, count = world.vectors(b"abc")
    return Pointer(address), Length(count)


def room(world: World) -> tuple[Pointer, Length]:
    (address, count), _ = world.buffers(3)
    return Pointer(address), Length(count)


def out(world: World, size: int = 64) -> Pointer:
    return Pointer(world.out(size))


CALLS: dict[str, Callable[[World], tuple[int, ...]]] = {
    "args_get": lambda w: (out(w), out(w)),
    "args_sizes_get": lambda w: (out(w), out(w)),
    "environ_get": lambda w: (out(w), out(w)),
    "environ_sizes_get": lambda w: (out(w), out(w)),
    "clock_res_get": lambda w: (0, out(w)),
    "clock_time_get": lambda w: (0, 0, out(w)),
    "fd_fdstat_get": lambda w: (FILE, out(w)),
    "fd_filestat_get": lambda w: (FILE, out(w)),
    "fd_pread": lambda w: (FILE, *room(w), 0, out(w)),
    "fd_prestat_get": lambda w: (ROOT, out(w)),
    "fd_prestat_dir_name": lambda w: (ROOT, out(w), Length(4)),
    "fd_pwrite": lambda w: (FILE, *vector(w), 0, out(w)),
    "fd_read": lambda w: (FILE, *room(w), out(w)),
    "fd_readdir": lambda w: (SUBDIRECTORY, out(w), Length(64), 0, out(w)),
    "fd_seek": lambda w: (FILE, 0, 0, out(w)),
    "fd_tell": lambda w: (FILE, out(w)),
    "fd_write": lambda w: (FILE, *vector(w), out(w)),
    "path_create_directory": lambda w: (ROOT, *text(w, "new")),
    "path_filestat_get": lambda w: (ROOT, 0, *text(w, "file"), out(w)),
    "path_filestat_set_times": lambda w: (ROOT, 0, *text(w, "file"), 0, 0, 5),
    "path_link": lambda w: (ROOT, 0, *text(w, "file"), ROOT, *text(w, "new")),
    "path_open": lambda w: (ROOT, 0, *text(w, "new"), 1, 2, 0, 0, out(w)),
    "path_readlink": lambda w: (ROOT, *text(w, "link"), out(w), Length(9), out(w)),
    "path_remove_directory": lambda w: (ROOT, *text(w, "directory")),
    "path_rename": lambda w: (ROOT, *text(w, "file"), ROOT, *text(w, "new")),
    "path_symlink": lambda w: (*text(w, "file"), ROOT, *text(w, "new")),
    "path_unlink_file": lambda w: (ROOT, *text(w, "file")),
    # Zeros are a subscription to the clock that has passed already, in either module.
    "poll_oneoff": lambda w: (Pointer(w.put(bytes(64))), out(w), Length(1), out(w)),
    "random_get": lambda w: (out(w), Length(64)),
}
"""Arguments with which each function succeeds."""

BY_VALUE = {
    *("fd_advise", "fd_allocate", "fd_close", "fd_datasync", "fd_fdstat_set_flags", "fd_fdstat_set_rights"),
    *("fd_filestat_set_size", "fd_filestat_set_times", "fd_renumber", "fd_sync", "proc_exit", "proc_raise"),
    *("sched_yield", "sock_shutdown"),
}
SOCKETS = {"sock_accept", "sock_recv", "sock_send"}
"""Functions whose pointers test_sock.py tries: they need a connection."""


def world(module: str) -> World:
    """A file at 4 and a directory at 5, and a link."""
    world = World(module=module, args=("program",), env={"A": "1"})
    assert world.open("file", 1, base=rights.FILE) == FILE
    assert world.call("fd_write", FILE, world.vectors(b"content"), world.out(4)) == "SUCCESS"
    assert world.directory("directory") == SUBDIRECTORY
    assert world.call("path_symlink", "file", ROOT, "link") == "SUCCESS"
    return world


def state(world: World) -> list[object]:
    """What a call could have changed: names, contents, descriptors and positions."""
    listing = sorted(name for name, _, _ in world.process.fs.root.entries())
    return [listing, Files(world.process.fs).read("/file"), sorted(world.process.files)]


def test_every_function_is_here() -> None:
    assert {row.name for row in TABLES if row.module == PREVIEW1} == CALLS.keys() | BY_VALUE | SOCKETS


@pytest.mark.parametrize("module", [PREVIEW1, UNSTABLE])
@pytest.mark.parametrize("name", CALLS)
def test_every_pointer(module: str, name: str) -> None:
    ((row, _),) = TABLES.find(module, name)
    with (guest := world(module)).process:
        arguments = CALLS[name](guest)
        assert len(arguments) == len((row_type(row) or "").partition("(")[2]) - 1
        assert any(isinstance(argument, Pointer) for argument in arguments)
        assert guest.call(name, *arguments) == "SUCCESS"
    for place, argument in enumerate(arguments):
        for bad in _bad(argument):
            with (guest := world(module)).process:
                arguments = CALLS[name](guest)
                before = state(guest), bytes(guest.memory)
                outcome = NAMES[guest.function(name)(*arguments[:place], bad, *arguments[place + 1 :])]
                assert outcome in ("FAULT", "INVAL", "NAMETOOLONG"), f"argument {place} is {bad}"
                assert outcome == "FAULT" or isinstance(argument, Length)
                after = state(guest), bytes(guest.memory)
                assert before == after


def _bad(argument: int) -> tuple[int, ...]:
    if isinstance(argument, Pointer):
        return SIZE, LAST, -1, -(1 << 31), (1 << 31) - 1
    return (SIZE, -1, -(1 << 31), 1 << 28) if isinstance(argument, Length) else ()


@pytest.mark.parametrize("name", ["fd_read", "fd_pread", "fd_write", "fd_pwrite"])
@pytest.mark.parametrize(("base", "length"), [(SIZE, 1), (LAST, 2), (0, SIZE + 1), (1 << 31, 1 << 31), (64, ALL_ONES)])
def test_pointers_behind_pointers(name: str, base: int, length: int) -> None:
    offset = (0,) if name[3] == "p" else ()
    with (guest := world(PREVIEW1)).process:
        good = guest.put(b"good").to_bytes(4, "little") + b"\4\0\0\0"
        vectors = guest.put(good + base.to_bytes(4, "little") + length.to_bytes(4, "little"))
        before = state(guest), bytes(guest.memory)
        assert guest.call(name, FILE, vectors, 2, *offset, guest.out(4)) == "FAULT"
        assert before == (state(guest), bytes(guest.memory))


def test_room_for_events_counts_them_all() -> None:
    with (guest := world(PREVIEW1)).process:
        clocks = guest.put(bytes(2 * Subscription.sizeof()))
        assert guest.call("poll_oneoff", clocks, SIZE - 2 * Event.sizeof() + 1, 2, guest.out(4)) == "FAULT"


GIANT = {
    "args_get": (-8, -8),
    "fd_pread": (FILE, 64, ALL_ONES, 0, 64),
    "fd_prestat_dir_name": (ROOT, 64, ALL_ONES),
    "fd_pwrite": (FILE, 64, 1 << 29, 0, 64),
    "fd_read": (FILE, 64, 1 << 29, 64),
    "fd_readdir": (SUBDIRECTORY, 64, ALL_ONES, 0, 64),
    "fd_write": (FILE, 64, ALL_ONES, 64),
    "path_open": (ROOT, 0, 64, ALL_ONES, 1, 2, 0, 0, 64),
    "path_readlink": (ROOT, 64, 1, 64, ALL_ONES, 64),
    "path_symlink": (64, 1 << 31, ROOT, 64, 1 << 31),
    "poll_oneoff": (64, 64, 1_000_000, 64),
    "random_get": (0, ALL_ONES),
    "sock_recv": (FILE, 64, ALL_ONES, 0, 64, 64),
    "sock_send": (FILE, 64, ALL_ONES, 0, 64),
}


@pytest.mark.parametrize("name", GIANT)
def test_giants_are_refused_without_memory_of_the_host(name: str) -> None:
    with (guest := world(PREVIEW1)).process:
        function = guest.function(name)
        function(*GIANT[name])
        tracemalloc.start()
        try:
            outcome = NAMES[function(*GIANT[name])]
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    assert outcome != "SUCCESS"
    assert peak < 1 << 14


@pytest.mark.parametrize("deterministic", [True, False], ids=["in Python", "natively"])
def test_addresses_beyond_two_gibibytes_that_are_not_aligned(deterministic: bool, build: Build, tmp_path: Path) -> None:
    """They are negative numbers to some hosts, and to others an error."""
    (tmp_path / "file").write_bytes(b"content")
    functions = {
        "clock_time_get": "i32 i64 i32",
        "path_open": "i32 i32 i32 i32 i32 i64 i64 i32 i32",
        "path_filestat_get": "i32 i32 i32 i32 i32",
        "fd_read": "i32 i32 i32 i32",
    }
    imports = "\n".join(
        f'(import "wasi_snapshot_preview1" "{name}" (func ${name} (param {types}) (result i32)))'
        for name, types in functions.items()
    )
    # A vector of buffers at 0x80000003, what it leads to at 0x80000041, and a path.
    data = r'(data (i32.const 0x80000003) "\41\00\00\80\10\00\00\00") (data (i32.const 0x80000031) "file")'
    code = """
      (call $must (call $clock_time_get (i32.const 1) (i64.const 0) (i32.const 0x80000011)))
      (call $must (i64.eqz (i64.load (i32.const 0x80000011))))
      (call $must (call $path_filestat_get
        (i32.const 3) (i32.const 1) (i32.const 0x80000031) (i32.const 4) (i32.const 0x80000101)))
      (call $must (i64.ne (i64.load (i32.const 0x80000121)) (i64.const 7)))
      (call $must (call $path_open (i32.const 3) (i32.const 1) (i32.const 0x80000031) (i32.const 4) (i32.const 0)
        (i64.const 2) (i64.const 0) (i32.const 0) (i32.const 0x80000021)))
      (call $must (call $fd_read
        (i32.load (i32.const 0x80000021)) (i32.const 0x80000003) (i32.const 1) (i32.const 0x80000029)))
      (call $must (call $fd_write (i32.const 1) (i32.const 0x80000003) (i32.const 1) (i32.const 0x80000029)))"""
    must = "(func $must (param i32) (if (local.get 0) (then (call $proc_exit (local.get 0)))))"
    program = build(wasi(data + must + start(code), imports, memory='(memory (export "memory") 32769)'))
    result = compat.run(program, mounts=[compat.Mount(str(tmp_path), "/")], deterministic=deterministic).check()
    assert (result.status, result.stdout) == (0, b"content".ljust(16, b"\0"))
