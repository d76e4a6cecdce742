"""What the bridge is made of; what it does is tested where its rows are."""

from __future__ import annotations

import pytest

from compat.abi.binding import Bridge
from compat.detect.model import Glue
from compat.emscripten_abi import exceptions, make_bridge
from compat.emscripten_abi.tables import TABLES
from compat.engine import default_engine
from compat.errors import Unsupported
from compat.plan import make_plan
from compat.wasm.reader import read
from tests.emscripten_abi.linking import detection, linked

MEMORY = '(import "env" "memory" (memory 256 1024))'
STACK = '(func (export "stackSave") (result i32) (i32.const 0)) (func (export "stackRestore") (param i32))'
THREW = '(func (export "_setThrew") (param i32 i32))'
INVOKE = '(import "env" "invoke_v" (func (param i32)))'


def bridge(text: str, glue: Glue | None = None) -> Bridge | None:
    found = detection(read(default_engine().assemble(f"(module {text})")), glue=glue)
    return make_bridge(found, make_plan(found, TABLES).bindings)


def test_a_program_that_needs_none_gets_none() -> None:
    assert bridge(MEMORY + '(import "env" "_exit" (func (param i32)))') is None


def test_the_links_are_the_exports_that_it_calls() -> None:
    made = bridge(MEMORY + INVOKE + STACK + THREW + '(func (export "dynCall_v") (param i32))')
    assert made
    assert made.links == ("stackSave", "stackRestore", "dynCall_v", "_setThrew")
    assert made.host == ()
    assert list(made.answers.values()) == ["env.invoke_v"]


def test_minified_names_are_read_through_the_glue() -> None:
    names = {"m": "memory", "a": "invoke_v"}
    exports = {"b": "stackSave", "c": "stackRestore", "d": "_setThrew", "e": "dynCall_v"}
    made = bridge(
        """(import "env" "memory" (memory 256 256)) (import "env" "a" (func (param i32)))
        (func (export "b") (result i32) (i32.const 0)) (func (export "c") (param i32))
        (func (export "d") (param i32 i32)) (func (export "e") (param i32))""",
        Glue(import_names=names, export_names=exports),
    )
    assert made
    assert made.links == ("stackSave", "stackRestore", "dynCall_v", "_setThrew")
    assert [(item.name, name) for item, name in made.answers.items()] == [("a", "env.invoke_v")]


def test_an_export_that_calls_rely_on_must_be_there() -> None:
    with pytest.raises(Unsupported, match="_setThrew or setThrew"):
        bridge(MEMORY + INVOKE + STACK + '(func (export "dynCall_v") (param i32))')


def test_rows_in_python_come_with_their_types() -> None:
    made = bridge(MEMORY + '(import "env" "___cxa_rethrow" (func))')
    assert made
    assert [(row.name, str(declared)) for row, declared in made.host] == [("nothing_to_rethrow", "v()")]


def test_a_program_that_throws_brings_the_records_of_exceptions() -> None:
    made = bridge(MEMORY + '(import "env" "___cxa_throw" (func (param i32 i32 i32)))')
    assert made
    assert [(library.name, library.functions) for library in made.libraries] == [
        ("exceptions", tuple(exceptions.FUNCTIONS))
    ]


def test_a_program_that_does_not_throw_has_no_records() -> None:
    made = bridge(MEMORY + '(import "env" "_llvm_eh_typeid_for" (func (param i32) (result i32)))')
    assert made
    assert made.libraries == ()


def test_a_program_brings_the_functions_of_mathematics_that_it_imports() -> None:
    unary, binary = "(func (param f64) (result f64))", "(func (param f64 f64) (result f64))"
    made = bridge(
        f'{MEMORY} (import "global.Math" "sin" {unary}) (import "env" "_sinf" {unary})'
        f'(import "global.Math" "max" {binary}) (import "env" "_llvm_exp2_f64" {unary})'
    )
    assert made
    assert [(library.name, library.functions) for library in made.libraries] == [("libm", ("sin", "pow"))]


def test_its_memory_is_declared_as_the_program_declares_it() -> None:
    made = bridge(MEMORY + '(import "env" "getTotalMemory" (func (result i32)))')
    assert made
    assert '(import "env" "memory" (memory 256 1024))' in made.text


@pytest.mark.parametrize(
    "declared",
    [
        '"invoke_v" (func (param i32 v128))',
        '"___cxa_find_matching_catch_3" (func (param f64) (result i32))',
        '"___cxa_find_matching_catch_3" (func (param i32))',
    ],
)
def test_types_that_no_compiler_declares_are_refused(declared: str) -> None:
    with pytest.raises(Unsupported, match=r"declared as|and is not"):
        bridge(f'{MEMORY} (import "env" {declared}) {STACK} {THREW}')


def test_an_exception_passes_through_a_frame_of_the_host() -> None:
    """The guest calls Python, Python a function pointer, and what that throws the guest catches outside."""
    text = f"""(module {MEMORY}
      (import "env" "invoke_ii" (func $invoke (param i32 i32) (result i32)))
      (import "env" "jsCall_ii" (func $host (param i32 i32) (result i32)))
      (import "env" "_longjmp" (func $longjmp (param i32 i32)))
      {STACK}
      (table 2 2 funcref)
      (elem (i32.const 0) $calls_host $throws)
      (global $threw (mut i32) (i32.const 0))
      (func $calls_host (param i32) (result i32) (call $host (i32.const 0) (local.get 0)))
      (func $throws (param i32) (result i32) (call $longjmp (local.get 0) (i32.const 5)) (i32.const 0))
      (func (export "_setThrew") (param i32 i32)
        (if (i32.eqz (global.get $threw)) (then (global.set $threw (local.get 0)))))
      (func (export "dynCall_ii") (param i32 i32) (result i32)
        (call_indirect (param i32) (result i32) (local.get 1) (local.get 0)))
      (func (export "run") (result i32)
        (drop (call $invoke (i32.const 0) (i32.const 2048))) (global.get $threw)))"""
    with linked(text) as guest:
        guest.host_functions[0] = lambda argument: guest.call_pointer("ii", 1, argument)
        assert guest.call("run") == 2048
