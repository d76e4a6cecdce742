"""What modules do to memories, tables and each other, on every engine, as the specification has it."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import pytest

from compat.errors import GuestException, Trap
from compat.wasm.model import FuncType, GlobalType, Limits, TableType, TagType, ValType
from tests.engine.conftest import link

if TYPE_CHECKING:
    from compat.engine.protocol import Engine, Store
    from tests.engine.conftest import Guest

PAGE = 65536
WIDTHS = {
    "i32.load": 4,
    "i32.load8_s": 1,
    "i32.load8_u": 1,
    "i32.load16_s": 2,
    "i32.load16_u": 2,
    "i64.load": 8,
    "i64.load8_s": 1,
    "i64.load32_s": 4,
    "i64.load32_u": 4,
    "f32.load": 4,
    "f64.load": 8,
}


def ends(call: Any, *arguments: Any) -> object:
    """What it returns, or the message of its trap."""
    try:
        return call(*arguments)
    except Trap as trap:
        return str(trap)


def test_loads_reach_to_the_last_byte(guest: Guest) -> None:
    text = "".join(
        f'(func (export "{name}") (param i32) (result {name[:3]}) ({name} (local.get 0)))'
        f'(func (export "{name} far") (param i32) (result {name[:3]}) ({name} offset=0xffffffff (local.get 0)))'
        for name in WIDTHS
    )
    exports = guest(f'(module (memory 1) (data (i32.const 65528) "\\81\\82\\83\\84\\85\\86\\87\\88") {text})').exports
    for name, width in WIDTHS.items():
        for address in (PAGE - width + 1, PAGE, -1, -width):
            assert ends(exports[name], address) == "out of bounds memory access", (name, address)
        for address in (0, 1, -1):
            assert ends(exports[f"{name} far"], address) == "out of bounds memory access", (name, address)
    assert exports["i32.load"](PAGE - 4) == int.from_bytes(b"\x85\x86\x87\x88", "little", signed=True)
    assert exports["i32.load8_s"](PAGE - 1) == -120
    assert exports["i32.load8_u"](PAGE - 1) == 0x88
    assert exports["i32.load16_s"](PAGE - 2) == 0x8887 - 0x10000
    assert exports["i32.load16_u"](PAGE - 2) == 0x8887
    assert exports["i64.load"](PAGE - 8) == int.from_bytes(b"\x81\x82\x83\x84\x85\x86\x87\x88", "little", signed=True)
    assert exports["i64.load32_s"](PAGE - 4) == 0x88878685 - (1 << 32)
    assert exports["i64.load32_u"](PAGE - 4) == 0x88878685


def test_stores_across_the_end_trap(guest: Guest) -> None:
    text = """(module (memory (export "m") 1)
      (func (export "i32") (param i32) (i32.store (local.get 0) (i32.const -1)))
      (func (export "i64") (param i32) (i64.store offset=4 (local.get 0) (i64.const -1)))
      (func (export "f64") (param i32) (f64.store (local.get 0) (f64.const 1)))
      (func (export "i8") (param i32) (i32.store8 (local.get 0) (i32.const 0x1ff))))"""
    exports = guest(text).exports
    for name, address in (("i32", PAGE - 3), ("i64", PAGE - 11), ("f64", PAGE - 7), ("i8", PAGE), ("i8", -1)):
        assert ends(exports[name], address) == "out of bounds memory access"
    exports["i8"](PAGE - 1)
    exports["i64"](PAGE - 16)
    assert bytes(exports["m"].buffer()[-5:]) == b"\xff\0\0\0\xff"


def test_growing_shows_at_once_everywhere(guest: Guest) -> None:
    text = """(module (memory (export "m") 1 3)
      (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
      (func (export "size") (result i32) (memory.size))
      (func (export "reach") (param i32) (result i32)
        (drop (memory.grow (i32.const 1))) (i32.store (local.get 0) (i32.const 7)) (i32.load (local.get 0))))"""
    exports = guest(text).exports
    assert ends(exports["reach"], PAGE) == 7
    assert exports["size"]() == 2
    assert exports["grow"](0) == 2
    assert exports["grow"](2) == -1
    assert exports["grow"](-1) == -1
    assert exports["grow"](1) == 2
    assert len(exports["m"].buffer()) == 3 * PAGE
    assert exports["m"].buffer()[3 * PAGE - 1] == 0


def test_memory_in_bulk(guest: Guest) -> None:
    text = """(module (memory (export "m") 1) (data $d "hello")
      (func (export "fill") (param i32 i32 i32) (memory.fill (local.get 0) (local.get 1) (local.get 2)))
      (func (export "copy") (param i32 i32 i32) (memory.copy (local.get 0) (local.get 1) (local.get 2)))
      (func (export "init") (param i32 i32 i32) (memory.init $d (local.get 0) (local.get 1) (local.get 2)))
      (func (export "drop") (data.drop $d)))"""
    exports = guest(text).exports
    exports["init"](0, 0, 5)
    exports["copy"](1, 0, 5)
    exports["fill"](PAGE - 2, 0x1FF, 2)
    memory = exports["m"].buffer()
    assert bytes(memory[:6]) == b"hhello"
    assert bytes(memory[-3:]) == b"\0\xff\xff"
    out = "out of bounds memory access"
    assert ends(exports["fill"], PAGE - 1, 1, 2) == out
    assert memory[PAGE - 1] == 0xFF  # all or nothing
    assert ends(exports["copy"], 0, PAGE - 1, 2) == out
    assert ends(exports["copy"], -1, 0, 1) == out
    assert ends(exports["init"], 0, 3, 3) == out
    exports["drop"]()
    assert ends(exports["init"], 0, 0, 1) == out
    assert ends(exports["init"], PAGE, 0, 0) is None


def test_tables(guest: Guest) -> None:
    text = """(module (table $t (export "t") 2 5 funcref) (elem $e func $one $two) (type $f (func (result i32)))
      (func $one (result i32) (i32.const 1)) (func $two (result i32) (i32.const 2))
      (func (export "call") (param i32) (result i32) (call_indirect (type $f) (local.get 0)))
      (func (export "init") (param i32 i32 i32) (table.init $e (local.get 0) (local.get 1) (local.get 2)))
      (func (export "copy") (param i32 i32 i32) (table.copy (local.get 0) (local.get 1) (local.get 2)))
      (func (export "grow") (param i32) (result i32) (table.grow (ref.func $two) (local.get 0)))
      (func (export "fill") (param i32 i32) (table.fill (local.get 0) (ref.null func) (local.get 1)))
      (func (export "size") (result i32) (table.size)))"""
    exports = guest(text).exports
    out, null = "out of bounds table access", "uninitialized table element"
    assert ends(exports["call"], 0) == null
    exports["init"](0, 0, 2)
    assert [ends(exports["call"], i) for i in (0, 1, 2, -1)] == [1, 2, out, out]
    assert exports["grow"](2) == 2
    assert exports["grow"](2) == -1
    assert [ends(exports["call"], i) for i in (2, 3)] == [2, 2]
    exports["copy"](1, 0, 2)
    assert [ends(exports["call"], i) for i in range(4)] == [1, 1, 2, 2]
    exports["fill"](0, 1)
    assert ends(exports["call"], 0) == null
    assert ends(exports["copy"], 3, 0, 2) == out
    assert ends(exports["init"], 0, 1, 2) == out
    assert ends(exports["fill"], 4, 1) == out
    assert exports["size"]() == len(exports["t"]) == 4


def test_a_table_and_a_memory_between_modules(engine: Engine, store: Store) -> None:
    """A program and its side module, as dynamic linking has them; with what the host puts into the table."""
    table = store.table(TableType(ValType.FUNCREF, Limits(4)))
    memory = store.memory(Limits(1))
    base = store.global_(GlobalType(ValType.I32, mutable=False), 1)
    imports = '(import "e" "t" (table 4 funcref)) (import "e" "m" (memory 1)) (import "e" "b" (global $b i32))'
    main = f"""(module {imports} (type $f (func (param i32) (result i32)))
      (func (export "call") (param i32 i32) (result i32) (call_indirect (type $f) (local.get 1) (local.get 0))))"""
    side = f"""(module {imports} (import "e" "f" (func $host (param i32) (result i32)))
      (elem (global.get $b) $own $host) (data (global.get $b) "A")
      (func $own (param i32) (result i32) (i32.add (local.get 0) (i32.load8_u (i32.const 1)))))"""
    call = link(engine, store, main, [table, memory, base]).exports["call"]
    link(engine, store, side, [table, memory, base, ("i(i)", lambda n: 2 * n)])
    assert [call(i, 5) for i in (1, 2)] == [5 + ord("A"), 10]
    table[3] = store.function("later", FuncType.parse("i(i)"), lambda: lambda n: -n)
    assert call(3, 5) == -5
    table[0] = store.function("other", FuncType.parse("d(f)"), lambda: lambda n: n)
    assert ends(call, 0, 5) == "indirect call type mismatch"
    found = table[0]
    assert found is not None
    assert (str(found.type), found(1.5)) == ("d(f)", 1.5)


def test_exceptions_nest_and_carry_values(engine: Engine, store: Store) -> None:
    tag = store.tag(TagType(FuncType.parse("v(ij)")))
    other = store.tag(TagType(FuncType.parse("v(ij)")))
    text = """(module (import "e" "t" (tag $t (param i32 i64))) (import "e" "o" (tag $o (param i32 i64)))
      (tag $own (param f64))
      (func $throw (export "throw") (param i32)
        (if (i32.eq (local.get 0) (i32.const 1)) (then (throw $t (i32.const 10) (i64.const -1))))
        (if (i32.eq (local.get 0) (i32.const 2)) (then (throw $o (i32.const 20) (i64.const -2))))
        (if (i32.eq (local.get 0) (i32.const 3)) (then (throw $own (f64.const 1.5)))))
      (func $inner (param i32) (result i32)
        (block $h (result i32 i64) (try_table (catch $o $h) (call $throw (local.get 0))) (return (i32.const 0)))
        (drop) (i32.add (i32.const 1)))
      (func (export "outer") (param i32) (result i32)
        (block $any
          (block $h (result i32 i64)
            (try_table (catch $t $h) (catch_all $any) (return (call $inner (local.get 0))))
            (unreachable))
          (drop) (return (i32.add (i32.const 2))))
        (i32.const 99))
      (func (export "again") (param i32)
        (block $r (result exnref)
          (try_table (catch_all_ref $r) (call $throw (local.get 0))) (return))
        (throw_ref)))"""
    exports = link(engine, store, text, [tag, other]).exports
    for _ in range(2):
        assert [exports["outer"](i) for i in range(4)] == [0, 12, 21, 99]
    assert exports["again"](0) is None
    for kind, values in ((1, (10, -1)), (2, (20, -2)), (3, (1.5,))):
        for name in ("throw", "again"):
            with pytest.raises(GuestException) as caught:
                exports[name](kind)
            assert caught.value.values == values


def test_a_branch_out_of_a_try_leaves_it(guest: Guest) -> None:
    text = """(module (tag $t) (func $throw (throw $t))
      (func (export "f") (result i32)
        (block $h
          (block $out (try_table (catch $t $h) (br $out)))
          (call $throw))
        (i32.const 1))
      (func (export "g") (result i32)
        (block $h (try_table (catch $t $h) (block $out (try_table (catch_all 1) (br $out))) (call $throw)))
        (i32.const 2)))"""
    exports = guest(text).exports
    with pytest.raises(GuestException):
        exports["f"]()
    assert exports["g"]() == 2


def test_atomics_of_one_thread(guest: Guest) -> None:
    text = """(module (memory (export "m") 1)
      (func (export "add") (param i32 i32) (result i32) (i32.atomic.rmw.add (local.get 0) (local.get 1)))
      (func (export "swap") (param i32 i64 i64) (result i64)
        (i64.atomic.rmw.cmpxchg (local.get 0) (local.get 1) (local.get 2))))"""
    exports = guest(text).exports
    assert [exports["add"](8, 5), exports["add"](8, 5), exports["swap"](8, 10, 77), exports["swap"](8, 10, 78)] == [
        *(0, 5, 10, 77),
    ]
    assert ends(exports["add"], 9, 1) == "unaligned atomic access"
    assert ends(exports["add"], PAGE, 1) == "out of bounds memory access"


def test_values_of_more_than_one_result_pass_between_functions(guest: Guest) -> None:
    text = """(module (type $t (func (param i32) (result i32 f64 i64)))
      (func $three (type $t) (local.get 0) (f64.const 2.5) (i64.const 3)) (table funcref (elem $three))
      (func (export "f") (param i32) (result f64) (local i64 f64)
        (call_indirect (type $t) (local.get 0) (i32.const 0)) (local.set 1) (local.set 2)
        (f64.convert_i32_s) (f64.add (local.get 2)) (f64.add (f64.convert_i64_s (local.get 1)))))"""
    assert guest(text).exports["f"](1) == 6.5


def test_vectors(guest: Guest) -> None:
    text = """(module (memory (export "m") 1) (func (export "f") (param i32) (result i32)
      (v128.store (i32.const 16) (i32x4.mul (i32x4.splat (local.get 0)) (v128.const i32x4 1 2 3 4)))
      (i8x16.extract_lane_s 4 (i8x16.sub_sat_s (v128.load (i32.const 16)) (i8x16.splat (i32.const 100))))))"""
    exports = guest(text).exports
    assert exports["f"](5) == 10 - 100
    assert bytes(exports["m"].buffer()[16:32:4]) == bytes([5, 10, 15, 20])


def test_deep_but_finite_recursion(guest: Guest) -> None:
    """As deep as compiled programs go; the frame after the end of the recursion is sound."""
    text = """(module (func $f (export "f") (param i64) (result i64)
      (if (result i64) (i64.eqz (local.get 0)) (then (i64.const 0))
        (else (i64.add (i64.const 1) (call $f (i64.sub (local.get 0) (i64.const 1))))))))"""
    f = guest(text).exports["f"]
    assert f(10_000) == 10_000
    assert ends(f, 1 << 40) == "call stack exhausted"
    assert f(10_000) == 10_000


def test_a_host_function_on_a_used_up_stack(guest: Guest) -> None:
    """The guest recurses, and calls the host at each step: whichever finds no room, the program ends as a trap."""
    text = """(module (import "e" "f" (func $f (param i32) (result i32))) (memory 1)
      (func $g (export "g") (param i32) (result i32)
        (i32.store (i32.const 0) (call $f (local.get 0)))
        (i32.add (i32.load (i32.const 0)) (call $g (i32.add (local.get 0) (i32.const 1))))))"""
    calls = 0

    def body(n: int) -> int:
        nonlocal calls
        calls += 1
        return n

    g = guest(text, [("i(i)", body)]).exports["g"]
    with contextlib.suppress(RecursionError):
        assert ends(g, 0) == "call stack exhausted"
    assert calls > 1000
