"""ioctl(2): what is asked of terminals, how much can be read, and where data out of band is."""

from __future__ import annotations

from compat._enum import Enum
from compat.abi.kinds import I32, U32
from compat.abi.row import PARTIAL, Table
from compat.emscripten_abi.errno import negative_errno
from compat.emscripten_abi.guest import EmscriptenGuest
from compat.emscripten_abi.kinds import File
from compat.emscripten_abi.structs import Termios, Winsize
from compat.kernel.errno import Errno, SysError
from compat.kernel.files import OpenFile, OpenFlags
from compat.kernel.stat import InputModes

syscalls = Table("env", "syscalls", failure=negative_errno)


class Ioctl(Enum):
    """Linux's numbers of the requests."""

    TCGETS = 0x5401
    TCSETS = 0x5402
    TCSETSW = 0x5403
    TCSETSF = 0x5404
    TCGETA = 0x5405
    TCSETA = 0x5406
    TCSETAW = 0x5407
    TCSETAF = 0x5408
    TIOCGPGRP = 0x540F
    TIOCSPGRP = 0x5410
    TIOCGWINSZ = 0x5413
    TIOCSWINSZ = 0x5414
    FIONREAD = 0x541B
    FIONBIO = 0x5421
    SIOCATMARK = 0x8905


ICRNL, ICANON, ECHO = 0o400, 0o2, 0o10
VTIME, VMIN = 5, 6
CONTROL_CHARACTERS = bytes([3, 28, 127, 21, 4, 0, 1, 0, 17, 19, 26, 0, 18, 15, 23, 22, 0])
"""Ctrl-C, Ctrl-\\, DEL, Ctrl-U, Ctrl-D … in the order of c_cc."""
COOKED = Termios(
    iflag=0o0002400,  # ICRNL | IXON
    oflag=0o0000005,  # OPOST | ONLCR
    cflag=0o0000277,  # B38400 | CS8 | CREAD
    lflag=0o0105073,  # ISIG | ICANON | ECHO | ECHOE | ECHOK | ECHOCTL | ECHOKE | IEXTEN
    cc=CONTROL_CHARACTERS,
    ispeed=0o17,
    ospeed=0o17,
)
"""What a terminal is set to on Linux when it is opened."""


@syscalls.varargs(
    "___syscall54",
    variadic=True,
    level=PARTIAL,
    note="of a terminal's settings, those of input have an effect, but for the keys that send signals",
)
def ioctl(guest: EmscriptenGuest, file: File, request: Ioctl, argument: U32) -> I32:
    """Control a device. Errors: EBADF, EINVAL (other requests), ENOTTY (no terminal)."""
    match request:
        case Ioctl.FIONREAD:
            guest.memory.store_32(argument, file.available())
            return 0
        case Ioctl.SIOCATMARK:
            guest.memory.store_32(argument, file.at_mark())
            return 0
        case Ioctl.FIONBIO:
            _set_nonblocking(file, bool(guest.memory.load_i32(argument)))
            return 0
    if not file.isatty():
        raise SysError(Errno.ENOTTY)
    match request:
        case Ioctl.TCGETS:
            guest.memory.write(argument, guest.part(Terminal).settings.pack())
        case Ioctl.TCSETS | Ioctl.TCSETSW | Ioctl.TCSETSF:
            guest.part(Terminal).settings = settings = Termios.unpack(guest.memory.view(argument, Termios.sizeof()))
            file.set_input_modes(_input_modes(settings))
        case Ioctl.TIOCGPGRP:
            guest.memory.store_32(argument, guest.process.pid)
        case Ioctl.TIOCGWINSZ:
            size = file.window_size()
            guest.memory.write(argument, Winsize(row=size.rows, col=size.columns).pack())
        case Ioctl.TIOCSWINSZ:
            pass  # It has the size of the host's, which is not the guest's to set; Linux only remembers it, too.
        case _:
            raise SysError(Errno.EINVAL)
    return 0


class Terminal:
    """The terminal of the program's standard streams."""

    def __init__(self, guest: EmscriptenGuest) -> None:
        self.settings = COOKED


def _input_modes(settings: Termios) -> InputModes:
    return InputModes(
        lines=bool(settings.lflag & ICANON),
        echo=bool(settings.lflag & ECHO),
        return_is_newline=bool(settings.iflag & ICRNL),
        minimum=settings.cc[VMIN],
        tenths=settings.cc[VTIME],
    )


def _set_nonblocking(file: OpenFile, value: bool) -> None:
    file.set_flags(file.flags | OpenFlags.NONBLOCK if value else file.flags & ~OpenFlags.NONBLOCK)
