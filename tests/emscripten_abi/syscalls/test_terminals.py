from __future__ import annotations

import os
import sys

import pytest

from compat.emscripten_abi.structs import Termios, Winsize
from compat.emscripten_abi.syscalls.terminals import syscalls
from compat.kernel.files import OpenFlags
from tests.emscripten_abi.world import SIZE, World

TCGETS, TCSETS, TIOCGPGRP, TIOCSPGRP, TIOCGWINSZ, FIONREAD, FIONBIO = (
    0x5401,
    0x5402,
    0x540F,
    0x5410,
    0x5413,
    0x541B,
    0x5421,
)


def test_a_terminal_is_cooked_and_has_a_size(world: World) -> None:
    assert world.syscall(syscalls, 54, 0, TCGETS, 0x100) == 0
    settings = Termios.unpack(world.memory.read(0x100, 60))
    assert settings.lflag & 0o12 == 0o12
    assert settings.cc[0] == 3
    assert world.untouched(0x13C, 0x160)
    assert world.syscall(syscalls, 54, 1, TIOCGWINSZ, 0x200) == 0
    size = Winsize.unpack(world.memory.read(0x200, 8))
    assert (size.row, size.col) == (24, 80)
    assert world.syscall(syscalls, 54, 0, TIOCGPGRP, 0x300) == 0
    assert world.memory.load_i32(0x300) == 42
    assert world.syscall(syscalls, 54, 0, TIOCSPGRP, 0x300) == -22


def test_settings_are_read_back(world: World) -> None:
    raw = Termios(lflag=0o1, cc=bytes(32)).pack()
    world.memory.write(0x100, raw)
    assert world.syscall(syscalls, 54, 0, TCSETS, 0x100) == 0
    assert world.syscall(syscalls, 54, 1, TCGETS, 0x200) == 0
    assert world.memory.read(0x200, 61) == raw + b"?"
    assert [world.syscall(syscalls, 54, 0, request, 0x100) for request in (0x5405, 0x5406, 0x5407)] == [-22] * 3
    assert world.syscall(syscalls, 54, 0, TCSETS, SIZE - 4) == -14


@pytest.mark.skipif(sys.platform == "win32", reason="it has no pseudo-terminals")
def test_input_of_the_host_s_terminal_is_set_and_set_back() -> None:
    import pty
    import termios

    master, slave = pty.openpty()
    before = termios.tcgetattr(slave)
    world = World(terminal=slave)
    world.syscall(syscalls, 54, 0, TCGETS, 0x100)
    settings = Termios.unpack(world.memory.read(0x100, 60))
    settings.iflag, settings.lflag = 0, 0
    world.memory.write(0x100, settings.pack())
    assert world.syscall(syscalls, 54, 0, TCSETS, 0x100) == 0
    iflag, _, _, lflag, *_ = termios.tcgetattr(slave)
    assert not iflag & termios.ICRNL
    assert not lflag & (termios.ICANON | termios.ECHO)
    assert lflag & termios.ISIG, "the user can always stop the guest"
    os.write(master, b"q\r")
    assert world.process.files[0].read(10) == b"q\r"
    world.process.close()
    assert termios.tcgetattr(slave) == before
    os.close(slave)
    os.close(master)


def test_what_is_no_terminal_says_so(world: World) -> None:
    fd = world.process.files.open(world.process.fs.open("/dev/null", OpenFlags.READ))
    assert [world.syscall(syscalls, 54, fd, n, 0x100) for n in (TCGETS, TIOCGWINSZ, TCSETS)] == [-25, -25, -25]
    assert world.untouched(0x100, 0x140)
    assert world.syscall(syscalls, 54, 77, TCGETS, 0x100) == -9
    assert world.syscall(syscalls, 54, 0, 0x9999, 0x100) == -22


def test_how_much_can_be_read() -> None:
    world = World(stdin=b"12345")
    assert world.syscall(syscalls, 54, 0, FIONREAD, 0x100) == 0
    assert world.memory.load_i32(0x100) == 5
    world.memory.store_32(0x100, 1)
    assert world.syscall(syscalls, 54, 0, FIONBIO, 0x100) == 0
    assert OpenFlags.NONBLOCK in world.process.files[0].flags
    world.process.close()
