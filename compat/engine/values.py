"""Numbers between Python and the slots in which guest code passes them.

A slot is 16 bytes, the value in the first 4 or 8, so a row of arguments is one `struct` format. An f32 that is a NaN
may come out as another NaN: Python has no 32-bit float to keep it in.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence

from compat._typing import Any
from compat.engine._libwasmtime import lib
from compat.engine.protocol import Declaration, HostBody, Turn, Value
from compat.errors import Unsupported
from compat.wasm.model import FuncType, ValType

SLOT = 16
"""Size of a slot in bytes."""

MAX_SLOTS: int = lib.MAX_SLOTS
"""The most parameters a function may have."""

_FORMATS = {"i": "i12x", "j": "q8x", "f": "f12x", "d": "d8x"}
_BITS = {"i": 32, "j": 64}


def letters(types: Sequence[ValType]) -> str:
    """The types as letters. Raises Unsupported for a type that does not pass between guest and host, or too many."""
    if len(types) > MAX_SLOTS:
        raise Unsupported(f"a function with {len(types)} parameters")
    text = "".join(t.value for t in types)
    if text.strip("ijfd"):
        raise Unsupported(f"values of type {text.strip('ijfd')[0]} cannot pass between guest and host")
    return text


def packer(types: str) -> struct.Struct:
    """Reads and writes a row of slots, with ints signed."""
    return struct.Struct("<" + "".join(_FORMATS[letter] for letter in types))


def wrap(types: str, values: Sequence[Value]) -> list[Value]:
    """The values with ints reduced to the signed number of the same low bits. Raises TypeError."""
    if len(values) != len(types):
        raise TypeError(f"takes {len(types)} arguments ({types or 'none'}), {len(values)} given")
    return [_wrap(letter, value) for letter, value in zip(types, values, strict=True)]


def _wrap(letter: str, value: Value) -> Value:
    bits = _BITS.get(letter)
    if bits is None:
        return float(value)
    if not isinstance(value, int):
        raise TypeError(f"an int is needed, not {value!r}")
    return ((value + (1 << bits - 1)) & ((1 << bits) - 1)) - (1 << bits - 1)


def single_result(type: FuncType) -> str:
    """The letter of the result, or nothing. Raises Unsupported for several results."""
    if len(type.results) > 1:
        raise Unsupported(f"a function of type {type} has several results, which the host cannot take")
    return letters(type.results)


def bind(body: HostBody, type: FuncType, slots: Any) -> Callable[[], int]:
    """`body` as the trampoline calls it: arguments out of `slots`, an i32 result returned, any other into `slots`.

    Specialised once for its type, because everything here is paid for at every call of the guest.
    """
    unpack = packer(letters(type.params)).unpack_from
    result = single_result(type)

    def none() -> int:
        body(*unpack(slots))
        return 0

    def i32() -> int:
        return body(*unpack(slots)) & 0xFFFFFFFF  # type: ignore[operator]

    if not result:
        return none
    if result == "i":
        return i32
    pack = packer(result).pack_into

    def i64() -> int:
        pack(slots, 0, _wrap("j", body(*unpack(slots))))  # type: ignore[arg-type]
        return 0

    def real() -> int:
        pack(slots, 0, body(*unpack(slots)))
        return 0

    return i64 if result == "j" else real


class HostFunctions:
    """What the C side holds of the host functions of one store: how to call them, and what to do with what they raise.

    `make` makes the body of one when it is first called: a run calls few of the functions that its program imports.
    """

    __slots__ = ("_calls", "_declared", "_make", "_slots", "_turn", "caught")

    def __init__(
        self,
        declared: Sequence[Declaration],
        make: Callable[[int], HostBody],
        slots: Any,
        caught: Callable[[BaseException], None],
        turn: Turn | None = None,
    ) -> None:
        self._declared = declared
        self._make = make
        self._slots = slots
        self._calls: list[Callable[[], int] | None] = [None] * len(declared)
        self._turn = turn
        self.caught = caught

    def __getitem__(self, index: int) -> Callable[[], int]:
        call = self._calls[index]
        if call is None:
            call = bind(self._make(index), self._declared[index].type, self._slots)
            if self._turn is not None:
                call = _in_turn(self._turn, call)
            self._calls[index] = call
        return call


def _in_turn(turn: Turn, call: Callable[[], int]) -> Callable[[], int]:
    def call_in_turn() -> int:
        try:
            turn.take()
            return call()
        finally:
            turn.give()

    return call_in_turn
