from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from compat.abi.guest import Exit
from compat.emscripten_abi.structs import Fdstat
from compat.emscripten_abi.syscalls.wasi import env
from compat.kernel.files import OpenFlags
from tests.emscripten_abi.world import World


@pytest.fixture
def late() -> Iterator[World]:
    world = World("1.39.5", args=["program", "one"], env={"X": "y"})
    yield world
    world.process.close()


def function(world: World, name: str) -> Callable[..., Any]:
    return world.function(env, f"___wasi_{name}")


def test_both_names_are_there() -> None:
    names = {row.name for row in env.rows}
    assert {"___wasi_fd_write", "_fd_write", "___wasi_environ_get", "_proc_exit"} <= names


def test_reading_writing_seeking_closing(late: World) -> None:
    file = late.process.fs.open("/tmp/file", OpenFlags.READ | OpenFlags.WRITE | OpenFlags.CREATE)
    fd = late.process.files.open(file)
    late.memory.store_32(0x100, late.text("content"))
    late.memory.store_32(0x104, 7)
    assert function(late, "fd_write")(fd, 0x100, 1, 0x200) == 0
    assert late.memory.load_u32(0x200) == 7
    assert function(late, "fd_seek")(fd, 3, 0, 0, 0x208) == 0
    assert late.memory.load_u64(0x208) == 3
    late.memory.store_32(0x100, 0x300)
    assert function(late, "fd_read")(fd, 0x100, 1, 0x200) == 0
    assert late.memory.read(0x300, 5) == b"tent?"
    assert function(late, "fd_sync")(fd) == 0
    assert function(late, "fd_close")(fd) == 0
    assert function(late, "fd_close")(fd) == 8
    assert function(late, "fd_seek")(1, 0, 0, 9, 0x208) == 28


def test_the_first_releases_have_the_old_numbers() -> None:
    world = World("1.38.44")
    assert function(world, "fd_close")(77) == 9
    world.process.close()


def test_fdstat(late: World) -> None:
    assert function(late, "fd_fdstat_get")(1, 0x100) == 0
    stat = Fdstat.unpack(late.memory.read(0x100, 24))
    assert (stat.filetype, stat.flags) == (2, 0)
    assert late.untouched(0x118, 0x130)


def test_clocks(late: World) -> None:
    assert function(late, "clock_time_get")(0, 1, 0, 0x100) == 0
    assert late.memory.load_u64(0x100) // 10**9 == 946_684_800
    assert function(late, "clock_res_get")(1, 0x100) == 0
    assert late.memory.load_u64(0x100) == 10**6
    assert function(late, "clock_time_get")(9, 1, 0, 0x100) == 28


def strings(world: World, kind: str) -> list[bytes]:
    assert function(world, f"{kind}_sizes_get")(0x100, 0x104) == 0
    count, size = world.memory.load_u32(0x100), world.memory.load_u32(0x104)
    assert function(world, f"{kind}_get")(0x200, 0x1000) == 0
    assert world.untouched(0x200 + 4 * count, 0x300)
    assert world.untouched(0x1000 + size, 0x1800)
    return [world.memory.cstring(world.memory.load_u32(0x200 + 4 * i)) for i in range(count)]


def test_arguments_and_environment(late: World) -> None:
    assert strings(late, "args") == [b"program", b"one"]
    assert {b"X=y", b"USER=web_user", b"_=program"} <= set(strings(late, "environ"))


def test_exit(late: World) -> None:
    with pytest.raises(Exit) as end:
        function(late, "proc_exit")(4)
    assert end.value.status == 4
