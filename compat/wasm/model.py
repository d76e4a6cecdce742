"""What a WebAssembly module consists of, as plain immutable data.

Names follow the core specification (https://webassembly.github.io/spec/core/syntax/modules.html). All offsets are in
bytes from the start of the file.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property

from compat._enum import Enum
from compat._typing import NamedTuple


class ValType(Enum):
    """A value type. The value is its letter in signatures, the alphabet that Emscripten uses in `dynCall_viij`."""

    I32 = "i"
    I64 = "j"
    F32 = "f"
    F64 = "d"
    V128 = "V"
    FUNCREF = "p"
    EXTERNREF = "e"
    EXNREF = "x"


class FuncType(NamedTuple):
    """A function type. `str()` gives its signature: `i(ij)` takes i32 and i64 and returns i32, `v()` is neither."""

    params: tuple[ValType, ...]
    results: tuple[ValType, ...]

    def __str__(self) -> str:
        results = "".join(t.value for t in self.results) or "v"
        return f"{results}({''.join(t.value for t in self.params)})"

    @classmethod
    def parse(cls, signature: str) -> FuncType:
        """The type that `str()` writes as `signature`. Raises ValueError for anything else."""
        results, paren, params = signature.partition("(")
        if not paren or not params.endswith(")"):
            raise ValueError(f"not a signature: {signature!r}")
        return cls(
            tuple(ValType(letter) for letter in params[:-1]),
            () if results == "v" else tuple(ValType(letter) for letter in results),
        )


class Limits(NamedTuple):
    """Minimum and maximum size: pages of 64 KiB for a memory, elements for a table."""

    minimum: int
    maximum: int | None = None
    shared: bool = False
    is64: bool = False


class MemoryType(NamedTuple):
    limits: Limits


class TableType(NamedTuple):
    element: ValType
    limits: Limits


class GlobalType(NamedTuple):
    type: ValType
    mutable: bool


class TagType(NamedTuple):
    """An exception tag; its parameters are those of `type`."""

    type: FuncType


ExternType = FuncType | TableType | MemoryType | GlobalType | TagType


class Kind(Enum):
    """The kind of an import or export; the value is its word in the text format."""

    FUNC = "func"
    TABLE = "table"
    MEMORY = "memory"
    GLOBAL = "global"
    TAG = "tag"


class Import(NamedTuple):
    module: str
    name: str
    type: ExternType

    @property
    def kind(self) -> Kind:
        return _KINDS[type(self.type)]


_KINDS = {
    FuncType: Kind.FUNC,
    TableType: Kind.TABLE,
    MemoryType: Kind.MEMORY,
    GlobalType: Kind.GLOBAL,
    TagType: Kind.TAG,
}


class Export(NamedTuple):
    name: str
    kind: Kind
    index: int  # type: ignore[assignment]  # A tuple's own index() is not missed.


class ConstExpr(NamedTuple):
    """A constant expression. One field is set, or none: a null reference, or a form that we do not evaluate."""

    value: int | float | None = None
    """The constant: signed for i32 and i64."""
    global_index: int | None = None
    """The global whose value it is (`global.get`)."""
    func_index: int | None = None
    """The function it refers to (`ref.func`)."""


class Global(NamedTuple):
    """A global that the module defines itself."""

    type: GlobalType
    init: ConstExpr


class Code(NamedTuple):
    """A function body: where its instructions start and end, and its local variables as (count, type) runs."""

    start: int
    end: int
    locals: tuple[tuple[int, ValType], ...]


class ElementSegment(NamedTuple):
    table: int | None
    """The table it initialises; None for a passive or declarative segment."""
    offset: ConstExpr | None
    functions: tuple[int | None, ...]
    """Function indices; None is a null reference, or one that is known only when the module is linked."""


class DataSegment(NamedTuple):
    memory: int | None
    """The memory it initialises; None for a passive segment."""
    offset: ConstExpr | None
    start: int
    end: int
    """Its bytes are `data[start:end]` of the file."""


class CustomSection(NamedTuple):
    name: str
    start: int
    end: int
    """Its payload, without the name, is `data[start:end]` of the file."""
    first: bool = False
    """It precedes every other section (where `dylink` must stand)."""


class Module:
    """A module as its file says it, not to be changed. Index spaces hold the imports first, as in the specification.

    What is long and seldom asked for (`elements`, `codes`, `segments`) the reader hands over as sequences that are
    parsed when they are first looked into: that is when a fault in them raises MalformedModule.
    """

    def __init__(
        self,
        data: bytes,
        *,
        types: tuple[FuncType, ...] = (),
        imports: tuple[Import, ...] = (),
        functions: tuple[FuncType, ...] = (),
        tables: tuple[TableType, ...] = (),
        memories: tuple[MemoryType, ...] = (),
        globals: tuple[Global, ...] = (),
        tags: tuple[TagType, ...] = (),
        exports: tuple[Export, ...] = (),
        start: int | None = None,
        elements: Sequence[ElementSegment] = (),
        codes: Sequence[Code] = (),
        segments: Sequence[DataSegment] = (),
        customs: tuple[CustomSection, ...] = (),
        code_offset: int = 0,
        shared_flags: tuple[int, ...] = (),
    ) -> None:
        self.data = data
        self.types = types
        self.imports = imports
        self.functions = functions
        """The types of the functions that the module defines."""
        self.tables = tables
        self.memories = memories
        self.globals = globals
        self.tags = tags
        self.exports = exports
        self.start = start
        """The index of the function that runs on instantiation."""
        self.elements = elements
        self.codes = codes
        """The bodies of `functions`, in the same order."""
        self.segments = segments
        self.customs = customs
        self.code_offset = code_offset
        """Where the contents of the code section start: DWARF addresses count from here."""
        self.shared_flags = shared_flags
        """Where in the file the flags are that make a memory a shared one."""

    def imported(self, kind: Kind) -> tuple[Import, ...]:
        """The imports of one kind, in order: the start of that kind's index space."""
        return tuple(i for i in self.imports if i.kind is kind)

    def custom_section(self, name: str) -> CustomSection | None:
        """The first custom section of that name."""
        return next((section for section in self.customs if section.name == name), None)

    def custom(self, name: str) -> memoryview | None:
        """The payload of the first custom section of that name."""
        section = self.custom_section(name)
        return memoryview(self.data)[section.start : section.end] if section else None

    def export(self, name: str) -> Export | None:
        return next((e for e in self.exports if e.name == name), None)

    @cached_property
    def func_types(self) -> tuple[FuncType, ...]:
        """The function index space: the types of the imported functions, then of the module's own."""
        return (*(i.type for i in self.imports if isinstance(i.type, FuncType)), *self.functions)

    def func_type(self, index: int) -> FuncType:
        """The type of a function, by its index in the function index space. Raises IndexError."""
        if index < 0:
            raise IndexError(index)
        return self.func_types[index]

    def code(self, index: int) -> Code | None:
        """The body of a function, by its index in the function index space; None for an import. Raises IndexError."""
        if not 0 <= index < len(self.func_types):
            raise IndexError(index)
        own = index - len(self.func_types) + len(self.functions)
        return self.codes[own] if own >= 0 else None

    def export_types(self) -> Iterator[tuple[Export, FuncType]]:
        """Every exported function with its type."""
        return ((export, self.func_types[export.index]) for export in self.exports if export.kind is Kind.FUNC)
