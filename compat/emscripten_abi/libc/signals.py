"""Signals: what a program sends itself arrives at once; nothing else ever sends one.

The JavaScript kept no handlers and failed `raise`. Source: POSIX signal.h, musl's numbers and structs.
"""

from __future__ import annotations

from compat.abi.kinds import I32, U32, U64, In, InOut, Out, Pointer
from compat.abi.row import STUB, Table
from compat.emscripten_abi.errno import positive_errno, set_errno
from compat.emscripten_abi.guest import EmscriptenGuest
from compat.emscripten_abi.structs import Itimerval, Sigaction
from compat.errors import Abort
from compat.kernel.errno import Errno, SysError

env = Table("env", "signals", failure=set_errno(-1))

LAST = 64
"""The highest signal."""
SIGKILL, SIGSTOP = 9, 19
IGNORED_BY_DEFAULT = {17, 18, 20, 21, 22, 23, 28}
"""SIGCHLD, SIGCONT, the three that stop a job (there is nobody to start it again), SIGURG, SIGWINCH."""
NAMES = {1: "SIGHUP", 2: "SIGINT", 3: "SIGQUIT", 4: "SIGILL", 6: "SIGABRT", 8: "SIGFPE", 9: "SIGKILL", 11: "SIGSEGV"}
NAMES |= {10: "SIGUSR1", 12: "SIGUSR2", 13: "SIGPIPE", 14: "SIGALRM", 15: "SIGTERM", 19: "SIGSTOP"}
SIG_DFL, SIG_IGN, SIG_ERR = 0, 1, 0xFFFF_FFFF
SA_SIGINFO = 4
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

    def send(self, signal: int) -> None:
        """Deliver a signal, or keep it while it is blocked. Raises Abort where it ends the program."""
        if signal == 0:
            return
        bit = 1 << (signal - 1)
        if self.blocked & bit & ~UNBLOCKABLE:
            self.pending |= bit
            return
        action = self.actions.get(signal) or Sigaction()
        if action.handler == SIG_IGN or (action.handler == SIG_DFL and signal in IGNORED_BY_DEFAULT):
            return
        if action.handler == SIG_DFL:
            raise Abort(f"killed by signal {signal} ({NAMES.get(signal, 'no name')}), which the program sent itself")
        if action.flags & SA_RESETHAND:
            del self.actions[signal]
        if action.flags & SA_SIGINFO:
            self._guest.call_pointer("viii", action.handler, signal, 0, 0)
        else:
            self._guest.call_pointer("vi", action.handler, signal)

    def block(self, mask: int) -> None:
        """Set which signals are held back, and deliver those that no longer are."""
        self.blocked = mask
        released = self.pending & ~mask
        self.pending &= mask
        for signal in range(1, LAST + 1):
            if released >> (signal - 1) & 1:
                self.send(signal)


def _check(signal: int) -> None:
    if not 1 <= signal <= LAST:
        raise SysError(Errno.EINVAL)


@env.function("_signal", failure=set_errno(SIG_ERR))
def signal(guest: EmscriptenGuest, signal: I32, handler: Pointer) -> Pointer:
    """Set the handler of a signal, and return the former one. Errors: EINVAL."""
    former = Sigaction()
    _set_action(guest, signal, Sigaction(handler=handler), former)
    return former.handler


def _set_action(guest: EmscriptenGuest, signal: int, new: Sigaction | None, old: Sigaction) -> None:
    _check(signal)
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
        _check(signal)
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
    result.set(guest.part(Signals).pending)
    return 0


@env.function("_sigsuspend", level=STUB, note="-1 and EINTR at once: no signal ever arrives from elsewhere")
def sigsuspend(mask: Pointer) -> I32:
    """Wait for a signal. Errors: EINTR."""
    raise SysError(Errno.EINTR)


@env.function("_pause", level=STUB, note="-1 and EINTR at once: no signal ever arrives from elsewhere")
def pause() -> I32:
    """Wait for a signal. Errors: EINTR."""
    raise SysError(Errno.EINTR)


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
    _check(signal)
    signals.set(signals.get() | 1 << (signal - 1))
    return 0


@env.function("_sigdelset")
def sigdelset(signals: InOut[U64], signal: I32) -> I32:
    """Remove a signal. Errors: EINVAL."""
    _check(signal)
    signals.set(signals.get() & ~(1 << (signal - 1)))
    return 0


@env.function("_sigismember")
def sigismember(signals: In[U64], signal: I32) -> I32:
    """Whether a signal is in a set. Errors: EINVAL."""
    _check(signal)
    return signals >> (signal - 1) & 1


@env.function("_siginterrupt")
def siginterrupt(signal: I32, flag: I32) -> I32:
    """Whether a signal interrupts system calls; none is ever in one."""
    _check(signal)
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

NO_TIMERS = "no time ever runs out: a signal could only come while the program runs, and it is not interrupted"


@env.function("_alarm", level=STUB, note=f"0; {NO_TIMERS}")
def alarm(seconds: U32) -> I32:
    """Send SIGALRM after a time."""
    return 0


@env.function("_ualarm", level=STUB, note=f"0; {NO_TIMERS}")
def ualarm(microseconds: U32, interval: U32) -> I32:
    """Send SIGALRM after a time."""
    return 0


@env.function("_setitimer", level=STUB, note=f"0; {NO_TIMERS}")
def setitimer(which: I32, new: In[Itimerval], old: Out[Itimerval] | None) -> I32:
    """Set an interval timer."""
    if old:
        old.set(Itimerval())
    return 0


@env.function("_getitimer", level=STUB, note=f"0 and a timer that is not set; {NO_TIMERS}")
def getitimer(which: I32, result: Out[Itimerval]) -> I32:
    """Ask an interval timer."""
    result.set(Itimerval())
    return 0
