"""The library of functions itself: against arithmetic of 60 digits, and exact fractions."""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from decimal import Context, Decimal, localcontext
from fractions import Fraction
from functools import cache, partial
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from compat.emscripten_abi import libm
from compat.engine import default_engine

SOURCE = Path(libm.__file__).with_name("libm.c")
NAN = bytes.fromhex("7ff8000000000000")


@pytest.fixture(scope="module")
def functions() -> Iterator[Mapping[str, Any]]:
    engine = default_engine()
    with closing(engine.store()) as store:
        yield store.instantiate(engine.compile(libm.module()), []).exports


def test_the_exports_are_declared_with_their_types() -> None:
    module = libm.module()
    exported = default_engine().compile(module).export_types
    assert {name: str(exported[name]) for name in libm.FUNCTIONS} == libm.FUNCTIONS
    assert exported.keys() == libm.FUNCTIONS.keys() | {"memory"}
    assert not module.imports


def test_the_module_is_made_of_its_source() -> None:
    recorded = libm.module().custom("sha256 of libm.c")
    assert recorded
    assert bytes(recorded).decode() == sha256(SOURCE.read_bytes()).hexdigest()


def bits(number: float) -> bytes:
    return struct.pack(">d", number)


@pytest.mark.parametrize("name", libm.FUNCTIONS)
@pytest.mark.parametrize("word", ["7ff8000000000000", "fff8000000000000", "7ff0000000000001", "ffffffffffffffff"])
def test_what_is_no_number_is_always_the_same(functions: Mapping[str, Any], name: str, word: str) -> None:
    (nan,) = struct.unpack(">d", bytes.fromhex(word))
    count = libm.FUNCTIONS[name].count("d") - 1
    assert bits(functions[name](*[nan] * count)) == NAN


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("sin", [math.inf]),
        ("cos", [-math.inf]),
        ("tan", [math.inf]),
        ("asin", [1.5]),
        ("acos", [-1.5]),
        ("log", [-1.0]),
        ("log2", [-1.0]),
        ("log10", [-math.inf]),
        ("pow", [-2.0, 0.5]),
        ("pow", [1.0, math.inf]),
        ("fmod", [1.0, 0.0]),
        ("fmod", [math.inf, 1.0]),
        ("fma", [math.inf, 1.0, -math.inf]),
    ],
)
def test_so_it_is_outside_of_a_domain(functions: Mapping[str, Any], name: str, arguments: list[float]) -> None:
    assert bits(functions[name](*arguments)) == NAN


# --- 60 digits

PRECISE = Context(prec=60)


def series(x: Decimal, first: Decimal, ratio: Callable[[int], Decimal]) -> Decimal:
    """first + first ratio(1) x^2 + first ratio(1) ratio(2) x^4 + ..."""
    total, term, n = Decimal(0), first, 0
    while abs(term) > abs(total) * Decimal("1e-59") or not total:
        total, n = total + term, n + 1
        term *= ratio(n) * x * x
        if not term:
            break
    return total


@cache
def pi() -> Decimal:
    """By Machin's formula, to more digits than the largest number has."""
    with localcontext(prec=400):
        unit = Decimal(10) ** 395

        def arctangent_of_inverse(x: int) -> int:
            total = term = int(unit) // x
            n, sign = 3, -1
            while term := term // (x * x):
                total, n, sign = total + sign * (term // n), n + 2, -sign
            return total

        return 4 * (4 * arctangent_of_inverse(5) - arctangent_of_inverse(239)) / unit


def reduced(x: Decimal) -> Decimal:
    with localcontext(prec=400):
        return x - (x / pi()).to_integral_value() * pi()


def even(x: Decimal) -> int:
    """1, or -1 where an odd multiple of pi is taken off."""
    with localcontext(prec=400):
        return -1 if int((x / pi()).to_integral_value()) % 2 else 1


def sine(x: Decimal) -> Decimal:
    rest = +reduced(x)
    return even(x) * series(rest, rest, lambda n: Decimal(-1) / (2 * n * (2 * n + 1)))


def cosine(x: Decimal) -> Decimal:
    return even(x) * series(+reduced(x), Decimal(1), lambda n: Decimal(-1) / (2 * n * (2 * n - 1)))


def arctangent(x: Decimal) -> Decimal:
    halved = x
    for _ in range(4):
        halved = halved / (1 + (1 + halved * halved).sqrt())
    return 16 * series(halved, halved, lambda n: Decimal(1 - 2 * n) / (2 * n + 1))


def arcsine(x: Decimal) -> Decimal:
    return arctangent(x / (1 - x * x).sqrt())


EXACT: dict[str, Callable[..., Decimal]] = {
    "sin": sine,
    "cos": cosine,
    "tan": lambda x: sine(x) / cosine(x),
    "asin": arcsine,
    "acos": lambda x: pi() / 2 - arcsine(x),
    "atan": arctangent,
    "exp": Decimal.exp,
    "log": Decimal.ln,
    "log2": lambda x: x.ln() / Decimal(2).ln(),
    "log10": Decimal.log10,
    "pow": lambda x, y: (y * x.ln()).exp(),
    "atan2": lambda y, x: arctangent(y / x) + (0 if x > 0 else pi().copy_sign(y)),
}
ERROR = {"log2": 2, "log10": 3, "atan2": 1.5}
"""The error allowed, where it is not less than 1: those are made of a second function that rounds, as in JavaScript."""

within = partial(st.floats, allow_nan=False, allow_infinity=False)
NORMAL = within().filter(lambda x: abs(x) >= 2.0**-1022)
POSITIVE = NORMAL.map(abs)
FRACTION = within(-1, 1).filter(lambda x: 2.0**-1022 <= abs(x) < 1)
ARGUMENTS = {
    "sin": st.tuples(NORMAL),
    "cos": st.tuples(NORMAL),
    "tan": st.tuples(NORMAL),
    "asin": st.tuples(FRACTION),
    "acos": st.tuples(FRACTION),
    "atan": st.tuples(NORMAL),
    "exp": st.tuples(within(-745, 709.7)),
    "log": st.tuples(POSITIVE | within(0.5, 2)),
    "log2": st.tuples(POSITIVE | within(0.5, 2)),
    "log10": st.tuples(POSITIVE | within(0.5, 2)),
    # From a power of 2, so that most results are in range. With larger y the method has a fault, as in JavaScript.
    "pow": st.tuples((POSITIVE | within(0.5, 2)).filter(lambda x: x != 1), within(-1074, 1024))
    .map(lambda drawn: (drawn[0], drawn[1] / math.log2(drawn[0])))
    .filter(lambda drawn: abs(drawn[1]) < 2.0**31),
    "atan2": st.tuples(NORMAL, NORMAL),
}


@pytest.mark.parametrize("name", ARGUMENTS)
@settings(max_examples=100)
@given(data=st.data())
def test_the_error_is_less_than_one_in_the_last_place(functions: Mapping[str, Any], name: str, data: Any) -> None:
    arguments = data.draw(ARGUMENTS[name])
    result = functions[name](*arguments)
    with localcontext(PRECISE):
        expected = EXACT[name](*map(Decimal, arguments))
        assume(abs(expected) < Decimal(math.nextafter(math.inf, 0)))
        assert abs(Decimal(result) - expected) < Decimal(ERROR.get(name, 1)) * Decimal(math.ulp(float(expected)))


# --- exact functions

ANY = st.floats(allow_nan=False) | st.sampled_from([0.0, -0.0, 1.0, -1.0, 5e-324, 2.0**-1022, 1 + 2.0**-52])


def expected_fma(x: float, y: float, z: float) -> float:
    if not all(map(math.isfinite, (x, y, z))) or not x or not y:
        return x * y + z
    exact = Fraction(x) * Fraction(y) + Fraction(z)
    try:
        return math.copysign(float(exact), 1 if exact >= 0 else -1)
    except OverflowError:
        return math.inf if exact > 0 else -math.inf


@settings(max_examples=1000)
@given(x=ANY, y=ANY, z=ANY, cancel=st.none() | st.sampled_from([1.0, 1 + 2.0**-52, 1 - 2.0**-53, 2.0**-53, 2.0**-106]))
def test_a_product_and_a_sum_are_rounded_once(
    functions: Mapping[str, Any], x: float, y: float, z: float, cancel: float | None
) -> None:
    addend = z if cancel is None else -x * y * cancel
    assume(not math.isnan(addend))
    result = functions["fma"](x, y, addend)
    expected = expected_fma(x, y, addend)
    assert bits(result) == (NAN if math.isnan(expected) else bits(expected))
