"""Numeric instructions at edge values: what the wasm2c engine computes is what wasmtime does, to the bit."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from compat.engine.protocol import Function
from compat.engine.wasm2c.engine import Wasm2cEngine
from compat.engine.wasmtime import WasmtimeEngine
from compat.errors import Trap

INTEGER_UNARY = "clz ctz popcnt eqz extend8_s extend16_s"
INTEGER_BINARY = """add sub mul div_s div_u rem_s rem_u and or xor shl shr_s shr_u rotl rotr
  eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u"""
FLOAT_UNARY = "abs neg ceil floor trunc nearest sqrt"
FLOAT_BINARY = "add sub mul div min max copysign eq ne lt gt le ge"
CONVERSIONS = {
    "i32": "wrap_i64 trunc{}_f32_s trunc{}_f32_u trunc{}_f64_s trunc{}_f64_u reinterpret_f32",
    "i64": """extend_i32_s extend_i32_u extend32_s
      trunc{}_f32_s trunc{}_f32_u trunc{}_f64_s trunc{}_f64_u reinterpret_f64""",
    "f32": "convert_i32_s convert_i32_u convert_i64_s convert_i64_u demote_f64 reinterpret_i32",
    "f64": "convert_i32_s convert_i32_u convert_i64_s convert_i64_u promote_f32 reinterpret_i64",
}
FOLDED = {
    "times one": "({t}.mul {x} ({t}.const 1))",
    "by one": "({t}.div {x} ({t}.const 1))",
    "less zero": "({t}.sub {x} ({t}.const 0))",
    "plus zero": "({t}.add {x} ({t}.const 0))",
    "plus minus zero": "({t}.add {x} ({t}.const -0))",
    "less itself": "({t}.sub {x} {x})",
    "by itself": "({t}.div {x} {x})",
    "times zero": "({t}.mul {x} ({t}.const 0))",
    "zero less": "({t}.sub ({t}.const 0) {x})",
    "back and forth": "({t}.neg ({t}.neg {x}))",
    "product and sum": "({t}.add ({t}.mul {x} {x}) ({t}.neg ({t}.mul {x} {x})))",
}
"""What a compiler may be tempted to simplify."""

BITS = {
    "i32": (0, 1, 2, 7, 31, 32, 33, 0x7F, 0x80, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0x80000001, 0xFFFFFFFE, 0xFFFFFFFF),
    "i64": (
        *(0, 1, 2, 63, 64, 65, 0x80, 0x8000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0x100000000, 1 << 53, (1 << 53) + 1),
        *(0x7FFFFFFFFFFFFFFF, 0x8000000000000000, 0x8000000000000001, 0xFFFFFFFFFFFFFFFE, 0xFFFFFFFFFFFFFFFF),
    ),
    # Zeros, ones, halves, the smallest and largest, bounds of integers, infinities, quiet and signalling NaNs.
    "f32": (
        *(0, 0x80000000, 0x3F800000, 0xBF800000, 0x3F000000, 0xBF000000, 0x3FC00000, 0x40200000, 1, 0x80000001),
        *(0x007FFFFF, 0x00800000, 0x7F7FFFFF, 0xFF7FFFFF, 0x4B000000, 0x4B000001, 0x4EFFFFFF, 0x4F000000, 0xCF000000),
        *(0xCF000001, 0x4F7FFFFF, 0x4F800000, 0x5F000000, 0xDF000000, 0x5F800000, 0x7F800000, 0xFF800000, 0x7FC00000),
        *(0xFFC00000, 0x7F800001, 0xFFA00000, 0x7FFFFFFF),
    ),
    "f64": (
        *(0, 1 << 63, 0x3FF0000000000000, 0xBFF0000000000000, 0x3FE0000000000000, 0xBFE0000000000000, 1, (1 << 63) + 1),
        *(0x3FF8000000000000, 0x4004000000000000, 0x000FFFFFFFFFFFFF, 0x0010000000000000, 0x7FEFFFFFFFFFFFFF),
        *(0x41DFFFFFFFC00000, 0x41E0000000000000, 0xC1E0000000000000, 0xC1E0000000200000, 0xC1E00000001FFFFF),
        *(0x41EFFFFFFFE00000, 0x41F0000000000000, 0x43E0000000000000, 0xC3E0000000000000, 0x43F0000000000000),
        *(0x4330000000000001, 0x36A0000000000000, 0x47EFFFFFF0000000, 0x7FF0000000000000, 0xFFF0000000000000),
        *(0x7FF8000000000000, 0xFFF8000000000000, 0x7FF0000000000001, 0xFFF4000000000000),
    ),
}
QUIET = {"f32": (0x7F800000, 0x007FFFFF, 0x00400000), "f64": (0x7FF << 52, (1 << 52) - 1, 1 << 51)}
"""Of a float: the exponent of a NaN, its payload, and the bit of that which says that it does not signal."""
EXACT = ("abs", "neg", "copysign", "reinterpret", "back and forth")
"""What only moves bits: NaNs included."""


def operand(type: str, local: int) -> str:
    bits = f"(local.get {local})"
    return bits if type[0] == "i" else f"({type}.reinterpret_i{type[1:]} {bits})"


def expressions() -> Iterator[tuple[str, str, tuple[str, ...], str]]:
    """Name, type of the result, types of the operands, expression."""
    for type in ("i32", "i64", "f32", "f64"):
        unary, binary = (INTEGER_UNARY, INTEGER_BINARY) if type[0] == "i" else (FLOAT_UNARY, FLOAT_BINARY)
        for name in unary.split():
            yield f"{type}.{name}", "i32" if name == "eqz" else type, (type,), f"({type}.{name} {operand(type, 0)})"
        for name in binary.split():
            result = "i32" if name[:2] in ("eq", "ne", "lt", "gt", "le", "ge") and name != "neg" else type
            expression = f"({type}.{name} {operand(type, 0)} {operand(type, 1)})"
            yield f"{type}.{name}", result, (type, type), expression
        for form in CONVERSIONS[type].split():
            for name in {form.format(""), form.format("_sat")}:
                source = next((t for t in BITS if f"_{t}" in name), type)
                yield f"{type}.{name}", type, (source,), f"({type}.{name} {operand(source, 0)})"
        for name, form in FOLDED.items() if type[0] == "f" else ():
            yield f"{type} {name}", type, (type,), form.format(t=type, x=operand(type, 0))


def module() -> str:
    functions = []
    for name, result, operands, expression in expressions():
        bits = " ".join(f"i{type[1:]}" for type in operands)
        body = expression if result[0] == "i" else f"(i{result[1:]}.reinterpret_{result} {expression})"
        functions.append(f'(func (export "{name}") (param {bits}) (result i{result[1:]}) {body})')
    return f"(module {' '.join(functions)})"


def told(type: str, name: str, function: Function, values: tuple[int, ...]) -> str:
    try:
        value = int(function(*values) or 0) & ((1 << int(type[1:])) - 1)
    except Trap as trap:
        return str(trap)
    exponent, payload, quiet = QUIET.get(type, (0, 0, 0))
    if exponent and value & exponent == exponent and value & payload and not any(word in name for word in EXACT):
        return "a quiet NaN" if value & quiet else f"a signalling NaN: {value:x}"
    return hex(value)


def test_every_instruction_at_edge_values() -> None:
    engines = WasmtimeEngine(), Wasm2cEngine()
    with engines[0].store() as one, engines[1].store() as other:
        theirs, ours = (
            store.instantiate(engine.compile_text(module()), []).exports
            for engine, store in zip(engines, (one, other), strict=True)
        )
        for name, type, operands, _ in expressions():
            for values in itertools.product(*(BITS[t] for t in operands)):
                found = told(type, name, ours[name], values)
                assert found == told(type, name, theirs[name], values), f"{name} {[hex(v) for v in values]}"
