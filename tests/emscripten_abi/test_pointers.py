"""Function pointers from Python, through `compat.load`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import compat
from compat.errors import GuestExited, Unsupported
from tests.emscripten_abi.loading import MEMORY, STACK, write_program

RESERVED = f"""
  (import "env" "jsCall_iii" (func $js_iii (param i32 i32 i32) (result i32)))
  (import "env" "jsCall_jij" (func $js_jij (param i32 i32 i32 i32) (result i32)))
  (import "env" "_exit" (func $exit (param i32)))
  (import "env" "getTempRet0" (func $high (result i32)))
  {MEMORY}
  (table 16 16 funcref)
  (elem (i32.const 0) $bad $iii_0 $iii_1 $bad $bad $jij_0 $jij_1 $bad)
  {STACK}
  (func $bad unreachable)
  (func $iii_0 (param i32 i32) (result i32) (call $js_iii (i32.const 0) (local.get 0) (local.get 1)))
  (func $iii_1 (param i32 i32) (result i32) (call $js_iii (i32.const 1) (local.get 0) (local.get 1)))
  (func $jij_0 (param i32 i64) (result i64) (call $legal (i32.const 0) (local.get 0) (local.get 1)))
  (func $jij_1 (param i32 i64) (result i64) (call $legal (i32.const 1) (local.get 0) (local.get 1)))
  (func $legal (param i32 i32 i64) (result i64)
    (i64.or
      (i64.extend_i32_u (call $js_jij (local.get 0) (local.get 1)
        (i32.wrap_i64 (local.get 2)) (i32.wrap_i64 (i64.shr_u (local.get 2) (i64.const 32)))))
      (i64.shl (i64.extend_i32_u (call $high)) (i64.const 32))))
  (func (export "dynCall_iii") (param i32 i32 i32) (result i32)
    (call_indirect (param i32 i32) (result i32) (local.get 1) (local.get 2) (i32.and (local.get 0) (i32.const 3))))
  (func (export "call_jij") (param i32 i32 i64) (result i64)
    (call_indirect (param i32 i64) (result i64) (local.get 1) (local.get 2)
      (i32.add (i32.and (local.get 0) (i32.const 3)) (i32.const 4))))
  (func (export "leave") (param i32) (call $exit (local.get 0)))
"""


@pytest.fixture
def module(tmp_path: Path) -> Iterator[compat.Module]:
    with compat.load(write_program(tmp_path / "reserved.wasm", RESERVED), abi="emscripten") as module:
        yield module


def test_the_guest_calls_what_python_gave_it(module: compat.Module) -> None:
    pointer = module.add_function(lambda x, y: x - y, "iii")
    assert pointer == 1
    assert module.call("dynCall_iii", pointer, 10, 3) == 7


def test_slots_are_taken_in_order_and_given_back(module: compat.Module) -> None:
    first, second = (module.add_function(lambda x, y, result=result: result, "iii") for result in (11, 22))
    assert [module.call("dynCall_iii", pointer, 0, 0) for pointer in (first, second)] == [11, 22]
    with pytest.raises(Unsupported, match="all 2 function pointers"):
        module.add_function(print, "iii")
    module.remove_function(first)
    assert module.add_function(lambda x, y: 33, "iii") == first
    assert module.call("dynCall_iii", first, 0, 0) == 33


def test_a_64_bit_number_is_one_int(module: compat.Module) -> None:
    seen = []

    def double(small: int, large: int) -> int:
        seen.append((small, large))
        return 2 * large

    pointer = module.add_function(double, "jij")
    assert module.call("call_jij", pointer, -1, -(1 << 40) - 5) == -(1 << 41) - 10
    assert seen == [(-1, -(1 << 40) - 5)]


def test_calls_nest(module: compat.Module) -> None:
    def countdown(number: int, total: int) -> int:
        return total if number == 0 else int(module.call("dynCall_iii", pointer, number - 1, total + number) or 0)

    pointer = module.add_function(countdown, "iii")
    assert module.call("dynCall_iii", pointer, 20, 0) == 210


def test_an_exception_comes_out_as_itself(module: compat.Module) -> None:
    error = LookupError("of the callback")

    def fail(depth: int, _: int) -> int:
        if depth == 0:
            raise error
        return int(module.call("dynCall_iii", pointer, depth - 1, 0) or 0)

    pointer = module.add_function(fail, "iii")
    with pytest.raises(LookupError) as caught:
        module.call("dynCall_iii", pointer, 2, 0)
    assert caught.value is error
    module.remove_function(pointer)
    assert module.call("dynCall_iii", module.add_function(lambda x, y: x, "iii"), 5, 0) == 5


def test_an_exit_from_within_passes_the_callback(module: compat.Module) -> None:
    passed = []

    def leave(status: int, _: int) -> int:
        try:
            module.call("leave", status)
        except Exception as error:
            passed.append(error)
        return 0

    with pytest.raises(GuestExited) as caught:
        module.call("dynCall_iii", module.add_function(leave, "iii"), 7, 0)
    assert caught.value.status == 7
    assert not passed


@pytest.mark.parametrize("signature", ["", "i(ii)", "iiv", "x"])
def test_a_bad_signature_is_refused(module: compat.Module, signature: str) -> None:
    with pytest.raises(ValueError, match="not a signature"):
        module.add_function(print, signature)


def test_a_signature_that_the_program_never_calls_is_refused(module: compat.Module) -> None:
    with pytest.raises(Unsupported, match="of type 'vd'"):
        module.add_function(print, "vd")


def test_what_was_not_added_cannot_be_removed(module: compat.Module) -> None:
    with pytest.raises(KeyError):
        module.remove_function(2)


def test_the_first_slots_lie_two_apart_before_1_37_29(tmp_path: Path) -> None:
    text = f"""
      (import "env" "jsCall_vi" (func $js (param i32 i32)))
      {MEMORY}
      (table 8 8 funcref)
      (elem (i32.const 0) $bad $bad $vi_0 $bad $vi_1 $bad $bad $bad)
      {STACK}
      (func $bad (param i32) unreachable)
      (func $vi_0 (param i32) (call $js (i32.const 0) (local.get 0)))
      (func $vi_1 (param i32) (call $js (i32.const 1) (local.get 0)))
      (func (export "dynCall_vi") (param i32 i32)
        (call_indirect (param i32) (local.get 1) (i32.and (local.get 0) (i32.const 7))))"""
    with compat.load(write_program(tmp_path / "early.wasm", text), abi="emscripten") as module:
        seen: list[float] = []
        pointers = [module.add_function(seen.append, "vi") for _ in range(2)]
        for pointer in pointers:
            module.call("dynCall_vi", pointer, pointer)
        assert pointers == seen == [2, 4]


def emulated(limits: str) -> str:
    return f"""
      {MEMORY}
      (import "env" "table" (table {limits} funcref))
      (elem (i32.const 0) $one)
      {STACK}
      (func $one)
      (func (export "call_jdf") (param i32 f64 f32) (result i64)
        (call_indirect (param f64 f32) (result i64) (local.get 1) (local.get 2) (local.get 0)))"""


def test_a_table_that_can_grow_does(tmp_path: Path) -> None:
    program = write_program(tmp_path / "emulated.wasm", emulated("1"))
    with compat.load(program, abi="emscripten") as module:
        pointers = [module.add_function(lambda x, y, i=i: int(x * y) + i, "jdf") for i in range(3)]
        assert pointers == [1, 2, 3]
        assert [module.call("call_jdf", pointer, 2.0**40, 0.5) for pointer in pointers] == [2**39 + i for i in range(3)]
        module.remove_function(2)
        with pytest.raises(compat.Trap):
            module.call("call_jdf", 2, 0.0, 0.0)
        assert module.add_function(lambda x, y: -1, "jdf") == 2
        assert module.call("call_jdf", 2, 0.0, 0.0) == -1


def test_a_program_without_room_is_refused(tmp_path: Path) -> None:
    program = write_program(tmp_path / "fixed.wasm", emulated("1 1"))
    with (
        compat.load(program, abi="emscripten") as module,
        pytest.raises(Unsupported, match="RESERVED_FUNCTION_POINTERS"),
    ):
        module.add_function(print, "jdf")
