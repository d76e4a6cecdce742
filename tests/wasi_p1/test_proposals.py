"""Of WebAssembly beyond the first version, programs have what WASI compilers emit today.

LLVM's default, and so that of clang, Rust, Swift and TinyGo, is all of DEFAULT but for constant expressions, which Zig
adds. Go and AssemblyScript emit fewer. The others are what their users may ask for.
"""

from __future__ import annotations

import pytest

import compat
from tests.conftest import Build
from tests.programs import start, wasi

ANSWER = 42

DEFAULT = {
    "mutable globals": f"""
        (global (export "counter") (mut i32) (i32.const {ANSWER}))
        {start("(call $proc_exit (global.get 0))")}""",
    "sign extension": start("(call $proc_exit (i32.add (i32.extend8_s (i32.const 0xff)) (i32.const 43)))"),
    "conversions that do not trap": start(
        "(call $proc_exit (i32.add (i32.trunc_sat_f64_s (f64.const nan)) (i32.trunc_sat_f32_u (f32.const 42.5))))"
    ),
    "bulk memory": f"""
        (data $piece "\\2a\\00\\00\\00")
        {
        start('''(memory.init $piece (i32.const 8) (i32.const 0) (i32.const 4))
        (memory.fill (i32.const 16) (i32.const 1) (i32.const 4))
        (memory.copy (i32.const 16) (i32.const 8) (i32.const 4))
        (data.drop $piece)
        (call $proc_exit (i32.load (i32.const 16)))''')
    }""",
    "several results": f"""
        (func $two (result i32 i32) (i32.const 40) (i32.const 2))
        {start("(call $proc_exit (call $two) (block (param i32 i32) (result i32) (i32.add)))")}""",
    "reference types": f"""
        (table $first 1 1 funcref) (table $second 1 externref) (elem declare func $answer)
        (func $answer (result i32) (i32.const {ANSWER}))
        {
        start('''(table.set $first (i32.const 0) (ref.func $answer))
        (table.set $second (i32.const 0) (ref.null extern))
        (call $proc_exit (i32.mul
          (ref.is_null (table.get $second (i32.const 0)))
          (call_indirect $first (result i32) (i32.const 0))))''')
    }""",
    "constant expressions": f"""
        (global i32 (i32.mul (i32.const 6) (i32.add (i32.const 3) (i32.const 4))))
        {start("(call $proc_exit (global.get 0))")}""",
}
ON_REQUEST = {
    "vectors": start(
        "(call $proc_exit (i32x4.extract_lane 3 (i32x4.add (v128.const i32x4 0 0 0 40) (i32x4.splat (i32.const 2)))))"
    ),
    "tail calls": f"""
        (func $down (param i32) (result i32)
          (if (i32.eqz (local.get 0)) (then (return (i32.const {ANSWER}))))
          (return_call $down (i32.sub (local.get 0) (i32.const 1))))
        {start("(call $proc_exit (call $down (i32.const 10_000_000)))")}""",
    "atomic operations": start(
        """(drop (i32.atomic.rmw.add (i32.const 8) (i32.const 42)))
        (call $proc_exit (i32.atomic.load (i32.const 8)))"""
    ),
    "exceptions": f"""
        (tag $thrown (param i32))
        {
        start(
            "(call $proc_exit (block $caught (result i32) "
            "(try_table (catch $thrown $caught) (throw $thrown (i32.const 42))) (unreachable)))"
        )
    }""",
}
REFUSED = {
    "relaxed vectors": start(
        "(drop (i32x4.relaxed_trunc_f32x4_s (v128.const f32x4 1 2 3 4))) (call $proc_exit (i32.const 0))"
    ),
    "more than one memory": f"(memory $second 1) {start('(drop (i32.load $second (i32.const 0)))')}",
    "wide arithmetic": start("(i64.add128 (i64.const 1) (i64.const 2) (i64.const 3) (i64.const 4)) (drop) (drop)"),
    "collected memory": f"(type $pair (struct (field i32) (field i32))) {start('(drop (struct.new_default $pair))')}",
}


@pytest.mark.parametrize("proposal", [*DEFAULT, *ON_REQUEST])
def test_programs_have(proposal: str, build: Build) -> None:
    result = compat.run(build(wasi({**DEFAULT, **ON_REQUEST}[proposal]))).check()
    assert result.status == ANSWER


@pytest.mark.parametrize("proposal", REFUSED)
def test_programs_have_not(proposal: str, build: Build) -> None:
    with pytest.raises((compat.MalformedModule, compat.Unsupported)) as refused:
        compat.run(build(wasi(REFUSED[proposal])))
    assert str(refused.value)
