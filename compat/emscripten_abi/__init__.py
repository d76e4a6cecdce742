"""The ABI of programs that Emscripten's fastcomp compiled: 1.37.2 to 1.39.x, asm2wasm."""

from __future__ import annotations

import os

from compat._typing import TYPE_CHECKING
from compat.abi.index import Index
from compat.abi.row import Rows
from compat.emscripten_abi.bridge import make_bridge
from compat.emscripten_abi.guest import EmscriptenGuest, entry_types

if TYPE_CHECKING:
    from compat.detect.model import Detection
    from compat.kernel.process import Process

INDEX = os.path.join(os.path.dirname(__file__), "index.tsv")


def rows() -> Rows:
    """All rows of the ABI."""
    with open(INDEX, encoding="utf-8") as file:
        return Index(file.read())


# What follows is imported when it is asked for: few programs have threads, or are allowed JavaScript.


def threading_rows() -> Rows:
    """The same, for a program that was built with threads."""
    from compat.emscripten_abi.tables import threading_tables

    return threading_tables()


def scripting_rows(*, threads: bool) -> Rows:
    """The same, with what a program's own JavaScript answers; `threads` for a program that was built with them."""
    from compat.emscripten_abi.tables import scripting_tables

    return scripting_tables(threads=threads)


def threaded_guest(process: Process, detection: Detection) -> EmscriptenGuest:
    """The guest of a program that was built with threads. Raises Unsupported as `EmscriptenGuest` does."""
    from compat.emscripten_abi.pthreads.guest import ThreadedGuest

    return ThreadedGuest(process, detection)


__all__ = [
    "EmscriptenGuest",
    "entry_types",
    "make_bridge",
    "rows",
    "scripting_rows",
    "threaded_guest",
    "threading_rows",
]
