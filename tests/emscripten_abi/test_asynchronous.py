"""Timers and sleeping, by the clock of a deterministic run."""

from __future__ import annotations

from pathlib import Path

import pytest

import compat
from compat.emscripten_abi.asynchronous import env
from compat.emscripten_abi.libc.signals import env as signals
from compat.emscripten_abi.timers import MOST, Timers
from compat.errors import Abort
from tests.emscripten_abi.loading import MEMORY, STACK, write_program
from tests.emscripten_abi.world import World

LOG = 0x8000
"""Where the program writes down a word for each call: the function's argument, and before a time in milliseconds."""

PROGRAM = f"""
  (import "env" "_emscripten_set_timeout" (func $timeout (param i32 f64 i32) (result i32)))
  (import "env" "_emscripten_set_immediate" (func $immediate (param i32 i32) (result i32)))
  (import "env" "_emscripten_set_interval" (func $interval (param i32 f64 i32) (result i32)))
  (import "env" "_emscripten_clear_interval" (func $clear (param i32)))
  (import "env" "_emscripten_set_timeout_loop" (func $timeout_loop (param i32 f64 i32) (result i32)))
  (import "env" "_emscripten_set_immediate_loop" (func $immediate_loop (param i32 i32) (result i32)))
  (import "env" "_emscripten_request_animation_frame" (func $frame (param i32 i32) (result i32)))
  (import "env" "_emscripten_request_animation_frame_loop" (func $frame_loop (param i32 i32) (result i32)))
  (import "env" "_emscripten_sleep" (func $sleep (param i32)))
  (import "env" "_emscripten_sleep_with_yield" (func $yield (param i32)))
  (import "env" "_emscripten_set_main_loop" (func $main_loop (param i32 i32 i32)))
  {MEMORY} {STACK}
  (table 6 6 funcref)
  (elem (i32.const 0) $write $timed $counted $stop $sleeps $write_9)
  (global $end (mut i32) (i32.const {LOG}))
  (global $left (mut i32) (i32.const 3))
  (global $running (mut i32) (i32.const 0))
  (func $write (param i32)
    (i32.store (global.get $end) (local.get 0))
    (global.set $end (i32.add (global.get $end) (i32.const 4))))
  (func $write_9 (call $write (i32.const 9)))
  (func $counted (param i32) (result i32)
    (call $write (local.get 0))
    (global.set $left (i32.sub (global.get $left) (i32.const 1)))
    (global.get $left))
  (func $timed (param f64 i32) (result i32)
    (call $counted (local.get 1)) (call $write (i32.trunc_f64_s (local.get 0))))
  (func $stop (param i32)
    (call $write (local.get 0))
    (global.set $left (i32.sub (global.get $left) (i32.const 1)))
    (if (i32.eqz (global.get $left)) (then (call $clear (global.get $running)))))
  (func $sleeps (param i32) (call $yield (i32.const 100)) (call $write (local.get 0)))
  (func (export "dynCall_v") (param i32) (call_indirect (local.get 0)))
  (func (export "dynCall_vi") (param i32 i32) (call_indirect (param i32) (local.get 1) (local.get 0)))
  (func (export "dynCall_ii") (param i32 i32) (result i32)
    (call_indirect (param i32) (result i32) (local.get 1) (local.get 0)))
  (func (export "dynCall_idi") (param i32 f64 i32) (result i32)
    (call_indirect (param f64 i32) (result i32) (local.get 1) (local.get 2) (local.get 0)))
  (func (export "timeouts")
    (drop (call $timeout (i32.const 0) (f64.const 20) (i32.const 1)))
    (drop (call $timeout (i32.const 0) (f64.const nan) (i32.const 2)))
    (call $clear (call $timeout (i32.const 0) (f64.const 5) (i32.const 3)))
    (drop (call $timeout (i32.const 0) (f64.const 10.5) (i32.const 4)))
    (drop (call $immediate (i32.const 0) (i32.const 5)))
    (call $write (i32.const 6)))
  (func (export "interval") (global.set $running (call $interval (i32.const 3) (f64.const 10) (i32.const 7))))
  (func (export "timeout_loop") (drop (call $timeout_loop (i32.const 1) (f64.const 10) (i32.const 7))))
  (func (export "immediate_loop") (drop (call $immediate_loop (i32.const 2) (i32.const 7))))
  (func (export "frame") (drop (call $frame (i32.const 1) (i32.const 7))))
  (func (export "frame_loop") (drop (call $frame_loop (i32.const 1) (i32.const 7))))
  (func $three
    (drop (call $timeout (i32.const 0) (f64.const 10) (i32.const 1)))
    (drop (call $timeout (i32.const 0) (f64.const 200) (i32.const 3))))
  (func (export "sleep") (call $three) (call $sleep (i32.const 100)) (call $write (i32.const 2)))
  (func (export "yield") (call $three) (call $yield (i32.const 100)) (call $write (i32.const 2)))
  (func (export "yield_twice")
    (drop (call $timeout (i32.const 4) (f64.const 10) (i32.const 1)))
    (drop (call $timeout (i32.const 0) (f64.const 20) (i32.const 2)))
    (call $yield (i32.const 300)) (call $write (i32.const 3)))
  (func (export "yield_in_a_loop")
    (call $main_loop (i32.const 5) (i32.const 0) (i32.const 0)) (call $yield (i32.const 100))
    (call $write (i32.const 1)))
  (func (export "log") (result i32) (i32.shr_u (i32.sub (global.get $end) (i32.const {LOG})) (i32.const 2)))"""


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_program(tmp_path_factory.mktemp("asynchronous") / "program.wasm", PROGRAM)


def written(program: Path, export: str, frames: int | None = None) -> list[int]:
    """What the program writes down when `export` is called."""
    with compat.load(program, abi="emscripten", frames=frames) as module:
        module.call(export)
        count = int(module.call("log") or 0)
        return [int.from_bytes(module.memory.read(LOG + 4 * i, 4), "little") for i in range(count)]


def test_timers_come_after_the_program_has_returned_and_in_their_order(program: Path) -> None:
    assert written(program, "timeouts") == [6, 2, 5, 4, 1]


@pytest.mark.parametrize("name", ["interval", "immediate_loop"])
def test_what_repeats_does_so_until_it_is_stopped(program: Path, name: str) -> None:
    assert written(program, name) == [7, 7, 7]


@pytest.mark.parametrize(("name", "period"), [("timeout_loop", 10), ("frame_loop", 17)])
def test_a_loop_is_told_the_time(program: Path, name: str, period: int) -> None:
    log = written(program, name)
    assert log[::2] == [7, 7, 7]
    first, second, third = log[1::2]
    # Each reading of the clock takes a millisecond.
    assert (second - first, third - second) == pytest.approx((period, period), abs=4)


def test_an_animation_frame_comes_once(program: Path) -> None:
    assert len(written(program, "frame")) == 2


@pytest.mark.parametrize("name", ["interval", "timeout_loop", "immediate_loop", "frame", "frame_loop"])
def test_what_could_go_on_for_ever_is_bounded_by_frames(program: Path, name: str) -> None:
    assert written(program, name, frames=0) == []


def test_sleeping_holds_timers_back(program: Path) -> None:
    assert written(program, "sleep") == [2, 1, 3]


def test_sleeping_with_yield_lets_them_come(program: Path) -> None:
    assert written(program, "yield") == [1, 2, 3]


def test_whoever_sleeps_meanwhile_holds_them_back(program: Path) -> None:
    assert written(program, "yield_twice") == [1, 2, 3]


def test_the_main_loop_stands_still_meanwhile(program: Path) -> None:
    assert written(program, "yield_in_a_loop", frames=2) == [1, 9, 9]


def test_timers_are_counted() -> None:
    timers = Timers()
    for _ in range(MOST):
        timers.add(0, list)
    with pytest.raises(Abort, match="timers"):
        timers.add(0, list)


def test_what_is_thrown_at_javascript_ends_the_program(world: World) -> None:
    with pytest.raises(Abort, match=r"threw 2\.5 at"):
        world.function(env, "_emscripten_throw_number")(2.5)
    with pytest.raises(Abort, match="threw 'why' at"):
        world.function(env, "_emscripten_throw_string")(world.text("why"))


def test_a_program_that_can_return_early_is_never_told_to(world: World) -> None:
    values = {row.name: row.body(world.guest) for row in env.rows if row.name.startswith("___async") and row.body}
    assert [values[name] for name in ("___async", "___async_unwind", "___async_cur_frame")] == [0, 1, 0]
    assert world.memory.read(values["___async_retval"], 8) == b"?" * 8


@pytest.mark.parametrize("name", ["_emscripten_sleep", "_emscripten_sleep_with_yield"])
def test_an_alarm_comes_to_whoever_sleeps_and_does_not_end_the_sleep(world: World, name: str) -> None:
    calls: list[float] = []
    world.guest.exports = {"dynCall_vi": lambda *_: calls.append(world.process.clock.monotonic())}
    world.function(signals, "_signal")(14, 7)
    world.function(signals, "_ualarm")(100_000, 100_000)
    start = world.process.clock.monotonic()
    world.function(env, name)(350)
    assert len(calls) == 3
    assert world.process.clock.monotonic() - start == pytest.approx(350e6, abs=20e6)
