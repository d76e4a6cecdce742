"""From WebAssembly to C: wasm2c writes the module, and this what links it to its host (wasm-rt.h).

wasm2c makes C names out of a module's own. To depend on nothing there, and to let no two be equal, it gets the module
with plain ones: import number 3 is `m.i3`, export number 3 is `e3`. Custom sections are left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from compat._typing import NamedTuple
from compat.errors import Unsupported
from compat.wasm.model import (
    FuncType,
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

_IMPORTS, _EXPORTS = 2, 7
_ORDER = (1, 2, 3, 4, 5, 13, 6, 7, 8, 9, 12, 10, 11)
"""Of the sections in a module; custom ones (0) are left out."""
_KINDS = {Kind.FUNC: 0, Kind.TABLE: 1, Kind.MEMORY: 2, Kind.GLOBAL: 3, Kind.TAG: 4}
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
_C = {
    ValType.I32: "u32",
    ValType.I64: "u64",
    ValType.F32: "f32",
    ValType.F64: "f64",
    ValType.V128: "v128",
    ValType.FUNCREF: "wasm_rt_funcref_t",
    ValType.EXTERNREF: "wasm_rt_externref_t",
    ValType.EXNREF: "wasm_rt_exnref_t",
}
_MULTI = {ValType.V128: "o", ValType.FUNCREF: "r", ValType.EXTERNREF: "e", ValType.EXNREF: "x"}
"""Letters in wasm2c's names for several results, where they are not ours."""
_NUMBERS = frozenset((ValType.I32, ValType.I64, ValType.F32, ValType.F64))


class Export(NamedTuple):
    """Something that a module defines itself and C code gives out: kind, and index of that kind."""

    kind: Kind
    index: int  # type: ignore[assignment]  # as in compat.wasm.model


def defined_exports(module: Module) -> list[Export]:
    """What compiled code exports: of the module's exports, those that are not imports passed on; and all its tags."""
    imported = {kind: len(module.imported(kind)) for kind in Kind}
    exported = (Export(export.kind, export.index) for export in module.exports)
    tags = (Export(Kind.TAG, imported[Kind.TAG] + i) for i in range(len(module.tags)))
    return list(dict.fromkeys(p for p in (*exported, *tags) if p.index >= imported[p.kind]))


def renamed(module: Module) -> bytes:
    """The module with plain names for what it imports and exports, and no custom sections."""
    imports = [_name("m") + _name(f"i{i}") + _import_type(module, item) for i, item in enumerate(module.imports)]
    exports = [_name(f"e{i}") + bytes([_KINDS[p.kind]]) + _u32(p.index) for i, p in enumerate(defined_exports(module))]
    sections = _sections(module.data) | {_IMPORTS: _vector(imports), _EXPORTS: _vector(exports)}
    written = ((kind, sections[kind]) for kind in _ORDER if kind in sections)
    return module.data[:8] + b"".join(bytes([kind]) + _u32(len(body)) + body for kind, body in written)


def type_only(type: FuncType) -> bytes:
    """A module that has a function type, and no more."""
    kinds = [_u32(len(types)) + bytes(map(_VALTYPES.__getitem__, types)) for types in type]
    body = _vector([b"\x60" + kinds[0] + kinds[1]])
    return b"\0asm\1\0\0\0\1" + _u32(len(body)) + body


def links(module: Module, header: str) -> str:
    """The C that makes a loadable module of wasm2c's, whose header is given by name."""
    tags = [i for i, item in enumerate(module.imports) if item.kind is Kind.TAG]
    lines = [
        "/* Written by compat (compat/engine/wasm2c/translate.py). */",
        *(f"#define w2c_m_i{i} constant_w2c_m_i{i}" for i in tags),
        f'#include "{header}"',
        *(f"#undef w2c_m_i{i}\nwasm_rt_tag_t w2c_m_i{i};" for i in tags),
        "const runtime_t *compat_runtime;",
        "typedef union { u32 i; u64 j; f32 f; f64 d; char size[16]; } slot_t;",
        *(line for i, item in enumerate(module.imports) for line in _import_links(i, item)),
        *(line for i, type in enumerate(module.types) for line in _type_links(i, type)),
        *(
            f"static void *tag_{i}(void *instance) {{ (void)instance; return (void *)w2c_x_e{i}; }}"
            for i, place in enumerate(defined_exports(module))
            if place.kind is Kind.TAG
        ),
        f"static type_t types[{len(module.types) + 1}];",
        f"static const export_t exports[{len(defined_exports(module)) + 1}] = {{",
        *(f"    {_export_link(i, place)}," for i, place in enumerate(defined_exports(module))),
        "};",
        "static void bind(const runtime_t *runtime)",
        "{",
        "    compat_runtime = runtime;",
        *(f"    types[{i}] = {_type_value(i, type)};" for i, type in enumerate(module.types)),
        "}",
        "static bool import_tags(const import_t *imports)",
        "{",
        *(f"    if (w2c_m_i{i} && w2c_m_i{i} != imports[{i}].other) return false;" for i in tags),
        *(f"    w2c_m_i{i} = imports[{i}].other;" for i in tags),
        "    return true;",
        "}",
        "static void instantiate(void *instance, const import_t *imports)",
        "{",
        f"    wasm2c_x_instantiate(instance{', (struct w2c_m *)imports' * bool(module.imports)});",
        "}",
        "static void release(void *instance) { wasm2c_x_free(instance); }",
        '__attribute__((visibility("default"))) const compiled_t compat_module = {',
        "    sizeof(w2c_x), bind, import_tags, instantiate, release, types, exports,",
        "};",
    ]
    return "\n".join(lines) + "\n"


def _import_links(index: int, item: Import) -> Iterator[str]:
    """What wasm2c's code calls for one import. The array of imports is what it takes for the module `m`.

    Out of an element segment, wasm2c 1.0.42 passes not that, but where the instance has it. As the array begins with
    its own address, it is found either way.
    """
    name, at = f"w2c_m_i{index}", f"(*(const import_t **)imports)[{index + 1}]"
    type = item.type
    if isinstance(type, FuncType):
        names = [f"p{i}" for i in range(len(type.params))]
        params = "".join(f", {_C[t]} {n}" for t, n in zip(type.params, names, strict=True))
        call = f"(({_pointer(type)}){at}.function.func)({', '.join([f'{at}.function.module_instance', *names])})"
        yield f"{_result(type)} {name}(struct w2c_m *imports{params}) {{ {'return ' * bool(type.results)}{call}; }}"
    elif not isinstance(type, TagType):
        yield f"{_pointee(type)} *{name}(struct w2c_m *imports) {{ return ({_pointee(type)} *){at}.other; }}"


def _pointee(type: TableType | MemoryType | GlobalType) -> str:
    """What wasm2c wants the address of."""
    if isinstance(type, MemoryType):
        return "wasm_rt_memory_t"
    return _C[type.type] if isinstance(type, GlobalType) else _C[type.element].removesuffix("_t") + "_table_t"


def _type_links(index: int, type: FuncType) -> Iterator[str]:
    """How the host calls a function of the type, and a function of the type that calls the host."""
    if not crosses(type):
        return
    arguments = "".join(f", slots[{i}].{t.value}" for i, t in enumerate(type.params))
    result = f"slots[0].{type.results[0].value} = " if type.results else ""
    yield f"static void call_{index}(wasm_rt_function_ptr_t function, void *instance, void *values)"
    yield f"{{ slot_t *slots = values; (void)slots; {result}(({_pointer(type)})function)(instance{arguments}); }}"
    params = "".join(f", {_C[t]} p{i}" for i, t in enumerate(type.params))
    stores = " ".join(f"slots[{i}].{t.value} = p{i};" for i, t in enumerate(type.params))
    back = f" return slots[0].{type.results[0].value};" if type.results else ""
    yield f"static {_result(type)} host_{index}(void *function{params})"
    yield f"{{ slot_t slots[{max(len(type.params), 1)}]; {stores} compat_runtime->host(function, slots);{back} }}"


def _type_value(index: int, type: FuncType) -> str:
    counts = f"{len(type.params)}, {len(type.results)}"
    kinds = "".join(f", WASM_RT_{t.name}" for t in (*type.params, *type.results))
    functions = f"call_{index}, (wasm_rt_function_ptr_t)host_{index}" if crosses(type) else "NULL, NULL"
    return f"(type_t){{wasm2c_x_get_func_type({counts}{kinds}), {functions}}}"


def _export_link(index: int, place: Export) -> str:
    name = f"w2c_x_e{index}"
    if place.kind is Kind.FUNC:
        return f"{{(wasm_rt_function_ptr_t){name}, NULL}}"
    return f"{{NULL, {f'tag_{index}' if place.kind is Kind.TAG else f'(void *(*)(void *)){name}'}}}"


def crosses(type: FuncType) -> bool:
    """Whether calls of the type can pass between guest and host."""
    return len(type.results) <= 1 and _NUMBERS.issuperset((*type.params, *type.results))


def _result(type: FuncType) -> str:
    if len(type.results) > 1:
        return "struct wasm_multi_" + "".join(_MULTI.get(t, t.value) for t in type.results)
    return _C[type.results[0]] if type.results else "void"


def _pointer(type: FuncType) -> str:
    return f"{_result(type)} (*)({', '.join(['void *', *(_C[t] for t in type.params)])})"


def _sections(data: bytes) -> dict[int, bytes]:
    """Of a module that the reader has read."""
    # Here, because a module from the cache needs no reader.
    from compat.wasm.cursor import Cursor

    sections: dict[int, bytes] = {}
    cursor = Cursor(data, 8, len(data), "the module")
    while cursor.left:
        kind = cursor.byte()
        sections[kind] = cursor.raw(cursor.u32())
    return sections


def _import_type(module: Module, item: Import) -> bytes:
    kind = bytes([_KINDS[item.kind]])
    type = item.type
    if isinstance(type, FuncType):
        return kind + _u32(module.types.index(type))
    if isinstance(type, TagType):
        return kind + b"\0" + _u32(module.types.index(type.type))
    if isinstance(type, GlobalType):
        return kind + bytes([_VALTYPES[type.type], type.mutable])
    element = bytes([_VALTYPES[type.element]]) if isinstance(type, TableType) else b""
    return kind + element + _limits(type.limits)


def _limits(limits: Limits) -> bytes:
    if limits.shared or limits.is64:
        raise Unsupported("a shared or 64-bit memory is not supported")
    minimum = _u32(limits.minimum)
    return b"\0" + minimum if limits.maximum is None else b"\1" + minimum + _u32(limits.maximum)


def _name(text: str) -> bytes:
    return _u32(len(text)) + text.encode()


def _vector(items: Sequence[bytes]) -> bytes:
    return _u32(len(items)) + b"".join(items)


def _u32(value: int) -> bytes:
    """LEB128."""
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)
