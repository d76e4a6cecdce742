"""How a call of the guest failed, from what the C side left behind."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from compat._typing import TYPE_CHECKING, Any
from compat.engine._libwasmtime import ffi, lib
from compat.engine.protocol import Value
from compat.engine.values import packer
from compat.errors import Frame, GuestError, GuestException, Trap

if TYPE_CHECKING:
    from compat.engine.module import WasmtimeModule
    from compat.engine.store import WasmtimeStore

TRAPS = (
    "call stack exhausted",
    "out of bounds memory access",
    "unaligned atomic access",
    "out of bounds table access",
    "uninitialized table element",
    "indirect call type mismatch",
    "integer overflow",
    "integer divide by zero",
    "invalid conversion to integer",
    "unreachable",
    "interrupted",
    "out of fuel",
    "atomic wait on memory that is not shared",
    "null reference",
)
"""Messages of trap codes (wasmtime/trap.h), in the words of the specification's tests where it has any."""

STACK_EXHAUSTED = TRAPS[0]
UNKNOWN_OFFSET = (1 << 8 * ffi.sizeof("size_t")) - 1
"""For a trap before the first instruction: the stack was exhausted on entry."""


class ThrownException(GuestException):
    """A guest exception with the engine's own object, for as long as a host function may let it pass."""

    def __init__(self, store: WasmtimeStore, thrown: Any, tag: Any, values: tuple[Value, ...]) -> None:
        super().__init__(values)
        self.store = store
        self.thrown = ffi.gc(thrown, lib.wasmtime_exnref_unroot)
        self._tag = tag

    def has(self, tag: Any) -> bool:
        """Whether it was thrown with this tag, which must be of the same store."""
        same: bool = lib.exception_has_tag(self.store.handle, self._tag, self.store.own(tag).extern)
        return same


def failure(store: WasmtimeStore, raised: BaseException | None) -> BaseException:
    """The exception for the call that has just failed; `raised` is what a host function raised in it, if one did."""
    state = store.handle
    trap, error = state.trap, state.error
    state.trap, state.error = ffi.NULL, ffi.NULL
    try:
        found = raised if raised is not None else _thrown(store) or _trapped(store, trap, error)
        if isinstance(found, RecursionError):
            # The guest recursed through the host. Whichever of the two stacks is exhausted first, it is the same end.
            found = _caused(Trap(STACK_EXHAUSTED), found)
        if isinstance(found, GuestError) and not found.frames:
            found.frames = tuple(_frames(store.modules, trap, error))
        return found
    finally:
        if trap != ffi.NULL:
            lib.wasm_trap_delete(trap)
        if error != ffi.NULL:
            lib.wasmtime_error_delete(error)


def _caused(error: GuestError, cause: BaseException) -> GuestError:
    error.__cause__ = cause
    return error


def _thrown(store: WasmtimeStore) -> GuestException | None:
    thrown, tag = ffi.new("wasmtime_exnref_t *"), ffi.new("wasmtime_tag_t *")
    count = lib.exception_take(store.handle, thrown, tag)
    if count == lib.NO_EXCEPTION:
        return None
    return ThrownException(store, thrown, tag, tuple(_fields(store, thrown, count)))


def _fields(store: WasmtimeStore, thrown: Any, count: int) -> Iterator[Value]:
    """The values that are numbers; others have no form in Python."""
    for index in range(count):
        letter = lib.exception_field(store.handle, thrown, index)
        if letter != b"\0":
            yield packer(letter.decode()).unpack_from(store.slots)[0]


def _trapped(store: WasmtimeStore, trap: Any, error: Any) -> BaseException:
    if store.handle.stopped:
        return store.reason
    code = ffi.new("uint8_t *")
    if trap != ffi.NULL and lib.wasmtime_trap_code(trap, code):
        return Trap(TRAPS[code[0]] if code[0] < len(TRAPS) else f"trap {code[0]}")
    if error != ffi.NULL:
        return Trap(STACK_EXHAUSTED if message(error) == "host" else message(error))
    return Trap(text(lib.wasm_trap_message, trap))


def message(error: Any) -> str:
    """The text of a `wasmtime_error_t`."""
    return text(lib.wasmtime_error_message, error)


def text(read: Any, source: Any) -> str:
    vector = ffi.new("wasm_byte_vec_t *")
    read(source, vector)
    try:
        return bytes(ffi.buffer(vector.data, vector.size)).decode(errors="replace").rstrip("\0")
    finally:
        lib.wasm_byte_vec_delete(vector)


def has_frames(error: Any) -> bool:
    """Whether an error came out of running code."""
    vector = ffi.new("wasm_frame_vec_t *")
    lib.wasmtime_error_wasm_trace(error, vector)
    try:
        return bool(vector.size)
    finally:
        lib.wasm_frame_vec_delete(vector)


def _frames(modules: Iterable[WasmtimeModule], trap: Any, error: Any) -> Iterator[Frame]:
    """The backtrace, innermost first. The engine tells a frame's module only by the name in its name section."""
    named = _by_name(modules)
    vector = ffi.new("wasm_frame_vec_t *")
    if trap != ffi.NULL:
        lib.wasm_trap_trace(trap, vector)
    else:
        lib.wasmtime_error_wasm_trace(error, vector)
    try:
        for index in range(vector.size):
            yield _frame(named, vector.data[index])
    finally:
        lib.wasm_frame_vec_delete(vector)


def _by_name(modules: Iterable[WasmtimeModule]) -> dict[str | None, WasmtimeModule | None]:
    """The modules by name; None for a name that two have: better no name of a function than a wrong one."""
    named: dict[str | None, WasmtimeModule | None] = {}
    for module in modules:
        known = named.setdefault(module.name, module)
        if known is not None and known.module.data != module.module.data:
            named[module.name] = None
    return named


def _frame(named: dict[str | None, WasmtimeModule | None], frame: Any) -> Frame:
    function, offset = lib.wasm_frame_func_index(frame), lib.wasm_frame_module_offset(frame)
    name = lib.wasmtime_frame_module_name(frame)
    module = named.get(ffi.buffer(name.data, name.size)[:].decode() if name != ffi.NULL else None)
    if module is None:
        return Frame(f"function[{function}]", 0 if offset == UNKNOWN_OFFSET else offset)
    return module.symbols.frame(function, None if offset == UNKNOWN_OFFSET else offset)
