"""compat runs legacy C/C++ WebAssembly binaries outside the browser, without their JavaScript.

    result = compat.run("magick.wasm", ["identify", "rose:"], glue="magick.js")
    with compat.load("libsvm.wasm") as module:
        module.call("_svm_get_nr_class", model)
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
