"""What JavaScript's operators and methods do, over Python's values: the meaning of `emscripten::val`.

    undefined           `undefined`, which a program can hold; what leaves to Python is None, as for `null`
    boolean, number     bool, int and float
    string              str
    Array               list; a tuple can be read
    a typed array       memoryview, by its format; bytes, bytearray and others of the buffer protocol are taken for one
    ArrayBuffer         bytearray
    a plain object      dict with str keys, or any mapping
    a function          any callable; what it returns as None is `undefined`
    another object      any Python object: attributes that its own class gives it, and none with an underscore

A program is not to be trusted: of an object that it is given it sees what was written for it, and never what Python
itself puts on every object, from which everything else could be reached.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from enum import Enum
from functools import partial
from math import isnan
from types import SimpleNamespace

from compat._typing import TYPE_CHECKING, Any
from compat.errors import Abort, BindingError

if TYPE_CHECKING:
    from typing import TypeGuard

LARGEST = 1 << 28
"""Elements of an array or string that a program can have its host make."""
_HEAP_TYPE = 1 << 9
"""Py_TPFLAGS_HEAPTYPE: the class was made by a class statement, and not in C."""
_DIGITS = "0123456789"


class Undefined:
    """`undefined`, which is not `null`."""

    def __repr__(self) -> str:
        return "undefined"

    def __bool__(self) -> bool:
        return False


undefined = Undefined()


class Native:
    """An object of JavaScript's own library: a namespace, a function, a class or all three."""

    def __init__(
        self,
        name: str,
        properties: Mapping[str, Any] | None = None,
        *,
        call: Callable[..., Any] | None = None,
        construct: Callable[..., Any] | None = None,
        holds: Callable[[Any], bool] = lambda value: False,
    ) -> None:
        self.name = name
        self.properties: dict[str, Any] = dict(properties or {})
        self.call = call
        self.construct = construct
        self.holds = holds
        """Whether a value is an instance (`instanceof`)."""

    def __repr__(self) -> str:
        return self.name


class Method:
    """A function of JavaScript's that is called upon an object (`f.call(object, …)`), as those of a prototype are."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function


def check_size(count: int) -> int:
    """Raises Abort for more elements than a program may have its host make."""
    if count > LARGEST:
        raise Abort(f"the program asked its host for {count} elements")
    return count


# --- properties


def get(target: Any, key: Any) -> Any:
    """`target[key]`. Raises BindingError where that would have been a TypeError."""
    if target is None or target is undefined:
        raise BindingError(f"cannot read {key!r} of {text(target)}")
    place = _index(key)
    if place is not None and (is_array(target) or isinstance(target, str)):
        return target[place] if place < len(target) else undefined
    view = buffer(target)
    if view is not None and place is not None:
        return view[place] if place < len(view) else undefined
    name = text(key)
    if isinstance(target, Mapping):
        for known in (name, place):
            if known in target:
                return target[known]
    if isinstance(target, Native):
        return target.properties.get(name, undefined)
    found = _methods(target, view).get(name)
    if found is None:
        return _attribute(target, name)
    if isinstance(found, property):
        assert found.fget
        return found.fget(target)
    return partial(found, target)


def put(target: Any, key: Any, value: Any) -> None:
    """`target[key] = value`. Raises BindingError where Python's object cannot take it."""
    place = _index(key)
    if isinstance(target, list):
        _put_element(target, key, place, value)
    elif isinstance(target, MutableMapping):
        target[text(key)] = value
    elif (view := buffer(target)) is not None:
        if place is not None and place < len(view):
            view[place] = _element(view, value)
    elif isinstance(target, Native):
        target.properties[text(key)] = value
    else:
        name = text(key)
        if not _is_open(type(target)) or name.startswith("_") or isinstance(target, type):
            raise BindingError(f"the program cannot set {name!r} of {target!r}")
        setattr(target, name, value)


def _put_element(target: list[Any], key: Any, place: int | None, value: Any) -> None:
    if key == "length":
        count = check_size(int(number(value)))
        target[count:] = [undefined] * (count - len(target))
    elif place is None:
        raise BindingError(f"an array has no {text(key)!r} to set")
    else:
        target.extend([undefined] * (check_size(place + 1) - len(target)))
        target[place] = value


def has(target: Any, key: Any) -> bool:
    """`key in target`."""
    if isinstance(target, Mapping):
        return text(key) in target or _index(key) in target
    place = _index(key)
    if place is not None and is_array(target):
        return place < len(target)
    return get(target, key) is not undefined


def delete(target: Any, key: Any) -> bool:
    """`delete target[key]`: whether the key is gone."""
    if isinstance(target, MutableMapping):
        target.pop(text(key), None)
        return True
    if isinstance(target, list) and (place := _index(key)) is not None:
        if place < len(target):
            target[place] = undefined
        return True
    return not has(target, key)


def _index(key: Any) -> int | None:
    """The place of an element that a key means."""
    if isinstance(key, str):
        return int(key) if key and not key.strip(_DIGITS) and len(key) < 16 else None
    if isinstance(key, bool) or not isinstance(key, int | float) or key < 0 or key != key // 1:
        return None
    return int(key)


def _is_open(kind: type) -> bool:
    """Whether a class is one that somebody wrote in Python, and not of Python's own library."""
    if kind is SimpleNamespace:
        return True
    return bool(kind.__flags__ & _HEAP_TYPE) and str(kind.__module__).partition(".")[0] not in sys.stdlib_module_names


def _attribute(target: Any, name: str) -> Any:
    """What an object's own classes, or the object itself, has under a name."""
    if name.startswith("_"):
        return undefined
    if isinstance(target, type):
        known = any(name in vars(base) for base in target.__mro__ if _is_open(base))
    else:
        kind = type(target)
        known = _is_open(kind) and (
            name in getattr(target, "__dict__", ())
            or any(name in vars(base) for base in kind.__mro__ if _is_open(base))
        )
    return getattr(target, name, undefined) if known else undefined


# --- functions


def call(function: Any, *arguments: Any) -> Any:
    """`function(…)`. Raises BindingError for what cannot be called, and whatever the function raises."""
    if isinstance(function, Native):
        function = function.call
    elif isinstance(function, Method):
        function = function.function
    if not callable(function):
        raise BindingError(f"{text(function)} is not a function")
    result = function(*arguments)
    return undefined if result is None else result


def call_method(target: Any, name: str, *arguments: Any) -> Any:
    """`target.name(…)`."""
    function = get(target, name)
    if function is undefined:
        raise BindingError(f"{target!r} has no method {name!r} for the program to call")
    return call(function, *arguments)


def construct(function: Any, *arguments: Any) -> Any:
    """`new function(…)`."""
    if isinstance(function, Native):
        if function.construct is None:
            raise BindingError(f"{function.name} is not a constructor")
        return function.construct(*arguments)
    return call(function, *arguments)


# --- operators


def typeof(value: Any) -> str:
    """`typeof value`."""
    if value is undefined:
        return "undefined"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    if isinstance(value, str):
        return "string"
    return "function" if is_function(value) else "object"


def is_function(value: Any) -> bool:
    if isinstance(value, Native):
        return value.call is not None or value.construct is not None
    return callable(value) or isinstance(value, Method)


def is_array(value: Any) -> TypeGuard[list[Any] | tuple[Any, ...]]:
    return isinstance(value, list | tuple)


def is_instance(value: Any, kind: Any) -> bool:
    """`value instanceof kind`."""
    if isinstance(kind, Native):
        return kind.holds(value)
    if isinstance(kind, type):
        return isinstance(value, kind)
    raise BindingError(f"{text(kind)} is not a class")


def truth(value: Any) -> bool:
    """`!!value`: an empty array is true, as every object is that is not itself a truth value to Python."""
    if isinstance(value, float):
        return not isnan(value) and value != 0
    view = None if isinstance(value, int) else buffer(value)
    return is_array(value) or isinstance(value, Mapping) or (view is not None and view.ndim > 0) or bool(value)


def strictly_equal(first: Any, second: Any) -> bool:
    """`first === second`."""
    kind = typeof(first)
    if kind != typeof(second):
        return False
    return bool(first == second) if kind in ("number", "string", "boolean") else first is second


def equal(first: Any, second: Any) -> bool:
    """`first == second`."""
    kinds = {typeof(first), typeof(second)}
    nothing = [value is None or value is undefined for value in (first, second)]
    if any(nothing):
        return all(nothing)
    if len(kinds) == 1:
        return strictly_equal(first, second)
    if kinds <= {"number", "string", "boolean"}:
        return number(first) == number(second)
    return bool(text(first) == text(second))


def less(first: Any, second: Any) -> bool:
    """`first < second`."""
    if isinstance(first, str) and isinstance(second, str):
        return first < second
    return number(first) < number(second)


def number(value: Any) -> float:
    """`Number(value)`."""
    if isinstance(value, int | float):
        return value
    if value is None:
        return 0
    if isinstance(value, str):
        try:
            return float(value or "0")
        except ValueError:
            return float("nan")
    return float("nan")


def text(value: Any) -> str:
    """`String(value)`."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        names = {float("inf"): "Infinity", float("-inf"): "-Infinity"}
        if isnan(value):
            return "NaN"
        return names.get(value) or (str(int(value)) if value == int(value) and abs(value) < 1e21 else repr(value))
    if is_array(value):
        return ",".join("" if item is None or item is undefined else text(item) for item in value)
    if isinstance(value, Mapping):
        return "[object Object]"
    return str(value)


# --- arrays


def buffer(value: Any) -> memoryview | None:
    """The elements of what stands for a typed array."""
    if isinstance(value, str | list | dict) or value is None:
        return None
    try:
        return memoryview(value)
    except TypeError:
        return None


def elements(value: Any) -> Sequence[Any]:
    """What an array, a typed array or another sequence holds. Raises BindingError."""
    if is_array(value) or isinstance(value, str):
        return value
    view = buffer(value)
    if view is None:
        raise BindingError(f"{text(value)} is no array")
    return view if view.ndim == 1 else view.cast("B")


def _element(view: memoryview, value: Any) -> Any:
    """A number as an element of a typed array: of an integer the low bits."""
    value = number(value)
    if view.format in ("f", "d"):
        return float(value)
    whole = int(value) if abs(value) < float("inf") else 0
    bits = 8 * view.itemsize
    whole &= (1 << bits) - 1
    signed = (view.format or "B").islower() and whole >> (bits - 1)
    return whole - (1 << bits) if signed else whole


def copy_elements(view: memoryview, values: Any, offset: int = 0) -> None:
    """`view.set(values, offset)`. Raises BindingError where there is no room."""
    source = elements(values)
    end = offset + len(source)
    if offset < 0 or end > len(view):
        raise BindingError(f"{len(source)} elements do not fit into {len(view)} from {offset} on")
    if isinstance(source, memoryview) and source.format == view.format:
        view[offset:end] = source
    else:
        for place, value in enumerate(source, offset):
            view[place] = _element(view, value)


def _push(target: list[Any], *values: Any) -> int:
    check_size(len(target) + len(values))
    target.extend(values)
    return len(target)


def _set(target: Any, values: Any, offset: int = 0) -> None:
    view = buffer(target)
    assert view is not None
    copy_elements(view, values, offset)


def _slice(target: Any, start: float = 0, end: Any = undefined) -> Any:
    return target[int(start) : None if end is undefined else int(end)]


def _concat(target: Any, *others: Any) -> Any:
    if isinstance(target, str):
        check_size(len(target) + sum(len(text(other)) for other in others))
        return target + "".join(map(text, others))
    joined = list(target)
    for other in others:
        _push(joined, *(other if is_array(other) else [other]))
    return joined


def _find(target: Any, value: Any) -> int:
    if isinstance(target, str):
        return target.find(text(value))
    return next((place for place, item in enumerate(target) if strictly_equal(item, value)), -1)


def _for_each(target: Any, function: Any) -> None:
    for place, item in enumerate(elements(target)):
        call(function, item, place, target)


_COMMON: Mapping[str, Any] = {
    "toString": text,
    "hasOwnProperty": has,
    "valueOf": lambda target: target,
}
_ARRAY: Mapping[str, Any] = {
    **_COMMON,
    "length": property(len),
    "push": _push,
    "pop": lambda target: target.pop() if target else undefined,
    "shift": lambda target: target.pop(0) if target else undefined,
    "slice": _slice,
    "concat": _concat,
    "indexOf": _find,
    "includes": lambda target, value: _find(target, value) >= 0,
    "join": lambda target, separator=",": separator.join(text([item]) for item in target),
    "reverse": lambda target: target.reverse() or target,
    "forEach": _for_each,
    "map": lambda target, function: [call(function, item, place, target) for place, item in enumerate(target)],
    "filter": lambda target, function: [item for item in target if truth(call(function, item))],
}
_STRING: Mapping[str, Any] = {
    **_COMMON,
    "length": property(len),
    "charAt": lambda target, place=0: target[int(place) : int(place) + 1],
    "charCodeAt": lambda target, place=0: ord(target[int(place)]) if int(place) < len(target) else float("nan"),
    "slice": _slice,
    "substring": _slice,
    "concat": _concat,
    "indexOf": _find,
    "includes": lambda target, value: text(value) in target,
    "startsWith": lambda target, value: target.startswith(value),
    "endsWith": lambda target, value: target.endswith(value),
    "split": lambda target, separator: target.split(separator) if separator else list(target),
    "trim": lambda target: target.strip(),
    "toLowerCase": lambda target: target.lower(),
    "toUpperCase": lambda target: target.upper(),
}
_VIEW: Mapping[str, Any] = {
    **_COMMON,
    "length": property(lambda target: len(elements(target))),
    "byteLength": property(lambda target: memoryview(target).nbytes),
    "BYTES_PER_ELEMENT": property(lambda target: memoryview(target).itemsize),
    "set": _set,
    "subarray": lambda target, *ends: _slice(memoryview(target), *ends),
    "slice": lambda target, *ends: copied(_slice(memoryview(target), *ends)),
    "forEach": _for_each,
}
_ENUMERATOR: Mapping[str, Any] = {"value": property(lambda target: target.value)}
_FUNCTION: Mapping[str, Any] = {
    "call": lambda target, this=undefined, *rest: call(target, *_with(target, this), *rest),
    "apply": lambda target, this=undefined, rest=(): call(target, *_with(target, this), *elements(rest)),
    "bind": lambda target, this=undefined, *first: lambda *rest: call(target, *_with(target, this), *first, *rest),
    "name": property(lambda target: getattr(target, "__name__", "")),
}


def _with(function: Any, this: Any) -> tuple[Any, ...]:
    """`this` is an argument only to JavaScript's own functions: a Python function has its own, or none."""
    return (this,) if isinstance(function, Method) else ()


def typed(data: bytearray | memoryview, code: str) -> memoryview:
    """Bytes as elements of that format."""
    return memoryview(data).cast("B").cast(code)  # type: ignore[call-overload, no-any-return]  # known at run time


def copied(view: memoryview) -> memoryview:
    """A typed array of its own with the same elements."""
    return typed(bytearray(view), view.format or "B")


def _methods(target: Any, view: memoryview | None) -> Mapping[str, Any]:
    """What JavaScript has for a value of this kind."""
    if isinstance(target, str):
        return _STRING
    if is_array(target):
        return _ARRAY
    if view is not None:
        return _VIEW
    if isinstance(target, Mapping | int | float):
        return _COMMON
    if isinstance(target, Enum):
        return _ENUMERATOR
    return _FUNCTION if is_function(target) else {}
