"""Clocks and entropy of the host. Durations and instants are nanoseconds."""

from __future__ import annotations

import os
import sys
import time

from compat._typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Literal


def realtime() -> int:
    """Nanoseconds since 1970-01-01T00:00:00Z."""
    return time.time_ns()


def monotonic() -> int:
    """Nanoseconds since an unspecified start."""
    if sys.platform == "win32":
        return time.perf_counter_ns()  # `time.monotonic` has steps of 15 ms
    # The one that compat/native reads: on macOS, `time.monotonic` is another.
    return time.clock_gettime_ns(time.CLOCK_MONOTONIC)


def cputime() -> int:
    """Nanoseconds of processor time used by this process."""
    return time.process_time_ns()


def resolution(clock: Literal["time", "perf_counter", "process_time"]) -> int:
    """The smallest step of the clock that Python calls so."""
    return max(1, round(time.get_clock_info(clock).resolution * 1e9))


def sleep(duration: int) -> None:
    """Wait at least `duration` nanoseconds, if positive."""
    if duration > 0:
        time.sleep(duration / 1e9)


def local_time(seconds: int) -> tuple[int, bool, str]:
    """The local zone at `seconds` since the epoch: seconds east of Greenwich, daylight saving or not, abbreviation.

    Where the host cannot say (OverflowError, OSError), the zone's standard time holds.
    """
    try:
        local = time.localtime(seconds)
    except (OverflowError, OSError):
        return -time.timezone, False, time.tzname[0]
    return local.tm_gmtoff, local.tm_isdst > 0, local.tm_zone


def processors() -> int:
    """How many processors there are."""
    return os.cpu_count() or 1


def random_bytes(n: int) -> bytes:
    """`n` bytes from the host's generator for cryptography."""
    return os.urandom(n)
