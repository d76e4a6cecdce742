"""What a program has registered, by its public names: `Module.bindings`, and the state of embind for one program."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping, MutableMapping, Sequence
from keyword import iskeyword

from compat._typing import TYPE_CHECKING, Any, NamedTuple
from compat.abi.guest import Value
from compat.emscripten_abi.embind import types, values
from compat.emscripten_abi.embind.classes import (
    RESERVED,
    Class,
    Instance,
    Pointer,
    Policy,
    Property,
    Record,
    SmartPointer,
)
from compat.emscripten_abi.embind.functions import Function, Overloads, make
from compat.emscripten_abi.embind.globals import global_object
from compat.emscripten_abi.embind.handles import Handles
from compat.emscripten_abi.embind.types import Cleanups, Type, Types
from compat.errors import BindingError

if TYPE_CHECKING:
    from compat.emscripten_abi.guest import EmscriptenGuest

Pointed = tuple[bytes, int]
"""A signature and a function pointer."""
Accessor = tuple[int, bytes, int, int]
"""The type of a property, and of its getter or setter the signature, the function pointer and the context."""

_U32 = 0xFFFF_FFFF
_MOST_TYPES = 256
"""Of one function: Python takes no more arguments in readable code, and no compiler passed so many."""


class _Overloads(NamedTuple):
    overloads: Overloads


class _Destructors(list[tuple[Callable[[int], object], int]]):
    """Cleanups that the program asks for."""


class _Constant(NamedTuple):
    type: int
    wire: float


class Bindings(MutableMapping[str, Any]):
    """The functions, classes, enumerations and constants of a program, by name; also what `val::module_property` finds.

    What is put here, a program can find, as properties of JavaScript's Module object.
    """

    undefined = values.undefined

    def __init__(self, guest: EmscriptenGuest) -> None:
        self.guest = guest
        self.name = guest.process.args[0].partition(".")[0] if guest.process.args else "embind"
        self.handles = Handles()
        self.types = Types(guest, self.handles)
        self.globals = global_object(guest.process)
        self.garbage: deque[Record] = deque()
        """Of handles that are gone: what they own is yet to be destroyed."""
        self._public: dict[str, Any] = {
            "flushPendingDeletes": self._flush,
            "setDelayFunction": self._set_delay,
            "getInheritedInstanceCount": lambda: len(self._inherited),
            "getLiveInheritedInstances": lambda: list(self._inherited.values()),
            "count_emval_handles": lambda: len(self.handles),
        }
        """What was registered, or what Python put there."""
        self._made: dict[str, Any] = {}
        """The Python values of those that were looked at."""
        self._classes: dict[int, Class] = {}
        self._early: dict[int, list[Callable[[Class], None]]] = {}
        """Members that were registered before their class."""
        self._aggregates: dict[int, types.Aggregate] = {}
        self._inherited: dict[tuple[Class, int], Instance] = {}
        """Objects that derive in Python, by the address of their C++ part as one of the base of all bases."""
        self._later: list[Instance] = []
        self._delay: Callable[[Callable[[], None]], object] | None = None
        """What `setDelayFunction` was given."""
        self._signatures: list[list[Type]] = []

    # --- the mapping

    def __getitem__(self, name: str) -> Any:
        if name not in self._made:
            self._made[name] = self._make(name, self._public[name])
        return self._made[name]

    def _make(self, name: str, registered: Any) -> Any:
        if isinstance(registered, Class | types.Enumeration):
            return registered.python
        if isinstance(registered, _Constant):
            return self.types[registered.type].value(registered.wire)
        return make(self.types, name, registered.overloads) if isinstance(registered, _Overloads) else registered

    def __contains__(self, name: object) -> bool:
        return name in self._public

    def __setitem__(self, name: str, value: Any) -> None:
        self._public[name] = self._made[name] = value

    def __delitem__(self, name: str) -> None:
        del self._public[name]
        self._made.pop(name, None)

    def __iter__(self) -> Iterator[str]:
        return iter(self._public)

    def __len__(self) -> int:
        return len(self._public)

    def __repr__(self) -> str:
        return f"<bindings of {self.name}: {', '.join(self)}>"

    def _expose(self, name: str, registered: Any) -> None:
        self.types.count()
        if name in self._public:
            raise BindingError(f"the program registers {name} twice")
        self._public[name] = registered

    # --- types

    def ids(self, count: int, address: int, least: int = 1) -> list[int]:
        """An array of types: of a result, perhaps `this`, and arguments."""
        if not least <= count <= _MOST_TYPES:
            raise BindingError(f"the program gives a function {count} types")
        return [self.guest.memory.load_u32(address + 4 * index) for index in range(count)]

    def void(self, type: int, name: bytes) -> None:
        self.types.add(type, types.Void(self.types, _text(name)))

    def boolean(self, type: int, name: bytes, size: int, true: int, false: int) -> None:
        self.types.add(type, types.Boolean(self.types, _text(name), _size(size), true, false))

    def integer(self, type: int, name: bytes, size: int, low: int, high: int) -> None:
        self.types.add(type, types.Integer(self.types, _text(name), _size(size), low, high))

    def float(self, type: int, name: bytes, size: int) -> None:
        self.types.add(type, types.Float(self.types, _text(name), _size(size, 4, 8)))

    def string(self, type: int, name: bytes) -> None:
        self.types.add(type, types.String(self.types, _text(name)))

    def wide_string(self, type: int, name: bytes, unit: int) -> None:
        self.types.add(type, types.WideString(self.types, _text(name), _size(unit, 2, 4)))

    def val(self, type: int, name: bytes) -> None:
        self.types.add(type, types.Val(self.types, _text(name)))

    def memory_view(self, type: int, name: bytes, element: int) -> None:
        # Some of the C++ types are one: the first registration counts.
        if type not in self.types:
            self.types.add(type, types.MemoryView(self.types, _text(name), element))

    def enumeration(self, type: int, name: bytes, size: int, signed: int) -> None:
        enumeration = types.Enumeration(self.types, _public_name(name), _size(size), signed)
        self.types.add(type, enumeration)
        self._expose(enumeration.name, enumeration)

    def enumerator(self, type: int, name: bytes, value: int) -> None:
        enumeration = self.types[type]
        if not isinstance(enumeration, types.Enumeration):
            raise BindingError(f"{enumeration.name} is no enumeration")
        self.types.count()
        enumeration.add(_member_name(name), value)

    def aggregate(self, type: int, name: bytes, constructor: Pointed, destructor: Pointed, *, named: bool) -> None:
        kind = types.ValueObject if named else types.ValueArray
        made = kind(self.types, type, _text(name), self.types.native(*constructor), self.types.native(*destructor))
        self.types.count()
        self._aggregates[type] = made

    def field(self, type: int, name: bytes, get: Accessor, put: Accessor) -> None:
        self.types.count()
        self._aggregate(type).fields.append(types.Field(self.types, _text(name), _member_name(name), get, put))

    def finalize(self, type: int) -> None:
        self.types.add(type, self._aggregate(type))
        del self._aggregates[type]

    def _aggregate(self, type: int) -> types.Aggregate:
        if type not in self._aggregates:
            raise BindingError(f"no struct is being registered as type 0x{type:x}")
        return self._aggregates[type]

    # --- functions and constants

    def function(self, name: bytes, ids: Sequence[int], invoker: Pointed, context: int) -> None:
        public = _public_name(name)
        self.types.count()
        self._made.pop(public, None)
        known = self._public.setdefault(public, _Overloads({}))
        if not isinstance(known, _Overloads):
            raise BindingError(f"the program registers {public} twice")
        # A second one with as many arguments takes the place of the first, as in JavaScript.
        function = Function(ids, *invoker, context)
        known.overloads[function.arguments] = function

    def constant(self, name: bytes, type: int, value: Value) -> None:
        self.types.count()
        self._public[_public_name(name)] = _Constant(type, value)

    # --- classes

    def class_(
        self,
        name: bytes,
        ids: tuple[int, int, int],
        base: int,
        *,
        get_actual_type: Pointed,
        upcast: Pointed,
        downcast: Pointed,
        destructor: Pointed,
    ) -> None:
        native = self.types.native
        class_ = Class(
            self,
            _public_name(name),
            ids,
            base,
            get_actual_type=native(*get_actual_type),
            upcast=native(*upcast) if upcast[1] else None,
            downcast=native(*downcast) if downcast[1] else None,
            destructor=native(*destructor),
        )
        type, pointer, const_pointer = ids
        self._expose(class_.name, class_)
        self.types.add(type, Pointer(self.types, class_.name, class_, by_value=True))
        self.types.add(pointer, Pointer(self.types, f"{class_.name}*", class_))
        self.types.add(const_pointer, Pointer(self.types, f"{class_.name} const*", class_, const=True))
        self._classes[type] = class_
        for add in self._early.pop(type, ()):
            add(class_)

    def _member(self, type: int, add: Callable[[Class], None]) -> None:
        self.types.count()
        if type in self._classes:
            add(self._classes[type])
        else:
            self._early.setdefault(type, []).append(add)

    def constructor(self, type: int, ids: Sequence[int], invoker: Pointed, context: int) -> None:
        function = Function(ids, *invoker, context)

        def add(class_: Class) -> None:
            if function.arguments in class_.constructors:
                raise BindingError(f"the program registers two constructors of {class_.name} of {function.arguments}")
            class_.constructors[function.arguments] = function

        self._member(type, add)

    def method(
        self, type: int, name: bytes, ids: Sequence[int], invoker: Pointed, context: int, pure_virtual: int
    ) -> None:
        own, function = _member_name(name), Function(ids, *invoker, context)

        def add(class_: Class) -> None:
            class_.methods.setdefault(own, {})[function.arguments - 1] = function
            if pure_virtual:
                class_.pure_virtual.append(own)
            class_.install(own)

        self._member(type, add)

    def static_method(self, type: int, name: bytes, ids: Sequence[int], invoker: Pointed, context: int) -> None:
        own, function = _member_name(name), Function(ids, *invoker, context)

        def add(class_: Class) -> None:
            class_.static_methods.setdefault(own, {})[function.arguments] = function
            class_.install(own)

        self._member(type, add)

    def property(self, type: int, name: bytes, get: Accessor, put: Accessor) -> None:
        own = _member_name(name)

        def add(class_: Class) -> None:
            this = class_.const_pointer_type
            class_.properties[own] = Property(
                Function((get[0], this), *get[1:]),
                Function((0, this, put[0]), *put[1:]) if put[2] else None,
            )
            class_.install(own)

        self._member(type, add)

    def static_property(self, type: int, name: bytes, get: Accessor, put: Accessor) -> None:
        own = _member_name(name)
        property = Property(Function((get[0],), *get[1:]), Function((0, put[0]), *put[1:]) if put[2] else None)
        self._member(type, lambda class_: class_.static_properties.__setitem__(own, property))

    def smart_pointer(
        self,
        type: int,
        pointee: int,
        name: bytes,
        policy: int,
        *,
        get_pointee: Pointed,
        constructor: Pointed,
        share: Pointed,
        destructor: Pointed,
    ) -> None:
        native = self.types.native
        try:
            sharing = Policy(policy)
        except ValueError:
            raise BindingError(f"{_text(name)} has the unknown sharing policy {policy}") from None
        smart = SmartPointer(
            self.types,
            _text(name),
            pointee,
            sharing,
            get_pointee=native(*get_pointee),
            constructor=native(*constructor),
            share=native(*share),
            destructor=native(*destructor),
        )
        self.types.add(type, smart)

    def inheriting_constructor(self, name: bytes, wrapper: int, properties: int) -> int:
        """A handle for the class that `extend` returns: made of a mapping, or derived in Python already."""
        type = self.types[wrapper]
        if not isinstance(type, Pointer):
            raise BindingError(f"{type.name} is no class")
        given = self.handles[properties]
        if not (isinstance(given, _type) and issubclass(given, Instance)):
            if not isinstance(given, Mapping):
                raise BindingError(f"{given!r} is not what a class can be made of: functions by name")
            members = {_attribute(values.text(key)): item for key, item in given.items()}
            if "__construct" in members:
                members["__init__"] = members.pop("__construct")
            given = _type(type.class_.python)(_public_name(name), (type.class_.python,), members)
        _type.__setattr__(given, "_wrapper", type.class_)
        return self.handles.add(given)

    # --- objects

    def instance(self, class_: Class, pointer: int) -> Instance | None:
        """The object that derives in Python, if the pointer is to one."""
        return self._inherited.get(class_.root(pointer)) if self._inherited else None

    def remember(self, instance: Instance) -> None:
        """An object that derives in Python has got its C++ part."""
        record = instance._record
        key = record.class_.root(record.pointer)
        if key in self._inherited:
            raise BindingError(f"the program made two objects at 0x{record.pointer:x}")
        self._inherited[key] = instance

    def forget(self, instance: Instance) -> None:
        """Its C++ part is being destroyed."""
        record = instance._record
        self._inherited.pop(record.class_.root(record.pointer), None)
        record.pointer = record.smart_pointer = 0

    def actual(self, class_: Class, pointer: int) -> tuple[Class, int]:
        """The class that an object really is of, where that derives from `class_`, and the pointer as one to it."""
        known = self._classes.get(int(class_.get_actual_type(pointer)) & _U32)
        if known is not None and known is not class_:
            converted = class_.downcast(pointer, known)
            if converted:
                return known, converted
        return class_, pointer

    def collect(self) -> None:
        """Destroy what handles owned that are gone."""
        while self.garbage:
            record = self.garbage.popleft()
            if record.pointer:
                record.release()
                record.pointer = 0

    def delete_later(self, instance: Instance) -> None:
        self._later.append(instance)
        if self._delay and len(self._later) == 1:
            self._delay(self._flush)

    def _set_delay(self, delay: Callable[[Callable[[], None]], object] | None) -> None:
        """Have `delay` called with `flushPendingDeletes` when there is the first to delete later."""
        self._delay = delay
        if delay and self._later:
            delay(self._flush)

    def _flush(self) -> None:
        """Delete what `deleteLater` was called on."""
        while self._later:
            instance = self._later.pop()
            instance._record.scheduled = False
            Instance.delete(instance)

    # --- calls of the program's

    def signature(self, ids: Sequence[int]) -> int:
        """A number for the types of a result and of arguments."""
        self.types.count()
        self._signatures.append([self.types[id] for id in ids])
        return len(self._signatures)

    def call_method(self, number: int, target: Any, name: str, arguments: int, cleanups: Cleanups) -> Value:
        """`target.name(…)` with arguments in memory, and its result as a number."""
        if not 0 < number <= len(self._signatures):
            raise BindingError(f"the program made no method caller {number}")
        result, *parameters = self._signatures[number - 1]
        passed = []
        for parameter in parameters:
            passed.append(parameter.read(arguments))
            arguments += parameter.advance
        if name == "__destruct" and isinstance(target, Instance):
            self._destruct(target)
            return 0
        return result.wire(values.call_method(target, name, *passed), cleanups)

    def destructors(self, address: int) -> Cleanups:
        """An empty list of cleanups; a handle for it, by which the program asks for them, is put at an address."""
        cleanups = _Destructors()
        self.guest.memory.store_32(address, self.handles.add(cleanups))
        return cleanups

    def run_destructors(self, handle: int) -> None:
        """Do what is on such a list, and let go of it."""
        held = self.handles[handle]
        if not isinstance(held, _Destructors):
            raise BindingError(f"handle {handle} is not for destructors")
        types.clean(held)
        self.handles.release(handle)

    def _destruct(self, target: Instance) -> None:
        own = getattr(target, "__destruct", None)
        if own is not None:
            own()
        self.forget(target)


_type = type
"""The builtin, where a parameter has its name."""


def _text(name: bytes) -> str:
    return name.decode("latin-1")


def _public_name(name: bytes) -> str:
    """A name as an identifier: as embind makes it one, and as `_attribute` does."""
    legal = "".join(
        letter if letter.isascii() and (letter.isalnum() or letter == "_") else "$" for letter in _text(name)
    )
    return _attribute(f"_{legal}" if legal[:1].isdigit() else legal)


def _member_name(name: bytes) -> str:
    return _attribute(_text(name))


def _attribute(name: str) -> str:
    """A name as an attribute: one that means something to Python, or to the classes here, gets an underscore."""
    taken = iskeyword(name) or name in RESERVED or (name.startswith("__") and name.endswith("__"))
    return f"{name}_" if taken else name


def _size(size: int, *sizes: int) -> int:
    if size not in (sizes or (1, 2, 4)):
        raise BindingError(f"a number of {size} bytes has no place in a program's types")
    return size
