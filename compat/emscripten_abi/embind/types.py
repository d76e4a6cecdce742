"""The registry of C++ types, and how the values of each cross between Python and the program.

What crosses a call is a number, the value's *wire* form: itself, or the address of a copy on the program's heap, or a
handle. A type may be used before it is registered, as long as no value has to cross.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from functools import cached_property
from operator import index
from struct import Struct as Packer
from types import SimpleNamespace

from compat._typing import TYPE_CHECKING, Any
from compat.abi.guest import Value
from compat.detect.model import Release
from compat.emscripten_abi.embind.values import truth, typed, undefined
from compat.errors import Abort, BindingError, UnboundTypeError

if TYPE_CHECKING:
    from compat.emscripten_abi.embind.handles import Handles
    from compat.emscripten_abi.guest import EmscriptenGuest

Cleanups = list[tuple[Callable[[int], object], int]]
"""What is to be called when a call has returned, and with what: the last first."""

Native = Callable[..., Any]
"""A function of the program's, with numbers for arguments and result."""

_UTF8 = Release(1, 38, 11)
"""The release since which a `std::string` is taken for UTF-8 (EMBIND_STD_STRING_IS_UTF8)."""

MOST = 1 << 18
"""Of what a program registers; OpenCV has three thousand."""

_U32 = 0xFFFF_FFFF
_FLOAT_MAX = (2 - 2**-23) * 2.0**127
_INTEGERS = {(1, True): "b", (1, False): "B", (2, True): "h", (2, False): "H", (4, True): "i", (4, False): "I"}
_VIEWS = "bBhHiIfd"
"""Codes of the elements of a memory view, by number."""


class Type:
    """A registered type. `wire` is the number for a value of it, `value` the value of a number."""

    annotation: object = object
    """What stands for it in a signature, as a result; of no use to a type checker for `object`, which may be all."""
    owns = True
    """Whether `wire` adds to the cleanups."""
    advance = 8
    """Bytes that a value takes in a list of arguments (`WireTypePack`)."""

    def __init__(self, types: Types, name: str) -> None:
        self.types = types
        self.guest = types.guest
        self._name = name

    @property
    def name(self) -> str:
        """What it is called in messages and signatures."""
        return self._name

    @property
    def accepted(self) -> object:
        """What stands for it as a parameter: all that `wire` takes."""
        return self.annotation

    def wire(self, value: Any, cleanups: Cleanups) -> Value:
        """Raises BindingError for a value that is not of this type."""
        raise BindingError(f"a {self.name} cannot be passed to the program")

    def value(self, wire: Any) -> Any:
        """The value; what the number owned is given back to the program."""
        raise BindingError(f"a {self.name} cannot be received from the program")

    def read(self, address: int) -> Any:
        """The value whose wire form lies in memory."""
        return self.value(self.guest.memory.load_u32(address))

    def this(self, value: Any, cleanups: Cleanups) -> Value:
        """`wire` for the object whose method is called."""
        return self.wire(value, cleanups)

    def constructed(self, wire: Any) -> Any:
        """The value that a constructor made: Python is to destroy it."""
        return self.value(wire)

    def lent(self, wire: Any, lender: Any) -> Any:
        """The value that a method returned, which may belong to the object."""
        return self.value(wire)

    def this_source(self, value: str) -> str | None:
        """`wire_source` for `this`, where `own` is its registered class."""
        return None

    def wire_source(self, value: str) -> str | None:
        """Python source that does what `wire` does in the usual case and else calls `{wire}`, if that pays."""
        return None

    def value_source(self, wire: str) -> str | None:
        """Python source for `value`, if that is simple."""
        return None

    def wrong(self, value: object) -> BindingError:
        return BindingError(f"cannot convert {value!r} to {self.name}")


class Types:
    """The types of one program, by the address of their `type_info`."""

    def __init__(self, guest: EmscriptenGuest, handles: Handles) -> None:
        self.guest = guest
        self.handles = handles
        self._known: dict[int, Type] = {0: Void(self, "void")}
        """Where there is no type, as none of what a setter returns, 0 stands for it."""
        self._registered = 0
        epoch = guest.detection.epoch
        self.encoding = "latin-1" if epoch and epoch.highest < _UTF8 else "utf-8"
        """Of a `std::string`."""

    def add(self, address: int, type: Type) -> None:
        """Register a type. Raises BindingError for an address that has one."""
        if address in self._known:
            raise BindingError(f"cannot register type {type.name} {'twice' if address else 'without a type_info'}")
        self.count()
        self._known[address] = type

    def count(self) -> None:
        """One thing more is registered. Raises Abort where there are too many: each is memory of the host."""
        self._registered += 1
        if self._registered > MOST:
            raise Abort(f"the program registers more than {MOST} types, functions and members")

    def __contains__(self, address: int) -> bool:
        return address in self._known

    def __getitem__(self, address: int) -> Type:
        """A type that is needed now. Raises UnboundTypeError."""
        return self.several([address], "use a value of its type")[0]

    def several(self, addresses: Sequence[int], purpose: str) -> list[Type]:
        """Types that are needed to do what `purpose` says. Raises UnboundTypeError, with the names of those missing."""
        missing = sorted({address for address in addresses if address not in self._known})
        if missing:
            names = ", ".join(map(self.name_of, missing))
            raise UnboundTypeError(f"cannot {purpose}: the program registers no type {names}")
        return [self._known[address] for address in addresses]

    def name_of(self, address: int) -> str:
        """What the program calls a type; it may have been built without names."""
        return self._known[address].name if address in self._known else self.original_name(address)

    def original_name(self, address: int) -> str:
        """What the type is called in C++, or its address."""
        from compat.emscripten_abi.typeinfo import demangled

        guest = self.guest
        if "___getTypeName" not in guest.exports:
            return f"0x{address:x}"
        text = int(guest.exports["___getTypeName"](address) or 0) & _U32
        name = guest.memory.cstring(text).decode("latin-1")
        guest.free(text)
        return demangled(name)

    def native(self, signature: bytes, pointer: int) -> Native:
        """The function that a pointer stands for. Raises BindingError where the program can call none of that type."""
        call = self.caller(signature)
        return lambda *args: call(pointer, *args)

    def caller(self, signature: bytes) -> Native:
        """What calls a function pointer of that signature: pointer first, then the arguments."""
        letters = signature.decode("latin-1")
        exports = self.guest.exports
        # Where single precision is not kept, the program passes a float as a double.
        for name in (f"dynCall_{letters}", f"dynCall_{letters.replace('f', 'd')}"):
            if name in exports:
                return exports[name]
        raise BindingError(f"the program has no dynCall_{letters} to call a function pointer with")

    def allocate(self, size: int) -> int:
        """The address of `size` bytes on the program's heap. Raises Abort where that is full."""
        address = self.guest.malloc(size)
        if not address:
            raise Abort(f"the program has no memory left for {size} bytes")
        return address


class Void(Type):
    annotation = None
    owns = False
    advance = 0

    def wire(self, value: Any, cleanups: Cleanups) -> Value:
        return 0

    def value(self, wire: Any) -> None:
        return None

    def read(self, address: int) -> None:
        return None

    def value_source(self, wire: str) -> str:
        return "None"


class Boolean(Type):
    annotation = bool
    owns = False

    def __init__(self, types: Types, name: str, size: int, true: int, false: int) -> None:
        super().__init__(types, name)
        self._true, self._false = true, false
        self._packer = Packer("<" + _INTEGERS[size, True])

    def wire(self, value: Any, cleanups: Cleanups) -> int:
        return self._true if truth(value) else self._false

    def value(self, wire: Any) -> bool:
        return bool(wire)

    def read(self, address: int) -> bool:
        return bool(self._packer.unpack(self.guest.memory.view(address, self._packer.size))[0])

    def wire_source(self, value: str) -> str:
        return f"{self._true} if {value} is True else {self._false} if {value} is False else {{wire}}"

    def value_source(self, wire: str) -> str:
        return f"{wire} != 0"


class Integer(Type):
    annotation = int
    owns = False

    def __init__(self, types: Types, name: str, size: int, low: int, high: int) -> None:
        super().__init__(types, name)
        self._low, self._high = low, _U32 if high == -1 else high
        self._mask = 0 if low else (1 << 8 * size) - 1
        self._packer = Packer("<" + _INTEGERS[size, low != 0])

    def wire(self, value: Any, cleanups: Cleanups) -> int:
        if isinstance(value, float):
            # A number of JavaScript's has no other form; the fraction goes, as it did there.
            number = int(value) if abs(value) < float("inf") else 0
        else:
            try:
                number = index(value)
            except TypeError:
                raise self.wrong(value) from None
        if not self._low <= number <= self._high:
            raise BindingError(f"{value!r} is not a {self.name}: it is outside {self._low} to {self._high}")
        return number

    def value(self, wire: Any) -> int:
        # A value that came as a double: a constant.
        return int(wire) & self._mask if self._mask else int(wire)

    def read(self, address: int) -> int:
        return int(self._packer.unpack(self.guest.memory.view(address, self._packer.size))[0])

    def wire_source(self, value: str) -> str:
        return f"{value} if {value}.__class__ is int and {self._low} <= {value} <= {self._high} else {{wire}}"

    def value_source(self, wire: str) -> str:
        return f"{wire} & {self._mask:#x}" if self._mask else wire


class Float(Type):
    annotation = float
    owns = False

    def __init__(self, types: Types, name: str, size: int) -> None:
        super().__init__(types, name)
        self._packer = Packer({4: "<f", 8: "<d"}[size])
        self._largest = _FLOAT_MAX if size == 4 else sys.float_info.max

    def wire(self, value: Any, cleanups: Cleanups) -> float:
        try:
            number = value.__float__()
        except AttributeError:
            raise self.wrong(value) from None
        assert isinstance(number, float)
        # What a float has no room for is infinite, as in C.
        return math.copysign(math.inf, number) if abs(number) > self._largest else number

    def value(self, wire: Any) -> float:
        return float(wire)

    def read(self, address: int) -> float:
        return float(self._packer.unpack(self.guest.memory.view(address, self._packer.size))[0])

    def wire_source(self, value: str) -> str:
        largest = repr(self._largest)
        return f"{value} if {value}.__class__ is float and -{largest} <= {value} <= {largest} else {{wire}}"

    def value_source(self, wire: str) -> str:
        return wire


class String(Type):
    """`std::string`: its length and bytes. A str is encoded; bytes are taken as they are."""

    annotation = str
    accepted = str | bytes

    def wire(self, value: Any, cleanups: Cleanups) -> int:
        if isinstance(value, str):
            try:
                data = value.encode(self.types.encoding, "surrogateescape")
            except UnicodeEncodeError as error:
                raise BindingError(f"cannot pass {value!r} to a program of before 1.38.11: {error.reason}") from None
        else:
            try:
                data = bytes(memoryview(value).cast("B"))
            except TypeError:
                raise self.wrong(value) from None
        return _placed(self.types, len(data), data + b"\0", cleanups)

    def value(self, wire: Any) -> str:
        data = _taken(self.types, wire & _U32, 1)
        # What is not UTF-8 can be had back: text.encode("utf-8", "surrogateescape").
        return data.decode(self.types.encoding, "surrogateescape")


class WideString(Type):
    """`std::wstring` and its like, in UTF-16 or UTF-32."""

    annotation = str

    def __init__(self, types: Types, name: str, unit: int) -> None:
        super().__init__(types, name)
        self._unit = unit
        self._encoding = {2: "utf-16-le", 4: "utf-32-le"}[unit]

    def wire(self, value: Any, cleanups: Cleanups) -> int:
        if not isinstance(value, str):
            raise self.wrong(value)
        data = value.encode(self._encoding, "surrogatepass")
        return _placed(self.types, len(data) // self._unit, data, cleanups)

    def value(self, wire: Any) -> str:
        data = _taken(self.types, wire & _U32, self._unit)
        try:
            return data.decode(self._encoding, "surrogatepass")
        except UnicodeDecodeError as error:
            raise BindingError(f"the program returned a {self.name} that is none: {error}") from None


def _placed(types: Types, length: int, data: bytes, cleanups: Cleanups) -> int:
    guest = types.guest
    address = types.allocate(4 + len(data))
    cleanups.append((guest.free, address))
    guest.memory.store_32(address, length)
    guest.memory.write(address + 4, data)
    return address


def _taken(types: Types, address: int, unit: int) -> bytes:
    memory = types.guest.memory
    data = memory.read(address + 4, unit * memory.load_u32(address))
    types.guest.free(address)
    return data


class Val(Type):
    """`emscripten::val`. What JavaScript calls `undefined` is None in Python, as `null` is."""

    annotation = object
    owns = False  # the callee takes the handle over

    def wire(self, value: Any, cleanups: Cleanups) -> int:
        return self.types.handles.add(value)

    def value(self, wire: Any) -> Any:
        value = self.types.handles[wire]
        self.types.handles.release(wire)
        return None if value is undefined else value


class MemoryView(Type):
    """`memory_view<T>`: a memoryview of the program's own bytes, valid until its memory grows."""

    annotation = memoryview

    def __init__(self, types: Types, name: str, element: int) -> None:
        super().__init__(types, name)
        if not 0 <= element < len(_VIEWS):
            raise BindingError(f"{name} has elements of the unknown type {element}")
        self._code = _VIEWS[element]
        self._size = Packer(self._code).size

    def value(self, wire: Any) -> memoryview:
        return self.read(wire & _U32)

    def read(self, address: int) -> memoryview:
        memory = self.guest.memory
        length, start = memory.load_u32(address), memory.load_u32(address + 4)
        return typed(memory.view(start, length * self._size), self._code)


class Enumeration(Type):
    """An enumeration: an `enum.Enum`, made at the first use. A number without a name, as a sum of flags, is an int."""

    owns = False

    def __init__(self, types: Types, name: str, size: int, signed: int) -> None:
        super().__init__(types, name)
        self._mask = 0 if signed else (1 << 8 * size) - 1
        self._packer = Packer("<" + _INTEGERS[size, bool(signed)])
        self._members: dict[str, int] = {}
        self._python: type[Enum] | None = None
        self._named: dict[int, Enum] = {}
        """The members of that, by value."""

    def add(self, name: str, value: int) -> None:
        if self._python is not None:
            raise BindingError(f"{self.name}.{name} is registered after {self.name} was used")
        self._members[name] = value & self._mask if self._mask else value

    @property
    def python(self) -> type[Enum]:
        """The Python enumeration. Raises BindingError where Python cannot have one like it."""
        if self._python is None:
            try:
                made = Enum(self.name, self._members)  # type: ignore[misc]  # the members are known at run time
            except (TypeError, ValueError) as error:
                raise BindingError(f"{self.name} cannot be an enumeration of Python's: {error}") from None
            made.__doc__ = f"The C++ enumeration {self.name}."
            self._named = {member.value: member for member in made}
            self._python = made
        return self._python

    @property
    def annotation(self) -> object:  # type: ignore[override]
        return self.python | int

    def wire(self, value: Any, cleanups: Cleanups) -> int:
        number = value.value if isinstance(value, self.python) else value
        if not isinstance(number, int):
            raise self.wrong(value)
        return number

    def value(self, wire: Any) -> Enum | int:
        number = int(wire) & self._mask if self._mask else int(wire)
        _ = self.python
        return self._named.get(number, number)

    def read(self, address: int) -> Enum | int:
        return self.value(self._packer.unpack(self.guest.memory.view(address, self._packer.size))[0])


class Field:
    """An element or field of a struct that crosses by value: with which types and functions it is read and written."""

    def __init__(
        self,
        types: Types,
        name: str,
        attribute: str,
        get: tuple[int, bytes, int, int],
        put: tuple[int, bytes, int, int],
    ) -> None:
        self._types = types
        self.name = name
        self.attribute = attribute
        """The name as one of Python's."""
        self._get_type, signature, getter, self._get_context = get
        self._getter = types.native(signature, getter)
        self._put_type, signature, setter, self._put_context = put
        self._setter = types.native(signature, setter)

    @property
    def type(self) -> Type:
        return self._types[self._get_type]

    def get(self, address: int) -> Any:
        return self.type.value(self._getter(self._get_context, address))

    def put(self, address: int, value: Any) -> None:
        cleanups: Cleanups = []
        self._setter(self._put_context, address, self._types[self._put_type].wire(value, cleanups))
        clean(cleanups)


class Aggregate(Type):
    """A struct that crosses by value: built on the program's heap, field by field, and destroyed after the call."""

    def __init__(self, types: Types, id: int, name: str, constructor: Native, destructor: Native) -> None:
        super().__init__(types, name)
        self._id = id
        self._constructor = constructor
        self._destructor = destructor
        self.fields: list[Field] = []

    @property
    def name(self) -> str:
        """What it was registered as, or what it is in C++ where that is no name: JavaScript never used it."""
        if not self._name.isidentifier():
            self._name = self.types.original_name(self._id)
        return self._name

    def wire(self, value: Any, cleanups: Cleanups) -> int:
        values = self.parts(value)
        address = int(self._constructor()) & _U32
        cleanups.append((self._destructor, address))
        for field, part in zip(self.fields, values, strict=True):
            field.put(address, part)
        return address

    def value(self, wire: Any) -> Any:
        address = wire & _U32
        values = [field.get(address) for field in self.fields]
        self._destructor(address)
        return self.whole(values)

    def parts(self, value: Any) -> Sequence[Any]:
        """The values of the fields, in order. Raises BindingError."""
        raise NotImplementedError

    def whole(self, values: list[Any]) -> Any:
        """The value that these fields make."""
        raise NotImplementedError


class ValueArray(Aggregate):
    """`value_array`: a list; any sequence of the right length is taken."""

    @property
    def annotation(self) -> object:  # type: ignore[override]
        return list[self._element("annotation", list)]  # type: ignore[misc]

    @property
    def accepted(self) -> object:
        return Sequence[self._element("accepted", Sequence)]  # type: ignore[misc]

    def _element(self, of: str, array: object) -> object:
        """What its elements are, if all are the same. A struct might claim to have itself for an element."""
        kinds = {array if isinstance(field.type, ValueArray) else getattr(field.type, of) for field in self.fields}
        return kinds.pop() if len(kinds) == 1 else object

    def parts(self, value: Any) -> Sequence[Any]:
        try:
            parts = list(value)
        except TypeError:
            raise self.wrong(value) from None
        if len(parts) != len(self.fields):
            raise BindingError(f"a {self.name} has {len(self.fields)} elements, not {len(parts)}")
        return parts

    def whole(self, values: list[Any]) -> list[Any]:
        return values


class ValueObject(Aggregate):
    """`value_object`: an object with these attributes; a mapping, or any object that has them, is taken."""

    @cached_property
    def python(self) -> type[SimpleNamespace]:
        """What values are of; its name is that of the C++ struct without namespaces and template arguments."""
        name = self.name.partition("<")[0].rpartition("::")[2]
        return type(name, (SimpleNamespace,), {"__doc__": f"A value of the C++ struct {self.name}."})

    @property
    def annotation(self) -> object:  # type: ignore[override]
        if "__annotations__" not in vars(self.python):
            self.python.__annotations__ = {}  # A struct that has itself for a field comes back here.
            self.python.__annotations__ = {field.attribute: field.type.annotation for field in self.fields}
        return self.python

    @property
    def accepted(self) -> object:
        return self.annotation | Mapping[str, object]

    def parts(self, value: Any) -> Sequence[Any]:
        mapping = isinstance(value, Mapping)
        own = value if mapping else getattr(value, "__dict__", {})
        parts = []
        for field in self.fields:
            name = field.name if mapping else field.attribute
            if name not in own:
                raise BindingError(f"{value!r} is not a {self.name}: it has no {name!r}")
            parts.append(own[name])
        return parts

    def whole(self, values: list[Any]) -> Any:
        return self.python(**{field.attribute: value for field, value in zip(self.fields, values, strict=True)})


def clean(cleanups: Cleanups) -> None:
    """Give back what arguments took."""
    while cleanups:
        function, address = cleanups.pop()
        function(address)
