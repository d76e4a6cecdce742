from __future__ import annotations

import pytest

from compat.emscripten_abi.structs import Dirent, SmallDirent
from compat.emscripten_abi.syscalls.directories import syscalls
from compat.kernel.files import OpenFlags, Whence
from tests.emscripten_abi.world import World


def test_making_and_removing(world: World) -> None:
    assert world.syscall(syscalls, 39, world.text("/tmp/a"), 0o750) == 0
    assert world.process.fs.stat("/tmp/a").mode == 0o750
    assert world.syscall(syscalls, 39, world.text("/tmp/a/"), 0o750) == -17
    fd = world.process.files.open(world.process.fs.open("/tmp/a", OpenFlags.READ))
    assert world.syscall(syscalls, 296, fd, world.text("b"), 0o700) == 0
    assert world.syscall(syscalls, 40, world.text("/tmp/a")) == -39
    assert world.syscall(syscalls, 40, world.text("/tmp/a/b")) == 0
    assert world.syscall(syscalls, 40, world.text("/dev/null")) == -20


def test_the_working_directory(world: World) -> None:
    assert world.syscall(syscalls, 12, world.text("/home")) == 0
    assert world.syscall(syscalls, 12, world.text("web_user")) == 0
    assert world.syscall(syscalls, 183, 0x100, 15) == 0x100
    assert world.memory.read(0x100, 16) == b"/home/web_user\0?"
    assert world.syscall(syscalls, 183, 0x100, 14) == -34
    assert world.syscall(syscalls, 183, 0x100, 0) == -22
    assert world.syscall(syscalls, 12, world.text("/dev/null")) == -20
    fd = world.process.files.open(world.process.fs.open("/tmp", OpenFlags.READ))
    assert world.syscall(syscalls, 133, fd) == 0
    assert world.process.getcwd() == "/tmp"
    assert world.syscall(syscalls, 133, 1) == -20


@pytest.mark.parametrize(("release", "layout"), [("1.38.12", SmallDirent), ("1.38.43", Dirent)])
def test_entries_come_in_records_of_the_release(release: str, layout: type[Dirent | SmallDirent]) -> None:
    world = World(release)
    for name in ("x", "é"):
        world.process.fs.mkdir(f"/tmp/{name}")
    fd = world.process.files.open(world.process.fs.open("/tmp", OpenFlags.READ))
    size = layout.sizeof()
    assert world.syscall(syscalls, 220, fd, 0x1000, size - 1) == -22
    found = []
    while used := world.syscall(syscalls, 220, fd, 0x1000, 2 * size + 5):
        assert used % size == 0
        for at in range(0x1000, 0x1000 + used, size):
            found.append(layout.unpack(world.memory.read(at, size)))
    assert [entry.name.rstrip(b"\0").decode() for entry in found] == [".", "..", "x", "é"]
    assert {(entry.type, entry.reclen) for entry in found} == {(4, size)}
    assert found[2].ino == world.process.fs.stat("/tmp/x").ino
    world.process.files[fd].seek(found[1].off, Whence.SET)
    assert world.syscall(syscalls, 220, fd, 0x1000, size) == size
    assert layout.unpack(world.memory.read(0x1000, size)).name.rstrip(b"\0") == b"x"
    assert world.syscall(syscalls, 220, 0, 0x1000, size) == -20
    world.process.close()
