"""Any call with any numbers: an error number, or the end of the process that was asked for; never anything else."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from compat.abi.bind import row_type
from compat.abi.guest import Exit
from compat.abi.row import Row
from compat.errors import Abort
from compat.wasi_p1 import TABLES

from .world import NAMES, SIZE, World

NUMBERS = st.one_of(
    st.integers(0, 8),
    st.sampled_from([64, 72, 80, SIZE - 8, SIZE - 1, SIZE, SIZE + 1, 1 << 16, 1 << 20]),
    st.sampled_from([-1, -8, (1 << 31) - 1, -(1 << 31), 1 << 29, 1 << 30]),
    st.integers(-(1 << 31), (1 << 31) - 1),
)
LONG_NUMBERS = st.one_of(NUMBERS, st.integers(-(1 << 63), (1 << 63) - 1))


def world(module: str) -> World:
    """A guest with some files, and zeros with a few small numbers and names in memory."""
    world = World(args=("a", "b"), env={"A": "1"}, stdin=b"input")
    world.write_file("a", b"content")
    world.directory("d")
    world.module = module
    world.memory[:] = bytes(SIZE)
    world.memory[64:96] = b"a\0\0\0\1\0\0\0\x48\0\0\0\4\0\0\0../a\0\0\0\0\1\2\3\4\5\6\7\0"
    return world


@pytest.mark.parametrize("row", list(TABLES), ids=lambda row: f"{row.module}.{row.name}")
@settings(max_examples=40, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_any_numbers(row: Row, data: st.DataObject) -> None:
    letters = (row_type(row) or "").partition("(")[2][:-1]
    guest = world(row.module)
    function = guest.function(row.name)
    with guest.process:
        for _ in range(3):
            arguments = [data.draw(LONG_NUMBERS if letter == "j" else NUMBERS) for letter in letters]
            try:
                assert function(*arguments) in NAMES
            except Exit:
                assert row.name == "proc_exit"
            except Abort:
                assert row.name == "proc_raise"
        assert set(guest.guest.descriptors) == set(guest.process.files)
