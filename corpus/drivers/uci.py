"""Send each argument to a chess engine as a line of UCI.

The engine puts its search off (`emscripten_async_call`); `call` comes back when nothing is left to do.
"""

from __future__ import annotations

from collections.abc import Sequence

from compat import Module
from corpus.drivers import text


def run(module: Module, args: Sequence[str]) -> str:
    module.call("_init" if "_init" in module.exports else "_main", 0, 0)
    for command in args:
        address = text(module, command)
        module.call("_uci_command", address)
        module.call("_free", address)
    return f"{len(args)} commands\n"
