"""Linking: what a module imports is made, by the plan, and instantiated in the guest's store."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial

from compat._typing import NoReturn, cast
from compat.abi.bind import bind
from compat.abi.binding import Binding, Bridge, Library
from compat.abi.guest import Guest, Value
from compat.abi.row import Serves
from compat.engine.protocol import CompiledModule, Engine, Extern, Function, HostBody, Instance, Memory, Store, Table
from compat.errors import MissingImport, Unsupported
from compat.plan import Plan
from compat.wasm.model import FuncType, GlobalType, Kind, MemoryType, TableType


class Linker:
    """Links one guest: its program, and what it asks for while it runs (`compat.abi.guest.Linker`)."""

    def __init__(self, engine: Engine, store: Store, guest: Guest) -> None:
        self._engine = engine
        self._store = store
        self._guest = guest
        self.table: Table | None = None
        """The table that the program imports, if it does."""

    def link(
        self, compiled: CompiledModule, plan: Plan, bridge: Bridge | None, export_names: Mapping[str, str]
    ) -> None:
        """Instantiate the program. Memory comes first, then the bridge, which gets the program's exports afterwards.

        `export_names` leads from minified names to those in clear.
        """
        guest, store = self._guest, self._store
        guest.linker = self
        answers = {b.item: self._make(b) for b in plan.bindings if b.item.kind is Kind.MEMORY}
        guest.prepare()
        if bridge:
            below = [*answers.values(), *self._instantiated(bridge.library)]
            below += [store.function(row.name, type, partial(bind, row, guest, row.name)) for row, type in bridge.host]
            linked = store.instantiate(self._engine.compile_text(bridge.text), below)
            guest.bridge = Exports(linked, {})
            answers |= {item: linked.exports[name] for item, name in bridge.answers.items()}
        imports = [answers[b.item] if b.item in answers else self._make(b) for b in plan.bindings]
        instance = store.instantiate(compiled, imports)
        guest.exports = Exports(instance, export_names)
        if "memory" in instance.exports:
            self._adopt(cast(Memory, instance.exports["memory"]))
        if bridge:
            links = cast(Table, linked.exports["links"])
            for slot, name in enumerate(bridge.links):
                links[slot] = guest.exports[name]

    def function(self, name: str, type: FuncType, body: Callable[..., Value | None]) -> Function:
        """A host function; `name` is for messages."""
        return self._store.function(name, type, lambda: body)

    def _instantiated(self, library: Library | None) -> list[Extern]:
        """The functions of a new instance of what a bridge relies on."""
        if library is None:
            return []
        instance = self._store.instantiate(self._engine.compile_text(library.text), [])
        return [instance.exports[name] for name in library.functions]

    def _adopt(self, memory: Memory) -> None:
        self._guest.memory.buffer = memory.buffer
        self._guest.grow_memory = memory.grow

    def _make(self, binding: Binding) -> Extern:
        """What the host provides for one import."""
        declared = binding.item.type
        match declared:
            case FuncType():
                return self._host_function(binding, declared)
            case MemoryType():
                memory = self._store.memory(declared.limits)
                self._adopt(memory)
                return memory
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
        else:
            make = partial(_missing, binding)
        return self._store.function(binding.name, declared, make)


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


def _missing(binding: Binding) -> Callable[..., NoReturn]:
    def call(*_: Value) -> NoReturn:
        raise MissingImport(f"{binding.problem}\nThe program called it. `compat inspect` lists what else is missing.")

    return call
