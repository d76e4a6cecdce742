"""The ABI of programs that Emscripten's fastcomp compiled: 1.37.2 to 1.39.x, asm2wasm."""

from __future__ import annotations

import os

from compat.abi.index import Index
from compat.abi.row import Rows
from compat.emscripten_abi.bridge import make_bridge
from compat.emscripten_abi.guest import EmscriptenGuest, entry_types

INDEX = os.path.join(os.path.dirname(__file__), "index.tsv")


def rows() -> Rows:
    """All rows of the ABI."""
    with open(INDEX, encoding="utf-8") as file:
        return Index(file.read())


def scripting_rows() -> Rows:
    """The same, with what a program's own JavaScript answers."""
    # Imported here: few programs are allowed JavaScript.
    from compat.emscripten_abi.tables import scripting_tables

    return scripting_tables()


__all__ = ["EmscriptenGuest", "entry_types", "make_bridge", "rows", "scripting_rows"]
