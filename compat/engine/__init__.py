"""Execution engines behind one protocol. This package knows nothing of ABIs."""

from __future__ import annotations

import os
from collections.abc import Callable

from compat._typing import TYPE_CHECKING
from compat.errors import EngineUnavailable, Unsupported

if TYPE_CHECKING:
    from compat.engine.protocol import CompiledModule, Engine
    from compat.wasm.model import Module

VARIABLE = "COMPAT_ENGINE"
"""Set to `native`, every run uses the native engine. The launcher (compat/cli/launcher.c) knows the name, too."""
NATIVE = "native"

_engines: dict[tuple[bool, bool, bool] | str, Engine] = {}


def default_engine(
    *, interruptible: bool = False, baseline: bool = False, threads: bool = False, native: bool = False
) -> Engine:
    """The engine of this process, made once a configuration. Raises EngineUnavailable, and Unsupported for native code
    with threads.

    A store with a time limit needs an interruptible one, whose code is a few per cent slower, and one that shares its
    memory one for threads, which is always interruptible, and slower once more. A baseline engine compiles quickly
    what then takes about twice as long to run. `native` code is made by a C compiler, which takes long, and gives the
    fastest; it is also what there is where libwasmtime is not.
    """
    if native or os.environ.get(VARIABLE) == NATIVE:
        return native_engine(threads=threads)
    key = interruptible or threads, baseline, threads
    if key not in _engines:
        # Here, so that `compat cache` and the protocol can do without any engine.
        from compat.engine.wasmtime import WasmtimeEngine

        try:
            _engines[key] = WasmtimeEngine(interruptible, baseline=baseline, threads=threads)
        except EngineUnavailable as error:
            _engines[key] = _instead(error, threads)
    return _engines[key]


def native_engine(*, threads: bool = False) -> Engine:
    """The engine whose code a C compiler makes. Raises EngineUnavailable, and Unsupported for threads."""
    if threads:
        raise Unsupported("the program has threads, which native code cannot have so far")
    if NATIVE not in _engines:
        try:
            from compat.engine.wasm2c.engine import Wasm2cEngine  # not above: few runs want it
        except ImportError as error:
            raise EngineUnavailable(f"native code is for Linux only, so far: {error}") from error
        _engines[NATIVE] = Wasm2cEngine()
    return _engines[NATIVE]


def compiled(
    module: Module,
    *,
    interruptible: bool = False,
    threads: bool = False,
    native: bool = False,
    wait: bool = False,
    on_slow: Callable[[int | None], None] | None = None,
) -> tuple[Engine, CompiledModule]:
    """The machine code of a program, and the engine that runs it: one that compiles quickly, at first, unless one is
    to `wait` for the code that is to stay. Raises as `Engine.compile`, and EngineUnavailable.
    """
    engine = default_engine(interruptible=interruptible, threads=threads, native=native)
    kept = engine.kept(module)
    if kept is not None:
        return engine, kept
    if wait or not engine.has_baseline:
        return engine, engine.compile(module, on_slow)
    # Here, as a warm run compiles nothing.
    from compat.engine import tiers

    return tiers.compiled(engine, module, on_slow)


def _instead(error: EngineUnavailable, threads: bool) -> Engine:
    """What there is where libwasmtime is not. Raises `error` where that cannot be used either."""
    import warnings  # as above

    try:
        engine = native_engine(threads=threads)
    except EngineUnavailable as other:
        raise EngineUnavailable(f"{error}\nNor can a C compiler do instead: {other}") from error
    warnings.warn(f"{error}\nUntil then, a C compiler makes the code, which takes long.", RuntimeWarning, stacklevel=3)
    return engine
