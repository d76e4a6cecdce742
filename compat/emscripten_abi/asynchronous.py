"""Asynchronous calls, as far as they need no browser (src/library_browser.js)."""

from __future__ import annotations

from functools import partial

from compat.abi.kinds import I32, Pointer
from compat.abi.row import PARTIAL, Table
from compat.emscripten_abi.guest import EmscriptenGuest
from compat.emscripten_abi.mainloop import FRAME

env = Table("env", "async")


@env.function("_emscripten_async_call")
def emscripten_async_call(guest: EmscriptenGuest, function: Pointer, argument: Pointer, milliseconds: I32) -> None:
    """Have a function called with an argument after a time, or, for a negative one, at the next frame."""
    delay = milliseconds * 1_000_000 if milliseconds >= 0 else FRAME
    guest.timers.add(guest.process.clock.monotonic() + delay, partial(guest.call, "dynCall_vi", function, argument))


_TIMERS_WAIT = "timers that fall due meanwhile wait until the program has returned"


def _sleep(guest: EmscriptenGuest, milliseconds: I32) -> None:
    """Sleep. The JavaScript left the program and came back to it later; it works as well to stay in it."""
    guest.process.clock.sleep(max(milliseconds, 0) * 1_000_000)


for _name in ("_emscripten_sleep", "_emscripten_sleep_with_yield"):
    env.function(_name, level=PARTIAL, note=_TIMERS_WAIT)(_sleep)
