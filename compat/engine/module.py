"""A compiled module, and what its own bytes tell that the engine does not."""

from __future__ import annotations

from compat._typing import TYPE_CHECKING, Any
from compat.engine.managed import Managed
from compat.wasm.model import ExternType, Kind, Module

if TYPE_CHECKING:
    from compat.wasm.symbols import Symbols


class LoadedModule(Managed):
    """Machine code, with the module that it was compiled from."""

    def __init__(self, handle: Any, module: Module, artefact: str) -> None:
        super().__init__(handle)
        self.module = module
        self.artefact = artefact
        """Its name in the cache."""
        self._export_types: dict[str, ExternType] | None = None
        self._symbols: Symbols | None = None

    @property
    def export_types(self) -> dict[str, ExternType]:
        """The type of every export, by name."""
        if self._export_types is None:
            spaces = {kind: _index_space(self.module, kind) for kind in Kind}
            self._export_types = {e.name: spaces[e.kind][e.index] for e in self.module.exports}
        return self._export_types

    @property
    def name(self) -> str | None:
        """The module's own name, from its name section: the engine knows no other."""
        return self.symbols.module_name

    @property
    def symbols(self) -> Symbols:
        """Who is who in the module, for backtraces."""
        if self._symbols is None:
            # Only a guest that has failed needs them, and reading DWARF is slow.
            from compat.wasm.symbols import Symbols

            self._symbols = Symbols(self.module)
        return self._symbols


class WasmtimeModule(LoadedModule):
    """Of libwasmtime's making."""


def _index_space(module: Module, kind: Kind) -> tuple[ExternType, ...]:
    own: dict[Kind, tuple[ExternType, ...]] = {
        Kind.FUNC: tuple(module.functions),
        Kind.TABLE: tuple(module.tables),
        Kind.MEMORY: tuple(module.memories),
        Kind.GLOBAL: tuple(g.type for g in module.globals),
        Kind.TAG: tuple(module.tags),
    }
    return tuple(i.type for i in module.imported(kind)) + own[kind]
