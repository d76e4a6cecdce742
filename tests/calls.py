"""Host functions called through the engine, as a table: what goes in, what comes out, and no other byte touched.

A `Case` is a list of calls that a module of its own makes, one after another. The module is written from the calls: it
imports each function at the type that the arguments and the result of its calls have, so a case also holds the type.
What an argument points to is put into memory that is full of '?', and after each call the whole memory is compared.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import compat

FREE = 0x2_0000
"""Where what arguments point to is put."""
HEAP = 0x4_0000
"""Where a guest's `malloc` gives memory out."""
PAGES = 8
BEYOND = 0x7FFF_FFF0
"""An address outside of memory."""

# --- numbers


class I64(int):
    """A 64-bit integer: an argument, a result, or two words."""


class Between(NamedTuple):
    """A result that is not known beforehand."""

    lowest: float
    highest: float
    type: str = "i"


class Result(NamedTuple):
    """What an earlier call of the case returned."""

    call: int


class Arg(NamedTuple):
    """A result that is an address within what an argument, or a slot of a system call, points to."""

    index: int
    offset: int = 0


_NOTHING_SAID: Any = object()
ANY: Any = object()
"""A number that is not known beforehand."""

# --- memory


class Points(NamedTuple):
    """A pointer, not null, to this content."""

    content: Content


class Words:
    """Numbers of 32 bits, as the slots of a system call or an array of pointers: content in it is pointed to."""

    def __init__(self, *items: Any) -> None:
        self.items = items


class Layout:
    """How a C struct lies in memory: its size, and for each field its offset and size, in bytes."""

    def __init__(self, size: int, /, **fields: tuple[int, int]) -> None:
        self.size = size
        self.fields = fields

    def __call__(self, **values: Any) -> Filled:
        assert values.keys() <= self.fields.keys(), values
        return Filled(self, values)


class Filled(NamedTuple):
    """A struct with these values, and zero in the other fields. What the padding holds does not matter."""

    layout: Layout
    values: Mapping[str, Any]


Content = bytes | str | Filled | Words | Sequence["Content"]
"""Bytes, a C string, a struct, or some of them one behind the other."""


class Out(NamedTuple):
    """A buffer that the call fills: with `content`, and no more of its `size`."""

    content: Content
    size: int | None = None
    before: Content | None = None
    """What is in it when the call is made, where that matters."""


class Place:
    """Memory that several calls of a case use, with what is in it at first."""

    def __init__(self, content: Content) -> None:
        self.content = content

    def then(self, content: Content) -> Changed:
        """The place, as an argument of the call that leaves `content` in it."""
        return Changed(self, content)


class Changed(NamedTuple):
    """A `Place` that a call changes."""

    place: Place
    content: Content


def u32(*values: int) -> bytes:
    """These numbers, as the guest has them in memory."""
    return b"".join((value & 0xFFFF_FFFF).to_bytes(4, "little") for value in values)


def u64(*values: int) -> bytes:
    """These numbers, as the guest has them in memory."""
    return b"".join((value & 0xFFFF_FFFF_FFFF_FFFF).to_bytes(8, "little") for value in values)


# --- calls and cases


class Call(NamedTuple):
    """One call of an import; without a name, memory at the address that is the argument is overwritten."""

    name: str
    arguments: tuple[Any, ...]
    gives: Any
    writes: Mapping[int, Content]
    """What changes at fixed addresses."""
    calls: Sequence[tuple[Any, ...]]
    """The function pointers that the host calls meanwhile: each with its signature and its arguments."""
    ends: str | None
    """The call does not return: the program is ended, with this in the message."""
    exits: int | None
    """The call does not return: the program ends itself with this status."""

    @property
    def type(self) -> str:
        """The type of the import, as `str(FuncType)` writes it."""
        result = "v" if self.gives is None else _letter(self.gives)
        return f"{result}({''.join(map(_letter, self.arguments))})"


def call(
    name: str,
    *arguments: Any,
    gives: Any = _NOTHING_SAID,
    writes: Mapping[int, Content] | None = None,
    calls: Sequence[tuple[Any, ...]] = (),
    ends: str | None = None,
    exits: int | None = None,
) -> Call:
    """A call of `name`. It returns 0 unless `gives` says otherwise, or it ends the program."""
    if gives is _NOTHING_SAID:
        gives = 0 if ends is None and exits is None else None
    return Call(name, arguments, gives, writes or {}, calls, ends, exits)


def syscall(number: int, *slots: Any, gives: Any = 0, **rest: Any) -> Call:
    """A system call of Emscripten's: its arguments are slots in memory."""
    return call(f"___syscall{number}", number, Words(*slots), gives=gives, **rest)


def poke(address: Any, content: bytes) -> Call:
    """The program itself writes to its memory."""
    return Call("", (address,), None, {0: content}, (), None, None)


class Case(NamedTuple):
    """Calls to make in order, with the files and the environment around them."""

    title: str
    calls: Sequence[Call]
    files: Mapping[str, bytes]
    """Those that are there before."""
    after: Mapping[str, bytes | None]
    """Content of files at the end; None for what is not there."""
    functions: Mapping[int, Call]
    """What the program's functions do, by function pointer: make a call. Any other function does nothing."""
    module: Mapping[str, Any]
    """What is special about the program."""
    load: Mapping[str, Any]
    """For `compat.load`."""
    stdout: bytes
    client: tuple[bytes, bytes] | None
    """What a client sends to a socket that the program is handed, which listens, and what it gets up to the end, if
    anything."""

    @property
    def imports(self) -> Sequence[tuple[str, str]]:
        """Name and type of every import."""
        calls = (*self.calls, *self.functions.values())
        return tuple(dict.fromkeys((step.name, step.type) for step in calls if step.name))


def case(
    title: str,
    *calls: Call,
    files: Mapping[str, bytes] | None = None,
    after: Mapping[str, bytes | None] | None = None,
    functions: Mapping[int, Call] | None = None,
    module: Mapping[str, Any] | None = None,
    stdout: bytes = b"",
    client: tuple[bytes, bytes] | None = None,
    **load: Any,
) -> Case:
    """A case; what the parameters mean, the class says."""
    return Case(title, calls, files or {}, after or {}, functions or {}, module or {}, load, stdout, client)


def _letter(value: Any) -> str:
    match value:
        case Between():
            return value.type
        case I64():
            return "j"
        case float():
            return "d"
    return "i"


_WORDS = {"i": "i32", "j": "i64", "f": "f32", "d": "f64"}


def clauses(type: str) -> str:
    """A type as `i(ij)` in WebAssembly text."""
    result, _, letters = type.rstrip(")").partition("(")
    params = f"(param {' '.join(_WORDS[letter] for letter in letters)})" if letters else ""
    return f"{params} (result {_WORDS[result]})" if result in _WORDS else params


def imports_and_exports(case: Case, module: str) -> tuple[str, str]:
    """The imports of a case, as `$"NAME TYPE"`, and for each a function by which to call it."""
    imports, exports = [], []
    for name, type in case.imports:
        identifier = f'$"{name} {type}"'
        imports.append(f'(import "{module}" "{name}" (func {identifier} {clauses(type)}))')
        values = " ".join(f"(local.get {index})" for index in range(len(type) - 3))
        exports.append(f'(func (export "call {name} {type}") {clauses(type)} (call {identifier} {values}))')
    return "\n".join(imports), "\n".join(exports)


# --- playing a case


class Guest(NamedTuple):
    """The frame around the calls of a case."""

    module: Callable[[Case], str]
    """The module in WebAssembly text."""
    unchecked: Callable[[compat.Module], Sequence[range]]
    """Addresses that a call may write to besides its arguments: the host's own, and what was allocated."""
    called: Callable[[compat.Module], Sequence[tuple[Any, ...]]]
    """The function pointers that were called since this was last asked."""
    errno: range = range(0)
    """Where the number of an error goes."""


def play(case: Case, guest: Guest, build: Callable[[str], Path]) -> None:
    """Make the calls of a case, and check all that comes of them.

    Before each of them, make it once for every pointer that it passes, with that pointer so that the last byte is out
    of memory. Such a call fails, and does nothing; or it succeeds, since it does not need that byte.
    """
    program = build(guest.module(case))
    tried: set[tuple[int, int]] = set()
    # What such a call has done cannot be taken back if it succeeds: then all starts again.
    while not _played(case, guest, program, tried):
        pass


def _played(case: Case, guest: Guest, program: Path, tried: set[tuple[int, int]]) -> bool:
    with _connected(case) as (load, received), compat.load(program, files=case.files, **load) as module:
        player = _Player(module, guest)
        for number, step in enumerate(case.calls):
            what = f"call {number}, {step.name}"
            for pointer in range(player.pointers(step)):
                if (number, pointer) not in tried:
                    tried.add((number, pointer))
                    if player.succeeds_astray(step, pointer, f"{what} with pointer {pointer} astray"):
                        return False
            player.make(step, what)
        for path, content in case.after.items():
            file = module.files / path
            assert (file.read_bytes() if file.exists() else None) == content, path
        assert module.stdout == case.stdout
        if case.client and case.client[1]:
            assert received() == case.client[1]
    return True


@contextmanager
def _connected(case: Case) -> Iterator[tuple[Mapping[str, Any], Callable[[], bytes]]]:
    """What the program is loaded with, and what its client gets."""
    if case.client is None:
        yield case.load, bytes
        return
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        socket.create_connection(listener.getsockname(), timeout=10) as client,
    ):
        client.sendall(case.client[0])
        yield {**case.load, "listen": [listener]}, lambda: b"".join(iter(lambda: client.recv(99), b""))


class _Player:
    """A module, and where in its memory things are."""

    def __init__(self, module: compat.Module, guest: Guest) -> None:
        self.module = module
        self.memory = module.memory
        self.guest = guest
        self.results: list[Any] = []
        self._free = FREE
        self._pointers = 0
        """How many pointers were made."""
        self._astray: int | None = None
        """The number of the pointer that is to lead out of memory."""
        self._places: dict[Place, int] = {}
        self.memory.write(FREE, b"?" * (HEAP - FREE))

    def make(self, step: Call, what: str) -> None:
        if not step.name:
            self.memory.write(self._number(step.arguments[0], {}), self._bytes(step.writes[0]))
            self.results.append(None)
            return
        effects: dict[int, Content] = dict(step.writes)
        numbers = [self._number(argument, effects) for argument in step.arguments]
        before = self.memory.read(0, self.memory.size)
        result = self._call(step, numbers, what)
        self.results.append(result)
        after = self.memory.read(0, self.memory.size)
        expected = bytearray(before.ljust(len(after), b"\0"))
        for span in self.guest.unchecked(self.module):
            expected[span.start : span.stop] = after[span.start : span.stop]
        for address, content in effects.items():
            wanted = self._resolve(content, address, after)
            expected[address : address + len(wanted)] = wanted
        _same(bytes(expected), after, what)
        if step.ends is None and step.exits is None:
            self._check_result(step, result, numbers, after, what)
        called = [tuple(self._number(n, {}) if isinstance(n, Result) else n for n in each) for each in step.calls]
        assert list(self.guest.called(self.module)) == called, what

    def pointers(self, step: Call) -> int:
        """How many pointers to memory of their own the arguments of a call have."""
        if not step.name:
            return 0
        first = self._pointers
        for argument in step.arguments:
            self._number(argument, {})
        return self._pointers - first

    def succeeds_astray(self, step: Call, pointer: int, what: str) -> bool:
        """Make a call with one of its pointers leading out of memory, to see that it does nothing if it fails."""
        self._astray = self._pointers + pointer
        numbers = [self._number(argument, {}) for argument in step.arguments]
        before = self.memory.read(0, self.memory.size)
        try:
            result = self.module.call(f"call {step.name} {step.type}", *numbers)
            failed = _is_failure(step.gives, result)
        except compat.GuestError:
            failed = True
        after = self.memory.read(0, self.memory.size)
        expected = bytearray(before)
        for span in (*self.guest.unchecked(self.module), self.guest.errno):
            expected[span.start : span.stop] = after[span.start : span.stop]
        if failed:
            _same(bytes(expected), after, what)
            assert not self.guest.called(self.module), what
        self.memory.write(self.guest.errno.start, bytes(len(self.guest.errno)))
        return not failed

    def _call(self, step: Call, numbers: list[Any], what: str) -> Any:
        export = f"call {step.name} {step.type}"
        if step.exits is not None:
            with pytest.raises(compat.GuestExited) as exited:
                self.module.call(export, *numbers)
            assert exited.value.status == step.exits, what
        elif step.ends is not None:
            with pytest.raises(compat.GuestError) as ended:
                self.module.call(export, *numbers)
            assert step.ends in str(ended.value), f"{what}: {ended.value}"
        else:
            return self.module.call(export, *numbers)
        return None

    def _check_result(self, step: Call, result: Any, numbers: list[Any], after: bytes, what: str) -> None:
        match step.gives:
            case Points():
                self._check_pointer(step.gives, u32(result), after)
            case Between():
                assert step.gives.lowest <= result <= step.gives.highest, what
            case Arg(index, offset):
                pointer = numbers[index]
                if step.name.startswith("___syscall"):
                    slot = numbers[1] + 4 * index
                    pointer = int.from_bytes(after[slot : slot + 4], "little")
                assert result == pointer + offset, what
            case int() if not isinstance(step.gives, I64):
                assert u32(result) == u32(step.gives), f"{what} returned {result}"
            case _ if step.gives is not ANY:
                assert result == step.gives, f"{what} returned {result}"

    def _number(self, item: Any, effects: dict[int, Content]) -> Any:
        """The number that stands for an argument; what the call is to do to memory is added to `effects`."""
        match item:
            case Result():
                return self.results[item.call]
            case Place():
                return self._place(item)
            case Changed():
                effects[self._place(item.place)] = item.content
                return self._place(item.place)
            case Out():
                room = size_of(item.content) if item.size is None else item.size
                address = self._put(self._bytes(item.before) if item.before else b"?" * room)
                effects[address] = item.content
                return address
            case Points():
                return self._put(self._bytes(item.content, effects))
            case int() | float():
                return item
        return self._put(self._bytes(item, effects))

    def _place(self, place: Place) -> int:
        if place not in self._places:
            self._places[place] = self._put(self._bytes(place.content))
        return self._places[place]

    def _put(self, data: bytes) -> int:
        self._pointers += 1
        if self._pointers - 1 == self._astray and data:
            address = self.memory.size - len(data) + 1
            self.memory.write(address, data[:-1])
            return address
        address = self._free
        self._free += len(data) + 16 + -len(data) % 16
        assert self._free <= HEAP
        self.memory.write(address, data)
        return address

    def _bytes(self, content: Any, effects: dict[int, Content] | None = None) -> bytes:
        """Content that a call is given; what it points to is put into memory."""
        effects = {} if effects is None else effects
        match content:
            case bytes():
                return content
            case str():
                return content.encode() + b"\0"
            case Words():
                return b"".join(
                    u64(item) if isinstance(item, I64) else u32(self._number(item, effects)) for item in content.items
                )
            case Filled(layout, values):
                data = bytearray(layout.size)
                for name, value in values.items():
                    offset, size = layout.fields[name]
                    data[offset : offset + size] = _field(
                        value if isinstance(value, bytes) else self._number(value, effects), size
                    )
                return bytes(data)
        return b"".join(self._bytes(piece, effects) for piece in content)

    def _resolve(self, content: Any, address: int, after: bytes) -> bytes:
        """The bytes of content that a call is to leave at `address`; what is not known is taken from there."""
        match content:
            case bytes():
                return content
            case str():
                return content.encode() + b"\0"
            case Words():
                data = b""
                for item in content.items:
                    found = after[address + len(data) : address + len(data) + 4]
                    if isinstance(item, Points):
                        self._check_pointer(item, found, after)
                    data += found if isinstance(item, Points) or item is ANY else u32(self._number(item, {}))
                return data
            case Filled(layout, values):
                struct = bytearray(after[address : address + layout.size])
                for name, (offset, size) in layout.fields.items():
                    match values.get(name, 0):
                        case Filled() as inner:
                            struct[offset : offset + size] = self._resolve(inner, address + offset, after)
                        case Points() as pointer:
                            self._check_pointer(pointer, struct[offset : offset + size], after)
                        case value if value is not ANY:
                            struct[offset : offset + size] = _field(value, size)
                return bytes(struct)
        data = b""
        for piece in content:
            data += self._resolve(piece, address + len(data), after)
        return data

    def _check_pointer(self, pointer: Points, found: bytes | bytearray, after: bytes) -> None:
        address = int.from_bytes(found, "little")
        assert address
        wanted = self._resolve(pointer.content, address, after)
        assert after[address : address + len(wanted)] == wanted


def size_of(content: Any) -> int:
    """How many bytes content takes."""
    match content:
        case bytes():
            return len(content)
        case str():
            return len(content.encode()) + 1
        case Words():
            return 4 * len(content.items)
        case Filled():
            return content.layout.size
    return sum(map(size_of, content))


def _is_failure(expected: Any, result: Any) -> bool:
    """Whether a call that should have given something else has failed."""
    if isinstance(expected, Points | Arg):
        return bool(result <= 0)
    return isinstance(expected, int) and u32(result) != u32(expected)


def _field(value: Any, size: int) -> bytes:
    """A field of a struct: a number, or bytes that NULs follow."""
    if isinstance(value, bytes):
        return value.ljust(size, b"\0")
    return (int(value) & ((1 << 8 * size) - 1)).to_bytes(size, "little")


def _same(expected: bytes, after: bytes, what: str) -> None:
    if expected == after:
        return
    at = next(n for n, (one, other) in enumerate(zip(expected, after, strict=True)) if one != other)
    start = max(at - 8, 0)
    raise AssertionError(f"{what}, at {at:#x}: {after[start : at + 56]!r} and not {expected[start : at + 56]!r}")
