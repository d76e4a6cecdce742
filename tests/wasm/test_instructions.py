from __future__ import annotations

import pytest
from wasmtime import wat2wasm

from compat.errors import MalformedModule
from compat.wasm import instructions as walk
from compat.wasm.instructions import Immediate, Instruction, instructions
from compat.wasm.model import ValType
from compat.wasm.reader import read
from tests.wasm import builder as b

CALL, END, I32_STORE, ATOMIC_LOAD = 0x10, 0x0B, 0x36, 0xFE0010

# What has to follow a name in the text format, by how its immediates are read.
OPERANDS: dict[walk._Read | None, str] = {
    None: "",
    walk._index: "0",
    walk._two_indices: "0 0",
    walk._swapped_indices: "0 0",
    walk._select: "(result i32)",
    walk._br_table: "0 0",
    walk._memory: "offset=7",
    walk._memory_lane: "offset=7 3",
    walk._byte: "0",
    walk._i32: "-5",
    walk._i64: "-6",
    walk._f32: "1.5",
    walk._f64: "2.5",
    walk._v128: "i8x16 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16",
    walk._heap_type: "func",
}
# Those that are more than a name and an operand.
STRUCTURED = {
    "block": "block end",
    "loop": "loop end",
    "if": "if end",
    "else": "if else end",
    "end": "",
    "try": "try end",
    "catch": "try catch 0 end",
    "catch_all": "try catch_all end",
    "delegate": "try delegate 0",
    "try_table": "try_table (catch 0 0) (catch_all_ref 0) end",
    "call_indirect": "call_indirect 0 (type 0)",
    "return_call_indirect": "return_call_indirect 0 (type 0)",
    "i8x16.shuffle": "i8x16.shuffle 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16",
    "atomic.fence": "atomic.fence",
}


def decode(code: bytes) -> list[Instruction]:
    module = read(b.build(functions=[("v()", code)]))
    return list(instructions(module, module.codes[0]))


def assemble(text: str) -> list[Instruction]:
    """The instructions that wasmtime's assembler makes of `text`."""
    module = read(
        bytes(
            wat2wasm(
                f"""(module (type (func)) (memory 1) (memory 1) (table 1 funcref) (table 1 funcref) (tag)
                    (global (mut i32) (i32.const 0)) (data "x") (elem func 0) (func (local i32) {text}))"""
            )
        )
    )
    return list(instructions(module, module.codes[0]))


@pytest.mark.parametrize(("opcode", "name", "read"), [(op, *row) for op, row in walk._TABLE.items()])
def test_every_instruction(opcode: int, name: str, read: walk._Read | None) -> None:
    """Names, numbers and lengths agree with wasmtime's assembler."""
    found = assemble(f"block {STRUCTURED.get(name) or f'{name} {OPERANDS[read]}' if name != 'end' else ''} end")
    assert (opcode, name) in [(each.opcode, each.name) for each in found]
    assert [each.name for each in found[-2:]] == ["end", "end"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("i32.const -5", (-5,)),
        ("i64.const -0x8000000000000000", (-(1 << 63),)),
        ("f32.const 0.5", (0.5,)),
        ("f64.const -inf", (float("-inf"),)),
        ("v128.const i64x2 1 0", (bytes([1, *bytes(15)]),)),
        ("i32.load8_u offset=40000", (40000, 0, 0)),
        ("i64.store 1 offset=8 align=4", (8, 2, 1)),
        ("v128.load16_lane offset=3 5", (3, 1, 0, 5)),
        ("br_table 0 0 0", ((0, 0), 0)),
        ("call_indirect 1 (type 0)", (1, 0)),
        ("table.init 1 0", (1, 0)),
        ("memory.copy 1 0", (1, 0)),
        ("ref.null extern", (ValType.EXTERNREF,)),
        ("select (result f64)", (ValType.F64,)),
        ("try_table (result i32) (catch 0 0) (catch_all 0) end", (ValType.I32, ((0, 0, 0), (2, 0)))),
        ("block end", (None,)),
        ("block (param i32) end", (1,)),
    ],
)
def test_immediates(text: str, expected: tuple[Immediate, ...]) -> None:
    assert assemble(text)[0].immediates == expected


def test_offsets() -> None:
    module = read(b.build(functions=[("v()", b"\x10\x00\x01\x0b")]))
    start = module.codes[0].start
    assert [(i.offset - start, i.opcode) for i in instructions(module, module.codes[0])] == [
        (0, CALL),
        (2, 1),
        (3, END),
    ]


@pytest.mark.parametrize(
    ("code", "message", "offset"),
    [
        (b"", "does not finish with `end`", 0),
        (b"\x01", "does not finish with `end`", 1),
        (b"\xfb\x00\x0b", "unknown instruction 0xfb", 0),
        (b"\xfc\x40\x0b", "unknown instruction 0xfc0040", 0),
        (b"\x10", "in the middle of a number", 1),
        (b"\x44\0\0\0", "in the middle of 8 bytes", 1),
        (b"\x02\x41\x0b", "unknown type -63", 1),
        (b"\x0e\xff\xff\x03", "65535 branch targets do not fit", 1),
        (b"\x28\x80\x01\x00\x0b", "unknown form of memory access", 1),
        (b"\x1f\x40\x01\x07", "unknown kind of catch clause 7", 3),
        (b"\x1c\x01\x05\x0b", "unknown type 5", 2),
    ],
)
def test_rejected(code: bytes, message: str, offset: int) -> None:
    start = read(b.build(functions=[("v()", code)])).codes[0].start
    with pytest.raises(MalformedModule, match=message) as caught:
        decode(code)
    assert caught.value.offset == start + offset
