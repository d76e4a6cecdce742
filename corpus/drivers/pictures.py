"""As `frames`, of a decoder whose own JavaScript keeps more than the picture: what can be seen of it is compared."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from hashlib import sha256

from compat.abi.memory import Memory
from corpus.drivers.frames import run

__all__ = ["imports", "run"]


def imports(told: list[str]) -> Mapping[str, Callable[..., None]]:
    def frame(memory: Memory, *values: int) -> None:
        y, y_stride, u, u_stride, v, v_stride = values[:6]
        width, height, chroma_width, chroma_height = values[6:10]
        crop_width, crop_height, left, top = values[10:14]
        corner = ((left & -2) * chroma_width // width, (top & -2) * chroma_height // height)
        chroma = (crop_width * chroma_width // width, crop_height * chroma_height // height)
        digests = [
            _visible(memory, y, y_stride, (left, top), (crop_width, crop_height)),
            _visible(memory, u, u_stride, corner, chroma),
            _visible(memory, v, v_stride, corner, chroma),
        ]
        told.append(f"{crop_width}x{crop_height}, {chroma[0]}x{chroma[1]}: {' '.join(digests)}\n")

    return {"env._ogvjs_callback_frame": frame}


def _visible(memory: Memory, plane: int, stride: int, corner: tuple[int, int], size: tuple[int, int]) -> str:
    starts = (plane + (row + corner[1]) * stride + corner[0] for row in range(size[1]))
    return sha256(b"".join(memory.read(start, size[0]) for start in starts)).hexdigest()[:16]
