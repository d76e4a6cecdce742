"""Rows of a table through SQLite's functions: `python -m bench.sqlite FILE GLUE inserts|queries ROWS` prints
milliseconds, and what was read. What is called is what sql.js's JavaScript calls.
"""

from __future__ import annotations

import sys
import time

import compat
from corpus.drivers import allocate, integer, string, text

ROW, DONE = 100, 101
TRANSIENT = -1


def main() -> None:
    file, glue, task, rows = sys.argv[1:]
    with compat.load(file, glue=glue) as module:
        cell = allocate(module, bytes(4))
        integer(module, "_sqlite3_open", text(module, ":memory:"), cell)
        database = module.memory.load_u32(cell)

        def prepared(statement: str) -> int:
            integer(module, "_sqlite3_prepare_v2", database, text(module, statement), -1, cell, 0)
            return module.memory.load_u32(cell)

        def execute(statement: str) -> None:
            handle = prepared(statement)
            if integer(module, "_sqlite3_step", handle) != DONE:
                raise SystemExit(string(module, integer(module, "_sqlite3_errmsg", database)))
            module.call("_sqlite3_finalize", handle)

        execute("CREATE TABLE t (id INTEGER PRIMARY KEY, size REAL, name TEXT)")
        start = time.perf_counter()
        execute("BEGIN")
        insert = prepared("INSERT INTO t VALUES (?, ?, ?)")
        for row in range(int(rows)):
            name = f"name {row}".encode()
            place = allocate(module, name)
            module.call("_sqlite3_bind_int", insert, 1, row)
            module.call("_sqlite3_bind_double", insert, 2, row / 2)
            module.call("_sqlite3_bind_text", insert, 3, place, len(name), TRANSIENT)
            module.call("_sqlite3_step", insert)
            module.call("_sqlite3_reset", insert)
            module.call("_free", place)
        module.call("_sqlite3_finalize", insert)
        execute("COMMIT")
        inserted = time.perf_counter() - start

        start = time.perf_counter()
        select = prepared("SELECT id, size, name FROM t")
        total = 0.0
        while integer(module, "_sqlite3_step", select) == ROW:
            for column in range(2):
                module.call("_sqlite3_column_type", select, column)
                total += module.call("_sqlite3_column_double", select, column) or 0
            module.call("_sqlite3_column_type", select, 2)
            total += len(string(module, integer(module, "_sqlite3_column_text", select, 2)))
        module.call("_sqlite3_finalize", select)
        queried = time.perf_counter() - start
    print(1000 * (inserted if task == "inserts" else queried), f"{total:.15g}")


if __name__ == "__main__":
    main()
