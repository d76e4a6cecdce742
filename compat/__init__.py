"""compat runs legacy C/C++ WebAssembly binaries outside the browser, without their JavaScript.

result = compat.run("program.wasm", ["--version"], glue="program.js")
with compat.load("library.wasm") as module:
    address = module.call("_malloc", 16)
"""

from compat.errors import (
    Abort,
    CompatError,
    EngineUnavailable,
    Frame,
    GuestError,
    GuestExited,
    MalformedModule,
    MemoryLimit,
    MissingImport,
    TimeLimit,
    Trap,
    Unsupported,
)
from compat.library import Module, Result, load, run
from compat.session import Mount

__version__ = "0.1.0"

__all__ = [
    "Abort",
    "CompatError",
    "EngineUnavailable",
    "Frame",
    "GuestError",
    "GuestExited",
    "MalformedModule",
    "MemoryLimit",
    "MissingImport",
    "Module",
    "Mount",
    "Result",
    "TimeLimit",
    "Trap",
    "Unsupported",
    "load",
    "run",
]
