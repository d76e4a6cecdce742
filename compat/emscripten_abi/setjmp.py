"""longjmp. setjmp is compiled into the program: `_saveSetjmp` and `_testSetjmp` are functions of its own.

Behaviour: src/library.js. `__THREW__` gets the buffer's address and `threwValue` the value; the tag then unwinds to the
next `invoke_*`, whose caller looks at both.
"""

from __future__ import annotations

from compat.abi.row import Table
from compat.emscripten_abi.bridge import Writer
from compat.emscripten_abi.cxx import SET_THREW

env = Table("env", "setjmp")


def _longjmp(w: Writer) -> str:
    """Go back to a setjmp that is under way, which then returns the value, or 1 for 0."""
    value = "(select (local.get 1) (i32.const 1) (local.get 1))"
    return w.guest(SET_THREW, "v(ii)", f"(local.get 0) {value}") + w.raise_("(i32.const 0)")


for _name in ("_longjmp", "_emscripten_longjmp", "_siglongjmp"):
    env.inline(_name, "v(ii)")(_longjmp)
