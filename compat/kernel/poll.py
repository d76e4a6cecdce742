"""Waiting until a file can be read or written."""

from __future__ import annotations

from collections.abc import Sequence

from compat._typing import NamedTuple
from compat.kernel.clock import Clock
from compat.kernel.errno import Errno, SysError
from compat.kernel.files import OpenFile, OpenFlags
from compat.kernel.host import platform, system
from compat.kernel.stat import Readiness


class Interest(NamedTuple):
    """What is waited for on one file. A hang-up always counts."""

    file: OpenFile
    read: bool
    write: bool
    urgent: bool = False
    """Whether what comes out of band is waited for."""


def poll(
    interests: Sequence[Interest], timeout: int | None, clock: Clock, *, restarts: bool = False
) -> list[Readiness]:
    """Wait until a file is ready for what it is asked for, at most `timeout` nanoseconds (None: for ever).

    Returns one `Readiness` for each interest, in order, without what was not asked for; all are empty when time ran
    out. On a clock that does not wait, the time-out passes at once, unless one of the files is of the world outside
    (`OpenFile.in_real_time`). `restarts`: so does the call after a signal, if its handler was set to have it so.

    Errors: EDEADLK where the wait could never end, because there is no time-out and no host involved; EINTR (an alarm
    came). Raises TimeLimit at the clock's deadline.
    """
    while not any(ready := _ready(interests)) and timeout != 0:
        alarm = clock.alarm
        if alarm is None or alarm.due is None:
            return _wait(interests, timeout, clock)
        # Where it comes again and again, and is not heeded, nothing else would look at the time limit.
        clock.patience(timeout)
        now = clock.monotonic()
        left = max(0, alarm.due - now)
        if timeout is not None and timeout <= left:
            return _wait(interests, timeout, clock)
        ready = _wait(interests, left, clock)
        if any(ready):
            break
        if alarm.ring(restarts):
            raise SysError(Errno.EINTR)
        if timeout is not None:
            timeout = max(0, timeout - (clock.monotonic() - now))
    return ready


def block(file: OpenFile, reading: bool, clock: Clock) -> None:
    """Wait until a file can be read, or written, of which both ends are the guest's: only an alarm's handler does it.

    Errors: EAGAIN (none is set, or the file does not block), EINTR.
    """
    if OpenFlags.NONBLOCK in file.flags or not clock.alarm_is_set:
        raise SysError(Errno.EAGAIN)
    try:
        poll([Interest(file, reading, not reading)], None, clock, restarts=True)
    except SysError as error:
        raise SysError(Errno.EAGAIN if error.errno is Errno.EDEADLK else error.errno) from None


def _wait(interests: Sequence[Interest], timeout: int | None, clock: Clock) -> list[Readiness]:
    """`poll` without signals, of what is not ready."""
    hosted = _host_interests(interests)
    if timeout is None:
        if not hosted:
            raise SysError(Errno.EDEADLK)
        return _wait_on_host(interests, hosted, None, clock)
    if hosted and (clock.waits or any(interest.file.in_real_time for interest in interests)):
        ready = _wait_on_host(interests, hosted, timeout, clock)
        if any(ready) or clock.waits:
            return ready
    clock.sleep(timeout)
    return _ready(interests)


def _wait_on_host(
    interests: Sequence[Interest], hosted: Sequence[tuple[int, bool, bool, bool]], timeout: int | None, clock: Clock
) -> list[Readiness]:
    end = None if timeout is None else system.monotonic() + timeout
    while True:
        left = None if end is None else max(0, end - system.monotonic())
        patience = clock.patience(left)
        with clock.others:
            platform.wait(hosted, patience)
        ready = _ready(interests)
        if any(ready) or left == 0:
            return ready


def _ready(interests: Sequence[Interest]) -> list[Readiness]:
    result = []
    for file, read, write, urgent in interests:
        now = file.poll()
        result.append(
            Readiness(now.readable and read, now.writable and write, now.hangup, now.failed, now.urgent and urgent)
        )
    return result


def _host_interests(interests: Sequence[Interest]) -> list[tuple[int, bool, bool, bool]]:
    hosted = []
    for file, read, write, urgent in interests:
        descriptor = file.host_descriptor()
        if descriptor is not None:
            hosted.append((descriptor, read, write, urgent))
    return hosted
