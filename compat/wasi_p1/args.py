"""args_*: the program's arguments."""

from __future__ import annotations

from itertools import accumulate
from struct import Struct as Packer

from compat.abi.kinds import U32, Out, Pointer
from compat.abi.memory import Memory
from compat.wasi_p1.guest import WasiGuest
from compat.wasi_p1.table import table

p1 = table("args")


def encoded(texts: list[str]) -> list[bytes]:
    """Texts as C strings, with their NUL."""
    return [text.encode("utf-8", "surrogateescape") + b"\0" for text in texts]


def set_sizes(strings: list[bytes], count: Out[int], size: Out[int]) -> None:
    """Tell how many strings there are, and how many bytes they take together."""
    count.set(len(strings))
    size.set(sum(map(len, strings)))


def store_strings(memory: Memory, strings: list[bytes], pointers: int, buffer: int) -> None:
    """Write the strings one behind the other at `buffer`, and the address of each at `pointers`. Errors: EFAULT."""
    array = memory.view(pointers, 4 * len(strings))
    memory.write(buffer, b"".join(strings))
    *addresses, _end = accumulate(map(len, strings), initial=buffer)
    Packer(f"<{len(strings)}I").pack_into(array, 0, *addresses)


@p1.function("args_get", native="wasi_args_get")
def args_get(guest: WasiGuest, argv: Pointer, argv_buf: Pointer) -> None:
    """Store the arguments, the program's name first, and pointers to them. Errors: EFAULT."""
    store_strings(guest.memory, encoded(guest.process.args), argv, argv_buf)


@p1.function("args_sizes_get", native="wasi_args_sizes_get")
def args_sizes_get(guest: WasiGuest, count: Out[U32], size: Out[U32]) -> None:
    """The number of arguments, and the bytes that they take with their NULs. Errors: EFAULT."""
    set_sizes(encoded(guest.process.args), count, size)
