"""Read WITX, the language in which WASI describes its types and functions.

Only the generator of types.py and the tests import this: a run needs neither the text nor the parser.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lark import Lark, Token, Transformer

HERE = Path(__file__).parent
PREVIEW1 = HERE / "preview1.witx"

_BITS = {"u8": 8, "u16": 16, "u32": 32, "u64": 64, "s64": 64}


@dataclass(frozen=True, slots=True)
class Member:
    """One name of an enumeration or of a set of flags, or one named place of a record or parameter list."""

    name: str
    doc: str = ""
    type: Type | None = None


@dataclass(frozen=True, slots=True)
class Name:
    """A type that is named: another of the document, or a built-in one such as `u32`."""

    name: str


@dataclass(frozen=True, slots=True)
class Enumeration:
    """Names for the numbers from 0 on, held as `tag`."""

    tag: str
    members: tuple[Member, ...]


@dataclass(frozen=True, slots=True)
class Flags:
    """Names for the bits from the lowest on, held as `repr`."""

    repr: str
    members: tuple[Member, ...]


@dataclass(frozen=True, slots=True)
class Record:
    """A C struct."""

    fields: tuple[Member, ...]


@dataclass(frozen=True, slots=True)
class Union:
    """A C struct of a tag, which is an enumeration, and a union with one variant for each of its members."""

    tag: str
    variants: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class List:
    """A pointer and a number of elements."""

    element: Type


@dataclass(frozen=True, slots=True)
class Tuple:
    """Several results."""

    types: tuple[Type, ...]


@dataclass(frozen=True, slots=True)
class Pointer:
    """An address."""

    target: Type


@dataclass(frozen=True, slots=True)
class Handle:
    """An index of something that the host holds."""


Type = Name | Enumeration | Flags | Record | Union | List | Tuple | Pointer | Handle


@dataclass(frozen=True, slots=True)
class Result:
    """What a function gives besides an error number: a type, or nothing."""

    type: Type | None


@dataclass(frozen=True, slots=True)
class Function:
    """A function. `result` is what it gives besides an error number; None where it gives nothing."""

    name: str
    params: tuple[Member, ...]
    result: Type | None
    returns: bool
    """Whether it comes back at all, with an error number."""


@dataclass(frozen=True, slots=True)
class Document:
    """The types by name, in order, and the functions by name."""

    types: dict[str, Member]
    functions: dict[str, Function]

    def resolve(self, type: Type) -> Type:
        """What a name stands for in the end: a type that is no name, or a built-in name."""
        while isinstance(type, Name) and type.name in self.types:
            found = self.types[type.name].type
            assert found is not None
            type = found
        return type

    def slots(self, type: Type) -> str:
        """The WebAssembly values that a parameter of `type` takes: `i` for 32 bits, `j` for 64."""
        match self.resolve(type):
            case Name("string") | List():
                return "ii"
            case Name(scalar) | Enumeration(scalar) | Flags(scalar):
                return "j" if _BITS[scalar] == 64 else "i"
            case Pointer() | Handle():
                return "i"
            case other:
                raise TypeError(f"cannot be a parameter: {other}")

    def core_type(self, function: Function) -> str:
        """The WebAssembly type of a function as a signature: `i(ijii)`. Results are written through pointers."""
        params = "".join(self.slots(param.type) for param in function.params if param.type is not None)
        results = (
            function.result.types
            if isinstance(function.result, Tuple)
            else (function.result,) * (function.result is not None)
        )
        return f"{'i' if function.returns else 'v'}({params}{'i' * len(results)})"

    def extent(self, type: Type) -> tuple[int, int]:
        """Size and alignment in bytes, as in C."""
        match self.resolve(type):
            case Name(scalar) | Enumeration(scalar) | Flags(scalar):
                return _BITS[scalar] // 8, _BITS[scalar] // 8
            case Pointer() | Handle():
                return 4, 4
            case Record(fields):
                return _extent_of([self.extent(field.type) for field in fields if field.type is not None])
            case Union(tag, variants):
                bodies = [self.extent(Name(variant)) for variant in variants]
                body = max(size for size, _ in bodies), max(alignment for _, alignment in bodies)
                return _extent_of([self.extent(Name(tag)), body])
            case other:
                raise TypeError(f"has no size: {other}")


def _extent_of(parts: list[tuple[int, int]]) -> tuple[int, int]:
    offset, largest = 0, 1
    for size, alignment in parts:
        offset += -offset % alignment + size
        largest = max(largest, alignment)
    return offset + -offset % largest, largest


def parse(text: str) -> Document:
    """Read a WITX text. Raises lark.exceptions.UnexpectedInput."""
    grammar = (HERE / "witx.lark").read_text(encoding="utf-8")
    items = _Reader().transform(Lark(grammar, parser="lalr").parse(text))
    return Document(
        {item.name: item for item in items if isinstance(item, Member)},
        {item.name: item for item in items if isinstance(item, Function)},
    )


def _split(items: list[Any]) -> tuple[str, list[Any]]:
    """The doc comment that leads `items`, and the rest."""
    doc = " ".join(item[3:].strip() for item in items if isinstance(item, Token) and item.type == "DOC")
    return doc, [item for item in items if not (isinstance(item, Token) and item.type == "DOC")]


Items = list[Any]


class _Reader(Transformer[Token, Any]):
    """From lark's tree to the classes above: each method is the rule of its name in witx.lark."""

    def NAME(self, token: Token) -> Name:  # noqa: N802 - the terminal of that name
        return Name(token[1:])

    def BUILTIN(self, token: Token) -> Name:  # noqa: N802
        return Name(str(token))

    def start(self, items: Items) -> Items:
        # A module is a sequence of functions.
        flat: Items = []
        for item in items:
            flat += [item] if isinstance(item, Member) else item
        return flat

    def use(self, items: Items) -> Items:
        return []

    def module(self, items: Items) -> Items:
        return [item for item in items if isinstance(item, Function)]

    def memory(self, items: Items) -> None:
        return None

    def _named(self, items: Items) -> Member:
        doc, (name, *type) = _split(items)
        return Member(name.name, doc, *type)

    typename = param = field = member = _named

    def func(self, items: Items) -> Function:
        _, (name, *parts) = _split(items)
        params = tuple(part for part in parts if isinstance(part, Member))
        results = [part for part in parts if isinstance(part, Result)]
        return Function(name.strip('"'), params, results[0].type if results else None, bool(results))

    def result(self, items: Items) -> Result:
        _, (_name, *types, _errno) = _split(items)
        return Result(types[0] if types else None)

    def noreturn(self, items: Items) -> None:
        return None

    def enum(self, items: Items) -> Enumeration:
        return Enumeration(items[0].name, tuple(items[1:]))

    def flags(self, items: Items) -> Flags:
        return Flags(items[0].name, tuple(items[1:]))

    def record(self, items: Items) -> Record:
        return Record(tuple(items))

    def union(self, items: Items) -> Union:
        return Union(items[0].name, tuple(item.name for item in items[1:]))

    def list(self, items: Items) -> List:
        return List(items[0])

    def tuple(self, items: Items) -> Tuple:
        return Tuple(tuple(items))

    def pointer(self, items: Items) -> Pointer:
        return Pointer(items[0])

    def handle(self, items: Items) -> Handle:
        return Handle()
