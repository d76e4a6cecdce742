from __future__ import annotations

from itertools import chain

import pytest

from compat import emscripten_abi
from compat.abi.bind import direct_type, row_type
from compat.abi.index import Index, render
from compat.abi.row import Row, Serves, Table, Tables
from compat.emscripten_abi.tables import TABLES
from compat.kernel.process import Process

INDEX = emscripten_abi.rows()
NAMES = sorted({(row.module, row.name.replace("{sig}", "iii").replace("{name}", "x_y")) for row in TABLES})
NAMES += [("env", "no_such_function"), ("env", ""), ("", ""), ("asm2wasm", "sin"), ("env", "_"), ("zzz", "f")]


def facts(row: Row) -> tuple[object, ...]:
    typed = None if row.serves is Serves.VALUE else row_type(row)
    direct = direct_type(row) if row.varargs else None
    return *row[:4], row.group, row.serves, row.native, row.varargs, typed, direct


def test_it_answers_as_the_tables_do() -> None:
    for module, name in NAMES:
        indexed, declared = INDEX.find(module, name), TABLES.find(module, name)
        assert [(facts(row), sig) for row, sig in indexed] == [(facts(row), sig) for row, sig in declared]
        assert [row.declared() for row, _ in indexed] == [row for row, _ in declared]


def test_a_declared_row_is_itself() -> None:
    for row in chain(TABLES.find("env", "___syscall140"), TABLES.find("env", "_glClear")):
        assert row[0].declared() is row[0]


own = Table("env", "own")


@own.function("gone")
def gone(process: Process) -> None:
    """Nothing."""


def test_an_index_that_is_not_fresh() -> None:
    index = Index(render("# first", [(f"{__name__}:own", own)]))
    ((row, _),) = index.find("env", "gone")
    assert row.declared() is own.rows[0]
    own.rows.clear()
    with pytest.raises(LookupError, match=r"has no env\.gone: tools/generate\.py writes the index anew"):
        row.declared()


def test_an_index_of_nothing() -> None:
    assert Index(render("# first", [])).find("env", "f") == Tables().find("env", "f") == []
