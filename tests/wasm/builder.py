"""Writes WebAssembly modules for tests: whole ones by what is in them, or odd ones section by section."""

from __future__ import annotations

import struct
from collections.abc import Iterable

from compat.wasm.model import (
    ExternType,
    FuncType,
    GlobalType,
    Kind,
    Limits,
    MemoryType,
    TableType,
    ValType,
)

HEADER = b"\0asm\1\0\0\0"
END = b"\x0b"

_KINDS = tuple(Kind)
_VALTYPES = {
    ValType.I32: 0x7F,
    ValType.I64: 0x7E,
    ValType.F32: 0x7D,
    ValType.F64: 0x7C,
    ValType.V128: 0x7B,
    ValType.FUNCREF: 0x70,
    ValType.EXTERNREF: 0x6F,
    ValType.EXNREF: 0x69,
}


def u(number: int, width: int = 1) -> bytes:
    """Unsigned LEB128, padded to `width` bytes."""
    out = bytearray()
    while number >= 0x80 or len(out) + 1 < width:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*out, number])


def s(number: int) -> bytes:
    """Signed LEB128."""
    out = bytearray()
    while not -0x40 <= number < 0x40:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*out, number & 0x7F])


def name(text: str) -> bytes:
    return u(len(text.encode())) + text.encode()


def vector(items: Iterable[bytes]) -> bytes:
    items = list(items)
    return u(len(items)) + b"".join(items)


def section(id_: int, *payload: bytes) -> bytes:
    contents = b"".join(payload)
    return bytes([id_]) + u(len(contents)) + contents


def custom(title: str, *payload: bytes) -> bytes:
    return section(0, name(title), *payload)


def module(*sections: bytes) -> bytes:
    return HEADER + b"".join(sections)


def const(value: int | float, type_: ValType = ValType.I32) -> bytes:
    """A constant expression."""
    if type_ is ValType.F32:
        return b"\x43" + struct.pack("<f", value) + END
    if type_ is ValType.F64:
        return b"\x44" + struct.pack("<d", value) + END
    assert isinstance(value, int)
    return (b"\x41" if type_ is ValType.I32 else b"\x42") + s(value) + END


def valtypes(types: Iterable[ValType]) -> bytes:
    return vector(bytes([_VALTYPES[type_]]) for type_ in types)


def functype(type_: FuncType) -> bytes:
    return b"\x60" + valtypes(type_.params) + valtypes(type_.results)


def limits(value: Limits) -> bytes:
    flags = (value.maximum is not None) | value.shared << 1 | value.is64 << 2
    return bytes([flags]) + u(value.minimum) + (b"" if value.maximum is None else u(value.maximum))


def body(code: bytes = END, local: Iterable[tuple[int, ValType]] = ()) -> bytes:
    """A function body of the code section."""
    runs = vector(u(count) + bytes([_VALTYPES[type_]]) for count, type_ in local)
    return u(len(runs + code)) + runs + code


def build(
    *,
    imports: Iterable[tuple[str, str, ExternType | str]] = (),
    functions: Iterable[tuple[str, bytes]] = (),
    tables: Iterable[TableType] = (),
    memories: Iterable[Limits] = (),
    tags: Iterable[str] = (),
    globals_: Iterable[tuple[GlobalType, int | float]] = (),
    exports: Iterable[tuple[str, Kind, int]] = (),
    start: int | None = None,
    elements: Iterable[tuple[int, list[int]]] = (),
    data: Iterable[tuple[int, bytes]] = (),
    first: Iterable[bytes] = (),
    last: Iterable[bytes] = (),
) -> bytes:
    """A module. Function types are given as signatures (`i(ij)`), code without its locals but with its `end`.

    `elements` are (offset in table 0, function indices), `data` are (address in memory 0, bytes); `first` and `last`
    are whole custom sections.
    """
    types: list[str] = []

    def type_index(signature: str) -> bytes:
        if signature not in types:
            types.append(signature)
        return u(types.index(signature))

    def extern(type_: ExternType | str) -> bytes:
        if isinstance(type_, str | FuncType):
            return b"\0" + type_index(str(type_))
        if isinstance(type_, TableType):
            return b"\1" + table(type_)
        if isinstance(type_, MemoryType):
            return b"\2" + limits(type_.limits)
        if isinstance(type_, GlobalType):
            return b"\3" + global_type(type_)
        return b"\4" + tag(str(type_.type))

    def table(type_: TableType) -> bytes:
        return bytes([_VALTYPES[type_.element]]) + limits(type_.limits)

    def tag(signature: str) -> bytes:
        return b"\0" + type_index(signature)

    def global_type(type_: GlobalType) -> bytes:
        return bytes([_VALTYPES[type_.type], type_.mutable])

    functions = list(functions)
    contents = {
        2: [name(where) + name(what) + extern(type_) for where, what, type_ in imports],
        3: [type_index(signature) for signature, _ in functions],
        4: [table(type_) for type_ in tables],
        5: [limits(size) for size in memories],
        13: [tag(signature) for signature in tags],
        6: [global_type(type_) + const(value, type_.type) for type_, value in globals_],
        7: [name(title) + bytes([_KINDS.index(kind)]) + u(index) for title, kind, index in exports],
        9: [b"\0" + const(offset) + vector(map(u, indices)) for offset, indices in elements],
        10: [body(code) for _, code in functions],
        11: [b"\0" + const(address) + u(len(payload)) + payload for address, payload in data],
    }
    sections = {id_: section(id_, vector(items)) for id_, items in contents.items() if items}
    if types:
        sections[1] = section(1, vector(functype(FuncType.parse(signature)) for signature in types))
    if start is not None:
        sections[8] = section(8, u(start))
    order = (1, 2, 3, 4, 5, 13, 6, 7, 8, 9, 10, 11)
    return module(*first, *(sections[id_] for id_ in order if id_ in sections), *last)
