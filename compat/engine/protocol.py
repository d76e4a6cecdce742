"""What an execution engine is to the rest of compat.

A session needs little: compile (through the cache), make a store, create what the guest imports, instantiate, call
exports. Types always come from our own reader (`compat.wasm`), never from the engine.

How a call of a guest function may end, besides coming back:

- the guest trapped: `Trap`;
- a time limit was reached: `TimeLimit`;
- another thread stopped the store: whatever that gave as the reason;
- a memory was to start larger than its limit: `MemoryLimit` (from `Store.memory` and `Store.instantiate`);
- the guest threw and nobody caught: `GuestException`;
- a host function raised: that exception, as itself, of any class. An exit and an abort of the guest are such
  exceptions of the session's own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from compat._typing import NamedTuple, Protocol, Self
from compat.wasm.model import FuncType, GlobalType, Limits, Module, TableType, TagType

Value = int | float
HostBody = Callable[..., Value | None]
"""A host function: takes Python numbers (i32 and i64 as signed ints), returns one, or None where the type has no
result. An int result may be of either sign: the engine keeps its low bits. Whatever it raises comes out of the
outermost `Function` call as itself, unless a host function in between catches it."""


class StoreLimits(NamedTuple):
    """What one store may use."""

    seconds: float | None = None
    """Wall-clock time for all of its calls together; reaching it raises TimeLimit. Needs an interruptible engine."""
    memory: int | None = None
    """Bytes that each linear memory may have. One that starts larger raises MemoryLimit; growth beyond fails."""


class Declaration(NamedTuple):
    """What all stores have in common of a host function."""

    name: str
    """For messages."""
    type: FuncType
    native: int = 0
    """The address of a C function that is asked first, and serves what it can (compat/native/native.h)."""


class Declarations(Protocol):
    """Host functions that an engine was told of: they are made faster, where many stores get them."""


class Turn(Protocol):
    """Whose turn it is among threads whose host functions act on the same things: only one of them may run.

    A store that was given one gives it up while its guest runs, and takes it again for each host function.
    """

    def take(self) -> None:
        """Wait for it. It has it afterwards even if it raises, as a signal's handler may."""

    def give(self) -> None:
        """Let others have it. Raises RuntimeError for a thread that does not have it."""


class Extern(Protocol):
    """Anything that can be imported or exported."""


class Function(Extern, Protocol):
    @property
    def type(self) -> FuncType: ...

    def __call__(self, *args: Value) -> Value | None:
        """Call it; ints of either sign are taken. For how it may end see the top of this module.

        Raises Unsupported where its type has several results, or mentions anything but the four kinds of number.
        """


class Global(Extern, Protocol):
    value: Value

    @property
    def type(self) -> GlobalType: ...


class Memory(Extern, Protocol):
    """A linear memory. `buffer()` is re-read after anything that can grow it."""

    def buffer(self) -> memoryview:
        """The whole memory, writable, of format 'B'. Valid until the guest next runs or the memory grows."""

    def grow(self, pages: int) -> bool:
        """Grow by `pages` of 64 KiB; False where the maximum or a limit forbids it."""


class Table(Extern, Protocol):
    """A table of functions. An index outside raises IndexError."""

    def __len__(self) -> int: ...

    def __getitem__(self, index: int) -> Function | None: ...

    def __setitem__(self, index: int, function: Function | None) -> None: ...

    def grow(self, elements: int) -> bool:
        """Grow by so many null elements; False where the maximum forbids it."""


class Tag(Extern, Protocol):
    """A tag of the exception-handling proposal: what is thrown, and told apart by."""

    @property
    def type(self) -> TagType: ...


class Instance(Protocol):
    @property
    def exports(self) -> Mapping[str, Extern]: ...


class Store(Protocol):
    """Everything one guest, or one thread of it, lives in. A context manager; closing it frees that.

    It is for one host thread at a time; only `stop` is for any.
    """

    limits: StoreLimits

    def memory(self, limits: Limits, shared: Memory | None = None) -> Memory:
        """A new memory, or a name here for the memory of another store that is `shared`."""

    def table(self, type: TableType) -> Table: ...

    def global_(self, type: GlobalType, value: Value) -> Global: ...

    def tag(self, type: TagType) -> Tag: ...

    def function(self, name: str, type: FuncType, make: Callable[[], HostBody], native: int = 0) -> Function:
        """One host function, as `Declaration` describes it; `make` makes its body when it is first called."""

    def functions(self, declared: Declarations, make: Callable[[int], HostBody]) -> Sequence[Function]:
        """All those that were declared. `make` makes the body of the one at an index when it is first called."""

    def serve(self, process: int, memory: Memory) -> None:
        """Have native functions act on the process at an address, and on the guest's memory. Until then none does."""

    def instantiate(self, module: CompiledModule, imports: Sequence[Extern]) -> Instance:
        """Instantiate with the imports in the module's own order, and run its start function.

        Raises Unsupported where an import is not of the module's declared type.
        """

    def stop(self, reason: BaseException) -> None:
        """Have the call that runs, and all later ones, end with `reason`. Needs an interruptible engine."""

    def close(self) -> None: ...

    def __enter__(self) -> Self: ...

    def __exit__(self, *error: object) -> None: ...


class CompiledModule(Protocol):
    """Machine code of one module, mapped from the cache where it was there.

    A context manager; what was instantiated from it keeps the code.
    """

    @property
    def module(self) -> Module: ...

    @property
    def artefact(self) -> str:
        """The name under which it is kept in the cache."""

    def close(self) -> None: ...

    def __enter__(self) -> Self: ...

    def __exit__(self, *error: object) -> None: ...


class Engine(Protocol):
    """One engine in one configuration."""

    name: str
    version: str
    interruptible: bool
    """Whether its stores can be stopped, as by a time limit."""
    threads: bool
    """Whether its stores can share memory."""
    baseline: bool
    """Whether it compiles quickly rather than well."""
    has_baseline: bool
    """Whether there is an engine like it that does."""

    def kept(self, module: Module) -> CompiledModule | None:
        """Map from the on-disk cache, if it is there."""

    def compile(self, module: Module, on_slow: Callable[[int | None], None] | None = None) -> CompiledModule:
        """Compile, or map from the on-disk cache.

        `on_slow` is called by another thread with the seconds that it has taken, every second, and at last with None.
        Raises MalformedModule for a module that is not valid, Unsupported for one that the engine cannot take.
        """

    def compile_text(self, text: str) -> CompiledModule:
        """Compile a module in WebAssembly text; one that is in the cache is not even assembled. Raises ValueError."""

    def assemble(self, text: str) -> bytes:
        """The binary of a module in WebAssembly text. Raises ValueError with the assembler's message."""

    def declare(self, functions: Sequence[Declaration]) -> Declarations:
        """Raises Unsupported for a type of which values cannot pass between guest and host."""

    def store(self, limits: StoreLimits = ..., turn: Turn | None = None) -> Store: ...
