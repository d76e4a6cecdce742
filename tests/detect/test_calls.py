from __future__ import annotations

from contextlib import suppress

from hypothesis import given
from hypothesis import strategies as st

from compat.detect.calls import numbers_passed
from compat.errors import MalformedModule
from compat.wasm.model import Kind, Module
from compat.wasm.reader import read
from tests.wasm import builder as b

LOCAL, DROP = b"\x20\x00", b"\x1a"


def call(function: int, number: int, second: bytes = LOCAL) -> bytes:
    return b"\x41" + b.s(number) + second + b"\x10" + b.u(function) + DROP


def program(*bodies: bytes, imports: int = 3) -> Module:
    return read(
        b.build(
            imports=[("env", f"f{index}", "i(ii)") for index in range(imports)],
            functions=[("v(i)", code + b.END) for code in bodies],
            exports=[("run", Kind.FUNC, imports)],
        )
    )


def test_what_is_passed_first_everywhere_is_found() -> None:
    module = program(call(0, 140) + call(1, 6), call(0, 140) + call(2, -5))
    assert numbers_passed(module, {"f0", "f1", "f2"}) == {"f0": 140, "f1": 6, "f2": -5}
    assert numbers_passed(module, {"f1", "none"}) == {"f1": 6}


def test_different_numbers_say_nothing() -> None:
    assert numbers_passed(program(call(0, 1), call(0, 2)), {"f0"}) == {}


def test_other_forms_of_calls_say_nothing() -> None:
    """A pointer in a constant is an argument like any other."""
    assert numbers_passed(program(call(0, 1, second=b"\x41\x07") + call(1, 3, second=LOCAL + b"\x45")), {"f0"}) == {}


def test_bytes_that_look_like_a_call_are_none() -> None:
    """They are a constant here."""
    fake = b"\x44" + b"\x41\x05\x20\x00\x10\x00\x00\x00" + DROP
    assert numbers_passed(program(fake), {"f0"}) == {}
    assert numbers_passed(program(fake + call(0, 6)), {"f0"}) == {"f0": 6}


def test_many_imports_have_numbers_of_two_bytes() -> None:
    module = program(call(200, 5) + call(72, 91), imports=300)
    assert numbers_passed(module, {"f200", "f72"}) == {"f200": 5, "f72": 91}


def test_a_module_without_code_calls_nothing() -> None:
    assert numbers_passed(read(b.build(imports=[("env", "f0", "i(ii)")])), {"f0"}) == {}


@given(st.lists(st.binary(max_size=40), max_size=5))
def test_any_code_is_survived(bodies: list[bytes]) -> None:
    with suppress(MalformedModule):
        assert set(numbers_passed(program(*bodies), {"f0", "f1"})) <= {"f0", "f1"}
