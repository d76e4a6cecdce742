"""Open a database in memory, execute each argument as a statement of SQL, and return the rows, one a line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from compat import Module
from corpus.drivers import allocate, integer, string, text

OK, ROW, DONE = 0, 100, 101
BLOB, NULL = 4, 5


def run(module: Module, args: Sequence[str]) -> str:
    cell = allocate(module, bytes(4))
    opened = integer(module, "_sqlite3_open", text(module, ":memory:"), cell)
    database = module.memory.load_u32(cell)
    lines = [f"open: {opened}"]
    for statement in args:
        lines += [f"> {statement}", *execute(module, database, statement, cell)]
    lines.append(f"close: {integer(module, '_sqlite3_close_v2', database)}")
    return "\n".join([*lines, ""])


def execute(module: Module, database: int, statement: str, cell: int) -> Iterator[str]:
    status = integer(module, "_sqlite3_prepare_v2", database, text(module, statement), -1, cell, 0)
    prepared = module.memory.load_u32(cell)
    if status == OK:
        while (status := integer(module, "_sqlite3_step", prepared)) == ROW:
            columns = range(integer(module, "_sqlite3_data_count", prepared))
            yield "|".join(_value(module, prepared, column) for column in columns)
        module.call("_sqlite3_finalize", prepared)
    if status != DONE:
        yield f"error {status}: {string(module, integer(module, '_sqlite3_errmsg', database))}"


def _value(module: Module, prepared: int, column: int) -> str:
    kind = integer(module, "_sqlite3_column_type", prepared, column)
    if kind == NULL:
        return "NULL"
    if kind == BLOB:
        address = integer(module, "_sqlite3_column_blob", prepared, column)
        size = integer(module, "_sqlite3_column_bytes", prepared, column)
        return f"x'{module.memory.read(address, size).hex()}'"
    return string(module, integer(module, "_sqlite3_column_text", prepared, column))
