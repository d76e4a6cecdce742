"""C functions as Python callables: numbers pass as they are, texts and buffers as copies in the guest's memory.

What a copy is for ends with the call, as in the glue's `ccall`. What is to stay must be put into memory that the caller
asks the guest's own allocator for.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property

from compat._typing import Any, NamedTuple, NoReturn
from compat.abi.guest import Guest, Value
from compat.detect.model import AbiName, Detection
from compat.errors import Unsupported
from compat.wasm.model import FuncType, Kind, ValType

LARGEST_ON_STACK = 4096
"""Bytes: what the copies of one call may take of the guest's stack. More comes from its allocator."""

_EMSCRIPTEN = (AbiName.EMSCRIPTEN, AbiName.EMSCRIPTEN_SIDE)
_STARTERS = ("_start", "_initialize")


class U32(int):
    """In a signature: 32 bits without a sign, as an address or C's `unsigned` and `size_t`."""


class I64(int):
    """In a signature: 64 bits, be it one number of the function's or, as made for JavaScript, two halves."""


class U64(int):
    """In a signature: 64 bits without a sign, in one number or in halves."""


class Callback(NamedTuple):
    """In a signature: a Python function, to which the guest gets a pointer that is good until the call returns."""

    signature: str
    """As of `Module.add_function`: the result first, as in `iii`."""


ParameterKind = type | Callback
"""How a parameter is passed."""


def exported_functions(detection: Detection) -> dict[str, FuncType]:
    """The functions that a module exports, by their names in clear, with their types."""
    module, names = detection.module, detection.glue.export_names
    return {names.get(e.name, e.name): module.func_type(e.index) for e in module.exports if e.kind is Kind.FUNC}


def c_functions(detection: Detection) -> dict[str, FuncType]:
    """Those of them that are C's, by their names in C.

    Emscripten puts an underscore before each, and exports helpers of its runtime without.
    """
    exported = exported_functions(detection)
    if detection.abi in _EMSCRIPTEN:
        return {n[1:]: type for n, type in exported.items() if n[:1] == "_" and not n.startswith("__GLOBAL__")}
    return {name: type for name, type in exported.items() if name not in _STARTERS}


def is_of_numbers(type: FuncType) -> bool:
    """Whether a function takes numbers and returns one at most, and so can be called from Python."""
    return len(type.results) <= 1 and all(t.value in "ijfd" for t in (*type.params, *type.results))


class Function:
    """One C function, to be called; `Module.function` says how Python values are passed."""

    def __init__(
        self,
        name: str,
        guest: Guest,
        enter: Callable[..., Any],
        export: Callable[..., Value | None],
        declared: FuncType,
        params: Sequence[ParameterKind] | None,
        returns: type | None,
    ) -> None:
        """Raises TypeError for a signature that the function's type cannot have, and Unsupported for such a type."""
        if not is_of_numbers(declared):
            raise Unsupported(f"{name} is {declared}: only numbers can be passed, and one returned")
        self.__name__ = name
        self._guest = guest
        self._enter = enter
        self._export = export
        self._passes = _inferred(declared) if params is None else _passes(name, declared, params)
        self._result = _result(name, declared, returns)
        given = declared.params if params is None else params
        self._signature = f"({', '.join(map(_shown, given))}) -> {_returned(declared, returns)}"

    def __call__(self, *args: object) -> Any:
        if len(args) != len(self._passes):
            raise TypeError(f"{self.__name__}{self._signature} takes {len(self._passes)} arguments, {len(args)} given")
        call = _Arguments()
        for position, (pass_, argument) in enumerate(zip(self._passes, args, strict=True), 1):
            try:
                pass_(call, argument)
            except TypeError as error:
                raise TypeError(f"{self.__name__}: argument {position}: {error}") from None
        if call.copies or call.callbacks:
            return self._enter(self._call_prepared, call)
        return self._enter(self._call, call.values)

    def __repr__(self) -> str:
        return f"<C function {self.__name__}{self._signature}>"

    def _call(self, values: Sequence[Value]) -> Any:
        # In here, since a text that is returned may be gone by the time that the guest next runs.
        return self._result(self._guest, self._export(*values))

    def _call_prepared(self, call: _Arguments) -> Any:
        guest, pointers = self._guest, []
        try:
            for slot, function, signature in call.callbacks:
                pointers.append(guest.add_function(function, signature))
                call.values[slot] = pointers[-1]
            return self._call_with_copies(call) if call.copies else self._call(call.values)
        finally:
            for pointer in pointers:
                guest.remove_function(pointer)

    def _call_with_copies(self, call: _Arguments) -> Any:
        memory, values = self._guest.memory, call.values
        address, give_back, what = self._room.take(sum(_aligned(copy.data.nbytes) for copy in call.copies))
        try:
            for copy in call.copies:
                memory.write(address, copy.data)
                values[copy.slot] = address
                address += _aligned(copy.data.nbytes)
            result = self._call(values)
            for copy in call.copies:
                if copy.written:
                    copy.data[:] = memory.view(int(values[copy.slot]), copy.data.nbytes)
            return result
        finally:
            give_back(what)

    @cached_property
    def _room(self) -> _Room:
        return _Room(self._guest)


class Functions:
    """The C functions of a module as attributes, their parameters and results as WebAssembly has them."""

    def __init__(self, find: Callable[[str], Function], names: Callable[[], Mapping[str, FuncType]]) -> None:
        self._find = find
        self._names = names

    def __getattr__(self, name: str) -> Function:
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)  # Python itself asks, for what objects may have.
        try:
            function = self._find(name)
        except KeyError as error:
            raise AttributeError(error.args[0]) from None
        setattr(self, name, function)
        return function

    def __dir__(self) -> list[str]:
        return sorted(self._names())


# --- arguments


class _Copy(NamedTuple):
    slot: int
    """The index of the number that becomes its address."""
    data: memoryview
    written: bool
    """Whether the caller gets back what the guest makes of it."""


class _Arguments:
    """What one call passes: numbers, and what has to be made before it for some of them."""

    __slots__ = ("callbacks", "copies", "values")

    def __init__(self) -> None:
        self.values: list[Value] = []
        self.copies: list[_Copy] = []
        self.callbacks: list[tuple[int, Callable[..., Value | None], str]] = []

    def copy(self, data: memoryview, written: bool = False) -> None:
        self.copies.append(_Copy(len(self.values), data, written))
        self.values.append(0)


_Pass = Callable[[_Arguments, Any], None]


def _integer(call: _Arguments, argument: Any) -> None:
    call.values.append(operator.index(argument))


def _float(call: _Arguments, argument: Any) -> None:
    if isinstance(argument, (str, bytes, bytearray)):
        _refuse(argument, "a number")
    call.values.append(float(argument))


def _bool(call: _Arguments, argument: Any) -> None:
    call.values.append(bool(argument))


def _halves(call: _Arguments, argument: Any) -> None:
    number = operator.index(argument)
    call.values += [number & 0xFFFF_FFFF, number >> 32 & 0xFFFF_FFFF]


def _text(call: _Arguments, argument: Any) -> None:
    if argument is None:
        call.values.append(0)
    elif isinstance(argument, str):
        call.copy(memoryview(argument.encode() + b"\0"))
    else:
        _refuse(argument, "a str or None")


def _bytes(call: _Arguments, argument: Any) -> None:
    """A NUL follows, so that it may be a text of another encoding as well."""
    if argument is None:
        call.values.append(0)
    else:
        call.copy(memoryview(_flat(argument).tobytes() + b"\0"))


def _in_and_out(call: _Arguments, argument: Any) -> None:
    if argument is None:
        call.values.append(0)
        return
    data = _flat(argument)
    if data.readonly:
        _refuse(argument, "a buffer that can be written")
    call.copy(data, written=True)


def _anything(call: _Arguments, argument: Any) -> None:
    """By what is given: for where nothing but `i32` is known. What can be written is written back."""
    if argument is None or isinstance(argument, str):
        _text(call, argument)
    elif hasattr(argument, "__index__") and not getattr(argument, "ndim", 0):
        _integer(call, argument)
    elif isinstance(argument, float):
        _refuse(argument, "an int, a str, a buffer or None")
    elif callable(argument):
        _refuse(argument, "a pointer: say Callback(SIGNATURE) in params, or use add_function")
    elif _flat(argument).readonly:
        _bytes(call, argument)
    else:
        _in_and_out(call, argument)


def _pointer_to(signature: str) -> _Pass:
    def pass_(call: _Arguments, argument: Any) -> None:
        if argument is not None and not callable(argument):
            _refuse(argument, "a function or None")
        if argument is not None:
            call.callbacks.append((len(call.values), argument, signature))
        call.values.append(0)

    return pass_


def _flat(argument: Any) -> memoryview:
    """The bytes of a buffer, of whatever shape and item. Raises TypeError for what has none in C's order."""
    try:
        view = memoryview(argument)
    except TypeError:
        _refuse(argument, "a buffer")
    if not view.c_contiguous:
        raise TypeError("its items do not lie one after the other in C's order: pass a copy")
    return view.cast("B") if view.nbytes else memoryview(bytearray())


def _refuse(argument: object, wanted: str) -> NoReturn:
    raise TypeError(f"{wanted} is needed, not {type(argument).__name__}")


_OF_ONE_NUMBER: dict[object, tuple[str, _Pass]] = {
    int: ("ij", _integer),
    U32: ("i", _integer),
    I64: ("j", _integer),
    U64: ("j", _integer),
    float: ("fd", _float),
    bool: ("i", _bool),
    str: ("i", _text),
    bytes: ("i", _bytes),
    bytearray: ("i", _in_and_out),
}
"""Kind to the types, by their letter, that a parameter of that kind can have, and how it is passed."""
_WIDE = (I64, U64)


def _inferred(declared: FuncType) -> list[_Pass]:
    by_letter: dict[str, _Pass] = {"i": _anything, "j": _integer, "f": _float, "d": _float}
    return [by_letter[type.value] for type in declared.params]


def _passes(name: str, declared: FuncType, params: Sequence[ParameterKind]) -> list[_Pass]:
    rest = "".join(type.value for type in declared.params)
    passes: list[_Pass] = []
    for position, kind in enumerate(params, 1):
        if kind in _WIDE and rest[:2] == "ii":
            rest = rest[2:]
            passes.append(_halves)
            continue
        letters, pass_ = ("i", _pointer_to(kind.signature)) if isinstance(kind, Callback) else _one(kind)
        if not rest or rest[0] not in letters:
            raise TypeError(f"{name} is {declared}: parameter {position} cannot be {_shown(kind)}")
        rest = rest[1:]
        passes.append(pass_)
    if rest:
        raise TypeError(f"{name} is {declared}: params names {len(params)} and leaves {len(rest)} numbers")
    return passes


def _one(kind: object) -> tuple[str, _Pass]:
    if kind not in _OF_ONE_NUMBER:
        known = ", ".join(_shown(known) for known in _OF_ONE_NUMBER)
        raise TypeError(f"nothing is passed as {kind!r}: there are {known} and Callback")
    return _OF_ONE_NUMBER[kind]


# --- results

_Result = Callable[[Guest, Any], Any]


def _pointed(guest: Guest, address: int) -> bytes | None:
    return guest.memory.cstring(address & 0xFFFF_FFFF) if address else None


def _pointed_text(guest: Guest, address: int) -> str | None:
    data = _pointed(guest, address)
    return None if data is None else data.decode()


def _joined(guest: Guest, low: int) -> int:
    """The high half is in the register that JavaScript asks for it."""
    high = guest.temp_ret0() & 0xFFFF_FFFF
    return (high ^ 0x8000_0000) - 0x8000_0000 << 32 | low & 0xFFFF_FFFF


_RESULTS: dict[object, tuple[str, _Result]] = {
    int: ("ij", lambda _, value: value),
    U32: ("i", lambda _, value: value & 0xFFFF_FFFF),
    I64: ("j", lambda _, value: value),
    U64: ("j", lambda _, value: value & 0xFFFF_FFFF_FFFF_FFFF),
    float: ("fd", lambda _, value: value),
    bool: ("i", lambda _, value: bool(value)),
    str: ("i", _pointed_text),
    bytes: ("i", _pointed),
}
_OF_HALVES: dict[object, _Result] = {
    I64: _joined,
    U64: lambda guest, low: _joined(guest, low) & 0xFFFF_FFFF_FFFF_FFFF,
}


def _result(name: str, declared: FuncType, returns: type | None) -> _Result:
    if returns is None:
        return lambda _, value: value
    letter = "".join(type.value for type in declared.results)
    if letter == "i" and returns in _OF_HALVES:
        return _OF_HALVES[returns]
    letters, result = _RESULTS.get(returns, ("", None))
    if result is None:
        raise TypeError(f"nothing is returned as {returns!r}: there are {', '.join(map(_shown, _RESULTS))}")
    if not letter or letter not in letters:
        raise TypeError(f"{name} is {declared}: its result cannot be {_shown(returns)}")
    return result


# --- room for copies


class _Room:
    """Where copies lie while a call runs: one block of the guest's memory."""

    def __init__(self, guest: Guest) -> None:
        """Raises Unsupported where the guest has none to give."""
        self._stack = _all(guest, "stackSave", "stackAlloc", "stackRestore")
        self._heap = _all(guest, "_malloc", "_free") or _all(guest, "malloc", "free")
        if not self._stack and not self._heap:
            raise Unsupported(
                "the library has no room for texts and buffers: it exports neither malloc and free, nor stackAlloc"
            )

    def take(self, size: int) -> tuple[int, Callable[[Any], object], Value | None]:
        """The address of `size` bytes, and what gives them back when it is called with the last. Raises MemoryError."""
        if self._stack and (size <= LARGEST_ON_STACK or not self._heap):
            save, allocate, restore = self._stack
            top = save()
            return int(allocate(size) or 0) & 0xFFFF_FFFF, restore, top
        malloc, free = self._heap
        address = int(malloc(size) or 0) & 0xFFFF_FFFF
        if not address:
            raise MemoryError(f"the guest has no room for {size} bytes of arguments")
        return address, free, address


def _all(guest: Guest, *names: str) -> list[Callable[..., Value | None]]:
    """The exports of these names; none of them unless all are there."""
    return [guest.exports[name] for name in names] if all(name in guest.exports for name in names) else []


def _aligned(size: int) -> int:
    """No copy is of no size: C tells an empty buffer from none."""
    return (size // 16 + 1) * 16


# --- how signatures are told


def _shown(kind: object) -> str:
    if isinstance(kind, ValType):
        return "int" if kind.value in "ij" else "float"
    return f"Callback({kind.signature!r})" if isinstance(kind, Callback) else getattr(kind, "__name__", repr(kind))


def _returned(declared: FuncType, returns: type | None) -> str:
    return ", ".join(map(_shown, declared.results if returns is None else [returns])) or "None"
