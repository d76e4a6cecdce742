"""`compat inspect`: what a binary is, why, and what it needs."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator, Sequence
from itertools import chain, repeat

from compat.abi.binding import Binding
from compat.cli.options import Option, UsageError, parse, usage
from compat.detect.detect import detect
from compat.detect.model import Detection
from compat.detect.report import as_dict, as_text
from compat.plan import RUNNABLE, abi_for, make_plan
from compat.wasm.model import Import

OPTIONS = (
    Option("json", "", "the same facts as JSON"),
    Option("glue", "FILE.js", "the JavaScript that Emscripten wrote beside the binary"),
    Option("import-map", "FILE", "what minified imports are called"),
    Option("write-import-map", "FILE", "write such a map: the names that are known, and what others may be"),
    Option("abi", "NAME", "take the binary for this ABI instead of asking the detector"),
)
_SHOWN = 12
"""Names for each reason: a program can miss hundreds."""
_USAGE = usage("compat inspect [options] FILE", "Say what FILE is, on what evidence, and what it needs.", OPTIONS)


def main(argv: Sequence[str]) -> int:
    given = parse(argv, OPTIONS)
    if "help" in given:
        print(_USAGE, end="")
        return 0
    if len(given.operands) != 1:
        raise UsageError("inspect takes one FILE (compat inspect --help)")
    detection = detect(given.operands[0], given.last("glue"), given.last("abi"), given.last("import-map"))
    if draft := given.last("write-import-map"):
        _write_import_map(detection, draft)
    plan = (
        make_plan(detection, abi_for(detection.abi, detection.features).tables) if detection.abi in RUNNABLE else None
    )
    bindings = plan.bindings if plan else ()
    groups = {b.item: b.row.group for b in bindings if b.row and b.answered}

    def family(item: Import, name: str) -> str:
        return groups.get(item, "")

    missing = [f"{binding.item.module}.{binding.name}" for binding in plan.missing] if plan else []
    if "json" in given:
        facts = as_dict(detection, family if plan else None)
        print(json.dumps({**facts, "missing": missing}, indent=2))
    else:
        print(as_text(detection, family if plan else None))
        for line in _missing(plan.missing if plan else ()):
            print(line)
    return 0


def _write_import_map(detection: Detection, path: str) -> None:
    from compat.detect.import_map import draft

    with open(path, "w", encoding="utf-8") as file:
        file.write(draft(detection))


def _missing(bindings: Sequence[Binding]) -> Iterator[str]:
    """The imports that nothing answers, by the reason."""
    reasons: dict[str, list[str]] = {}
    for binding in bindings:
        reason = binding.row.note if binding.row else "unknown"
        reasons.setdefault(reason, []).append(f"{binding.item.module}.{binding.name}")
    for label, (reason, names) in zip(chain(["missing"], repeat("")), reasons.items(), strict=False):
        more = f" and {len(names) - _SHOWN} more (--json has them all)" if len(names) > _SHOWN else ""
        text = f"{reason}: {', '.join(names[:_SHOWN])}{more}"
        yield f"  {label:<12}" + textwrap.fill(text, 106, subsequent_indent=" " * 14)
