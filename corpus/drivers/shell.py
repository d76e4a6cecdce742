"""Parse and format shell scripts: the first argument is settings, each other one a script, and its result a line."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

from compat import GuestExited, Module
from compat.abi.memory import Memory
from corpus.drivers import integer

BEFORE = {"print": 1, "keepComments": 1, "variant": 0}
AFTER = {
    **{"recoverErrors": 0, "simplify": 0, "indent": 2, "binaryNextLine": 1, "switchCaseIndent": 1},
    **{"spaceRedirects": 1, "keepPadding": 0, "minify": 0, "singleLine": 0, "functionNextLine": 0},
}
"""Parameters before and after the word that parsing stops at."""


def imports(told: list[str]) -> Mapping[str, Callable[..., float | None]]:
    """TinyGo looks up classes of JavaScript when it starts; there are none."""

    def none(memory: Memory, *_: int) -> int:
        return 0

    return {"gojs.runtime.ticks": none, "gojs.syscall/js.valueGet": none}


def run(module: Module, args: Sequence[str]) -> str:
    with suppress(GuestExited):
        module.call("_start")
    settings, *scripts = args
    chosen = {name: int(value) for name, _, value in (setting.partition("=") for setting in settings.split())}
    before, after = ([chosen.get(name, value) for name, value in group.items()] for group in (BEFORE, AFTER))
    lines = []
    for script in scripts:
        path, text, stop = (_text(module, value) for value in ("script.sh", script, ""))
        result = integer(module, "process", *path, *text, *before, *stop, *after)
        lines.append(module.memory.cstring(result).decode() + "\n")
    return "".join(lines)


def _text(module: Module, text: str) -> tuple[int, int, int]:
    """A string of Go: its address, length and capacity."""
    data = text.encode()
    address = integer(module, "wasmAlloc", len(data))
    module.memory.write(address, data)
    return address, len(data), len(data)
