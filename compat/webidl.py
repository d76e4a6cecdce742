"""Libraries bound by Emscripten's WebIDL binder: their exports as Python classes.

The binder (tools/webidl_binder.py, 1.37.0 to 1.39.20) exports a function for each method and each number of arguments,
`_emscripten_bind_CLASS_METHOD_N`. All that passes is numbers, which its JavaScript turned into objects, strings and
booleans. What it alone knew is read out of it, where it is there (`detect.webidl`); where not, a method returns a
number, and `Class.at(number)` is the object. What JavaScript itself implemented (JSImplementation) is not there.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import IntEnum
from functools import cache

from compat._typing import Any, ClassVar, NoReturn, Self
from compat.abi.guest import Guest, Value
from compat.detect.container import glue_text
from compat.detect.model import Detection
from compat.detect.webidl import Enumerator, Interface, interface
from compat.errors import Abort, BindingError, Unsupported
from compat.functions import exported_functions
from compat.wasm.model import FuncType

_METHODS = "_emscripten_bind_"
_ENUMERATORS = "_emscripten_enum_"
_DESTROY = "__destroy__"
_LONGEST_NAME = 500
"""Of a class and a method together. Real libraries stay far from it."""
_RESERVED = frozenset({"_handle", "_library"})
_U32 = 0xFFFF_FFFF
_ENUMERATION: Any = IntEnum
"""Without a type, since type checkers want to know the names of what is made."""

Overloads = dict[int, str]
"""Exports by their number of arguments: the binder tells overloads apart by nothing else."""
Members = dict[str, Overloads]


def bindings(guest: Guest, detection: Detection) -> dict[str, Any]:
    """The classes and enumerations of a library, by name, and the members of enumerations as its glue names them.

    Without glue, a member stands under the enumeration's name and its own, joined by `_`. Raises OSError where the glue
    is not there any more, and any GuestError, since members of enumerations are functions of the guest's.
    """
    types = exported_functions(detection)
    enumerators = [name for name, type in types.items() if name.startswith(_ENUMERATORS) and str(type) == "i()"]
    path = detection.glue.path
    read = interface(glue_text(path), enumerators) if path else Interface()
    library = Library(guest, types)
    members = split(types, read.classes)
    for name in {**read.classes, **members}:
        _class(library, name, members, read)
    return {**_enumerations(library, enumerators, read), **library.classes}


def split(exports: Iterable[str], known: Iterable[str]) -> dict[str, Members]:
    """Exports by class, method and number of arguments.

    Names of classes and of methods may both have underscores. Which classes there are, the glue (`known`), constructors
    (`A_A`) and destructors (`A___destroy__`) tell; the longest that fits is meant. Where none does, as of a class that
    has neither, and no glue, the class is what stands before the first underscore.
    """
    methods: dict[str, Overloads] = {}
    for export in exports:
        stem, _, count = export.removeprefix(_METHODS).rpartition("_")
        named = export.startswith(_METHODS) and len(stem) <= _LONGEST_NAME and stem.isidentifier()
        if named and count.isascii() and count.isdecimal() and len(count) <= 2:
            methods.setdefault(stem, {})[int(count)] = export
    classes = set(known)
    for stem in methods:
        half = len(stem) // 2
        if stem.endswith("_" + _DESTROY):
            classes.add(stem.removesuffix("_" + _DESTROY))
        elif stem[:half] + "_" + stem[:half] == stem:
            classes.add(stem[:half])
    found: dict[str, Members] = {}
    for stem, overloads in methods.items():
        splits = [index for index, character in enumerate(stem) if character == "_" and index]
        end = next((index for index in reversed(splits) if stem[:index] in classes), splits[0] if splits else 0)
        if end:
            found.setdefault(stem[:end], {})[stem[end + 1 :]] = overloads
    return found


class _Handle:
    """What a Python object knows of the program's."""

    __slots__ = ("alive", "lender", "owned", "pointer")

    def __init__(self, pointer: int, *, owned: bool = False, lender: Instance | None = None) -> None:
        self.pointer = pointer
        self.alive = True
        self.owned = owned
        """Whether the object goes when this does: it was constructed here, and passed to nobody since."""
        self.lender = lender
        """The object whose method returned the pointer, which may be to a part of it: it is kept for as long."""


class Library:
    """What the classes of one program share: the way into it, and what is to be given back to it."""

    def __init__(self, guest: Guest, types: Mapping[str, FuncType]) -> None:
        self.guest = guest
        self.types = types
        """Of the exports, by name in clear."""
        self.name = guest.process.args[0].partition(".")[0]
        self.classes: dict[str, type[Instance]] = {}
        self.garbage: deque[tuple[str, int]] = deque()
        """Destructors to be called, and for which pointers: of objects that nothing in Python refers to any more."""
        self._copies: list[int] = []
        """Memory with strings and arrays that were passed."""

    def call(self, export: str, this: tuple[int, ...], values: Iterable[object], convert: Callable[[Any], Any]) -> Any:
        """Call an export with a pointer to its object, if it is of one, and Python values; what `convert` makes of its
        result.
        """
        # Arguments and result call the program too: all of it is one call from outside.
        return self.guest.door(self._call, export, this, values, convert)

    def _call(self, export: str, this: tuple[int, ...], values: Iterable[object], convert: Callable[[Any], Any]) -> Any:
        copies: list[int] = []
        try:
            passed = [self._passed(value, copies) for value in values]
            return convert(self.guest.exports[export](*this, *passed))
        finally:
            self._copies += copies

    def _passed(self, value: Any, copies: list[int]) -> Value:
        if isinstance(value, int | float):
            return value
        if value is None:
            return 0
        if isinstance(value, Instance):
            if value._library is not self:
                raise BindingError(f"a {type(value).__name__} of another program cannot be passed")
            pointer = _alive(value).pointer
            _lend(value)
            return pointer
        if isinstance(value, str):
            return self._copied(value.encode() + b"\0", copies)
        try:
            view = memoryview(value)
        except TypeError:
            raise BindingError(
                f"a {type(value).__name__} cannot be passed: it is no object of the program, number, None, str, nor a "
                "buffer such as bytes or array.array"
            ) from None
        # Scalars of NumPy are buffers without a dimension.
        return self._copied(view.tobytes(), copies) if view.ndim else self._passed(view[()], copies)

    def _copied(self, data: bytes, copies: list[int]) -> int:
        """The address of a copy, which is there until the next call that needs one, and at least for this call.

        In JavaScript it was there as long, and libraries rely on it.
        """
        exports = self.guest.exports
        if not exports.keys() >= {"_malloc", "_free"}:
            raise Unsupported("the program exports no _malloc and _free\npass the address of what lies in its memory")
        while self._copies:
            exports["_free"](self._copies.pop())
        address = int(exports["_malloc"](len(data) or 1) or 0) & _U32
        if not address:
            raise Abort(f"the program has no {len(data)} bytes left for an argument")
        copies.append(address)
        self.guest.memory.write(address, data)
        return address

    def string(self, pointer: int) -> str:
        """The text at a pointer; empty where that is null."""
        return self.guest.memory.cstring(pointer & _U32).decode(errors="replace") if pointer else ""

    def destroy(self, export: str, pointer: int) -> None:
        """Call a destructor."""
        self.guest.door(self.guest.exports[export], pointer)

    def collect(self) -> None:
        """Destroy what was owned by objects that are gone."""
        while self.garbage:
            self.destroy(*self.garbage.popleft())


class Instance:
    """An object of the program: the base of all classes.

    It is destroyed by `delete`, at the end of a `with`, or, if it was constructed here and never passed to the program,
    which may keep what it is passed, when nothing refers to it any more. Two are equal that stand for the same object.
    """

    _library: ClassVar[Library]
    _destroyed_by: ClassVar[str | None] = None
    """The export that destroys an object."""
    _handle: _Handle

    def __init__(self, *args: Any) -> None:
        """Raises BindingError: a class whose objects can be constructed has its own."""
        raise BindingError(f"a {type(self).__name__} cannot be constructed: its library has no constructor for it")

    @classmethod
    def at(cls, pointer: Instance | int | None) -> Self | None:
        """The object of this class at an address, or in the place of another object (a cast); None at 0.

        Nothing checks that it is one.
        """
        if isinstance(pointer, Instance):
            return cls._of(_alive(pointer).pointer, pointer)
        return cls._of((pointer or 0) & _U32, None)

    @classmethod
    def _of(cls, pointer: int, lender: Instance | None) -> Self | None:
        if not pointer:
            return None
        made = cls.__new__(cls)
        made._handle = _Handle(pointer, lender=lender)
        return made

    @property
    def ptr(self) -> int:
        """The address of the object. Raises BindingError where it was deleted."""
        return _alive(self).pointer

    def delete(self) -> None:
        """Destroy the object. Raises BindingError where it was deleted, or its class has no destructor."""
        handle = _alive(self)
        if self._destroyed_by is None:
            raise BindingError(f"a {type(self).__name__} cannot be deleted: its library has no destructor for it")
        handle.alive = handle.owned = False
        self._library.destroy(self._destroyed_by, handle.pointer)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._handle.alive:
            Instance.delete(self)

    def __del__(self) -> None:
        handle = self.__dict__.get("_handle")
        if handle is not None and handle.owned and self._destroyed_by:
            # The program may be running, or this be another thread: it is destroyed when the next object is made.
            self._library.garbage.append((self._destroyed_by, handle.pointer))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Instance) or other._library is not self._library:
            return NotImplemented
        mine, others = self._handle, other._handle
        return self is other or (mine.alive and others.alive and mine.pointer == others.pointer)

    def __hash__(self) -> int:
        return hash(self._handle.pointer)

    def __repr__(self) -> str:
        handle = self.__dict__.get("_handle")
        return f"<{type(self).__name__} {f'at 0x{handle.pointer:x}' if handle and handle.alive else '(deleted)'}>"

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError(f"a {type(self).__name__} lies in the memory of its program, and cannot be pickled or copied")


def _alive(instance: Instance) -> _Handle:
    """Raises BindingError where the object was deleted."""
    handle: _Handle | None = instance.__dict__.get("_handle")
    if handle is None or not handle.alive:
        raise BindingError(f"the {type(instance).__name__} was deleted already")
    return handle


def _lend(instance: Instance | None) -> None:
    """Note that the program got to know of an object, and with a part of one, of the whole."""
    while instance is not None:
        instance._handle.owned = False
        instance = instance._handle.lender


class Elements:
    """An attribute that is an array: it has elements, and only the program knows how many."""

    def __init__(self, get: Callable[[int], Any], put: Callable[[int, Any], None]) -> None:
        self._get = get
        self._put = put

    def __getitem__(self, index: int) -> Any:
        return self._get(_place(index))

    def __setitem__(self, index: int, value: Any) -> None:
        self._put(_place(index), value)

    __iter__ = None
    """Python would count up for ever."""


def _place(index: int) -> int:
    if index < 0:
        raise IndexError(f"no element {index}: how many there are is not known")
    return index


def _class(library: Library, name: str, members: Mapping[str, Members], read: Interface) -> type[Instance]:
    """The Python class of that name."""
    if name in library.classes:
        return library.classes[name]
    base, returns = read.classes.get(name, (None, {}))
    # Put there at once, without its methods: wrong glue may have two classes that derive from each other.
    library.classes[name] = Instance
    parent = _class(library, base, members, read) if base else Instance
    own = members.get(name, {})
    made = type(
        name,
        (parent,),
        {
            "_library": library,
            "_destroyed_by": own.get(_DESTROY, {}).get(0),
            "__doc__": f"The C++ class {name}.",
            "__module__": library.name,
        },
    )
    library.classes[name] = made
    functions = {
        method: _method(library, f"{name}.{method}", overloads, returns.get(method))
        for method, overloads in own.items()
        if not (method == name or method.startswith("__") or method in _RESERVED)
    }
    for method, function in functions.items():
        setattr(made, method, function)
        attribute = method.removeprefix("get_")
        if attribute != method and attribute not in functions and not attribute.startswith("_"):
            _add_attribute(made, attribute, own, functions)
    if name in own:
        made.__init__ = _constructor(library, name, own[name])  # type: ignore[misc]
    return made


def _add_attribute(
    owner: type[Instance], name: str, members: Members, functions: Mapping[str, Callable[..., Any]]
) -> None:
    """Give a class the property that `get_x()` and `set_x(value)`, if there is one, stand for.

    Those of an array have an index too.
    """
    get, put = functions[f"get_{name}"], functions.get(f"set_{name}")
    numbers = [*members[f"get_{name}"]], [*members.get(f"set_{name}", {})]
    if numbers[0] == [0]:
        setattr(owner, name, property(get, put if numbers[1] == [1] else None, doc=get.__doc__))
    elif put and numbers == ([1], [2]):
        setattr(owner, name, property(lambda self: Elements(get.__get__(self), put.__get__(self)), doc=get.__doc__))


def _method(library: Library, title: str, overloads: Overloads, returns: str | type | None) -> Callable[..., Any]:
    """The Python function for a method; `returns` is what the glue says."""

    def convert(self: Instance, number: Any) -> Any:
        if returns is str:
            return library.string(number)
        if returns is bool:
            return bool(number)
        return library.classes[returns]._of(number & _U32, self)  # type: ignore[index]

    plain = returns is None or any(str(library.types[export])[0] != "i" for export in overloads.values())

    def call(self: Instance, *values: Any) -> Any:
        export = _chosen(title, overloads, values)
        return library.call(
            export, (_alive(self).pointer,), values, _same if plain else lambda number: convert(self, number)
        )

    return _shaped(call, library, title, overloads, None if plain else returns)


def _same(number: Any) -> Any:
    return number


def _constructor(library: Library, name: str, overloads: Overloads) -> Callable[..., None]:
    def construct(self: Instance, *values: Any) -> None:
        library.collect()
        pointer = library.call(_chosen(name, overloads, values), (), values, lambda number: int(number) & _U32)
        if not pointer:
            raise Abort(f"the program made no {name}")
        self._handle = _Handle(pointer, owned=True)

    return _shaped(construct, library, f"{name}.__init__", overloads, None, returning=False)


def _chosen(title: str, overloads: Overloads, values: Sequence[object]) -> str:
    if len(values) not in overloads:
        raise BindingError(f"{title} takes {' or '.join(map(str, sorted(overloads)))} arguments, not {len(values)}")
    return overloads[len(values)]


_NUMBERS: Mapping[str, type | None] = {"i": int, "j": int, "f": float, "d": float, "v": None}


def _shaped(
    call: Callable[..., Any],
    library: Library,
    title: str,
    overloads: Overloads,
    returns: str | type | None,
    *,
    returning: bool = True,
) -> Callable[..., Any]:
    """`call` with a name, a signature and a docstring; of several, the signatures are those of its `overloads`.

    An i32 may be many things, so only floats have an annotation.
    """
    owner, _, name = title.rpartition(".")
    lines, made = [], []
    for count, export in sorted(overloads.items()):
        type_ = library.types[export]
        floats = [letter.value in "fd" for letter in type_.params[-count:]] if count else []
        names = [f"arg{index}" for index in range(count)]
        result = (returns or _NUMBERS.get(str(type_)[0])) if returning else None
        text = result if isinstance(result, str) else getattr(result, "__name__", None)
        parameters = ", ".join(f"{n}: float" if f else n for n, f in zip(names, floats, strict=False))
        lines.append(f"{name if returning else owner}({parameters}) -> {text if returning else owner}")
        one = _with_parameters(count)(call)
        one.__annotations__ = {n: float for n, f in zip(names, floats, strict=False) if f}
        one.__annotations__["return"] = f"{result} | None" if isinstance(result, str) else result
        made.append(one)
    if len(made) == 1:
        call = made[0]
    else:
        call.overloads = tuple(made)  # type: ignore[attr-defined]
        call.__annotations__ = {}
    call.__name__, call.__qualname__, call.__doc__ = name, title, "\n".join(lines)
    return call


@cache
def _with_parameters(count: int) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Makes of a function that takes any number of arguments one that takes so many."""
    names = ", ".join(f"arg{index}" for index in range(count))
    scope: dict[str, Any] = {}
    exec(f"def make(call):\n def function(self, {names}): return call(self, {names})\n return function", scope)
    made: Callable[[Callable[..., Any]], Callable[..., Any]] = scope["make"]
    return made


def _enumerations(library: Library, exports: Iterable[str], read: Interface) -> dict[str, Any]:
    """Enumerations and their members. Members that JavaScript had in a class are put there."""
    found: dict[str, Any] = {}
    groups: dict[str, dict[Enumerator, int]] = {}
    for export in exports:
        whole = export.removeprefix(_ENUMERATORS)
        value = library.call(export, (), (), _same)
        member = read.enumerators.get(export)
        group = whole.removesuffix(f"_{member.name}") if member else whole
        # The last are names that Python's own enumerations cannot have.
        if member is None or group == whole or member.name.startswith("_") or member.name == "mro":
            found[whole] = value
        else:
            groups.setdefault(group, {})[member] = value
    for group, members in groups.items():
        named = {member.name: value for member, value in members.items()}
        made = found[group] = _ENUMERATION(group, named, module=library.name)
        for name, owner in members:
            if owner in library.classes:
                setattr(library.classes[owner], name, made[name])
            else:
                found[name] = made[name]
    return found
