"""Call FFmpeg's main function, which the build exports under another name, with these arguments."""

from __future__ import annotations

import struct
from collections.abc import Sequence

from compat import Module
from corpus.drivers import allocate, integer, text

GENERAL = ("ffmpeg", "-nostdin", "-hide_banner", "-loglevel", "error", "-fflags", "+bitexact")


def run(module: Module, args: Sequence[str]) -> str:
    strings = [text(module, value) for value in (*GENERAL, *args)]
    vector = allocate(module, struct.pack(f"<{len(strings) + 1}I", *strings, 0))
    return f"status: {integer(module, '_ffmpeg', len(strings), vector)}\n"
