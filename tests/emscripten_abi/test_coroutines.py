"""Coroutines of the emterpreter: each has its own stack, and is taken up where it yielded."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import compat
from tests.emscripten_abi.loading import MEMORY, STACK, write_program

GLUE = """var EMTSTACKTOP=getMemory(1048576);var EMT_STACK_MAX=EMTSTACKTOP+1048576;var eb=getMemory(16);
  HEAPU8.set([0,0,0,0],eb+0);var relocations=[];new WebAssembly.Memory({});"program.wasm\""""
LOG, FIRST, SECOND = 0x8000, 0x9000, 0xA000
SIZE = 256

PROGRAM = f"""
  (import "env" "EMTSTACKTOP" (global $bottom i32))
  (import "env" "EMT_STACK_MAX" (global $limit i32))
  (import "env" "eb" (global $eb i32))
  (import "env" "_emscripten_coroutine_next" (func $next (param i32) (result i32)))
  (import "env" "_emscripten_yield" (func $yield))
  (import "env" "___cxa_throw" (func $throw (param i32 i32 i32)))
  (import "env" "invoke_ii" (func $invoke (param i32 i32) (result i32)))
  {MEMORY} {STACK}
  (table 8 8 funcref)
  (elem (i32.const 1) $counter $nested $throws $enter)
  (global $end (mut i32) (i32.const {LOG}))
  (global $top (mut i32) (global.get $bottom))
  (global $max (mut i32) (global.get $limit))
  (global $state (mut i32) (i32.const 0))
  (func (export "setAsyncState") (param i32) (global.set $state (local.get 0)))
  (func (export "emtStackSave") (result i32) (global.get $top))
  (func (export "emtStackRestore") (param i32) (global.set $top (local.get 0)))
  (func (export "getEmtStackMax") (result i32) (global.get $max))
  (func (export "setEmtStackMax") (param i32) (global.set $max (local.get 0)))
  (func (export "setThrew") (param i32 i32))
  (func (export "_free") (param i32) (call $write (i32.sub (i32.const 0) (local.get 0))))
  (func $write (param i32)
    (i32.store (global.get $end) (local.get 0))
    (global.set $end (i32.add (global.get $end) (i32.const 4))))

  ;; What tools/emterpretify.py makes: of a frame, the first word is the function, the second where it has got to, and
  ;; the third its argument. Function 1 calls function 2 for its argument and the number below, until that is 0.
  (func $emterpret (export "emterpret") (param $function i32) (local $sp i32)
    (i32.store (global.get $top) (local.get $function))
    (local.set $sp (i32.add (global.get $top) (i32.const 8)))
    (global.set $top (i32.add (global.get $top) (i32.const 16)))
    (if (i32.ne (global.get $state) (i32.const 2))
      (then (i32.store (i32.sub (local.get $sp) (i32.const 4)) (i32.const 0))))
    (if (i32.eq (local.get $function) (i32.const 2)) (then
      (if (i32.eqz (i32.load (i32.sub (local.get $sp) (i32.const 4))))
        (then (call $write (i32.load (local.get $sp)))))
      (i32.store (i32.sub (local.get $sp) (i32.const 4)) (i32.const 1))
      (call $yield)
      (global.set $top (i32.sub (local.get $sp) (i32.const 8)))
      (return)))
    (loop $again
      (if (i32.ne (global.get $state) (i32.const 2))
        (then (i32.store (i32.add (global.get $top) (i32.const 8)) (i32.load (local.get $sp)))))
      (call $emterpret (i32.const 2))
      (if (i32.eq (global.get $state) (i32.const 1))
        (then (global.set $top (i32.sub (local.get $sp) (i32.const 8))) (return)))
      (i32.store (local.get $sp) (i32.sub (i32.load (local.get $sp)) (i32.const 1)))
      (br_if $again (i32.load (local.get $sp))))
    (global.set $top (i32.sub (local.get $sp) (i32.const 8))))

  (func $counter (param i32)
    (i32.store (i32.add (global.get $top) (i32.const 8)) (local.get 0))
    (call $emterpret (i32.const 1)))
  (func $nested (param i32) (call $write (call $next (local.get 0))))
  (func $throws (param i32) (call $throw (i32.const 16) (i32.const 16) (i32.const 0)))
  (func $enter (param i32) (result i32) (call $next (local.get 0)))
  (func (export "dynCall_vi") (param i32 i32) (call_indirect (param i32) (local.get 1) (local.get 0)))
  (func (export "dynCall_ii") (param i32 i32) (result i32)
    (call_indirect (param i32) (result i32) (local.get 1) (local.get 0)))

  (func (export "create") (param $at i32) (param $function i32) (param $argument i32)
    (i32.store (i32.add (local.get $at) (i32.const 12)) (i32.add (local.get $at) (i32.const 32)))
    (i32.store (i32.add (local.get $at) (i32.const 16)) (i32.add (local.get $at) (i32.const 32)))
    (i32.store (i32.add (local.get $at) (i32.const 20)) (i32.add (local.get $at) (i32.const {32 + SIZE})))
    (i32.store (i32.add (local.get $at) (i32.const 24)) (local.get $function))
    (i32.store (i32.add (local.get $at) (i32.const 28)) (local.get $argument)))
  (func (export "next") (param i32) (result i32) (call $next (local.get 0)))
  (func (export "guarded") (param i32) (result i32) (call $invoke (i32.const 4) (local.get 0)))
  (func (export "yield") (call $yield))
  (func (export "unchanged") (result i32)
    (i32.and (i32.eq (global.get $top) (global.get $bottom)) (i32.eq (global.get $max) (global.get $limit))))
  (func (export "log") (result i32) (global.get $end))"""
COUNTER, NESTED, THROWS = 1, 2, 3


@pytest.fixture
def module(tmp_path: Path) -> Iterator[compat.Module]:
    (tmp_path / "program.js").write_text(GLUE, "utf-8")
    path = write_program(tmp_path / "program.wasm", PROGRAM)
    with compat.load(path, abi="emscripten", glue=tmp_path / "program.js") as module:
        yield module


def written(module: compat.Module) -> list[int]:
    """What the program wrote down: the numbers that its coroutines count, and less than 0 what was freed."""
    end = int(module.call("log") or 0)
    return [module.memory.load_i32(at) for at in range(LOG, end, 4)]


def test_a_coroutine_is_taken_up_where_it_yielded_and_freed_when_it_has_returned(module: compat.Module) -> None:
    module.call("create", FIRST, COUNTER, 3)
    assert [module.call("next", FIRST) for _ in range(4)] == [1, 1, 1, 0]
    assert written(module) == [3, 2, 1, -FIRST]
    assert module.call("unchanged") == 1


def test_two_coroutines_take_turns(module: compat.Module) -> None:
    module.call("create", FIRST, COUNTER, 2)
    module.call("create", SECOND, COUNTER, 9)
    assert [module.call("next", at) for at in (FIRST, SECOND, SECOND, FIRST, FIRST, SECOND)] == [1, 1, 1, 1, 0, 1]
    assert written(module) == [2, 9, 8, 1, -FIRST, 7]
    assert module.call("unchanged") == 1


def test_a_coroutine_enters_another(module: compat.Module) -> None:
    module.call("create", FIRST, COUNTER, 5)
    module.call("create", SECOND, NESTED, FIRST)
    assert module.call("next", SECOND) == 0
    assert written(module) == [5, 1, -SECOND]
    assert module.call("next", FIRST) == 1
    assert written(module)[3:] == [4]


def test_an_exception_leaves_a_coroutine_and_its_stack(module: compat.Module) -> None:
    module.call("create", FIRST, THROWS, 0)
    module.call("guarded", FIRST)
    assert written(module) == []
    assert module.call("unchanged") == 1


def test_outside_of_a_coroutine_there_is_nobody_to_yield_to(module: compat.Module) -> None:
    with pytest.raises(compat.Abort, match="in no coroutine"):
        module.call("yield")
