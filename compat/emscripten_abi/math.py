"""Numbers: `Math` of JavaScript, LLVM's intrinsics and libm as they are imported, and the helpers of asm2wasm.

What one instruction or exact integer arithmetic does is written here; all else is in `libm.c`. Functions of C's float
take and give double: the program rounds the result. Where the JavaScript (src/library.js) computed something else than
the name says, that is what programs were tested with, and is computed here too.
"""

from __future__ import annotations

from collections.abc import Callable

from compat.abi.row import STUB, Table
from compat.emscripten_abi import libm
from compat.emscripten_abi.bridge import Writer

env = Table("env", "math")
js = Table("global.Math", "math")
asm2wasm = Table("asm2wasm", "math")

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
    "sqrt": (
        "f64.sqrt",
        "d(d)",
        "The square root.",
        "_sqrt _sqrtf _sqrtl _llvm_sqrt_f32 _llvm_sqrt_f64 _emscripten_math_sqrt",
    ),
    "min": ("f64.min", "d(dd)", "The smaller number; NaN if either is.", "_llvm_minnum_f32 _llvm_minnum_f64"),
    "max": ("f64.max", "d(dd)", "The larger number; NaN if either is.", "_llvm_maxnum_f32 _llvm_maxnum_f64"),
    "imul": ("i32.mul", "i(ii)", "Multiply 32-bit integers.", ""),
    "clz32": ("i32.clz", "i(i)", "How many leading bits are zero.", ""),
}
for _math_name, (_operator, _type, _summary, _names) in _FLOAT_INSTRUCTIONS.items():
    js.inline(_math_name, _type)(_instruction(_operator, _summary))
    for _name in _names.split():
        env.inline(_name, _type)(_instruction(_operator, _summary))


@env.inline("_llvm_copysign_f32", "d(dd)")
@env.inline("_llvm_copysign_f64", "d(dd)")
def llvm_copysign(w: Writer) -> str:
    """The size of the first number with the sign of the second; NaN has none, since that is the processor's choice."""
    return f"""
    (select (f64.copysign {w.parameters}) (f64.abs (local.get 0)) (f64.eq (local.get 1) (local.get 1)))"""


@env.inline("_emscripten_math_round", "d(d)")
@env.inline("_llvm_round_f32", "d(d)")
@env.inline("_llvm_round_f64", "d(d)")
def llvm_round(w: Writer) -> str:
    """Round to the nearest integer; halves up, as Math.round does, for which the name stood up to 1.37.30."""
    ceiling = "(f64.ceil (local.get 0))"
    return f"""
    (f64.sub {ceiling} (select (f64.const 1) (f64.const 0)
      (f64.gt (f64.sub {ceiling} (f64.const 0.5)) (local.get 0))))"""


# --- integers


@env.inline("_abs", "i(i)")
@env.inline("_labs", "i(i)")
def absolute(w: Writer) -> str:
    """The absolute value; the least number has none, and stays."""
    return """
    (select (i32.sub (i32.const 0) (local.get 0)) (local.get 0) (i32.lt_s (local.get 0) (i32.const 0)))"""


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


@asm2wasm.inline("debugger", "v()", level=STUB, note="does nothing, as where no debugger is attached")
def debugger(w: Writer) -> str:
    """Stop in the debugger."""
    return ""


# --- the library


def _call(function: str, summary: str) -> Callable[[Writer], str]:
    def write(w: Writer) -> str:
        return w.libm(function, w.parameters)

    write.__doc__ = summary
    return write


_FUNCTIONS = {
    "acos": ("The arc cosine.", "_acos _acosf _acosl _emscripten_math_acos"),
    "asin": ("The arc sine.", "_asin _asinf _asinl _emscripten_math_asin"),
    "atan": ("The arc tangent.", "_atan _atanf _atanl _emscripten_math_atan"),
    "atan2": ("The angle of the point (x, y), given y first.", "_atan2 _atan2f _atan2l _emscripten_math_atan2"),
    "cos": ("The cosine.", "_cos _cosf _cosl _llvm_cos_f32 _llvm_cos_f64 _emscripten_math_cos"),
    "exp": ("e to the power of x.", "_exp _expf _expl _llvm_exp_f32 _llvm_exp_f64 _emscripten_math_exp"),
    "log": ("The natural logarithm.", "_log _logf _logl _llvm_log_f32 _llvm_log_f64 _emscripten_math_log"),
    "pow": (
        "The power y of x. Unlike C's, 1 to the power of NaN and of the infinities is NaN.",
        "_pow _powf _powl _llvm_pow_f32 _llvm_pow_f64 _emscripten_math_pow",
    ),
    "sin": ("The sine.", "_sin _sinf _sinl _llvm_sin_f32 _llvm_sin_f64 _emscripten_math_sin"),
    "tan": ("The tangent.", "_tan _tanf _tanl _emscripten_math_tan"),
}
_C_FUNCTIONS = {
    "fma": ("The first times the second plus the third, rounded once.", "_fma _llvm_fma_f32 _llvm_fma_f64"),
    "log2": ("The binary logarithm, as the quotient that the JavaScript took.", "_llvm_log2_f32 _llvm_log2_f64"),
    "log10": ("The decimal logarithm, as the quotient that the JavaScript took.", "_llvm_log10_f32 _llvm_log10_f64"),
}
for _name, (_summary, _names) in (_FUNCTIONS | _C_FUNCTIONS).items():
    for _c_name in _names.split():
        env.inline(_c_name, libm.FUNCTIONS[_name])(_call(_name, _summary))
for _name, (_summary, _) in _FUNCTIONS.items():
    js.inline(_name, libm.FUNCTIONS[_name])(_call(_name, _summary))

asm2wasm.inline("f64-rem", libm.FUNCTIONS["fmod"])(
    _call("fmod", "`%` of JavaScript, which is C's fmod: exact, with the sign of the dividend.")
)


@env.inline("_llvm_exp2_f32", "d(d)")
@env.inline("_llvm_exp2_f64", "d(d)")
def llvm_exp2(w: Writer) -> str:
    """2 to the power of x."""
    return w.libm("pow", f"(f64.const 2) {w.parameters}")


@env.inline("_llvm_powi_f32", "d(di)")
@env.inline("_llvm_powi_f64", "d(di)")
def llvm_powi(w: Writer) -> str:
    """The power y of x, for an integer y."""
    return w.libm("pow", "(local.get 0) (f64.convert_i32_s (local.get 1))")
