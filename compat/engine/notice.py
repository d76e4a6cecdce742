"""Telling whoever waits for a compiler that it is at work."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event, Thread

SLOW = 1.0
"""Seconds of compilation after which somebody who waits wants to know why, and again after as many."""


class Notice:
    """A context manager; calls `on_slow` while its body takes long, with the seconds so far, and at last with None.

    The body runs a compiler without the GIL, so another thread can.
    """

    def __init__(self, on_slow: Callable[[int | None], None] | None) -> None:
        self._on_slow = on_slow

    def __enter__(self) -> None:
        if self._on_slow:
            self._over = Event()
            self._thread = Thread(target=self._tell, args=(self._on_slow,), daemon=True)
            self._thread.start()

    def _tell(self, on_slow: Callable[[int | None], None]) -> None:
        times = 0
        while not self._over.wait(SLOW):
            times += 1
            on_slow(times)
        if times:
            on_slow(None)

    def __exit__(self, *_: object) -> None:
        if self._on_slow:
            self._over.set()
            self._thread.join()
