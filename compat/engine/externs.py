"""What modules import and export: functions, memories, tables, globals, tags.

Each is a name for something in a store and holds nothing itself. After the store is closed, its use raises ValueError.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

from compat._typing import TYPE_CHECKING, Any
from compat.engine._libwasmtime import ffi, lib
from compat.engine.managed import Managed
from compat.engine.protocol import Declaration, Function, Value
from compat.engine.values import letters, packer, single_result, wrap
from compat.errors import Unsupported
from compat.wasm.model import FuncType, GlobalType, MemoryType, TableType, TagType

if TYPE_CHECKING:
    from compat.engine.store import WasmtimeStore


class Declared(Managed):
    """Host functions as every store of an engine has them: their types, and what serves them in C."""

    def __init__(self, functions: Sequence[Declaration]) -> None:
        """Raises Unsupported for a type of which values cannot pass between guest and host."""
        self.functions = functions
        count = len(functions)
        super().__init__(ffi.gc(lib.declarations_new(count), lambda made: lib.declarations_delete(made, count)))
        if self.handle == ffi.NULL:
            raise MemoryError
        for index, (name, type, native) in enumerate(functions):
            try:
                params, result = letters(type.params), single_result(type)
            except Unsupported as error:
                raise Unsupported(f"host function {name}: {error}") from None
            lib.function_declare(self.handle + index, native, params.encode(), result.encode())


def _caught(kind: type[BaseException], error: BaseException, traceback: Any) -> None:
    """Step 2 of the account over the trampoline in engine.csrc.c.

    There is no traceback where Python had no stack left to even start `host_call`; the call then ends as a trap.
    """
    if traceback is not None:
        ffi.from_handle(traceback.tb_frame.f_locals["handle"]).caught(error.with_traceback(traceback.tb_next))


@ffi.def_extern(error=lib.HOST_CALL_FAILED, onerror=_caught)  # type: ignore[untyped-decorator]
def host_call(handle: Any, index: int) -> int:
    """Every call from guest code into Python comes through here."""
    result: int = ffi.from_handle(handle)[index]()
    return result


class WasmtimeExtern:
    """Base of the five kinds. `extern` is the C struct that stands for it."""

    __slots__ = ("extern", "store")

    def __init__(self, store: WasmtimeStore, extern: Any) -> None:
        self.store = store
        self.extern = extern


class WasmtimeFunction(WasmtimeExtern):
    __slots__ = ("_count", "_pack", "_result", "_slots", "type")

    def __init__(self, store: WasmtimeStore, extern: Any, type: FuncType) -> None:
        self.store = store
        self.extern = extern
        self.type = type
        # A function that only guest code calls may be of any type, so the refusal waits for the first call.
        self._pack: Any = None

    def __call__(self, *args: Value) -> Value | None:
        state = self.store.handle
        if self._pack is None:
            self._prepare()
        try:
            self._pack(self._slots, 0, *args)
        except struct.error:
            self._pack(self._slots, 0, *wrap(letters(self.type.params), args))
        store = self.store
        if not store.attended:
            returned = lib.function_call(state, self.extern, self._count)
        else:
            returned = store.run(lib.function_call, state, self.extern, self._count)
        if not returned:
            store.fail()
        if self._result is None:
            return None
        value: Value = self._result(self._slots)[0]
        return value

    def _prepare(self) -> None:
        result = single_result(self.type)
        self._slots = self.store.slots
        self._count = max(len(self.type.params), len(self.type.results))
        self._result = packer(result).unpack_from if result else None
        self._pack = packer(letters(self.type.params)).pack_into


class WasmtimeGlobal(WasmtimeExtern):
    __slots__ = ("_letter", "type")

    def __init__(self, store: WasmtimeStore, extern: Any, type: GlobalType) -> None:
        super().__init__(store, extern)
        self.type = type
        self._letter = type.type.value

    @property
    def value(self) -> Value:
        letter = letters((self.type.type,))
        lib.global_get(self.store.handle, self.extern)
        value: Value = packer(letter).unpack_from(self.store.slots)[0]
        return value

    @value.setter
    def value(self, value: Value) -> None:
        if not self.type.mutable:
            raise TypeError("the global is immutable")
        state = self.store.handle
        self.store.put(self.type.type, value)
        self.store.check(lib.global_set(state, self.extern, self._letter.encode()))


class WasmtimeMemory(WasmtimeExtern):
    __slots__ = ("_generation", "_view", "state", "type")

    def __init__(self, store: WasmtimeStore, extern: Any, type: MemoryType) -> None:
        super().__init__(store, extern)
        self.type = type
        self.state = ffi.new("memory_view_t *")
        store.watch(self)
        self._generation = -1
        self._view = memoryview(b"")

    def buffer(self) -> memoryview:
        if self.state.generation != self._generation:
            self._map()
        return self._view

    def _map(self) -> None:
        """A view holds the C side of the store, and what is shared, so that beyond `close` it points at a memory."""
        base = ffi.gc(self.state.base, _Hold(self.store.handle, self.extern))
        self._view = memoryview(ffi.buffer(base, self.state.size))
        self._generation = self.state.generation

    def grow(self, pages: int) -> bool:
        return self.store.grown(lib.memory_grow(self.store.handle, self.extern, pages))

    def forget(self) -> None:
        """The store is closing: let go of the view. The next `buffer()` goes through `_map`, which refuses."""
        self._generation = -1
        self._view = memoryview(b"")


class _Hold:
    """Called when the last view of a memory is gone; until then it holds what that lies in."""

    __slots__ = ("_held",)

    def __init__(self, *held: Any) -> None:
        self._held: tuple[Any, ...] = held

    def __call__(self, base: Any) -> None:
        self._held = ()


class WasmtimeTable(WasmtimeExtern):
    __slots__ = ("type",)

    def __init__(self, store: WasmtimeStore, extern: Any, type: TableType) -> None:
        super().__init__(store, extern)
        self.type = type

    def __len__(self) -> int:
        size: int = lib.table_size(self.store.handle, self.extern)
        return size

    def __getitem__(self, index: int) -> WasmtimeFunction | None:
        function = ffi.new("wasmtime_extern_t *")
        found = lib.table_get(self.store.handle, self.extern, self._checked(index), function)
        if found < 0:
            raise Unsupported("the table does not hold functions")
        return WasmtimeFunction(self.store, function, self.store.type_of(function)) if found else None

    def __setitem__(self, index: int, function: Function | None) -> None:
        element = ffi.NULL if function is None else self.store.own(function).extern
        self.store.check(lib.table_set(self.store.handle, self.extern, self._checked(index), element))

    def grow(self, elements: int) -> bool:
        return self.store.grown(lib.table_grow(self.store.handle, self.extern, elements))

    def _checked(self, index: int) -> int:
        if not 0 <= index < len(self):
            raise IndexError(f"no element {index} in a table of {len(self)}")
        return index


class WasmtimeTag(WasmtimeExtern):
    __slots__ = ("type",)

    def __init__(self, store: WasmtimeStore, extern: Any, type: TagType) -> None:
        super().__init__(store, extern)
        self.type = type
