"""As `pictures`, of a decoder that also tells their format, which comes with each of them once more."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from corpus.drivers import pictures
from corpus.drivers.pictures import run

__all__ = ["imports", "run"]


def imports(told: list[str]) -> Mapping[str, Callable[..., None]]:
    return {**pictures.imports(told), "env._ogvjs_callback_init_video": lambda *_: None}
