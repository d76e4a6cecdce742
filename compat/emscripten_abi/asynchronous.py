"""Calls that a program puts off, and sleeping (src/library_async.js, library_browser.js, library_html5.js).

In a page, code has to return for time to pass. So a program that sleeps was compiled to save its stack, to return, and
to be taken up again; what it was compiled to (asyncify, or the emterpreter's bytecode) looks after each call whether it
is to return. Here the host waits within the call, and it never is.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from compat._typing import NoReturn
from compat.abi.guest import Value
from compat.abi.kinds import F64, I32, Pointer, Text
from compat.abi.row import PARTIAL, Table
from compat.emscripten_abi.guest import EmscriptenGuest
from compat.emscripten_abi.libc.signals import Signals
from compat.emscripten_abi.mainloop import FRAME, MainLoop
from compat.errors import Abort

env = Table("env", "async")

MILLISECOND = 1_000_000
"""Nanoseconds."""


def later(guest: EmscriptenGuest, delay: int, call: Callable[[], object]) -> int:
    """Have something called in `delay` nanoseconds, when the program has returned; returns the timer's number."""
    return guest.timers.add(guest.process.clock.monotonic() + delay, call)


@env.function("_emscripten_async_call")
def emscripten_async_call(guest: EmscriptenGuest, function: Pointer, argument: Pointer, milliseconds: I32) -> None:
    """Have a function called with an argument after a time, or, for a negative one, at the next frame."""
    delay = milliseconds * MILLISECOND if milliseconds >= 0 else FRAME
    later(guest, delay, partial(guest.call, "dynCall_vi", function, argument))


# --- sleeping


def _sleep(guest: EmscriptenGuest, milliseconds: I32) -> None:
    """Sleep. What is due meanwhile comes when the program has returned, as under the emterpreter; but for an alarm."""
    rest = max(milliseconds, 0) * MILLISECOND
    while rest:
        rest = guest.part(Signals).sleep(rest)


env.function("_emscripten_sleep")(_sleep)


class Yielding:
    """Whether the program sleeps and lets others run: those who sleep then do not."""

    def __init__(self, guest: EmscriptenGuest) -> None:
        self.now = False


@env.function("_emscripten_sleep_with_yield")
def emscripten_sleep_with_yield(guest: EmscriptenGuest, milliseconds: I32) -> None:
    """Sleep, and make the calls that are due meanwhile. The main loop stands still, as in the JavaScript."""
    yielding, loop, clock = guest.part(Yielding), guest.part(MainLoop), guest.process.clock
    if yielding.now:
        _sleep(guest, milliseconds)
        return
    end = clock.monotonic() + max(milliseconds, 0) * MILLISECOND
    yielding.now = True
    loop.pause()
    try:
        guest.settle(end, lives=True)
    finally:
        yielding.now = False
        if loop.exists:
            loop.resume()
    clock.sleep(max(0, end - clock.monotonic()))


# --- timers: html5.h, from 1.38.37 on


def _repeatedly(guest: EmscriptenGuest, first: int, period: int, call: Callable[[float], Value | None]) -> int:
    """Make a call again and again, every `period` nanoseconds, until it returns 0 or is cancelled.

    `call` gets the time in milliseconds. Each one is a frame, as an endless sequence has to be bounded.
    """
    clock = guest.process.clock

    def tick(number: int) -> None:
        if guest.frames == 0:
            return
        if guest.frames is not None:
            guest.frames -= 1
        now = clock.monotonic()
        guest.timers.add(now + period, partial(tick, number), number)
        if call(now / MILLISECOND) == 0:
            guest.timers.cancel(number)

    number = guest.timers.reserve()
    guest.timers.add(clock.monotonic() + first, partial(tick, number), number)
    return number


def _nanoseconds(milliseconds: float) -> int:
    """Of what is no time, 0, as in JavaScript."""
    return int(milliseconds * MILLISECOND) if 0 < milliseconds < LONGEST_DELAY else 0


LONGEST_DELAY = 2**31
"""Milliseconds: a browser takes more for none."""


@env.function("_emscripten_set_timeout")
def emscripten_set_timeout(guest: EmscriptenGuest, function: Pointer, milliseconds: F64, argument: Pointer) -> I32:
    """Have a function called after a time; returns the number for `emscripten_clear_timeout`."""
    return later(guest, _nanoseconds(milliseconds), partial(guest.call, "dynCall_vi", function, argument))


@env.function("_emscripten_set_immediate")
def emscripten_set_immediate(guest: EmscriptenGuest, function: Pointer, argument: Pointer) -> I32:
    """Have a function called when the program has returned."""
    return later(guest, 0, partial(guest.call, "dynCall_vi", function, argument))


@env.function("_emscripten_set_interval")
def emscripten_set_interval(guest: EmscriptenGuest, function: Pointer, milliseconds: F64, argument: Pointer) -> I32:
    """Have a function called every so many milliseconds, as long as there are frames."""
    period = max(_nanoseconds(milliseconds), MILLISECOND)
    return _repeatedly(guest, period, period, lambda _: guest.call("dynCall_vi", function, argument))


@env.function("_emscripten_set_timeout_loop")
def emscripten_set_timeout_loop(guest: EmscriptenGuest, function: Pointer, milliseconds: F64, argument: Pointer) -> I32:
    """Have a function called now, and every so many milliseconds until it returns 0, as long as there are frames.

    The JavaScript computed the time of the next call, and did not wait for it.
    """
    return _repeatedly(
        guest, 0, _nanoseconds(milliseconds), lambda now: guest.call("dynCall_idi", function, now, argument)
    )


@env.function("_emscripten_set_immediate_loop")
def emscripten_set_immediate_loop(guest: EmscriptenGuest, function: Pointer, argument: Pointer) -> I32:
    """Have a function called again and again until it returns 0, as long as there are frames."""
    return _repeatedly(guest, 0, 0, lambda _: guest.call("dynCall_ii", function, argument))


@env.function("_emscripten_request_animation_frame")
def emscripten_request_animation_frame(guest: EmscriptenGuest, function: Pointer, argument: Pointer) -> I32:
    """Have a function called at the next frame, if there is one."""

    def once(now: float) -> int:
        guest.call("dynCall_idi", function, now, argument)
        return 0

    return _repeatedly(guest, FRAME, FRAME, once)


@env.function("_emscripten_request_animation_frame_loop")
def emscripten_request_animation_frame_loop(guest: EmscriptenGuest, function: Pointer, argument: Pointer) -> I32:
    """Have a function called at each frame until it returns 0."""
    return _repeatedly(guest, FRAME, FRAME, lambda now: guest.call("dynCall_idi", function, now, argument))


def _clear(guest: EmscriptenGuest, number: I32) -> None:
    """Make no more calls of that number."""
    guest.timers.cancel(number)


for _name in ("clear_timeout", "clear_interval", "clear_immediate", "cancel_animation_frame"):
    env.function(f"_emscripten_{_name}")(_clear)


# --- what is thrown at the event loop


_NOT_CAUGHT = "it ends the program, even where an invoke_* of JavaScript would have caught it"


@env.function("_emscripten_throw_number", level=PARTIAL, note=_NOT_CAUGHT)
def emscripten_throw_number(number: F64) -> NoReturn:
    """Throw a number at JavaScript."""
    raise Abort(f"the program threw {number:g} at JavaScript")


@env.function("_emscripten_throw_string")
def emscripten_throw_string(text: Text) -> NoReturn:
    """Throw a string at JavaScript."""
    raise Abort(f"the program threw {text!r} at JavaScript")


# --- asyncify, the old one: up to 1.39


@env.value("___async")
def async_flag(guest: EmscriptenGuest) -> int:
    """Whether the program is to return: never."""
    return 0


@env.value("___async_unwind")
def async_unwind(guest: EmscriptenGuest) -> int:
    """Whether a function that was taken up again gives its saved stack back."""
    return 1


@env.value("___async_cur_frame")
def async_frame(guest: EmscriptenGuest) -> int:
    """The saved stack: none at first."""
    return 0


@env.value("___async_retval")
def async_result(guest: EmscriptenGuest) -> int:
    """The address of eight bytes for the result of a function that was taken up again."""
    return guest.owned("async_retval", 8)
