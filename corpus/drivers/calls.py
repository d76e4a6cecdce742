"""Call the exports of a C library, a step an argument. A step is of one of these forms:

    EXPORT VALUE…              call it, and tell what it returns, if anything
    NAME = EXPORT VALUE…       call it, and keep what it returns
    NAME = text TEXT           allocate what holds a text and a NUL, and keep its address
    NAME = bytes HEX
    NAME = space SIZE          so many bytes, all zero
    NAME = ints VALUE…
    NAME = floats VALUE…
    NAME = doubles VALUE…
    NAME = saw COUNT PERIOD    floats that rise from -0.5 to 0.5 in PERIOD steps, again and again
    NAME = int ADDRESS         keep the int that lies there
    read ADDRESS SIZE          tell the bytes, or the digest of many
    string ADDRESS             tell the text up to its NUL

A VALUE is a sum, without spaces, of numbers and names.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from struct import pack

from compat import Module
from corpus.drivers import allocate, string, text

LARGEST_TOLD = 64
"""Bytes."""


def run(module: Module, args: Sequence[str]) -> str:
    names: dict[str, float] = {}
    return "".join(_step(module, names, step) for step in args)


def _step(module: Module, names: dict[str, float], step: str) -> str:
    """Take a step; what there is to tell of it."""
    name, kept, action = step.partition(" = ") if " = " in step else ("", "", step)
    verb, _, rest = action.partition(" ")
    if verb in ("text", "bytes"):
        names[name] = text(module, rest) if verb == "text" else allocate(module, bytes.fromhex(rest))
        return ""
    values = [_value(names, word) for word in rest.split()]
    if verb in _TOLD:
        return f"{_TOLD[verb](module, *map(int, values))}\n"
    result = _KEPT[verb](module, values) if verb in _KEPT else module.call(verb, *values)
    if result is None:
        return ""
    if not kept:
        return f"{verb} -> {_number(result)}\n"
    names[name] = result
    return ""


def _value(names: Mapping[str, float], word: str) -> float:
    value = float(sum(names[part] if part in names else float(part) for part in word.split("+")))
    return int(value) if value.is_integer() else value


def _number(value: float) -> str:
    return str(int(value)) if float(value).is_integer() else f"{value:.6f}"


def _array(code: str) -> Callable[[Module, Sequence[float]], int]:
    return lambda module, values: allocate(module, pack(f"<{len(values)}{code}", *values))


def _saw(module: Module, values: Sequence[float]) -> int:
    count, period = map(int, values)
    return allocate(module, pack(f"<{count}f", *(step % period / period - 0.5 for step in range(count))))


def _read(module: Module, address: int, size: int) -> str:
    data = module.memory.read(address, size)
    return data.hex() if size <= LARGEST_TOLD else f"{size} bytes: {sha256(data).hexdigest()[:16]}"


_KEPT: Mapping[str, Callable[[Module, Sequence[float]], int]] = {
    "space": lambda module, values: allocate(module, bytes(int(values[0]))),
    "ints": _array("i"),
    "floats": _array("f"),
    "doubles": _array("d"),
    "saw": _saw,
    "int": lambda module, values: module.memory.load_i32(int(values[0])),
}
_TOLD: Mapping[str, Callable[..., str]] = {"read": _read, "string": string}
