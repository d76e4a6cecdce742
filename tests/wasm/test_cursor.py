from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compat.errors import MalformedModule
from compat.wasm.cursor import Cursor
from tests.wasm import builder as b


def over(data: bytes) -> Cursor:
    """A cursor over all of `data`, with bytes on both sides that must never be read."""
    return Cursor(b"\x01" + data + b"\x01\x01", 1, 1 + len(data), "the test")


@given(st.integers(0, (1 << 32) - 1))
def test_u32(number: int) -> None:
    assert over(b.u(number)).u32() == number
    assert over(b.u(number, width=5)).u32() == number


@given(st.integers(0, (1 << 64) - 1))
def test_u64(number: int) -> None:
    assert over(b.u(number)).u64() == number


@given(st.integers(-(1 << 31), (1 << 31) - 1))
def test_s32(number: int) -> None:
    assert over(b.s(number)).s32() == number


@given(st.integers(-(1 << 63), (1 << 63) - 1))
def test_s64(number: int) -> None:
    assert over(b.s(number)).s64() == number


@given(st.lists(st.integers(0, (1 << 32) - 1)))
def test_u32s(numbers: list[int]) -> None:
    cursor = over(b"".join(map(b.u, numbers)))
    assert cursor.u32s(len(numbers)) == numbers
    cursor.finish()


@pytest.mark.parametrize(
    ("read", "data"),
    [
        ("u32", b""),
        ("u32", b"\x80"),
        ("u32", b"\x80\x80\x80\x80\x80\x00"),
        ("u32", b"\xff\xff\xff\xff\x1f"),
        ("u64", b"\xff" * 9 + b"\x02"),
        ("u64", b"\x80" * 10 + b"\x00"),
        ("s32", b"\xff\xff\xff\xff\x0f"),
        ("s32", b"\x80\x80\x80\x80\x70"),
        ("s32", b"\xff\xff\xff\xff\xff\x7f"),
        ("s33", b"\xff\xff\xff\xff\x1f"),
        ("s64", b"\xff" * 9 + b"\x01"),
        ("byte", b""),
        ("name", b"\x03ab"),
        ("name", b"\x02\xc3\x28"),
        ("name", b"\x03\xed\xa0\x80"),
    ],
)
def test_rejected(read: str, data: bytes) -> None:
    cursor = over(data)
    with pytest.raises(MalformedModule) as caught:
        getattr(cursor, read)()
    assert 1 <= caught.value.offset <= cursor.end


@pytest.mark.parametrize(
    ("data", "count"), [(b"\x01", 2), (b"\x80", 1), (b"\xff\xff", 1), (b"\xff\xff\xff\xff\x7f", 1)]
)
def test_u32s_ends_with_its_range(data: bytes, count: int) -> None:
    with pytest.raises(MalformedModule):
        over(data).u32s(count)
    with pytest.raises(MalformedModule):
        Cursor(data, 0, len(data), "the test").u32s(count)


def test_take_and_finish() -> None:
    cursor = over(b"abc")
    assert cursor.raw(2) == b"ab"
    with pytest.raises(MalformedModule, match="1 bytes more"):
        cursor.finish()
    with pytest.raises(MalformedModule, match="in the middle of 2 bytes"):
        cursor.take(2)
    assert cursor.left == 1
