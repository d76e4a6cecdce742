"""A store of the wasm2c engine: one guest's memory, functions, instances, and the exceptions that cross it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from compat._typing import TYPE_CHECKING, Any, NoReturn
from compat.engine.managed import Managed
from compat.engine.protocol import (
    CompiledModule,
    Declaration,
    Declarations,
    Extern,
    HostBody,
    Memory,
    StoreLimits,
    Value,
)
from compat.engine.values import MAX_SLOTS, SLOT, HostFunctions
from compat.engine.wasm2c import externs, failures
from compat.engine.wasm2c._wasm2c import ffi, lib
from compat.engine.wasm2c.module import Wasm2cModule
from compat.engine.wasm2c.translate import defined_exports
from compat.errors import MemoryLimit, TimeLimit, Unsupported
from compat.wasm.model import (
    ExternType,
    FuncType,
    GlobalType,
    Kind,
    Limits,
    MemoryType,
    Module,
    TableType,
    TagType,
    ValType,
)

if TYPE_CHECKING:
    from compat.engine.wasm2c.engine import Wasm2cEngine

PAGE = 65536
MOST_PAGES = 65536
LARGEST = MOST_PAGES * PAGE
"""Bytes: what no linear memory exceeds."""
MAX_TABLES = 16
"""In one store, as with libwasmtime (engine.csrc.c)."""
TYPE_SIZE = 32
"""Bytes that tell a function type from others."""


class Wasm2cStore(Managed):
    def __init__(self, engine: Wasm2cEngine, limits: StoreLimits) -> None:
        state = lib.store_new(-1 if limits.memory is None else min(limits.memory, LARGEST))
        if state == ffi.NULL:
            raise MemoryError
        super().__init__(ffi.gc(state, lib.store_delete))
        self.limits = limits
        self.slots = ffi.buffer(ffi.cast("char *", lib.store_slots(self.handle)), MAX_SLOTS * SLOT)
        self.modules: list[Wasm2cModule] = []
        self._engine = engine
        self._raised: BaseException | None = None
        self._types: dict[FuncType, Any] = {}
        self._types_by_id: dict[bytes, FuncType] = {}
        self._tags: dict[int, TagType] = {}
        self._made_tags = self._tables = 0
        self._held: list[Any] = []
        """What the C side points to."""
        self._memories: list[externs.Wasm2cMemory] = []
        self.deadline = _deadline(self.handle, limits.seconds) if limits.seconds is not None else None

    def memory(self, limits: Limits, shared: Memory | None = None) -> externs.Wasm2cMemory:
        if limits.shared or limits.is64 or shared is not None:
            raise Unsupported("a shared or 64-bit memory is not supported")
        self._check_memory(limits)
        maximum = MOST_PAGES if limits.maximum is None else limits.maximum
        return self._watched(self._made(lib.memory_new(self.handle, limits.minimum, maximum)), MemoryType(limits))

    def table(self, type: TableType) -> externs.Wasm2cTable:
        if type.element is not ValType.FUNCREF:
            raise Unsupported("the host makes tables of functions only")
        self._count_tables([type])
        maximum = 0xFFFFFFFF if type.limits.maximum is None else type.limits.maximum
        return externs.Wasm2cTable(self, self._made(lib.table_new(self.handle, type.limits.minimum, maximum)), type)

    def global_(self, type: GlobalType, value: Value) -> externs.Wasm2cGlobal:
        self.handle  # noqa: B018 - raises where the store is closed
        cell = ffi.new("char[16]")
        self._held.append(cell)
        made = externs.Wasm2cGlobal(self, cell, type)
        made.put(value)
        return made

    def tag(self, type: TagType) -> externs.Wasm2cTag:
        place = lib.tag_at(self._made_tags)
        if place == ffi.NULL:
            raise Unsupported("too many tags")
        self._made_tags += 1
        return self._tag(place, type)

    def serve(self, process: int, memory: Memory) -> None:
        lib.store_serve(self.handle, process, self.own(memory).place)

    def function(
        self, name: str, type: FuncType, make: Callable[[], HostBody], native: int = 0
    ) -> externs.Wasm2cFunction:
        return self.functions(externs.Declared([Declaration(name, type, native)]), lambda _: make())[0]

    def functions(self, declared: Declarations, make: Callable[[int], HostBody]) -> list[externs.Wasm2cFunction]:
        if not isinstance(declared, externs.Declared):
            raise TypeError(f"not declared by this engine: {declared!r}")
        functions = declared.functions
        handle = ffi.new_handle(HostFunctions(functions, make, self.slots, self.caught))
        self._held.append(handle)
        made = self._made(lib.functions_new(self.handle, handle, declared.place, len(functions)))
        return [externs.Wasm2cFunction(self, None, one.type, made + i) for i, one in enumerate(functions)]

    def instantiate(self, module: CompiledModule, imports: Sequence[Extern]) -> Wasm2cInstance:
        if not isinstance(module, Wasm2cModule):
            raise TypeError(f"not a module of this engine: {module!r}")
        code = module.handle
        for memory in module.module.memories:
            self._check_memory(memory.limits)
        self._count_tables(module.module.tables)
        given = [self.own(extern) for extern in imports]
        _check_imports(module.module, given)
        self._know(module)
        array = ffi.new("import_t[]", max(len(given), 1))
        for place, extern in zip(array, given, strict=False):
            extern.give(place)
        if not lib.module_takes_tags(code, array):
            raise Unsupported("the module was linked to other tags before")
        instance = self._made(lib.instance_new(self.handle, code, array, len(given)))
        started = self.run(lib.instance_start, self.handle, instance)
        exports = Exports(self, module, instance, given)  # what failed may have thrown a tag of the module's own
        if not started:
            self.fail()
        return Wasm2cInstance(exports)

    def stop(self, reason: BaseException) -> None:
        raise Unsupported("native code cannot be stopped by another thread")

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
        self._held.clear()

    # What follows is for the other modules of this package.

    def run(self, call: Callable[..., bool], *args: Any) -> bool:
        """Run guest code, under the time limit if there is one."""
        if self.deadline is None or self.handle.depth:
            return call(*args)
        with self.deadline:
            if self.handle.expired:
                raise TimeLimit(f"the time limit of {self.limits.seconds} s was reached")
            return call(*args)

    def caught(self, error: BaseException) -> None:
        """A host function raised `error`."""
        if isinstance(error, failures.ThrownException) and error.store is self:
            self.handle.state.exception = error.thrown[0]
            self.handle.rethrown = True
        else:
            self._raised = error

    def fail(self) -> NoReturn:
        """Raise what made the last call fail."""
        raised, self._raised = self._raised, None
        try:
            raise failures.failure(self, raised)
        finally:
            del raised  # its traceback holds this frame, and that all the guest has

    def own(self, extern: Any) -> externs.Wasm2cExtern:
        """The extern, if it is of this store."""
        if not isinstance(extern, externs.Wasm2cExtern) or extern.store is not self:
            raise ValueError(f"not of this store: {extern!r}")
        return extern

    def type(self, type: FuncType) -> Any:
        """The `type_t` of a function type."""
        if type not in self._types:
            self._know(self._engine.types(type))
        return self._types[type]

    def type_by_id(self, id: Any) -> FuncType:
        """The type of a function, by what tells it from others."""
        return self._types_by_id[ffi.unpack(id, TYPE_SIZE)]

    def tag_type(self, place: Any) -> TagType:
        return self._tags[int(ffi.cast("uintptr_t", place))]

    def extern(self, kind: Kind, place: Any, type: Any) -> externs.Wasm2cExtern:
        """What a module has made."""
        match kind:
            case Kind.MEMORY:
                return self._watched(ffi.cast("wasm_rt_memory_t *", place), type)
            case Kind.TABLE:
                return externs.Wasm2cTable(self, ffi.cast("wasm_rt_funcref_table_t *", place), type)
            case Kind.GLOBAL:
                return externs.Wasm2cGlobal(self, ffi.cast("char *", place), type)
            case Kind.TAG:
                return self._tag(place, type)
        return externs.Wasm2cFunction(self, place, type)

    def _tag(self, place: Any, type: TagType) -> externs.Wasm2cTag:
        self._tags[int(ffi.cast("uintptr_t", place))] = type
        return externs.Wasm2cTag(self, place, type)

    def _watched(self, place: Any, type: MemoryType) -> externs.Wasm2cMemory:
        memory = externs.Wasm2cMemory(self, place, type)
        self._memories.append(memory)
        return memory

    def _know(self, module: Wasm2cModule) -> None:
        """Keep the module, and what its code can do with function types."""
        self.modules.append(module)
        self._held.append(module.handle)
        for index, type in enumerate(module.module.types):
            if type not in self._types:
                known = lib.module_type(module.handle, index)
                self._types[type] = known
                self._types_by_id[ffi.unpack(known.id, TYPE_SIZE)] = type

    def _made(self, place: Any) -> Any:
        if place == ffi.NULL:
            raise Unsupported("the host has no memory left, or no addresses")
        return place

    def _check_memory(self, limits: Limits) -> None:
        granted = self.limits.memory
        if granted is not None and limits.minimum * PAGE > granted:
            raise MemoryLimit(f"the guest needs {limits.minimum * PAGE} bytes of memory, {granted} are granted")

    def _count_tables(self, tables: Sequence[TableType]) -> None:
        """They are host memory."""
        self._tables += len(tables)
        if self._tables > MAX_TABLES or any(table.limits.minimum > lib.MAX_TABLE_ELEMENTS for table in tables):
            raise Unsupported(
                f"more than {MAX_TABLES} tables, or {lib.MAX_TABLE_ELEMENTS} elements, exceed table limits"
            )


def _deadline(state: Any, seconds: float) -> Any:
    # Here, because threading is not needed on the way to a run without limits.
    from compat.engine.deadline import Deadline

    return Deadline(seconds, lambda: lib.store_interrupt(state))


def _check_imports(module: Module, given: Sequence[externs.Wasm2cExtern]) -> None:
    """Raise Unsupported where an import is not of the declared type."""
    if len(given) != len(module.imports):
        raise Unsupported(f"the module has {len(module.imports)} imports, {len(given)} are given")
    for item, extern in zip(module.imports, given, strict=True):
        if not _fits(item.type, extern):
            raise Unsupported(f"incompatible import type: {item.module}.{item.name}")


def _fits(declared: ExternType, extern: externs.Wasm2cExtern) -> bool:
    if isinstance(declared, MemoryType) and isinstance(extern, externs.Wasm2cMemory):
        return _within(declared.limits, extern.place.size // PAGE, extern.type.limits.maximum)
    if isinstance(declared, TableType) and isinstance(extern, externs.Wasm2cTable):
        limits = extern.type.limits
        return declared.element is extern.type.element and _within(declared.limits, len(extern), limits.maximum)
    return bool(declared == extern.type)


def _within(declared: Limits, size: int, maximum: int | None) -> bool:
    return size >= declared.minimum and (
        declared.maximum is None or (maximum is not None and maximum <= declared.maximum)
    )


class Wasm2cInstance:
    def __init__(self, exports: Exports) -> None:
        self.exports = exports


class Exports(Mapping[str, externs.Wasm2cExtern]):
    """The exports of an instance, made when first asked for: a guest may have thousands."""

    def __init__(
        self, store: Wasm2cStore, module: Wasm2cModule, instance: Any, imports: Sequence[externs.Wasm2cExtern]
    ) -> None:
        self._store = store
        self._module = module
        self._instance = instance
        self._known: dict[str, externs.Wasm2cExtern] = {}
        self._imports = {
            kind: [e for e, i in zip(imports, module.module.imports, strict=True) if i.kind is kind] for kind in Kind
        }
        self._places = {place: number for number, place in enumerate(defined_exports(module.module))}
        self._by_name = {export.name: (export.kind, export.index) for export in module.module.exports}
        for place, number in self._places.items():
            if place.kind is Kind.TAG:
                tag = module.module.tags[place.index - len(self._imports[Kind.TAG])]
                store.extern(Kind.TAG, lib.instance_other(instance, number), tag)

    def __getitem__(self, name: str) -> externs.Wasm2cExtern:
        known = self._known.get(name)
        if known is None:
            known = self._known[name] = self._find(name)
        return known

    def _find(self, name: str) -> externs.Wasm2cExtern:
        self._store.handle  # noqa: B018 - raises where the store is closed
        kind, index = self._by_name[name]
        imported = self._imports[kind]
        if index < len(imported):
            return imported[index]
        number, type = self._places[kind, index], self._module.export_types[name]  # type: ignore[index]
        if not isinstance(type, FuncType):
            return self._store.extern(kind, lib.instance_other(self._instance, number), type)
        place = ffi.new("wasm_rt_funcref_t *")
        place.func_type = self._store.type(type).id
        place.func = lib.instance_function(self._instance, number)
        place.module_instance = self._instance.data
        return self._store.extern(kind, place, type)

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_name)

    def __len__(self) -> int:
        return len(self._by_name)
