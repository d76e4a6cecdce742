"""What a program wants called later: in a browser by the event loop, here when the guest has returned."""

from __future__ import annotations

from collections.abc import Callable
from heapq import heapify, heappop, heappush

from compat._typing import NamedTuple
from compat.errors import Abort

MOST = 10_000
"""How many timers can be set at a time: each is memory of the host's."""


class Timer(NamedTuple):
    """One call; `due` is in nanoseconds on the monotonic clock."""

    due: int
    number: int
    """Of two that are due at the same time, the older goes first."""
    call: Callable[[], object]
    weak: bool
    """Whether it comes only to a program that lives on anyway, as an alarm does."""


class Timers:
    """The timers that are set."""

    def __init__(self) -> None:
        self._queue: list[Timer] = []
        self._count = 0
        self.strong = 0
        """How many in the queue are not weak."""

    def reserve(self) -> int:
        """A number that no timer has, above 0."""
        self._count += 1
        return self._count

    def add(self, due: int, call: Callable[[], object], number: int | None = None, *, weak: bool = False) -> int:
        """Set a timer, under a number of its own or that which was reserved for it; returns that.

        Raises Abort for too many.
        """
        if len(self._queue) == MOST:
            raise Abort(f"more than {MOST} timers are set")
        number = self.reserve() if number is None else number
        heappush(self._queue, Timer(due, number, call, weak))
        self.strong += not weak
        return number

    def cancel(self, number: int) -> None:
        """Take a timer away, if it is set."""
        self._queue = [timer for timer in self._queue if timer.number != number]
        heapify(self._queue)
        self.strong = sum(not timer.weak for timer in self._queue)

    def pop(self, latest: int | None = None, *, lives: bool = False) -> Timer | None:
        """Take the timer that is due next, if it is due at `latest`; none if all are weak, unless the program lives."""
        if not (self._queue if lives else self.strong) or (latest is not None and self._queue[0].due > latest):
            return None
        timer = heappop(self._queue)
        self.strong -= not timer.weak
        return timer
