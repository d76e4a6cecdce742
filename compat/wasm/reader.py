"""From the bytes of a file to a `Module`. Source: https://webassembly.github.io/spec/core/binary/modules.html.

The way to a running guest needs the frame of the file and what is linked: that is read at once. Bodies and segments,
most of the bytes, are read when they are first looked into; `check` reads all. Beyond the specification's binary
grammar this checks what a user of `Module` relies on: that indices are in range and export names unique. Validating
code is the engine's part.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from functools import cached_property

from compat._typing import Any, NoReturn, TypeVar
from compat.errors import MalformedModule
from compat.wasm import magic
from compat.wasm.cursor import Cursor
from compat.wasm.model import (
    Code,
    ConstExpr,
    CustomSection,
    DataSegment,
    ElementSegment,
    Export,
    ExternType,
    FuncType,
    Global,
    GlobalType,
    Import,
    Kind,
    Limits,
    MemoryType,
    Module,
    TableType,
    TagType,
    ValType,
)

T = TypeVar("T")

VALTYPES = {
    0x7F: ValType.I32,
    0x7E: ValType.I64,
    0x7D: ValType.F32,
    0x7C: ValType.F64,
    0x7B: ValType.V128,
    0x70: ValType.FUNCREF,
    0x6F: ValType.EXTERNREF,
    0x69: ValType.EXNREF,
}
"""Value types by their byte."""
_REFTYPES = {byte: VALTYPES[byte] for byte in (0x70, 0x6F, 0x69)}

# Forms of types that came with typed references and garbage collection, years after the binaries this package is for.
_LATER_FORMS = {
    0x4E: "a recursive type group",
    0x4F: "a final subtype",
    0x50: "a subtype",
    0x5E: "an array type",
    0x5F: "a struct type",
    0x63: "a typed reference",
    0x64: "a typed reference",
    **dict.fromkeys((0x65, 0x66, 0x67, 0x68, 0x6A, 0x6B, 0x6C, 0x6D, 0x6E), "a garbage-collected reference"),
    **dict.fromkeys((0x71, 0x72, 0x73, 0x74), "a null reference type"),
    0x40: "a table with an initialiser",
}

_KINDS = (Kind.FUNC, Kind.TABLE, Kind.MEMORY, Kind.GLOBAL, Kind.TAG)

# Sections by id. They appear in the order of `_ORDER`: two were added later, and stand where their users need them.
_SECTIONS = (
    "custom",
    "type",
    "import",
    "function",
    "table",
    "memory",
    "global",
    "export",
    "start",
    "element",
    "code",
    "data",
    "data count",
    "tag",
)
_ORDER = {id_: place for place, id_ in enumerate((1, 2, 3, 4, 5, 13, 6, 7, 8, 9, 12, 10, 11))}

_SHARED = 2
"""The flag in the limits of a shared memory."""
_MAX_PAGES = {False: 1 << 16, True: 1 << 48}


def read(data: bytes) -> Module:
    """Read a module.

    Raises MalformedModule, with an offset, for whatever is not a well-formed module; where it is something else, for
    example a component or a Git LFS pointer, the message names it. The bodies of functions, the element segments and
    the data segments are read at their first use, and raise it then.
    """
    if description := magic.describe(data):
        raise MalformedModule(f"this is {description}", min(len(data), 4) if data.startswith(magic.MAGIC) else 0)
    sections, customs = _frame(data)
    return _Reader(data, sections).module(customs)


def unshared(module: Module) -> Module:
    """The same module, but that no memory is shared: without other threads, its code means the same.

    Only waiting for another thread is different: it traps. Raises MalformedModule.
    """
    if not module.shared_flags:
        return module
    data = bytearray(module.data)
    for at in module.shared_flags:
        data[at] &= ~_SHARED
    return read(bytes(data))


def check(module: Module) -> None:
    """Read all that `read` left for later. Raises MalformedModule."""
    for sequence in (module.elements, module.codes, module.segments):
        for _ in sequence:
            pass


def _frame(data: bytes) -> tuple[dict[str, Cursor], tuple[CustomSection, ...]]:
    """The known sections by name, and the custom ones."""
    sections: dict[str, Cursor] = {}
    customs: list[CustomSection] = []
    whole = Cursor(data, len(magic.MAGIC + magic.VERSION), len(data), "the file")
    place = -1
    while whole.left:
        start = whole.pos
        id_ = whole.byte()
        if id_ >= len(_SECTIONS):
            whole.fail(f"unknown section {id_}", start)
        name = _SECTIONS[id_]
        size = whole.u32()
        if size > whole.left:
            whole.fail(f"the {name} section of {size} bytes is cut off: {whole.left} bytes are left", start)
        section = Cursor(data, whole.take(size), whole.pos, f"the {name} section")
        if id_ == 0:
            # The name comes first: arguments are evaluated in order.
            customs.append(CustomSection(section.name(), section.pos, section.end, first=not sections and not customs))
        elif _ORDER[id_] > place:
            place = _ORDER[id_]
            sections[name] = section
        else:
            whole.fail(f"a second {name} section" if name in sections else f"the {name} section comes too late", start)
    return sections, tuple(customs)


class _Reader:
    """One module while it is being read. Sections are read in their order, as later ones refer to earlier ones."""

    def __init__(self, data: bytes, sections: dict[str, Cursor]) -> None:
        self.data = data
        self.sections = sections
        self.types: tuple[FuncType, ...] = ()
        self.spaces = dict.fromkeys(_KINDS, 0)
        """Sizes of the index spaces so far."""
        self.shared_flags: list[int] = []

    def module(self, customs: tuple[CustomSection, ...]) -> Module:
        self.types = self._vector("type", "types", self._func_type)
        imports = self._vector("import", "imports", self._import)
        functions = self._functions()
        tables = self._vector("table", "tables", _table_type, Kind.TABLE)
        memories = self._vector("memory", "memories", self._memory_type, Kind.MEMORY)
        tags = self._vector("tag", "tags", self._tag_type, Kind.TAG)
        globals_ = self._vector("global", "globals", self._global, Kind.GLOBAL)
        exports = self._exports()
        code = self.sections.get("code")
        return Module(
            data=self.data,
            types=self.types,
            imports=imports,
            functions=functions,
            tables=tables,
            memories=memories,
            globals=globals_,
            tags=tags,
            exports=exports,
            start=self._start(),
            code_offset=code.pos if code else 0,
            elements=self._deferred("element", "element segments", self._element),
            codes=self._codes(len(functions)),
            segments=self._segments(),
            customs=customs,
            shared_flags=tuple(self.shared_flags),
        )

    def _vector(self, section: str, what: str, read: Callable[[Cursor], T], kind: Kind | None = None) -> tuple[T, ...]:
        """All of a section that is a vector, and that defines things of `kind`."""
        cursor = self.sections.get(section)
        if cursor is None:
            return ()
        items: list[T] = []
        for _ in range(cursor.count(what)):
            items.append(read(cursor))
            if kind:
                # One at a time: the initialiser of a global may use those before it.
                self.spaces[kind] += 1
        cursor.finish()
        return tuple(items)

    def _deferred(self, section: str, what: str, read: Callable[[Cursor], T]) -> Sequence[T]:
        """A section that is a vector, of which only the length is read now."""
        cursor = self.sections.get(section)
        if cursor is None:
            return ()
        count = cursor.count(what)
        start = cursor.pos

        def items() -> tuple[T, ...]:
            # A fault is to be reported at every use alike, so that each begins anew.
            again = Cursor(cursor.data, start, cursor.end, cursor.what)
            found = tuple([read(again) for _ in range(count)])
            again.finish()
            return found

        return _Deferred(count, items)

    def _index(self, cursor: Cursor, kind: Kind) -> int:
        start = cursor.pos
        index = cursor.u32()
        if index >= self.spaces[kind]:
            cursor.fail(f"{kind.value} {index} does not exist, there are {self.spaces[kind]}", start)
        return index

    def _func_type(self, cursor: Cursor) -> FuncType:
        start = cursor.pos
        form = cursor.byte()
        if form != 0x60:
            _unknown_type(cursor, form, start)
        return FuncType(_valtypes(cursor, "parameters"), _valtypes(cursor, "results"))

    def _type_use(self, cursor: Cursor) -> FuncType:
        start = cursor.pos
        index = cursor.u32()
        if index >= len(self.types):
            cursor.fail(f"type {index} does not exist, there are {len(self.types)}", start)
        return self.types[index]

    def _import(self, cursor: Cursor) -> Import:
        module, name = cursor.name(), cursor.name()
        kind = _kind(cursor)
        type_: ExternType
        if kind is Kind.FUNC:
            type_ = self._type_use(cursor)
        elif kind is Kind.TABLE:
            type_ = _table_type(cursor)
        elif kind is Kind.MEMORY:
            type_ = self._memory_type(cursor)
        elif kind is Kind.GLOBAL:
            type_ = _global_type(cursor)
        else:
            type_ = self._tag_type(cursor)
        self.spaces[kind] += 1
        return Import(module, name, type_)

    def _memory_type(self, cursor: Cursor) -> MemoryType:
        start = cursor.pos
        limits = _limits(cursor)
        most = _MAX_PAGES[limits.is64]
        if max(limits.minimum, limits.maximum or 0) > most:
            cursor.fail(f"a memory of more than {most} pages", start)
        if limits.shared:
            self.shared_flags.append(start)
        return MemoryType(limits)

    def _functions(self) -> tuple[FuncType, ...]:
        cursor = self.sections.get("function")
        if cursor is None:
            return ()
        start = cursor.pos
        indices = cursor.u32s(cursor.count("functions"))
        cursor.finish()
        if indices and (highest := max(indices)) >= len(self.types):
            cursor.fail(f"type {highest} does not exist, there are {len(self.types)}", start)
        self.spaces[Kind.FUNC] += len(indices)
        return tuple(map(self.types.__getitem__, indices))

    def _tag_type(self, cursor: Cursor) -> TagType:
        start = cursor.pos
        if attribute := cursor.byte():
            cursor.fail(f"unknown kind of tag {attribute}", start)
        return TagType(self._type_use(cursor))

    def _global(self, cursor: Cursor) -> Global:
        return Global(_global_type(cursor), self._const_expr(cursor))

    def _exports(self) -> tuple[Export, ...]:
        names: set[str] = set()

        def export(cursor: Cursor) -> Export:
            start = cursor.pos
            name = cursor.name()
            if name in names:
                cursor.fail(f"a second export of the name {name!r}", start)
            names.add(name)
            kind = _kind(cursor)
            return Export(name, kind, self._index(cursor, kind))

        return self._vector("export", "exports", export)

    def _start(self) -> int | None:
        cursor = self.sections.get("start")
        if cursor is None:
            return None
        index = self._index(cursor, Kind.FUNC)
        cursor.finish()
        return index

    def _codes(self, functions: int) -> Sequence[Code]:
        cursor = self.sections.get("code")
        start = cursor.pos if cursor else len(self.data)
        count = cursor.count("function bodies") if cursor else 0
        if count != functions:
            raise MalformedModule(f"{functions} functions are declared, but {count} bodies are there", start)
        return _Codes(count, cursor) if cursor else ()

    def _segments(self) -> Sequence[DataSegment]:
        segments = self._deferred("data", "data segments", self._segment)
        if declared := self.sections.get("data count"):
            start = declared.pos
            count = declared.u32()
            declared.finish()
            if count != len(segments):
                declared.fail(f"{count} data segments are declared, but {len(segments)} are there", start)
        return segments

    def _element(self, cursor: Cursor) -> ElementSegment:
        start = cursor.pos
        flags = cursor.u32()
        if flags > 7:
            cursor.fail(f"unknown kind of element segment {flags}", start)
        # Bit 0: not active. Bit 1: active with a table index, or else declarative. Bit 2: expressions, not indices.
        table, offset = None, None
        if not flags & 1:
            table_at = cursor.pos
            table = cursor.u32() if flags & 2 else 0
            if table >= self.spaces[Kind.TABLE]:
                cursor.fail(f"table {table} does not exist, there are {self.spaces[Kind.TABLE]}", table_at)
            offset = self._const_expr(cursor)
        if flags & 4:
            if flags & 3:
                _reftype(cursor)
            count = cursor.count("elements")
            return ElementSegment(table, offset, tuple([self._const_expr(cursor).func_index for _ in range(count)]))
        if flags & 3 and (kind := cursor.byte()):
            cursor.fail(f"unknown kind of element {kind}", cursor.pos - 1)
        start = cursor.pos
        functions = cursor.u32s(cursor.count("elements"))
        if functions and (highest := max(functions)) >= self.spaces[Kind.FUNC]:
            cursor.fail(f"func {highest} does not exist, there are {self.spaces[Kind.FUNC]}", start)
        return ElementSegment(table, offset, tuple(functions))

    def _segment(self, cursor: Cursor) -> DataSegment:
        start = cursor.pos
        flags = cursor.u32()
        if flags > 2:
            cursor.fail(f"unknown kind of data segment {flags}", start)
        memory, offset = None, None
        if flags != 1:
            memory = cursor.u32() if flags else 0
            if memory >= self.spaces[Kind.MEMORY]:
                cursor.fail(f"memory {memory} does not exist, there are {self.spaces[Kind.MEMORY]}", start)
            offset = self._const_expr(cursor)
        size = cursor.u32()
        return DataSegment(memory, offset, cursor.take(size), cursor.pos)

    def _const_expr(self, cursor: Cursor) -> ConstExpr:
        """A constant expression. One that computes is read as to its form only."""
        start = cursor.pos
        first: ConstExpr | None = None
        operands = operators = 0
        while (opcode := cursor.byte()) != 0x0B:
            if opcode in _CONST_OPERATORS:
                operators += 1
                if operators >= operands:
                    cursor.fail("a constant expression lacks an operand", start)
            else:
                operand = self._const_operand(cursor, opcode)
                operands += 1
                first = first or operand
        if first is None or operands != operators + 1:
            cursor.fail(f"a constant expression leaves {operands - operators} values", start)
        return ConstExpr() if operators else first

    def _const_operand(self, cursor: Cursor, opcode: int) -> ConstExpr:
        if opcode == 0x41:
            return ConstExpr(cursor.s32())
        if opcode == 0x42:
            return ConstExpr(cursor.s64())
        if opcode == 0x43:
            return ConstExpr(struct.unpack("<f", cursor.raw(4))[0])
        if opcode == 0x44:
            return ConstExpr(struct.unpack("<d", cursor.raw(8))[0])
        if opcode == 0x23:
            return ConstExpr(global_index=self._index(cursor, Kind.GLOBAL))
        if opcode == 0xD2:
            return ConstExpr(func_index=self._index(cursor, Kind.FUNC))
        if opcode == 0xD0:
            _reftype(cursor)
            return ConstExpr()
        if opcode == 0xFD and cursor.u32() == 0x0C:
            cursor.take(16)
            return ConstExpr()
        cursor.fail(f"instruction 0x{opcode:02x} in a constant expression")


# Addition, subtraction and multiplication of i32 and of i64.
_CONST_OPERATORS = frozenset((0x6A, 0x6B, 0x6C, 0x7C, 0x7D, 0x7E))


def _unknown_type(cursor: Cursor, form: int, offset: int) -> NoReturn:
    if later := _LATER_FORMS.get(form):
        cursor.fail(f"{cursor.what} has {later} (0x{form:02x}): typed references and GC types are not read", offset)
    cursor.fail(f"{cursor.what} has the unknown type 0x{form:02x}", offset)


def _valtypes(cursor: Cursor, what: str) -> tuple[ValType, ...]:
    start = cursor.take(cursor.count(what))
    forms = cursor.data[start : cursor.pos]
    for place, form in enumerate(forms):
        if form not in VALTYPES:
            _unknown_type(cursor, form, start + place)
    return tuple([VALTYPES[form] for form in forms])


def _valtype(cursor: Cursor, known: dict[int, ValType] = VALTYPES) -> ValType:
    form = cursor.byte()
    if form not in known:
        _unknown_type(cursor, form, cursor.pos - 1)
    return known[form]


def _reftype(cursor: Cursor) -> ValType:
    return _valtype(cursor, _REFTYPES)


def _kind(cursor: Cursor) -> Kind:
    number = cursor.byte()
    if number >= len(_KINDS):
        cursor.fail(f"unknown kind {number} in {cursor.what}", cursor.pos - 1)
    return _KINDS[number]


def _limits(cursor: Cursor) -> Limits:
    start = cursor.pos
    flags = cursor.byte()
    if flags > 7:
        cursor.fail(f"unknown form of limits 0x{flags:02x}", start)
    shared, is64 = bool(flags & _SHARED), bool(flags & 4)
    read = cursor.u64 if is64 else cursor.u32
    minimum = read()
    maximum = read() if flags & 1 else None
    if maximum is not None and maximum < minimum:
        cursor.fail(f"the maximum {maximum} is below the minimum {minimum}", start)
    if shared and maximum is None:
        cursor.fail("shared, but without a maximum", start)
    return Limits(minimum, maximum, shared, is64)


def _table_type(cursor: Cursor) -> TableType:
    element = _reftype(cursor)
    start = cursor.pos
    limits = _limits(cursor)
    if limits.shared:
        cursor.fail("a shared table", start)
    return TableType(element, limits)


def _global_type(cursor: Cursor) -> GlobalType:
    type_ = _valtype(cursor)
    mutable = cursor.byte()
    if mutable > 1:
        cursor.fail(f"unknown mutability {mutable}", cursor.pos - 1)
    return GlobalType(type_, bool(mutable))


class _Deferred(Sequence[T]):
    """A sequence of known length whose items are read at their first use."""

    def __init__(self, count: int, read: Callable[[], Sequence[T]]) -> None:
        self._count = count
        self._read = read

    @cached_property
    def _items(self) -> Sequence[T]:
        return self._read()

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, index: Any) -> Any:
        return self._items[index]


class _Codes(Sequence[Code]):
    """Function bodies. Where each lies is found out for all at once, its local variables when it is asked for."""

    def __init__(self, count: int, section: Cursor) -> None:
        self._count = count
        self._data = section.data
        self._start = section.pos
        self._end = section.end

    @cached_property
    def _bodies(self) -> list[tuple[int, int]]:
        cursor = Cursor(self._data, self._start, self._end, "the code section")
        bodies = []
        for _ in range(self._count):
            size = cursor.u32()
            start = cursor.take(size)
            bodies.append((start, start + size))
        cursor.finish()
        return bodies

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return [self._code(body) for body in self._bodies[index]]
        return self._code(self._bodies[index])

    def _code(self, body: tuple[int, int]) -> Code:
        start, end = body
        cursor = Cursor(self._data, start, end, "a function body")
        runs = tuple([(cursor.u32(), _valtype(cursor)) for _ in range(cursor.count("local variables"))])
        if sum(count for count, _ in runs) >= 1 << 32:
            cursor.fail("more than 4 Gi local variables", start)
        return Code(cursor.pos, end, runs)
