"""Give SQLite functions of the host's as sql.js's `create_function` does, and execute each argument as SQL.

`describe` tells the values of its two arguments and counts its calls; `nested` executes SQL while the statement that
calls it is under way.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import count

from compat import Module
from corpus.drivers import allocate, integer, string, text
from corpus.drivers.sql import execute

UTF8 = 1
INTEGER, REAL, TEXT, BLOB = 1, 2, 3, 4

SqlValue = float | str | bytes | None


def run(module: Module, args: Sequence[str]) -> str:
    cell = allocate(module, bytes(4))
    integer(module, "_sqlite3_open", text(module, ":memory:"), cell)
    database = module.memory.load_u32(cell)
    calls = count(1)

    def describe(first: SqlValue, second: SqlValue) -> str:
        return f"call {next(calls)}: {_shown(first)}, {_shown(second)}"

    def nested(statement: SqlValue) -> str:
        return ";".join(execute(module, database, str(statement), allocate(module, bytes(4))))

    pointers = [
        create_function(module, database, "describe", 2, describe),
        create_function(module, database, "nested", 1, nested),
    ]
    lines = []
    for statement in args:
        lines += [f"> {statement}", *execute(module, database, statement, cell)]
    lines.append(f"close: {integer(module, '_sqlite3_close_v2', database)}")
    for pointer in pointers:
        module.remove_function(pointer)
    return "\n".join([*lines, ""])


def create_function(module: Module, database: int, name: str, size: int, body: Callable[..., str]) -> int:
    """Let SQL call `body`, with `size` arguments. Returns the function pointer."""

    def call(context: int, number: int, values: int) -> None:
        arguments = [_value(module, module.memory.load_u32(values + 4 * i)) for i in range(number)]
        result = text(module, body(*arguments))
        transient = -1
        module.call("_sqlite3_result_text", context, result, -1, transient)

    pointer = module.add_function(call, "viii")
    create = (database, text(module, name), size, UTF8, 0, pointer, 0, 0, 0)
    assert integer(module, "_sqlite3_create_function_v2", *create) == 0
    return pointer


def _value(module: Module, value: int) -> SqlValue:
    kind = integer(module, "_sqlite3_value_type", value)
    if kind == INTEGER:
        return integer(module, "_sqlite3_value_int", value)
    if kind == REAL:
        return module.call("_sqlite3_value_double", value)
    if kind == TEXT:
        return string(module, integer(module, "_sqlite3_value_text", value))
    if kind == BLOB:
        address = integer(module, "_sqlite3_value_blob", value)
        return module.memory.read(address, integer(module, "_sqlite3_value_bytes", value))
    return None


def _shown(value: SqlValue) -> str:
    return f"x'{value.hex()}'" if isinstance(value, bytes) else "NULL" if value is None else str(value)
