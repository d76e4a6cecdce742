"""`python -m compat.cli.trapped PROGRAM CODE FUNCTION:OFFSET …`: say how a program ended that the launcher ran."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from compat.cli.main import told
from compat.detect.container import open_container
from compat.engine.failures import STACK_EXHAUSTED, TRAPS, UNKNOWN_OFFSET
from compat.errors import Frame, Trap
from compat.wasm.reader import read
from compat.wasm.symbols import Symbols


def main(argv: Sequence[str]) -> int:
    """Print the failure as `compat run` does, and return its exit status."""
    program, code, *places = argv
    symbols = Symbols(read(open_container(program).wasm))
    trap = Trap(TRAPS[int(code)] if int(code) < len(TRAPS) else STACK_EXHAUSTED)
    trap.frames = tuple(_frame(symbols, place) for place in places)
    sys.stderr.write(told(trap))
    return trap.exit_status


def _frame(symbols: Symbols, place: str) -> Frame:
    function, offset = map(int, place.split(":"))
    return symbols.frame(function, None if offset == UNKNOWN_OFFSET else offset)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
