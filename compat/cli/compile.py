"""`compat compile`: put a program's code into the cache before it is run."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from compat.cli.options import Option, UsageError, parse, usage
from compat.cli.run import say_compiling
from compat.session import Options, Program

OPTIONS = (
    Option("native", "", "have a C compiler make the code: minutes for some, and the fastest there is"),
    Option("glue", "FILE.js", "the JavaScript that Emscripten wrote beside the binary"),
    Option("import-map", "FILE", "what minified imports are called"),
    Option("abi", "NAME", "take the binary for this ABI instead of asking the detector"),
    Option("epoch", "RELEASE", "take the binary for a build of this release of Emscripten"),
)
_USAGE = usage(
    "compat compile [options] FILE",
    "Compiled code is kept: `compat run` and `compat.load` with the same options find it.",
    OPTIONS,
)


def main(argv: Sequence[str]) -> int:
    given = parse(argv, OPTIONS)
    if "help" in given:
        print(_USAGE, end="")
        return 0
    if len(given.operands) != 1:
        raise UsageError("compile needs one FILE (compat compile --help)")
    options = Options(
        glue=given.last("glue"),
        import_map=given.last("import-map"),
        abi=given.last("abi"),
        epoch=given.last("epoch"),
        native="native" in given,
    )
    Program(given.operands[0], options, say_compiling if sys.stderr.isatty() else None, wait=True).linkage.close()
    return 0
