"""Numbers: `Math` of JavaScript, LLVM's intrinsics and libm as they are imported, and the helpers of asm2wasm.

What one instruction or exact integer arithmetic does is written in WebAssembly. The transcendental functions are the
host's, with the results of ECMAScript's Math object in all special cases (ECMA-262, section "The Math Object").
Functions of C's float take and give double here: the program rounds the result.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from compat.abi.kinds import F64, I32
from compat.abi.row import PARTIAL, STUB, Table
from compat.emscripten_abi.bridge import Writer

env = Table("env", "math")
js = Table("global.Math", "math")
asm2wasm = Table("asm2wasm", "math")

_INFINITY = math.inf
_NAN = math.nan

# --- one instruction


def _instruction(name: str, summary: str) -> Callable[[Writer], str]:
    def write(w: Writer) -> str:
        return f"({name} {w.parameters})"

    write.__doc__ = summary
    return write


_FLOAT_INSTRUCTIONS = {
    "abs": ("f64.abs", "d(d)", "The absolute value.", "_fabs _fabsf _fabsl _llvm_fabs_f32 _llvm_fabs_f64"),
    "ceil": ("f64.ceil", "d(d)", "Round up.", "_ceil _ceilf _ceill _llvm_ceil_f32 _llvm_ceil_f64"),
    "floor": ("f64.floor", "d(d)", "Round down.", "_floor _floorf _floorl _llvm_floor_f32 _llvm_floor_f64"),
    "trunc": ("f64.trunc", "d(d)", "Round towards zero.", "_trunc _truncf _truncl _llvm_trunc_f32 _llvm_trunc_f64"),
    "sqrt": ("f64.sqrt", "d(d)", "The square root.", "_sqrt _sqrtf _sqrtl _llvm_sqrt_f32 _llvm_sqrt_f64"),
    "min": ("f64.min", "d(dd)", "The smaller number; NaN if either is.", ""),
    "max": ("f64.max", "d(dd)", "The larger number; NaN if either is.", ""),
    "imul": ("i32.mul", "i(ii)", "Multiply 32-bit integers.", ""),
    "clz32": ("i32.clz", "i(i)", "How many leading bits are zero.", ""),
}
for _math_name, (_operator, _type, _summary, _names) in _FLOAT_INSTRUCTIONS.items():
    js.inline(_math_name, _type)(_instruction(_operator, _summary))
    for _name in _names.split():
        env.inline(_name, _type)(_instruction(_operator, _summary))

for _name in ("_llvm_copysign_f32", "_llvm_copysign_f64"):
    env.inline(_name, "d(dd)")(
        _instruction("f64.copysign", "The size of the first number with the sign of the second.")
    )

# --- integers

_SWAP = """(i32.or
  (i32.and (i32.rotl {0} (i32.const 8)) (i32.const 0x00ff00ff))
  (i32.and (i32.rotr {0} (i32.const 8)) (i32.const 0xff00ff00)))"""
"""The bytes of a 32-bit number, reversed."""


@env.inline("_llvm_bswap_i64", "i(ii)")
def llvm_bswap_i64(w: Writer) -> str:
    """Reverse the bytes of a 64-bit number that comes and goes as two halves."""
    return w.set_high(_SWAP.format("(local.get 0)")) + _SWAP.format("(local.get 1)")


@env.inline("_llvm_bswap_i64", "j(j)")
def llvm_bswap_whole_i64(w: Writer) -> str:
    """Reverse the bytes of a 64-bit number."""
    high = _SWAP.format("(i32.wrap_i64 (local.get 0))")
    low = _SWAP.format("(i32.wrap_i64 (i64.shr_u (local.get 0) (i64.const 32)))")
    return f"(i64.or (i64.shl (i64.extend_i32_u {high}) (i64.const 32)) (i64.extend_i32_u {low}))"


@env.inline("_llvm_flt_rounds", "i()")
def llvm_flt_rounds(w: Writer) -> str:
    """FLT_ROUNDS of C: -1, indeterminable."""
    return "(i32.const -1)"


@env.inline("_llvm_objectsize_i32", level=STUB, note="answers -1: the size of an object is never known")
def llvm_objectsize_i32(w: Writer) -> str:
    """The size of the object behind a pointer."""
    return "(i32.const -1)"


# --- asm2wasm: arithmetic of JavaScript that WebAssembly lacks or traps on


@asm2wasm.inline("i32s-div", "i(ii)")
def i32s_div(w: Writer) -> str:
    """Divide signed integers: by 0 gives 0, and the one overflow wraps."""
    return """
    (if (i32.eqz (local.get 1)) (then (return (i32.const 0))))
    (if (i32.eq (local.get 1) (i32.const -1)) (then (return (i32.sub (i32.const 0) (local.get 0)))))
    (i32.div_s (local.get 0) (local.get 1))"""


def _unless_by_zero(instruction: str, summary: str) -> Callable[[Writer], str]:
    def write(w: Writer) -> str:
        return f"(if (i32.eqz (local.get 1)) (then (return (i32.const 0)))) ({instruction} {w.parameters})"

    write.__doc__ = summary
    return write


asm2wasm.inline("i32u-div", "i(ii)")(_unless_by_zero("i32.div_u", "Divide unsigned integers: by 0 gives 0."))
asm2wasm.inline("i32s-rem", "i(ii)")(_unless_by_zero("i32.rem_s", "The remainder of signed integers: of 0 gives 0."))
asm2wasm.inline("i32u-rem", "i(ii)")(_unless_by_zero("i32.rem_u", "The remainder of unsigned integers: of 0 gives 0."))


@asm2wasm.inline("f64-to-int", "i(d)")
def f64_to_int(w: Writer) -> str:
    """ECMAScript's ToInt32: towards zero, modulo 2^32; 0 for NaN and infinities."""
    return """
    (local $bits i64) (local $shift i64) (local $low i32)
    (if (f64.lt (f64.abs (local.get 0)) (f64.const 0x1p63))
      (then (return (i32.wrap_i64 (i64.trunc_f64_s (local.get 0))))))
    (local.set $bits (i64.reinterpret_f64 (local.get 0)))
    (local.set $shift (i64.sub
      (i64.and (i64.shr_u (local.get $bits) (i64.const 52)) (i64.const 0x7ff)) (i64.const 1075)))
    ;; From 2^84 on every set bit is above the low 32; NaN and infinities have the largest exponent of all.
    (if (i64.gt_s (local.get $shift) (i64.const 31)) (then (return (i32.const 0))))
    (local.set $low (i32.wrap_i64 (i64.shl (local.get $bits) (local.get $shift))))
    (if (result i32) (i64.lt_s (local.get $bits) (i64.const 0))
      (then (i32.sub (i32.const 0) (local.get $low))) (else (local.get $low)))"""


@asm2wasm.inline("f64-rem", "d(dd)")
def f64_rem(w: Writer) -> str:
    """`%` of JavaScript, which is C's fmod: exact, with the sign of the dividend."""
    return f"""
    (local $x i64) (local $y i64) (local $sign i64) (local $ex i64) (local $ey i64)
    (local.set $x (i64.and (i64.reinterpret_f64 (local.get 0)) (i64.const 0x7fffffffffffffff)))
    (local.set $y (i64.and (i64.reinterpret_f64 (local.get 1)) (i64.const 0x7fffffffffffffff)))
    (local.set $sign (i64.and (i64.reinterpret_f64 (local.get 0)) (i64.const 0x8000000000000000)))
    (if (i32.or (i64.eqz (local.get $y))
          (i32.or (i64.ge_u (local.get $x) (i64.const {_EXPONENT})) (i64.gt_u (local.get $y) (i64.const {_EXPONENT}))))
      (then (return (f64.const nan))))
    (if (i64.lt_u (local.get $x) (local.get $y)) (then (return (local.get 0))))
    {_split("x")}
    {_split("y")}
    (loop $divide
      (if (i64.ge_u (local.get $x) (local.get $y)) (then (local.set $x (i64.sub (local.get $x) (local.get $y)))))
      (if (i64.gt_s (local.get $ex) (local.get $ey)) (then
        (local.set $x (i64.shl (local.get $x) (i64.const 1)))
        (local.set $ex (i64.sub (local.get $ex) (i64.const 1)))
        (br $divide))))
    (if (i64.eqz (local.get $x)) (then (return (f64.reinterpret_i64 (local.get $sign)))))
    (local.set $y (i64.sub (i64.clz (local.get $x)) (i64.const 11)))
    (local.set $x (i64.shl (local.get $x) (local.get $y)))
    (local.set $ex (i64.sub (local.get $ex) (local.get $y)))
    (if (i64.gt_s (local.get $ex) (i64.const 0))
      (then (local.set $x (i64.add (i64.sub (local.get $x) (i64.const {_UNIT}))
        (i64.shl (local.get $ex) (i64.const 52)))))
      (else (local.set $x (i64.shr_u (local.get $x) (i64.sub (i64.const 1) (local.get $ex))))))
    (f64.reinterpret_i64 (i64.or (local.get $x) (local.get $sign)))"""


_UNIT = hex(1 << 52)
_EXPONENT = hex(0x7FF << 52)


def _split(name: str) -> str:
    """Part a number's bits into its exponent and a significand whose highest bit is bit 52, subnormals too."""
    return f"""
    (local.set $e{name} (i64.shr_u (local.get ${name}) (i64.const 52)))
    (if (i64.eqz (local.get $e{name}))
      (then
        (local.set $e{name} (i64.sub (i64.const 12) (i64.clz (local.get ${name}))))
        (local.set ${name} (i64.shl (local.get ${name}) (i64.sub (i64.const 1) (local.get $e{name})))))
      (else (local.set ${name}
        (i64.or (i64.and (local.get ${name}) (i64.const {hex((1 << 52) - 1)})) (i64.const {_UNIT})))))"""


@asm2wasm.inline("debugger", "v()", level=STUB, note="does nothing, as where no debugger is attached")
def debugger(w: Writer) -> str:
    """Stop in the debugger."""
    return ""


# --- transcendental functions

_HOST_LIBM = "computed by the host's libm: the last bit may differ between platforms, and from a JavaScript engine's"


def _total(function: Callable[[float], float], outside: float = _NAN) -> Callable[[float], float]:
    """A function of Python's math, with a result where that raises: `outside` of its domain, infinity beyond range."""

    def total(x: float) -> float:
        try:
            return function(x)
        except ValueError:
            return outside
        except OverflowError:
            return _INFINITY

    return total


def _log(x: float) -> float:
    return math.log(x) if x else -_INFINITY


def _power(x: float, y: float) -> float:
    """Math.pow. Unlike C's, 1 to the power of NaN and of the infinities is NaN."""
    if math.isnan(y) or (abs(x) == 1 and math.isinf(y)):
        return _NAN
    odd = math.fmod(y, 2) in (1, -1) if math.isfinite(y) else False
    negative = math.copysign(1, x) < 0 and odd
    try:
        return math.pow(x, y)
    except OverflowError:
        return -_INFINITY if negative else _INFINITY
    except ValueError:
        # Zero to a negative power, or a root of a negative number.
        return math.copysign(_INFINITY, -1 if negative else 1) if x == 0 else _NAN


_FUNCTIONS: dict[str, tuple[Callable[[float], float], str]] = {
    "acos": (_total(math.acos), "The arc cosine."),
    "asin": (_total(math.asin), "The arc sine."),
    "atan": (math.atan, "The arc tangent."),
    "cos": (_total(math.cos), "The cosine."),
    "sin": (_total(math.sin), "The sine."),
    "tan": (_total(math.tan), "The tangent."),
    "exp": (_total(math.exp), "e to the power of x."),
    "log": (_total(_log), "The natural logarithm."),
}
_INTRINSICS: dict[str, tuple[Callable[[float], float], str]] = {
    "cos": _FUNCTIONS["cos"],
    "sin": _FUNCTIONS["sin"],
    "exp": _FUNCTIONS["exp"],
    "log": _FUNCTIONS["log"],
    "exp2": (lambda x: _power(2.0, x), "2 to the power of x."),
    "log2": (
        lambda x: _FUNCTIONS["log"][0](x) / math.log(2),
        "The binary logarithm, as the quotient that the glue takes.",
    ),
    "log10": (
        lambda x: _FUNCTIONS["log"][0](x) / math.log(10),
        "The decimal logarithm, as the quotient that the glue takes.",
    ),
}


def _unary(function: Callable[[float], float], summary: str) -> Callable[[float], float]:
    def call(x: F64) -> F64:
        return function(x)

    call.__doc__ = summary
    return call


def _atan2(y: F64, x: F64) -> F64:
    """The angle of the point (x, y)."""
    return math.atan2(y, x)


def _pow(x: F64, y: F64) -> F64:
    """The power y of x (pow(3))."""
    return _power(x, y)


def _powi(x: F64, y: I32) -> F64:
    """The power y of x, for an integer y."""
    return _power(x, y)


for _name, (_function, _summary) in _FUNCTIONS.items():
    js.function(_name, level=PARTIAL, note=_HOST_LIBM)(_unary(_function, _summary))
    for _suffix in ("", "f", "l"):
        env.function(f"_{_name}{_suffix}", level=PARTIAL, note=_HOST_LIBM)(_unary(_function, _summary))
for _name, (_function, _summary) in _INTRINSICS.items():
    for _suffix in ("f32", "f64"):
        env.function(f"_llvm_{_name}_{_suffix}", level=PARTIAL, note=_HOST_LIBM)(_unary(_function, _summary))
js.function("atan2", level=PARTIAL, note=_HOST_LIBM)(_atan2)
js.function("pow", level=PARTIAL, note=_HOST_LIBM)(_pow)
for _name in ("_atan2", "_atan2f", "_atan2l"):
    env.function(_name, level=PARTIAL, note=_HOST_LIBM)(_atan2)
for _name in ("_pow", "_powf", "_powl", "_llvm_pow_f32", "_llvm_pow_f64"):
    env.function(_name, level=PARTIAL, note=_HOST_LIBM)(_pow)
for _name in ("_llvm_powi_f32", "_llvm_powi_f64"):
    env.function(_name, level=PARTIAL, note=_HOST_LIBM)(_powi)


def _fma(x: F64, y: F64, z: F64) -> F64:
    """The first times the second plus the third, rounded once."""
    if not (math.isfinite(x) and math.isfinite(y) and math.isfinite(z)):
        return x * y + z
    # Imported here: hardly any program needs it.
    from fractions import Fraction

    exact = Fraction(x) * Fraction(y) + Fraction(z)
    try:
        return float(exact) if exact else x * y + z
    except OverflowError:
        return _INFINITY if exact > 0 else -_INFINITY


for _name in ("_llvm_fma_f32", "_llvm_fma_f64", "_fma"):
    env.function(_name)(_fma)
