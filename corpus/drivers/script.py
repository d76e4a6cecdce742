"""Evaluate each argument as a script in one QuickJS context, and show what it answered, or the exception."""

from __future__ import annotations

from collections.abc import Sequence

from compat import Module
from corpus.drivers import integer, string


def run(module: Module, args: Sequence[str]) -> str:
    integer(module, "qjs_init")
    name = _text(module, "script")
    lines = []
    for code in args:
        value = integer(module, "qjs_eval", _text(module, code), len(code.encode()), name, 0)
        thrown = integer(module, "qjs_is_exception", value)
        if thrown:
            value = integer(module, "qjs_get_exception")
        while integer(module, "qjs_is_job_pending"):
            integer(module, "qjs_execute_pending_job")
        shown = string(module, integer(module, "qjs_get_string", value))
        lines.append(f"> {code}\n{'! ' * bool(thrown)}{shown}\n")
    return "".join(lines)


def _text(module: Module, value: str) -> int:
    data = value.encode() + b"\0"
    address = integer(module, "wasm_malloc", len(data))
    module.memory.write(address, data)
    return address
