"""The wasm2c engine: native code, made ahead of time by a C compiler."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import suppress

from compat._typing import Any
from compat.engine import cache
from compat.engine.notice import Notice
from compat.engine.protocol import Declaration, StoreLimits, Turn
from compat.engine.wasm2c._wasm2c import ffi, lib
from compat.engine.wasm2c.externs import Declared
from compat.engine.wasm2c.module import Wasm2cModule
from compat.engine.wasm2c.store import Wasm2cStore
from compat.engine.wasm2c.toolchain import WABT, toolchain
from compat.errors import Unsupported
from compat.wasm.model import FuncType, Module

NO_LIMITS = StoreLimits()


class Wasm2cEngine:
    """There is one configuration: its stores can always be interrupted, as the code needs no checks for it."""

    name = "wasm2c"
    version = WABT
    interruptible = True
    baseline = has_baseline = threads = False

    def __init__(self) -> None:
        """Raises EngineUnavailable."""
        self.tools = toolchain()

    def kept(self, module: Module) -> Wasm2cModule | None:
        name = self._artefact(module)
        handle = _mapped(name)
        return None if handle is None else Wasm2cModule(handle, module, name)

    def compile(self, module: Module, on_slow: Callable[[int | None], None] | None = None) -> Wasm2cModule:
        name = self._artefact(module)
        handle = _mapped(name)
        if handle is None:
            with Notice(on_slow):
                library = self.tools.build(module)
            handle = _kept(name, library)
        return Wasm2cModule(handle, module, name)

    def compile_text(self, text: str) -> Wasm2cModule:
        # Here, so that an engine can be made and run without the reader.
        from compat.wasm.reader import read

        return self.compile(read(self._assembled(text)))

    def assemble(self, text: str) -> bytes:
        return self.tools.assemble(text)

    def declare(self, functions: Sequence[Declaration]) -> Declared:
        return Declared(functions)

    def store(self, limits: StoreLimits = NO_LIMITS, turn: Turn | None = None) -> Wasm2cStore:
        if turn is not None:
            raise Unsupported("native code cannot share memory")
        return Wasm2cStore(self, limits)

    def _artefact(self, module: Module) -> str:
        return cache.key(self.tools.identity, module.data) + ".so"

    def _assembled(self, text: str) -> bytes:
        name = cache.key(self.tools.identity, text.encode()) + ".wasm"
        path = cache.get(name)
        if path is not None:
            with open(path, "rb") as file:
                return file.read()
        binary = self.assemble(text)
        with suppress(OSError):  # that it cannot be written is told of the code
            cache.put(name, binary)
        return binary

    def types(self, type: FuncType) -> Wasm2cModule:
        """A module that has nothing but a function type, for calls that no other module of a store makes."""
        from compat.engine.wasm2c.translate import type_only
        from compat.wasm.reader import read

        return self.compile(read(type_only(type)))


def _mapped(name: str) -> Any:
    """The module from the cache, or None. The loader too refuses a file: one made for another processor, say."""
    path = cache.get(name)
    return _opened(path) if path else None


def _kept(name: str, library: bytes) -> Any:
    """The module, from the cache. A cache that cannot be written costs time, but it is not passed over in silence."""
    try:
        cache.put(name, library)
        handle = _mapped(name)
    except OSError as error:
        import tempfile  # not above: no run that goes well needs these
        import warnings

        warnings.warn(f"compiled code is not kept: {error}", RuntimeWarning, stacklevel=3)
        with tempfile.NamedTemporaryFile(suffix=".so") as file:
            file.write(library)
            file.flush()
            handle = _opened(file.name)
    if handle is None:
        reason = ffi.string(lib.module_message()).decode(errors="replace")
        raise Unsupported(f"the code that was just compiled cannot be loaded: {reason}")
    return handle


def _opened(path: str) -> Any:
    handle = lib.module_open(os.fsencode(os.path.abspath(path)))
    return None if handle == ffi.NULL else ffi.gc(handle, lib.module_release)
