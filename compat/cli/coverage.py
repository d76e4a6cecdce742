"""`compat abi --coverage`: how much there is of what programs import.

A list is tab-separated, with a header: `module`, `name`, `kind` (`func` or `global`; others need no row) and maybe
`types`, the types under which programs import the name, separated by blanks: such as `i(ij)`, or `i` for a global.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from compat import wasi_p1
from compat._typing import NamedTuple
from compat.abi.row import Level, Row, Serves, Tables
from compat.cli.options import UsageError
from compat.corpus import index_path
from compat.emscripten_abi import pthreads, tables
from compat.emscripten_abi.absent import BROWSER
from compat.plan import bind_import
from compat.wasm.model import FuncType, GlobalType, Import, ValType

OUTSIDE, JAVASCRIPT, IN_BROWSER = WORLDS = ("outside of a browser", "in JavaScript", "in a browser")
"""Where a group of functions is at home."""

_GROUPS = {table.group: IN_BROWSER for table in BROWSER} | dict.fromkeys(("javascript", "embind", "own"), JAVASCRIPT)
_TABLES = Tables(*tables.TABLES.tables, pthreads.env, *wasi_p1.TABLES.tables)


class Covered(NamedTuple):
    """One import of a list."""

    name: str
    """`module.name`."""
    row: Row | None
    """What answers it; of several types, the one that is answered worst."""
    problem: str
    """Why there is no row."""

    @property
    def world(self) -> str:
        return _GROUPS.get(self.row.group, OUTSIDE) if self.row else OUTSIDE

    @property
    def rank(self) -> int:
        """How well it is answered; 0 is best."""
        return list(Level).index(self.row.level) if self.row else len(Level)


def coverage(lines: Iterable[str]) -> list[Covered]:
    """What answers each import of a list. Raises UsageError for what is no such list."""
    header, *rows = [line.rstrip("\r\n").split("\t") for line in lines] or [[]]
    if not {"module", "name", "kind"} <= set(header):
        raise UsageError("a list of imports starts with a line of column names: module, name, kind")
    items = (dict(zip(header, row, strict=False)) for row in rows)
    return [max(_covered(item), key=lambda c: c.rank) for item in items if item.get("kind") in ("func", "global")]


def _covered(item: Mapping[str, str]) -> Iterator[Covered]:
    """What answers an import under each type that the list gives; if it gives none, of whatever type."""
    module, name, kind = item["module"], item["name"], item["kind"]
    for text in item.get("types", "").split():
        try:
            type = FuncType.parse(text) if kind == "func" else GlobalType(ValType(text), mutable=False)
        except ValueError as error:
            raise UsageError(f"{module}.{name}: {error}") from None
        bound = bind_import(Import(module, name, type), name, _TABLES, {})
        yield Covered(f"{module}.{name}", bound.row, bound.problem)
    if not item.get("types"):
        rows = [row for row, _ in _TABLES.find(module, name) if _is_of(row, kind)]
        yield Covered(f"{module}.{name}", rows[0] if rows else None, f"{module}.{name} is not known" * (not rows))


def _is_of(row: Row, kind: str) -> bool:
    return row.serves is Serves.NOTHING or (row.serves is Serves.VALUE) == (kind == "global")


def main(operands: Sequence[str], *, as_json: bool) -> int:
    """Print the coverage of the list that is given, or of the source tree's.

    Raises UsageError, CorpusError (no list is given, and this is no source tree), and OSError.
    """
    if len(operands) > 1:
        raise UsageError("abi --coverage takes one FILE")
    path = Path(operands[0]) if operands else index_path().with_name("imports.tsv")
    found = coverage(path.read_text("utf-8").splitlines())
    if as_json:
        import json

        json.dump([_facts(covered) for covered in found], sys.stdout, indent=2)
        print()
    else:
        print("\n".join(_report(found)))
    return 0


def _facts(covered: Covered) -> dict[str, str | None]:
    row = covered.row
    return {
        "import": covered.name,
        "level": row.level.value if row else None,
        "group": row.group if row else None,
        "world": covered.world,
        "note": row.note if row else covered.problem,
    }


def _report(found: Sequence[Covered]) -> Iterator[str]:
    columns = (*Level, None)
    titles = [level.value if level else "none" for level in columns]
    yield f"{'':<24}" + "".join(f"{title:>9}" for title in titles)

    def line(label: str, members: Iterable[Covered]) -> str:
        counted = Counter(covered.row.level if covered.row else None for covered in members)
        done = counted[Level.FULL] + counted[Level.PARTIAL]
        share = f"   {100 * done / counted.total():.1f} % full or partial"
        return f"{label:<24}" + "".join(f"{counted[level]:>9}" for level in columns) + share * (label in WORLDS)

    for world in WORLDS:
        members = [covered for covered in found if covered.world == world]
        if members:
            yield line(world, members)
        for group in sorted({covered.row.group for covered in members if covered.row}):
            yield line(f"  {group}", [covered for covered in members if covered.row and covered.row.group == group])
    yield line("all", found)
    yield from (f"no row: {covered.problem}" for covered in found if covered.row is None)
