"""Modules for tests, as the reader would give them, and as bytes."""

from __future__ import annotations

from collections.abc import Iterable

from compat.detect.facts import Facts
from compat.detect.model import Glue
from compat.wasm.model import (
    ConstExpr,
    CustomSection,
    Export,
    ExternType,
    FuncType,
    Global,
    GlobalType,
    Import,
    Kind,
    Limits,
    MemoryType,
    Module,
    TableType,
    ValType,
)

ADDRESS = GlobalType(ValType.I32, mutable=False)
MEMORY = MemoryType(Limits(256, 256))
TABLE = TableType(ValType.FUNCREF, Limits(10, 10))


def module(
    *imports: str,
    exports: Iterable[str] = (),
    globals_: Iterable[int] = (),
    customs: Iterable[str] = (),
    data: bytes = b"",
) -> Module:
    """A module that imports `module.name` or `module.name signature` (`env.STACKTOP global`, `env.table table`)."""
    return Module(
        data,
        imports=tuple(map(_import, imports)),
        exports=tuple(Export(name, Kind.FUNC, index) for index, name in enumerate(exports)),
        globals=tuple(Global(GlobalType(ValType.I32, mutable=True), ConstExpr(value)) for value in globals_),
        customs=tuple(CustomSection(name, 0, 0, first=index == 0) for index, name in enumerate(customs)),
    )


def _import(text: str) -> Import:
    path, _, what = text.partition(" ")
    where, _, name = path.rpartition(".")
    kinds: dict[str, ExternType] = {"global": ADDRESS, "memory": MEMORY, "table": TABLE}
    return Import(where, name, kinds[what] if what in kinds else FuncType.parse(what or "i(i)"))


def facts(*imports: str, text: str = "", glue: Glue | None = None, exports: Iterable[str] = ()) -> Facts:
    """Facts about such a module, with glue."""
    return Facts(module(*imports, exports=exports), glue or Glue(), text)
