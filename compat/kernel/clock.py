"""Clocks: the host's, and one that only the guest's own readings move."""

from __future__ import annotations

from abc import ABC, abstractmethod

from compat._enum import Enum, auto
from compat._typing import NamedTuple
from compat.errors import TimeLimit
from compat.kernel.host import system

LONGEST_SLEEP = 3600 * 1_000_000_000
"""Nanoseconds that the host is asked to sleep at once: it refuses what its own types cannot hold."""


class ClockId(Enum):
    """The clocks that a guest can read (POSIX clock_gettime)."""

    REALTIME = auto()
    MONOTONIC = auto()
    PROCESS_CPUTIME = auto()
    THREAD_CPUTIME = auto()


class LocalTime(NamedTuple):
    """How local time differs from UTC at some instant."""

    offset: int
    """Seconds east of Greenwich."""
    dst: bool
    zone: str
    """The zone's abbreviation, such as "CET"."""


class Alarm(ABC):
    """A signal that comes at some time, and interrupts the system call that waits then."""

    due: int | None = None
    """When, on the process's monotonic clock; None where it is not set."""

    @abstractmethod
    def ring(self, restarts: bool = False) -> bool:
        """Deliver the signal; says whether it interrupts a call, which may be one that `restarts` after a signal."""


class Others:
    """What a thread that waits has to know of the others: nothing, where there are none."""

    slice: int | None = None
    """Nanoseconds after which it has to look whether the program is still there."""

    def check(self) -> None:
        """Raises what ends this thread, if the program has ended."""

    def __enter__(self) -> None:
        """Let others run."""

    def __exit__(self, *_: object) -> None:
        """Run again when they let it."""


class Clock(ABC):
    """Time as the guest sees it, in nanoseconds."""

    waits: bool
    """Whether `sleep` takes real time. Where it does not, `poll` does not wait for its time-out either."""
    deadline: int | None = None
    """The end of the run's time, by the host's monotonic clock. Waiting in the kernel ends there with TimeLimit."""
    alarm: Alarm | None = None
    """What interrupts waiting in the kernel, with EINTR."""
    others: Others = Others()
    """The program's other threads: entered around whatever really waits."""

    @abstractmethod
    def realtime(self) -> int:
        """Nanoseconds since 1970-01-01T00:00:00Z."""

    @abstractmethod
    def monotonic(self) -> int:
        """Nanoseconds since an unspecified start; never goes back."""

    @abstractmethod
    def cputime(self) -> int:
        """Nanoseconds of processor time used."""

    @abstractmethod
    def resolution(self, clock: ClockId) -> int:
        """The smallest step of `clock`, in nanoseconds."""

    @abstractmethod
    def sleep(self, duration: int) -> None:
        """Let `duration` nanoseconds pass."""

    @abstractmethod
    def local_time(self, seconds: int) -> LocalTime:
        """The local zone's rules at `seconds` since the epoch."""

    @property
    def interrupts(self) -> bool:
        """Whether waiting may end before what is waited for has come."""
        return self.deadline is not None or self.alarm_is_set or self.others.slice is not None

    @property
    def alarm_is_set(self) -> bool:
        return self.alarm is not None and self.alarm.due is not None

    def patience(self, timeout: int | None) -> int | None:
        """How long to really wait: `timeout` nanoseconds (None: for ever), but not beyond the deadline.

        Raises TimeLimit when that has passed, and what `others.check` does.
        """
        self.others.check()
        bounds = [bound for bound in (timeout, self.others.slice) if bound is not None]
        if self.deadline is not None:
            left = self.deadline - system.monotonic()
            if left <= 0:
                raise TimeLimit("the time limit was reached while the program was waiting")
            bounds.append(left)
        return min(bounds, default=None)

    def now(self, clock: ClockId) -> int:
        """Read the clock of that name."""
        if clock is ClockId.REALTIME:
            return self.realtime()
        if clock is ClockId.MONOTONIC:
            return self.monotonic()
        return self.cputime()


class SystemClock(Clock):
    """The host's clocks and its time zone."""

    waits = True

    def realtime(self) -> int:
        """Nanoseconds since 1970-01-01T00:00:00Z."""
        return system.realtime()

    def monotonic(self) -> int:
        """Nanoseconds since an unspecified start."""
        return system.monotonic()

    def cputime(self) -> int:
        """Nanoseconds of processor time that this process has used."""
        return system.cputime()

    def resolution(self, clock: ClockId) -> int:
        """The host's own resolution, in nanoseconds."""
        if clock is ClockId.REALTIME:
            return system.resolution("time")
        return system.resolution("perf_counter" if clock is ClockId.MONOTONIC else "process_time")

    def sleep(self, duration: int) -> None:
        """Wait `duration` nanoseconds. Raises TimeLimit at the deadline."""
        end = system.monotonic() + duration
        while (left := end - system.monotonic()) > 0:
            patience = min(self.patience(left) or 0, LONGEST_SLEEP)
            with self.others:
                system.sleep(patience)

    def local_time(self, seconds: int) -> LocalTime:
        """The host's local zone."""
        return LocalTime(*system.local_time(seconds))


class SteppingClock(Clock):
    """A clock that moves by a fixed step at each reading, so that the n-th reading is the same in every run.

    It must move: a program that waits in a loop for time to pass would never end. Sleeping moves it and takes no time.
    Local time is UTC.
    """

    START = 946_684_800_000_000_000
    """2000-01-01T00:00:00Z, where it starts."""
    STEP = 1_000_000
    """One millisecond, what each reading adds."""

    waits = False

    def __init__(self) -> None:
        self._elapsed = 0

    def realtime(self) -> int:
        """`START` plus what has elapsed."""
        return self.START + self.monotonic()

    def monotonic(self) -> int:
        """What has elapsed; this reading then adds a step."""
        elapsed = self._elapsed
        self._elapsed += self.STEP
        return elapsed

    def cputime(self) -> int:
        """As `monotonic`: all time is the guest's."""
        return self.monotonic()

    def resolution(self, clock: ClockId) -> int:
        """The step."""
        return self.STEP

    def sleep(self, duration: int) -> None:
        """Move the clock by `duration` nanoseconds."""
        self._elapsed += max(duration, 0)

    def local_time(self, seconds: int) -> LocalTime:
        """UTC."""
        return LocalTime(0, False, "UTC")
