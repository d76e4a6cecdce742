from __future__ import annotations

import struct
import subprocess
import sys
from errno import EINTR
from pathlib import Path
from typing import Any

import pytest

from compat.emscripten_abi.libc.signals import env
from compat.emscripten_abi.libc.time import env as time
from compat.emscripten_abi.structs import Sigaction
from compat.emscripten_abi.syscalls.process import syscalls as process
from compat.errors import Abort, TimeLimit
from compat.kernel.host import system
from compat.kernel.poll import poll
from tests.emscripten_abi.loading import MEMORY, STACK, write_program
from tests.emscripten_abi.world import World


@pytest.fixture
def calls(world: World) -> list[tuple[Any, ...]]:
    """What function pointers were called with."""
    made: list[tuple[Any, ...]] = []
    world.guest.exports = {
        **world.guest.exports,
        "dynCall_vi": lambda *args: made.append(args),
        "dynCall_viii": lambda *args: made.append(args),
    }
    return made


def test_a_handler_is_called(world: World, calls: list[tuple[Any, ...]]) -> None:
    assert world.function(env, "_signal")(15, 7) == 0
    assert world.function(env, "_raise")(15) == 0
    assert world.function(env, "_kill")(42, 15) == 0
    assert calls == [(7, 15), (7, 15)]
    assert world.function(env, "_signal")(15, 1) == 7
    assert world.function(env, "_raise")(15) == 0
    assert len(calls) == 2


def test_without_a_handler_a_signal_ends_the_program_or_does_nothing(world: World) -> None:
    assert world.function(env, "_raise")(17) == 0
    with pytest.raises(Abort, match="SIGABRT"):
        world.function(env, "_raise")(6)


def test_sigaction_gives_the_former_action_and_has_flags(world: World, calls: list[tuple[Any, ...]]) -> None:
    world.memory.write(0x100, Sigaction(handler=9, flags=0x8000_0004).pack())
    assert world.function(env, "_sigaction")(10, 0x100, 0) == 0
    assert world.function(env, "_sigaction")(10, 0, 0x200) == 0
    assert Sigaction.unpack(world.memory.read(0x200, 140)).handler == 9
    assert world.untouched(0x200 + 140, 0x300)
    world.function(env, "_raise")(10)
    assert calls == [(9, 10, 0, 0)]
    with pytest.raises(Abort):
        world.function(env, "_raise")(10)


def test_blocked_signals_wait(world: World, calls: list[tuple[Any, ...]]) -> None:
    world.function(env, "_signal")(10, 7)
    world.memory.store_64(0x100, 1 << 9)
    assert world.function(env, "_sigprocmask")(0, 0x100, 0) == 0
    world.function(env, "_raise")(10)
    assert calls == []
    world.function(env, "_sigpending")(0x200)
    assert world.memory.load_u64(0x200) == 1 << 9
    assert world.function(env, "_sigprocmask")(1, 0x100, 0x300) == 0
    assert world.memory.load_u64(0x300) == 1 << 9
    assert calls == [(7, 10)]


def test_bad_signals(world: World) -> None:
    assert world.function(env, "_raise")(65) == -1
    assert world.errno == 22
    assert world.function(env, "_signal")(9, 7) == 0xFFFF_FFFF
    assert world.function(env, "_kill")(7, 15) == -1
    assert world.errno == 3


def test_sets_touch_64_bits(world: World) -> None:
    assert world.function(env, "_sigfillset")(0x100) == 0
    assert world.memory.read(0x100, 12) == b"\xff" * 8 + b"????"
    world.function(env, "_sigemptyset")(0x100)
    world.function(env, "_sigaddset")(0x100, 64)
    assert world.function(env, "_sigismember")(0x100, 64) == 1
    world.function(env, "_sigdelset")(0x100, 64)
    assert world.memory.load_u64(0x100) == 0
    assert world.function(env, "_sigaddset")(0x100, 0) == -1


# --- alarms


def set_timer(world: World, which: int, seconds: float, interval: float = 0, old: int = 0) -> Any:
    times = [int(part) for time in (interval, seconds) for part in (time // 1, time % 1 * 1_000_000)]
    world.memory.write(0x100, struct.pack("<4i", *times))
    return world.function(env, "_setitimer")(which, 0x100, old)


def now(world: World) -> float:
    return world.process.clock.monotonic() / 1e9


def test_an_alarm_comes_to_a_program_that_waits(world: World, calls: list[tuple[Any, ...]]) -> None:
    world.function(env, "_signal")(14, 7)
    start = now(world)
    assert world.function(env, "_alarm")(3) == 0
    assert (world.function(env, "_pause")(), world.errno) == (-1, 4)
    assert calls == [(7, 14)]
    assert now(world) - start == pytest.approx(3, abs=0.1)
    assert world.function(env, "_alarm")(0) == 0
    assert world.function(env, "_pause")() == -1
    assert len(calls) == 1


def test_an_alarm_ends_a_sleep_and_what_remains_is_told(world: World, calls: list[tuple[Any, ...]]) -> None:
    world.function(env, "_signal")(14, 7)
    world.function(env, "_ualarm")(250_000, 0)
    world.memory.write(0x100, struct.pack("<ii", 1, 0))
    assert (world.function(time, "_nanosleep")(0x100, 0x100), world.errno) == (-1, 4)
    seconds, nanoseconds = struct.unpack("<ii", world.memory.read(0x100, 8))
    assert seconds == 0
    assert nanoseconds / 1e9 == pytest.approx(0.75, abs=0.02)
    world.function(env, "_alarm")(1)
    assert (world.function(time, "_usleep")(2_000_000), world.errno) == (-1, 4)
    assert (world.function(time, "_usleep")(1000), len(calls)) == (0, 2)


def test_an_alarm_that_nobody_handles_ends_the_program(world: World) -> None:
    world.function(env, "_alarm")(1)
    with pytest.raises(Abort, match="SIGALRM"):
        world.function(time, "_usleep")(2_000_000)


def test_an_alarm_that_is_held_back_or_ignored_ends_no_sleep(world: World, calls: list[tuple[Any, ...]]) -> None:
    world.function(env, "_signal")(14, 1)
    world.function(env, "_alarm")(1)
    assert world.function(time, "_usleep")(2_000_000) == 0
    world.function(env, "_signal")(14, 7)
    world.memory.store_64(0x200, 1 << 13)
    world.function(env, "_sigprocmask")(0, 0x200, 0)
    world.function(env, "_alarm")(1)
    assert world.function(time, "_usleep")(2_000_000) == 0
    world.function(env, "_sigpending")(0x208)
    assert world.memory.load_u64(0x208) == 1 << 13
    assert calls == []
    world.memory.store_64(0x200, 0)
    assert (world.function(env, "_sigsuspend")(0x200), world.errno) == (-1, 4)
    assert calls == [(7, 14)]


def test_sigsuspend_waits_with_another_mask(world: World, calls: list[tuple[Any, ...]]) -> None:
    world.function(env, "_signal")(14, 7)
    world.memory.store_64(0x200, 1 << 13)
    world.function(env, "_sigprocmask")(0, 0x200, 0)
    world.function(env, "_alarm")(1)
    world.memory.store_64(0x200, 0)
    assert world.function(env, "_sigsuspend")(0x200) == -1
    assert calls == [(7, 14)]
    world.function(env, "_raise")(14)
    assert len(calls) == 1


def test_interval_timers(world: World, calls: list[tuple[Any, ...]]) -> None:
    world.function(env, "_signal")(14, 7)
    assert set_timer(world, 0, 0.5, 0.25) == 0
    start = now(world)
    for _ in range(3):
        world.function(env, "_pause")()
    assert len(calls) == 3
    assert now(world) - start == pytest.approx(1, abs=0.1)
    assert set_timer(world, 0, 0, old=0x200) == 0
    left = struct.unpack("<4i", world.memory.read(0x200, 16))
    assert left[:3] == (0, 250_000, 0)
    assert left[3] == pytest.approx(250_000, abs=20_000)
    world.function(env, "_getitimer")(0, 0x200)
    assert world.memory.read(0x208, 9) == bytes(8) + b"?"
    assert (set_timer(world, 3, 1), world.errno) == (-1, 22)
    world.memory.write(0x100, struct.pack("<4i", 0, 0, 0, 1_000_000))
    assert world.function(env, "_setitimer")(0, 0x100, 0) == -1


def test_timers_of_processor_time_are_only_kept(world: World, calls: list[tuple[Any, ...]]) -> None:
    assert set_timer(world, 2, 1.5) == 0
    assert world.function(env, "_pause")() == -1
    world.function(env, "_getitimer")(2, 0x200)
    assert struct.unpack("<4i", world.memory.read(0x200, 16)) == (0, 0, 1, 500_000)
    assert calls == []


@pytest.mark.parametrize(("lives", "count"), [(True, 1), (False, 0)])
def test_an_alarm_waits_only_for_a_program_that_lives_on(
    world: World, calls: list[tuple[Any, ...]], lives: bool, count: int
) -> None:
    world.function(env, "_signal")(14, 7)
    world.function(env, "_alarm")(1)
    world.guest.settle(lives=lives)
    assert len(calls) == count


def test_system_calls_do_the_same(world: World, calls: list[tuple[Any, ...]]) -> None:
    world.function(env, "_signal")(14, 7)
    world.memory.write(0x100, struct.pack("<4i", 0, 0, 1, 0))
    assert world.syscall(process, 104, 0, 0x100, 0) == 0
    assert world.syscall(process, 29) == -4
    assert calls == [(7, 14)]
    world.memory.write(0x100, Sigaction(handler=9, flags=4).pack())
    world.function(env, "_sigaction")(10, 0x100, 0)
    assert world.syscall(process, 178, 42, 10, 0x300) == 0
    assert calls[1:] == [(9, 10, 0x300, 0)]
    assert [world.syscall(process, 178, *a, 0) for a in ((7, 10), (42, 65))] == [-3, -22]


def test_a_read_that_c_would_serve_is_interrupted(tmp_path: Path) -> None:
    """A program reads from the host's standard input, where nothing comes, and exits with the number of the error."""
    program = f"""
      (import "env" "___syscall3" (func $read (param i32 i32) (result i32)))
      (import "env" "_sigaction" (func $sigaction (param i32 i32 i32) (result i32)))
      (import "env" "_ualarm" (func $ualarm (param i32 i32) (result i32)))
      {MEMORY} {STACK}
      (table 3 3 funcref)
      (elem (i32.const 2) $handle)
      (func $handle (param i32))
      (func (export "dynCall_vi") (param i32 i32) (call_indirect (param i32) (local.get 1) (local.get 0)))
      (func (export "_main") (result i32)
        (i32.store (i32.const 1024) (i32.const 2))
        (drop (call $sigaction (i32.const 14) (i32.const 1024) (i32.const 0)))
        (drop (call $ualarm (i32.const 100000) (i32.const 0)))
        (i32.store (i32.const 1204) (i32.const 1300))
        (i32.store (i32.const 1208) (i32.const 4))
        (i32.sub (i32.const 0) (call $read (i32.const 3) (i32.const 1200))))"""
    path = write_program(tmp_path / "program.wasm", program)
    command = [sys.executable, "-m", "compat", "run", "--abi=emscripten", str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as run:
        assert run.wait(timeout=60) == EINTR


def test_a_signal_that_its_handler_brings_about_comes_after_it(world: World) -> None:
    depth: list[int] = []
    most: list[int] = []

    def handler(pointer: int, signal: int) -> None:
        depth.append(signal)
        most.append(len(depth))
        if len(most) < 5000:
            world.function(env, "_raise")(signal)
        depth.pop()

    world.guest.exports = {**world.guest.exports, "dynCall_vi": handler}
    world.function(env, "_signal")(10, 7)
    world.function(env, "_raise")(10)
    assert (len(most), max(most)) == (5000, 1)


def test_an_alarm_that_comes_again_and_again_does_not_outlast_the_time_limit(world: World) -> None:
    world.function(env, "_signal")(14, 1)
    world.function(env, "_ualarm")(1, 1)
    world.process.clock.deadline = system.monotonic() + 100_000_000
    with pytest.raises(TimeLimit):
        poll([], None, world.process.clock)
