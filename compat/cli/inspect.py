"""`compat inspect`: what a binary is, why, and what it needs."""

from __future__ import annotations

from collections.abc import Sequence

from compat._typing import TYPE_CHECKING
from compat.cli.options import Option, UsageError, parse, usage
from compat.errors import Unsupported

if TYPE_CHECKING:
    from compat.detect.model import Detection
    from compat.detect.report import Family

OPTIONS = (
    Option("json", "", "the same facts as JSON"),
    Option("glue", "FILE.js", "the JavaScript that Emscripten wrote beside the binary"),
    Option("abi", "NAME", "take the binary for this ABI instead of asking the detector"),
)
_USAGE = usage("compat inspect [options] FILE", "Say what FILE is, on what evidence, and what it needs.", OPTIONS)


def main(argv: Sequence[str]) -> int:
    from compat.detect.detect import detect
    from compat.detect.report import as_json, as_text

    given = parse(argv, OPTIONS)
    if "help" in given:
        print(_USAGE, end="")
        return 0
    if len(given.operands) != 1:
        raise UsageError("inspect takes one FILE (compat inspect --help)")
    detection = detect(given.operands[0], glue=given.last("glue"), abi=given.last("abi"))
    render = as_json if "json" in given else as_text
    print(render(detection, _family(detection)))
    return 0


def _family(detection: Detection) -> Family | None:
    """How imports are counted: by the groups of the ABI's rows, or not, where it is one that is only told apart."""
    from compat.plan import abi_for, make_plan

    try:
        abi = abi_for(detection.abi)
    except Unsupported:
        return None
    bindings = make_plan(detection, abi.tables).bindings
    groups = {b.item: b.row.group for b in bindings if b.row is not None and b.answered}
    return lambda item, _: groups.get(item, "")
