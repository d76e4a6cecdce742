"""Functions, globals, memories, tables: values must arrive as they left, at every type and at the edges."""

from __future__ import annotations

import math
import struct
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compat.errors import Unsupported
from compat.wasm.model import FuncType, GlobalType, Limits, TableType, TagType, ValType
from tests.engine.conftest import only_wasmtime

if TYPE_CHECKING:
    from compat.engine.protocol import Engine, Store
    from tests.engine.conftest import Guest

NAMES = {"i": "i32", "j": "i64", "f": "f32", "d": "f64"}
ECHO = """(module (import "e" "f" (func $f (param {0}) (result {0})))
  (func (export "through") (param {0}) (result {0}) (call $f (local.get 0))))"""


def signed(value: int, bits: int) -> int:
    return (value + (1 << bits - 1)) % (1 << bits) - (1 << bits - 1)


@pytest.mark.parametrize(("letter", "bits"), [("i", 32), ("j", 64)])
def test_ints_of_either_sign_keep_their_low_bits(guest: Guest, letter: str, bits: int) -> None:
    seen: list[int] = []

    def body(value: int) -> int:
        seen.append(value)
        return value & ((1 << bits) - 1)  # unsigned, which the engine must take too

    through = guest(ECHO.format(NAMES[letter]), [(f"{letter}({letter})", body)]).exports["through"]

    @given(st.integers(-(1 << bits - 1), (1 << bits) - 1))
    def check(value: int) -> None:
        assert through(value) == signed(value, bits)
        assert seen[-1] == signed(value, bits)

    check()


@pytest.mark.parametrize("letter", ["f", "d"])
def test_floats(guest: Guest, letter: str) -> None:
    through = guest(ECHO.format(NAMES[letter]), [(f"{letter}({letter})", lambda v: v)]).exports["through"]

    @given(st.floats(width=32))
    def check(value: float) -> None:
        result = through(value)
        assert struct.pack("<d", result) == struct.pack("<d", value) or math.isnan(value) is math.isnan(result) is True

    check()


def test_an_f64_nan_keeps_its_payload(guest: Guest) -> None:
    through = guest(ECHO.format("f64"), [("d(d)", lambda v: v)]).exports["through"]
    nan = struct.unpack("<d", struct.pack("<Q", 0x7FF8_0000_DEAD_BEEF))[0]
    assert struct.pack("<d", through(nan)) == struct.pack("<d", nan)


def test_arguments_arrive_in_order_and_none_is_no_result(guest: Guest) -> None:
    seen: list[tuple[Any, ...]] = []
    text = """(module (import "e" "f" (func $f (param i32 i64 f32 f64 i32)))
      (func (export "go") (call $f (i32.const -1) (i64.const -2) (f32.const 1.5) (f64.const 2.5) (i32.const 7))))"""
    go = guest(text, [("v(ijfdi)", lambda *args: seen.append(args))]).exports["go"]
    assert go() is None
    assert seen == [(-1, -2, 1.5, 2.5, 7)]


def test_wrong_arguments_raise_type_error(guest: Guest) -> None:
    f = guest('(module (func (export "f") (param i32 f64)))').exports["f"]
    with pytest.raises(TypeError, match="takes 2 arguments"):
        f(1)
    with pytest.raises(TypeError, match="an int is needed"):
        f(1.5, 1.5)
    assert f(1, 2) is None


@pytest.mark.parametrize("result", ["one", None, 1.5])
def test_a_result_of_the_wrong_kind_raises_type_error(guest: Guest, result: object) -> None:
    through = guest(ECHO.format("i32"), [("i(i)", lambda _: result)]).exports["through"]
    with pytest.raises(TypeError):
        through(1)


def test_types_that_do_not_pass_are_refused_when_used(guest: Guest, store: Store) -> None:
    text = """(module (func (export "vector") (param v128) (result v128) (local.get 0))
      (func (export "pair") (result i32 i32) (i32.const 1) (i32.const 2))
      (func (export "reference") (param externref)))"""
    exports = guest(text).exports
    assert exports["vector"].type == FuncType.parse("V(V)")
    for name, args in [("vector", (1,)), ("pair", ()), ("reference", (1,))]:
        with pytest.raises(Unsupported):
            exports[name](*args)
    with pytest.raises(Unsupported, match="host function f"):
        store.function("f", FuncType.parse("v(V)"), lambda: lambda _: None)


def test_a_host_function_can_be_called_as_it_is(store: Store) -> None:
    f = store.function("f", FuncType.parse("j(ij)"), lambda: lambda a, b: a + b)
    assert f(1, -(1 << 63)) == 1 - (1 << 63)


@pytest.mark.parametrize(("letter", "value"), [("i", -5), ("j", -(1 << 63)), ("f", 0.5), ("d", 1e300)])
def test_globals(guest: Guest, store: Store, letter: str, value: float) -> None:
    name = NAMES[letter]
    made = store.global_(GlobalType(ValType(letter), mutable=True), value)
    text = f"""(module (import "e" "g" (global $g (mut {name}))) (export "g" (global $g))
      (func (export "get") (result {name}) (global.get $g))
      (func (export "set") (param {name}) (global.set $g (local.get 0))))"""
    exports = guest(text, [made]).exports
    assert exports["get"]() == made.value == exports["g"].value == value
    exports["set"](3)
    assert made.value == 3
    made.value = value
    assert exports["get"]() == value


def test_an_unsigned_value_for_a_global_is_the_same_bits(store: Store) -> None:
    assert store.global_(GlobalType(ValType.I32, mutable=False), 0xFFFFFFFF).value == -1


def test_an_immutable_global_cannot_be_set(store: Store) -> None:
    made = store.global_(GlobalType(ValType.I32, mutable=False), 1)
    with pytest.raises(TypeError):
        made.value = 2


class TestMemory:
    TEXT = """(module (import "e" "m" (memory 1 3)) (export "m" (memory 0)) (import "e" "f" (func $f (param i32)))
      (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
      (func (export "grow_and_call") (drop (memory.grow (i32.const 1))) (i32.store8 (i32.const 65536) (i32.const 9))
        (call $f (i32.const 65536)))
      (func (export "load") (param i32) (result i32) (i32.load8_u (local.get 0))))"""

    def test_both_sides_see_one_memory(self, guest: Guest, store: Store) -> None:
        memory = store.memory(Limits(1, 3))
        seen: list[int] = []
        exports = guest(self.TEXT, [memory, ("v(i)", lambda at: seen.append(memory.buffer()[at]))]).exports
        memory.buffer()[5:8] = b"abc"
        assert exports["load"](6) == ord("b")
        assert memory.buffer() is memory.buffer()
        assert (memory.buffer().format, len(memory.buffer())) == ("B", 65536)
        exports["grow_and_call"]()
        assert seen == [9]
        assert len(memory.buffer()) == len(exports["m"].buffer()) == 131072
        assert bytes(memory.buffer()[5:8]) == b"abc"

    def test_growing(self, guest: Guest, store: Store) -> None:
        memory = store.memory(Limits(1, 3))
        exports = guest(self.TEXT, [memory, ("v(i)", lambda _: None)]).exports
        assert memory.grow(1)
        assert len(memory.buffer()) == 131072
        assert not memory.grow(2)
        assert exports["grow"](2) == -1
        assert exports["grow"](1) == 2
        assert len(memory.buffer()) == 3 * 65536

    def test_an_empty_memory(self, store: Store) -> None:
        memory = store.memory(Limits(0, 1))
        assert len(memory.buffer()) == 0
        assert memory.grow(1)
        assert len(memory.buffer()) == 65536

    def test_a_view_outlives_its_store(self, engine: Engine) -> None:
        store = engine.store()
        memory = store.memory(Limits(1))
        view = memory.buffer()
        view[0] = 1
        store.close()
        assert view[0] == 1
        with pytest.raises(ValueError, match="closed"):
            memory.buffer()

    def test_a_shared_memory_is_refused(self, store: Store) -> None:
        with pytest.raises(Unsupported, match="shared"):
            store.memory(Limits(1, 1, shared=True))


class TestTable:
    TEXT = """(module (import "e" "t" (table 4 funcref)) (type $t (func (param i32) (result i32)))
      (func $twice (export "twice") (param i32) (result i32) (i32.mul (local.get 0) (i32.const 2)))
      (func $hidden (param i64) (result f64) (f64.convert_i64_s (local.get 0)))
      (elem (i32.const 2) $twice $hidden)
      (func (export "call") (param i32 i32) (result i32)
        (call_indirect (type $t) (local.get 1) (local.get 0))))"""

    def test_elements(self, guest: Guest, store: Store) -> None:
        table = store.table(TableType(ValType.FUNCREF, Limits(4)))
        exports = guest(self.TEXT, [table]).exports
        assert len(table) == 4
        assert table[0] is None
        twice, hidden = table[2], table[3]
        assert twice is not None
        assert hidden is not None
        assert twice(21) == 42
        assert (str(hidden.type), hidden(5)) == ("d(j)", 5.0)
        table[0] = store.function("f", FuncType.parse("i(i)"), lambda: lambda v: v + 1)
        assert exports["call"](0, 8) == 9
        table[0] = None
        assert table[0] is None

    def test_size(self, store: Store) -> None:
        table = store.table(TableType(ValType.FUNCREF, Limits(1, 3)))
        assert table.grow(2)
        assert not table.grow(1)
        assert len(table) == 3
        for index in (3, -1):
            with pytest.raises(IndexError):
                table[index]
            with pytest.raises(IndexError):
                table[index] = None

    @only_wasmtime
    def test_no_type_is_asked_where_that_could_end_the_process(self, guest: Guest) -> None:
        text = """(module (table (export "t") 1 funcref) (elem (i32.const 0) $f)
          (func $f (param v128)))"""
        with pytest.raises(Unsupported, match="vectors"):
            guest(text).exports["t"][0]


def test_exports_are_a_mapping(guest: Guest) -> None:
    exports = guest(
        '(module (func (export "a")) (memory (export "b") 1) (global (export "c") i32 (i32.const 3)))'
    ).exports
    assert list(exports) == ["a", "b", "c"]
    assert len(exports) == 3
    assert exports["c"].value == 3
    assert exports["a"] is exports["a"]
    assert "d" not in exports
    assert exports.get("d") is None


def test_externs_of_another_store_are_refused(engine: Engine, store: Store) -> None:
    module = engine.compile_text('(module (import "e" "t" (tag (param i32))))')
    with engine.store() as other:
        tag = other.tag(TagType(FuncType.parse("v(i)")))
        with pytest.raises(ValueError, match="not of this store"):
            store.instantiate(module, [tag])
        other.instantiate(module, [tag])
