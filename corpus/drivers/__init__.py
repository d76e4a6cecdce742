"""Drivers call the exports of libraries: each is a Python module and its JavaScript twin for the oracle.

Both have `run(module, args)`, which returns a text. The two texts must be equal, as must what the guest printed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol


class Memory(Protocol):
    """What a driver uses of a loaded module's memory; addresses and sizes are in bytes."""

    def read(self, address: int, size: int) -> bytes: ...

    def write(self, address: int, data: bytes) -> None: ...

    def cstring(self, address: int) -> str: ...


class Module(Protocol):
    """What a driver uses of what `compat.load` gives."""

    @property
    def memory(self) -> Memory: ...

    def call(self, name: str, *args: float) -> float | None: ...

    def settle(self) -> None:
        """Run what the guest has deferred (`emscripten_async_call`, timers) until nothing is left."""


class Driver(Protocol):
    """A module of this package."""

    def run(self, module: Module, args: Sequence[str]) -> str: ...


def integer(module: Module, name: str, *args: float) -> int:
    """Call an export that returns an i32."""
    value = module.call(name, *args)
    assert isinstance(value, int)
    return value


def u32(module: Module, address: int) -> int:
    """The little-endian word at an address."""
    return int.from_bytes(module.memory.read(address, 4), "little")


def allocate(module: Module, data: bytes) -> int:
    """Copy bytes into memory that the guest's own malloc gives."""
    address = integer(module, "_malloc", len(data))
    module.memory.write(address, data)
    return address


def text(module: Module, value: str) -> int:
    """Copy a string into the guest, with the NUL that ends it."""
    return allocate(module, value.encode() + b"\0")
