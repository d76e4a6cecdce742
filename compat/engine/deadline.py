"""A time limit on the calls of one store."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Condition, Thread


class Deadline:
    """Counts the time inside `with`, over all uses, and calls `expire` from a thread of its own when it is used up.

    One thread serves all uses: it sleeps until the earliest moment at which time can be up. As the clock stands still
    between uses, a later use can only move that moment further away, so only an idle thread needs to be woken.
    """

    def __init__(self, seconds: float, expire: Callable[[], None]) -> None:
        self._left = seconds
        self._expire = expire
        self._end: float | None = None
        self._closed = False
        self._changed = Condition()
        self._thread: Thread | None = None

    def __enter__(self) -> None:
        with self._changed:
            self._end = time.monotonic() + self._left
            if self._thread is None:
                self._thread = Thread(target=self._watch, name="compat time limit", daemon=True)
                self._thread.start()
            else:
                self._changed.notify()

    def __exit__(self, *_: object) -> None:
        with self._changed:
            if self._end is not None:
                self._left = max(0.0, self._end - time.monotonic())
                self._end = None

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify()

    def _watch(self) -> None:
        with self._changed:
            while not self._closed:
                left = None if self._end is None else self._end - time.monotonic()
                if left is not None and left <= 0:
                    self._expire()
                    return
                self._changed.wait(left)
