"""Memory and strings that functions hand to the guest."""

from __future__ import annotations

from compat.abi.memory import Memory
from compat.emscripten_abi.guest import EmscriptenGuest
from compat.kernel.errno import Errno, SysError


def allocate(guest: EmscriptenGuest, size: int) -> int:
    """Address of `size` bytes from the guest's own `malloc`, which the guest frees. Errors: ENOMEM."""
    address = guest.malloc(size)
    if not address:
        raise SysError(Errno.ENOMEM)
    return address


def encode(text: str) -> bytes:
    """`text` as a C string, its NUL included; bytes that were no UTF-8 come out as they went in."""
    return text.encode("utf-8", "surrogateescape") + b"\0"


def static_text(guest: EmscriptenGuest, key: str, text: str) -> int:
    """Address of `text` in memory that lives as long as the guest. For one `key` the text is always the same."""
    data = encode(text)
    address = guest.owned(key, len(data))
    guest.memory.write(address, data)
    return address


def new_text(guest: EmscriptenGuest, text: str) -> int:
    """Address of `text` in memory that the guest frees. Errors: ENOMEM."""
    data = encode(text)
    address = allocate(guest, len(data))
    guest.memory.write(address, data)
    return address


def store_text(memory: Memory, address: int, size: int, text: str) -> bool:
    """Put as much of `text` as fits, and a NUL, into `size` bytes; whether all of it fitted."""
    data = encode(text)
    if size:
        memory.write(address, data if len(data) <= size else data[: size - 1] + b"\0")
    return len(data) <= size
