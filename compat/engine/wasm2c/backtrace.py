"""Which function of which module an address of compiled code is in. Lines are lost in wasm2c, and what was inlined."""

from __future__ import annotations

import re
import struct
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence

from compat._typing import TYPE_CHECKING, NamedTuple
from compat.engine.wasm2c.translate import Export, defined_exports
from compat.errors import Frame
from compat.wasm.model import Module

if TYPE_CHECKING:
    from compat.engine.wasm2c.module import Wasm2cModule

_SYMBOL = re.compile(rb"(?P<wrap>wrap_)?w2c_x_(?:f(?P<function>\d+)|e(?P<export>\d+)(?P<body>_0)?)[.\0]")
_SYMBOL_TABLE, _FUNCTION = 2, 2
"""A kind of section, and of symbol."""


class Place(NamedTuple):
    """Where a function's code is."""

    start: int
    end: int
    """Addresses, from the one at which the module was loaded."""
    index: int  # type: ignore[assignment]  # as in compat.wasm.model
    """In the module's function index space."""
    wrapper: bool
    """It only calls the function of that index, which may be inlined in it."""


def frames(modules: Iterable[Wasm2cModule], addresses: Iterable[int]) -> Iterator[Frame]:
    """A frame for each address in one of the modules. An address is that to which a call returns, or of a fault."""
    inner = None
    for address in addresses:
        for module in modules:
            offset = address - module.base
            place = _at(module.code, offset - 1) or _at(module.code, offset)
            if place is not None:
                if not (place.wrapper and inner == (module, place.index)):
                    yield module.symbols.frame(place.index, None)
                inner = module, place.index
                break


def code(path: str, module: Module) -> list[Place]:
    """Where the functions of a module are in the shared library that it was compiled to."""
    with open(path, "rb") as file:
        return sorted(_places(file.read(), defined_exports(module)))


def _places(library: bytes, exports: Sequence[Export]) -> Iterator[Place]:
    """From the symbol table of a 64-bit ELF file: read here, as a trap may come where little stack is left."""
    sections_at = struct.unpack_from("<Q", library, 40)[0]
    size, count = struct.unpack_from("<HH", library, 58)
    sections = [struct.unpack_from("<IIQQQQI", library, sections_at + size * i) for i in range(count)]
    for _, kind, _, _, offset, length, linked in sections:
        if kind == _SYMBOL_TABLE:
            names = sections[linked][4]
            for name, info, _, _, start, extent in struct.iter_unpack("<IBBHQQ", library[offset : offset + length]):
                match = _SYMBOL.match(library, names + name)
                if match and info & 0xF == _FUNCTION:
                    index = int(match["function"]) if match["function"] else exports[int(match["export"])].index
                    wrapper = bool(match["wrap"] or (match["export"] and not match["body"]))
                    yield Place(start, start + extent, index, wrapper)


def _at(places: Sequence[Place], offset: int) -> Place | None:
    found = bisect_right(places, offset, key=lambda place: place.start)
    return places[found - 1] if found and offset < places[found - 1].end else None
