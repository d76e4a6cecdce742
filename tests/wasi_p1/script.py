"""A guest that does what its standard input says: any call, with any arguments, and tells what came of it.

So one program makes the same calls under different hosts. It knows of no call what it does: `Script` writes the bytes
that it reads, and `Script.read` makes sense of those that it writes.
"""

from __future__ import annotations

from functools import cache
from itertools import count
from pathlib import Path
from struct import Struct

from compat.abi.bind import row_type
from compat.engine import default_engine
from compat.wasi_p1 import TABLES
from compat.wasi_p1.table import PREVIEW1
from compat.wasi_p1.types import Errno

ERRNO_NAMES = {number: name for name, number in vars(Errno).items() if isinstance(number, int)}

FREE = 1 << 16
"""Where guest memory begins that a script may use (script.wat)."""

_POKE, _CALL, _SHOW = 1, 2, 3
_RECORD = Struct("<BI")
"""What to do, and the size of what follows: bytes of an address, then content or a length; or a call's arguments."""
_ARGUMENT = Struct("<BQ")
"""Whether the number is the address of a u32 that is meant, and the number."""

FUNCTIONS = [row.name for row in TABLES if row.module == PREVIEW1]


class At(int):
    """An argument that is not known beforehand: what stands at this address, as a u32, when the call is made."""


class Script:
    """Calls to make, in order. `call` and `show` return the place of their answer in what `read` returns."""

    def __init__(self) -> None:
        self._records: list[bytes] = []
        self._sizes: list[int] = []
        self._free = FREE

    def room(self, size: int) -> int:
        """The address of `size` bytes that nothing else uses."""
        address = self._free
        self._free += size + -size % 8
        return address

    def put(self, data: bytes) -> int:
        """The address at which these bytes will be."""
        address = self.room(len(data))
        self.poke(address, data)
        return address

    def poke(self, address: int, data: bytes) -> None:
        """Put bytes there when this point of the script is reached."""
        self._add(_POKE, address.to_bytes(4, "little") + data)

    def call(self, name: str, *arguments: int | bytes) -> int:
        """Call a function; bytes are put into memory and become an address and a length. The answer is its result."""
        numbers: list[int] = []
        for argument in arguments:
            numbers += [self.put(argument), len(argument)] if isinstance(argument, bytes) else [argument]
        packed = [_ARGUMENT.pack(isinstance(number, At), number & (1 << 64) - 1) for number in numbers]
        self._add(_CALL, bytes([FUNCTIONS.index(name)]) + b"".join(packed))
        return self._answer(4)

    def show(self, address: int, size: int) -> int:
        """Tell what is in memory now."""
        self._add(_SHOW, address.to_bytes(4, "little") + size.to_bytes(4, "little"))
        return self._answer(size)

    def encode(self) -> bytes:
        """What the guest is to read."""
        return b"".join(self._records)

    def read(self, answers: bytes) -> list[bytes]:
        """What the guest wrote, one answer each; `errno` names the one to a call."""
        assert len(answers) == sum(self._sizes)
        pieces, at = [], 0
        for size in self._sizes:
            pieces.append(answers[at : at + size])
            at += size
        return pieces

    def _add(self, what: int, body: bytes) -> None:
        self._records.append(_RECORD.pack(what, len(body)) + body)

    def _answer(self, size: int) -> int:
        self._sizes.append(size)
        return len(self._sizes) - 1


def errno(answer: bytes) -> str:
    """The name of the error number that is the answer to a call."""
    return ERRNO_NAMES[int.from_bytes(answer, "little")]


@cache
def guest() -> bytes:
    """The program."""
    return default_engine().assemble(_text())


def _text() -> str:
    """The program as WebAssembly text: its imports and the way to each are made from the table, the rest is below."""
    types = {row.name: row_type(row) or "" for row in TABLES if row.module == PREVIEW1}
    imports, ways = [], []
    for number, name in enumerate(FUNCTIONS):
        result, _, letters = types[name].rstrip(")").partition("(")
        params = " ".join({"i": "i32", "j": "i64"}[letter] for letter in letters)
        imports.append(
            f'(import "{PREVIEW1}" "{name}" (func ${name} (param {params})' + " (result i32)" * (result == "i") + "))"
        )
        arguments = " ".join(
            f"(call $argument (i32.add (local.get $at) (i32.const {1 + place * _ARGUMENT.size})))"
            if letter == "j"
            else f"(i32.wrap_i64 (call $argument (i32.add (local.get $at) (i32.const {1 + place * _ARGUMENT.size}))))"
            for place, letter in zip(count(), letters)
        )
        call = f"(call ${name} {arguments})" if result == "i" else f"(call ${name} {arguments}) (i32.const 0)"
        ways.append(f"(if (i32.eq (i32.load8_u (local.get $at)) (i32.const {number})) (then (return {call})))")
    program = Path(__file__).with_name("script.wat").read_text("utf-8")
    return program.replace(";; {imports}", "\n".join(imports)).replace(";; {ways}", "\n".join(ways))
