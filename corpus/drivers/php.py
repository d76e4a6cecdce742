"""Run pieces of PHP, an argument each, one after another in one process."""

from __future__ import annotations

from collections.abc import Sequence

from compat import Module
from corpus.drivers import integer, text


def run(module: Module, args: Sequence[str]) -> str:
    return "".join(f"{integer(module, '_pib_eval', text(module, code))}\n" for code in args)
