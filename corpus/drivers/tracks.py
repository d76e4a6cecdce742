"""As `packets`, of a demuxer that also tells the format of its pictures, which the packets hold once more."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from corpus.drivers import packets
from corpus.drivers.packets import run

__all__ = ["imports", "run"]


def imports(told: list[str]) -> Mapping[str, Callable[..., None]]:
    return {**packets.imports(told), "env._ogvjs_callback_init_video": lambda *_: None}
