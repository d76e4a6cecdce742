from __future__ import annotations

import pytest

from compat.kernel.clock import SteppingClock
from compat.kernel.entropy import SeededEntropy
from compat.kernel.errno import Errno
from compat.kernel.files import OpenFlags, Whence
from compat.kernel.paths import FileSystem
from compat.kernel.stat import FileType
from compat.kernel.vfs import devices
from compat.kernel.vfs.memory import MemoryVolume
from compat.kernel.vfs.stream import BytesInput, CapturedOutput
from tests.kernel.support import CREATE, RW, raises


@pytest.fixture
def volume() -> MemoryVolume:
    return MemoryVolume(SteppingClock())


@pytest.fixture
def fs(volume: MemoryVolume) -> FileSystem:
    fs = FileSystem(volume.root)
    fs.mkdir("/dev")
    dev = fs.directory("/dev")
    volume.add(dev, "null", devices.null(volume))
    volume.add(dev, "zero", devices.zero(volume))
    volume.add(dev, "full", devices.full(volume))
    volume.add(dev, "urandom", devices.random(volume, SeededEntropy(b"s")))
    return fs


def test_what_they_read_and_take(fs: FileSystem) -> None:
    null, zero, full, random = (fs.open(f"/dev/{name}", RW) for name in ("null", "zero", "full", "urandom"))
    assert (null.read(5), zero.read(5), full.read(5)) == (b"", bytes(5), bytes(5))
    assert random.read(100_000) == SeededEntropy(b"s").bytes(100_000)
    assert (null.write(b"abc"), zero.write(b"abc"), random.write(b"abc")) == (3, 3, 3)
    with raises(Errno.ENOSPC):
        full.write(b"abc")
    assert null.seek(100, Whence.SET) == 0


def test_zero_overwrites_what_the_buffer_held(fs: FileSystem) -> None:
    buffer = bytearray(b"??????")
    fs.open("/dev/zero", RW).readv([memoryview(buffer)[1:3], memoryview(buffer)[4:5]])
    assert buffer == b"?\0\0?\0?"


def test_they_are_character_devices(fs: FileSystem) -> None:
    stat = fs.stat("/dev/null")
    assert (stat.type, stat.rdev, stat.size) == (FileType.CHARACTER_DEVICE, 0x103, 0)
    assert fs.open("/dev/null", CREATE | OpenFlags.TRUNCATE).stat() == stat
    with raises(Errno.EINVAL):
        fs.truncate("/dev/null", 0)
    with raises(Errno.ENOTDIR):
        fs.stat("/dev/null/x")


def test_a_stream_has_a_name(volume: MemoryVolume, fs: FileSystem) -> None:
    output = CapturedOutput()
    terminal = devices.stream(volume, BytesInput(b"typed"), output, devices.device_number(5, 0))
    volume.add(fs.directory("/dev"), "tty", terminal)
    file = fs.open("/dev/tty", RW)
    assert file.read(9) == b"typed"
    file.write(b"shown")
    assert output.getvalue() == b"shown"
    assert not file.isatty()
    with raises(Errno.EBADF):
        fs.open("/dev/tty", OpenFlags.READ).write(b"x")


def test_a_place_that_is_taken(volume: MemoryVolume, fs: FileSystem) -> None:
    used = volume.used
    with raises(Errno.EEXIST):
        volume.add(fs.directory("/dev"), "null", devices.null(volume))
    assert volume.used in (used, used + 1024)
