"""What linking has to know of each row of an ABI, without the modules that declare them.

A program imports some dozens of an ABI's thousands of functions, and calls a few of those. To import every module that
declares rows takes longer than all the rest of a warm run. So tools/generate.py lists the rows in a text, a line each,
sorted by what they are looked up by. A row out of the index is as it was declared but for its body: for that,
`Row.declared` imports the module.
"""

from __future__ import annotations

from _bisect import bisect_left
from collections.abc import Sequence
from itertools import chain

from compat.abi.bind import direct_type, row_type
from compat.abi.row import PLACEHOLDERS, Level, Row, Rows, Serves, Table

_SEPARATOR = "\t"
_FAMILIES_END = ""
"""The line that parts the families, in the order of their declaration, from the other rows."""


class Index(Rows):
    """The rows of one ABI, from the text of its index."""

    def __init__(self, text: str) -> None:
        lines = text.splitlines()[1:]
        end = lines.index(_FAMILIES_END)
        self._families = [_read(line) for line in lines[:end]]
        self._lines = lines[end + 1 :]

    def named(self, module: str, name: str) -> list[Row]:
        words = _SEPARATOR.join((module, name, ""))
        found = []
        for at in range(bisect_left(self._lines, words), len(self._lines)):
            if not self._lines[at].startswith(words):
                break
            found.append(_read(self._lines[at]))
        return found

    def families(self) -> Sequence[Row]:
        return self._families


def declared(row: Row) -> Row:
    """The row of an index as its module declares it. Raises LookupError for an index that is not fresh."""
    module, _, name = row.where.partition(":")
    table: Table = getattr(__import__(module, fromlist=(name,)), name)
    for candidate in table.rows:
        if candidate.name == row.name and (candidate.serves, _type(candidate)) == (row.serves, row.type):
            return candidate
    raise LookupError(f"{row.where} has no {row.module}.{row.name}: tools/generate.py writes the index anew")


def render(first: str, tables: Sequence[tuple[str, Table]]) -> str:
    """The text of an index, with `first` as its first line; tables with where they are, as `module:name`."""
    families: list[str] = []
    exact: dict[tuple[str, str], list[str]] = {}
    for where, table in tables:
        for row in table:
            if any(text in row.name for text in PLACEHOLDERS):
                families.append(_written(row, where))
            elif row.body:
                exact.setdefault((row.module, row.name), []).append(_written(row, where))
    for _, table in tables:
        for name in table.absences:
            exact.setdefault((table.module, name), [_written(table.absence(name), "")])
    return "\n".join((first, *families, _FAMILIES_END, *chain.from_iterable(exact[key] for key in sorted(exact)), ""))


def _type(row: Row) -> str | None:
    return direct_type(row) if row.varargs else row_type(row)


def _written(row: Row, where: str) -> str:
    words = (row.module, row.name, row.level.value, row.serves.value, _type(row) or "", row.native)
    return _SEPARATOR.join((*words, "varargs" * row.varargs, where if row.body else "", row.group, row.note))


def _read(line: str) -> Row:
    module, name, level, serves, type, native, varargs, where, group, note = line.split(_SEPARATOR)
    body = failure = None
    return Row(
        module,
        name,
        Level(level),
        note,
        group,
        Serves(serves),
        body,
        failure,
        varargs=bool(varargs),
        type=type or None,
        native=native,
        where=where,
    )
