from __future__ import annotations

import threading
import time

from compat.engine.deadline import Deadline


def test_only_the_time_inside_counts() -> None:
    expired = threading.Event()
    deadline = Deadline(0.3, expired.set)
    for _ in range(3):
        with deadline:
            time.sleep(0.02)
        time.sleep(0.15)
    assert not expired.is_set()
    with deadline:
        assert expired.wait(5)


def test_all_uses_together_count() -> None:
    expired = threading.Event()
    deadline = Deadline(0.1, expired.set)
    for _ in range(100):
        with deadline:
            time.sleep(0.01)
        if expired.is_set():
            break
    assert expired.is_set()


def test_closing_ends_the_thread() -> None:
    deadline = Deadline(60, lambda: None)
    deadline.close()
    with deadline:
        pass
    deadline = Deadline(60, lambda: None)
    with deadline:
        pass
    deadline.close()
    for thread in threading.enumerate():
        if thread.name == "compat time limit":
            thread.join(5)
            assert not thread.is_alive()
