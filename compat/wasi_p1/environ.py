"""environ_*: the environment, `NAME=value` each."""

from __future__ import annotations

from compat.abi.kinds import U32, Out, Pointer
from compat.wasi_p1.args import encoded, set_sizes, store_strings
from compat.wasi_p1.guest import WasiGuest
from compat.wasi_p1.table import table

p1 = table("environ")


@p1.function("environ_get", native="wasi_environ_get")
def environ_get(guest: WasiGuest, environ: Pointer, environ_buf: Pointer) -> None:
    """Store the variables and pointers to them. Errors: EFAULT."""
    store_strings(guest.memory, _variables(guest), environ, environ_buf)


@p1.function("environ_sizes_get", native="wasi_environ_sizes_get")
def environ_sizes_get(guest: WasiGuest, count: Out[U32], size: Out[U32]) -> None:
    """The number of variables, and the bytes that they take with their NULs. Errors: EFAULT."""
    set_sizes(_variables(guest), count, size)


def _variables(guest: WasiGuest) -> list[bytes]:
    return encoded([f"{name}={value}" for name, value in guest.process.env.items()])
