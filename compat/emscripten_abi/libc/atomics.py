"""Atomic operations of emscripten.h and threading.h; the compiler's own are in the bridge.

With one thread, any operation is atomic. A 64-bit argument comes as two words, the low one first; the high word of a
64-bit result goes through tempRet0. Source: src/library_pthread_stub.js.
"""

from __future__ import annotations

import operator
from collections.abc import Callable

from compat.abi.kinds import U32, U64, In, InOut, Out
from compat.abi.row import Table
from compat.emscripten_abi.guest import EmscriptenGuest

env = Table("env", "atomics")

MASK = 2**64 - 1


def _joined(low: int, high: int) -> int:
    return high << 32 | low


def _split(guest: EmscriptenGuest, value: int) -> int:
    """The low word as the result, the high one where the caller looks for it."""
    guest.set_temp_ret0(value >> 32)
    return value & 0xFFFF_FFFF


@env.function("_emscripten_atomic_load_u64")
def emscripten_atomic_load_u64(guest: EmscriptenGuest, value: In[U64]) -> U32:
    """Read."""
    return _split(guest, value)


@env.function("_emscripten_atomic_store_u64")
def emscripten_atomic_store_u64(guest: EmscriptenGuest, target: Out[U64], low: U32, high: U32) -> U32:
    """Write, and return what was written."""
    target.set(_joined(low, high))
    return _split(guest, _joined(low, high))


@env.function("_emscripten_atomic_cas_u64")
def emscripten_atomic_cas_u64(
    guest: EmscriptenGuest, target: InOut[U64], old_low: U32, old_high: U32, new_low: U32, new_high: U32
) -> U32:
    """Write if the present value is the old one; returns what was there."""
    present = target.get()
    if present == _joined(old_low, old_high):
        target.set(_joined(new_low, new_high))
    return _split(guest, present)


def _fetch(name: str, compute: Callable[[int, int], int]) -> None:
    """An operation that returns what was there before it."""

    @env.function(name)
    def fetch(guest: EmscriptenGuest, target: InOut[U64], low: U32, high: U32) -> U32:
        """Change a value, and return what it was."""
        present = target.get()
        target.set(compute(present, _joined(low, high)) & MASK)
        return _split(guest, present)


_fetch("_emscripten_atomic_exchange_u64", lambda _, new: new)
_fetch("__emscripten_atomic_fetch_and_add_u64", operator.add)
_fetch("__emscripten_atomic_fetch_and_sub_u64", operator.sub)
_fetch("__emscripten_atomic_fetch_and_and_u64", operator.and_)
_fetch("__emscripten_atomic_fetch_and_or_u64", operator.or_)
_fetch("__emscripten_atomic_fetch_and_xor_u64", operator.xor)


@env.function("_llvm_atomic_load_add_i32_p0i32")
@env.function("_emscripten_atomic_add_u32")
def atomic_add_u32(target: InOut[U32], value: U32) -> U32:
    """Add, and return what was there."""
    present = target.get()
    target.set((present + value) & 0xFFFF_FFFF)
    return present


@env.function("_llvm_memory_barrier")
def llvm_memory_barrier() -> None:
    """Order memory accesses, which one thread's are anyway."""
