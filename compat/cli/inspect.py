"""`compat inspect`: what a binary is, why, and what it needs."""

from __future__ import annotations

from collections.abc import Sequence

from compat.cli.options import Option, UsageError, parse, usage

OPTIONS = (
    Option("json", "", "the same facts as JSON"),
    Option("glue", "FILE.js", "the JavaScript that Emscripten wrote beside the binary"),
    Option("abi", "NAME", "take the binary for this ABI instead of asking the detector"),
)
_USAGE = usage("compat inspect [options] FILE", "Say what FILE is, on what evidence, and what it needs.", OPTIONS)


def main(argv: Sequence[str]) -> int:
    from compat.detect.detect import detect
    from compat.detect.report import as_json, as_text
    from compat.plan import plan_for

    given = parse(argv, OPTIONS)
    if "help" in given:
        print(_USAGE, end="")
        return 0
    if len(given.operands) != 1:
        raise UsageError("inspect takes one FILE (compat inspect --help)")
    detection = detect(given.operands[0], glue=given.last("glue"), abi=given.last("abi"))
    plan = plan_for(detection)
    print(as_json(detection, plan) if "json" in given else as_text(detection, plan))
    return 0
