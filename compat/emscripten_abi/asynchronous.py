"""Asynchronous calls, as far as they need no browser (src/library_browser.js)."""

from __future__ import annotations

from compat.abi.kinds import I32, Pointer
from compat.abi.row import Table
from compat.emscripten_abi.guest import EmscriptenGuest

env = Table("env", "async")

_FRAME = 16_666_667
"""Nanoseconds until the next frame of a display with 60 of them a second."""


@env.function("_emscripten_async_call")
def emscripten_async_call(guest: EmscriptenGuest, function: Pointer, argument: Pointer, milliseconds: I32) -> None:
    """Have a function called with an argument after a time, or, for a negative one, at the next frame."""
    delay = milliseconds * 1_000_000 if milliseconds >= 0 else _FRAME
    guest.timers.add(guest.process.clock.monotonic() + delay, function, argument)
