from __future__ import annotations

import pytest

from compat.emscripten_abi.structs import SmallStat, Stat, Statfs, Timespec, Timeval
from compat.emscripten_abi.syscalls.paths import syscalls
from compat.kernel.files import OpenFlags
from tests.emscripten_abi.world import World

SECOND = 1_000_000_000
OLD, NEW = 0x3_C000, 0x3_D000


def make(world: World, path: str, content: bytes = b"content") -> int:
    """The descriptor of a new file."""
    file = world.process.fs.open(path, OpenFlags.READ | OpenFlags.WRITE | OpenFlags.CREATE, 0o640)
    file.write(content)
    return world.process.files.open(file)


@pytest.mark.parametrize(("release", "layout"), [("1.38.12", SmallStat), ("1.38.43", Stat)])
def test_stat_fills_the_struct_of_the_release_and_no_more(release: str, layout: type[Stat | SmallStat]) -> None:
    world = World(release)
    fd = make(world, "/tmp/file")
    for slots in ((195, world.text("/tmp/file"), 0x100), (197, fd, 0x100), (196, world.text("/tmp/file"), 0x100)):
        world.memory.write(0x100, b"?" * 100)
        assert world.syscall(syscalls, *slots) == 0
        stat = layout.unpack(world.memory.read(0x100, layout.sizeof()))
        expected = world.process.fs.stat("/tmp/file")
        assert (stat.mode, stat.size, stat.nlink, stat.ino) == (0o100640, 7, 1, expected.ino)
        assert stat.ino_truncated == expected.ino
        assert stat.mtim.sec * SECOND + stat.mtim.nsec == expected.mtime
        assert world.untouched(0x100 + layout.sizeof(), 0x100 + 100)
    world.process.close()


def test_links_are_followed_or_not(world: World) -> None:
    make(world, "/tmp/file")
    assert world.syscall(syscalls, 83, world.text("file", OLD), world.text("/tmp/link", NEW)) == 0
    world.syscall(syscalls, 195, NEW, 0x100)
    world.syscall(syscalls, 196, NEW, 0x200)
    world.syscall(syscalls, 300, -100, NEW, 0x300, 0x100)
    modes = [Stat.unpack(world.memory.read(at, Stat.sizeof())).mode & 0o170000 for at in (0x100, 0x200, 0x300)]
    assert modes == [0o100000, 0o120000, 0o120000]
    assert world.syscall(syscalls, 300, -100, NEW, 0x300, 0x8000) == -22
    assert world.syscall(syscalls, 85, NEW, 0x400, 3) == 3
    assert world.memory.read(0x400, 4) == b"fil?"
    assert world.syscall(syscalls, 85, NEW, 0x400, 0) == -22
    assert world.syscall(syscalls, 305, -100, NEW, 0x400, 100) == 4


def test_access(world: World) -> None:
    make(world, "/tmp/file")
    path = world.text("/tmp/file")
    assert [world.syscall(syscalls, 33, path, mode) for mode in (0, 4, 6, 1, 8)] == [0, 0, 0, -13, -22]
    assert world.syscall(syscalls, 307, -100, path, 4) == 0
    assert world.syscall(syscalls, 33, world.text("/nowhere"), 0) == -2


def test_permissions(world: World) -> None:
    fd = make(world, "/tmp/file")
    for call, mode in (((15, world.text("/tmp/file")), 0o600), ((94, fd), 0o4755), ((306, -100, OLD), 0o400)):
        world.text("/tmp/file", OLD)
        assert world.syscall(syscalls, *call, 0o100000 | mode) == 0
        assert world.process.fs.stat("/tmp/file").mode == mode


def test_owners_can_be_left(world: World) -> None:
    fd = make(world, "/tmp/file")
    path = world.text("/tmp/file")
    for call in ((212, path), (198, path), (207, fd), (298, -100, path)):
        assert world.syscall(syscalls, *call, -1, -1, 0) == 0


def times(world: World) -> tuple[int, int]:
    stat = world.process.fs.stat("/tmp/file")
    return stat.atime, stat.mtime


def test_times_are_set_to_the_nanosecond_left_or_now(world: World) -> None:
    fd = make(world, "/tmp/file")
    path = world.text("/tmp/file")
    world.memory.write(0x100, Timespec(sec=5, nsec=7).pack() + Timespec(sec=-1, nsec=9).pack())
    assert world.syscall(syscalls, 320, -100, path, 0x100, 0) == 0
    assert times(world) == (5 * SECOND + 7, -SECOND + 9)
    world.memory.write(0x100, Timespec(nsec=0x3FFFFFFE).pack() + Timespec(nsec=0x3FFFFFFF).pack())
    assert world.syscall(syscalls, 320, fd, 0, 0x100, 0) == 0
    atime, mtime = times(world)
    assert atime == 5 * SECOND + 7
    assert mtime > 946_684_800 * SECOND
    world.memory.write(0x100, Timespec(nsec=SECOND).pack() + Timespec().pack())
    assert world.syscall(syscalls, 320, -100, path, 0x100, 0) == -22
    assert world.syscall(syscalls, 320, -100, path, 0, 0) == 0
    assert times(world)[0] > 946_684_800 * SECOND
    world.memory.write(0x100, Timeval(sec=1, usec=2).pack() + Timeval(sec=3, usec=4).pack())
    assert world.syscall(syscalls, 299, -100, path, 0x100) == 0
    assert times(world) == (SECOND + 2000, 3 * SECOND + 4000)


def test_names_come_move_and_go(world: World) -> None:
    make(world, "/tmp/a")
    exists = world.process.fs.resolve
    assert world.syscall(syscalls, 9, world.text("/tmp/a", OLD), world.text("/tmp/b", NEW)) == 0
    assert world.process.fs.stat("/tmp/b").nlink == 2
    assert world.syscall(syscalls, 38, world.text("/tmp/b", OLD), world.text("/tmp/c", NEW)) == 0
    assert exists("/tmp/b").node is None
    assert world.syscall(syscalls, 302, -100, world.text("/tmp/c", OLD), -100, world.text("/tmp/d", NEW)) == 0
    assert world.syscall(syscalls, 303, -100, OLD, -100, NEW, 0) == -2
    assert world.syscall(syscalls, 303, -100, NEW, -100, world.text("/tmp/e", OLD), 0) == 0
    assert world.syscall(syscalls, 304, world.text("target", OLD), -100, world.text("/tmp/s", NEW)) == 0
    assert world.process.fs.readlink("/tmp/s") == "target"
    assert world.syscall(syscalls, 10, world.text("/tmp/d")) == 0
    assert world.syscall(syscalls, 301, -100, world.text("/tmp/e"), 0) == 0
    assert world.syscall(syscalls, 301, -100, world.text("/tmp/shm"), 0x200) == -2
    assert world.syscall(syscalls, 301, -100, world.text("/dev/shm/tmp"), 0x200) == 0
    assert world.syscall(syscalls, 301, -100, world.text("/tmp/e"), 1) == -22


def test_nodes_are_made_of_every_type_but_directories_and_links(world: World) -> None:
    results = [
        world.syscall(syscalls, 14, world.text(f"/tmp/{mode:o}"), mode | 0o600, 0)
        for mode in (0, 0o100000, 0o010000, 0o020000, 0o040000, 0o120000)
    ]
    assert results == [0, 0, 0, 0, -1, -22]
    assert world.syscall(syscalls, 297, -100, world.text("/tmp/0"), 0, 0) == -17


def test_truncation_by_path(world: World) -> None:
    make(world, "/tmp/file")
    assert world.syscall(syscalls, 193, world.text("/tmp/file"), 0, 3, 0) == 0
    assert world.process.fs.stat("/tmp/file").size == 3
    assert world.syscall(syscalls, 193, world.text("/tmp/file"), 0, -1, -1) == -22


def test_statfs(world: World) -> None:
    fd = make(world, "/tmp/file")
    for call in ((268, world.text("/tmp")), (269, fd)):
        assert world.syscall(syscalls, *call, 64, 0x100) == 0
        result = Statfs.unpack(world.memory.read(0x100, 64))
        assert (result.bsize, result.frsize, result.namelen) == (4096, 4096, 255)
        assert world.untouched(0x140, 0x180)
        assert world.syscall(syscalls, *call, 63, 0x100) == -22
