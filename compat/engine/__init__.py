"""Execution engines behind one protocol. This package knows nothing of ABIs."""

from __future__ import annotations

from collections.abc import Callable

from compat._typing import TYPE_CHECKING

if TYPE_CHECKING:
    from compat.engine.protocol import CompiledModule, Engine
    from compat.engine.wasmtime import WasmtimeEngine
    from compat.wasm.model import Module

_engines: dict[tuple[bool, bool], WasmtimeEngine] = {}


def default_engine(*, interruptible: bool = False, baseline: bool = False) -> WasmtimeEngine:
    """The engine of this process, made once a configuration. Raises EngineUnavailable.

    A store with a time limit needs an interruptible one, whose code is a few per cent slower. A baseline engine
    compiles quickly what then takes about twice as long to run.
    """
    key = interruptible, baseline
    if key not in _engines:
        # Here, so that `compat cache` and the protocol can do without any engine.
        from compat.engine.wasmtime import WasmtimeEngine

        _engines[key] = WasmtimeEngine(interruptible, baseline)
    return _engines[key]


def compiled(
    module: Module, *, interruptible: bool = False, on_slow: Callable[[int | None], None] | None = None
) -> tuple[Engine, CompiledModule]:
    """The machine code of a program, and the engine that runs it. Raises as `Engine.compile`, and EngineUnavailable."""
    engine = default_engine(interruptible=interruptible)
    kept = engine.kept(module)
    if kept is not None:
        return engine, kept
    # Here, as a warm run compiles nothing.
    from compat.engine import tiers

    return tiers.compiled(engine, module, on_slow)
