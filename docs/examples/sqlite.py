"""A database, with a function in Python, and its file: python sqlite.py sql-wasm-debug.wasm"""

import hashlib
import sys

import compat

ROW, TRANSIENT, UTF8 = 100, -1, 1

with compat.load(sys.argv[1]) as sqlite:
    prepare = sqlite.function("sqlite3_prepare_v2", params=[int, str, int, bytearray, int], returns=int)
    bind_text = sqlite.function("sqlite3_bind_text", params=[int, int, str, int, int], returns=int)
    column_name = sqlite.function("sqlite3_column_name", returns=str)
    column_text = sqlite.function("sqlite3_column_text", returns=str)
    value_text = sqlite.function("sqlite3_value_text", returns=str)
    result_text = sqlite.function("sqlite3_result_text", params=[int, str, int, int])
    errmsg = sqlite.function("sqlite3_errmsg", returns=str)

    def opened(path):
        pointer = bytearray(4)
        assert sqlite.c.sqlite3_open(path, pointer) == 0
        return int.from_bytes(pointer, "little")

    def execute(database, sql, *values):
        pointer = bytearray(4)
        if prepare(database, sql, -1, pointer, 0):
            raise ValueError(errmsg(database))
        statement = int.from_bytes(pointer, "little")
        for index, value in enumerate(values, 1):
            if isinstance(value, str):
                bind_text(statement, index, value, -1, TRANSIENT)
            else:
                sqlite.c.sqlite3_bind_double(statement, index, value)
        rows = []
        while sqlite.c.sqlite3_step(statement) == ROW:
            columns = range(sqlite.c.sqlite3_data_count(statement))
            rows.append({column_name(statement, i): column_text(statement, i) for i in columns})
        sqlite.c.sqlite3_finalize(statement)
        return rows

    def shout(context, count, values):
        text = value_text(sqlite.memory.load_u32(values))
        result_text(context, f"{text.upper()}!", -1, TRANSIENT)

    shop = opened("/shop.db")
    execute(shop, "create table fruit (name text, price real)")
    for name, price in [("apple", 1.25), ("пapaya", 2.5), ("fig", 0.75)]:
        execute(shop, "insert into fruit values (?, ?)", name, price)

    # SQLite keeps this pointer beyond the call, so it is not passed as a Callback.
    pointer = sqlite.add_function(shout, "viii")
    sqlite.c.sqlite3_create_function_v2(shop, "shout", 1, UTF8, 0, pointer, 0, 0, 0)
    for row in execute(shop, "select shout(name) as name, price * 2 as double from fruit order by price"):
        print(row["name"], row["double"])
    try:
        execute(shop, "select * from vegetable")
    except ValueError as error:
        print(error)
    sqlite.c.sqlite3_close_v2(shop)
    file = (sqlite.files / "shop.db").read_bytes()
    print(len(file), hashlib.sha256(file).hexdigest())
