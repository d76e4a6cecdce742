"""What MediaInfo says of a sound file that is made here, read in pieces of the size that the second argument gives.

The first is the format: channels, samples a second, bits a sample and seconds.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

from compat import Module
from corpus.drivers import shown


def run(module: Module, args: Sequence[str]) -> str:
    channels, rate, bits, seconds = map(int, args[0].split())
    data, piece = _sound(channels, rate, bits, seconds), int(args[1])
    stream, info = module.Stream, module.Info
    with module.MediaInfo() as media:
        lines: list[object] = [media.Option("Info_Version"), media.Option("Inform", args[2])]
        media.Open_Buffer_Init(len(data), 0)
        for start in range(0, len(data), piece):
            state = media.Open_Buffer_Continue(data[start : start + piece])
            lines.append(state & 1)
            if state & 8:
                break
        media.Open_Buffer_Finalize()
        lines += [media.Inform(), media.Count_Get(stream.Audio)]
        for name in ("Format", "Duration", "SamplingRate", "BitDepth", "Channel(s)", "BitRate"):
            lines.append(f"{name}: {media.Get(stream.Audio, 0, name)} {media.Get(stream.Audio, 0, name, info.Measure)}")
        lines += [media.GetI(stream.General, 0, place) for place in range(5)]
        media.Close()
    return "".join(f"{shown(line)}\n" for line in lines)


def _sound(channels: int, rate: int, bits: int, seconds: int) -> bytes:
    """A WAV file with a sawtooth."""
    frame = channels * bits // 8
    data = bytes(place % 251 for place in range(rate * seconds * frame))
    form = struct.pack("<HHIIHH", 1, channels, rate, rate * frame, frame, bits)
    chunks = b"fmt " + struct.pack("<I", len(form)) + form + b"data" + struct.pack("<I", len(data)) + data
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WAVE" + chunks
