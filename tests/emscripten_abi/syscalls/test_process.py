from __future__ import annotations

import pytest

from compat.abi.guest import Exit
from compat.emscripten_abi.structs import Rlimit, Rusage, Utsname
from compat.emscripten_abi.syscalls.process import INFINITY, RLIMIT_NOFILE, syscalls
from tests.emscripten_abi.world import World


@pytest.mark.parametrize("number", [1, 252])
def test_exit_ends_the_program(world: World, number: int) -> None:
    with pytest.raises(Exit) as end:
        world.syscall(syscalls, number, 0x103)
    assert end.value.status == 3


def test_the_process_leads_its_group_and_session(world: World) -> None:
    assert [world.syscall(syscalls, n) for n in (20, 64, 65)] == [42, 1, 42]
    assert [world.syscall(syscalls, n, 0) for n in (132, 147)] == [42, 42]
    assert [world.syscall(syscalls, n, 43) for n in (132, 147)] == [-3, -3]
    assert [world.syscall(syscalls, 57, *a) for a in ((0, 0), (42, 42), (0, 7), (7, 0))] == [0, 0, -1, -3]


def test_what_a_sandbox_refuses(world: World) -> None:
    calls = {114: -10, 29: -4, 51: -38, 121: -1}
    assert {n: world.syscall(syscalls, n, 0, 0, 0, 0) for n in calls} == calls


def test_limits(world: World) -> None:
    assert world.syscall(syscalls, 191, 3, 0x100) == 0
    assert Rlimit.unpack(world.memory.read(0x100, 16)).cur == INFINITY
    assert world.untouched(0x110, 0x120)
    world.memory.write(0x200, Rlimit(cur=10, max=20).pack())
    assert world.syscall(syscalls, 340, 0, RLIMIT_NOFILE, 0x200, 0x100) == 0
    assert Rlimit.unpack(world.memory.read(0x100, 16)).max == 4096
    assert world.process.files.limit == 10
    world.memory.write(0x200, Rlimit(cur=30, max=20).pack())
    assert world.syscall(syscalls, 75, RLIMIT_NOFILE, 0x200) == -22
    world.memory.write(0x200, Rlimit(cur=30, max=30).pack())
    assert world.syscall(syscalls, 75, RLIMIT_NOFILE, 0x200) == -1
    assert world.syscall(syscalls, 191, 16, 0x100) == -22


def test_processor_time(world: World) -> None:
    world.process.clock.sleep(2_500_000_000)
    assert world.syscall(syscalls, 77, 0, 0x100) == 0
    usage = Rusage.unpack(world.memory.read(0x100, 136))
    assert (usage.utime.sec, usage.counters) == (2, bytes(56))
    assert world.syscall(syscalls, 77, -1, 0x100) == 0
    assert Rusage.unpack(world.memory.read(0x100, 136)).utime.sec == 0
    assert world.syscall(syscalls, 77, 5, 0x100) == -22


def test_uname(world: World) -> None:
    assert world.syscall(syscalls, 122, 0x100) == 0
    names = Utsname.unpack(world.memory.read(0x100, 390))
    assert [name.rstrip(b"\0") for name in (names.sysname, names.release, names.machine)] == [
        b"Emscripten",
        b"1.0",
        b"x86-JS",
    ]
    assert world.untouched(0x100 + 390, 0x300)


def test_umask_returns_the_former_one(world: World) -> None:
    assert [world.syscall(syscalls, 60, mask) for mask in (0o22, 0o1077, 0)] == [0o777, 0o22, 0o77]


def test_who_has_been_nice_stays_so(world: World) -> None:
    assert world.syscall(syscalls, 34, 3) == 0
    assert world.syscall(syscalls, 97, 0, 42, 5) == 0
    assert world.syscall(syscalls, 96, 0, 0) == 15
    assert [world.syscall(syscalls, 97, 0, 0, 4), world.syscall(syscalls, 34, -1)] == [-13, -1]
    assert world.syscall(syscalls, 34, 100) == 0
    assert [world.syscall(syscalls, 96, which, who) for which, who in ((2, 0), (0, 7), (3, 0))] == [1, -3, -22]
