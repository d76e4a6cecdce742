"""How a parameter of a host function arrives from WebAssembly.

The annotations of a row's body are its prototype: `fd: I32, buffer: Bytes, written: Out[U32]` takes four i32, and the
body receives an `int`, a `memoryview` and something to `set`. A type checker sees the Python types; at run time
each of these names *is* the `Kind` that decodes the parameter, and an annotation needs no more than to be evaluated.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from struct import Struct as Packer
from struct import error as PackerError  # noqa: N812 - it is a class

from compat._enum import Enum
from compat._typing import TYPE_CHECKING, Annotated, Any, ClassVar, Generic, Self, TypeVar
from compat.kernel.errno import Errno, SysError

if TYPE_CHECKING:
    from compat.abi.guest import Guest
    from compat.abi.memory import Memory

T = TypeVar("T")

_MASK = 0xFFFF_FFFF


class Kind:
    """How one parameter is made from the WebAssembly values it takes."""

    slots = "i"
    """The value types it takes, as signature letters."""

    def expression(self, *raw: str) -> str | None:
        """Python source that decodes the values named by `raw`, for kinds so simple that a call would cost more."""
        return None

    def decode(self, guest: Guest, *raw: Any) -> object:
        """The Python value. Raises SysError: EFAULT for a bad address, EINVAL for a number that means nothing."""
        raise NotImplementedError

    def __or__(self, other: None) -> Kind:
        """`Out[U32] | None`: a null pointer arrives as None."""
        return _Nullable(self)


class Scalar(Kind):
    """A number: as a parameter, and as a field of a struct."""

    def __init__(self, slots: str, code: str, unsigned_bits: int = 0) -> None:
        self.slots = slots
        self.packer = Packer("<" + code)
        self.code = code
        self.unsigned_bits = unsigned_bits

    def pack(self, value: Any) -> bytes:
        """The bytes of a number; of an int that does not fit, the low ones, as in C."""
        try:
            return self.packer.pack(value)
        except PackerError:
            return self.packer.pack(self.low_bits(value))

    def low_bits(self, value: Any) -> Any:
        """The number of this type that has the same low bits."""
        if self.code in "fd":
            return value
        modulus = 1 << 8 * self.packer.size
        value %= modulus
        return value - modulus if self.code.islower() and value >= modulus >> 1 else value

    def expression(self, *raw: str) -> str:
        # The engine hands integers over signed.
        return f"{raw[0]} & {(1 << self.unsigned_bits) - 1:#x}" if self.unsigned_bits else raw[0]


class Chars(Kind):
    """A struct field that is a `char[size]`, declared `Annotated[bytes, Chars(size)]`: bytes, padded with NUL.

    With an alignment in bytes it is the body of a union.
    """

    def __init__(self, size: int, alignment: int = 1) -> None:
        self.code = f"{size}s"
        self.alignment = alignment


class Struct:
    """A C struct with natural alignment; its annotated fields are scalars, `Annotated[bytes, Chars(n)]` and structs.

    Fields that are not given are zero. The layout is worked out at first use: most runs use few of the structs.
    """

    if TYPE_CHECKING:
        _layout: ClassVar[_Layout]

    def __init__(self, **fields: Any) -> None:
        for name in fields.keys() - type(self).layout().fields.keys():
            raise TypeError(f"{type(self).__name__} has no field {name!r}")
        self.__dict__.update(fields)

    def __getattr__(self, name: str) -> Any:
        kind = type(self).layout().fields.get(name)
        if kind is None:
            raise AttributeError(name)
        return kind() if isinstance(kind, type) else b"" if isinstance(kind, Chars) else 0

    def __repr__(self) -> str:
        values = ", ".join(f"{name}={getattr(self, name)!r}" for name in type(self).layout().fields)
        return f"{type(self).__name__}({values})"

    @classmethod
    def layout(cls) -> _Layout:
        """How it lies in memory."""
        layout = cls.__dict__.get("_layout")
        if layout is None:
            scope = sys.modules[cls.__module__].__dict__
            layout = _Layout({name: eval(text, scope) for name, text in cls.__annotations__.items()})
            cls._layout = layout
        return layout

    @classmethod
    def sizeof(cls) -> int:
        """Size in bytes, trailing padding included. Not `size`, which is a field of many a struct."""
        return cls.layout().packer.size

    def pack(self) -> bytes:
        """Its bytes, padding zero; of an int that does not fit its field, the low ones, as in C."""
        return self.layout().packer.pack(*self._values())

    @classmethod
    def unpack(cls, data: bytes | memoryview) -> Self:
        """The struct whose bytes these are; nested structs included."""
        return cls._from(iter(cls.layout().packer.unpack(data)))

    def _values(self) -> Iterator[Any]:
        for name, kind in self.layout().fields.items():
            value = getattr(self, name)
            if isinstance(kind, type):
                yield from value._values()
            else:
                yield kind.low_bits(value) if isinstance(kind, Scalar) else value

    @classmethod
    def _from(cls, values: Iterator[Any]) -> Self:
        fields = cls.layout().fields.items()
        return cls(**{name: kind._from(values) if isinstance(kind, type) else next(values) for name, kind in fields})


class _Layout:
    """The fields of a struct with their kinds, and the packer of all its numbers, nested ones included."""

    def __init__(self, fields: dict[str, Scalar | Chars | type[Struct]]) -> None:
        self.fields = fields
        self.alignment = 1
        self.offsets: dict[str, int] = {}
        code, offset = "", 0
        for name, kind in fields.items():
            field_code, size, alignment = _field(kind)
            padding = -offset % alignment
            self.offsets[name] = offset + padding
            offset += padding + size
            code += "x" * padding + field_code
            self.alignment = max(self.alignment, alignment)
        self.code = code + "x" * (-offset % self.alignment)
        self.packer = Packer("<" + self.code)


def _field(kind: Scalar | Chars | type[Struct]) -> tuple[str, int, int]:
    """Packer code, size and alignment of a struct field."""
    if isinstance(kind, type):
        layout = kind.layout()
        return layout.code, layout.packer.size, layout.alignment
    if isinstance(kind, Chars):
        return kind.code, Packer(kind.code).size, kind.alignment
    return kind.code, kind.packer.size, kind.packer.size


def _codec(target: Scalar | type[Struct]) -> tuple[int, Callable[[Any], bytes], Callable[[memoryview], Any]]:
    """Size in bytes, packer and unpacker of what a pointer points to."""
    if isinstance(target, type):
        return target.sizeof(), target.pack, target.unpack
    packer = target.packer
    return packer.size, target.pack, lambda view: packer.unpack(view)[0]


class _Reference(Generic[T]):
    """A typed pointer, checked before the body runs: a call with a bad one has no effect."""

    __slots__ = ("_pack", "_unpack", "_view")

    def __init__(self, view: memoryview, pack: Callable[[Any], bytes], unpack: Callable[[memoryview], T]) -> None:
        self._view = view
        self._pack = pack
        self._unpack = unpack

    def __repr__(self) -> str:
        return repr(self._unpack(self._view))

    def __class_getitem__(cls, target: Any) -> Any:
        # Not a target: the type variable, where a class is derived.
        return _Pointed(target, cls) if isinstance(target, Scalar | type) else cls


class Out(_Reference[T]):
    """A result parameter: where the body puts a number or struct. `Out[U32] | None` may be a null pointer."""

    __slots__ = ()

    def set(self, value: T) -> None:
        self._view[:] = self._pack(value)


class InOut(Out[T]):
    """A number or struct that the body reads and replaces."""

    __slots__ = ()

    def get(self) -> T:
        """What is there now; a struct is a copy."""
        return self._unpack(self._view)


class _Pointed(Kind):
    def __init__(self, target: Scalar | type[Struct], wrapper: type[_Reference[Any]] | None) -> None:
        self.size, self.pack, self.unpack = _codec(target)
        self.wrapper = wrapper

    def decode(self, guest: Guest, *raw: Any) -> Any:
        view = guest.memory.view(raw[0] & _MASK, self.size)
        return self.wrapper(view, self.pack, self.unpack) if self.wrapper else self.unpack(view)


class _CString(Kind):
    def decode(self, guest: Guest, *raw: Any) -> bytes:
        return guest.memory.cstring(raw[0] & _MASK)


class _Text(Kind):
    def decode(self, guest: Guest, *raw: Any) -> str:
        return guest.memory.cstring(raw[0] & _MASK).decode("utf-8", "surrogateescape")


class _Bytes(Kind):
    slots = "ii"

    def decode(self, guest: Guest, *raw: Any) -> memoryview:
        return guest.memory.view(raw[0] & _MASK, raw[1] & _MASK)


class _CountedText(Kind):
    slots = "ii"

    def decode(self, guest: Guest, *raw: Any) -> str:
        return guest.memory.read(raw[0] & _MASK, raw[1] & _MASK).decode("utf-8", "surrogateescape")


class _Vectors(Kind):
    slots = "ii"

    def decode(self, guest: Guest, *raw: Any) -> list[memoryview]:
        return vectors(guest.memory, raw[0] & _MASK, raw[1] & _MASK)


_IOVEC = Packer("<II")
"""`struct iovec {void *base; size_t len;}`, the same in both ABIs."""
IOV_MAX = 1024


def vectors(memory: Memory, address: int, count: int) -> list[memoryview]:
    """The buffers of `count` iovecs at `address`. Errors: EFAULT, EINVAL (more than `IOV_MAX`)."""
    if count > IOV_MAX:
        raise SysError(Errno.EINVAL)
    pairs = _IOVEC.iter_unpack(memory.view(address, _IOVEC.size * count))
    return [memory.view(base, length) for base, length in pairs]


class _Nullable(Kind):
    def __init__(self, kind: Kind) -> None:
        self.kind = kind
        self.slots = kind.slots

    def decode(self, guest: Guest, *raw: Any) -> object:
        return self.kind.decode(guest, *raw) if raw[0] else None


class _EnumKind(Kind):
    def __init__(self, enum: type[Enum]) -> None:
        self.enum = enum

    def decode(self, guest: Guest, *raw: Any) -> Enum:
        try:
            return self.enum(raw[0] & _MASK)
        except ValueError:
            raise SysError(Errno.EINVAL) from None


class _Pad(Kind):
    def expression(self, *raw: str) -> str:
        return "None"


if TYPE_CHECKING:
    # One by one: a chained assignment makes variables, not aliases of types.
    U8 = int
    U16 = int
    I16 = int
    I32 = int
    U32 = int
    I64 = int
    U64 = int
    F32 = float
    F64 = float
    CString = bytes
    Text = str
    CountedText = str
    Bytes = memoryview
    Vectors = list[memoryview]
    Pad = object
    In = Annotated[T, "read through a pointer"]
else:
    U8 = Scalar("i", "B", 8)
    U16 = Scalar("i", "H", 16)
    I16 = Scalar("i", "h")
    I32 = Scalar("i", "i")
    U32 = Scalar("i", "I", 32)
    I64 = Scalar("j", "q")
    U64 = Scalar("j", "Q", 64)
    F32 = Scalar("f", "f")
    F64 = Scalar("d", "d")
    CString = _CString()
    """The bytes of a NUL-terminated string."""
    Text = _Text()
    """A NUL-terminated string or path as text (UTF-8, `surrogateescape`)."""
    Bytes = _Bytes()
    """A pointer and a length: the guest's own bytes, in place."""
    CountedText = _CountedText()
    """A pointer and a length: text."""
    Vectors = _Vectors()
    """A pointer and a count of `iovec`s, at most IOV_MAX = 1024 of them: the guest's own bytes, in place."""
    Pad = _Pad()
    """A slot that carries nothing: musl puts one before a 64-bit argument of some system calls."""

    class In:
        """What the body only reads: `In[Timespec]` is a copy of the struct that the pointer points to."""

        def __class_getitem__(cls, target):
            return _Pointed(target, None)


Pointer = U32
"""An address that the body deals with itself."""


def kind_of(annotation: Any) -> Kind:
    """The kind that an evaluated annotation stands for. Raises TypeError for one that stands for none."""
    if isinstance(annotation, Kind):
        return annotation
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return _EnumKind(annotation)
    raise TypeError(f"not a parameter of a host function: {annotation!r}")
