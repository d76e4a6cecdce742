"""Linking: what a module imports is made, by the plan, and instantiated in the guest's store."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial

from compat._typing import Any, Self, cast
from compat.abi.bind import bind
from compat.abi.binding import Binding, Bridge
from compat.abi.guest import Guest, Turn, Value
from compat.abi.row import Row, Serves
from compat.detect.model import Detection
from compat.engine.protocol import (
    CompiledModule,
    Declaration,
    Engine,
    Extern,
    Function,
    HostBody,
    Instance,
    Memory,
    Store,
    Table,
)
from compat.errors import MissingImport, Unsupported
from compat.native import process
from compat.plan import Abi, HostFunction, bind_import
from compat.wasm.model import FuncType, GlobalType, Import, Kind, MemoryType, Module, TableType, TagType


class Linkage:
    """What linking a module takes, and all guests share: its code and its bridge's, and what is declared to the engine.

    A context manager; what was instantiated from the code keeps it.
    """

    def __init__(
        self,
        engine: Engine,
        compiled: CompiledModule,
        bindings: Mapping[int, Binding],
        bridge: Bridge | None,
        *,
        direct_calls: bool,
        native: bool,
    ) -> None:
        """`bindings` are of the imports that the ABI is to answer, by their index; `native` lets C serve what it can.

        Raises Unsupported for what the engine cannot take.
        """
        self.compiled = compiled
        self.direct_calls = direct_calls
        self.bridge = bridge
        self.bridged = {i: bridge.answers[b.item] for i, b in bindings.items() if bridge and b.item in bridge.answers}
        """The imports that the bridge answers, each with the name of the export that does."""
        self.called = {i: b for i, b in bindings.items() if b.item.kind is Kind.FUNC and i not in self.bridged}
        """Those that a function of the host answers."""
        self.made = {i: b for i, b in bindings.items() if b.item.kind is not Kind.FUNC}
        """Those that are no functions."""
        self.functions = engine.declare(
            [
                Declaration(b.name, cast(FuncType, b.item.type), _native(b.row, direct_calls) if native else 0)
                for b in self.called.values()
            ]
        )
        self.exports_memory = any(e.name == "memory" and e.kind is Kind.MEMORY for e in compiled.module.exports)
        if bridge:
            self.bridge_functions = engine.declare([Declaration(row.name, type) for row, type in bridge.host])
            self.bridge_code = engine.compile_text(bridge.text)
            self.libraries = {library.name: _compiled(engine, library.code) for library in bridge.libraries}

    def close(self) -> None:
        """Let go of the code. Again is harmless."""
        self.compiled.close()
        if self.bridge:
            for compiled in (self.bridge_code, *self.libraries.values()):
                compiled.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


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
        origin: Memory | None = None,
    ) -> None:
        """`origin` is the memory that the program shares, where this is for a further thread of it."""
        self._engine = engine
        self._store = store
        self._guest = guest
        self._abi = abi
        self._detection = detection
        self._memory: Memory | None = None
        self._shared: dict[str, Extern] = {}
        self._libraries: dict[str, Instance] = {}
        self._own_functions = own
        self._origin = origin
        self.given = {name.removeprefix("env."): partial(body, guest.memory) for name, body in own.items()}
        """Functions of the caller's that the program can import from `env`, by name in clear."""
        self.table: Table | None = None
        """The table that the program imports, if it does."""

    def link(self, linkage: Linkage) -> None:
        """Instantiate the program. Memory comes first, then the bridge, which gets the program's exports afterwards."""
        guest = self._guest
        guest.linker = self
        self._linkage = linkage
        answers = {i: self._make(b) for i, b in linkage.made.items() if b.item.kind is Kind.MEMORY}
        if self._origin is None:
            guest.prepare()
        linked = self._bridge(linkage, answers)
        if linked:
            guest.bridge = Exports(linked, {})
        instance = self._instantiate(linkage, answers)
        guest.exports = Exports(instance, self._detection.glue.export_names)
        if linkage.exports_memory:
            self._adopt(cast(Memory, instance.exports["memory"]))
        self._fill(linkage, linked, guest.exports)

    def again(self, turn: Turn) -> None:
        """Link the program once more, for another thread (`compat.abi.guest.Linker`)."""
        store = self._engine.store(self._store.limits, turn)
        own, memory = self._own_functions, self._memory
        linker = Linker(self._engine, store, self._guest, self._abi, self._detection, own, memory)
        try:
            linker.link(self._linkage)
        except BaseException:
            store.close()
            raise

    def stop(self, reason: BaseException) -> None:
        """Have the call that runs, and all later ones, end with `reason`."""
        self._store.stop(reason)

    def close(self) -> None:
        """Free the instance."""
        self._store.close()

    def library(self, module: Module, provide: Callable[[Import], object | None]) -> Mapping[str, Any]:
        """Instantiate a module into the guest's memory and table; returns its exports.

        `provide` answers an import with a function, or a global with its number, or leaves it (None) to the ABI.
        """
        guest = self._guest
        answers: dict[int, Extern] = {}
        bindings: dict[int, Binding] = {}
        for index, item in enumerate(module.imports):
            provided = self._own(item) or provide(item)
            if isinstance(item.type, GlobalType) and isinstance(provided, int):
                provided = self._store.global_(item.type, provided)
            if provided is not None:
                answers[index] = provided
            else:
                bindings[index] = bind_import(item, item.name, self._abi.tables, self._own_functions)
        bridge = self._abi.bridge(self._detection, list(bindings.values()), module)
        compiled, native = self._engine.compile(module), guest.trace is None
        linkage = Linkage(self._engine, compiled, bindings, bridge, direct_calls=guest.direct_calls, native=native)
        with linkage:
            linked = self._bridge(linkage, answers)
            if linked:
                guest.bridge = {**Exports(linked, {}), **guest.bridge}
            instance = self._instantiate(linkage, answers)
        self._fill(linkage, linked, {**guest.exports, **Exports(instance, {})})
        return instance.exports

    def _instantiate(self, linkage: Linkage, answers: dict[int, Extern]) -> Instance:
        """Instantiate the module, with `answers` to some of its imports and what the host provides for the others."""
        called = list(linkage.called.values())
        functions = self._store.functions(linkage.functions, lambda index: self._body(called[index]))
        answers.update(zip(linkage.called, functions, strict=True))
        for index, binding in linkage.made.items():
            if index not in answers:
                answers[index] = self._make(binding)
        return self._store.instantiate(linkage.compiled, [answers[i] for i in range(len(answers))])

    def answers(self, item: Import) -> bool:
        """Whether the ABI, or the caller, has something for an import."""
        return bind_import(item, item.name, self._abi.tables, self._own_functions).answered

    def _own(self, item: Import) -> Extern | None:
        """The one memory and table that all modules of the guest share."""
        return self._memory if item.kind is Kind.MEMORY else self.table if item.kind is Kind.TABLE else None

    def _bridge(self, linkage: Linkage, answers: dict[int, Extern]) -> Instance | None:
        """The instance of the bridge, if there is one; what it answers goes into `answers`."""
        bridge = linkage.bridge
        if not bridge:
            return None
        below: list[Extern] = [self._memory] if self._memory else []
        below += [self._share(name, type) for name, type in bridge.shared]
        for library in bridge.libraries:
            if library.name not in self._libraries:
                # One instance for all bridges, since it holds state of the guest.
                self._libraries[library.name] = self._store.instantiate(linkage.libraries[library.name], [])
            below += [self._libraries[library.name].exports[name] for name in library.functions]
        rows = bridge.host
        below += self._store.functions(
            linkage.bridge_functions, lambda i: bind(rows[i][0], self._guest, rows[i][0].name)
        )
        linked = self._store.instantiate(linkage.bridge_code, below)
        answers |= {index: linked.exports[name] for index, name in linkage.bridged.items()}
        return linked

    def _share(self, name: str, type: GlobalType | TagType) -> Extern:
        """What all bridges of a guest have in common is made for the first."""
        if name not in self._shared:
            made = self._store.tag(type) if isinstance(type, TagType) else self._store.global_(type, 0)
            self._shared[name] = made
        return self._shared[name]

    def _fill(
        self, linkage: Linkage, linked: Instance | None, exports: Mapping[str, Callable[..., Value | None]]
    ) -> None:
        if linkage.bridge and linked:
            links = cast(Table, linked.exports["links"])
            for slot, name in enumerate(linkage.bridge.links):
                links[slot] = cast(Function, exports[name])

    def function(self, name: str, type: FuncType, body: Callable[..., Value | None]) -> Function:
        """A host function; `name` is for messages."""
        return self._store.function(name, type, lambda: body)

    def _adopt(self, memory: Memory) -> None:
        if self._guest.turn is None:
            # C knows of no turns.
            self._store.serve(self._guest.process.native.address, memory)
        self._guest.memory.buffer = memory.buffer
        self._guest.grow_memory = memory.grow

    def _make(self, binding: Binding) -> Extern:
        """What the host provides for one import."""
        declared = binding.item.type
        match declared:
            case MemoryType():
                self._memory = self._store.memory(declared.limits, self._origin)
                self._adopt(self._memory)
                return self._memory
            case TableType():
                self.table = self._store.table(declared)
                return self.table
            case GlobalType():
                value = binding.row.declared().body if binding.row else None
                if value is None:
                    raise Unsupported(f"{binding.problem}: a global has no call that could fail later")
                return self._store.global_(declared, value(self._guest))
        raise Unsupported(f"{binding.item.module}.{binding.name} is a {binding.item.kind.value}, which no ABI provides")

    def _body(self, binding: Binding) -> HostBody:
        row = binding.row
        if row and row.serves is Serves.PYTHON:
            return bind(row, self._guest, binding.name, binding.sig)
        return _missing(binding, self._guest)


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


def _compiled(engine: Engine, code: str | Module) -> CompiledModule:
    return engine.compile_text(code) if isinstance(code, str) else engine.compile(code)


def _native(row: Row | None, direct_calls: bool) -> int:
    """The address of the C function for the frequent case of a row, or 0."""
    # C knows system calls only with the address of their arguments.
    return process.function(row.native) if row and row.native and not (row.varargs and direct_calls) else 0


def _missing(binding: Binding, guest: Guest) -> HostBody:
    def call(*values: Value) -> Value | None:
        function = guest.library_function(binding.name) if binding.item.module == "env" else None
        if function is not None:
            return function(*values)
        raise MissingImport(f"{binding.problem}\nThe program called it. `compat inspect` lists what else is missing.")

    return call
