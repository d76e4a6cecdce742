"""Imported globals."""

from __future__ import annotations

import math

import pytest

from tests.emscripten_abi.linking import LAYOUT, linked


def value(name: str, module: str = "env", type: str = "i32") -> tuple[float, bytes]:
    """What an imported global holds, and the 16 bytes at that address."""
    text = f"""(module (import "env" "memory" (memory 256 256))
      (import "{module}" "{name}" (global $it {type}))
      (func (export "get") (result {type}) (global.get $it)))"""
    with linked(text) as guest:
        number = guest.call("get")
        assert number is not None
        return number, guest.memory.read(int(number), 16) if type == "i32" else b""


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("__memory_base", 1024),
        ("memoryBase", 1024),
        ("gb", 1024),
        ("__table_base", 0),
        ("ABORT", 0),
        ("STACKTOP", LAYOUT.stack_base),
        ("STACK_MAX", LAYOUT.stack_max),
        ("tempDoublePtr", LAYOUT.dynamic_base),
        ("DYNAMICTOP_PTR", LAYOUT.dynamic_base + 16),
    ],
)
def test_addresses_are_those_of_the_layout(name: str, expected: int) -> None:
    assert value(name)[0] == expected


@pytest.mark.parametrize(
    ("name", "content"),
    [("_environ", bytes(4)), ("_in6addr_loopback", bytes(15) + b"\1"), ("cttz_i8", bytes([8, 0, 1, 0, 2, 0, 1, 0, 3]))],
)
def test_data_of_the_host_is_in_guest_memory(name: str, content: bytes) -> None:
    assert value(name)[1].startswith(content)


def test_numbers_of_javascript() -> None:
    assert math.isnan(value("NaN", "global", "f64")[0])
    assert value("Infinity", "global", "f64")[0] == math.inf
