"""The main loop: a function that the program wants called for each frame of a display (src/library_browser.js).

There is no display: frames come by the kernel's clock, when the program has returned, until it cancels the loop or has
had as many as `Guest.frames` allows.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from compat._enum import IntEnum
from compat._typing import NoReturn
from compat.abi.guest import KeepAlive
from compat.abi.kinds import I32, Out, Pointer
from compat.abi.row import Table
from compat.emscripten_abi.guest import EmscriptenGuest
from compat.errors import Abort

env = Table("env", "async")

FRAME = 16_666_667
"""Nanoseconds until the next frame of a display with 60 of them a second."""


class Timing(IntEnum):
    """What the value of a timing means (emscripten.h)."""

    SETTIMEOUT = 0
    """Milliseconds from the start of a frame to that of the next."""
    RAF = 1
    """Every so many frames of the display."""
    SETIMMEDIATE = 2
    """The next frame at once."""


class MainLoop:
    """The one main loop that a program can have at a time."""

    def __init__(self, guest: EmscriptenGuest) -> None:
        self._guest = guest
        self._call: Callable[[], object] | None = None
        self._run = 0
        """Counts starts and stops: a frame that was set by an earlier run does not come."""
        self.mode: int = Timing.SETTIMEOUT
        self.value = 0
        self.blockers: list[Callable[[], object]] = []
        """What has to be called, one a frame, before the loop's function is called again."""

    @property
    def exists(self) -> bool:
        return self._call is not None

    def start(self, call: Callable[[], object], frames_a_second: int) -> None:
        """Set the loop up. Raises Abort if there is one."""
        if self._call is not None:
            raise Abort("emscripten_set_main_loop: there is a main loop already; it has to be cancelled first")
        self._call = call
        self.mode, self.value = (Timing.SETTIMEOUT, 1000 // frames_a_second) if frames_a_second > 0 else (Timing.RAF, 1)
        self.resume()

    def pause(self) -> None:
        """Let no frame come until `resume`."""
        self._run += 1

    def resume(self) -> None:
        """Let frames come again."""
        self._run += 1
        self._schedule(self._guest.process.clock.monotonic())

    def cancel(self) -> None:
        """Take the loop away."""
        self.pause()
        self._call = None

    def _schedule(self, start: int) -> None:
        delays: dict[int, int] = {Timing.SETTIMEOUT: self.value * 1_000_000, Timing.RAF: max(self.value, 1) * FRAME}
        delay = delays.get(self.mode, 0)
        self._guest.timers.add(start + delay, partial(self._frame, self._run))

    def _frame(self, run: int) -> None:
        guest = self._guest
        if run != self._run or self._call is None or guest.frames == 0:
            return
        start = guest.process.clock.monotonic()
        if self.blockers:
            self.blockers.pop(0)()
        else:
            if guest.frames is not None:
                guest.frames -= 1
            self._call()
        if run == self._run:
            self._schedule(start)


def _start(guest: EmscriptenGuest, call: Callable[[], object], frames_a_second: int, forever: int) -> None:
    guest.part(MainLoop).start(call, frames_a_second)
    if forever:
        _leave()


def _leave() -> NoReturn:
    """Leave the frames of the program as they are: it goes on in its main loop."""
    raise KeepAlive


@env.function("_emscripten_set_main_loop")
def emscripten_set_main_loop(guest: EmscriptenGuest, function: Pointer, fps: I32, simulate_infinite_loop: I32) -> None:
    """Have a function called for each frame: `fps` times a second, or (0) as often as a display has frames."""
    _start(guest, partial(guest.call, "dynCall_v", function), fps, simulate_infinite_loop)


@env.function("_emscripten_set_main_loop_arg")
def emscripten_set_main_loop_arg(
    guest: EmscriptenGuest, function: Pointer, argument: Pointer, fps: I32, simulate_infinite_loop: I32
) -> None:
    """Have a function called with an argument for each frame."""
    _start(guest, partial(guest.call, "dynCall_vi", function, argument), fps, simulate_infinite_loop)


@env.function("_emscripten_cancel_main_loop")
def emscripten_cancel_main_loop(guest: EmscriptenGuest) -> None:
    """Take the main loop away; another can be set."""
    guest.part(MainLoop).cancel()


@env.function("_emscripten_pause_main_loop")
def emscripten_pause_main_loop(guest: EmscriptenGuest) -> None:
    """Stop the main loop for a while."""
    guest.part(MainLoop).pause()


@env.function("_emscripten_resume_main_loop")
def emscripten_resume_main_loop(guest: EmscriptenGuest) -> None:
    """Let the main loop go on."""
    guest.part(MainLoop).resume()


@env.function("_emscripten_set_main_loop_timing")
def emscripten_set_main_loop_timing(guest: EmscriptenGuest, mode: I32, value: I32) -> I32:
    """Choose when the next frames come. 0, or 1 if there is no main loop."""
    loop = guest.part(MainLoop)
    loop.mode, loop.value = mode, value
    return 0 if loop.exists else 1


@env.function("_emscripten_get_main_loop_timing")
def emscripten_get_main_loop_timing(guest: EmscriptenGuest, mode: Out[I32] | None, value: Out[I32] | None) -> None:
    """Tell when frames come."""
    loop = guest.part(MainLoop)
    if mode:
        mode.set(loop.mode)
    if value:
        value.set(loop.value)


def push_blocker(guest: EmscriptenGuest, function: Pointer, argument: Pointer, name: Pointer) -> None:
    """Have a function called once, in place of a frame of the main loop."""
    guest.part(MainLoop).blockers.append(partial(guest.call, "dynCall_vi", function, argument))


for _name in ("__emscripten_push_main_loop_blocker", "__emscripten_push_uncounted_main_loop_blocker"):
    env.function(_name)(push_blocker)


@env.function("_emscripten_set_main_loop_expected_blockers")
def emscripten_set_main_loop_expected_blockers(count: I32) -> None:
    """Say how many blockers there will be, for a page's status line: nothing else ever used it."""
