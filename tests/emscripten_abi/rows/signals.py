"""Signals that a program sends itself."""

from __future__ import annotations

from tests.calls import BEYOND, Call, Out, Place, Words, call, case, poke, syscall, u32, u64

from .guest import E, errno
from .layouts import POLLFD, SIGACTION, TIMESPEC

USR1, USR2, ALRM, CHLD, KILL = 10, 12, 14, 17, 9
BLOCK, UNBLOCK, SETMASK = range(3)
SIG_DFL, SIG_IGN, SIG_ERR = 0, 1, -1
SA_SIGINFO, SA_RESTART, SA_RESETHAND = 4, 0x10000000, 0x80000000
WRITES = 3000
"""Where the arguments of a write are, which a handler makes."""
SET = Place(u64(0) + b"?" * 120)
REST = b"?" * 120
HANDLER = SIGACTION(sa_handler=7, sa_mask=bytes(range(128)), sa_flags=SA_SIGINFO, sa_restorer=3)


def bit(signal: int) -> int:
    return 1 << (signal - 1)


def on_alarm(flags: int) -> tuple[Call, Call]:
    """A handler for an alarm, and one alarm."""
    return (
        call("_sigaction", ALRM, SIGACTION(sa_handler=7, sa_flags=flags), 0),
        call("_ualarm", 50_000, 0, gives=0),
    )


RANG = [("vi", 7, ALRM)]

CASES = [
    case(
        "an alarm interrupts what waits",
        syscall(42, Out(u32(3, 4))),
        *on_alarm(0),
        syscall(3, 3, Out(b"", 8), 8, gives=-E.INTR, calls=RANG),
        *on_alarm(SA_RESTART),
        syscall(168, POLLFD(fd=3, events=1), 1, -1, gives=-E.INTR, calls=RANG),
        *on_alarm(SA_RESTART),
        syscall(142, 4, Out(u32(8), before=u32(8)), 0, 0, 0, gives=-E.INTR, calls=RANG),
        *on_alarm(SA_RESTART),
        call("_pause", gives=-1, writes=errno(E.INTR), calls=RANG),
        syscall(3, 3, Out(b"", 8), 8, gives=-E.AGAIN),
    ),
    case(
        "a read goes on after an alarm whose handler has written, if it was set so",
        syscall(42, Out(u32(3, 4))),
        poke(WRITES, u32(4, WRITES + 12, 1) + b"x"),
        *on_alarm(SA_RESTART),
        syscall(3, 3, Out(b"x", 8), 8, gives=1, calls=RANG),
        call("_siginterrupt", ALRM, 1),
        call("_ualarm", 50_000, 0, gives=0),
        syscall(3, 3, Out(b"", 8), 8, gives=-E.INTR, calls=RANG),
        functions={7: call("___syscall4", 4, WRITES, gives=1)},
    ),
    case(
        "a signal is held back while its handler runs, and those that the handler is to be spared",
        call("_sigaction", USR1, SIGACTION(sa_handler=7, sa_mask=u64(bit(USR2))), 0),
        call("_signal", USR2, 8, gives=SIG_DFL),
        call("_raise", USR1, calls=[("vi", 7, USR1), ("vi", 8, USR2)]),
        call("_sigpending", Out(u64(0), 128)),
        functions={7: call("_raise", USR2)},
    ),
    case(
        "pselect waits with another mask",
        call("_sigprocmask", BLOCK, u64(bit(ALRM)), 0),
        *on_alarm(0),
        syscall(308, 0, 0, 0, 0, TIMESPEC(tv_nsec=100_000_000), 0),
        syscall(308, 0, 0, 0, 0, TIMESPEC(tv_sec=1), Words(u64(0), 8), gives=-E.INTR, calls=RANG),
        call("_ualarm", 50_000, 0, gives=0),
        syscall(308, 0, 0, 0, 0, 0, Words(u64(0), 8), gives=-E.INTR, calls=RANG),
        call("_ualarm", 50_000, 0, gives=0),
        syscall(308, 0, 0, 0, 0, TIMESPEC(tv_nsec=100_000_000), Words(0, 8)),
        syscall(308, 0, 0, 0, 0, TIMESPEC(tv_nsec=-1), 0, gives=-E.INVAL),
        syscall(308, 0, 0, 0, 0, 0, BEYOND, gives=-E.FAULT),
    ),
    case(
        "signal: a handler, none, and the default, which ends the program",
        call("_signal", USR1, 7, gives=SIG_DFL),
        call("_raise", USR1, calls=[("vi", 7, USR1)]),
        call("_signal", USR1, SIG_IGN, gives=7),
        call("_raise", USR1),
        call("_signal", USR1, SIG_DFL, gives=SIG_IGN),
        call("_raise", CHLD),
        call("_raise", 0),
        call("_signal", 65, 7, gives=SIG_ERR, writes=errno(E.INVAL)),
        call("_signal", KILL, 7, gives=SIG_ERR, writes=errno(E.INVAL)),
        call("_raise", 65, gives=-1, writes=errno(E.INVAL)),
        call("_raise", USR1, gives=0, ends="killed by signal 10 (SIGUSR1)"),
    ),
    case(
        "sigaction keeps what it is given",
        call("_sigaction", USR1, HANDLER, 0),
        call("_sigaction", USR1, 0, Out(HANDLER)),
        call("_raise", USR1, calls=[("viii", 7, USR1, 0, 0)]),
        call("_sigaction", USR1, SIGACTION(sa_handler=8, sa_flags=SA_RESETHAND), Out(HANDLER)),
        call("_raise", USR1, calls=[("vi", 8, USR1)]),
        call("_sigaction", USR1, 0, Out(SIGACTION())),
        call("_sigaction", 0, HANDLER, 0, gives=-1, writes=errno(E.INVAL)),
        call("_sigaction", KILL, HANDLER, 0, gives=-1, writes=errno(E.INVAL)),
        call("_sigaction", USR1, BEYOND, 0, gives=-1, writes=errno(E.FAULT)),
        call("_sigaction", USR1, 0, BEYOND, gives=-1, writes=errno(E.FAULT)),
    ),
    case(
        "kill and killpg reach the program itself, and no other",
        call("_signal", USR1, 7, gives=SIG_DFL),
        *(call("_kill", pid, USR1, calls=[("vi", 7, USR1)]) for pid in (42, 0, -42, -1)),
        call("_kill", 7, USR1, gives=-1, writes=errno(E.SRCH)),
        call("_kill", 42, 65, gives=-1, writes=errno(E.INVAL)),
        *(call("_killpg", group, USR1, calls=[("vi", 7, USR1)]) for group in (42, 0)),
        call("_killpg", 7, USR1, gives=-1, writes=errno(E.SRCH)),
    ),
    *(
        case(
            f"{name} holds signals back",
            call("_signal", USR1, 7, gives=SIG_DFL),
            call(name, BLOCK, u64(bit(USR1)) + REST, Out(u64(0), 128)),
            call("_raise", USR1),
            call("_sigpending", Out(u64(bit(USR1)), 128)),
            call(name, BLOCK, u64(bit(USR2)) + REST, Out(u64(bit(USR1)), 128)),
            call(name, UNBLOCK, u64(bit(USR2)) + REST, 0),
            call(name, SETMASK, u64(0) + REST, Out(u64(bit(USR1)), 128), calls=[("vi", 7, USR1)]),
            call("_sigpending", Out(u64(0), 128)),
            *failures,
            call("_sigpending", BEYOND, gives=-1, writes=errno(E.FAULT)),
        )
        for name, failures in (
            (
                "_sigprocmask",
                (
                    call("_sigprocmask", 3, u64(0), 0, gives=-1, writes=errno(E.INVAL)),
                    call("_sigprocmask", BLOCK, BEYOND, 0, gives=-1, writes=errno(E.FAULT)),
                ),
            ),
            (
                "_pthread_sigmask",
                (
                    call("_pthread_sigmask", 3, u64(0), 0, gives=E.INVAL),
                    call("_pthread_sigmask", BLOCK, BEYOND, 0, gives=E.FAULT),
                ),
            ),
        )
    ),
    case(
        "sets have a bit for each of 64 signals",
        call("_sigfillset", SET.then(u64(2**64 - 1) + REST)),
        call("_sigemptyset", SET.then(u64(0) + REST)),
        call("_sigaddset", SET.then(u64(bit(64)) + REST), 64),
        call("_sigaddset", SET.then(u64(bit(64) | bit(1)) + REST), 1),
        call("_sigismember", SET, 64, gives=1),
        call("_sigismember", SET, 63, gives=0),
        call("_sigdelset", SET.then(u64(bit(1)) + REST), 64),
        *(
            call(f"_sig{name}", SET, signal, gives=-1, writes=errno(E.INVAL))
            for name in ("addset", "delset", "ismember")
            for signal in (0, 65)
        ),
        *(call(f"_sig{name}", BEYOND, gives=-1, writes=errno(E.FAULT)) for name in ("fillset", "emptyset")),
        *(call(f"_sig{name}", BEYOND, 1, gives=-1, writes=errno(E.FAULT)) for name in ("addset", "delset", "ismember")),
    ),
    case(
        "numbers of signals",
        call("_siginterrupt", USR1, 1),
        call("_siginterrupt", 65, 1, gives=-1, writes=errno(E.INVAL)),
        call("___libc_current_sigrtmin", gives=35),
        call("___libc_current_sigrtmax", gives=64),
    ),
]
