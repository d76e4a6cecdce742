"""Execution engines behind one protocol. This package knows nothing of ABIs."""

from __future__ import annotations

from compat._typing import TYPE_CHECKING

if TYPE_CHECKING:
    from compat.engine.protocol import Engine

_engines: dict[bool, Engine] = {}


def default_engine(*, interruptible: bool = False) -> Engine:
    """The engine of this process, made once a configuration. Raises EngineUnavailable.

    A store with a time limit needs an interruptible one, whose code is a few per cent slower.
    """
    if interruptible not in _engines:
        # Here, so that `compat cache` and the protocol can do without any engine.
        from compat.engine.wasmtime import WasmtimeEngine

        _engines[interruptible] = WasmtimeEngine(interruptible)
    return _engines[interruptible]
