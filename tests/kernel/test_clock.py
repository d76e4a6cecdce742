from __future__ import annotations

import time

from compat.kernel.clock import ClockId, SteppingClock, SystemClock

SECOND = 1_000_000_000


def test_the_stepping_clock_repeats() -> None:
    def readings() -> list[int]:
        clock = SteppingClock()
        return [clock.realtime(), clock.monotonic(), clock.now(ClockId.PROCESS_CPUTIME), clock.realtime()]

    assert readings() == readings()
    assert readings()[0] == 946_684_800 * SECOND
    assert readings()[3] - readings()[0] == 3 * SteppingClock.STEP


def test_sleeping_moves_the_stepping_clock_and_takes_no_time() -> None:
    clock = SteppingClock()
    before, start = clock.monotonic(), time.monotonic()
    clock.sleep(3600 * SECOND)
    assert clock.monotonic() - before == 3600 * SECOND + SteppingClock.STEP
    assert time.monotonic() - start < 1
    clock.sleep(-5 * SECOND)
    assert clock.monotonic() > before + 3600 * SECOND


def test_the_system_clock_is_the_hosts() -> None:
    clock = SystemClock()
    assert abs(clock.realtime() - time.time_ns()) < 10 * SECOND
    before = clock.monotonic()
    clock.sleep(2_000_000)
    assert clock.monotonic() - before >= 2_000_000
    assert clock.now(ClockId.THREAD_CPUTIME) > 0
    assert all(0 < clock.resolution(clock_id) <= SECOND for clock_id in ClockId)


def test_local_time() -> None:
    assert SteppingClock().local_time(0) == (0, False, "UTC")
    local = SystemClock().local_time(86400)
    assert local.offset == time.localtime(86400).tm_gmtoff
    assert SystemClock().local_time(1 << 70).offset == -time.timezone
