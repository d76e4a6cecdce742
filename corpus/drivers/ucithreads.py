"""Send each argument to a chess engine as a line of UCI. The engine works in threads of its own.

It refuses a line (a result other than 0) as long as it is busy, and what it has found comes in its time.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

from compat import Module
from corpus.drivers import text

ANSWERS = {"go": b"bestmove ", "isready": b"readyok\n", "uci": b"uciok\n"}
"""What the end of the answer to a command is known by, where there is one."""


def run(module: Module, args: Sequence[str]) -> str:
    module.call("_main", 0, 0)
    for command in args:
        address = text(module, command)
        answer = ANSWERS.get(command.split()[0], b"")
        before = module.stdout.count(answer)
        while module.call("_uci_command", address):
            time.sleep(0.001)
        while answer and (module.stdout.count(answer) == before or not module.stdout.endswith(b"\n")):
            time.sleep(0.001)
        module.call("_free", address)
    return f"{len(args)} commands\n"
