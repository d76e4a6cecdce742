"""What the imports of one module are bound to, and the module that may stand between it and its host."""

from __future__ import annotations

from collections.abc import Mapping

from compat._typing import NamedTuple
from compat.abi.row import Row, Serves
from compat.wasm.model import FuncType, GlobalType, Import, Module, TagType


class Binding(NamedTuple):
    """What one import is bound to."""

    item: Import
    name: str
    """Its name in clear."""
    row: Row | None
    sig: str = ""
    """What stood for `{sig}` in the row's name."""
    problem: str = ""
    """Why there is no row that answers, or what calling it will say: one line."""

    @property
    def answered(self) -> bool:
        """Whether a call of it does something."""
        return self.row is not None and self.row.serves is not Serves.NOTHING


class Library(NamedTuple):
    """A module without imports that a bridge relies on: the same for all guests, an instance for each."""

    name: str
    code: str | Module
    """A module, or one in WebAssembly text."""
    functions: tuple[str, ...]
    """The exports that the bridge imports, in order."""


class Bridge(NamedTuple):
    """A module that answers imports in WebAssembly.

    It imports first the guest's memory, if the guest imports it, then `shared`, the functions of `libraries`, `host`.
    """

    text: str
    """WebAssembly text."""
    shared: tuple[tuple[str, GlobalType | TagType], ...]
    """Globals and tags that it imports, in order, and that are the same for all bridges of one guest."""
    libraries: tuple[Library, ...]
    """Also one instance of each for all bridges of one guest."""
    host: tuple[tuple[Row, FuncType], ...]
    """The Python rows that it imports, in order, with their types."""
    links: tuple[str, ...]
    """The exports of the guest, by name in clear, that are to be put into its exported table `links`, in order."""
    answers: Mapping[Import, str]
    """The guest's imports that it answers, each with the name of the export that does."""
