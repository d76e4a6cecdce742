"""What an execution engine is to the rest of compat.

A session needs little: compile (through the cache), make a store, create what the guest imports, instantiate, call
exports. Types always come from our own reader (`compat.wasm`), never from the engine.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from compat._typing import Protocol

from compat.wasm.model import FuncType, GlobalType, Limits, Module, TableType

Value = int | float
HostBody = Callable[..., Value | None]
"""A host function: takes Python numbers (i32 and i64 as signed ints), returns one, or None where the type has no result.
An int result may be of either sign: the engine keeps its low bits. Whatever it raises comes out of the outermost
`Function` call as itself, unless guest code in between ends first."""


@dataclass(frozen=True, slots=True)
class StoreLimits:
    """What one store may use."""

    seconds: float | None = None
    """Wall-clock time for all of its calls together; reaching it raises TimeLimit."""
    memory: int | None = None
    """Bytes of linear memory, all memories together. A memory that starts larger raises MemoryLimit; growth beyond fails."""


class Extern(Protocol):
    """Anything that can be imported or exported."""


class Function(Extern, Protocol):
    type: FuncType

    def __call__(self, *args: Value) -> Value | None:
        """Call it. Raises Trap, TimeLimit, MemoryLimit, GuestException, or whatever a host function raised."""


class Global(Extern, Protocol):
    type: GlobalType
    value: Value


class Memory(Extern, Protocol):
    """A linear memory. `buffer()` is re-read after anything that can grow it."""

    def buffer(self) -> memoryview:
        """The whole memory, writable, of format 'B'. Valid until the guest next runs or the memory grows."""

    def grow(self, pages: int) -> bool:
        """Grow by `pages` of 64 KiB; False where the maximum or a limit forbids it."""


class Table(Extern, Protocol):
    def __len__(self) -> int: ...

    def __getitem__(self, index: int) -> Function | None: ...

    def __setitem__(self, index: int, function: Function | None) -> None: ...

    def grow(self, elements: int) -> bool: ...


class Instance(Protocol):
    exports: Mapping[str, Extern]


class Store(Protocol):
    """Everything one guest lives in. A context manager; closing it frees the guest. Not for use by two threads at once."""

    def memory(self, limits: Limits) -> Memory: ...

    def table(self, type: TableType) -> Table: ...

    def global_(self, type: GlobalType, value: Value) -> Global: ...

    def function(self, name: str, type: FuncType, body: HostBody) -> Function:
        """A host function; `name` is for messages and backtraces."""

    def instantiate(self, module: CompiledModule, imports: Sequence[Extern]) -> Instance:
        """Instantiate with the imports in the module's own order, and run its start function."""

    def close(self) -> None: ...


class CompiledModule(Protocol):
    """Machine code of one module, mapped from the cache where it was there."""

    module: Module


class Engine(Protocol):
    name: str
    version: str

    def compile(self, module: Module, on_slow: Callable[[], None] | None = None) -> CompiledModule:
        """Compile, or map from the on-disk cache. `on_slow` is called once if compilation takes over a second."""

    def assemble(self, text: str) -> bytes:
        """The binary of a module in WebAssembly text. Raises ValueError with the assembler's message."""

    def store(self, limits: StoreLimits) -> Store: ...
