"""One running program, as the functions of its ABI see it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping

from compat._typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeVar
from compat.abi.memory import Memory
from compat.errors import Unsupported

if TYPE_CHECKING:
    from compat.errors import GuestError, GuestException
    from compat.kernel.process import Process
    from compat.wasm.model import FuncType, Import, Module

T = TypeVar("T")
Value = int | float

_NO_MEMORY = memoryview(b"")


class Exit(BaseException):
    """The guest ends itself, with a status. Not an Exception: on its way out nothing may take it for an error."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class KeepAlive(BaseException):
    """The guest leaves what it was called for, and wants to live on: no shut-down runs."""


class FunctionTable(Protocol):
    """A table of functions, of whatever engine. An index outside raises IndexError."""

    def __len__(self) -> int: ...

    def __setitem__(self, index: int, function: Any | None) -> None: ...

    def grow(self, elements: int) -> bool:
        """Grow by so many null elements; False where the maximum forbids it."""


class Linker(Protocol):
    """What a guest that runs already can still be given; it comes from the session."""

    @property
    def table(self) -> FunctionTable | None:
        """The table that the program imports, if it does."""

    @property
    def given(self) -> Mapping[str, Callable[..., Value | None]]:
        """Functions of the caller's that the program can import, by name in clear."""

    def function(self, name: str, type: FuncType, body: Callable[..., Value | None]) -> Any:
        """A host function that can be put into the table; `name` is for messages."""

    def answers(self, item: Import) -> bool:
        """Whether the ABI, or the caller, has something for an import."""

    def stop(self, reason: BaseException) -> None:
        """Have the call that runs, and all later ones, end with `reason`: for any thread."""

    def close(self) -> None:
        """Free the instance of a thread that has ended."""

    def again(self, turn: Turn) -> None:
        """Link the program once more, for the thread that `turn` is of: over the same memory, else all anew.

        Raises as linking a program does.
        """

    def library(self, module: Module, provide: Callable[[Import], object | None]) -> Mapping[str, Any]:
        """Instantiate a module into the guest's memory and table; returns its exports.

        `provide` answers an import with a function, or a global with its number, or leaves it (None) to the ABI.
        """


class Turn(Protocol):
    """Whose turn it is among the threads of a program: only one of them runs in the host (`engine.protocol.Turn`)."""

    def take(self) -> None:
        """Wait for it. It has it afterwards even if it raises, as a signal's handler may."""

    def give(self) -> None:
        """Let others have it. Raises RuntimeError for a thread that does not have it."""


class Realm(Protocol):
    """A context for JavaScript, of whatever engine: `compat.javascript.Realm`."""

    error: type[Exception]
    """What `evaluate` and `call` raise where JavaScript threw."""

    def show(self, memory: memoryview, maximum: int) -> None:
        """Lay its ArrayBuffer `memory` over the guest's memory as it is now; at most `maximum` bytes, ever."""

    def evaluate(self, text: str, name: str) -> Any:
        """Run a script."""

    def call(self, function: str, *arguments: Any) -> Any:
        """Call a function of the global object."""

    def run_jobs(self) -> None:
        """Do what promises have put off."""

    def close(self) -> None:
        """Free it."""


class Scripting(NamedTuple):
    """That a program's JavaScript may run, and with what."""

    realm: Callable[[Callable[..., Any], Callable[[], bool]], Realm]
    """Makes a context, given what answers `host(…)` in it, and whether its time is over."""
    glue: str
    """The text of the program's glue; empty where there is none."""


class Guest:
    """The context of every host call. Each ABI subclasses it with the state and the start-up that are its own.

    The session fills `exports` after instantiation, under their names in clear, and gives `memory` its buffer: before
    instantiation where the guest imports its memory, else after. It calls `prepare`, instantiates, calls `initialise`,
    and for a program `main`.
    """

    exports: Mapping[str, Callable[..., Value | None]]
    linker: Linker
    turn: Turn | None = None
    """Whose turn it is to run in the host, for the first thread; None for a program that makes no threads."""
    direct_calls = False
    """Whether a call of a `varargs` row brings its slots itself, and not their address."""

    def __init__(self, process: Process) -> None:
        self.process = process
        self.memory = Memory(lambda: _NO_MEMORY)
        self.trace: Callable[[str], None] | None = None
        """Where a line for every host call goes, if anywhere."""
        self.bridge: Mapping[str, Callable[..., Value | None]] = {}
        """What the bridge module exports, where there is one; the session fills it."""
        self.frames: int | None = None
        """How many more calls of its main loop a program gets; None for no end."""
        self.door: Callable[..., Any] = lambda function, *args: function(*args)
        """How Python calls a function of the guest: `door(function, *args)`; given by who lets Python in."""
        self.scripting: Scripting | None = None
        """Given where the program's JavaScript may run."""
        self.grow_memory: Callable[[int], bool] = lambda pages: False
        """Grows the memory by pages of 64 KiB, as far as its type and the limits allow; given by the session."""

    def prepare(self) -> None:
        """What must be in an imported memory before the module is instantiated."""

    def initialise(self) -> None:
        """Make the instance ready for calls: constructors, or whatever the ABI has for them."""

    def main(self) -> int:
        """Run the program and return its exit status. `Exit` is caught here; every other failure passes.

        Raises Unsupported for a library.
        """
        raise Unsupported(
            f"{self.process.args[0]} has no main function: it is a library\n"
            "try: call one of its exports, with --invoke NAME or from Python (compat inspect lists them)"
        )

    def add_function(self, function: Callable[..., Value | None], signature: str) -> int:
        """A function pointer by which the guest can call `function`.

        `signature` is letters, the result first: v i j f d. Raises ValueError for anything else, and Unsupported where
        the guest can be given none, or no more.
        """
        raise Unsupported("the ABI of this program has no function pointers that its host could make")

    def remove_function(self, pointer: int) -> None:
        """Let go of what `add_function` returned. Raises KeyError for any other pointer."""
        raise KeyError(pointer)

    def temp_ret0(self) -> int:
        """The high half of the 64-bit number whose low half a function has just returned to its host, as an i32."""
        raise Unsupported("the ABI of this program returns no halves of numbers")

    def load_library(self, name: str, data: bytes) -> Mapping[str, Callable[..., Value | None] | int]:
        """Load a side module into the running guest; returns its functions, and the addresses of its data.

        Raises MalformedModule, and Unsupported where the guest was built without dynamic linking.
        """
        raise Unsupported("the ABI of this program has no dynamic linking")

    @property
    def bindings(self) -> MutableMapping[str, Any]:
        """What the guest has told its host of its functions and classes, by name."""
        return {}

    def library_function(self, name: str) -> Callable[..., Value | None] | None:
        """What a loaded library has for a function that the program imports, and nobody else has."""
        return None

    def enter(self, function: Callable[..., T], *args: Value) -> T | None:
        """What a function of the guest's returns; None if the guest leaves it to live on."""
        try:
            return function(*args)
        except KeepAlive:
            return None

    def settle(self) -> None:
        """Do what the guest has put off: called after each call from outside, when it has returned."""

    def end(self) -> None:
        """End all that still runs of the program: its threads. Again is harmless."""

    def release(self) -> None:
        """Let go of what lies over the guest's memory. Again is harmless."""

    def explain(self, error: GuestException) -> GuestError:
        """The error that says, in the ABI's terms, what the guest threw and did not catch."""
        return error
