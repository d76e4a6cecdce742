"""What the package needs of `typing` at run time, without importing it.

`typing`, `dataclasses` and `inspect` together take as long to import as all the rest of a warm `compat run`. A type
checker sees the real names; the interpreter sees stand-ins that do no more than let the declarations execute. Records
are `NamedTuple`s: the one here makes a class in microseconds, since it compiles nothing.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import IO as IO
    from typing import Annotated as Annotated
    from typing import Any as Any
    from typing import ClassVar as ClassVar
    from typing import Generic as Generic
    from typing import NamedTuple as NamedTuple
    from typing import NoReturn as NoReturn
    from typing import Protocol as Protocol
    from typing import Self as Self
    from typing import TypeVar as TypeVar
    from typing import cast as cast
    from typing import overload as overload
else:
    from operator import itemgetter

    class _Form:
        """A name that only ever stands in annotations."""

        def __class_getitem__(cls, item):
            return cls

    class Annotated:
        def __class_getitem__(cls, item):
            return item[1]

    Any = ClassVar = IO = NoReturn = Self = _Form

    class Generic(_Form):
        pass

    class Protocol(_Form):
        pass

    def TypeVar(name, **_):
        return name

    def cast(_, value):
        return value

    def overload(function):
        return function

    class NamedTuple(tuple):
        __slots__ = ()
        _fields = ()
        _field_defaults: dict[str, object] = {}

        def __init_subclass__(cls):
            own = tuple(cls.__dict__.get("__annotations__", ()))
            cls._field_defaults = {name: cls.__dict__[name] for name in own if name in cls.__dict__}
            cls._fields = own
            for index, name in enumerate(own):
                setattr(cls, name, property(itemgetter(index)))

        def __new__(cls, *values, **named):
            fields = cls._fields
            if named or len(values) != len(fields):
                rest = fields[len(values) :]
                defaults = cls._field_defaults
                try:
                    values += tuple([named.pop(name) if name in named else defaults[name] for name in rest])
                except KeyError as error:
                    raise TypeError(f"{cls.__name__}: no value for {error}") from None
                if named or len(values) != len(fields):
                    raise TypeError(f"{cls.__name__} takes {', '.join(fields)}")
            return tuple.__new__(cls, values)

        def _replace(self, **named):
            values = tuple(map(named.pop, self._fields, self))
            if named:
                raise TypeError(f"{type(self).__name__} has no {', '.join(named)}")
            return tuple.__new__(type(self), values)

        def _asdict(self):
            return dict(zip(self._fields, self, strict=True))

        def __getnewargs__(self):
            return tuple(self)

        def __repr__(self):
            pairs = zip(self._fields, self, strict=True)
            return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in pairs)})"
