"""Ends of a program, and what the runtime answers without Python."""

from __future__ import annotations

import pytest

from compat.errors import Abort
from tests.emscripten_abi.linking import linked

MEMORY = '(import "env" "memory" (memory 256 256))'


@pytest.mark.parametrize(
    ("name", "declared", "arguments", "message"),
    [
        ("abort", "(param i32)", "(i32.const 3)", r"^abort\(3\)"),
        ("abort", "", "", r"^abort\(\)$"),
        ("_abort", "", "", "abort"),
        ("_llvm_trap", "", "", "trap"),
        ("nullFunc_viijii", "(param i32)", "(i32.const 8)", "'viijii'.*8$"),
        (
            "abortStackOverflow",
            "(param i32)",
            "(i32.const 100)",
            "stack overflow: no room for 100 bytes on a stack of 65536",
        ),
        ("segfault", "", "", "segmentation fault"),
        ("alignfault", "", "", "alignment"),
        ("ftfault", "", "", "function table"),
        ("___cxa_pure_virtual", "", "", "pure virtual"),
        ("__ZSt9terminatev", "", "", "terminate"),
        (
            "___assert_fail",
            "(param i32 i32 i32 i32)",
            "(i32.const 1024) (i32.const 1032) (i32.const 12) (i32.const 0)",
            r"assertion failed: x > 0 \(a\.c:12, unknown function\)",
        ),
    ],
)
def test_a_program_ends_and_says_why(name: str, declared: str, arguments: str, message: str) -> None:
    text = f"""(module {MEMORY}
      (import "env" "{name}" (func $end {declared}))
      (data (i32.const 1024) "x > 0\\00\\00\\00a.c\\00")
      (func (export "end") (call $end {arguments})))"""
    with linked(text) as guest, pytest.raises(Abort, match=message):
        guest.call("end")


def test_a_block_is_copied_and_its_neighbours_are_not() -> None:
    text = f"""(module {MEMORY}
      (import "env" "_emscripten_memcpy_big" (func $copy (param i32 i32 i32) (result i32)))
      (func (export "copy") (param i32 i32 i32) (result i32)
        (call $copy (local.get 0) (local.get 1) (local.get 2))))"""
    with linked(text) as guest:
        guest.memory.write(2000, b"?" * 16)
        guest.memory.write(1000, b"abcdefgh")
        assert guest.call("copy", 2004, 1000, 8) == 0
        assert guest.memory.read(2000, 16) == b"????abcdefgh????"


def test_locks_and_the_stack_are_left_to_the_program() -> None:
    text = f"""(module {MEMORY}
      (import "env" "___lock" (func $lock (param i32)))
      (import "env" "___lockfile" (func $lockfile (param i32) (result i32)))
      (import "env" "_llvm_stacksave" (func $save (result i32)))
      (import "env" "_llvm_stackrestore" (func $restore (param i32)))
      (global $top (mut i32) (i32.const 4096))
      (func (export "stackSave") (result i32) (global.get $top))
      (func (export "stackRestore") (param i32) (global.set $top (local.get 0)))
      (func (export "run") (result i32) (local $saved i32)
        (call $lock (i32.const 0))
        (local.set $saved (call $save))
        (global.set $top (i32.const 9999))
        (call $restore (local.get $saved))
        (i32.add (global.get $top) (call $lockfile (i32.const 0)))))"""
    with linked(text) as guest:
        assert guest.call("run") == 4097


def test_a_host_function_has_a_function_pointer() -> None:
    text = f"""(module {MEMORY}
      (import "env" "jsCall_iii" (func $call (param i32 i32 i32) (result i32)))
      (func (export "run") (param i32) (result i32) (call $call (local.get 0) (i32.const 30) (i32.const 12))))"""
    with linked(text) as guest:
        guest.host_functions[0] = lambda x, y: x + y
        assert guest.call("run", 0) == 42
        with pytest.raises(Abort, match="slot 1 "):
            guest.call("run", 1)
