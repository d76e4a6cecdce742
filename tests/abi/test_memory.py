"""Guest memory: every access is checked, and growth is seen."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compat.abi.memory import Memory
from compat.kernel.errno import SysError


def memory_of(data: bytearray) -> Memory:
    return Memory(lambda: memoryview(data))


@given(st.integers(-(1 << 33), 1 << 33), st.integers(-(1 << 33), 1 << 33))
def test_a_view_is_inside_or_refused(address: int, size: int) -> None:
    memory = memory_of(bytearray(100))
    if 0 <= address <= address + size <= memory.size:
        assert len(memory.view(address, size)) == size
    else:
        with pytest.raises(SysError, match="EFAULT"):
            memory.view(address, size)


@given(st.binary(max_size=2000), st.integers(-1, 2001))
def test_cstring_ends_at_the_first_nul(data: bytes, address: int) -> None:
    memory = memory_of(bytearray(data))
    end = data.find(0, address) if 0 <= address < len(data) else -1
    if end < 0:
        with pytest.raises(SysError, match="EFAULT"):
            memory.cstring(address)
    else:
        assert memory.cstring(address) == data[address:end]


@pytest.mark.parametrize(
    ("store", "load", "value", "size"),
    [
        ("store_8", "load_u8", 0xFE, 1),
        ("store_16", "load_u16", 0xFEDC, 2),
        ("store_32", "load_i32", -2, 4),
        ("store_32", "load_u32", 0xFFFF_FFFE, 4),
        ("store_64", "load_i64", -2, 8),
        ("store_64", "load_u64", (1 << 64) - 2, 8),
        ("store_f32", "load_f32", 1.5, 4),
        ("store_f64", "load_f64", -0.1, 8),
    ],
)
def test_numbers_are_little_endian_and_touch_only_their_bytes(store: str, load: str, value: float, size: int) -> None:
    data = bytearray(b"?" * 32)
    memory = memory_of(data)
    getattr(memory, store)(11, value)
    assert getattr(memory, load)(11) == value
    assert data[:11] + data[11 + size :] == b"?" * (32 - size)


def test_the_memory_is_asked_for_at_each_access() -> None:
    data = bytearray(4)
    memory = Memory(lambda: memoryview(data))
    assert memory.size == 4
    data = bytearray(8)
    memory.store_32(4, 7)
    assert (memory.size, data[4]) == (8, 7)
