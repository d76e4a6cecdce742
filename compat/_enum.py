"""What the package needs of `enum` at run time, without importing it: see `compat._typing`.

An `Enum` of the standard library takes a millisecond for a hundred members, and `enum` itself two. A type checker sees
the real ones, and so do users: the enumerations of their libraries are made of those. Members here are found by value
(`Kind(0)`) and by name (`Kind["FUNC"]`), and iterated over in order. A `Flag` keeps none of its combinations.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from enum import Enum as Enum
    from enum import Flag as Flag
    from enum import IntEnum as IntEnum
    from enum import auto as auto
else:

    class auto:  # noqa: N801 - as in `enum`
        """The next number, or of a flag, the next bit."""

    class _EnumType(type):
        def __new__(cls, name, bases, namespace):
            named = {key: v for key, v in namespace.items() if key[0] != "_" and not hasattr(v, "__get__")}
            made = super().__new__(cls, name, bases, {k: v for k, v in namespace.items() if k not in named})
            made.__members__, made._values = {}, {}
            value = made._first
            for key, given in named.items():
                value = (made._next(value) if made._values else value) if isinstance(given, auto) else given
                member = made._values.get(value)
                if member is None:
                    member = made._values[value] = made._make(value, key)
                made.__members__[key] = member
                setattr(made, key, member)
            return made

        def __call__(cls, value):
            member = cls._values.get(value)
            return cls._missing(value) if member is None else member

        def __getitem__(cls, name):
            return cls.__members__[name]

        def __iter__(cls):
            return iter(cls._values.values())

        def __len__(cls):
            return len(cls._values)

        def __contains__(cls, member):
            return isinstance(member, cls) or member in cls._values

    class Enum(metaclass=_EnumType):
        _first = 1

        @staticmethod
        def _next(value):
            return value + 1

        @classmethod
        def _make(cls, value, name):
            member = object.__new__(cls)
            member.value, member.name = value, name
            return member

        @classmethod
        def _missing(cls, value):
            raise ValueError(f"{value!r} is not a valid {cls.__name__}")

        def __repr__(self):
            return f"<{type(self).__name__}.{self.name}: {self.value!r}>"

        def __str__(self):
            return f"{type(self).__name__}.{self.name}"

        def __reduce__(self):
            return type(self), (self.value,)

        def __copy__(self):
            return self

        def __deepcopy__(self, _):
            return self

    class IntEnum(int, Enum):
        @classmethod
        def _make(cls, value, name):
            member = int.__new__(cls, value)
            member.value, member.name = value, name
            return member

        __str__, __repr__ = int.__repr__, Enum.__repr__

    class Flag(Enum):
        @staticmethod
        def _next(value):
            return value << 1

        @classmethod
        def _missing(cls, value):
            if value & ~cls._all():
                super()._missing(value)
            return cls._make(value, "|".join(m.name for m in cls if m.value & value) or None)

        @classmethod
        def _all(cls):
            bits = 0
            for value in cls._values:
                bits |= value
            return bits

        def __or__(self, other):
            return type(self)(self.value | other.value)

        def __and__(self, other):
            return type(self)(self.value & other.value)

        def __xor__(self, other):
            return type(self)(self.value ^ other.value)

        def __invert__(self):
            return type(self)(self._all() & ~self.value)

        def __bool__(self):
            return self.value != 0

        def __contains__(self, other):
            return other.value & self.value == other.value

        def __iter__(self):
            return (member for member in type(self) if member.value & self.value)

        def __eq__(self, other):
            return type(other) is type(self) and other.value == self.value

        def __hash__(self):
            return hash(self.value)
