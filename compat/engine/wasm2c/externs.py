"""What modules import and export: functions, memories, tables, globals, tags. `place` is where C has it.

After the store is closed, their use raises ValueError.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

from compat._typing import TYPE_CHECKING, Any
from compat.engine.protocol import Declaration, Function, Value
from compat.engine.values import letters, packer, single_result, wrap
from compat.engine.wasm2c._wasm2c import ffi, lib
from compat.errors import Unsupported
from compat.wasm.model import FuncType, GlobalType, MemoryType, TableType, TagType

if TYPE_CHECKING:
    from compat.engine.wasm2c.store import Wasm2cStore


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


class Declared:
    """Host functions as every store has them."""

    def __init__(self, functions: Sequence[Declaration]) -> None:
        """Raises Unsupported for a type of which values cannot pass between guest and host."""
        self.functions = functions
        self.place = ffi.new("declaration_t[]", len(functions))
        for place, (name, type, native) in zip(self.place, functions, strict=True):
            try:
                place.slots, place.result = len(letters(type.params)), single_result(type).encode() or b"\0"
            except Unsupported as error:
                raise Unsupported(f"host function {name}: {error}") from None
            place.native = native


class Wasm2cExtern:
    """Base of the five kinds."""

    __slots__ = ("place", "store")

    type: Any

    def __init__(self, store: Wasm2cStore, place: Any) -> None:
        self.store = store
        self.place = place

    def give(self, to: Any) -> None:
        """Be the import whose `import_t` this is."""
        to.other = self.place


class Wasm2cFunction(Wasm2cExtern):
    __slots__ = ("_host", "_pack", "_result", "_slots", "_type", "type")

    def __init__(self, store: Wasm2cStore, place: Any, type: FuncType, host: Any = None) -> None:
        """`place` is its `wasm_rt_funcref_t`; a host function is given instead as `host`, and gets one when needed."""
        super().__init__(store, place)
        self.type = type
        self._host = host
        self._slots = store.slots
        # A function that only guest code calls may be of any type, so the refusal waits for the first call.
        self._pack: Any = None
        self._result: Any = None
        self._type: Any = None

    def give(self, to: Any) -> None:
        to.function = self.reference[0]

    @property
    def reference(self) -> Any:
        """Its `wasm_rt_funcref_t`."""
        if self.place is None:
            known = self.store.type(self.type)
            self.place = ffi.new("wasm_rt_funcref_t *")
            self.place.func_type, self.place.func, self.place.module_instance = known.id, known.host, self._host
        return self.place

    def __call__(self, *args: Value) -> Value | None:
        state = self.store.handle
        if self._pack is None:
            self._prepare()
        try:
            self._pack(self._slots, 0, *args)
        except struct.error:
            self._pack(self._slots, 0, *wrap(letters(self.type.params), args))
        store = self.store
        if store.deadline is None:
            returned = lib.function_call(state, self.place, self._type)
        else:
            returned = store.run(lib.function_call, state, self.place, self._type)
        if not returned:
            store.fail()
        if self._result is None:
            return None
        value: Value = self._result(self._slots)[0]
        return value

    def _prepare(self) -> None:
        result = single_result(self.type)
        pack = packer(letters(self.type.params)).pack_into
        self._result = packer(result).unpack_from if result else None
        self._type = self.store.type(self.type)
        self.place = self.reference
        self._pack = pack


class Wasm2cGlobal(Wasm2cExtern):
    __slots__ = ("type",)

    def __init__(self, store: Wasm2cStore, place: Any, type: GlobalType) -> None:
        super().__init__(store, place)
        self.type = type

    @property
    def value(self) -> Value:
        self.store.handle  # noqa: B018 - raises where the store is closed
        value: Value = packer(letters((self.type.type,))).unpack_from(ffi.buffer(self.place, 16))[0]
        return value

    @value.setter
    def value(self, value: Value) -> None:
        if not self.type.mutable:
            raise TypeError("the global is immutable")
        self.store.handle  # noqa: B018 - as above
        self.put(value)

    def put(self, value: Value) -> None:
        letter = letters((self.type.type,))
        data = packer(letter).pack(*wrap(letter, (value,)))
        size = 8 if letter in "jd" else 4
        ffi.memmove(self.place, data, size)


class Wasm2cMemory(Wasm2cExtern):
    __slots__ = ("_size", "_view", "type")

    def __init__(self, store: Wasm2cStore, place: Any, type: MemoryType) -> None:
        super().__init__(store, place)
        self.type = type
        self.forget()

    def buffer(self) -> memoryview:
        # It never moves, so its size tells whether the view is still of all of it.
        if self._size < 0 or self.place.size != self._size:
            self._map()
        return self._view

    def _map(self) -> None:
        """A view holds the C side of the store, so that one kept beyond `close` still points at a memory."""
        hold = _Hold(self.store.handle)
        base = ffi.gc(self.place.data, hold)
        self._size = self.place.size
        self._view = memoryview(ffi.buffer(base, self._size))

    def grow(self, pages: int) -> bool:
        self.store.handle  # noqa: B018 - raises where the store is closed
        grown: bool = lib.memory_grow(self.place, pages) != (1 << 64) - 1
        return grown

    def forget(self) -> None:
        """The store is closing: let go of the view. The next `buffer()` goes through `_map`, which refuses."""
        self._size = -1
        self._view = memoryview(b"")


class _Hold:
    """Called when the last view of a memory is gone; until then it holds the store."""

    __slots__ = ("_state",)

    def __init__(self, state: Any) -> None:
        self._state = state

    def __call__(self, base: Any) -> None:
        self._state = None


class Wasm2cTable(Wasm2cExtern):
    __slots__ = ("type",)

    def __init__(self, store: Wasm2cStore, place: Any, type: TableType) -> None:
        super().__init__(store, place)
        self.type = type

    def __len__(self) -> int:
        self.store.handle  # noqa: B018 - raises where the store is closed
        size: int = self.place.size
        return size

    def __getitem__(self, index: int) -> Wasm2cFunction | None:
        element = self._element(index)
        if element.func == ffi.NULL:
            return None
        place = ffi.new("wasm_rt_funcref_t *", element)
        return Wasm2cFunction(self.store, place, self.store.type_by_id(place.func_type))

    def __setitem__(self, index: int, function: Function | None) -> None:
        self._element(index)
        if function is None:
            self.place.data[index] = ffi.new("wasm_rt_funcref_t *")[0]
            return
        owned = self.store.own(function)
        if not isinstance(owned, Wasm2cFunction):
            raise TypeError(f"not a function: {function!r}")
        self.place.data[index] = owned.reference[0]

    def grow(self, elements: int) -> bool:
        self.store.handle  # noqa: B018 - raises where the store is closed
        grown: bool = lib.table_grow(self.place, elements)
        return grown

    def _element(self, index: int) -> Any:
        if not 0 <= index < len(self):
            raise IndexError(f"no element {index} in a table of {len(self)}")
        return self.place.data[index]


class Wasm2cTag(Wasm2cExtern):
    __slots__ = ("type",)

    def __init__(self, store: Wasm2cStore, place: Any, type: TagType) -> None:
        super().__init__(store, place)
        self.type = type
