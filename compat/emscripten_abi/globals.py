"""Imported globals: addresses of the memory layout, and of data that the host owns.

Sources: emscripten.py (which globals, and their values) and src/library.js.
"""

from __future__ import annotations

from collections.abc import Callable

from compat.abi.row import STUB, Table
from compat.emscripten_abi.guest import EMTERPRETER_STACK, EmscriptenGuest
from compat.errors import Unsupported

env = Table("env", "globals")
numbers = Table("global", "globals")

Address = Callable[[EmscriptenGuest], int]


def _global_base(guest: EmscriptenGuest) -> int:
    """Where static data starts."""
    return guest.layout.global_base


for _name in ("memoryBase", "__memory_base", "gb"):
    env.value(_name)(_global_base)


def _table_base(guest: EmscriptenGuest) -> int:
    """Where a module's functions start in the table: a main module's at 0."""
    return 0


for _name in ("tableBase", "__table_base", "fb"):
    env.value(_name)(_table_base)


@env.value("STACKTOP")
def stacktop(guest: EmscriptenGuest) -> int:
    """Where the stack starts; it grows upwards (imported up to 1.38.23, and by relocatable modules)."""
    return guest.layout.stack_base


@env.value("STACK_MAX")
def stack_max(guest: EmscriptenGuest) -> int:
    """Where the stack ends (imported up to 1.38.23, and by relocatable modules)."""
    return guest.layout.stack_max


@env.value("DYNAMICTOP_PTR")
def dynamictop_ptr(guest: EmscriptenGuest) -> int:
    """The address of the word that holds the end of the heap (up to 1.38.45)."""
    return guest.dynamic_top


@env.value("tempDoublePtr")
def temp_double_ptr(guest: EmscriptenGuest) -> int:
    """Eight bytes through which compiled code reinterprets numbers (up to 1.38.45)."""
    return guest.temp_double


@env.value("ABORT")
def abort_flag(guest: EmscriptenGuest) -> int:
    """Whether the program has aborted, as it was when it was linked (up to 1.38.11)."""
    return 0


@env.value("cttz_i8")
def cttz_i8(guest: EmscriptenGuest) -> int:
    """A table of the number of trailing zeros of each byte, 8 for 0 (early 1.37)."""
    address = guest.owned("cttz_i8", 256)
    guest.memory.write(address, bytes((b & -b).bit_length() - 1 if b else 8 for b in range(256)))
    return address


def _variable(name: str, size: int = 4) -> Address:
    def address(guest: EmscriptenGuest) -> int:
        """A variable of libc's that the host holds: zero at first."""
        return guest.owned(name, size)

    return address


for _name in ("_environ", "___environ", "___dso_handle"):
    env.value(_name)(_variable(_name.lstrip("_")))

ZONE_VARIABLES = {"timezone": 4, "daylight": 4, "tzname": 8}
"""What tzset fills, up to 1.37.40, with the bytes of each."""
for _name, _size in ZONE_VARIABLES.items():
    env.value(f"_{_name}")(_variable(_name, _size))

_NOT_FILLED = "a null pointer: the program's own library has its streams elsewhere"
for _name in ("_stdin", "_stdout", "_stderr", "__impure_ptr"):
    env.value(_name, level=STUB, note=_NOT_FILLED)(_variable(_name))


@env.value("_in6addr_any")
def in6addr_any(guest: EmscriptenGuest) -> int:
    """The IPv6 address `::`."""
    return guest.owned("in6addr_any", 16)


@env.value("_in6addr_loopback")
def in6addr_loopback(guest: EmscriptenGuest) -> int:
    """The IPv6 address `::1`."""
    address = guest.owned("in6addr_loopback", 16)
    guest.memory.write(address, bytes(15) + b"\1")
    return address


@env.value("EMTSTACKTOP")
def emtstacktop(guest: EmscriptenGuest) -> int:
    """Where the emterpreter's stack starts."""
    return guest.owned("emterpreter stack", EMTERPRETER_STACK)


@env.value("EMT_STACK_MAX")
def emt_stack_max(guest: EmscriptenGuest) -> int:
    """Where the emterpreter's stack ends."""
    return emtstacktop(guest) + EMTERPRETER_STACK


@env.value("eb")
def eb(guest: EmscriptenGuest) -> int:
    """Where the emterpreter's bytecode is."""
    bytecode = guest.detection.bytecode
    if bytecode is None:
        raise Unsupported("the emterpreter's bytecode is not there")
    address, code = guest.owned("bytecode", len(bytecode.code)), bytearray(bytecode.code)
    for at in bytecode.relocations:
        moved = int.from_bytes(code[at : at + 4], "little") + address
        code[at : at + 4] = (moved & 0xFFFF_FFFF).to_bytes(4, "little")
    guest.memory.write(address, code)
    return address


@numbers.value("NaN")
def nan(guest: EmscriptenGuest) -> float:
    """Not a number."""
    return float("nan")


@numbers.value("Infinity")
def infinity(guest: EmscriptenGuest) -> float:
    """Infinity."""
    return float("inf")
