"""Atomic operations on 64-bit numbers, which asm.js did not have: with one thread, a load and a store do.

A number goes as two halves; of a result the high one goes through the register (src/library_pthread_stub.js).
"""

from __future__ import annotations

from collections.abc import Callable

from compat.abi.row import Table
from compat.emscripten_abi.bridge import Writer

env = Table("env", "atomics")

_OPERAND = """(i64.or
  (i64.extend_i32_u (local.get 1)) (i64.shl (i64.extend_i32_u (local.get 2)) (i64.const 32)))"""


def _returned(w: Writer) -> str:
    """Return `$old` as two halves."""
    high = "(i32.wrap_i64 (i64.shr_u (local.get $old) (i64.const 32)))"
    return w.set_high(high) + "(i32.wrap_i64 (local.get $old))"


def _fetch(new: str, summary: str) -> Callable[[Writer], str]:
    def write(w: Writer) -> str:
        return f"""
    (local $old i64)
    (local.set $old (i64.load (local.get 0)))
    (i64.store (local.get 0) {new})
    {_returned(w)}"""

    write.__doc__ = summary
    return write


for _name, _summary in {
    "add": "Add to a number.",
    "sub": "Subtract from a number.",
    "and": "Mask a number.",
    "or": "Set bits of a number.",
    "xor": "Flip bits of a number.",
}.items():
    env.inline(f"___atomic_fetch_{_name}_8", "i(iiii)")(
        _fetch(f"(i64.{_name} (local.get $old) {_OPERAND})", f"{_summary} Returns what it was.")
    )
env.inline("___atomic_exchange_8", "i(iiii)")(_fetch(_OPERAND, "Replace a number. Returns what it was."))


@env.inline("___atomic_load_8", "i(ii)")
def atomic_load_8(w: Writer) -> str:
    """Read a number."""
    return f"(local $old i64) (local.set $old (i64.load (local.get 0))) {_returned(w)}"


@env.inline("___atomic_store_8", "v(iiii)")
def atomic_store_8(w: Writer) -> str:
    """Write a number."""
    return f"(i64.store (local.get 0) {_OPERAND})"


# The compiler's own library call has no `weak` after the halves; src/library_pthread_stub.js declares one.
@env.inline("___atomic_compare_exchange_8", "i(iiiiii)")
@env.inline("___atomic_compare_exchange_8", "i(iiiiiii)")
def atomic_compare_exchange_8(w: Writer) -> str:
    """Replace a number if it is what is expected, and return 1; else store what it is there, and return 0."""
    desired = _OPERAND.replace("(local.get 2)", "(local.get 3)").replace("(local.get 1)", "(local.get 2)")
    return f"""
    (if (result i32) (i64.eq (i64.load (local.get 0)) (i64.load (local.get 1)))
      (then (i64.store (local.get 0) {desired}) (i32.const 1))
      (else (i64.store (local.get 1) (i64.load (local.get 0))) (i32.const 0)))"""


@env.inline("___atomic_is_lock_free", "i(ii)")
def atomic_is_lock_free(w: Writer) -> str:
    """Whether an object of so many bytes at an address is read and written in one instruction: 1, 2 or 4, aligned."""
    return """
    (i32.and (i32.le_u (local.get 0) (i32.const 4))
      (i32.eqz (i32.or
        (i32.and (local.get 0) (i32.sub (local.get 0) (i32.const 1)))
        (i32.and (local.get 1) (i32.sub (local.get 0) (i32.const 1))))))"""
