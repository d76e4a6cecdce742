"""Main loops and sleeping, driven by the clock of a deterministic run."""

from __future__ import annotations

from pathlib import Path

import pytest

import compat
from compat.engine import default_engine
from tests.emscripten_abi.loading import MEMORY, STACK

SECOND = 1000.0
"""Milliseconds, in which `emscripten_get_now` counts."""

PROGRAM = f"""(module
  (import "env" "_emscripten_set_main_loop" (func $loop (param i32 i32 i32)))
  (import "env" "_emscripten_set_main_loop_arg" (func $loop_arg (param i32 i32 i32 i32)))
  (import "env" "_emscripten_cancel_main_loop" (func $cancel))
  (import "env" "_emscripten_pause_main_loop" (func $pause))
  (import "env" "_emscripten_resume_main_loop" (func $resume))
  (import "env" "_emscripten_set_main_loop_timing" (func $timing (param i32 i32) (result i32)))
  (import "env" "_emscripten_get_main_loop_timing" (func $get_timing (param i32 i32)))
  (import "env" "__emscripten_push_main_loop_blocker" (func $block (param i32 i32 i32)))
  (import "env" "_emscripten_async_call" (func $later (param i32 i32 i32)))
  (import "env" "_emscripten_sleep" (func $sleep (param i32)))
  (import "env" "_emscripten_get_now" (func $now (result f64)))
  (import "env" "_exit" (func $exit (param i32)))
  {MEMORY} {STACK}
  (table 4 4 funcref)
  (elem (i32.const 0) $frame $add $resumes)
  (global $count (mut i32) (i32.const 0))
  (global $sum (mut i32) (i32.const 0))
  (global $last (mut i32) (i32.const -1))
  (global $slept (mut f64) (f64.const 0))
  (func $frame
    (global.set $count (i32.add (global.get $count) (i32.const 1)))
    (if (i32.eq (global.get $count) (global.get $last)) (then (call $cancel))))
  (func $add (param i32) (global.set $sum (i32.add (global.get $sum) (local.get 0))))
  (func $resumes (param i32) (call $resume))
  (func (export "dynCall_v") (param i32) (call_indirect (local.get 0)))
  (func (export "dynCall_vi") (param i32 i32) (call_indirect (param i32) (local.get 1) (local.get 0)))
  (func (export "count") (result i32) (global.get $count))
  (func (export "sum") (result i32) (global.get $sum))
  (func (export "now") (result f64) (call $now))
  (func (export "start") (param $fps i32) (param $forever i32) (param $last i32)
    (global.set $last (local.get $last))
    (call $loop (i32.const 0) (local.get $fps) (local.get $forever))
    (global.set $sum (i32.const 1000)))
  (func (export "start_arg") (param i32) (call $loop_arg (i32.const 1) (local.get 0) (i32.const 0) (i32.const 0)))
  (func (export "pause_for") (param $milliseconds i32)
    (call $pause) (call $later (i32.const 2) (i32.const 0) (local.get $milliseconds)))
  (func (export "timing") (param i32 i32) (result i32) (call $timing (local.get 0) (local.get 1)))
  (func (export "get_timing") (param i32 i32) (call $get_timing (local.get 0) (local.get 1)))
  (func (export "block") (param i32) (call $block (i32.const 1) (local.get 0) (i32.const 0)))
  (func (export "cancel") (call $cancel))
  (func (export "sleep") (param i32) (call $sleep (local.get 0)))
  (func (export "_main") (result i32)
    (call $loop (i32.const 0) (i32.const 0) (i32.const 1)) (i32.const 3)))"""


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("mainloop") / "program.wasm"
    path.write_bytes(default_engine().assemble(PROGRAM))
    return path


def load(program: Path, frames: int | None) -> compat.Module:
    return compat.load(program, abi="emscripten", frames=frames)


def elapsed(module: compat.Module, name: str, *args: float) -> float:
    """Call an export; the milliseconds that passed."""
    start = float(module.call("now") or 0)
    module.call(name, *args)
    return float(module.call("now") or 0) - start


@pytest.mark.parametrize(("fps", "duration"), [(10, SECOND), (0, 10 * 16.667), (50, SECOND / 5)])
def test_frames_come_by_the_clock_until_the_loop_is_cancelled(program: Path, fps: int, duration: float) -> None:
    with load(program, None) as module:
        # Each reading of the clock takes a millisecond.
        assert elapsed(module, "start", fps, 0, 10) == pytest.approx(duration, abs=15)
        assert (module.call("count"), module.call("sum")) == (10, 1000)


def test_frames_can_be_counted_off(program: Path) -> None:
    with load(program, 4) as module:
        module.call("start_arg", 5)
        assert module.call("sum") == 20


def test_a_library_gets_none_unasked(program: Path) -> None:
    with compat.load(program, abi="emscripten") as module:
        module.call("start_arg", 5)
        assert module.call("sum") == 0


def test_a_loop_that_stands_for_an_endless_one_leaves_the_function(program: Path) -> None:
    with load(program, None) as module:
        module.call("start", 0, 1, 3)
        assert (module.call("count"), module.call("sum")) == (3, 0)


def test_there_is_one_loop_at_a_time(program: Path) -> None:
    with load(program, 1) as module:
        module.call("start_arg", 1)
        with pytest.raises(compat.Abort, match="has to be cancelled first"):
            module.call("start_arg", 1)
        module.call("cancel")
        module.call("start_arg", 1)


def test_a_loop_pauses_and_goes_on(program: Path) -> None:
    with load(program, 0) as module:
        module.call("start_arg", 1)
        assert elapsed(module, "pause_for", 500) == pytest.approx(500 + 16.667, rel=0.01)


def test_timing_can_be_changed_and_read(program: Path) -> None:
    with load(program, 3) as module:
        assert module.call("timing", 0, 100) == 1
        module.call("start_arg", 1)
        assert module.call("timing", 0, 100) == 0
        module.memory.write(0x8000, b"?" * 16)
        module.call("get_timing", 0x8004, 0x8008)
        assert module.memory.read(0x8000, 16) == b"????" + bytes(4) + b"\x64\0\0\0" + b"????"


def test_blockers_come_in_place_of_frames(program: Path) -> None:
    with load(program, 2) as module:
        module.call("block", 100)
        module.call("start_arg", 1)
        assert module.call("sum") == 102


def test_sleeping_takes_time(program: Path) -> None:
    with load(program, None) as module:
        assert elapsed(module, "sleep", 250) == pytest.approx(250, abs=1)


def test_a_program_ends_after_its_frames(program: Path) -> None:
    assert compat.run(program, abi="emscripten", frames=7).check().status == 0
