"""compat runs legacy C/C++ WebAssembly binaries outside the browser, without their JavaScript.

result = compat.run("program.wasm", ["--version"], glue="program.js")
with compat.load("library.wasm") as module:
    address = module.call("_malloc", 16)
"""

from compat._typing import TYPE_CHECKING
from compat.errors import (
    Abort,
    BindingError,
    CompatError,
    CppException,
    EngineUnavailable,
    Frame,
    GuestError,
    GuestExited,
    MalformedModule,
    MemoryLimit,
    MissingImport,
    PureVirtualError,
    ThrownValue,
    TimeLimit,
    Trap,
    UnboundTypeError,
    Unsupported,
)
from compat.kernel.errno import Errno, SysError

if TYPE_CHECKING:
    from compat.library import I64, U32, U64, Callback, Module, Mount, Result, load, run

__version__ = "0.1.0"

__all__ = [
    "I64",
    "U32",
    "U64",
    "Abort",
    "BindingError",
    "Callback",
    "CompatError",
    "CppException",
    "EngineUnavailable",
    "Errno",
    "Frame",
    "GuestError",
    "GuestExited",
    "MalformedModule",
    "MemoryLimit",
    "MissingImport",
    "Module",
    "Mount",
    "PureVirtualError",
    "Result",
    "SysError",
    "ThrownValue",
    "TimeLimit",
    "Trap",
    "UnboundTypeError",
    "Unsupported",
    "load",
    "run",
]


def __getattr__(name: str) -> object:
    """Import the library when it is first asked for: the commands live in this package too, and do without it."""
    if name not in __all__:
        raise AttributeError(f"module 'compat' has no attribute {name!r}")
    from compat import library

    return getattr(library, name)


def __dir__() -> list[str]:
    return __all__
