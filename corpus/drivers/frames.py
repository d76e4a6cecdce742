"""Decode frames of video, each argument one in hexadecimal. The decoder hands pictures to a host function."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from hashlib import sha256

from compat import Module
from compat.abi.memory import Memory
from corpus.drivers import allocate, integer


def run(module: Module, args: Sequence[str]) -> str:
    module.call("_ogv_video_decoder_init")
    lines = [f"asynchronous: {integer(module, '_ogv_video_decoder_async')}\n"]
    for frame in map(bytes.fromhex, args):
        address = allocate(module, frame)
        header = integer(module, "_ogv_video_decoder_process_header", address, len(frame))
        decoded = integer(module, "_ogv_video_decoder_process_frame", address, len(frame))
        lines.append(f"{len(frame)} bytes: {header} {decoded}\n")
        module.call("_free", address)
    return "".join(lines)


def imports(told: list[str]) -> Mapping[str, Callable[..., None]]:
    def frame(memory: Memory, *values: int) -> None:
        y, y_stride, u, u_stride, v, v_stride = values[:6]
        width, height, chroma_width, chroma_height = values[6:10]
        crop_width, crop_height, left, top = values[10:14]
        columns, rows = (crop_width + 7) & -8, (crop_height + 7) & -8
        chroma = (columns * chroma_width // width, rows * chroma_height // height)
        corner = ((left & -2) * chroma_width // width, (top & -2) * chroma_height // height)
        planes = [
            b"".join(_rows(memory, y, y_stride, (left, top & -2), (columns, rows))),
            b"".join(_rows(memory, u, u_stride, corner, chroma)),
            b"".join(_rows(memory, v, v_stride, corner, chroma)),
        ]
        digests = " ".join(sha256(plane).hexdigest()[:16] for plane in planes)
        told.append(f"{crop_width}x{crop_height} in {columns}x{rows}, {chroma[0]}x{chroma[1]}: {digests}\n")

    return {"env._ogvjs_callback_frame": frame}


def _rows(memory: Memory, plane: int, stride: int, corner: tuple[int, int], size: tuple[int, int]) -> Iterator[bytes]:
    return (memory.read(plane + (row + corner[1]) * stride + corner[0], size[0]) for row in range(size[1]))
