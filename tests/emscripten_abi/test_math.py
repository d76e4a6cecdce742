"""Arithmetic on the engine, against Python's and ECMAScript's rules, and against what node 20 computed: math.txt."""

from __future__ import annotations

import math
import struct
import subprocess
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench import peers
from compat.abi.guest import Value
from compat.abi.row import FULL
from compat.emscripten_abi import math as rows
from compat.wasm.model import FuncType
from tests.emscripten_abi.linking import linked

Call = Callable[..., Value | None]

WORDS = {"i": "i32", "j": "i64", "d": "f64"}
INT_MIN = -(1 << 31)


def program(*imports: tuple[str, str, str]) -> str:
    """A program that imports functions (module, name, type) and exports each under its name."""
    lines = ['(import "env" "memory" (memory 2 2))']
    exports = []
    for index, (module, name, signature) in enumerate(imports):
        declared = FuncType.parse(signature)
        params = f"(param {' '.join(WORDS[t.value] for t in declared.params)})"
        result = "".join(f"(result {WORDS[t.value]})" for t in declared.results)
        lines.append(f'(import "{module}" "{name}" (func $f{index} {params} {result}))')
        operands = " ".join(f"(local.get {i})" for i in range(len(declared.params)))
        exports.append(f'(func (export "{name}") {params} {result} (call $f{index} {operands}))')
    return f"(module {' '.join(lines + exports)})"


RECORDED = Path(__file__).with_name("math.txt")
SCRIPT = Path(__file__).with_name("math.js")
Answers = dict[str, list[tuple[list[float], float]]]
"""Of each function in math.js, arguments and result."""


def parse(lines: str) -> Answers:
    answers: Answers = defaultdict(list)
    for line in lines.splitlines():
        name, *words = line.split()
        *arguments, result = (math.nan if w == "nan" else struct.unpack(">d", bytes.fromhex(w))[0] for w in words)
        answers[name].append((arguments, result))
    return answers


IN_JAVASCRIPT = {"f64-rem": "rem", "fabs": "abs", "minnum": "min", "maxnum": "max"}


def in_javascript(name: str) -> str:
    """The function of math.js that an import is: of `_sin`, `_sinf`, `_sinl`, `_llvm_sin_f32`, say, `sin`."""
    plain = name.removeprefix("_").removeprefix("llvm_").removeprefix("emscripten_math_")
    plain = plain.removesuffix("_f32").removesuffix("_f64")
    candidates = (IN_JAVASCRIPT.get(word, word) for word in (plain, plain[:-1]))
    return next(word for word in candidates if word in NAMES)


NAMES = parse(RECORDED.read_text("ascii")).keys()
ON_DOUBLES = [
    (row.module, row.name, row.type)
    for table in (rows.js, rows.env, rows.asm2wasm)
    for row in table.rows
    if row.level is FULL and row.type in ("d(d)", "d(dd)")
]


@pytest.fixture(scope="module")
def on_doubles() -> Iterator[Call]:
    with linked(program(*ON_DOUBLES)) as guest:
        yield guest.call


def check(call: Call, answers: Answers) -> None:
    names = [name for _, name, _ in ON_DOUBLES]
    assert {in_javascript(name) for name in names} == answers.keys()
    for name in names:
        for arguments, result in answers[in_javascript(name)]:
            assert bits(call(name, *arguments)) == bits(result), (name, [x.hex() for x in arguments])


def test_all_functions_of_doubles_answer_as_in_node(on_doubles: Call) -> None:
    check(on_doubles, parse(RECORDED.read_text("ascii")))


@pytest.mark.parametrize("seed", [2, 3])
def test_and_for_other_numbers(on_doubles: Call, seed: int) -> None:
    node = peers.node()
    if node is None or not subprocess.run([node, "-v"], capture_output=True, check=True).stdout.startswith(b"v20."):
        pytest.skip("node 20 is not here: another's last bits may differ")
    done = subprocess.run([node, SCRIPT, str(seed), "1000"], capture_output=True, text=True, check=True)
    check(on_doubles, parse(done.stdout))


FUNCTIONS = [
    ("asm2wasm", "f64-rem", "d(dd)"),
    ("asm2wasm", "f64-to-int", "i(d)"),
    ("asm2wasm", "i32s-div", "i(ii)"),
    ("asm2wasm", "i32u-div", "i(ii)"),
    ("asm2wasm", "i32s-rem", "i(ii)"),
    ("asm2wasm", "i32u-rem", "i(ii)"),
    ("global.Math", "pow", "d(dd)"),
    ("global.Math", "log", "d(d)"),
    ("global.Math", "exp", "d(d)"),
    ("global.Math", "sin", "d(d)"),
    ("global.Math", "acos", "d(d)"),
    ("global.Math", "imul", "i(ii)"),
    ("global.Math", "clz32", "i(i)"),
    ("env", "_floor", "d(d)"),
    ("env", "_llvm_trunc_f64", "d(d)"),
    ("env", "_llvm_copysign_f64", "d(dd)"),
    ("env", "_llvm_exp2_f64", "d(d)"),
    ("env", "_llvm_log10_f64", "d(d)"),
    ("env", "_llvm_powi_f64", "d(di)"),
    ("env", "_llvm_fma_f64", "d(ddd)"),
    ("env", "_llvm_bswap_i64", "j(j)"),
]


@pytest.fixture(scope="module")
def call() -> Iterator[Call]:
    with linked(program(*FUNCTIONS)) as guest:
        yield guest.call


def bits(number: Value | None) -> bytes:
    assert isinstance(number, float)
    return b"nan" if math.isnan(number) else struct.pack("<d", number)


def remainder(x: float, y: float) -> float:
    try:
        return math.fmod(x, y)
    except ValueError:
        return math.nan


SPECIAL = [0.0, -0.0, 1.0, -1.5, math.inf, -math.inf, math.nan, 5e-324, -5e-324, 2.0**-1022, 1.7976931348623157e308]


@settings(max_examples=200)
@given(x=st.floats() | st.sampled_from(SPECIAL), y=st.floats() | st.sampled_from(SPECIAL))
def test_the_remainder_is_exact(call: Call, x: float, y: float) -> None:
    assert bits(call("f64-rem", x, y)) == bits(remainder(x, y))


@settings(max_examples=200)
@given(x=st.floats() | st.integers(-(1 << 90), 1 << 90).map(float))
def test_conversion_to_an_integer_wraps(call: Call, x: float) -> None:
    expected = int(x) & 0xFFFF_FFFF if math.isfinite(x) else 0
    assert int(call("f64-to-int", x) or 0) & 0xFFFF_FFFF == expected


@pytest.mark.parametrize(
    ("name", "x", "y", "result"),
    [
        ("i32s-div", -7, 2, -3),
        ("i32s-div", 7, 0, 0),
        ("i32s-div", INT_MIN, -1, INT_MIN),
        ("i32u-div", -1, 2, 0x7FFF_FFFF),
        ("i32u-div", 7, 0, 0),
        ("i32s-rem", -7, 2, -1),
        ("i32s-rem", INT_MIN, -1, 0),
        ("i32s-rem", 7, 0, 0),
        ("i32u-rem", -1, 10, 5),
        ("i32u-rem", 7, 0, 0),
    ],
)
def test_integer_division_never_traps(call: Call, name: str, x: int, y: int, result: int) -> None:
    assert call(name, x, y) == result


@pytest.mark.parametrize(
    ("name", "arguments", "result"),
    [
        ("pow", (2.0, 10.0), 1024.0),
        ("pow", (1.0, math.inf), math.nan),
        ("pow", (math.nan, 0.0), 1.0),
        ("pow", (1.0, math.nan), math.nan),
        ("pow", (-0.0, -3.0), -math.inf),
        ("pow", (0.0, -3.0), math.inf),
        ("pow", (-8.0, 1 / 3), math.nan),
        ("pow", (-10.0, 309.0), -math.inf),
        ("pow", (10.0, 309.0), math.inf),
        ("log", (0.0,), -math.inf),
        ("log", (-1.0,), math.nan),
        ("log", (math.inf,), math.inf),
        ("exp", (1000.0,), math.inf),
        ("exp", (-math.inf,), 0.0),
        ("sin", (math.inf,), math.nan),
        ("acos", (2.0,), math.nan),
        ("_floor", (-0.5,), -1.0),
        ("_llvm_trunc_f64", (-1.5,), -1.0),
        ("_llvm_copysign_f64", (3.0, -0.0), -3.0),
        ("_llvm_copysign_f64", (-3.0, -math.nan), 3.0),
        ("_llvm_exp2_f64", (10.0,), 1024.0),
        ("_llvm_log10_f64", (1000.0,), 2.9999999999999996),
        ("_llvm_powi_f64", (-2.0, -3), -0.125),
        ("_llvm_powi_f64", (math.nan, 0), 1.0),
        ("_llvm_fma_f64", (1 + 2.0**-52, 1 - 2.0**-52, -1.0), -(2.0**-104)),
        ("_llvm_fma_f64", (1e308, 10.0, 0.0), math.inf),
        ("_llvm_fma_f64", (math.inf, 0.0, 1.0), math.nan),
    ],
)
def test_functions_answer_as_in_javascript(call: Call, name: str, arguments: tuple[float, ...], result: float) -> None:
    assert bits(call(name, *arguments)) == bits(result)


def test_integers_are_multiplied_and_their_zeros_counted(call: Call) -> None:
    assert call("imul", 0x10001, 0x10001) == 0x20001
    assert call("clz32", 1) == 31


def test_bytes_are_reversed_in_a_whole_number(call: Call) -> None:
    assert call("_llvm_bswap_i64", 0x0102030405060708) == 0x0807060504030201


HALVES = """
(module
  (import "env" "memory" (memory 2 2))
  {import_}
  (import "env" "_llvm_bswap_i64" (func $swap (param i32 i32) (result i32)))
  {register}
  (func (export "low") (result i32) (call $swap (i32.const 0x05060708) (i32.const 0x01020304)))
  (func (export "high") (result i32) (call $get)))
"""
IMPORTED = {"import_": '(import "env" "getTempRet0" (func $get (result i32)))', "register": ""}
OWN = {
    "import_": "",
    "register": """
      (global $register (mut i32) (i32.const 0))
      (func $get (export "getTempRet0") (result i32) (global.get $register))
      (func (export "setTempRet0") (param i32) (global.set $register (local.get 0)))""",
}


@pytest.mark.parametrize("parts", [IMPORTED, OWN], ids=["from 1.38.20", "up to 1.38.19"])
def test_the_high_half_goes_to_the_register_of_the_epoch(parts: dict[str, str]) -> None:
    with linked(HALVES.format(**parts)) as guest:
        assert guest.call("low") == 0x04030201
        assert guest.call("high") == 0x08070605
