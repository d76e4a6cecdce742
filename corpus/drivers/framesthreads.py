"""As `frames`, of a decoder that decodes in threads of its own, and calls back from its first when a frame is done."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256

from compat import Module
from compat.abi.memory import Memory
from corpus.drivers import allocate, integer

completed: list[int] = []


def run(module: Module, args: Sequence[str]) -> str:
    module.call("_ogv_video_decoder_init")
    lines = [f"asynchronous: {integer(module, '_ogv_video_decoder_async')}\n"]
    for frame in map(bytes.fromhex, args):
        address = allocate(module, frame)
        header = integer(module, "_ogv_video_decoder_process_header", address, len(frame))
        completed.clear()
        decoded = integer(module, "_ogv_video_decoder_process_frame", address, len(frame))
        while not completed:
            time.sleep(0.001)
            module.call("_ogv_video_decoder_async")  # Calls for the first thread are made when a call returns.
        lines.append(f"{len(frame)} bytes: {header} {decoded} {completed.pop()}\n")
        module.call("_free", address)
    return "".join(lines)


def imports(told: list[str]) -> Mapping[str, Callable[..., None]]:
    """Its JavaScript keeps whole planes, and blanks what lies around the picture."""

    def complete(memory: Memory, result: int, seconds: float) -> None:
        completed.append(result)

    def frame(memory: Memory, *values: int) -> None:
        planes, (width, height, chroma_width, chroma_height), picture = values[:6], values[6:10], values[10:14]
        columns, rows, left, top = picture
        chroma = [
            side * chroma_side // whole
            for side, chroma_side, whole in (
                (columns, chroma_width, width),
                (rows, chroma_height, height),
                (left & -2, chroma_width, width),
                (top & -2, chroma_height, height),
            )
        ]
        pieces = [
            _blanked(memory, planes[0:2], height, picture, 0),
            _blanked(memory, planes[2:4], chroma_height, chroma, 128),
            _blanked(memory, planes[4:6], chroma_height, chroma, 128),
        ]
        digests = " ".join(sha256(piece).hexdigest()[:16] for piece in pieces)
        told.append(f"{columns}x{rows} in {width}x{height}, {chroma_width}x{chroma_height}: {digests}\n")

    return {"env._ogvjs_callback_frame": frame, "env._ogvjs_callback_async_complete": complete}


def _blanked(memory: Memory, plane: Sequence[int], height: int, picture: Sequence[int], blank: int) -> bytes:
    (address, stride), (columns, rows, left, top) = plane, picture
    result = bytearray([blank]) * (stride * height)
    for start in range(top * stride + left, (top + rows) * stride + left, stride):
        result[start : start + columns] = memory.read(address + start, columns)
    return bytes(result)
