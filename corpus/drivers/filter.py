"""Run `main` over what is on the standard input. Arguments are those of `main`.

The twin calls the function that the glue exports for this, which takes white space off both ends of the output.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from struct import pack

from compat import Module
from compat.errors import GuestExited
from corpus.drivers import allocate, text


def run(module: Module, args: Sequence[str]) -> str:
    arguments = [text(module, arg) for arg in ("program", *args)]
    # The glue's `exit` does nothing, so that it has no status to compare.
    with suppress(GuestExited):
        module.call("_main", len(arguments), allocate(module, pack(f"<{len(arguments) + 1}I", *arguments, 0)))
    return module.stdout.decode().strip()
