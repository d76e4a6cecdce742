"""Lay out a graph in DOT, the first argument, with the engine named by the second, as the format named by the third."""

from __future__ import annotations

from collections.abc import Sequence

from compat import Module
from corpus.drivers import integer, string


def run(module: Module, args: Sequence[str]) -> str:
    graph, engine, form = (_text(module, value) for value in args)
    size = integer(module, "malloc", 4)
    rendered = integer(module, "graphviz_render", graph, form, engine, size)
    if not rendered:
        return f"error: {string(module, integer(module, 'graphviz_last_error'))}\n"
    return module.memory.read(rendered, module.memory.load_u32(size)).decode()


def _text(module: Module, value: str) -> int:
    data = value.encode() + b"\0"
    address = integer(module, "malloc", len(data))
    module.memory.write(address, data)
    return address
