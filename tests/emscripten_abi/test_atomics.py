"""64-bit atomic operations in the bridge: results in two halves, memory, and the bytes beside it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from compat.emscripten_abi import EmscriptenGuest
from tests.emscripten_abi.linking import linked

MASK = (1 << 64) - 1
OLD = 0xFFFF_FFFE_8000_0001
OPERAND = 0x0000_0003_FFFF_FFFF
AT = 1008


@contextmanager
def importing(name: str, parameters: int) -> Iterator[EmscriptenGuest]:
    """A program that does no more than hand its arguments to the function `name`."""
    i32s, operands = "i32 " * parameters, " ".join(f"(local.get {i})" for i in range(parameters))
    text = f"""(module (import "env" "memory" (memory 256))
      (import "env" "{name}" (func $imported (param {i32s}) (result i32)))
      (import "env" "getTempRet0" (func $high (result i32)))
      (func (export "run") (param {i32s}) (result i32) (call $imported {operands}))
      (func (export "high") (result i32) (call $high)))"""
    with linked(text) as guest:
        guest.memory.write(AT - 8, b"?" * 24)
        guest.memory.store_64(AT, OLD)
        yield guest
        assert guest.memory.read(AT - 8, 8) == guest.memory.read(AT + 8, 8) == b"?" * 8


def halves(value: int) -> tuple[int, int]:
    return value & 0xFFFF_FFFF, value >> 32


def returned(guest: EmscriptenGuest, *args: int) -> int:
    """The 64-bit result of a call."""
    low = int(guest.call("run", *args) or 0) & 0xFFFF_FFFF
    return (int(guest.call("high") or 0) & 0xFFFF_FFFF) << 32 | low


@pytest.mark.parametrize(
    ("operation", "new"),
    [
        ("fetch_add", (OLD + OPERAND) & MASK),
        ("fetch_sub", (OLD - OPERAND) & MASK),
        ("fetch_and", OLD & OPERAND),
        ("fetch_or", OLD | OPERAND),
        ("fetch_xor", OLD ^ OPERAND),
        ("exchange", OPERAND),
    ],
)
def test_an_operation_returns_what_was_there(operation: str, new: int) -> None:
    with importing(f"___atomic_{operation}_8", 4) as guest:
        assert returned(guest, AT, *halves(OPERAND), 5) == OLD
        assert guest.memory.load_u64(AT) == new


def test_load() -> None:
    with importing("___atomic_load_8", 2) as guest:
        assert returned(guest, AT, 5) == OLD


@pytest.mark.parametrize("orders", [2, 3], ids=["library call", "with weak"])
def test_compare_and_exchange(orders: int) -> None:
    """The compiler's library call has no `weak`; the JavaScript declared one."""
    expected = 2048
    with importing("___atomic_compare_exchange_8", 4 + orders) as guest:
        guest.memory.store_64(expected, 1)
        arguments = (AT, expected, *halves(OPERAND), *[0] * orders)
        assert guest.call("run", *arguments) == 0
        assert guest.memory.load_u64(expected) == OLD
        assert guest.call("run", *arguments) == 1
        assert guest.memory.load_u64(AT) == OPERAND
