"""bench/library.py with wasmtime's own Python package, which compat has for its shared library."""

from __future__ import annotations

from collections.abc import Callable

import wasmtime

from bench import library


def loader(file: str) -> Callable[[], library.Library]:
    engine = wasmtime.Engine()
    module = wasmtime.Module.from_file(engine, file)

    def load() -> library.Library:
        store = wasmtime.Store(engine)
        i32 = wasmtime.ValType.i32()
        memory = wasmtime.Memory(store, wasmtime.MemoryType(wasmtime.Limits(256, 256)))
        answer = wasmtime.Func(store, wasmtime.FuncType([i32], [i32]), lambda number: number + 1)
        unused = wasmtime.Func(store, wasmtime.FuncType([i32, i32], [i32]), lambda result, zone: 0)
        exports = wasmtime.Instance(store, module, [memory, answer, unused]).exports(store)

        def call(function: str, times: int) -> None:
            export = exports[function]
            assert isinstance(export, wasmtime.Func)
            if export(store, times) != times:
                raise SystemExit(f"{function} did not count right")

        return call

    return load


if __name__ == "__main__":
    library.main(loader)
