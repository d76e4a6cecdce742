"""Functions of numbers: each name once or twice, against Python's own. test_math.py compares their bits with node."""

from __future__ import annotations

import math

from tests.calls import I64, Between, Call, call, case

EXACT = {
    "fabs": ((-2.5, 2.5), (3.0, 3.0)),
    "ceil": ((-1.5, -1.0), (1.25, 2.0)),
    "floor": ((-1.5, -2.0), (1.25, 1.0)),
    "trunc": ((-1.5, -1.0), (1.75, 1.0)),
    "sqrt": ((2.25, 1.5), (0.0, 0.0)),
    "round": ((-2.5, -2.0), (2.5, 3.0)),  # an import only up to 1.37.30, where it was Math.round
}
NEARLY = {
    "acos": math.acos,
    "asin": math.asin,
    "atan": math.atan,
    "cos": math.cos,
    "exp": math.exp,
    "log": math.log,
    "sin": math.sin,
    "tan": math.tan,
    "log2": math.log2,
    "log10": math.log10,
    "exp2": math.exp2,
}
OF_TWO = {"atan2": math.atan2, "pow": math.pow, "minnum": min, "maxnum": max, "copysign": math.copysign}
IN_C = ("fabs", "ceil", "floor", "trunc", "sqrt", "acos", "asin", "atan", "cos", "exp", "log", "sin", "tan")
IN_LLVM = ("fabs", "ceil", "floor", "trunc", "sqrt", "round", "cos", "exp", "log", "sin", "log2", "log10", "exp2")
IN_EM_MATH = ("sqrt", "acos", "asin", "atan", "cos", "exp", "log", "sin", "tan", "round", "atan2", "pow")
IN_JAVASCRIPT = ("ceil", "floor", "trunc", "sqrt", "acos", "asin", "atan", "cos", "exp", "log", "sin", "tan")


def _near(number: float) -> Between:
    """Within what is left of a number in 32 bits, which half of the names say."""
    margin = abs(number) * 1e-7
    return Between(number - margin, number + margin, "d")


def _calls(name: str, function: str) -> list[Call]:
    if function in EXACT:
        return [call(name, argument, gives=result) for argument, result in EXACT[function]]
    if function in OF_TWO:
        return [call(name, x, y, gives=_near(OF_TWO[function](x, y))) for x, y in ((0.75, -2.5), (3.0, 2.0))]
    return [call(name, x, gives=_near(NEARLY[function](x))) for x in (0.5, 0.875)]


NAMES = {
    **{f"_{function}{suffix}": function for function in (*IN_C, "atan2", "pow") for suffix in ("", "f", "l")},
    **{f"_emscripten_math_{function}": function for function in IN_EM_MATH},
    **{
        f"_llvm_{function}_f{bits}": function
        for function in (*IN_LLVM, "pow", "minnum", "maxnum", "copysign")
        for bits in (32, 64)
    },
}

CASES = [
    *(case(name, *_calls(name, function)) for name, function in NAMES.items()),
    *(case(name, call(name, 3.0, 0.5, -2.0, gives=-0.5)) for name in ("_fma", "_llvm_fma_f32", "_llvm_fma_f64")),
    *(
        case(name, call(name, 1.5, 2, gives=2.25), call(name, 2.0, -2, gives=0.25))
        for name in ("_llvm_powi_f32", "_llvm_powi_f64")
    ),
    *(
        case(name, call(name, -7, gives=7), call(name, 7, gives=7), call(name, -(1 << 31), gives=-(1 << 31)))
        for name in ("_abs", "_labs")
    ),
    case("rounding is to the nearest", call("_llvm_flt_rounds", gives=-1)),
    case(
        "the bytes of 64 bits are reversed, in halves",
        call("_llvm_bswap_i64", 0x11223344, 0x55667788, gives=0x88776655 - (1 << 32)),
        call("getTempRet0", gives=0x44332211),
    ),
    case(
        "the bytes of 64 bits are reversed",
        call("_llvm_bswap_i64", I64(0x1122334455667788), gives=I64(-0x778899AABBCCDDEF)),
    ),
    *(
        case(f"Math.{name}", *_calls(name, name), module={"imports": "global.Math"})
        for name in (*IN_JAVASCRIPT, "atan2", "pow")
    ),
    case(
        "Math.abs, min, max, imul, clz32",
        call("abs", -2.5, gives=2.5),
        call("min", 1.0, -0.0, gives=-0.0),
        call("max", 1.0, 2.0, gives=2.0),
        call("imul", 0x10001, 0x10003, gives=0x40003),
        call("clz32", 0xFFFF, gives=16),
        module={"imports": "global.Math"},
    ),
    case(
        "integers are divided without a trap",
        call("i32s-div", -7, 2, gives=-3),
        call("i32s-div", 7, 0, gives=0),
        call("i32s-div", -(1 << 31), -1, gives=-(1 << 31)),
        call("i32u-div", -2, 2, gives=0x7FFFFFFF),
        call("i32u-div", 7, 0, gives=0),
        call("i32s-rem", -7, 2, gives=-1),
        call("i32s-rem", 7, 0, gives=0),
        call("i32u-rem", -1, 10, gives=5),
        call("i32u-rem", 7, 0, gives=0),
        call("f64-to-int", -1.5, gives=-1),
        call("f64-to-int", 2.0**32 + 5, gives=5),
        call("f64-rem", -7.5, 2.0, gives=-1.5),
        module={"imports": "asm2wasm"},
    ),
]
