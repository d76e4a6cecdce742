"""`compat abi`: the functions of the ABIs, and how much of each is there."""

from __future__ import annotations

from collections.abc import Sequence

from compat.abi.row import Row
from compat.cli.options import Option, UsageError, parse, usage

OPTIONS = (
    Option("json", "", "the same facts as JSON"),
    Option("coverage", "", "how much there is of the imports that FILE lists"),
)
_USAGE = usage(
    "compat abi [emscripten|wasi] [NAME] | compat abi --coverage [FILE]",
    "List the functions, or show those whose name contains NAME.\n\n"
    "FILE is tab-separated, with a header: module, name, kind (func or global), and optionally types, such as i(ij).\n"
    "Without FILE it is corpus/imports.tsv of the source tree: what real programs import.",
    OPTIONS,
)


def main(argv: Sequence[str]) -> int:
    given = parse(argv, OPTIONS)
    if "help" in given:
        print(_USAGE, end="")
        return 0
    if "coverage" in given:
        from compat.cli import coverage  # the list of the others needs none of it

        return coverage.main(given.operands, as_json="json" in given)
    if len(given.operands) > 2:
        raise UsageError("abi takes the name of an ABI and the name of a function, both optional")
    abis = [name for name in given.operands[:1] if name in _TABLES] or list(_TABLES)
    wanted = [name for name in given.operands if name not in _TABLES]
    rows = [row for abi in abis for row in _rows(abi) if all(name in row.name for name in wanted)]
    if not rows:
        raise UsageError(f"no function of {' or '.join(abis)} has {wanted[0]!r} in its name")
    if "json" in given:
        import json

        print(json.dumps([_facts(row) for row in rows], indent=2))
        return 0
    for row in rows:
        print(f"{row.level.value:<8} {row.group:<12} {row.module}.{row.name}")
        if wanted:
            print(f"         {row.doc}" + f"\n         {row.note}" * bool(row.note and row.note != row.doc))
    return 0


_TABLES = {"emscripten": "compat.emscripten_abi.tables", "wasi": "compat.wasi_p1"}


def _rows(abi: str) -> list[Row]:
    from importlib import import_module

    package = import_module(_TABLES[abi])
    return list(package.threading_tables() if abi == "emscripten" else package.TABLES)


def _facts(row: Row) -> dict[str, str]:
    return {
        "module": row.module,
        "name": row.name,
        "level": row.level.value,
        "group": row.group,
        "note": row.note,
        "doc": row.doc,
    }
