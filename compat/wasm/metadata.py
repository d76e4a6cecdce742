"""Custom sections in which a compiler says how its module is to be run.

Sources: Emscripten's tools/shared.py for `emscripten_metadata` and `dylink`; the tool conventions for `dylink.0`
(DynamicLinking.md) and `producers` (ProducersSection.md) at https://github.com/WebAssembly/tool-conventions.
"""

from __future__ import annotations

from compat._typing import NamedTuple
from compat.wasm.cursor import Cursor
from compat.wasm.model import Module


class EmscriptenMetadata(NamedTuple):
    """What Emscripten's option EMIT_EMSCRIPTEN_METADATA writes. A field is None where its version has it not yet."""

    version: tuple[int, int]
    """Of the section's layout: (major, minor)."""
    abi: tuple[int, int]
    """Of the interface between module and glue: (major, minor)."""
    table_size: int
    """Elements."""
    static_size: int | None = None
    """Size of static data in bytes, in layout 0.0 only."""
    memory_pages: int | None = None
    """Initial memory in pages of 64 KiB, from layout 0.1 on, where it took the place of `static_size`."""
    global_base: int | None = None
    """Address where static data starts."""
    dynamic_base: int | None = None
    """Address where the heap starts."""
    dynamictop_ptr: int | None = None
    """Address of the word that holds the heap's end."""
    tempdouble_ptr: int | None = None
    """Address of 8 bytes of scratch space; 0 from the upstream backend."""
    wasm_backend: bool | None = None
    """Made by the upstream LLVM backend, not by fastcomp."""
    standalone: bool | None = None
    """Linked to run without JavaScript."""


class Dylink(NamedTuple):
    """What a side module asks of its loader. Sizes in bytes and table elements, alignments as powers of two."""

    memory_size: int
    memory_alignment: int
    table_size: int
    table_alignment: int
    needed: tuple[str, ...] = ()
    """Other side modules that are to be loaded first."""


def emscripten_metadata(module: Module) -> EmscriptenMetadata | None:
    """The `emscripten_metadata` section, if there is one.

    Raises MalformedModule, also for a layout of another major version than 0. A later minor version may have appended
    fields, which are not looked at.
    """
    cursor = _section(module, "emscripten_metadata")
    if cursor is None:
        return None
    start = cursor.pos
    version = cursor.u32(), cursor.u32()
    major, minor = version
    if major != 0:
        cursor.fail(f"emscripten_metadata of the unknown version {major}.{minor}", start)
    abi = cursor.u32(), cursor.u32()
    # 0.2 put its flag in front of the sizes, where its own rule was to append.
    wasm_backend = bool(cursor.u32()) if minor >= 2 else None
    size, table_size = cursor.u32(), cursor.u32()
    if minor == 0:
        return EmscriptenMetadata(version, abi, table_size, static_size=size)
    addresses = cursor.u32(), cursor.u32(), cursor.u32(), cursor.u32()
    standalone = bool(cursor.u32()) if minor >= 3 else None
    return EmscriptenMetadata(version, abi, table_size, None, size, *addresses, wasm_backend, standalone)


def dylink(module: Module) -> Dylink | None:
    """The `dylink` section, or its successor `dylink.0`, if there is one. Raises MalformedModule."""
    if cursor := _section(module, "dylink"):
        sizes = cursor.u32(), cursor.u32(), cursor.u32(), cursor.u32()
        # The list of needed modules came with 1.38.22: older sections end here.
        return Dylink(*sizes, _names(cursor) if cursor.left else ())
    if cursor := _section(module, "dylink.0"):
        return _dylink_0(cursor)
    return None


def _dylink_0(cursor: Cursor) -> Dylink:
    sizes = 0, 0, 0, 0
    needed: tuple[str, ...] = ()
    while cursor.left:
        kind = cursor.byte()
        size = cursor.u32()
        part = Cursor(cursor.data, cursor.take(size), cursor.pos, cursor.what)
        if kind == 1:
            sizes = part.u32(), part.u32(), part.u32(), part.u32()
        elif kind == 2:
            needed = _names(part)
    return Dylink(*sizes, needed)


def producers(module: Module) -> dict[str, tuple[tuple[str, str], ...]]:
    """The `producers` section: (name, version) pairs by field, such as `processed-by`. Raises MalformedModule."""
    cursor = _section(module, "producers")
    if cursor is None:
        return {}
    fields = {}
    for _ in range(cursor.count("fields")):
        field = cursor.name()
        fields[field] = tuple([(cursor.name(), cursor.name()) for _ in range(cursor.count("values"))])
    return fields


def _section(module: Module, name: str) -> Cursor | None:
    section = module.custom_section(name)
    return Cursor(module.data, section.start, section.end, f"the {name} section") if section else None


def _names(cursor: Cursor) -> tuple[str, ...]:
    return tuple([cursor.name() for _ in range(cursor.count("names"))])
