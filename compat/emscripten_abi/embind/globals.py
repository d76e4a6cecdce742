"""What `val::global(name)` finds: of JavaScript's own library what needs no browser. All else is `undefined`."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping

from compat._typing import TYPE_CHECKING, Any
from compat.emscripten_abi.embind import values
from compat.emscripten_abi.embind.values import Method, Native, typed, undefined
from compat.errors import BindingError, ThrownValue

if TYPE_CHECKING:
    from compat.kernel.process import Process

_MILLISECOND = 1_000_000
"""Nanoseconds."""
_MOST_RANDOM = 65536
"""Bytes that `crypto.getRandomValues` gives at once."""
_TYPED_ARRAYS = {
    "Int8Array": "b", "Uint8Array": "B", "Uint8ClampedArray": "B", "Int16Array": "h", "Uint16Array": "H",
    "Int32Array": "i", "Uint32Array": "I", "Float32Array": "f", "Float64Array": "d",
}  # fmt: skip
_ERRORS = ("Error", "TypeError", "RangeError", "ReferenceError", "SyntaxError")
_MATH = ("acos", "asin", "atan", "atan2", "cos", "exp", "hypot", "sin", "tan", "trunc", "log", "log10", "log2", "sqrt")


def global_object(process: Process) -> Native:
    """The global object of one program."""
    found: dict[str, Any] = {
        "undefined": undefined,
        "NaN": math.nan,
        "Infinity": math.inf,
        "Object": _object(),
        "Array": _array(),
        "String": Native("String", call=values.text, construct=values.text, holds=lambda value: isinstance(value, str)),
        "Number": Native("Number", {"MAX_SAFE_INTEGER": 2**53 - 1}, call=values.number, construct=values.number),
        "Boolean": Native("Boolean", call=values.truth, construct=values.truth),
        "Function": Native("Function", holds=values.is_function),
        "ArrayBuffer": Native("ArrayBuffer", construct=_array_buffer, holds=lambda value: isinstance(value, bytearray)),
        "JSON": Native("JSON", {"parse": _parse, "stringify": _stringify}),
        "Math": Native("Math", _math(process)),
        "Date": _date(process),
        "performance": Native("performance", {"now": lambda: process.clock.monotonic() / _MILLISECOND}),
        "crypto": Native("crypto", {"getRandomValues": lambda array: _fill_random(process, array)}),
        "console": _console(process),
        "parseFloat": lambda value: values.number(values.text(value).strip()),
        "isNaN": lambda value: math.isnan(values.number(value)),
        "isFinite": lambda value: math.isfinite(values.number(value)),
    }
    found |= {name: _typed_array(name, code) for name, code in _TYPED_ARRAYS.items()}
    found |= {name: _error(name) for name in _ERRORS}
    return Native("globalThis", found)


def _object() -> Native:
    prototype = Native("Object.prototype", {"hasOwnProperty": Method(values.has), "toString": Method(values.text)})
    properties = {
        "prototype": prototype,
        "keys": lambda value: list(_fields(value)),
        "values": lambda value: list(_fields(value).values()),
        "entries": lambda value: [[key, item] for key, item in _fields(value).items()],
        "assign": _assign,
    }
    return Native("Object", properties, call=dict, construct=dict, holds=lambda value: values.typeof(value) == "object")


def _fields(value: Any) -> Mapping[str, Any]:
    """What an object has of its own."""
    if isinstance(value, Mapping):
        return {values.text(key): item for key, item in value.items()}
    if values.is_array(value):
        return {str(place): item for place, item in enumerate(value)}
    return {name: item for name, item in vars(value).items() if not name.startswith("_")}


def _assign(target: Any, *sources: Any) -> Any:
    for source in sources:
        for key, item in _fields(source).items():
            values.put(target, key, item)
    return target


def _array() -> Native:
    def construct(*items: Any) -> list[Any]:
        if len(items) == 1 and values.typeof(items[0]) == "number":
            return [undefined] * values.check_size(int(items[0]))
        return list(items)

    properties = {
        "isArray": values.is_array,
        "from": lambda value: list(values.elements(value)),
        "of": lambda *items: list(items),
    }
    return Native("Array", properties, call=construct, construct=construct, holds=values.is_array)


def _array_buffer(length: float = 0) -> bytearray:
    return bytearray(values.check_size(int(length)))


def _typed_array(name: str, code: str) -> Native:
    def construct(source: Any = 0, offset: float = 0, length: Any = undefined) -> memoryview:
        """Of a number zeros, of an ArrayBuffer a view, of another array a copy."""
        size = memoryview(bytearray(8)).cast(code).itemsize  # type: ignore[call-overload]
        if isinstance(source, int | float):
            return typed(bytearray(values.check_size(int(source)) * size), code)
        if isinstance(source, bytearray):
            end = len(source) if length is undefined else int(offset) + int(length) * size
            return typed(memoryview(source)[int(offset) : end], code)
        made = typed(bytearray(values.check_size(len(values.elements(source))) * size), code)
        values.copy_elements(made, source)
        return made

    def holds(value: Any) -> bool:
        view = None if isinstance(value, bytearray) else values.buffer(value)
        return view is not None and view.format == code

    return Native(
        name,
        {"from": construct, "BYTES_PER_ELEMENT": {"b": 1, "B": 1, "h": 2, "H": 2, "d": 8}.get(code, 4)},
        construct=construct,
        holds=holds,
    )


def _error(name: str) -> Native:
    def construct(message: Any = "") -> Any:
        return ThrownValue(values.text(message), name)

    def holds(value: Any) -> bool:
        return isinstance(value, ThrownValue) and name in ("Error", value.name)

    return Native(name, call=construct, construct=construct, holds=holds)


def _parse(source: Any) -> Any:
    try:
        return json.loads(values.text(source))
    except (ValueError, RecursionError) as error:
        raise BindingError(f"JSON.parse: {error}") from None


def _stringify(value: Any, _: Any = None, indent: Any = None) -> Any:
    try:
        separators = None if indent else (",", ":")
        return json.dumps(value, ensure_ascii=False, indent=indent or None, separators=separators, default=_plain)
    except (ValueError, RecursionError) as error:
        raise BindingError(f"JSON.stringify: {error}") from None


def _plain(value: Any) -> Any:
    return None if value is undefined else list(values.elements(value)) if values.buffer(value) else _fields(value)


def _math(process: Process) -> Mapping[str, Any]:
    def number(function: Callable[..., float]) -> Callable[..., float]:
        def call(*arguments: Any) -> float:
            try:
                return function(*map(values.number, arguments))
            except (ValueError, OverflowError, ZeroDivisionError):
                return math.nan

        return call

    return {
        **{name: number(getattr(math, name)) for name in _MATH},
        "E": math.e,
        "PI": math.pi,
        "abs": number(abs),
        "ceil": number(math.ceil),
        "floor": number(math.floor),
        "max": number(lambda *items: max(items, default=-math.inf)),
        "min": number(lambda *items: min(items, default=math.inf)),
        "pow": number(math.pow),
        "random": lambda: int.from_bytes(process.entropy.bytes(7), "little") % (1 << 53) / (1 << 53),
        "round": number(lambda value: math.floor(value + 0.5)),
        "sign": number(lambda value: (value > 0) - (value < 0)),
    }


class Date:
    """A point in time: what programs ask of `Date`."""

    def __init__(self, milliseconds: float) -> None:
        self._milliseconds = milliseconds

    def getTime(self) -> float:  # noqa: N802 - JavaScript's name
        return self._milliseconds

    valueOf = getTime  # noqa: N815


def _date(process: Process) -> Native:
    def now() -> int:
        return process.clock.realtime() // _MILLISECOND

    def construct(milliseconds: Any = undefined) -> Date:
        return Date(now() if milliseconds is undefined else values.number(milliseconds))

    return Native("Date", {"now": now}, construct=construct, holds=lambda value: isinstance(value, Date))


def _fill_random(process: Process, array: Any) -> Any:
    view = values.buffer(array)
    if view is None or view.readonly or view.nbytes > _MOST_RANDOM:
        raise BindingError(f"crypto.getRandomValues fills an array of at most {_MOST_RANDOM} bytes")
    view.cast("B")[:] = process.entropy.bytes(view.nbytes)
    return array


def _console(process: Process) -> Native:
    def writer(stream: Any) -> Callable[..., None]:
        return lambda *items: stream.write(" ".join(map(values.text, items)).encode("utf-8", "surrogateescape") + b"\n")

    out, err = writer(process.stdout), writer(process.stderr)
    return Native("console", {"log": out, "info": out, "debug": out, "warn": err, "error": err})
