"""Run pieces of Python, an argument each, one after another in one interpreter; `repl` and a line types it instead."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from compat import Module
from compat.abi.memory import Memory
from corpus.drivers import text

STACK = 64 << 10
"""Bytes."""
TYPED = "repl "


def run(module: Module, args: Sequence[str]) -> str:
    module.call("_mp_js_init", STACK)
    if any(code.startswith(TYPED) for code in args):
        module.call("_mp_js_init_repl")
    for code in args:
        if code.startswith(TYPED):
            for character in f"{code.removeprefix(TYPED)}\r".encode():
                module.call("_mp_js_process_char", character)
        else:
            module.call("_mp_js_do_str", text(module, code))
    return ""


def imports(told: list[str]) -> Mapping[str, Callable[..., float | None]]:
    def write(memory: Memory, address: int, size: int) -> None:
        told.append(memory.read(address, size).decode("latin-1"))

    def hook(memory: Memory) -> None:
        """Look whether somebody has interrupted."""

    return {"env._mp_js_write": write, "env._mp_js_hook": hook, "env._mp_js_ticks_ms": lambda memory: 0}
