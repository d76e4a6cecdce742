"""Which functions of a module call an import: what they look like tells about the library that they are from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from compat._typing import TYPE_CHECKING, NamedTuple
from compat.detect.facts import Facts
from compat.wasm.model import FuncType, Kind

if TYPE_CHECKING:
    from compat.wasm.instructions import Instruction

CALL = b"\x10"


class Caller(NamedTuple):
    """A function that calls an import."""

    type: FuncType
    body: Sequence[Instruction]
    call: int
    """Where in `body` the first such call is."""


def callers(facts: Facts, name: str) -> Iterator[Caller]:
    """The functions that call the import of that name in clear, in their order."""
    from compat.wasm.instructions import instructions  # not above: few programs are looked at so closely

    imported, names = facts.module.imported(Kind.FUNC), facts.glue.import_names
    index = next((n for n, i in enumerate(imported) if names.get(i.name, i.name) == name), None)
    if index is None:
        return
    call, data = CALL + leb128(index), facts.module.data
    for number, code in enumerate(facts.module.codes):
        # Looking for the bytes of the call first: to decode all functions of a large program takes seconds.
        if data.find(call, code.start, code.end) >= 0:
            body = list(instructions(facts.module, code))
            calls = (n for n, found in enumerate(body) if found.name == "call" and found.immediates == (index,))
            if (at := next(calls, None)) is not None:
                yield Caller(facts.module.func_type(len(imported) + number), body, at)


def leb128(value: int) -> bytes:
    """A number as the binary format writes indices."""
    encoded = bytearray()
    while value > 0x7F:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*encoded, value])
