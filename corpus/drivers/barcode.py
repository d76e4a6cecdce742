"""Paint a barcode from its modules, a row an argument ("#" is dark), and have it read."""

from __future__ import annotations

from collections.abc import Sequence

from compat import Module
from corpus.drivers import integer, string

SCALE = 4
"""Pixels a side of a module."""
QUIET = 4
"""Modules of white around the code."""


def run(module: Module, args: Sequence[str]) -> str:
    width = (len(args[0]) + 2 * QUIET) * SCALE
    height = (len(args) + 2 * QUIET) * SCALE
    pixels = integer(module, "_createBuffer", width * height * 4)
    module.memory.write(pixels, _paint(args, width))
    if not integer(module, "_scanQrcode", pixels, width, height):
        return "nothing found\n"
    found = integer(module, "_getScanResults")
    answer = string(module, found)
    module.call("_deleteBuffer", found)
    return f"{answer}\n"


def _paint(rows: Sequence[str], width: int) -> bytes:
    light = b"\xff\xff\xff\xff" * SCALE
    dark = b"\x00\x00\x00\xff" * SCALE
    lines = [light * QUIET + b"".join(dark if m == "#" else light for m in row) + light * QUIET for row in rows]
    margin = b"\xff\xff\xff\xff" * (width * QUIET * SCALE)
    return margin + b"".join(line * SCALE for line in lines) + margin
