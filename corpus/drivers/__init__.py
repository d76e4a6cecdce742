"""Drivers call the exports of libraries: each is a Python module and its JavaScript twin for the oracle.

Both have `run(module, args)`, which returns a text. The two texts must be equal, as must what the guest printed.

One that answers a program's own imports has `imports(told)`: it gives the functions, and each appends to `told` what it
was told. Under glue the program's own JavaScript has those functions, and the twin's `run` asks it afterwards.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Protocol, cast

from compat import Module


class Driver(Protocol):
    """A module of this package."""

    def run(self, module: Module, args: Sequence[str]) -> str: ...


def driver(name: str) -> Driver:
    """The driver of that name. Raises ModuleNotFoundError."""
    return cast("Driver", import_module(f"corpus.drivers.{name}"))


def host_functions(name: str, told: list[str]) -> Mapping[str, Callable[..., float | None]]:
    """What the driver of that name answers of a program's own imports; nothing if it has no `imports`."""
    answers: Callable[[list[str]], Mapping[str, Callable[..., float | None]]] | None
    answers = getattr(import_module(f"corpus.drivers.{name}"), "imports", None)
    return answers(told) if answers else {}


def integer(module: Module, name: str, *args: float) -> int:
    """Call an export that returns an i32."""
    value = module.call(name, *args)
    assert isinstance(value, int)
    return value


def string(module: Module, address: int) -> str:
    """The NUL-terminated UTF-8 text at an address."""
    return module.memory.cstring(address).decode()


def allocate(module: Module, data: bytes) -> int:
    """Copy bytes into memory that the guest's own malloc gives."""
    address = integer(module, "_malloc", len(data))
    module.memory.write(address, data)
    return address


def text(module: Module, value: str) -> int:
    """Copy a string into the guest, with the NUL that ends it."""
    return allocate(module, value.encode() + b"\0")


def shown(value: object) -> str:
    """A value as both languages show it: a number that is not whole as the bytes of a double."""
    if isinstance(value, list):
        return f"[{', '.join(map(shown, value))}]"
    if value is None or isinstance(value, bool):
        return {None: "nothing", True: "true", False: "false"}[value]
    if isinstance(value, int | float) and (value != int(value) or abs(value) >= 2**53):
        return struct.pack(">d", value).hex()
    return str(int(value)) if isinstance(value, int | float) else str(value)
