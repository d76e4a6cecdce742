"""Drivers call the exports of libraries: each is a Python module and its JavaScript twin for the oracle.

Both have `run(module, args)`, which returns a text. The two texts must be equal, as must what the guest printed.
What the program's JavaScript library would provide is `IMPORTS`, in those that have it.
"""

from __future__ import annotations

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


def imports(name: str) -> Mapping[str, Callable[..., float | None]]:
    """The functions that the driver of that name provides."""
    found: Mapping[str, Callable[..., float | None]] = getattr(driver(name), "IMPORTS", {})
    return found


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
