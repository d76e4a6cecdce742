"""Linking: what a module imports is made, by the plan, and instantiated in the guest's store."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import chain

from compat._typing import Any, cast
from compat.abi.bind import bind
from compat.abi.binding import Binding, Bridge, Library
from compat.abi.guest import Guest, Value
from compat.abi.row import Serves
from compat.detect.model import Detection
from compat.engine.protocol import CompiledModule, Engine, Extern, Function, HostBody, Instance, Memory, Store, Table
from compat.errors import MissingImport, Unsupported
from compat.native import process as native
from compat.plan import Abi, HostFunction, Plan, bind_import
from compat.wasm.model import FuncType, GlobalType, Import, Kind, MemoryType, Module, TableType, TagType


class Linker:
    """Links one guest: its program, and what it asks for while it runs (`compat.abi.guest.Linker`)."""

    def __init__(
        self,
        engine: Engine,
        store: Store,
        guest: Guest,
        abi: Abi,
        detection: Detection,
        own: Mapping[str, HostFunction],
    ) -> None:
        self._engine = engine
        self._store = store
        self._guest = guest
        self._abi = abi
        self._detection = detection
        self._memory: Memory | None = None
        self._shared: dict[str, Extern] = {}
        self._libraries: dict[str, Instance] = {}
        self._own_functions = own
        self.given = {name.removeprefix("env."): partial(body, guest.memory) for name, body in own.items()}
        """Functions of the caller's that the program can import from `env`, by name in clear."""
        self.table: Table | None = None
        """The table that the program imports, if it does."""

    def link(self, compiled: CompiledModule, plan: Plan, bridge: Bridge | None) -> None:
        """Instantiate the program. Memory comes first, then the bridge, which gets the program's exports afterwards."""
        guest = self._guest
        guest.linker = self
        answers = {b.item: self._make(b) for b in plan.bindings if b.item.kind is Kind.MEMORY}
        guest.prepare()
        linked = self._bridge(bridge) if bridge else None
        if bridge and linked:
            guest.bridge = Exports(linked, {})
            answers |= {item: linked.exports[name] for item, name in bridge.answers.items()}
        imports = [answers[b.item] if b.item in answers else self._make(b) for b in plan.bindings]
        instance = self._store.instantiate(compiled, imports)
        guest.exports = Exports(instance, self._detection.glue.export_names)
        if any(e.name == "memory" and e.kind is Kind.MEMORY for e in self._detection.module.exports):
            self._adopt(cast(Memory, instance.exports["memory"]))
        if bridge and linked:
            self._fill(linked, bridge, guest.exports)

    def library(self, module: Module, provide: Callable[[Import], object | None]) -> Mapping[str, Any]:
        """Instantiate a module into the guest's memory and table; returns its exports.

        `provide` answers an import with a function, or a global with its number, or leaves it (None) to the ABI.
        """
        plan = Plan(
            tuple(bind_import(item, item.name, self._abi.tables, self._own_functions) for item in module.imports)
        )
        answers: dict[Import, Extern] = {}
        for item in module.imports:
            provided = self._own(item) or provide(item)
            if isinstance(item.type, GlobalType) and isinstance(provided, int):
                provided = self._store.global_(item.type, provided)
            if provided is not None:
                answers[item] = provided
        bridge = self._abi.bridge(self._detection, [b for b in plan.bindings if b.item not in answers], module)
        linked = self._bridge(bridge) if bridge else None
        if bridge and linked:
            self._guest.bridge = {**Exports(linked, {}), **self._guest.bridge}
            answers |= {item: linked.exports[name] for item, name in bridge.answers.items()}
        imports = [answers[b.item] if b.item in answers else self._make(b) for b in plan.bindings]
        instance = self._instantiate(self._engine.compile(module), imports)
        if bridge and linked:
            self._fill(linked, bridge, {**self._guest.exports, **Exports(instance, {})})
        return instance.exports

    def _instantiate(self, compiled: CompiledModule, imports: Sequence[Extern]) -> Instance:
        """Instantiate what was compiled for this guest, whose store has the code from now on."""
        with compiled:
            return self._store.instantiate(compiled, imports)

    def answers(self, item: Import) -> bool:
        """Whether the ABI, or the caller, has something for an import."""
        return bind_import(item, item.name, self._abi.tables, self._own_functions).answered

    def _own(self, item: Import) -> Extern | None:
        """The one memory and table that all modules of the guest share."""
        return self._memory if item.kind is Kind.MEMORY else self.table if item.kind is Kind.TABLE else None

    def _bridge(self, bridge: Bridge) -> Instance:
        memory = [self._memory] if self._memory else []
        shared = [self._share(name, type) for name, type in bridge.shared]
        below = [*memory, *shared, *chain.from_iterable(map(self._functions_of, bridge.libraries))]
        for row, type in bridge.host:
            below.append(self._store.function(row.name, type, partial(bind, row, self._guest, row.name)))
        return self._instantiate(self._engine.compile_text(bridge.text), below)

    def _share(self, name: str, type: GlobalType | TagType) -> Extern:
        """What all bridges of a guest have in common is made for the first."""
        if name not in self._shared:
            made = self._store.tag(type) if isinstance(type, TagType) else self._store.global_(type, 0)
            self._shared[name] = made
        return self._shared[name]

    def _functions_of(self, library: Library) -> list[Extern]:
        """What a bridge imports of a library: of one instance for all bridges, since it holds state of the guest."""
        if library.name not in self._libraries:
            code, engine = library.code, self._engine
            compiled = engine.compile_text(code) if isinstance(code, str) else engine.compile(code)
            self._libraries[library.name] = self._instantiate(compiled, [])
        return [self._libraries[library.name].exports[name] for name in library.functions]

    def _fill(self, linked: Instance, bridge: Bridge, exports: Mapping[str, Callable[..., Value | None]]) -> None:
        links = cast(Table, linked.exports["links"])
        for slot, name in enumerate(bridge.links):
            links[slot] = cast(Function, exports[name])

    def function(self, name: str, type: FuncType, body: Callable[..., Value | None]) -> Function:
        """A host function; `name` is for messages."""
        return self._store.function(name, type, lambda: body)

    def _adopt(self, memory: Memory) -> None:
        self._store.serve(self._guest.process.native.address, memory)
        self._guest.memory.buffer = memory.buffer
        self._guest.grow_memory = memory.grow

    def _make(self, binding: Binding) -> Extern:
        """What the host provides for one import."""
        declared = binding.item.type
        match declared:
            case FuncType():
                return self._host_function(binding, declared)
            case MemoryType():
                self._memory = self._store.memory(declared.limits)
                self._adopt(self._memory)
                return self._memory
            case TableType():
                self.table = self._store.table(declared)
                return self.table
            case GlobalType():
                if binding.row is None or binding.row.body is None:
                    raise Unsupported(f"{binding.problem}: a global has no call that could fail later")
                return self._store.global_(declared, binding.row.body(self._guest))
        raise Unsupported(f"{binding.item.module}.{binding.name} is a {binding.item.kind.value}, which no ABI provides")

    def _host_function(self, binding: Binding, declared: FuncType) -> Function:
        row = binding.row
        if row and row.serves is Serves.PYTHON:
            make: Callable[[], HostBody] = partial(bind, row, self._guest, binding.name, binding.sig)
            # A trace tells every call; and C knows system calls only with the address of their arguments.
            in_python = self._guest.trace or (row.varargs and self._guest.direct_calls)
            served = native.function(row.native) if row.native and not in_python else 0
            return self._store.function(binding.name, declared, make, served)
        return self._store.function(binding.name, declared, partial(_missing, binding, self._guest))


class Exports(Mapping[str, Function]):
    """The functions that an instance exports, under their names in clear."""

    def __init__(self, instance: Instance, names: Mapping[str, str]) -> None:
        self._exports = instance.exports
        self._minified = {clear: minified for minified, clear in names.items()}

    def __getitem__(self, name: str) -> Function:
        function = self._exports[self._minified.get(name, name)]
        if not callable(function):
            raise KeyError(name)
        return cast(Function, function)

    def __iter__(self) -> Iterator[str]:
        clear = {minified: name for name, minified in self._minified.items()}
        return (clear.get(name, name) for name, export in self._exports.items() if callable(export))

    def __len__(self) -> int:
        return sum(1 for _ in self)


def _missing(binding: Binding, guest: Guest) -> HostBody:
    def call(*values: Value) -> Value | None:
        function = guest.library_function(binding.name) if binding.item.module == "env" else None
        if function is not None:
            return function(*values)
        raise MissingImport(f"{binding.problem}\nThe program called it. `compat inspect` lists what else is missing.")

    return call
