"""Signals: what a program sends itself arrives at once; from elsewhere comes an alarm, and nothing else.

Nothing interrupts a program that computes: an alarm arrives while a system call waits, or once the program has returned
and lives on. The JavaScript let it arrive only then, kept no other handlers and failed `raise`. Source: POSIX signal.h,
musl's numbers and structs.
"""

from __future__ import annotations

from collections.abc import Callable

from compat._typing import NoReturn, TypeVar
from compat.abi.kinds import I32, U32, U64, In, InOut, Out, Pointer
from compat.abi.row import PARTIAL, Table
from compat.emscripten_abi.errno import positive_errno, set_errno
from compat.emscripten_abi.guest import EmscriptenGuest
from compat.emscripten_abi.structs import Itimerval, Sigaction, Timeval
from compat.errors import Abort
from compat.kernel.clock import Alarm
from compat.kernel.errno import Errno, SysError
from compat.kernel.poll import poll

T = TypeVar("T")

env = Table("env", "signals", failure=set_errno(-1))

LAST = 64
"""The highest signal."""
SIGKILL, SIGALRM, SIGSTOP = 9, 14, 19
IGNORED_BY_DEFAULT = {17, 18, 20, 21, 22, 23, 28}
"""SIGCHLD, SIGCONT, the three that stop a job (there is nobody to start it again), SIGURG, SIGWINCH."""
NAMES = {1: "SIGHUP", 2: "SIGINT", 3: "SIGQUIT", 4: "SIGILL", 6: "SIGABRT", 8: "SIGFPE", 9: "SIGKILL", 11: "SIGSEGV"}
NAMES |= {10: "SIGUSR1", 12: "SIGUSR2", 13: "SIGPIPE", 14: "SIGALRM", 15: "SIGTERM", 19: "SIGSTOP"}
SIG_DFL, SIG_IGN, SIG_ERR = 0, 1, 0xFFFF_FFFF
SA_SIGINFO = 4
SA_RESTART = 0x1000_0000
SA_NODEFER = 0x4000_0000
SA_RESETHAND = 0x8000_0000
SIG_BLOCK, SIG_UNBLOCK, SIG_SETMASK = range(3)
UNBLOCKABLE = 1 << (SIGKILL - 1) | 1 << (SIGSTOP - 1)


class Signals:
    """What a guest does on signals, and which it holds back."""

    def __init__(self, guest: EmscriptenGuest) -> None:
        self._guest = guest
        self.actions: dict[int, Sigaction] = {}
        self.blocked = 0
        """A set of bits, the lowest for signal 1."""
        self.pending = 0
        self._delivering = False
        self.delivered = 0
        """How many signals have called a handler."""
        self.alarm = AlarmTimer(guest)

    def wait(self) -> NoReturn:
        """Wait for a signal. Errors: EINTR, always: at once if none can come, as the program would wait for ever."""
        if self.alarm.due is not None and self._acts_on(SIGALRM):
            poll([], None, self._guest.process.clock)
        raise SysError(Errno.EINTR)

    def sleep(self, duration: int) -> int:
        """Wait for so many nanoseconds, unless an alarm comes; returns what remains of them."""
        clock = self._guest.process.clock
        if self.alarm.due is None:
            clock.sleep(duration)
            return 0
        end = clock.monotonic() + duration
        try:
            poll([], duration, clock)
        except SysError:
            return max(1, end - clock.monotonic())
        return 0

    def _acts_on(self, signal: int) -> bool:
        action = self.actions.get(signal)
        return not self.blocked >> (signal - 1) & 1 and (action is None or action.handler != SIG_IGN)

    def send(self, signal: int, info: int = 0) -> Sigaction | None:
        """Deliver a signal, or keep it while it is blocked; returns the action whose handler was called.

        `info` is the address of the `siginfo_t` for a handler that wants one. Raises Abort where it ends the program.
        """
        if signal == 0:
            return None
        bit = 1 << (signal - 1)
        if self.blocked & bit & ~UNBLOCKABLE:
            self.pending |= bit
            return None
        action = self.actions.get(signal) or Sigaction()
        if action.handler == SIG_IGN or (action.handler == SIG_DFL and signal in IGNORED_BY_DEFAULT):
            return None
        if action.handler == SIG_DFL:
            raise Abort(f"killed by signal {signal} ({NAMES.get(signal, 'no name')}), which the program brought about")
        self.delivered += 1
        if action.flags & SA_RESETHAND:
            del self.actions[signal]
        former = self.blocked
        self.blocked |= int.from_bytes(action.mask[:8], "little") | (0 if action.flags & SA_NODEFER else bit)
        try:
            if action.flags & SA_SIGINFO:
                self._guest.call_pointer("viii", action.handler, signal, info, 0)
            else:
                self._guest.call_pointer("vi", action.handler, signal)
        finally:
            # Also where the handler does not return: nobody else would take them off, as longjmp keeps no masks.
            self.blocked = former
        self._deliver()
        return action

    def wait_with(self, mask: int, wait: Callable[[], T]) -> T:
        """Wait while just the signals in `mask` are held back.

        Errors: EINTR (one has come that was held back before), and those of `wait`.
        """
        former, delivered = self.blocked, self.delivered
        self.block(mask)
        try:
            if self.delivered != delivered:
                raise SysError(Errno.EINTR)
            return wait()
        finally:
            self.block(former)

    def block(self, mask: int) -> None:
        """Set which signals are held back, and deliver those that no longer are."""
        self.alarm.ring_if_due()
        self.blocked = mask
        self._deliver()

    def _deliver(self) -> None:
        """Deliver what is held back no longer, the lowest first. A handler may bring about more, which comes after."""
        if self._delivering:
            return
        self._delivering = True
        try:
            while released := self.pending & ~self.blocked:
                signal = (released & -released).bit_length()
                self.pending &= ~(1 << (signal - 1))
                self.send(signal)
        finally:
            self._delivering = False


class AlarmTimer(Alarm):
    """The timer that sends SIGALRM (ITIMER_REAL)."""

    def __init__(self, guest: EmscriptenGuest) -> None:
        self._guest = guest
        self._timer: int | None = None
        self.interval = 0
        """Nanoseconds to the next time that it rings; 0: it rings once."""

    def set(self, delay: int, interval: int = 0) -> None:
        """Let it ring in `delay` nanoseconds; 0 is never."""
        if self._timer is not None:
            self._guest.timers.cancel(self._timer)
        self._timer = self.due = None
        self.interval = interval
        if delay:
            self.due = self._guest.process.clock.monotonic() + delay
            self._timer = self._guest.timers.add(self.due, self.ring, weak=True)
            self._guest.process.set_alarm(self)

    @property
    def left(self) -> int:
        """Nanoseconds until it rings; 0 where it is not set."""
        return 0 if self.due is None else max(1, self.due - self._guest.process.clock.monotonic())

    def ring(self, restarts: bool = False) -> bool:
        """Send the signal, and set the timer again if it repeats."""
        self.set(self.interval, self.interval)
        size = self._guest.memory.size
        action = self._guest.part(Signals).send(SIGALRM)
        if action is None:
            return False
        # Memory that has grown may lie elsewhere: what the call was given is not touched again.
        return not (restarts and action.flags & SA_RESTART) or self._guest.memory.size != size

    def ring_if_due(self) -> None:
        """Ring, if that has been left undone: nobody waited, or the signal was held back."""
        if self.due is not None and self.due <= self._guest.process.clock.monotonic():
            self.ring()


def check(signal: int) -> None:
    if not 1 <= signal <= LAST:
        raise SysError(Errno.EINVAL)


@env.function("_signal", failure=set_errno(SIG_ERR))
def signal(guest: EmscriptenGuest, signal: I32, handler: Pointer) -> Pointer:
    """Set the handler of a signal, after which calls that were interrupted go on; return the former. Errors: EINVAL."""
    former = Sigaction()
    _set_action(guest, signal, Sigaction(handler=handler, flags=SA_RESTART), former)
    return former.handler


def _set_action(guest: EmscriptenGuest, signal: int, new: Sigaction | None, old: Sigaction) -> None:
    check(signal)
    actions = guest.part(Signals).actions
    present = actions.get(signal) or Sigaction()
    old.handler, old.mask, old.flags, old.restorer = present.handler, present.mask, present.flags, present.restorer
    if new is not None:
        if signal in (SIGKILL, SIGSTOP):
            raise SysError(Errno.EINVAL)
        actions[signal] = new


@env.function("_sigaction")
def sigaction(guest: EmscriptenGuest, signal: I32, new: In[Sigaction] | None, old: Out[Sigaction] | None) -> I32:
    """Set what to do on a signal, and ask what was. Errors: EINVAL."""
    former = Sigaction()
    _set_action(guest, signal, new, former)
    if old:
        old.set(former)
    return 0


@env.function("_raise")
def raise_(guest: EmscriptenGuest, signal: I32) -> I32:
    """Send a signal to itself. Errors: EINVAL."""
    if signal:
        check(signal)
    guest.part(Signals).send(signal)
    return 0


@env.function("_kill")
def kill(guest: EmscriptenGuest, pid: I32, signal: I32) -> I32:
    """Send a signal to itself, by its number or that of its group. Errors: EINVAL, ESRCH (another process)."""
    if abs(pid) not in (0, 1, guest.process.pid) or pid == 1:
        raise SysError(Errno.ESRCH)
    return raise_(guest, signal)


@env.function("_killpg")
def killpg(guest: EmscriptenGuest, group: I32, signal: I32) -> I32:
    """Send a signal to its own group. Errors: EINVAL, ESRCH (there is no other group)."""
    if group not in (0, guest.process.pid):
        raise SysError(Errno.ESRCH)
    return raise_(guest, signal)


@env.function("_sigprocmask")
@env.function("_pthread_sigmask", failure=positive_errno)
def sigprocmask(guest: EmscriptenGuest, how: I32, new: In[U64] | None, old: Out[U64] | None) -> I32:
    """Change which signals are held back. Errors: EINVAL."""
    signals = guest.part(Signals)
    present = signals.blocked
    if old:
        old.set(present)
    if new is None:
        return 0
    if how not in (SIG_BLOCK, SIG_UNBLOCK, SIG_SETMASK):
        raise SysError(Errno.EINVAL)
    signals.block((present | new, present & ~new, new)[how])
    return 0


@env.function("_sigpending")
def sigpending(guest: EmscriptenGuest, result: Out[U64]) -> I32:
    """Which signals are held back and were sent."""
    signals = guest.part(Signals)
    signals.alarm.ring_if_due()
    result.set(signals.pending)
    return 0


NONE_ELSE = "-1 and EINTR at once where no alarm is set: no other signal comes from elsewhere"


@env.function("_sigsuspend", level=PARTIAL, note=NONE_ELSE)
def sigsuspend(guest: EmscriptenGuest, mask: In[U64]) -> I32:
    """Wait for a signal while just those in `mask` are held back. Errors: EINTR, always."""
    signals = guest.part(Signals)
    signals.wait_with(mask, signals.wait)


@env.function("_pause", level=PARTIAL, note=NONE_ELSE)
def pause(guest: EmscriptenGuest) -> I32:
    """Wait for a signal. Errors: EINTR, always."""
    guest.part(Signals).wait()


# --- sets

# musl's functions touch the first 64 bits of the 1,024, as there are 64 signals.


@env.function("_sigemptyset")
def sigemptyset(result: Out[U64]) -> I32:
    """No signal."""
    result.set(0)
    return 0


@env.function("_sigfillset")
def sigfillset(result: Out[U64]) -> I32:
    """Every signal."""
    result.set(2**LAST - 1)
    return 0


@env.function("_sigaddset")
def sigaddset(signals: InOut[U64], signal: I32) -> I32:
    """Add a signal. Errors: EINVAL."""
    check(signal)
    signals.set(signals.get() | 1 << (signal - 1))
    return 0


@env.function("_sigdelset")
def sigdelset(signals: InOut[U64], signal: I32) -> I32:
    """Remove a signal. Errors: EINVAL."""
    check(signal)
    signals.set(signals.get() & ~(1 << (signal - 1)))
    return 0


@env.function("_sigismember")
def sigismember(signals: In[U64], signal: I32) -> I32:
    """Whether a signal is in a set. Errors: EINVAL."""
    check(signal)
    return signals >> (signal - 1) & 1


@env.function("_siginterrupt")
def siginterrupt(guest: EmscriptenGuest, signal: I32, flag: I32) -> I32:
    """Set whether a signal interrupts system calls. Errors: EINVAL."""
    former = Sigaction()
    _set_action(guest, signal, None, former)
    former.flags = former.flags & ~SA_RESTART if flag else former.flags | SA_RESTART
    _set_action(guest, signal, former, Sigaction())
    return 0


@env.function("___libc_current_sigrtmin")
def libc_current_sigrtmin() -> I32:
    """The lowest real-time signal for programs."""
    return 35


@env.function("___libc_current_sigrtmax")
def libc_current_sigrtmax() -> I32:
    """The highest."""
    return LAST


# --- timers

WAITING = "it arrives only while a call waits, or once the program has returned and lives on"
SECOND, MICROSECOND = 1_000_000_000, 1000
"""Nanoseconds."""
ITIMER_REAL, LAST_ITIMER = 0, 2


class ProcessorTimers(dict[int, Itimerval]):
    """ITIMER_VIRTUAL and ITIMER_PROF, as they were set."""

    def __init__(self, guest: EmscriptenGuest) -> None:
        super().__init__()


@env.function("_alarm", level=PARTIAL, note=WAITING)
def alarm(guest: EmscriptenGuest, seconds: U32) -> U32:
    """Send SIGALRM after a time; 0 is never. Returns the seconds that were left to the former one."""
    alarm = guest.part(Signals).alarm
    left = -(-alarm.left // SECOND)
    alarm.set(seconds * SECOND)
    return left


@env.function("_ualarm", level=PARTIAL, note=WAITING)
def ualarm(guest: EmscriptenGuest, microseconds: U32, interval: U32) -> U32:
    """Send SIGALRM after a time, and then every `interval` microseconds. Returns those left to the former one."""
    alarm = guest.part(Signals).alarm
    left = -(-alarm.left // MICROSECOND)
    alarm.set(microseconds * MICROSECOND, interval * MICROSECOND)
    return left


def set_interval_timer(guest: EmscriptenGuest, which: int, new: Itimerval) -> None:
    """Set a timer. Those of processor time never run out: the program is not interrupted. Errors: EINVAL."""
    if not (0 <= new.value.usec < 1_000_000 and 0 <= new.interval.usec < 1_000_000):
        raise SysError(Errno.EINVAL)
    if which == ITIMER_REAL:
        guest.part(Signals).alarm.set(_nanoseconds(new.value), _nanoseconds(new.interval))
    else:
        guest.part(ProcessorTimers)[which] = new


def interval_timer(guest: EmscriptenGuest, which: int) -> Itimerval:
    """What is left of a timer. Errors: EINVAL."""
    if not 0 <= which <= LAST_ITIMER:
        raise SysError(Errno.EINVAL)
    if which != ITIMER_REAL:
        return guest.part(ProcessorTimers).get(which) or Itimerval()
    alarm = guest.part(Signals).alarm
    return Itimerval(interval=_timeval(alarm.interval), value=_timeval(alarm.left))


def _nanoseconds(time: Timeval) -> int:
    return max(0, time.sec) * SECOND + time.usec * MICROSECOND


def _timeval(nanoseconds: int) -> Timeval:
    microseconds = -(-nanoseconds // MICROSECOND)
    return Timeval(sec=microseconds // 1_000_000, usec=microseconds % 1_000_000)


REAL_TIME = f"ITIMER_REAL: {WAITING}; timers of processor time never run out"


@env.function("_setitimer", level=PARTIAL, note=REAL_TIME)
def setitimer(guest: EmscriptenGuest, which: I32, new: In[Itimerval], old: Out[Itimerval] | None) -> I32:
    """Set an interval timer, and tell what was left of it. Errors: EINVAL."""
    former = interval_timer(guest, which)
    set_interval_timer(guest, which, new)
    if old:
        old.set(former)
    return 0


@env.function("_getitimer", level=PARTIAL, note=REAL_TIME)
def getitimer(guest: EmscriptenGuest, which: I32, result: Out[Itimerval]) -> I32:
    """Tell what is left of an interval timer. Errors: EINVAL."""
    result.set(interval_timer(guest, which))
    return 0
