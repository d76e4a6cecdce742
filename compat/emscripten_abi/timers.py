"""What a program wants called later: in a browser by the event loop, here when the guest has returned."""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappop, heappush

from compat._typing import NamedTuple


class Timer(NamedTuple):
    """One call; `due` is in nanoseconds on the monotonic clock."""

    due: int
    number: int
    """Of two that are due at the same time, the older goes first."""
    call: Callable[[], object]


class Timers:
    """The timers that are set."""

    def __init__(self) -> None:
        self._queue: list[Timer] = []
        self._count = 0

    def add(self, due: int, call: Callable[[], object]) -> None:
        """Set a timer."""
        heappush(self._queue, Timer(due, self._count, call))
        self._count += 1

    def pop(self) -> Timer | None:
        """Take the timer that is due next."""
        return heappop(self._queue) if self._queue else None
