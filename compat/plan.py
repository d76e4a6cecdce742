"""Resolve every import of a module to a row of its ABI, at the module's own declared type, or say why there is none."""

from __future__ import annotations

from dataclasses import dataclass

from compat.abi.bind import row_type
from compat.abi.row import Row, Serves, Tables
from compat.detect.model import Detection
from compat.wasm.model import Import, Kind


@dataclass(frozen=True, slots=True)
class Binding:
    """What one import is bound to."""

    item: Import
    name: str
    """Its name in clear."""
    row: Row | None
    sig: str = ""
    """What stood for `{sig}` in the row's name."""
    problem: str = ""
    """Why there is no row that answers, or what calling it will say: one line."""

    @property
    def answered(self) -> bool:
        return self.row is not None and self.row.serves is not Serves.NOTHING


@dataclass(frozen=True, slots=True)
class Plan:
    """The bindings of a module's imports, in the module's order."""

    bindings: tuple[Binding, ...]

    @property
    def missing(self) -> tuple[Binding, ...]:
        """The imports that nothing answers: calling one ends the program."""
        return tuple(b for b in self.bindings if not b.answered and b.item.kind in (Kind.FUNC, Kind.GLOBAL))


def make_plan(detection: Detection, tables: Tables) -> Plan:
    names = detection.glue.import_names
    return Plan(tuple(_bind(item, names.get(item.name, item.name), tables) for item in detection.module.imports))


def _bind(item: Import, name: str, tables: Tables) -> Binding:
    if item.kind not in (Kind.FUNC, Kind.GLOBAL):
        return Binding(item, name, None)
    candidates = [
        (row, sig)
        for row, sig in tables.find(item.module, name)
        if row.serves is Serves.NOTHING or (row.serves is Serves.VALUE) == (item.kind is Kind.GLOBAL)
    ]
    if not candidates:
        return Binding(item, name, None, problem=f"{item.module}.{name} is not known")
    declared = str(item.type)
    types = []
    for row, sig in candidates:
        if row.serves is Serves.NOTHING:
            return Binding(item, name, row, sig, problem=f"{item.module}.{name} is not available: {row.note}")
        expected = row_type(row) if row.serves is Serves.PYTHON else None
        if expected in (None, declared):
            return Binding(item, name, row, sig)
        types.append(str(expected))
    return Binding(item, name, None, problem=f"{item.module}.{name} is declared {declared}, known as {' or '.join(types)}")
