"""One running program, as the functions of its ABI see it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from compat._typing import TYPE_CHECKING
from compat.abi.memory import Memory
from compat.errors import Unsupported

if TYPE_CHECKING:
    from compat.errors import GuestError, GuestException
    from compat.kernel.process import Process

Value = int | float

_NO_MEMORY = memoryview(b"")


class Exit(BaseException):
    """The guest ends itself, with a status. Not an Exception: on its way out nothing may take it for an error."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class Guest:
    """The context of every host call. Each ABI subclasses it with the state and the start-up that are its own.

    The session fills `exports` after instantiation, under their names in clear, and gives `memory` its buffer: before
    instantiation where the guest imports its memory, else after. It calls `prepare`, instantiates, calls `initialise`,
    and for a program `main`.
    """

    exports: Mapping[str, Callable[..., Value | None]]

    def __init__(self, process: Process) -> None:
        self.process = process
        self.memory = Memory(lambda: _NO_MEMORY)
        self.trace: Callable[[str], None] | None = None
        """Where a line for every host call goes, if anywhere."""
        self.bridge: Mapping[str, Callable[..., Value | None]] = {}
        """What the bridge module exports, where there is one; the session fills it."""
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
            "it has no main function: it is a library\n"
            "try: call one of its exports, with --invoke NAME or from Python (compat inspect lists them)"
        )

    def settle(self) -> None:
        """Do what the guest has put off: called after each call from outside, when it has returned."""

    def explain(self, error: GuestException) -> GuestError:
        """The error that says, in the ABI's terms, what the guest threw and did not catch."""
        return error
