from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compat.errors import MalformedModule
from compat.wasm.instructions import instructions
from compat.wasm.metadata import dylink, emscripten_metadata, producers
from compat.wasm.model import (
    Code,
    ConstExpr,
    ElementSegment,
    Export,
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
from compat.wasm.reader import check, read, unshared
from compat.wasm.symbols import Symbols
from tests.wasm import builder as b

I32, I64, F32, F64 = ValType.I32, ValType.I64, ValType.F32, ValType.F64

VOID_TYPE = b.section(1, b.vector([b.functype(FuncType((), ()))]))

SAMPLE = b.build(
    imports=[
        ("env", "_puts", "i(i)"),
        ("env", "table", TableType(ValType.FUNCREF, Limits(4, 4))),
        ("env", "memory", MemoryType(Limits(256, 256))),
        ("global", "NaN", GlobalType(F64, mutable=False)),
        ("env", "thrown", TagType(FuncType((I32,), ()))),
    ],
    functions=[("v()", b.END), ("d(jf)", b"\x44" + bytes(8) + b.END)],
    tables=[TableType(ValType.EXTERNREF, Limits(1))],
    memories=[Limits(1, 2, shared=True), Limits(1, None, is64=True)],
    tags=["v(j)"],
    globals_=[
        (GlobalType(I32, mutable=True), -5),
        (GlobalType(I64, mutable=False), 1 << 40),
        (GlobalType(F32, mutable=False), 1.5),
        (GlobalType(F64, mutable=False), math.inf),
    ],
    exports=[("_main", Kind.FUNC, 1), ("memory", Kind.MEMORY, 0), ("größe", Kind.GLOBAL, 1)],
    start=1,
    elements=[(2, [0, 2])],
    data=[(1024, b"hello"), (2048, b"")],
    first=[b.custom("dylink", bytes(4))],
    last=[b.custom("note", b"text")],
)


def rejects(data: bytes, message: str, offset: int | None = None) -> None:
    with pytest.raises(MalformedModule, match=message) as caught:
        check(read(data))
    if offset is not None:
        assert caught.value.offset == offset


def read_all(data: bytes) -> Module:
    module = read(data)
    check(module)
    return module


class TestModule:
    def test_empty(self) -> None:
        module = read_all(b.HEADER)
        assert (module.imports, module.functions, module.exports, list(module.codes)) == ((), (), (), [])

    def test_what_is_linked(self) -> None:
        module = read_all(SAMPLE)
        assert module.imports == (
            Import("env", "_puts", FuncType((I32,), (I32,))),
            Import("env", "table", TableType(ValType.FUNCREF, Limits(4, 4))),
            Import("env", "memory", MemoryType(Limits(256, 256))),
            Import("global", "NaN", GlobalType(F64, mutable=False)),
            Import("env", "thrown", TagType(FuncType((I32,), ()))),
        )
        assert module.functions == (FuncType((), ()), FuncType((I64, F32), (F64,)))
        assert module.tables == (TableType(ValType.EXTERNREF, Limits(1)),)
        assert module.memories == (MemoryType(Limits(1, 2, shared=True)), MemoryType(Limits(1, is64=True)))
        assert module.tags == (TagType(FuncType((I64,), ())),)
        assert module.globals == (
            Global(GlobalType(I32, mutable=True), ConstExpr(-5)),
            Global(GlobalType(I64, mutable=False), ConstExpr(1 << 40)),
            Global(GlobalType(F32, mutable=False), ConstExpr(1.5)),
            Global(GlobalType(F64, mutable=False), ConstExpr(math.inf)),
        )
        assert module.exports == (
            Export("_main", Kind.FUNC, 1),
            Export("memory", Kind.MEMORY, 0),
            Export("größe", Kind.GLOBAL, 1),
        )
        assert module.start == 1

    def test_segments(self) -> None:
        module = read_all(SAMPLE)
        assert list(module.elements) == [ElementSegment(0, ConstExpr(2), (0, 2))]
        assert [(s.memory, s.offset, SAMPLE[s.start : s.end]) for s in module.segments] == [
            (0, ConstExpr(1024), b"hello"),
            (0, ConstExpr(2048), b""),
        ]

    def test_codes(self) -> None:
        module = read_all(SAMPLE)
        assert [SAMPLE[code.start : code.end] for code in module.codes] == [b.END, b"\x44" + bytes(8) + b.END]
        assert module.code(0) is None
        assert module.code(2) == module.codes[1]
        assert module.codes[-1:] == [module.codes[1]]
        assert SAMPLE[module.code_offset] == 2, "the count of bodies"

    def test_locals(self) -> None:
        function = b.section(3, b.vector([b.u(0)]))
        code = b.section(10, b.vector([b.body(local=[(2, I32), (300, ValType.V128)])]))
        data = b.module(VOID_TYPE, function, code)
        assert read(data).codes[0] == Code(len(data) - 1, len(data), ((2, I32), (300, ValType.V128)))

    def test_customs(self) -> None:
        module = read_all(SAMPLE)
        assert [(c.name, c.first) for c in module.customs] == [("dylink", True), ("note", False)]
        assert bytes(module.custom("note") or b"") == b"text"
        assert module.custom("name") is None

    def test_only_one_section_is_first(self) -> None:
        module = read_all(b.module(b.custom("a"), b.custom("b"), VOID_TYPE, b.custom("c")))
        assert [c.first for c in module.customs] == [True, False, False]

    def test_function_index_space(self) -> None:
        module = read(SAMPLE)
        assert [str(type_) for type_ in module.func_types] == ["i(i)", "v()", "d(jf)"]
        assert [(export.name, str(type_)) for export, type_ in module.export_types()] == [("_main", "v()")]
        for index in (-1, 3):
            with pytest.raises(IndexError):
                module.func_type(index)
            with pytest.raises(IndexError):
                module.code(index)

    def test_many_functions(self) -> None:
        """More types than one byte can number, and more functions than two."""
        count = 20_000
        types = b.section(1, b.vector([b.functype(FuncType((I32,) * n, ())) for n in range(200)]))
        functions = b.section(3, b.vector([b.u(n % 200) for n in range(count)]))
        codes = b.section(10, b.vector([b.body()] * count))
        module = read_all(b.module(types, functions, codes))
        assert [len(type_.params) for type_ in module.functions] == [n % 200 for n in range(count)]
        assert len(module.codes) == count

    def test_padded_numbers(self) -> None:
        """Linkers leave room for five bytes."""
        types = b.u(1, 5) + b"\x60" + b.u(0, 5) + b.u(0, 5)
        assert read_all(b.module(b"\1" + b.u(len(types), 5) + types)).types == (FuncType((), ()),)


class TestElementSegments:
    INDICES = b.vector([b.u(1), b.u(0)])
    EXPRESSIONS = b.vector([b"\xd2\1\x0b", b"\xd0\x70\x0b", b"\x23\0\x0b"])

    @pytest.mark.parametrize(
        ("segment", "expected"),
        [
            (b"\0" + b.const(3) + INDICES, ElementSegment(0, ConstExpr(3), (1, 0))),
            (b"\1\0" + INDICES, ElementSegment(None, None, (1, 0))),
            (b"\2\1" + b.const(3) + b"\0" + INDICES, ElementSegment(1, ConstExpr(3), (1, 0))),
            (b"\3\0" + INDICES, ElementSegment(None, None, (1, 0))),
            (b"\4" + b.const(3) + EXPRESSIONS, ElementSegment(0, ConstExpr(3), (1, None, None))),
            (b"\5\x70" + EXPRESSIONS, ElementSegment(None, None, (1, None, None))),
            (b"\6\1" + b.const(3) + b"\x70" + EXPRESSIONS, ElementSegment(1, ConstExpr(3), (1, None, None))),
            (b"\7\x70" + EXPRESSIONS, ElementSegment(None, None, (1, None, None))),
        ],
    )
    def test_encodings(self, segment: bytes, expected: ElementSegment) -> None:
        table = b"\x70" + b.limits(Limits(9))
        data = b.module(
            VOID_TYPE,
            b.section(3, b.vector([b.u(0)] * 2)),
            b.section(4, b.vector([table] * 2)),
            b.section(6, b.vector([b"\x70\0\xd0\x70\x0b"])),
            b.section(9, b.vector([segment])),
            b.section(10, b.vector([b.body()] * 2)),
        )
        assert list(read_all(data).elements) == [expected]

    def test_rejected(self) -> None:
        start = b.module(b.section(4, b.vector([b"\x70\0\0"])))
        rejects(start + b.section(9, b.vector([b"\x08"])), "unknown kind of element segment 8", len(start) + 3)
        rejects(start + b.section(9, b.vector([b"\1\1\0"])), "unknown kind of element 1", len(start) + 4)
        rejects(start + b.section(9, b.vector([b"\1\0\1\0"])), "func 0 does not exist")
        rejects(start + b.section(9, b.vector([b"\2\1" + b.const(0)])), "table 1 does not exist", len(start) + 4)
        rejects(start + b.section(9, b.vector([b"\5\x7f\0"])), "unknown type 0x7f")


class TestDataSegments:
    @pytest.mark.parametrize(
        ("segment", "memory", "offset"),
        [
            (b"\0" + b.const(7) + b"\2ab", 0, ConstExpr(7)),
            (b"\1\2ab", None, None),
            (b"\2\1" + b.const(7) + b"\2ab", 1, ConstExpr(7)),
        ],
    )
    def test_encodings(self, segment: bytes, memory: int | None, offset: ConstExpr | None) -> None:
        data = b.module(
            b.section(5, b.vector([b.limits(Limits(1))] * 2)),
            b.section(12, b.u(1)),
            b.section(11, b.vector([segment])),
        )
        (found,) = read_all(data).segments
        assert (found.memory, found.offset, data[found.start : found.end]) == (memory, offset, b"ab")

    def test_rejected(self) -> None:
        rejects(b.module(b.section(12, b.u(2)), b.section(11, b"\1\1\0")), "2 data segments are declared, but 1")
        rejects(b.module(b.section(12, b.u(1))), "1 data segments are declared, but 0")
        rejects(b.module(b.section(11, b"\1\0\x41\0\x0b\0")), "memory 0 does not exist")
        rejects(b.module(b.section(11, b"\1\3")), "unknown kind of data segment 3")
        rejects(b.module(b.section(11, b"\1\1\5ab")), "ends in the middle of 5 bytes")

    def test_fault_is_told_at_every_use(self) -> None:
        module = read(b.module(b.section(11, b"\1\3")))
        for _ in range(2):
            with pytest.raises(MalformedModule, match="unknown kind of data segment"):
                check(module)


class TestConstantExpressions:
    @pytest.mark.parametrize(
        ("expression", "expected"),
        [
            (b"\x41\x7f", ConstExpr(-1)),
            (b"\x23\0", ConstExpr(global_index=0)),
            (b"\xd2\0", ConstExpr(func_index=0)),
            (b"\xd0\x6f", ConstExpr()),
            (b"\xfd\x0c" + bytes(16), ConstExpr()),
            (b"\x23\0\x41\x10\x6a", ConstExpr()),
            (b"\x23\0\x41\x10\x41\1\x6c\x6b", ConstExpr()),
        ],
    )
    def test_forms(self, expression: bytes, expected: ConstExpr) -> None:
        data = b.module(
            VOID_TYPE,
            b.section(2, b.vector([b"\1e\1g\3\x7f\0", b"\1e\1f\0\0"])),
            b.section(6, b.vector([b"\x7f\0" + expression + b.END])),
        )
        assert read_all(data).globals[0].init == expected

    @pytest.mark.parametrize(
        ("expression", "message"),
        [
            (b"", "leaves 0 values"),
            (b"\x41\0\x41\0", "leaves 2 values"),
            (b"\x6a", "lacks an operand"),
            (b"\x41\0\x6a\x41\0", "lacks an operand"),
            (b"\x20\0", "instruction 0x20"),
            (b"\x23\0", "global 0 does not exist"),
            (b"\xd2\0", "func 0 does not exist"),
            (b"\x41\xff\xff\xff\xff\x0f", "does not fit in 32 bits"),
        ],
    )
    def test_rejected(self, expression: bytes, message: str) -> None:
        rejects(b.module(b.section(6, b.vector([b"\x7f\0" + expression + b.END]))), message)


class TestRejected:
    @pytest.mark.parametrize(
        ("data", "message"),
        [
            (b"", "this is an empty file"),
            (b"\n \n", "this is a blank file"),
            (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "a Git LFS pointer"),
            (b"\xef\xbb\xbf<!DOCTYPE html>", "an HTML or XML page"),
            (b"\x1f\x8b\x08", "a gzip archive"),
            (b"\x7fELF\2\1\1", "an ELF file"),
            (b"BC\xc0\xde", "LLVM bitcode"),
            (b"var Module = {}", "a text file"),
            (b"(module)", "the text format"),
            (b"\0\1\2\3", "neither a WebAssembly module nor"),
            (b"\0asm\1\0", "cut off in its header"),
            (b"\0asm\x0d\0\1\0", "a WebAssembly component"),
            (b"\0asm\x0b\0\0\0", "a draft of WebAssembly"),
            (b"\0asm\2\0\0\0", "unknown version 0x2"),
        ],
    )
    def test_other_files(self, data: bytes, message: str) -> None:
        rejects(data, message)

    @pytest.mark.parametrize(
        ("sections", "message", "offset"),
        [
            (b"\x0e\0", "unknown section 14", 8),
            (b"\1\5\0", "the type section of 5 bytes is cut off", 8),
            (b"\1", "the file ends in the middle of a number", 9),
            (b"\1\x80", "the file ends in the middle of a number", 9),
            (b"\1\x80\x80\x80\x80\x80\0", "longer than 5 bytes", 9),
            (b"\1\x80\x80\x80\x80\x10", "does not fit in 32 bits", 9),
            (b"\1\1\0\1\1\0", "a second type section", 11),
            (b"\3\1\0\1\1\0", "the type section comes too late", 11),
            (b"\1\2\0\0", "1 bytes more than its contents", 11),
            (b"\1\1\1", "1 types do not fit in the type section", 10),
            (b"\1\5\xff\xff\xff\xff\x0f", "4294967295 types do not fit", 10),
            (b"\1\2\1\x61", "unknown type 0x61", 11),
            (b"\1\4\1\x60\1\0", "1 results do not fit|unknown type 0x00", None),
            (b"\1\3\1\x5f\0", "a struct type .0x5f.: typed references and GC types are not read", 11),
            (b"\1\3\1\x4e\0", "a recursive type group", 11),
            (b"\1\5\1\x60\1\x63\0", "a typed reference", 13),
            (b"\4\3\1\x40\0", "a table with an initialiser", 11),
            (b"\2\5\1\1\xff\0\0", "a name in the import section is not UTF-8", 12),
            (b"\2\x05\1\0\0\5\0", "unknown kind 5 in the import section", 13),
            (b"\2\x05\1\0\0\0\0", "type 0 does not exist", 14),
            (b"\3\2\1\0", "type 0 does not exist", 10),
            (b"\3\2\1\x80", "ends in the middle", None),
            (b"\5\3\1\x08\0", "unknown form of limits 0x08", 11),
            (b"\5\4\1\1\2\1", "the maximum 1 is below the minimum 2", 11),
            (b"\5\3\1\2\0", "shared, but without a maximum", 11),
            (b"\5\5\1\0\x81\x80\4", "more than 65536 pages", 11),
            (b"\4\5\1\x70\3\0\0", "a shared table", 12),
            (b"\6\6\1\x7f\2\x41\0\x0b", "unknown mutability 2", 12),
            (b"\7\5\1\1a\0\0", "func 0 does not exist", 14),
            (b"\x08\1\0", "func 0 does not exist", 10),
            (b"\x0d\3\1\1\0", "unknown kind of tag 1", 11),
            (b"\0\0", "the custom section ends", 10),
            (b"\0\2\5a", "the custom section ends in the middle of 5 bytes", 11),
            (b"\x0a\1\1", "1 function bodies do not fit", 10),
            (b"\x0a\3\1\1\0", "0 functions are declared, but 1 bodies are there", 10),
        ],
    )
    def test_frame(self, sections: bytes, message: str, offset: int | None) -> None:
        rejects(b.HEADER + sections, message, offset)

    def test_functions_without_bodies(self) -> None:
        rejects(b.module(VOID_TYPE, b.section(3, b"\1\0")), "1 functions are declared, but 0 bodies are there")

    def test_export_names_are_unique(self) -> None:
        memory = b.section(5, b.vector([b.limits(Limits(1))]))
        export = b.name("x") + b"\2\0"
        rejects(b.module(memory, b.section(7, b.vector([export, export]))), "a second export of the name 'x'")

    @pytest.mark.parametrize(
        ("bodies", "message"),
        [
            (b"\5\0\x0b", "ends in the middle of 5 bytes"),
            (b"\2\0\x0b\0", "1 bytes more than its contents"),
            (b"\2\1\x0b", "ends too early"),
            (b"\x03\1\1\x0b", "unknown type 0x0b"),
            (b"\x0e\2\xff\xff\xff\xff\x0f\x7f\xff\xff\xff\xff\x0f\x7f\x0b", "more than 4 Gi local variables"),
        ],
    )
    def test_bodies(self, bodies: bytes, message: str) -> None:
        module = read(b.module(VOID_TYPE, b.section(3, b"\1\0"), b.section(10, b"\1" + bodies)))
        with pytest.raises(MalformedModule, match=message):
            check(module)


@contextmanager
def only_malformed(data: bytes) -> Iterator[None]:
    """Let nothing pass but a MalformedModule that points into `data`."""
    try:
        yield
    except MalformedModule as error:
        if error.offset > len(data):
            pytest.fail(f"{error} is outside of {len(data)} bytes")


def explore(data: bytes) -> None:
    """Everything that untrusted bytes go through. What is wrong with them is a MalformedModule, or costs a name."""
    with only_malformed(data):
        module = read(data)
        symbols = Symbols(module)
        for index in range(len(module.func_types) + 1):
            symbols.frame(index, len(data) // 2)
        for section in (dylink, emscripten_metadata, producers):
            with only_malformed(data):
                section(module)
        check(module)
        for code in module.codes:
            for instruction in instructions(module, code):
                assert code.start <= instruction.offset < code.end


SECTION = st.builds(b.section, st.integers(0, 14), st.binary(max_size=40))
EXTERNS = st.one_of(
    st.sampled_from(["v()", "i(ij)", "V(pe)"]),
    st.builds(lambda low, more: MemoryType(Limits(low, low + more)), st.integers(0, 9), st.integers(0, 65000)),
    st.builds(GlobalType, st.sampled_from([I32, F64, ValType.EXTERNREF]), st.booleans()),
)


@given(st.binary(max_size=200))
@settings(max_examples=100)
def test_arbitrary_bytes(data: bytes) -> None:
    explore(data)
    explore(b.HEADER + data)


@given(st.lists(SECTION, max_size=6))
@settings(max_examples=100)
def test_arbitrary_sections(sections: list[bytes]) -> None:
    explore(b.module(*sections))


@given(st.lists(st.tuples(st.integers(8, len(SAMPLE) - 1), st.integers(0, 255)), min_size=1, max_size=4))
@settings(max_examples=300)
def test_mutated_module(changes: list[tuple[int, int]]) -> None:
    data = bytearray(SAMPLE)
    for offset, value in changes:
        data[offset] = value
    explore(bytes(data))


@given(st.integers(0, len(SAMPLE) - 1))
@settings(max_examples=100)
def test_truncated_module(length: int) -> None:
    explore(SAMPLE[:length])


@given(
    imports=st.lists(st.tuples(st.text(max_size=5), st.text(max_size=5), EXTERNS), max_size=5),
    globals_=st.lists(st.integers(-(1 << 63), (1 << 63) - 1), max_size=5),
    exports=st.sets(st.text(max_size=5), max_size=5),
    data=st.lists(st.tuples(st.integers(-(1 << 31), (1 << 31) - 1), st.binary(max_size=300)), max_size=5),
    functions=st.integers(1, 300),
)
@settings(max_examples=100)
def test_round_trip(
    imports: list[tuple[str, str, str | MemoryType | GlobalType]],
    globals_: list[int],
    exports: set[str],
    data: list[tuple[int, bytes]],
    functions: int,
) -> None:
    binary = b.build(
        imports=imports,
        functions=[("v()", b"\x01" * n + b.END) for n in range(functions)],
        memories=[Limits(1)],
        globals_=[(GlobalType(I64, mutable=True), value) for value in globals_],
        exports=[(name, Kind.FUNC, 0) for name in exports],
        data=data,
    )
    module = read_all(binary)
    expected = tuple((where, what, str(type_)) for where, what, type_ in imports)
    assert tuple((i.module, i.name, str(i.type)) for i in module.imports) == expected
    assert [item.init.value for item in module.globals] == globals_
    assert {export.name for export in module.exports} == exports
    assert [(s.offset, binary[s.start : s.end]) for s in module.segments] == [(ConstExpr(at), x) for at, x in data]
    assert [code.end - code.start for code in module.codes] == list(range(1, functions + 1))


def test_a_shared_memory_becomes_one_of_its_own() -> None:
    shared = Limits(1, 2, shared=True)
    data = b.build(imports=[("env", "memory", MemoryType(shared))], memories=[shared, Limits(3)])
    module = unshared(read(data))
    assert module.imports == (Import("env", "memory", MemoryType(Limits(1, 2))),)
    assert module.memories == (MemoryType(Limits(1, 2)), MemoryType(Limits(3)))
    assert module.data == b.build(
        imports=[("env", "memory", MemoryType(Limits(1, 2)))], memories=[Limits(1, 2), Limits(3)]
    )
    assert unshared(module) is module
