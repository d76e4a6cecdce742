"""Programs that were built with threads: they run, in the one thread that they get."""

from __future__ import annotations

from pathlib import Path

import pytest

import compat
from compat.emscripten_abi.guest import OWNED
from tests.emscripten_abi.loading import STACK, write_program

DYNAMIC_BASE = 135168
SHARED = '(import "env" "memory" (memory 256 256 shared))'
EARLY, LATE = '(import "env" "getTempRet0" (func (result i32)))', '(import "env" "___syscall20" (func (result i32)))'
"""What tells detection that a program was made before 1.39.6, or from 1.39.9 on."""
REGISTERED = """
  (func (export "__register_pthread_ptr") (param i32 i32 i32)
    (i32.store (i32.const 1024) (local.get 0)) (i32.store (i32.const 1028) (local.get 1))
    (i32.store (i32.const 1032) (local.get 2)))
  (func (export "_emscripten_register_main_browser_thread_id") (param i32)
    (i32.store (i32.const 1036) (local.get 0)))"""


@pytest.mark.parametrize(
    ("release", "self", "tid", "tsd", "robust"), [(EARLY, 24, 52, 116, 168), (LATE, 12, 40, 104, 156)]
)
def test_the_main_thread_is_registered(
    tmp_path: Path, release: str, self: int, tid: int, tsd: int, robust: int
) -> None:
    text = f"""{SHARED} {release} (import "env" "_initPthreadsJS" (func $initialise)) {STACK} {REGISTERED}
      (func (export "globalCtors") (call $initialise) (i32.store (i32.const 1040) (i32.load (i32.const 1024))))"""
    with compat.load(write_program(tmp_path / "program.wasm", text), abi="emscripten") as module:
        word = module.memory.load_u32
        thread = word(1024)
        assert DYNAMIC_BASE <= thread < DYNAMIC_BASE + OWNED
        assert [word(at) for at in (1028, 1032, 1036)] == [1, 1, thread]
        assert word(1040) == thread  # before the first constructor
        assert (word(thread + self), word(thread + tid), word(thread + tid + 4)) == (thread, thread, 42)
        assert word(thread + robust) == thread + robust
        assert not any(module.memory.read(word(thread + tsd), 4 * 128))


def test_atomics_and_main_run_but_no_thread_starts(tmp_path: Path) -> None:
    text = f"""{SHARED}
      (import "env" "_pthread_create" (func $create (param i32 i32 i32 i32) (result i32)))
      (import "env" "___call_main" (func $call_main (param i32 i32) (result i32)))
      {STACK}
      (func (export "_main") (param i32 i32) (result i32) (i32.add (i32.const 60) (local.get 0)))
      (func (export "add") (result i32)
        (drop (i32.atomic.rmw.add (i32.const 1024) (i32.const 5))) (i32.atomic.load (i32.const 1024)))
      (func (export "create") (result i32) (call $create (i32.const 1024) (i32.const 0) (i32.const 7) (i32.const 0)))
      (func (export "main") (result i32) (call $call_main (i32.const 3) (i32.const 0)))"""
    with compat.load(write_program(tmp_path / "program.wasm", text), abi="emscripten") as module:
        assert module.detection.features == ("main", "pthreads")
        assert [(need.what, need.blocking) for need in module.detection.needs] == [
            ("threads, and gets none: pthread_create fails with EAGAIN", False)
        ]
        assert [module.call(name) for name in ("add", "create", "main")] == [5, 11, 63]


def test_what_waits_in_an_instruction_traps(tmp_path: Path) -> None:
    text = f"""{SHARED} {STACK}
      (func (export "wait") (result i32)
        (memory.atomic.wait32 (i32.const 1024) (i32.const 0) (i64.const -1)))"""
    path = write_program(tmp_path / "program.wasm", text)
    with compat.load(path, abi="emscripten") as module, pytest.raises(compat.Trap, match="not shared"):
        module.call("wait")
