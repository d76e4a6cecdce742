"""The first run of a program: one compiler is quick, the other makes fast code.

The optimising compiler takes a second and a half for a megabyte. So where nothing is in the cache, the baseline
compiler makes what is run now, and another process, at the lowest priority, what is run from the next time on. It
outlives this one. Both make code of the same meaning, and the two kinds are never mixed: each engine has its own.

A *report* in the cache stands for that process. While it works, it holds a lock on it, so there is one for a module,
however many runs want it. When it has succeeded, it deletes the report; if it fails, the report is left, with the
reason, and later runs say so and do not try again.
"""

from __future__ import annotations

import os
import sys
from _thread import stack_size
from collections.abc import Callable

from compat._typing import TYPE_CHECKING, cast
from compat.engine import cache, default_engine
from compat.engine._libwasmtime import ffi, lib
from compat.errors import Unsupported
from compat.wasm.model import Module

if TYPE_CHECKING:
    from compat.engine.protocol import CompiledModule, Engine
    from compat.engine.wasmtime import WasmtimeEngine

VARIABLE = "COMPAT_OPTIMISE"
WAIT, LATER = "wait", "later"
"""Its values: the first run waits for the optimising compiler, or (the default) does not."""

WORTH = 128 << 10
"""Bytes of a module that the optimising compiler takes some tenths of a second for."""

_PROGRAM = "import sys; sys.path[:] = sys.argv[3:]; from compat.engine.tiers import main; main(*sys.argv[1:3])"
_KILLED = "it was ended, or wanted more time or memory than it may have\n"
"""What a report says until there is a better reason."""


def compiled(
    engine: Engine, module: Module, on_slow: Callable[[int | None], None] | None
) -> tuple[Engine, CompiledModule]:
    """A module that is not in the cache, compiled by `engine` or, for now, by a baseline engine.

    Raises as `Engine.compile`; ValueError for a value of COMPAT_OPTIMISE that there is not.
    """
    if _worth(module):
        baseline = default_engine(interruptible=engine.interruptible, baseline=True)
        try:
            quick = baseline.compile(module)
        except Unsupported:
            pass  # There are instructions, of later compilers, that only the optimising one knows.
        else:
            _optimise_later(cast("WasmtimeEngine", engine), module)
            return baseline, quick
    return engine, engine.compile(module, on_slow)


def _worth(module: Module) -> bool:
    chosen = os.environ.get(VARIABLE, LATER)
    if chosen not in (WAIT, LATER):
        raise ValueError(f"{VARIABLE} is {chosen!r}: not {WAIT} or {LATER}")
    # Its frames need room, which threads with a stack of their own size may not have.
    possible = lib.HAS_BASELINE and not stack_size() and sys.executable
    return bool(possible) and chosen == LATER and len(module.data) >= WORTH


def _optimise_later(engine: WasmtimeEngine, module: Module) -> None:
    """Have another process put optimised code into the cache, unless one is at it."""
    name = engine.artefact(module) + cache.REPORT
    path = os.path.join(cache.directory(), name)
    try:
        report = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    except OSError:
        return  # Where the cache cannot be written, the engine has said so.
    try:
        if not lib.lock_take(report):
            return
        with open(path, encoding="utf-8", errors="replace") as file:
            reasons = file.read().split("\n")[:-1]
        if reasons:
            _warn(reasons[-1])
        elif engine.kept(module) is None:
            os.write(report, _KILLED.encode())
            _start(path, module, engine.interruptible, report)
        else:
            os.unlink(path)  # It has just become ready.
    finally:
        os.close(report)


def _start(path: str, module: Module, interruptible: bool, report: int) -> None:
    words = [sys.executable, "-I", "-S", "-W", "error", "-c", _PROGRAM, path, "timed" * interruptible, *sys.path]
    arguments = [ffi.new("char[]", os.fsencode(word)) for word in words]
    source = cache.unnamed(module.data)
    try:
        if not lib.start_detached([*arguments, ffi.NULL], source, report):
            _warn("no process can be started")
    finally:
        os.close(source)


def _warn(reason: str) -> None:
    import warnings  # not above: no run that goes well needs it

    warnings.warn(
        f"this program was not optimised and runs slower than it might: {reason}\n"
        f"`{VARIABLE}={WAIT}` compiles it while you wait, `compat cache clean` lets it be tried again",
        RuntimeWarning,
        stacklevel=2,
    )


def main(report: str, timed: str) -> None:
    """Compile the module on standard input, as the process that `_start` starts."""
    # Here, as the process that runs the guest has read its module.
    from compat.engine.wasmtime import WasmtimeEngine
    from compat.wasm.reader import read

    module = read(sys.stdin.buffer.read())
    WasmtimeEngine(interruptible=bool(timed)).compile(module)
    cache.remove(WasmtimeEngine(interruptible=bool(timed), baseline=True).artefact(module))
    os.unlink(report)
