"""Walking the instructions of a function body: opcodes, names and immediates, not their validity.

Source: https://webassembly.github.io/spec/core/binary/instructions.html. Covered are version 2
of the specification (with vector instructions), relaxed vectors, threads, tail calls, and exception handling in its
first and its final form.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator

from compat._typing import NamedTuple
from compat.wasm.cursor import Cursor
from compat.wasm.model import Code, Module, ValType
from compat.wasm.reader import VALTYPES

Immediate = int | float | bytes | ValType | None | tuple["Immediate", ...]


class Instruction(NamedTuple):
    """One instruction. A tuple rather than a dataclass: a module has millions."""

    offset: int
    """Where it starts, in bytes from the start of the file."""
    opcode: int
    """Its byte, or `prefix << 16 | number` for the two-part ones: `i32.atomic.load` is 0xfe0010."""
    name: str
    """As in the text format."""
    immediates: tuple[Immediate, ...]
    """In the order of the text format. Memory accesses have (offset, alignment as a power of two, memory index)."""


def instructions(module: Module, code: Code) -> Iterator[Instruction]:
    """The instructions of a function body, in order, the final `end` included.

    Raises MalformedModule for an unknown instruction, for one that the body cuts off, and for a body without its `end`.
    """
    cursor = Cursor(module.data, code.start, code.end, "a function body")
    new = tuple.__new__
    opcode = -1
    while (offset := cursor.pos) < code.end:
        opcode = cursor.byte()
        if opcode in _PREFIXES:
            opcode = opcode << 16 | cursor.u32()
        row = _TABLE.get(opcode)
        if row is None:
            cursor.fail(f"unknown instruction 0x{opcode:02x}", offset)
        name, read = row
        # The constructor of the class would take as long as all the rest of this loop.
        yield new(Instruction, (offset, opcode, name, read(cursor) if read else ()))
    if opcode != _END:
        cursor.fail("a function body does not finish with `end`")


def _index(c: Cursor) -> tuple[Immediate, ...]:
    return (c.u32(),)


def _two_indices(c: Cursor) -> tuple[Immediate, ...]:
    return c.u32(), c.u32()


def _swapped_indices(c: Cursor) -> tuple[Immediate, ...]:
    # Binary and text format disagree on which comes first: text has the table or memory, binary what is put into it.
    first, second = c.u32(), c.u32()
    return second, first


def _block(c: Cursor) -> tuple[Immediate, ...]:
    """A block type: None, its one result, or the index of a function type."""
    start = c.pos
    number = c.s33()
    if number >= 0:
        return (number,)
    if number == -64:
        return (None,)
    return (_reference_or_value(c, number, start),)


def _heap_type(c: Cursor) -> tuple[Immediate, ...]:
    start = c.pos
    return (_reference_or_value(c, c.s33(), start),)


def _reference_or_value(c: Cursor, number: int, start: int) -> ValType:
    # Types are small negative numbers here, so that they can share a place with indices.
    type_ = VALTYPES.get(number & 0x7F) if -64 <= number < 0 else None
    if type_ is None:
        c.fail(f"unknown type {number} in {c.what}", start)
    return type_


def _select(c: Cursor) -> tuple[Immediate, ...]:
    return tuple([_heap_type(c)[0] for _ in range(c.count("types"))])


def _br_table(c: Cursor) -> tuple[Immediate, ...]:
    return tuple(c.u32s(c.count("branch targets"))), c.u32()


def _try_table(c: Cursor) -> tuple[Immediate, ...]:
    """The block type, and (kind, tag, label) or (kind, label) of each clause."""
    block = _block(c)
    clauses: list[Immediate] = []
    for _ in range(c.count("catch clauses")):
        kind = c.byte()
        if kind > 3:
            c.fail(f"unknown kind of catch clause {kind}", c.pos - 1)
        clauses.append((kind, c.u32(), c.u32()) if kind < 2 else (kind, c.u32()))
    return *block, tuple(clauses)


def _memory(c: Cursor) -> tuple[Immediate, ...]:
    start = c.pos
    alignment = c.u32()
    if alignment >= 0x80:
        c.fail(f"unknown form of memory access 0x{alignment:x}", start)
    memory = c.u32() if alignment & 0x40 else 0
    return c.u64(), alignment & 0x3F, memory


def _memory_lane(c: Cursor) -> tuple[Immediate, ...]:
    return *_memory(c), c.byte()


def _byte(c: Cursor) -> tuple[Immediate, ...]:
    return (c.byte(),)


def _i32(c: Cursor) -> tuple[Immediate, ...]:
    return (c.s32(),)


def _i64(c: Cursor) -> tuple[Immediate, ...]:
    return (c.s64(),)


def _f32(c: Cursor) -> tuple[Immediate, ...]:
    return (struct.unpack("<f", c.raw(4))[0],)


def _f64(c: Cursor) -> tuple[Immediate, ...]:
    return (struct.unpack("<d", c.raw(8))[0],)


def _v128(c: Cursor) -> tuple[Immediate, ...]:
    return (c.raw(16),)


_Read = Callable[[Cursor], tuple[Immediate, ...]]
_END = 0x0B
_PREFIXES = frozenset((0xFC, 0xFD, 0xFE))

# Runs of names, each with the opcode of its first and what follows each of them. A dot is a number nothing has.
_RUNS: tuple[tuple[int, _Read | None, str], ...] = (
    (0x00, None, "unreachable nop"),
    (0x02, _block, "block loop if"),
    (0x05, None, "else"),
    (0x06, _block, "try"),
    (0x07, _index, "catch throw rethrow"),
    (0x0A, None, "throw_ref end"),
    (0x0C, _index, "br br_if"),
    (0x0E, _br_table, "br_table"),
    (0x0F, None, "return"),
    (0x10, _index, "call"),
    (0x11, _swapped_indices, "call_indirect"),
    (0x12, _index, "return_call"),
    (0x13, _swapped_indices, "return_call_indirect"),
    (0x18, _index, "delegate"),
    (0x19, None, "catch_all drop select"),
    (0x1C, _select, "select"),
    (0x1F, _try_table, "try_table"),
    (0x20, _index, "local.get local.set local.tee global.get global.set table.get table.set"),
    (
        0x28,
        _memory,
        "i32.load i64.load f32.load f64.load i32.load8_s i32.load8_u i32.load16_s i32.load16_u i64.load8_s i64.load8_u "
        "i64.load16_s i64.load16_u i64.load32_s i64.load32_u i32.store i64.store f32.store f64.store i32.store8 "
        "i32.store16 i64.store8 i64.store16 i64.store32",
    ),
    (0x3F, _index, "memory.size memory.grow"),
    (0x41, _i32, "i32.const"),
    (0x42, _i64, "i64.const"),
    (0x43, _f32, "f32.const"),
    (0x44, _f64, "f64.const"),
    (
        0x45,
        None,
        "i32.eqz i32.eq i32.ne i32.lt_s i32.lt_u i32.gt_s i32.gt_u i32.le_s i32.le_u i32.ge_s i32.ge_u "
        "i64.eqz i64.eq i64.ne i64.lt_s i64.lt_u i64.gt_s i64.gt_u i64.le_s i64.le_u i64.ge_s i64.ge_u "
        "f32.eq f32.ne f32.lt f32.gt f32.le f32.ge f64.eq f64.ne f64.lt f64.gt f64.le f64.ge "
        "i32.clz i32.ctz i32.popcnt i32.add i32.sub i32.mul i32.div_s i32.div_u i32.rem_s i32.rem_u i32.and "
        "i32.or i32.xor "
        "i32.shl i32.shr_s i32.shr_u i32.rotl i32.rotr "
        "i64.clz i64.ctz i64.popcnt i64.add i64.sub i64.mul i64.div_s i64.div_u i64.rem_s i64.rem_u i64.and "
        "i64.or i64.xor "
        "i64.shl i64.shr_s i64.shr_u i64.rotl i64.rotr "
        "f32.abs f32.neg f32.ceil f32.floor f32.trunc f32.nearest f32.sqrt f32.add f32.sub f32.mul f32.div "
        "f32.min f32.max "
        "f32.copysign "
        "f64.abs f64.neg f64.ceil f64.floor f64.trunc f64.nearest f64.sqrt f64.add f64.sub f64.mul f64.div "
        "f64.min f64.max "
        "f64.copysign "
        "i32.wrap_i64 i32.trunc_f32_s i32.trunc_f32_u i32.trunc_f64_s i32.trunc_f64_u i64.extend_i32_s "
        "i64.extend_i32_u "
        "i64.trunc_f32_s i64.trunc_f32_u i64.trunc_f64_s i64.trunc_f64_u f32.convert_i32_s f32.convert_i32_u "
        "f32.convert_i64_s f32.convert_i64_u f32.demote_f64 f64.convert_i32_s f64.convert_i32_u f64.convert_i64_s "
        "f64.convert_i64_u f64.promote_f32 i32.reinterpret_f32 i64.reinterpret_f64 f32.reinterpret_i32 "
        "f64.reinterpret_i64 i32.extend8_s i32.extend16_s i64.extend8_s i64.extend16_s i64.extend32_s",
    ),
    (0xD0, _heap_type, "ref.null"),
    (0xD1, None, "ref.is_null"),
    (0xD2, _index, "ref.func"),
    (
        0xFC0000,
        None,
        "i32.trunc_sat_f32_s i32.trunc_sat_f32_u i32.trunc_sat_f64_s i32.trunc_sat_f64_u "
        "i64.trunc_sat_f32_s i64.trunc_sat_f32_u i64.trunc_sat_f64_s i64.trunc_sat_f64_u",
    ),
    (0xFC0008, _swapped_indices, "memory.init"),
    (0xFC0009, _index, "data.drop"),
    (0xFC000A, _two_indices, "memory.copy"),
    (0xFC000B, _index, "memory.fill"),
    (0xFC000C, _swapped_indices, "table.init"),
    (0xFC000D, _index, "elem.drop"),
    (0xFC000E, _two_indices, "table.copy"),
    (0xFC000F, _index, "table.grow table.size table.fill"),
    (
        0xFD0000,
        _memory,
        "v128.load v128.load8x8_s v128.load8x8_u v128.load16x4_s v128.load16x4_u v128.load32x2_s v128.load32x2_u "
        "v128.load8_splat v128.load16_splat v128.load32_splat v128.load64_splat v128.store",
    ),
    (0xFD000C, _v128, "v128.const i8x16.shuffle"),
    (
        0xFD000E,
        None,
        "i8x16.swizzle i8x16.splat i16x8.splat i32x4.splat i64x2.splat f32x4.splat f64x2.splat",
    ),
    (
        0xFD0015,
        _byte,
        "i8x16.extract_lane_s i8x16.extract_lane_u i8x16.replace_lane i16x8.extract_lane_s i16x8.extract_lane_u "
        "i16x8.replace_lane i32x4.extract_lane i32x4.replace_lane i64x2.extract_lane i64x2.replace_lane "
        "f32x4.extract_lane f32x4.replace_lane f64x2.extract_lane f64x2.replace_lane",
    ),
    (
        0xFD0023,
        None,
        "i8x16.eq i8x16.ne i8x16.lt_s i8x16.lt_u i8x16.gt_s i8x16.gt_u i8x16.le_s i8x16.le_u i8x16.ge_s i8x16.ge_u "
        "i16x8.eq i16x8.ne i16x8.lt_s i16x8.lt_u i16x8.gt_s i16x8.gt_u i16x8.le_s i16x8.le_u i16x8.ge_s i16x8.ge_u "
        "i32x4.eq i32x4.ne i32x4.lt_s i32x4.lt_u i32x4.gt_s i32x4.gt_u i32x4.le_s i32x4.le_u i32x4.ge_s i32x4.ge_u "
        "f32x4.eq f32x4.ne f32x4.lt f32x4.gt f32x4.le f32x4.ge f64x2.eq f64x2.ne f64x2.lt f64x2.gt f64x2.le f64x2.ge "
        "v128.not v128.and v128.andnot v128.or v128.xor v128.bitselect v128.any_true",
    ),
    (
        0xFD0054,
        _memory_lane,
        "v128.load8_lane v128.load16_lane v128.load32_lane v128.load64_lane "
        "v128.store8_lane v128.store16_lane v128.store32_lane v128.store64_lane",
    ),
    (0xFD005C, _memory, "v128.load32_zero v128.load64_zero"),
    (
        0xFD005E,
        None,
        "f32x4.demote_f64x2_zero f64x2.promote_low_f32x4 "
        "i8x16.abs i8x16.neg i8x16.popcnt i8x16.all_true i8x16.bitmask i8x16.narrow_i16x8_s i8x16.narrow_i16x8_u "
        "f32x4.ceil f32x4.floor f32x4.trunc f32x4.nearest i8x16.shl i8x16.shr_s i8x16.shr_u i8x16.add i8x16.add_sat_s "
        "i8x16.add_sat_u i8x16.sub i8x16.sub_sat_s i8x16.sub_sat_u f64x2.ceil f64x2.floor i8x16.min_s i8x16.min_u "
        "i8x16.max_s i8x16.max_u f64x2.trunc i8x16.avgr_u i16x8.extadd_pairwise_i8x16_s i16x8.extadd_pairwise_i8x16_u "
        "i32x4.extadd_pairwise_i16x8_s i32x4.extadd_pairwise_i16x8_u "
        "i16x8.abs i16x8.neg i16x8.q15mulr_sat_s i16x8.all_true i16x8.bitmask i16x8.narrow_i32x4_s "
        "i16x8.narrow_i32x4_u "
        "i16x8.extend_low_i8x16_s i16x8.extend_high_i8x16_s i16x8.extend_low_i8x16_u i16x8.extend_high_i8x16_u "
        "i16x8.shl i16x8.shr_s i16x8.shr_u i16x8.add i16x8.add_sat_s i16x8.add_sat_u i16x8.sub i16x8.sub_sat_s "
        "i16x8.sub_sat_u f64x2.nearest i16x8.mul i16x8.min_s i16x8.min_u i16x8.max_s i16x8.max_u . i16x8.avgr_u "
        "i16x8.extmul_low_i8x16_s i16x8.extmul_high_i8x16_s i16x8.extmul_low_i8x16_u i16x8.extmul_high_i8x16_u "
        "i32x4.abs i32x4.neg . i32x4.all_true i32x4.bitmask . . "
        "i32x4.extend_low_i16x8_s i32x4.extend_high_i16x8_s i32x4.extend_low_i16x8_u i32x4.extend_high_i16x8_u "
        "i32x4.shl i32x4.shr_s i32x4.shr_u i32x4.add . . i32x4.sub . . . i32x4.mul i32x4.min_s i32x4.min_u i32x4.max_s "
        "i32x4.max_u i32x4.dot_i16x8_s . "
        "i32x4.extmul_low_i16x8_s i32x4.extmul_high_i16x8_s i32x4.extmul_low_i16x8_u i32x4.extmul_high_i16x8_u "
        "i64x2.abs i64x2.neg . i64x2.all_true i64x2.bitmask . . "
        "i64x2.extend_low_i32x4_s i64x2.extend_high_i32x4_s i64x2.extend_low_i32x4_u i64x2.extend_high_i32x4_u "
        "i64x2.shl i64x2.shr_s i64x2.shr_u i64x2.add . . i64x2.sub . . . i64x2.mul i64x2.eq i64x2.ne i64x2.lt_s "
        "i64x2.gt_s "
        "i64x2.le_s i64x2.ge_s "
        "i64x2.extmul_low_i32x4_s i64x2.extmul_high_i32x4_s i64x2.extmul_low_i32x4_u i64x2.extmul_high_i32x4_u "
        "f32x4.abs f32x4.neg . f32x4.sqrt f32x4.add f32x4.sub f32x4.mul f32x4.div f32x4.min f32x4.max f32x4.pmin "
        "f32x4.pmax "
        "f64x2.abs f64x2.neg . f64x2.sqrt f64x2.add f64x2.sub f64x2.mul f64x2.div f64x2.min f64x2.max f64x2.pmin "
        "f64x2.pmax "
        "i32x4.trunc_sat_f32x4_s i32x4.trunc_sat_f32x4_u f32x4.convert_i32x4_s f32x4.convert_i32x4_u "
        "i32x4.trunc_sat_f64x2_s_zero i32x4.trunc_sat_f64x2_u_zero f64x2.convert_low_i32x4_s f64x2.convert_low_i32x4_u "
        "i8x16.relaxed_swizzle i32x4.relaxed_trunc_f32x4_s i32x4.relaxed_trunc_f32x4_u "
        "i32x4.relaxed_trunc_f64x2_s_zero "
        "i32x4.relaxed_trunc_f64x2_u_zero f32x4.relaxed_madd f32x4.relaxed_nmadd f64x2.relaxed_madd "
        "f64x2.relaxed_nmadd "
        "i8x16.relaxed_laneselect i16x8.relaxed_laneselect i32x4.relaxed_laneselect i64x2.relaxed_laneselect "
        "f32x4.relaxed_min f32x4.relaxed_max f64x2.relaxed_min f64x2.relaxed_max i16x8.relaxed_q15mulr_s "
        "i16x8.relaxed_dot_i8x16_i7x16_s i32x4.relaxed_dot_i8x16_i7x16_add_s",
    ),
    (0xFE0000, _memory, "memory.atomic.notify memory.atomic.wait32 memory.atomic.wait64"),
    (0xFE0003, _byte, "atomic.fence"),
    (
        0xFE0010,
        _memory,
        "i32.atomic.load i64.atomic.load i32.atomic.load8_u i32.atomic.load16_u i64.atomic.load8_u i64.atomic.load16_u "
        "i64.atomic.load32_u i32.atomic.store i64.atomic.store i32.atomic.store8 i32.atomic.store16 i64.atomic.store8 "
        "i64.atomic.store16 i64.atomic.store32 "
        + " ".join(
            f"i32.atomic.rmw.{op} i64.atomic.rmw.{op} i32.atomic.rmw8.{op}_u i32.atomic.rmw16.{op}_u "
            f"i64.atomic.rmw8.{op}_u "
            f"i64.atomic.rmw16.{op}_u i64.atomic.rmw32.{op}_u"
            for op in ("add", "sub", "and", "or", "xor", "xchg", "cmpxchg")
        ),
    ),
)

_TABLE: dict[int, tuple[str, _Read | None]] = {
    opcode: (name, read)
    for first, read, names in _RUNS
    for opcode, name in enumerate(names.split(), first)
    if name != "."
}
