"""Encode a film that is drawn here, with a callback that gets each piece of the file as a view of the memory.

The argument is the width, the height, the number of frames, the bits a second, and whether it is to be live (1).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from compat import BindingError, Module
from corpus.drivers import shown

TRACK_UID = bytes.fromhex("73c587")
"""The element of the file that holds a random number, made of the time, and how long that is."""
TRACK_UID_SIZE = 7


def run(module: Module, args: Sequence[str]) -> str:
    width, height, frames, rate, live = map(int, args[0].split())
    pieces: list[bytes] = []
    lines: list[object] = []

    def keep(piece: memoryview) -> None:
        pieces.append(bytes(piece))

    with module.WebmEncoder(1, 30, width, height, rate, bool(live), bool(live), keep) as encoder:
        for frame in range(frames):
            picture = bytes(
                value
                for y in range(height)
                for x in range(width)
                for value in ((4 * x + 9 * frame) % 256, (3 * y) % 256, (x * y) % 256, 255)
            )
            lines.append(encoder.addRGBAFrame(picture))
        lines += [encoder.lastError(), encoder.finalize()]
        try:
            encoder.addRGBAFrame(5)
        except BindingError:
            lines.append("a number is no frame")
    film = b"".join(pieces)
    before, mark, track = film.partition(TRACK_UID)
    lines += [list(map(len, pieces)), len(film), hashlib.sha256(before + mark + track[TRACK_UID_SIZE:]).hexdigest()]
    return "".join(f"{shown(line)}\n" for line in lines)
