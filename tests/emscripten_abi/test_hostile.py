"""Any call with any numbers: an answer, or the end of the program in one of the ways that there are for it."""

from __future__ import annotations

import math

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from compat.abi.bind import bind, row_type
from compat.abi.guest import Exit, KeepAlive
from compat.abi.row import Row, Serves
from compat.emscripten_abi.tables import TABLES
from compat.errors import CompatError
from compat.kernel.files import OpenFlags

from .world import HEAP, OWNED, SIZE, World

ROWS = [row for row in TABLES if row.serves is Serves.PYTHON]
INTEGERS = st.one_of(
    st.integers(0, 16),
    st.sampled_from([0x200, 0x204, 0x208, 0x210, 0x220, 0x240, 0x280, 0x300]),
    st.sampled_from([OWNED, HEAP, SIZE - 8, SIZE - 1, SIZE, SIZE + 1, 1 << 20]),
    st.sampled_from([-1, -4, -8, -100, (1 << 31) - 1, -(1 << 31), 1 << 29, 1 << 30, 0o100, 0o1101, 0o40000]),
    st.integers(-(1 << 31), (1 << 31) - 1),
)
LONGS = st.one_of(INTEGERS, st.integers(-(1 << 63), (1 << 63) - 1))
REALS = st.one_of(st.floats(), st.sampled_from([math.inf, -math.inf, math.nan, 1e300, -1.0, 2.0**63]))
STRATEGIES = {"i": INTEGERS, "j": LONGS, "f": st.floats(width=32), "d": REALS}
UNTYPED = ("", "i", "ii", "iii", "iiii", "d", "iid", "iiiiiiiii")
"""For a row that takes whatever the guest declares."""
SIGNATURES = ("", "v", "i", "vi", "iii", "viji", "3", "0", "99999999999")
"""What may stand for `{sig}`."""


def world() -> World:
    """A guest with some files, and memory that holds small numbers, pointers, names and a format."""
    world = World(stdin=b"input", args=("a", "b"), env={"A": "1"})
    fs = world.process.fs
    fs.open("/a", OpenFlags.READ | OpenFlags.WRITE | OpenFlags.CREATE).write(b"content")
    fs.mkdir("/d")
    world.bytes[:] = bytes(SIZE)
    numbers = (0x300, 4, 0x304, 0xFFFFFFFF, 0x7FFFFFFF, 1, 0xFFFFFFF0, 3, 0x80000000, 0x208, 5, 0x30C)
    world.bytes[0x200:0x230] = b"".join(number.to_bytes(4, "little") for number in numbers)
    world.bytes[0x300:0x340] = b"/a\0\0d\0..\0/d/b\0\0\0%Y-%s %99999d%n\0\xff\xfe\0A=2\0".ljust(0x40, b"%")
    return world


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.module}.{row.name}.{row_type(row)}")
@settings(max_examples=15, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_any_numbers(row: Row, data: st.DataObject) -> None:
    guest = world()
    sig = data.draw(st.sampled_from(SIGNATURES)) if "{sig}" in row.name else ""
    function = bind(row, guest.guest, row.name.replace("{sig}", sig), sig)
    typed = row_type(row)
    for _ in range(3):
        letters = typed.partition("(")[2][:-1] if typed else data.draw(st.sampled_from(UNTYPED))
        arguments = [data.draw(STRATEGIES[letter]) for letter in letters]
        if row.varargs:
            slots = data.draw(st.lists(INTEGERS, max_size=8))
            guest.bytes[0x280 : 0x280 + 4 * len(slots)] = b"".join(
                (n & 0xFFFFFFFF).to_bytes(4, "little") for n in slots
            )
            arguments[1] = data.draw(st.sampled_from([0x280, 0x280, 0x280, arguments[1]]))
        with guest.process:
            try:
                result = function(*arguments)
            except (CompatError, Exit, KeepAlive):
                return
        if typed and typed[0] != "v":
            assert isinstance(result, int if typed[0] in "ij" else int | float)
