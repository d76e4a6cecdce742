"""What a linker left undefined of the C and C++ libraries: functions that are compiled into programs.

A side module gets them from the program that loads it, and from here if it is run alone.
"""

from __future__ import annotations

from compat.abi.kinds import I32, U32, Pointer
from compat.abi.row import PARTIAL, Table
from compat.emscripten_abi.bridge import Writer
from compat.emscripten_abi.guest import EmscriptenGuest
from compat.errors import Abort

env = Table("env", "c library")

SPACES = frozenset({*range(9, 14), 0x20, 0x85, *range(0x2000, 0x2007), *range(0x2008, 0x200B), 0x2028, 0x2029})
SPACES |= {0x205F, 0x3000}
"""White space in musl: what Unicode has, without the spaces at which no line breaks."""
LAST_ASCII = 0x7F
LAST_CODE_POINT = 0x10FFFF


@env.inline("_memcmp", "i(iii)")
def memcmp(w: Writer) -> str:
    """Compare bytes: the difference of the first two that differ, as musl has it, or 0."""
    return """
    (local $left i32)
    (block $same
      (loop $next
        (br_if $same (i32.eqz (local.get 2)))
        (if (i32.ne (local.tee $left (i32.load8_u (local.get 0))) (i32.load8_u (local.get 1)))
          (then (return (i32.sub (local.get $left) (i32.load8_u (local.get 1))))))
        (local.set 0 (i32.add (local.get 0) (i32.const 1)))
        (local.set 1 (i32.add (local.get 1) (i32.const 1)))
        (local.set 2 (i32.sub (local.get 2) (i32.const 1)))
        (br $next)))
    (i32.const 0)"""


@env.inline("_iswdigit", "i(i)")
def iswdigit(w: Writer) -> str:
    """Whether a wide character is one of 0 to 9."""
    return "(i32.lt_u (i32.sub (local.get 0) (i32.const 48)) (i32.const 10))"


@env.function("_iswspace")
def iswspace(character: U32) -> I32:
    """Whether a wide character is white space."""
    return int(character in SPACES)


@env.function("_iswalpha", level=PARTIAL, note="by the Unicode version of Python, where each musl has its own")
def iswalpha(character: U32) -> I32:
    """Whether a wide character is a letter, or a digit of another script than ASCII."""
    if character > LAST_CODE_POINT:
        return 0
    text = chr(character)
    return int(text.isalpha() or (character > LAST_ASCII and text.isdecimal()))


@env.function("__Znwm", level=PARTIAL, note="where there is no memory the program ends, instead of std::bad_alloc")
def operator_new(guest: EmscriptenGuest, size: U32) -> Pointer:
    """Operator `new`: memory from the program's `malloc`."""
    address = guest.malloc(size or 1)
    if not address:
        raise Abort(f"std::bad_alloc: no memory for {size} bytes")
    return address


@env.function("__ZdlPv")
def operator_delete(guest: EmscriptenGuest, address: Pointer) -> None:
    """Operator `delete`."""
    if address:
        guest.free(address)


env.absent(
    "_getcontext",
    "_makecontext",
    "_setcontext",
    "_swapcontext",
    note="WebAssembly's stack is out of reach: it cannot be kept, nor another taken up",
)


@env.inline("__setjmp", "i(i)", level=PARTIAL, note="no place is kept to come back to: the compiler knew only setjmp")
def bsd_setjmp(w: Writer) -> str:
    """_setjmp(3): 0, as it returns at first."""
    return "(i32.const 0)"


env.absent("__longjmp", note="no place was kept to come back to: the compiler knew only setjmp")
