"""Take a stream apart: arguments are how many bytes to feed at a time, and the stream in base64.

The demuxer hands what it finds to host functions.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256

from compat import Module
from compat.abi.memory import Memory
from corpus.drivers import allocate, integer


def run(module: Module, args: Sequence[str]) -> str:
    step, stream = int(args[0]), base64.b64decode(args[1])
    module.call("_ogv_demuxer_init")
    lines = []
    for start in range(0, len(stream), step):
        piece = stream[start : start + step]
        address = allocate(module, piece)
        module.call("_ogv_demuxer_receive_input", address, len(piece))
        rounds = 0
        while integer(module, "_ogv_demuxer_process"):
            rounds += 1
        lines.append(f"{len(piece)} bytes: {rounds} rounds\n")
        module.call("_free", address)
    names = ("seekable", "media_length")
    lines += [f"{name}: {integer(module, f'_ogv_demuxer_{name}')}\n" for name in names]
    module.call("_ogv_demuxer_flush")
    return "".join(lines)


def imports(told: list[str]) -> Mapping[str, Callable[..., None]]:
    def tell(line: str) -> None:
        # The glue keeps packets apart by their kind.
        told.append(line)
        told.sort(key=lambda line: line.partition(" ")[0])

    def metadata(memory: Memory, video: int, sound: int) -> None:
        codecs = (memory.cstring(name).decode() if name else "none" for name in (video, sound))
        tell(f"codecs: {' '.join(codecs)}\n")

    def audio_packet(memory: Memory, address: int, size: int, time: float, *_: float) -> None:
        tell(f"audio {_digest(memory, address, size)} at {time:.3f}\n")

    def video_packet(memory: Memory, address: int, size: int, time: float, key_time: float, key: int) -> None:
        tell(f"video {_digest(memory, address, size)} at {time:.3f}, key frame {key_time:.3f} {key}\n")

    return {
        "env._ogvjs_callback_loaded_metadata": metadata,
        "env._ogvjs_callback_audio_packet": audio_packet,
        "env._ogvjs_callback_video_packet": video_packet,
    }


def _digest(memory: Memory, address: int, size: int) -> str:
    return f"{size} {sha256(memory.read(address, size)).hexdigest()[:16]}"
