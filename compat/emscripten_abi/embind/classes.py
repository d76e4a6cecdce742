"""Registered classes as Python classes, and the handles that stand for C++ objects: `class_`, `smart_ptr`, `base`.

A handle owns its object by a count that its clones share, as in src/embind/embind.js. Beyond that, an object is
destroyed when nothing in Python refers to it any more, if it is certain that nobody else does (`Record.owned`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from enum import Enum
from types import MethodType

from compat._typing import TYPE_CHECKING, Any, NamedTuple, NoReturn, Self
from compat.emscripten_abi.embind.functions import Function, Overloads, make
from compat.emscripten_abi.embind.types import Cleanups, Native, Type, Types
from compat.errors import BindingError, PureVirtualError

if TYPE_CHECKING:
    from inspect import Signature

    from compat.emscripten_abi.embind.bindings import Bindings

_U32 = 0xFFFF_FFFF
RESERVED = frozenset({"_class", "_construct", "_constructor", "_lender", "_of", "_record", "_static", "_wrapper"})
"""Attributes that are used here."""
VECTOR = frozenset({"push_back", "resize", "size", "get", "set"})
"""What `register_vector` registers."""


class Property(NamedTuple):
    """A registered property; without a setter it cannot be set."""

    getter: Function
    setter: Function | None


class Class:
    """A registered class. Its Python class is made at the first use: base and members come in any order."""

    def __init__(
        self,
        bindings: Bindings,
        name: str,
        ids: tuple[int, int, int],
        base: int,
        *,
        get_actual_type: Native,
        upcast: Native | None,
        downcast: Native | None,
        destructor: Native,
    ) -> None:
        self.bindings = bindings
        self.name = name
        self.type, self.pointer_type, self.const_pointer_type = ids
        self._base = base
        self.get_actual_type = get_actual_type
        self._upcast = upcast
        self._downcast = downcast
        self.destructor = destructor
        self.constructors: Overloads = {}
        self.methods: dict[str, Overloads] = {}
        self.static_methods: dict[str, Overloads] = {}
        self.properties: dict[str, Property] = {}
        self.static_properties: dict[str, Property] = {}
        self.pure_virtual: list[str] = []
        self._accessors: dict[Function, Callable[..., Any]] = {}
        self._python: BoundClass | None = None

    @property
    def base(self) -> Class | None:
        """The class that it derives from. Raises UnboundTypeError where that is not registered."""
        if not self._base:
            return None
        [type] = self.bindings.types.several([self._base], f"use {self.name}, which derives from it")
        if not isinstance(type, Pointer):
            raise BindingError(f"{self.name} derives from {type.name}, which is not registered as a class")
        return type.class_

    @property
    def python(self) -> BoundClass:
        """The Python class. Raises UnboundTypeError."""
        if self._python is None:
            base = self.base
            parent = base.python if base else Vector if self.methods.keys() >= VECTOR else Instance
            made = BoundClass(self.name, (parent,), {"_class": self})
            made.__module__ = self.bindings.name
            made.__doc__ = f"The C++ class {self.name}."
            self._python = made
            for name in {**self.methods, **self.static_methods, **self.properties}:
                self.install(name)
        return self._python

    def install(self, name: str) -> None:
        """Put a member that has been registered into the Python class, if that is there already."""
        if self._python is not None:
            type.__setattr__(
                self._python, name, _Attribute(self, name) if name in self.properties else _Member(self, name)
            )

    def function(self, name: str, *, static: bool) -> Callable[..., Any] | None:
        """The Python function of a method: its overloads, and those of the bases with other numbers of arguments."""
        overloads: Overloads = {}
        for class_ in reversed(self.lineage()):
            overloads |= (class_.static_methods if static else class_.methods).get(name, {})
        if not overloads:
            return None
        return make(self.bindings.types, name, overloads, owner=self.name, method=not static)

    def accessor(self, name: str, function: Function, *, method: bool) -> Callable[..., Any]:
        """The Python function that gets or sets a property."""
        if function not in self._accessors:
            overloads = {function.arguments - method: function}
            self._accessors[function] = make(self.bindings.types, name, overloads, owner=self.name, method=method)
        return self._accessors[function]

    def constructor(self) -> Callable[..., Instance]:
        """What makes an object. Raises BindingError where the class has no constructor."""
        if not self.constructors:
            raise BindingError(f"{self.name} has no accessible constructor")
        return make(self.bindings.types, self.name, self.constructors, instance=True)

    def lineage(self) -> list[Class]:
        """The class, its base, the base of that, and so on."""
        classes = [self]
        while base := classes[-1].base:
            if base in classes:
                raise BindingError(f"{base.name} derives from itself")
            classes.append(base)
        return classes

    def upcast(self, pointer: int, target: Class) -> int:
        """A pointer to an object of this class as one to its base `target`. Raises BindingError if that is no base."""
        for class_ in self.lineage():
            if class_ is target:
                return pointer
            if class_._upcast is not None:
                pointer = class_._upcast(pointer) & _U32
        raise BindingError(f"expected None or a {target.name}, not a {self.name}")

    def downcast(self, pointer: int, target: Class) -> int | None:
        """The reverse of `upcast`, where `target` derives from this class; else None."""
        way: list[Native] = []
        for class_ in target.lineage():
            if class_ is self:
                for downcast in reversed(way):
                    pointer = downcast(pointer) & _U32
                return pointer
            if class_._downcast is None:
                return None
            way.append(class_._downcast)
        return None

    def root(self, pointer: int) -> tuple[Class, int]:
        """The base of all bases, and the pointer to it: the same for all handles of one object."""
        last = self.lineage()[-1]
        return last, self.upcast(pointer, last)


class BoundClass(type):
    """The type of the Python classes: calling one constructs a C++ object, and static properties are its attributes."""

    _class: Class

    def __call__(cls, *args: Any) -> Any:
        if "_class" not in cls.__dict__:
            # A class that was derived in Python: its instances come first, and then their C++ part.
            return super().__call__(*args)
        return cls._construct(*args)

    @property
    def _construct(cls) -> Callable[..., Any]:
        if "_constructor" not in cls.__dict__:
            type.__setattr__(cls, "_constructor", staticmethod(cls._class.constructor()))
        constructor: Callable[..., Any] = cls.__dict__["_constructor"].__func__
        return constructor

    @property
    def __signature__(cls) -> Signature | None:
        if "_class" not in cls.__dict__ or not cls._class.constructors:
            return None
        # Imported here: only who asks for a signature needs it.
        from inspect import signature

        return signature(cls._construct)

    def __getattr__(cls, name: str) -> Any:
        if found := cls._static(name):
            class_, property = found
            return class_.accessor(name, property.getter, method=False)()
        raise AttributeError(f"class {cls.__name__} has no attribute {name!r}")

    def __setattr__(cls, name: str, value: Any) -> None:
        if not (found := cls._static(name)):
            super().__setattr__(name, value)
            return
        class_, property = found
        if property.setter is None:
            raise AttributeError(f"{cls.__name__}.{name} cannot be set")
        class_.accessor(name, property.setter, method=False)(value)

    def _static(cls, name: str) -> tuple[Class, Property] | None:
        for base in cls.__mro__:
            class_ = base.__dict__.get("_class")
            if class_ is not None and name in class_.static_properties:
                return class_, class_.static_properties[name]
        return None

    def __dir__(cls) -> list[str]:
        own = cls.__dict__.get("_class")
        return sorted({*super().__dir__(), *(own.static_properties if own else ())})


class _Member:
    """A method, a static method, or both under one name, until it is first looked at."""

    def __init__(self, class_: Class, name: str) -> None:
        self._class = class_
        self._name = name

    def __get__(self, instance: Instance | None, owner: type) -> Any:
        method = self._class.function(self._name, static=False)
        static = self._class.function(self._name, static=True)
        made: Any = _Both(method, static) if method and static else staticmethod(static) if static else method
        type.__setattr__(self._class.python, self._name, made)
        return made.__get__(instance, owner)


class _Both:
    """A method and a static method of one name: JavaScript kept them apart."""

    def __init__(self, method: Callable[..., Any], static: Callable[..., Any]) -> None:
        self._method = method
        self._static = static

    def __get__(self, instance: Instance | None, owner: type) -> Any:
        return self._static if instance is None else MethodType(self._method, instance)


class _Attribute:
    """A property, until it is first used."""

    def __init__(self, class_: Class, name: str) -> None:
        self._class = class_
        self._name = name

    def _made(self) -> property:
        class_, name = self._class, self._name
        getter, setter = class_.properties[name]
        get = class_.accessor(name, getter, method=True)
        made = property(get, setter and class_.accessor(name, setter, method=True))
        made.__doc__ = get.__doc__
        type.__setattr__(class_.python, name, made)
        return made

    def __get__(self, instance: Instance | None, owner: type) -> Any:
        return self._made().__get__(instance, owner)

    def __set__(self, instance: Instance, value: Any) -> None:
        self._made().__set__(instance, value)


class Record:
    """What a handle knows of its object."""

    __slots__ = ("class_", "const", "count", "owned", "pointer", "preserved", "scheduled", "smart", "smart_pointer")

    def __init__(
        self,
        class_: Class,
        pointer: int,
        const: bool,
        owned: bool,
        smart: SmartPointer | None = None,
        smart_pointer: int = 0,
    ) -> None:
        self.class_ = class_
        self.pointer = pointer
        """0 when it was deleted."""
        self.const = const
        self.owned = owned
        """Whether the object goes when the handle does: it is a copy, or was constructed and lent to nobody since."""
        self.smart = smart
        self.smart_pointer = smart_pointer
        self.count = [1]
        """How many handles there are for it; they share the list."""
        self.preserved = False
        """Of an object that derives in Python: it keeps its handle for as long as the C++ part lives."""
        self.scheduled = False

    def copy(self) -> Record:
        """For one more handle."""
        copy = Record(self.class_, self.pointer, self.const, self.owned, self.smart, self.smart_pointer)
        copy.count = self.count
        copy.count[0] += 1
        return copy

    def release(self) -> None:
        """One handle less; the last one destroys the object."""
        self.count[0] -= 1
        if self.count[0] == 0:
            enter = self.class_.bindings.guest.door
            if self.smart:
                enter(self.smart.destructor, self.smart_pointer)
            else:
                enter(self.class_.destructor, self.pointer)

    @property
    def type_name(self) -> str:
        return self.smart.name if self.smart else f"{self.class_.name}{' const' * self.const}*"


class Instance(metaclass=BoundClass):
    """A handle for a C++ object: the base of all registered classes.

    As a context manager it deletes its object at the end. Registered methods go before those here.
    """

    _record: Record
    _lender: Instance
    """The object whose method returned the pointer."""

    def __init__(self, *args: Any) -> None:
        """The C++ part of an object whose class was derived in Python. Raises PureVirtualError."""
        derived = type(self)
        registered = next(base for base in derived.__mro__ if "_class" in base.__dict__)
        base: Class = registered._class  # type: ignore[attr-defined]
        if "_wrapper" not in derived.__dict__:
            if base.function("extend", static=True) is None or base.function("implement", static=True) is None:
                raise BindingError(f"{base.name} cannot be derived from: it was registered without allow_subclass")
            # `inheriting_constructor` is called back with the class, and with the wrapper that C++ has for it.
            registered.extend(derived.__name__, derived)  # type: ignore[attr-defined]
        wrapper: Class = derived._wrapper
        parent = wrapper.base
        assert parent
        for name in parent.pure_virtual:
            if "_class" in next(base for base in derived.__mro__ if name in vars(base)).__dict__:
                raise PureVirtualError(
                    f"{derived.__name__} has to implement {parent.name}.{name}, which is pure virtual"
                )
        inner = parent.python.implement(self, *args)
        inner.notifyOnDestruction()
        self._record = inner._record
        self._record.preserved, self._record.owned = True, False
        wrapper.bindings.remember(self)

    @classmethod
    def _of(cls, record: Record) -> Self:
        made = cls.__new__(cls)
        made._record = record
        return made

    def isAliasOf(self, other: object) -> bool:  # noqa: N802 - its name in embind, as are the following
        """Whether both are handles for the same object."""
        if not isinstance(other, Instance):
            return False
        mine, others = self._record, other._record
        return mine.class_.root(mine.pointer) == others.class_.root(others.pointer)

    def clone(self) -> Self:
        """One more handle for the same object, which lives until all are deleted."""
        record = _alive(self)
        if record.preserved:
            record.count[0] += 1
            return self
        return type(self)._of(record.copy())

    def delete(self) -> None:
        """Let go of the object: it is destroyed if this was the last handle."""
        record = _alive(self)
        if record.scheduled and not record.preserved:
            raise BindingError(f"the {record.class_.name} is to be deleted later already")
        record.release()
        if not record.preserved:
            record.pointer = record.smart_pointer = 0

    def isDeleted(self) -> bool:  # noqa: N802
        """Whether this handle has let go of its object."""
        return not self._record.pointer

    def deleteLater(self) -> Self:  # noqa: N802
        """Delete it at the next `flushPendingDeletes()`."""
        record = _alive(self)
        if record.scheduled and not record.preserved:
            raise BindingError(f"the {record.class_.name} is to be deleted later already")
        record.class_.bindings.delete_later(self)
        record.scheduled = True
        return self

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._record.pointer:
            Instance.delete(self)

    def __del__(self) -> None:
        record = self.__dict__.get("_record")
        if record is not None and record.owned and record.pointer:
            # The program may be running, or this be another thread: it is destroyed when the next object is made.
            record.class_.bindings.garbage.append(record)

    def __repr__(self) -> str:
        record = self.__dict__.get("_record")
        return f"<{type(self).__name__} {f'at 0x{record.pointer:x}' if record and record.pointer else '(deleted)'}>"

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError(f"a {type(self).__name__} lies in the memory of its program, and cannot be pickled or copied")


class Vector(Instance):
    """A class that `register_vector` registered: a sequence, as far as one can ask it for its elements."""

    if TYPE_CHECKING:

        def size(self) -> int: ...

        def get(self, place: int) -> Any: ...

    def __len__(self) -> int:
        return self.size()

    def __getitem__(self, place: int) -> Any:
        length = self.size()
        if not -length <= place < length:
            raise IndexError(f"no element {place} of {length}")
        return self.get(place % length)

    def __iter__(self) -> Iterator[Any]:
        return (self.get(place) for place in range(self.size()))


def _alive(handle: Instance) -> Record:
    """The record of a handle. Raises BindingError where it was deleted."""
    record = handle._record
    if not record.pointer:
        raise BindingError(f"the {record.class_.name} was deleted already")
    return record


class Pointer(Type):
    """A class by value (`T`, `T&`), `T*` or `T const*`. By value, what comes back is a copy that its handle owns."""

    owns = False

    def __init__(self, types: Types, name: str, class_: Class, *, by_value: bool = False, const: bool = False) -> None:
        super().__init__(types, name)
        self.class_ = class_
        self.by_value = by_value
        self.const = const

    @property
    def annotation(self) -> object:  # type: ignore[override]
        return self.class_.python if self.by_value else self.class_.python | None

    def wire(self, value: Any, cleanups: Cleanups) -> int:
        pointer = self.this(value, cleanups)
        if pointer and not self.by_value:
            # The program may keep a pointer for longer than the call.
            value._record.owned = False
        return pointer

    def this(self, value: Any, cleanups: Cleanups) -> int:
        if value is None and not self.by_value:
            return 0
        if not isinstance(value, Instance):
            raise self.wrong(value)
        record = _usable(value, self)
        if record.const and not self.const:
            raise BindingError(f"cannot convert a {record.type_name} to {self.name}")
        return record.class_.upcast(record.pointer, self.class_)

    def this_source(self, value: str) -> str:
        const = "" if self.const else "not record.const and "
        return f"record.pointer if (record := {value}._record).class_ is own and {const}record.pointer else {{wire}}"

    def value(self, wire: Any) -> Instance | None:
        return self._handle(wire & _U32, owned=self.by_value)

    def lent(self, wire: Any, lender: Instance) -> Instance | None:
        """The value that a method returned: what a pointer leads to may be part of the object, which is kept alive."""
        made = self.value(wire)
        if made is not None and not made._record.owned:
            made._lender = lender
        return made

    def constructed(self, wire: Any) -> Instance | None:
        return self._handle(wire & _U32, owned=True)

    def _handle(self, pointer: int, owned: bool) -> Instance | None:
        bindings = self.class_.bindings
        bindings.collect()
        if not pointer:
            return None
        if instance := bindings.instance(self.class_, pointer):
            return _repopulated(instance, pointer, 0) or Instance.clone(instance)
        class_, pointer = bindings.actual(self.class_, pointer)
        return class_.python._of(Record(class_, pointer, self.const, owned))  # type: ignore[no-any-return]


class Policy(Enum):
    """How an object that one smart pointer owns comes to be shared by another."""

    NONE = 0
    INTRUSIVE = 1
    BY_EMVAL = 2


class SmartPointer(Type):
    """A smart pointer to a registered class, such as `std::shared_ptr<T>`."""

    def __init__(
        self,
        types: Types,
        name: str,
        pointee: int,
        policy: Policy,
        *,
        get_pointee: Native,
        constructor: Native,
        share: Native,
        destructor: Native,
    ) -> None:
        super().__init__(types, name)
        self._pointee = pointee
        self._policy = policy
        self._get_pointee = get_pointee
        self._constructor = constructor
        self._share = share
        self.destructor = destructor

    @property
    def class_(self) -> Class:
        [type] = self.types.several([self._pointee], f"use a {self.name}")
        if not isinstance(type, Pointer):
            raise BindingError(f"a {self.name} points to {type.name}, which is not registered as a class")
        return type.class_

    @property
    def annotation(self) -> object:  # type: ignore[override]
        return self.class_.python | None

    def wire(self, value: Any, cleanups: Cleanups) -> int:
        if value is None:
            pointer = int(self._constructor()) & _U32
            cleanups.append((self.destructor, pointer))
            return pointer
        if not isinstance(value, Instance):
            raise self.wrong(value)
        record = _usable(value, self)
        pointer = record.class_.upcast(record.pointer, self.class_)
        if not record.smart:
            raise BindingError(f"cannot pass a raw {record.type_name} as a {self.name}")
        if record.smart is self or self._policy is Policy.INTRUSIVE:
            return record.smart_pointer
        if self._policy is Policy.NONE:
            raise BindingError(f"cannot convert a {record.smart.name} to {self.name}")
        clone = Instance.clone(value)
        shared = int(self._share(pointer, self.types.handles.add(lambda: Instance.delete(clone)))) & _U32
        cleanups.append((self.destructor, shared))
        return shared

    def value(self, wire: Any) -> Instance | None:
        smart_pointer = wire & _U32
        bindings = self.class_.bindings
        bindings.collect()
        pointer = int(self._get_pointee(smart_pointer)) & _U32
        if not pointer:
            self.destructor(smart_pointer)
            return None
        if instance := bindings.instance(self.class_, pointer):
            if again := _repopulated(instance, pointer, smart_pointer):
                return again
            self.destructor(smart_pointer)
            return Instance.clone(instance)
        class_, pointer = bindings.actual(self.class_, pointer)
        return class_.python._of(Record(class_, pointer, False, True, self, smart_pointer))  # type: ignore[no-any-return]


def _usable(handle: Instance, type: Type) -> Record:
    record = handle.__dict__.get("_record")
    if record is None or not record.pointer:
        raise BindingError(f"a {handle.__class__.__name__} that was deleted cannot be passed as {type.name}")
    assert isinstance(record, Record)
    return record


def _repopulated(instance: Instance, pointer: int, smart_pointer: int) -> Instance | None:
    """An object that derives in Python, and that only C++ still held, comes back to Python; None if it was here."""
    record = instance._record
    if record.count[0]:
        return None
    record.pointer, record.smart_pointer = pointer, smart_pointer
    return Instance.clone(instance)
