"""How a call of the guest failed, from what the C side left behind."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from compat._typing import TYPE_CHECKING, Any
from compat.engine.protocol import Value
from compat.engine.wasm2c._wasm2c import ffi, lib
from compat.errors import Frame, GuestError, GuestException, TimeLimit, Trap, Unsupported

if TYPE_CHECKING:
    from compat.engine.wasm2c.store import Wasm2cStore

TRAPS = (
    "call stack exhausted",
    "out of bounds memory access",
    "out of bounds table access",
    "uninitialized table element",
    "indirect call type mismatch",
    "integer overflow",
    "integer divide by zero",
    "invalid conversion to integer",
    "unreachable",
    "null reference",
    "unaligned atomic access",
)
"""Messages from END_STACK on (wasm-rt.h), in the words of the specification's tests where it has any."""


class ThrownException(GuestException):
    """A guest exception with the engine's own object, for as long as a host function may let it pass."""

    def __init__(self, store: Wasm2cStore, thrown: Any, values: tuple[Value, ...]) -> None:
        super().__init__(values)
        self.store = store
        self.thrown = thrown

    def has(self, tag: Any) -> bool:
        """Whether it was thrown with this tag, which must be of the same store."""
        same: bool = self.store.own(tag).place == self.thrown.tag
        return same


def failure(store: Wasm2cStore, raised: BaseException | None) -> BaseException:
    """The exception for the call that has just failed; `raised` is what a host function raised in it, if one did."""
    found = raised if raised is not None else _ended(store)
    if isinstance(found, RecursionError):
        # The guest recursed through the host. Whichever of the two stacks is exhausted first, it is the same end.
        trap = Trap(TRAPS[0])
        trap.__cause__ = found
        found = trap
    if isinstance(found, GuestError) and not found.frames:
        found.frames = tuple(_frames(store))
    return found


def _ended(store: Wasm2cStore) -> BaseException:
    end = store.handle.end
    if end == lib.END_TIME:
        return TimeLimit(f"the time limit of {store.limits.seconds} s was reached")
    if end == lib.END_THROWN:
        thrown = ffi.new("wasm_rt_exnref_t *", store.handle.state.exception)
        return ThrownException(store, thrown, _values(store, thrown))
    if end == lib.END_NO_ROOM:
        return Unsupported("the host has no memory left, or no addresses")
    # A host function that raised where Python had no stack left to say what.
    return Trap(TRAPS[max(end, lib.END_STACK) - lib.END_STACK])


def _values(store: Wasm2cStore, thrown: Any) -> tuple[Value, ...]:
    """The values up to the first that is no number, which has no form in Python. In C they are a struct's fields."""
    kinds = "".join(type.value for type in store.tag_type(thrown.tag).type.params)
    numbers = kinds[: len(kinds) - len(kinds.lstrip("ijfd"))].replace("j", "q")
    return struct.unpack_from("@" + numbers, ffi.buffer(thrown.data))


def _frames(store: Wasm2cStore) -> Iterator[Frame]:
    """The backtrace, innermost first, as far as it is of compiled modules."""
    # Here, because only a guest that has failed needs it.
    from compat.engine.wasm2c import backtrace

    addresses = store.handle.frames[0 : store.handle.frame_count]
    return backtrace.frames(store.modules, (int(ffi.cast("uintptr_t", address)) for address in addresses))
