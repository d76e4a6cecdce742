"""Rules that every row of the Emscripten ABI keeps."""

from __future__ import annotations

from collections import Counter

from compat.abi.bind import row_type
from compat.abi.row import Level, Serves
from compat.emscripten_abi.tables import TABLES


def test_no_name_has_two_rows_of_the_same_type() -> None:
    counted = Counter((row.module, row.name, row.serves is Serves.VALUE, row_type(row)) for row in TABLES)
    assert not [key for key, count in counted.items() if count > 1]


def test_a_name_that_is_absent_has_no_other_row() -> None:
    absent = {(row.module, row.name) for row in TABLES if row.level is Level.ABSENT}
    assert not absent & {(row.module, row.name) for row in TABLES if row.level is not Level.ABSENT}


def test_every_row_says_what_it_does() -> None:
    assert not [row.name for row in TABLES if not row.doc]
