"""What guest memory tells of a thrown object: the name of its type, and `what()` of the standard exceptions.

Layouts: Itanium C++ ABI, section 2.9.5. A `std::type_info` is a vtable pointer and a pointer to the mangled name; that
of a class goes on with its bases.
"""

from __future__ import annotations

from collections.abc import Iterator

from compat._typing import TYPE_CHECKING
from compat.errors import GuestError, Unsupported
from compat.kernel.errno import SysError
from compat.wasm.demangle import demangle

if TYPE_CHECKING:
    from compat.emscripten_abi.guest import EmscriptenGuest

_BUILTIN = {
    "v": "void", "w": "wchar_t", "b": "bool", "c": "char", "a": "signed char", "h": "unsigned char", "s": "short",
    "t": "unsigned short", "i": "int", "j": "unsigned int", "l": "long", "m": "unsigned long", "x": "long long",
    "y": "unsigned long long", "f": "float", "d": "double", "e": "long double", "Dn": "std::nullptr_t",
}  # fmt: skip
_SUFFIX = {"P": "*", "R": "&", "K": " const", "V": " volatile"}
_ABBREVIATED = {"St": "std", "Ss": "std::string"}
_ANONYMOUS = "_GLOBAL__N_1"

_ONE_BASE = "N10__cxxabiv120__si_class_type_infoE"
_SEVERAL_BASES = "N10__cxxabiv121__vmi_class_type_infoE"
_VIRTUAL = 1
"""Flag of a base that is shared, so that its offset is in the object's vtable."""
_MOST_CLASSES = 100

_WHAT_SLOT = 2
"""In the vtable of std::exception: two destructors, then `what`."""


def describe(guest: EmscriptenGuest, pointer: int, type_info: int) -> tuple[str, str]:
    """The type of the thrown object in words, and what it says of itself, as far as memory shows them."""
    if not type_info:
        return f"an object without a type, at 0x{pointer:x}", ""
    try:
        name = demangled(_name(guest, type_info))
    except SysError:
        return f"an object whose type is not in memory, at 0x{pointer:x}", ""
    try:
        return name, _what(guest, pointer, type_info)
    except (SysError, GuestError, Unsupported):
        # The program's own code and data are asked, and it has just failed.
        return name, ""


def _name(guest: EmscriptenGuest, type_info: int) -> str:
    return guest.memory.cstring(guest.memory.load_u32(type_info + 4)).decode("ascii", "replace")


def _what(guest: EmscriptenGuest, pointer: int, type_info: int) -> str:
    """What a std::exception says of itself; nothing for other objects."""
    exception = _exception_within(guest, pointer, type_info)
    if exception is None:
        return ""
    vtable = guest.memory.load_u32(exception)
    text = guest.call_pointer("ii", guest.memory.load_u32(vtable + 4 * _WHAT_SLOT), exception)
    return guest.memory.cstring(int(text or 0) & 0xFFFF_FFFF).decode("utf-8", "replace")


def _exception_within(guest: EmscriptenGuest, pointer: int, type_info: int) -> int | None:
    """The std::exception that an object is, or has as a base. Memory may hold anything: the search is bounded."""
    classes = [(type_info, pointer)]
    for _ in range(_MOST_CLASSES):
        if not classes:
            break
        current, address = classes.pop()
        if _name(guest, current) == "St9exception":
            return address
        classes += [(base, address + offset) for base, offset in _bases(guest, current)]
    return None


def _bases(guest: EmscriptenGuest, type_info: int) -> Iterator[tuple[int, int]]:
    """The bases of a class that are not virtual, each with its offset. A vtable follows its own class's type_info."""
    memory = guest.memory
    kind = _name(guest, memory.load_u32(memory.load_u32(type_info) - 4))
    if kind == _ONE_BASE:
        yield memory.load_u32(type_info + 8), 0
    elif kind == _SEVERAL_BASES:
        for index in range(min(memory.load_u32(type_info + 12), _MOST_CLASSES)):
            flags = memory.load_i32(type_info + 20 + 8 * index)
            if not flags & _VIRTUAL:
                yield memory.load_u32(type_info + 16 + 8 * index), flags >> 8


def demangled(name: str) -> str:
    """A mangled type name in C++: builtin types, pointers, classes. Any other comes back as it is."""
    if name in _BUILTIN:
        return _BUILTIN[name]
    if name[:1] in _SUFFIX:
        return demangled(name[1:]) + _SUFFIX[name[0]]
    rest = name[1:-1] if name.startswith("N") and name.endswith("E") else name
    parts = []
    while rest:
        if rest[:2] in _ABBREVIATED:
            parts.append(_ABBREVIATED[rest[:2]])
            rest = rest[2:]
            continue
        digits = rest[: len(rest) - len(rest.lstrip("0123456789"))]
        end = len(digits) + int(digits or 0)
        if not digits or end > len(rest):
            # Templates are read as they are in the names of functions, without their arguments.
            function = demangle(f"_Z{name}")
            return name if function.startswith("_Z") else function
        part = rest[len(digits) : end]
        parts.append("(anonymous namespace)" if part == _ANONYMOUS else part)
        rest = rest[end:]
    return "::".join(parts)
