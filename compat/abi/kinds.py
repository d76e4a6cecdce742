"""How a parameter of a host function arrives from WebAssembly.

The annotations of a row's body are its prototype: `fd: I32, buffer: Bytes, written: Out[U32]` takes `(i32, i32 i32, i32)`,
and the body receives an `int`, a `memoryview` and something to `set`. A static type checker sees the Python types.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from struct import Struct as Packer
from typing import TYPE_CHECKING, Annotated, Any, Generic, TypeVar, get_args, get_origin, get_type_hints

from compat.kernel.errno import Errno, SysError

if TYPE_CHECKING:
    from typing import Self, dataclass_transform

    from compat.abi.guest import Guest
else:

    def dataclass_transform(**_: object) -> Any:
        return lambda cls: cls


T = TypeVar("T")


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


class Scalar(Kind):
    """A number: as a parameter, and as a field of a struct."""

    def __init__(self, slots: str, code: str, unsigned_bits: int = 0) -> None:
        self.slots = slots
        self.code = code
        self.unsigned_bits = unsigned_bits

    def expression(self, *raw: str) -> str:
        # The engine hands integers over signed.
        return f"{raw[0]} & {(1 << self.unsigned_bits) - 1:#x}" if self.unsigned_bits else raw[0]


U8 = Annotated[int, Scalar("i", "B", 8)]
U16 = Annotated[int, Scalar("i", "H", 16)]
I16 = Annotated[int, Scalar("i", "h")]
I32 = Annotated[int, Scalar("i", "i")]
U32 = Annotated[int, Scalar("i", "I", 32)]
I64 = Annotated[int, Scalar("j", "q")]
U64 = Annotated[int, Scalar("j", "Q", 64)]
F32 = Annotated[float, Scalar("f", "f")]
F64 = Annotated[float, Scalar("d", "d")]
Pointer = U32
"""An address that the body deals with itself."""


class _CString(Kind):
    def decode(self, guest: Guest, *raw: Any) -> bytes:
        return guest.memory.cstring(raw[0] & 0xFFFF_FFFF)


class _Text(Kind):
    def decode(self, guest: Guest, *raw: Any) -> str:
        return guest.memory.cstring(raw[0] & 0xFFFF_FFFF).decode("utf-8", "surrogateescape")


class _Bytes(Kind):
    slots = "ii"

    def decode(self, guest: Guest, *raw: Any) -> memoryview:
        return guest.memory.view(raw[0] & 0xFFFF_FFFF, raw[1] & 0xFFFF_FFFF)


class _CountedText(Kind):
    slots = "ii"

    def decode(self, guest: Guest, *raw: Any) -> str:
        data = guest.memory.read(raw[0] & 0xFFFF_FFFF, raw[1] & 0xFFFF_FFFF)
        return data.decode("utf-8", "surrogateescape")


class _Vectors(Kind):
    """`struct iovec {void *base; size_t len;}[count]`, the same in both ABIs."""

    slots = "ii"

    def __init__(self, limit: int) -> None:
        self.limit = limit

    def decode(self, guest: Guest, *raw: Any) -> list[memoryview]:
        count = raw[1] & 0xFFFF_FFFF
        if count > self.limit:
            raise SysError(Errno.EINVAL)
        memory = guest.memory
        pairs = _IOVEC.iter_unpack(memory.view(raw[0] & 0xFFFF_FFFF, 8 * count))
        return [memory.view(base, length) for base, length in pairs]


_IOVEC = Packer("<II")

CString = Annotated[bytes, _CString()]
"""The bytes of a NUL-terminated string."""
Text = Annotated[str, _Text()]
"""A NUL-terminated string or path as text (UTF-8, `surrogateescape`)."""
Bytes = Annotated[memoryview, _Bytes()]
"""A pointer and a length: the guest's own bytes, in place."""
CountedText = Annotated[str, _CountedText()]
"""A pointer and a length: text."""
Vectors = Annotated[list[memoryview], _Vectors(1024)]
"""A pointer and a count of `iovec`s, at most IOV_MAX = 1024 of them: the guest's own bytes, in place."""


class Chars(Kind):
    """A struct field that is a `char[size]`; its value is bytes, padded with NUL."""

    def __init__(self, size: int) -> None:
        self.code = f"{size}s"


@dataclass_transform(kw_only_default=True)
class Struct:
    """A C struct with natural alignment, declared by its annotated fields: scalars, `Annotated[bytes, Chars(n)]`, structs.

    Fields that are not given are zero. The layout is worked out at first use: most runs use few of the structs.
    """

    _layout: tuple[Packer, tuple[str, ...], int]

    def __init__(self, **fields: Any) -> None:
        for name, value in fields.items():
            setattr(self, name, value)

    def __repr__(self) -> str:
        values = ", ".join(f"{name}={getattr(self, name, 0)!r}" for name in type(self).layout()[1])
        return f"{type(self).__name__}({values})"

    @classmethod
    def layout(cls) -> tuple[Packer, tuple[str, ...], int]:
        """The packer of its flattened fields, the names of its own fields, and its alignment in bytes."""
        if "_layout" not in cls.__dict__:
            hints = {k: v for k, v in get_type_hints(cls, include_extras=True).items() if k != "_layout"}
            code, offset, alignment = "<", 0, 1
            for annotation in hints.values():
                field_code, size, align = _field(annotation)
                padding = -offset % align
                code += f"{padding}x" * bool(padding) + field_code
                offset += padding + size
                alignment = max(alignment, align)
            padding = -offset % alignment
            cls._layout = Packer(code + f"{padding}x" * bool(padding)), tuple(hints), alignment
        return cls._layout

    @classmethod
    def size(cls) -> int:
        """Size in bytes, trailing padding included."""
        return cls.layout()[0].size

    def _flat(self) -> list[Any]:
        values: list[Any] = []
        hints = get_type_hints(type(self), include_extras=True)
        for name in type(self).layout()[1]:
            value = getattr(self, name, None)
            annotation = hints[name]
            if isinstance(annotation, type) and issubclass(annotation, Struct):
                values += (value or annotation())._flat()
            else:
                values.append(value if value is not None else _zero(annotation))
        return values

    def pack(self) -> bytes:
        """Its bytes, padding zero."""
        return self.layout()[0].pack(*self._flat())

    @classmethod
    def unpack(cls, data: bytes | memoryview) -> Self:
        """The struct whose bytes these are; nested structs included."""
        values = iter(cls.layout()[0].unpack(data))
        return cls._from(values)

    @classmethod
    def _from(cls, values: Iterator[Any]) -> Self:
        hints = get_type_hints(cls, include_extras=True)
        nested = {n: hints[n] for n in cls.layout()[1]}
        return cls(**{n: h._from(values) if isinstance(h, type) else next(values) for n, h in nested.items()})


def _field(annotation: Any) -> tuple[str, int, int]:
    """Packer code, size and alignment of a struct field."""
    if isinstance(annotation, type) and issubclass(annotation, Struct):
        packer, _, alignment = annotation.layout()
        return packer.format.lstrip("<"), packer.size, alignment
    kind = kind_of(annotation)
    assert isinstance(kind, Scalar | Chars)
    size = Packer("<" + kind.code).size
    return kind.code, size, 1 if isinstance(kind, Chars) else size


def _zero(annotation: Any) -> Any:
    return b"" if isinstance(kind_of(annotation), Chars) else 0


class Out(Generic[T]):
    """A result parameter: where the body puts a number or struct. `Out[U32] | None` may be a null pointer."""

    __slots__ = ("_packer", "_view")

    def __init__(self, view: memoryview, packer: Packer | None) -> None:
        self._view = view
        self._packer = packer

    def set(self, value: T) -> None:
        if self._packer is None:
            assert isinstance(value, Struct)
            self._view[:] = value.pack()
        else:
            self._packer.pack_into(self._view, 0, value)


class _OutKind(Kind):
    """The pointer is checked before the body runs: a call with a bad one has no effect."""

    def __init__(self, target: Any) -> None:
        if isinstance(target, type) and issubclass(target, Struct):
            self.packer, self.size = None, target.size()
        else:
            scalar = kind_of(target)
            assert isinstance(scalar, Scalar)
            self.packer = Packer("<" + scalar.code)
            self.size = self.packer.size

    def decode(self, guest: Guest, *raw: Any) -> Out[Any]:
        return Out(guest.memory.view(raw[0] & 0xFFFF_FFFF, self.size), self.packer)


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
            return self.enum(raw[0] & 0xFFFF_FFFF)
        except ValueError:
            raise SysError(Errno.EINVAL) from None


class _Pad(Kind):
    def expression(self, *raw: str) -> str:
        return "None"


Pad = Annotated[None, _Pad()]
"""A slot that carries nothing: musl puts one before a 64-bit argument of some system calls."""


def kind_of(annotation: Any) -> Kind:
    """The kind that an annotation stands for. Raises TypeError for one that stands for none."""
    if get_origin(annotation) is Annotated:
        return next(item for item in get_args(annotation) if isinstance(item, Kind))
    if get_origin(annotation) is Out:
        return _OutKind(get_args(annotation)[0])
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return _EnumKind(annotation)
    options = [option for option in get_args(annotation) if option is not type(None)]
    if len(options) == 1:
        return _Nullable(kind_of(options[0]))
    raise TypeError(f"not a parameter of a host function: {annotation!r}")
