"""Resolve every import of a module to a row of its ABI, at the module's own declared type, or say why there is none."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from compat._typing import NamedTuple
from compat.abi.bind import direct_type, row_type
from compat.abi.binding import Binding, Bridge
from compat.abi.guest import Guest, Value
from compat.abi.memory import Memory
from compat.abi.row import FULL, Row, Rows, Serves, Tables
from compat.detect.facts import PROVIDED
from compat.detect.model import AbiName, Detection
from compat.errors import Unsupported
from compat.kernel.process import Process
from compat.wasm.model import FuncType, Import, Kind, Module


class Abi(NamedTuple):
    """What a session needs of an ABI."""

    tables: Rows
    guest: Callable[[Process, Detection], Guest]
    bridge: Callable[[Detection, Sequence[Binding], Module | None], Bridge | None]
    """The module to link between guest and host, where the ABI answers calls in WebAssembly; the last argument is the
    library of the guest's that it is for, if it is not for the program.
    """
    entries: Callable[[str], Sequence[str]]
    """The types, as in `i(ij)`, that an export of this name in clear may have, as the host calls it; none: any."""
    takes_sockets: bool = False
    """Whether a program can be started with sockets."""
    makes_requests: bool = False
    """Whether it can make HTTP requests by itself."""
    makes_sockets: bool = False
    """Whether a program can make sockets."""
    makes_threads: bool = False
    """Whether it can make threads, which share its memory."""
    scripting_tables: Callable[[], Rows] | None = None
    """The tables for a program whose own JavaScript may run; None for an ABI that has none."""


RUNNABLE = frozenset(
    {AbiName.EMSCRIPTEN, AbiName.EMSCRIPTEN_SIDE, AbiName.WASI_PREVIEW1, AbiName.WASI_UNSTABLE, AbiName.BARE}
)


def abi_for(name: AbiName, features: Sequence[str] = ()) -> Abi:
    """The ABI of that name, for a program that uses these features. Raises Unsupported for one that is only told apart.

    An ABI's tables are imported when a binary first asks for them: a run should not pay for the other's.
    """
    if name in (AbiName.EMSCRIPTEN, AbiName.EMSCRIPTEN_SIDE):
        from compat import emscripten_abi

        threads = name is AbiName.EMSCRIPTEN and "pthreads" in features
        return Abi(
            emscripten_abi.threading_rows() if threads else emscripten_abi.rows(),
            emscripten_abi.threaded_guest if threads else emscripten_abi.EmscriptenGuest,
            emscripten_abi.make_bridge,
            emscripten_abi.entry_types,
            makes_sockets=True,
            makes_threads=threads,
            scripting_tables=lambda: emscripten_abi.scripting_rows(threads=threads),
        )
    if name in (AbiName.WASI_PREVIEW1, AbiName.WASI_UNSTABLE):
        from compat import wasi_p1

        tables, entries = wasi_p1.TABLES, wasi_p1.entry_types
        return Abi(
            tables,
            lambda process, _: wasi_p1.WasiGuest(process),
            _no_bridge,
            entries,
            takes_sockets=True,
            makes_requests=True,
        )
    if name is AbiName.BARE:
        return Abi(Tables(), lambda process, _: Guest(process), _no_bridge, lambda _: ())
    raise Unsupported(f"the ABI is {name.value}, which compat tells apart but does not run")


def _no_bridge(_: Detection, __: Sequence[Binding], ___: Module | None) -> None:
    """Every call goes to Python."""


class Plan(NamedTuple):
    """The bindings of a module's imports, in the module's order."""

    bindings: tuple[Binding, ...]

    @property
    def direct_calls(self) -> bool:
        """Whether calls of `varargs` rows bring their slots themselves: all do, or none."""
        return any(b.row and b.row.varargs and str(b.item.type) != row_type(b.row) for b in self.bindings)

    @property
    def missing(self) -> tuple[Binding, ...]:
        """The imports that nothing answers: calling one ends the program."""
        return tuple(b for b in self.bindings if not b.answered and b.item.kind in (Kind.FUNC, Kind.GLOBAL))


def check_entries(detection: Detection, abi: Abi) -> None:
    """Raise Unsupported if the module exports a function that its host calls under a type that the host does not."""
    names = detection.glue.export_names
    for export in detection.module.exports:
        if export.kind is Kind.FUNC:
            name, declared = names.get(export.name, export.name), str(detection.module.func_type(export.index))
            expected = abi.entries(name)
            if expected and declared not in expected:
                raise Unsupported(f"it exports {name} as {declared}, which its host calls as {' or '.join(expected)}")


_WAITS = ("memory.atomic.wait32", "memory.atomic.wait64")
_WAITING_BYTES = (b"\xfe\x01", b"\xfe\x02", b"\xfe\x81", b"\xfe\x82")
"""What they begin with; the number may be written in more bytes than it takes."""


def check_threads(module: Module) -> None:
    """Raise Unsupported for a module that cannot have threads as the ABI makes them.

    Each is an instance, so static data in the module would be set anew with it; the compiler kept that in a file. And
    nothing could end a thread that waits in an instruction; the ABI's programs ask their host to wait.
    """
    if module.segments:
        raise Unsupported("it has threads, and static data that would be set anew with each of them")
    for code in module.codes:
        # To decode all code would take seconds.
        if any(module.data.find(start, code.start, code.end) >= 0 for start in _WAITING_BYTES):
            from compat.wasm.instructions import instructions  # not above: few programs have threads

            if any(instruction.name in _WAITS for instruction in instructions(module, code)):
                raise Unsupported("it waits for other threads in an instruction, in which a thread cannot be ended")


HostFunction = Callable[..., Value | None]
"""A host function of the caller's own: it gets the guest's Memory, and the numbers that the guest passes."""


def make_plan(detection: Detection, tables: Rows, own: Mapping[str, HostFunction] | None = None) -> Plan:
    """Bind every import of the module, under its name in clear.

    `own` are host functions by `module.name`; they go before what the ABI has. Raises Unsupported for one that the
    module does not import.
    """
    own = own or {}
    names = detection.glue.import_names
    bindings = tuple(
        _unnamed(item, detection, tables, own)
        if detection.glue.closure and item.module == "env" and item.name not in names
        else bind_import(item, names.get(item.name, item.name), tables, own)
        for item in detection.module.imports
    )
    functions = {f"{b.item.module}.{_symbol(b.name)}" for b in bindings if b.item.kind is Kind.FUNC}
    unused = own.keys() - functions
    if unused:
        raise Unsupported(f"the module imports no function {', '.join(sorted(unused))}")
    return Plan(bindings)


def _unnamed(item: Import, detection: Detection, tables: Rows, own: Mapping[str, HostFunction]) -> Binding:
    """Bind an import whose name Closure has lost. What its glue's function does may be known all the same."""
    value = detection.glue.import_constants.get(item.name)
    if value is not None and isinstance(item.type, FuncType) and f"env.{item.name}" not in own:
        result = value if item.type.results else None
        row = Row(item.module, item.name, FULL, "", "constants", Serves.PYTHON, lambda *_: result, failure=None)
        return Binding(item, item.name, row)
    binding = bind_import(item, item.name, tables, own)
    if binding.answered or item.kind not in (Kind.FUNC, Kind.GLOBAL) or item.name in PROVIDED:
        return binding
    return Binding(
        item, item.name, None, problem=f"{item.module}.{item.name} is minified, and what it stands for is not known"
    )


def _own_row(module: str, name: str, function: HostFunction) -> Row:
    def call(memory: Memory, *values: Value) -> Value | None:
        return function(memory, *values)

    return Row(module, name, FULL, "", "own", Serves.PYTHON, call, failure=None)


def _symbol(name: str) -> str:
    """The function that an import stands for: `fp$NAME$SIGNATURE` asks for a pointer to NAME (dynamic linking)."""
    return name.removeprefix("fp$").rpartition("$")[0] if name.startswith("fp$") else name


def bind_import(item: Import, name: str, tables: Rows, own: Mapping[str, HostFunction]) -> Binding:
    """Bind one import, whose name in clear is `name`."""
    if item.kind not in (Kind.FUNC, Kind.GLOBAL):
        return Binding(item, name, None)
    function = own.get(f"{item.module}.{name}")
    if function and item.kind is Kind.FUNC:
        return Binding(item, name, _own_row(item.module, name, function))
    candidates = [
        (row, sig)
        for row, sig in tables.find(item.module, name)
        if row.serves is Serves.NOTHING or (row.serves is Serves.VALUE) == (item.kind is Kind.GLOBAL)
    ]
    if not candidates:
        return Binding(item, name, None, problem=f"{item.module}.{name} is not known")
    declared = str(item.type)
    types = []
    for row, sig in candidates:
        if row.serves is Serves.NOTHING:
            return Binding(item, name, row, sig, problem=f"{item.module}.{name} is not available: {row.note}")
        expected = None if row.serves is Serves.VALUE else row_type(row)
        if expected in (None, declared) or (row.varargs and declared == direct_type(row)):
            return Binding(item, name, row, sig)
        types.append(str(expected))
    return Binding(
        item, name, None, problem=f"{item.module}.{name} is declared {declared}, known as {' or '.join(types)}"
    )
