"""poll_oneoff: waiting for clocks and descriptors."""

from __future__ import annotations

from collections.abc import Sequence

from compat._typing import NamedTuple
from compat.abi.kinds import U32, Out, Pointer
from compat.kernel.clock import Clock
from compat.kernel.errno import Errno, SysError
from compat.kernel.files import OpenFile
from compat.kernel.poll import Interest, poll
from compat.kernel.stat import Readiness
from compat.wasi_p1.clock import CLOCKS
from compat.wasi_p1.guest import WasiGuest
from compat.wasi_p1.table import ERRNO, table
from compat.wasi_p1.types import (
    Clockid,
    Event,
    EventFdReadwrite,
    Eventrwflag,
    Eventtype,
    Right,
    Subclockflag,
    Subscription,
    SubscriptionClock,
    SubscriptionFdReadwrite,
)

p1 = table("poll")

_MOST = 4096
"""Subscriptions in one call: as many as there can be descriptors."""

_CLOCKS = frozenset(clock.value for clock in Clockid)

_RIGHTS = {
    Eventtype.FD_READ: Right.POLL_FD_READWRITE | Right.FD_READ,
    Eventtype.FD_WRITE: Right.POLL_FD_READWRITE | Right.FD_WRITE,
}


class ClockWait(NamedTuple):
    """A subscription to a time."""

    userdata: int
    clock: Clockid
    timeout: int
    """Nanoseconds, from now or on the clock."""
    absolute: bool


class FileWait(NamedTuple):
    """A subscription to a descriptor."""

    userdata: int
    type: int
    """`Eventtype.FD_READ` or `FD_WRITE`."""
    fd: int


Wait = ClockWait | FileWait


@p1.function("poll_oneoff")
def poll_oneoff(guest: WasiGuest, subscriptions: Pointer, events: Pointer, count: U32, happened: Out[U32]) -> None:
    """Wait until at least one of the subscriptions has an event, and store the events.

    What is wrong with one subscription (EBADF, ENOTCAPABLE, ENOTSUP for a clock that cannot be waited for) is told in
    its event. Errors: EINVAL (none or too many subscriptions, unknown clock, type or flag), EFAULT, EDEADLK (nothing
    could ever happen).

    wasmtime fails as a whole where one descriptor is bad.
    """
    size = Subscription.sizeof()
    check_count(count)
    raw = guest.memory.view(subscriptions, size * count)
    waits = [_wait(Subscription.unpack(raw[at : at + size])) for at in range(0, len(raw), size)]
    happened.set(wait(guest, waits, events))


def check_count(count: int) -> None:
    """Refuse a number of subscriptions before any memory is read. Errors: EINVAL."""
    if not 0 < count <= _MOST:
        raise SysError(Errno.EINVAL)


def wait(guest: WasiGuest, waits: Sequence[Wait], address: int) -> int:
    """Wait, store the events at `address`, and return their number. Errors: EFAULT, EDEADLK."""
    target = guest.memory.view(address, Event.sizeof() * len(waits))
    events = b"".join(event.pack() for event in _happen(guest, waits))
    target[: len(events)] = events
    return len(events) // Event.sizeof()


def _wait(subscription: Subscription) -> Wait:
    body = subscription.u.body
    if subscription.u.tag == Eventtype.CLOCK:
        return clock_wait(subscription.userdata, SubscriptionClock.unpack(body))
    return file_wait(subscription.userdata, subscription.u.tag, body)


def clock_wait(userdata: int, clock: SubscriptionClock) -> ClockWait:
    """A subscription to a time. Errors: EINVAL (unknown clock or flag)."""
    if clock.flags & ~Subclockflag.SUBSCRIPTION_CLOCK_ABSTIME or clock.id not in _CLOCKS:
        raise SysError(Errno.EINVAL)
    absolute = bool(clock.flags & Subclockflag.SUBSCRIPTION_CLOCK_ABSTIME)
    return ClockWait(userdata, Clockid(clock.id), clock.timeout, absolute)


def file_wait(userdata: int, type: int, body: bytes) -> FileWait:
    """A subscription to the descriptor that the union's body names. Errors: EINVAL (unknown type of event)."""
    if type not in _RIGHTS:
        raise SysError(Errno.EINVAL)
    return FileWait(userdata, type, SubscriptionFdReadwrite.unpack(body[:4]).file_descriptor)


def _happen(guest: WasiGuest, waits: Sequence[Wait]) -> list[Event]:
    clock = guest.process.clock
    events: list[Event] = []
    times: list[tuple[int, ClockWait]] = []
    files: list[tuple[OpenFile, FileWait]] = []
    for wait in waits:
        try:
            if isinstance(wait, ClockWait):
                times.append((_remaining(wait, clock), wait))
            else:
                files.append((guest.file(wait.fd, _RIGHTS[wait.type]), wait))
        except SysError as error:
            events.append(_failure(wait, error.errno))
    timeout = 0 if events else min((remaining for remaining, _ in times), default=None)
    interests = [
        Interest(file, wait.type == Eventtype.FD_READ, wait.type == Eventtype.FD_WRITE) for file, wait in files
    ]
    outcome = zip(files, poll(interests, timeout, clock), strict=True)
    events += [_file_event(file, wait, ready) for (file, wait), ready in outcome if ready]
    passed = 0 if events or timeout is None else timeout
    events += [_event(wait, Eventtype.CLOCK) for remaining, wait in times if remaining <= passed]
    return events


def _remaining(wait: ClockWait, clock: Clock) -> int:
    """Nanoseconds to go. Errors: ENOTSUP (a clock of processor time, which waiting does not move)."""
    if wait.clock not in (Clockid.REALTIME, Clockid.MONOTONIC):
        raise SysError(Errno.ENOTSUP)
    return max(wait.timeout - clock.now(CLOCKS[wait.clock]), 0) if wait.absolute else wait.timeout


def _event(wait: Wait, type: int, error: int = 0, nbytes: int = 0, flags: int = 0) -> Event:
    state = EventFdReadwrite(nbytes=nbytes, flags=flags)
    return Event(userdata=wait.userdata, error=error, type=type, fd_readwrite=state)


def _failure(wait: Wait, errno: Errno) -> Event:
    return _event(wait, Eventtype.CLOCK if isinstance(wait, ClockWait) else wait.type, ERRNO[errno])


def _file_event(file: OpenFile, wait: FileWait, ready: Readiness) -> Event:
    nbytes = _readable_bytes(file) if wait.type == Eventtype.FD_READ else 0
    return _event(wait, wait.type, 0, nbytes, Eventrwflag.FD_READWRITE_HANGUP if ready.hangup else 0)


def _readable_bytes(file: OpenFile) -> int:
    """What can be read at once, as far as it is known: 0 says nothing, as the descriptor is ready all the same."""
    if file.seekable:
        return max(file.stat().size - file.tell(), 0)
    try:
        return file.available()
    except SysError:
        return 0
