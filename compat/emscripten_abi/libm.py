"""The transcendental functions: `libm.wasm`, a module of its own that the bridge imports. Its source is libm.c.

Its results are those of node 20, to the last bit, on every platform; a result that is not a number is the one NaN
0x7ff8000000000000.
"""

from __future__ import annotations

import os

from compat.wasm.model import Module
from compat.wasm.reader import read

FUNCTIONS = {
    **dict.fromkeys(("sin", "cos", "tan", "asin", "acos", "atan", "exp", "log", "log2", "log10"), "d(d)"),
    **dict.fromkeys(("atan2", "pow", "fmod"), "d(dd)"),
    "fma": "d(ddd)",
}
"""The exports, with their types. `log2` and `log10` are the quotients of logarithms that the JavaScript took."""


def module() -> Module:
    """The module, as it was compiled."""
    with open(os.path.join(os.path.dirname(__file__), "libm.wasm"), "rb") as file:
        return read(file.read())
