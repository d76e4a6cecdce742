"""A store: one guest's memory, functions, instances, and the exceptions that cross it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from compat._typing import TYPE_CHECKING, Any, NoReturn
from compat.engine import failures
from compat.engine._libwasmtime import ffi, lib
from compat.engine.externs import (
    Declared,
    WasmtimeExtern,
    WasmtimeFunction,
    WasmtimeGlobal,
    WasmtimeMemory,
    WasmtimeTable,
    WasmtimeTag,
)
from compat.engine.managed import Managed
from compat.engine.module import WasmtimeModule
from compat.engine.protocol import (
    CompiledModule,
    Declaration,
    Declarations,
    Extern,
    HostBody,
    Memory,
    StoreLimits,
    Turn,
    Value,
)
from compat.engine.values import MAX_SLOTS, SLOT, HostFunctions, letters, packer, wrap
from compat.errors import MemoryLimit, TimeLimit, Unsupported
from compat.wasm.model import FuncType, GlobalType, Limits, MemoryType, TableType, TagType, ValType

if TYPE_CHECKING:
    from compat.engine.wasmtime import WasmtimeEngine

PAGE = 65536
LARGEST = 65536 * PAGE
"""Bytes: what no linear memory exceeds."""
NUMBERS = frozenset("ijfd")

EXTERNS: dict[int, Any] = {
    lib.EXTERN_FUNC: WasmtimeFunction,
    lib.EXTERN_GLOBAL: WasmtimeGlobal,
    lib.EXTERN_TABLE: WasmtimeTable,
    lib.EXTERN_MEMORY: WasmtimeMemory,
    lib.EXTERN_TAG: WasmtimeTag,
}
"""The class for each kind. A shared memory has none."""


class WasmtimeStore(Managed):
    def __init__(self, engine: WasmtimeEngine, limits: StoreLimits, turn: Turn | None = None) -> None:
        timed = limits.seconds is not None
        if timed and not engine.interruptible:
            raise ValueError("a time limit needs an interruptible engine")
        memory = -1 if limits.memory is None else min(limits.memory, LARGEST)
        state = lib.store_new(engine.handle, memory, engine.interruptible)
        if state == ffi.NULL:
            raise MemoryError
        super().__init__(ffi.gc(state, lib.store_delete))
        self.engine = engine
        self.limits = limits
        self.turn = turn
        self.slots = ffi.buffer(ffi.cast("char *", lib.store_slots(self.handle)), MAX_SLOTS * SLOT)
        self.modules: list[WasmtimeModule] = []
        self._raised: BaseException | None = None
        self._functions: list[Any] = []
        """What C holds of the host functions."""
        self._memories: list[WasmtimeMemory] = []
        self._stopped_by: BaseException | None = None
        self.deadline = _deadline(engine, self.handle, limits.seconds) if limits.seconds is not None else None
        self.attended = turn is not None or self.deadline is not None
        """Whether more than the guest has to be looked after while a call runs."""

    def memory(self, limits: Limits, shared: Memory | None = None) -> WasmtimeMemory:
        if limits.is64:
            raise Unsupported("a 64-bit memory is not supported")
        extern = ffi.new("wasmtime_extern_t *")
        if shared is not None:
            lib.shared_memory_clone(self._shared(shared).extern, extern)
        else:
            self._check_memory(limits)
            self._make_memory(limits, extern)
        if limits.shared:
            extern = ffi.gc(extern, lib.shared_memory_delete)
        return WasmtimeMemory(self, extern, MemoryType(limits))

    def _make_memory(self, limits: Limits, extern: Any) -> None:
        if not limits.shared:
            bounded = limits.maximum is not None
            self.check(lib.memory_new(self.handle, limits.minimum, limits.maximum or 0, bounded, extern))
            return
        if limits.maximum is None or not self.engine.threads:
            raise Unsupported("a shared memory needs a maximum, and an engine for threads")
        # It belongs to no store whose limit would bound its growth.
        granted = LARGEST if self.limits.memory is None else self.limits.memory
        maximum = min(limits.maximum, granted // PAGE)
        self.check(lib.shared_memory_new(self.handle, self.engine.handle, limits.minimum, maximum, extern))

    def _shared(self, memory: Memory) -> WasmtimeMemory:
        """The memory, if stores of this engine can share it: libwasmtime ends the process when handed another."""
        assert isinstance(memory, WasmtimeMemory)
        if not memory.type.limits.shared or memory.store.engine is not self.engine:
            raise ValueError(f"not to be shared here: {memory!r}")
        return memory

    def table(self, type: TableType) -> WasmtimeTable:
        if type.element is not ValType.FUNCREF:
            raise Unsupported("the host makes tables of functions only")
        extern = ffi.new("wasmtime_extern_t *")
        maximum = 0xFFFFFFFF if type.limits.maximum is None else type.limits.maximum
        self.check(lib.table_new(self.handle, type.limits.minimum, maximum, extern))
        return WasmtimeTable(self, extern, type)

    def global_(self, type: GlobalType, value: Value) -> WasmtimeGlobal:
        state, extern = self.handle, ffi.new("wasmtime_extern_t *")
        self.put(type.type, value)
        self.check(lib.global_new(state, type.type.value.encode(), type.mutable, extern))
        return WasmtimeGlobal(self, extern, type)

    def tag(self, type: TagType) -> WasmtimeTag:
        extern = ffi.new("wasmtime_extern_t *")
        self.check(lib.tag_new(self.handle, letters(type.type.params).encode(), extern))
        return WasmtimeTag(self, extern, type)

    def serve(self, process: int, memory: Memory) -> None:
        lib.store_serve(self.handle, process, self.own(memory).extern)

    def function(self, name: str, type: FuncType, make: Callable[[], HostBody], native: int = 0) -> WasmtimeFunction:
        return self.functions(Declared([Declaration(name, type, native)]), lambda _: make())[0]

    def functions(self, declared: Declarations, make: Callable[[int], HostBody]) -> list[WasmtimeFunction]:
        if not isinstance(declared, Declared):
            raise TypeError(f"not declared by this engine: {declared!r}")
        count, made = len(declared.functions), ffi.new("wasmtime_extern_t[]", len(declared.functions))
        handle = ffi.new_handle(HostFunctions(declared.functions, make, self.slots, self.caught, self.turn))
        self._functions.append((handle, made))
        if not lib.functions_new(self.handle, handle, declared.handle, count, made):
            raise MemoryError
        return [WasmtimeFunction(self, made + i, one.type) for i, one in enumerate(declared.functions)]

    def instantiate(self, module: CompiledModule, imports: Sequence[Extern]) -> WasmtimeInstance:
        if not isinstance(module, WasmtimeModule):
            raise TypeError(f"not a module of this engine: {module!r}")
        if self.limits.memory is not None:
            for memory in module.module.memories:
                self._check_memory(memory.limits)
        self.modules.append(module)
        instance = ffi.new("wasmtime_instance_t *")
        externs = [self.own(extern).extern for extern in imports]
        if not self.run(lib.store_instantiate, self.handle, module.handle, externs, len(externs), instance):
            self._fail_to_instantiate()
        return WasmtimeInstance(self, module, instance)

    def stop(self, reason: BaseException) -> None:
        self._stopped_by = reason
        self.handle.stopped = True
        lib.wasmtime_engine_increment_epoch(self.engine.handle)

    def close(self) -> None:
        """Free the guest. Raises RuntimeError while a call is running."""
        if self._handle is None:
            return
        if self._handle.depth:
            raise RuntimeError("the store cannot be closed from inside a call of its guest")
        if self.deadline is not None:
            self.deadline.close()
            self.deadline = None  # it holds the C side
        for memory in self._memories:
            memory.forget()
        super().close()
        self._functions.clear()

    # What follows is for the other modules of this package.

    def run(self, call: Callable[..., bool], *args: Any) -> bool:
        """Run guest code: while others have their turn, and under the time limit, where there are such."""
        if self.turn is None:
            return self._run(call, *args)
        self.turn.give()
        try:
            return self._run(call, *args)
        finally:
            self.turn.take()

    def _run(self, call: Callable[..., bool], *args: Any) -> bool:
        if self.handle.stopped:
            raise self.reason
        if self.deadline is None or self.handle.depth:
            return call(*args)
        with self.deadline:
            return call(*args)

    @property
    def reason(self) -> BaseException:
        """Why it was stopped: what `stop` was given, or that its time is up."""
        return self._stopped_by or TimeLimit(f"the time limit of {self.limits.seconds} s was reached")

    def caught(self, error: BaseException) -> None:
        """A host function raised `error`."""
        if isinstance(error, failures.ThrownException) and error.store is self:
            lib.exception_throw(self.handle, error.thrown)
        else:
            self._raised = error

    def fail(self) -> NoReturn:
        """Raise what made the last call fail."""
        raised, self._raised = self._raised, None
        try:
            raise failures.failure(self, raised)
        finally:
            del raised  # its traceback holds this frame, and that all the guest has

    def check(self, succeeded: bool) -> None:
        """For what runs no guest code and fails only for want of room, or a wrong type."""
        if not succeeded:
            raise Unsupported(f"the engine refused: {self._discard()}")

    def grown(self, succeeded: bool) -> bool:
        """Growing fails only for want of room; the reason is of no use."""
        if not succeeded:
            self._discard()
        return succeeded

    def put(self, type: ValType, value: Value) -> None:
        """A value into the first slot, of a store that is known to be open."""
        letter = letters((type,))
        packer(letter).pack_into(self.slots, 0, *wrap(letter, (value,)))

    def own(self, extern: Extern) -> WasmtimeExtern:
        """The extern, if it is of this store: libwasmtime ends the process when handed one of another."""
        if not isinstance(extern, WasmtimeExtern) or extern.store is not self:
            raise ValueError(f"not of this store: {extern!r}")
        return extern

    def watch(self, memory: WasmtimeMemory) -> None:
        """Have the C side keep the memory's `state` up to date. It lives as long as the store."""
        self._memories.append(memory)
        lib.memory_watch(self.handle, memory.state, memory.extern)

    def type_of(self, function: Any) -> FuncType:
        """The type of a function that came out of a table.

        Only here is the engine asked for a type, as nobody else knows it. A type that mentions v128 or a reference
        would end the process, so it is not asked where any module of the store has such a type.
        """
        types = (t for module in self.modules for t in module.module.types)
        if not all(NUMBERS.issuperset(t.value for t in (*f.params, *f.results)) for f in types):
            raise Unsupported("the type of an element cannot be told: a module of the store uses vectors or references")
        params, results = ffi.new("char[]", MAX_SLOTS + 1), ffi.new("char[]", MAX_SLOTS + 1)
        if not lib.function_signature(self.handle, function, params, results, MAX_SLOTS + 1):
            raise Unsupported("the type of a table's element has more than numbers")
        return FuncType.parse(f"{ffi.string(results).decode() or 'v'}({ffi.string(params).decode()})")

    def _check_memory(self, limits: Limits) -> None:
        granted = self.limits.memory
        if granted is not None and limits.minimum * PAGE > granted:
            raise MemoryLimit(f"the guest needs {limits.minimum * PAGE} bytes of memory, {granted} are granted")

    def _discard(self) -> str:
        error, self.handle.error = self.handle.error, ffi.NULL
        reason = failures.message(error)
        lib.wasmtime_error_delete(error)
        return reason

    def _fail_to_instantiate(self) -> NoReturn:
        """A trap or an exception comes from the start function or a segment; any other error, from linking."""
        error = self.handle.error
        ran = self._raised is not None or self.handle.stopped or error == ffi.NULL or failures.has_frames(error)
        if ran:
            self.fail()
        raise Unsupported(f"the module cannot be instantiated: {self._discard()}")


def _deadline(engine: WasmtimeEngine, state: Any, seconds: float) -> Any:
    # Here, because threading is not needed on the way to a run without limits.
    from compat.engine.deadline import Deadline

    def expire() -> None:
        state.stopped = True
        lib.wasmtime_engine_increment_epoch(engine.handle)

    return Deadline(seconds, expire)


class WasmtimeInstance:
    def __init__(self, store: WasmtimeStore, module: WasmtimeModule, instance: Any) -> None:
        self.exports = Exports(store, module, instance)


class Exports(Mapping[str, WasmtimeExtern]):
    """The exports of an instance, looked up by name when first asked for: a guest may have thousands."""

    def __init__(self, store: WasmtimeStore, module: WasmtimeModule, instance: Any) -> None:
        self._store = store
        self._module = module
        self._instance = instance
        self._known: dict[str, WasmtimeExtern] = {}

    def __getitem__(self, name: str) -> WasmtimeExtern:
        known = self._known.get(name)
        if known is None:
            known = self._known[name] = self._find(name)
        return known

    def _find(self, name: str) -> WasmtimeExtern:
        extern, utf8 = ffi.new("wasmtime_extern_t *"), name.encode()
        kind = lib.instance_export(self._store.handle, self._instance, utf8, len(utf8), extern)
        if kind < 0:
            raise KeyError(name)
        if kind not in EXTERNS:
            raise Unsupported(f"export {name}: a shared memory is not supported")
        found: WasmtimeExtern = EXTERNS[kind](self._store, extern, self._module.export_types[name])
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self._module.export_types)

    def __len__(self) -> int:
        return len(self._module.export_types)
