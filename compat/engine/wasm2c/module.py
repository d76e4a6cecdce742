"""A loaded shared library, and what its own bytes tell."""

from __future__ import annotations

from functools import cached_property

from compat._typing import TYPE_CHECKING, Any
from compat.engine import cache
from compat.engine.module import LoadedModule
from compat.engine.wasm2c._wasm2c import ffi
from compat.wasm.model import Module

if TYPE_CHECKING:
    from compat.engine.wasm2c.backtrace import Place


class Wasm2cModule(LoadedModule):
    """A loaded shared library, with the module that it was compiled from."""

    def __init__(self, handle: Any, module: Module, artefact: str) -> None:
        super().__init__(handle, module, artefact)
        self.base = int(ffi.cast("uintptr_t", handle.base))
        """The address at which it was loaded."""

    @cached_property
    def code(self) -> list[Place]:
        """Where its functions are, for backtraces; unknown where the file is gone from the cache."""
        # Here, because only a guest that has failed needs it.
        from compat.engine.wasm2c.backtrace import code

        path = cache.get(self.artefact)
        return code(path, self.module) if path else []
