"""Everything that compat raises on purpose, in one flat page.

Each class carries the exit status that the command line ends with when the error reaches it. A guest's own exit status
is not an error: it is `Result.status`.
"""

from __future__ import annotations

from compat._typing import NamedTuple


class CompatError(Exception):
    """Base of all errors of this package; the message is one to three lines, ready to be shown to a user."""

    exit_status = 125


class MalformedModule(CompatError, ValueError):
    """The bytes are not a well-formed WebAssembly module. `offset` is where in the file, in bytes."""

    exit_status = 126

    def __init__(self, message: str, offset: int) -> None:
        super().__init__(f"{message} (at byte 0x{offset:x})")
        self.offset = offset


class Unsupported(CompatError):
    """The binary is understood, but cannot be run: another ABI, or something it needs was not given."""

    exit_status = 126


class EngineUnavailable(CompatError):
    """No execution engine was found, or the one found is not of the version this package is built for."""


class Frame(NamedTuple):
    """One line of a guest's backtrace, innermost first."""

    function: str
    """Demangled name, or `function[N]` where the binary carries no names."""
    offset: int
    """Offset of the instruction in the module, in bytes."""
    location: str | None = None
    """`file:line`, where the binary carries DWARF."""


class GuestError(CompatError):
    """The guest ended in a way that is not an exit. `frames` is its backtrace, innermost first, where there is one."""

    exit_status = 134

    def __init__(self, message: str, frames: tuple[Frame, ...] = ()) -> None:
        super().__init__(message)
        self.frames = frames


class Trap(GuestError):
    """WebAssembly trapped: unreachable code, a bad memory access, a division by zero, an exhausted stack."""


class Abort(GuestError):
    """The guest called `abort()` or a relative of it: a failed assertion, a bad function pointer, an uncaught throw."""


class CppException(Abort):
    """The guest threw an exception of C++ that nothing caught. `type` is its type in C++'s terms."""

    def __init__(self, type: str, what: str, frames: tuple[Frame, ...] = ()) -> None:
        super().__init__(f"uncaught C++ exception: {type}" + f": {what}" * bool(what), frames)
        self.type = type
        self.what = what
        """What it says of itself; empty where it is no `std::exception`."""


class ThrownValue(GuestError):
    """What a guest throws as JavaScript would: a value of its host's, or an `Error` (`val::throw_`)."""

    def __init__(self, message: str, name: str = "", value: object = None) -> None:
        super().__init__(f"{name}: {message}" if name else message)
        self.name = name
        self.value = value


class BindingError(CompatError, TypeError):
    """A bound class or function (embind, WebIDL binder) was used wrongly: a value of another type, a deleted object."""


class UnboundTypeError(BindingError):
    """A bound function has a type that the program does not register."""


class PureVirtualError(BindingError):
    """A class that was derived in Python leaves a pure virtual function out."""


class TimeLimit(GuestError):
    """The time limit given for the run was reached."""

    exit_status = 124


class MemoryLimit(GuestError):
    """The guest needed more memory than it was granted."""

    exit_status = 137


class MissingImport(GuestError):
    """The guest called an import that no row of its ABI answers."""

    exit_status = 127


class GuestExited(GuestError):
    """A function called from Python ended the program: `exit(status)`."""

    def __init__(self, status: int) -> None:
        super().__init__(f"the program ended itself, with status {status}")
        self.status = status


class GuestException(GuestError):
    """The guest threw an exception that nothing caught. `values` is its payload: numbers that its ABI can explain."""

    def __init__(self, values: tuple[int | float, ...], frames: tuple[Frame, ...] = ()) -> None:
        super().__init__("an exception was thrown and not caught", frames)
        self.values = values
