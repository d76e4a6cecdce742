"""What `compat inspect` prints of a detection, as text and as JSON."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence

from compat._typing import Any
from compat.detect.model import Detection
from compat.wasm.model import Import, Kind, Limits, MemoryType, TableType

Family = Callable[[Import, str], str]
"""Says to which family an imported function or global belongs, given its name in clear; "" where nothing answers it."""

_PAGE = 64 * 1024
_SHOWN = 6
_HELPERS = (
    "dynCall_",
    "stack",
    "setThrew",
    "establishStackSpace",
    "__GLOBAL__",
    "getTempRet0",
    "setTempRet0",
    "runPostSets",
)
"""What Emscripten exports for its own use; a reader looks for the program's functions."""


def as_text(detection: Detection, family: Family | None = None) -> str:
    """A report for people. With `family`, imports are counted by what it says; else by the module they come from."""
    return "\n".join(_lines(detection, family))


def as_json(detection: Detection, family: Family | None = None) -> str:
    """The same facts as a JSON object, indented. Its keys are part of the command line's interface."""
    return json.dumps(as_dict(detection, family), indent=2, sort_keys=False)


def as_dict(detection: Detection, family: Family | None = None) -> dict[str, Any]:
    """The same facts as plain data. Files are named without their directories."""
    known, total = detection.names_known
    glue = detection.glue
    return {
        "file": _base(detection.path),
        "abi": detection.abi.value,
        "confidence": detection.confidence,
        "epoch": [str(detection.epoch.lowest), str(detection.epoch.highest)] if detection.epoch else None,
        "features": list(detection.features),
        "layout": detection.layout._asdict() if detection.layout else None,
        "memory": _limits(detection, MemoryType),
        "table": _limits(detection, TableType),
        "minified": detection.minified,
        "names": {"known": known, "functions": total},
        "imports": dict(_counted(detection, family)),
        "exports": sum(export.kind is Kind.FUNC for export in detection.module.exports),
        "glue": {
            "file": _base(glue.path),
            "closure": glue.closure,
            "total_memory": glue.total_memory,
            "constructors": list(glue.constructors),
            "exit_runtime": glue.exit_runtime,
            "data_packages": [package.name for package in glue.data_packages],
            "embedded_files": sorted(glue.embedded_files),
            "memory_file": glue.memory_file,
            "asm_consts": glue.asm_consts,
        }
        if glue.path
        else None,
        "needs": [need._asdict() for need in detection.needs],
        "evidence": [evidence._asdict() for evidence in detection.evidence],
    }


def _lines(detection: Detection, family: Family | None) -> Iterator[str]:
    epoch = f", made by Emscripten {detection.epoch}" if detection.epoch else ""
    yield f"{_base(detection.path) or 'module'}: {detection.abi.value}{epoch} (confidence {detection.confidence:.3f})"
    yield from _facts(detection, family)
    for need in detection.needs:
        yield f"  needs       {need.what}"
        yield f"              {need.remedy}"
    if detection.evidence:
        yield "  because"
        yield from (f"    {evidence.sentence}" for evidence in detection.evidence)


def _facts(detection: Detection, family: Family | None) -> Iterator[str]:
    layout, glue = detection.layout, detection.glue
    if detection.features:
        yield f"  uses        {', '.join(detection.features)}"
    for word, kind in (("memory", MemoryType), ("table", TableType)):
        if limits := _limits(detection, kind):
            yield f"  {word:<11} {_limits_text(limits, kind)}"
    if layout:
        yield (
            f"  layout      static data at {layout.global_base}, stack {layout.stack_base} to {layout.stack_max}, "
            f"heap from {layout.dynamic_base} (from its {layout.source})"
        )
    known, total = detection.names_known
    counts = ", ".join(f"{count} {name}" for name, count in _counted(detection, family))
    if counts:
        yield f"  imports     {counts}" + (f"; {known} of {total} function names known" if detection.minified else "")
    exports = [name for name in _exported(detection) if not name.startswith(_HELPERS)]
    if exports:
        yield f"  exports     {_some(exports)}"
    if glue.path:
        yield f"  glue        {_base(glue.path)}"
    if glue.constructors:
        yield f"  starts with {_some(glue.constructors)}"


def _some(names: Sequence[str]) -> str:
    """The first few of the names, and how many there are besides."""
    more = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {more} more" if more > 0 else "")


def _exported(detection: Detection) -> Iterator[str]:
    """The exported functions, under their names in clear."""
    clear = detection.glue.export_names
    return (clear.get(e.name, e.name) for e in detection.module.exports if e.kind is Kind.FUNC)


def _counted(detection: Detection, family: Family | None) -> Iterator[tuple[str, int]]:
    """Imported functions and globals per family, the largest first."""
    names = detection.glue.import_names
    counts = Counter(
        (family(item, names.get(item.name, item.name)) or "missing") if family else item.module
        for item in detection.module.imports
        if item.kind in (Kind.FUNC, Kind.GLOBAL)
    )
    yield from sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))


def _limits(detection: Detection, kind: type[MemoryType] | type[TableType]) -> dict[str, int | bool | None] | None:
    """Of the module's first memory or table, its own or imported: pages of 64 KiB, or elements."""
    module = detection.module
    declared = [i.type for i in module.imports if isinstance(i.type, kind)]
    own = module.memories if kind is MemoryType else module.tables
    first = next(iter([*declared, *own]), None)
    if not isinstance(first, MemoryType | TableType):
        return None
    limits: Limits = first.limits
    found: dict[str, int | bool | None] = {"minimum": limits.minimum, "maximum": limits.maximum}
    return {**found, "imported": bool(declared), "shared": limits.shared}


def _limits_text(limits: Mapping[str, int | bool | None], kind: type[MemoryType] | type[TableType]) -> str:
    def size(count: int | bool | None) -> str:
        if count is None:
            return "without limit"
        return f"{count * _PAGE / 2**20:g} MiB" if kind is MemoryType else f"{count} functions"

    low, high = limits["minimum"], limits["maximum"]
    span = size(low) if low == high else f"{size(low)}, growing {'' if high is None else 'to '}{size(high)}"
    return span + ("" if limits["imported"] else ", its own") + (", shared" if limits["shared"] else "")


def _base(path: str | None) -> str | None:
    return os.path.basename(path) if path else None
