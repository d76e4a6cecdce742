"""What holds for files in memory only: the limit."""

from __future__ import annotations

from compat.kernel.clock import SteppingClock
from compat.kernel.errno import Errno
from compat.kernel.files import Whence
from compat.kernel.paths import FileSystem
from compat.kernel.stat import FileType
from compat.kernel.vfs.memory import MemoryVolume
from tests.kernel.support import CREATE, names, raises, read, write

LIMIT = 1 << 20


def small() -> tuple[MemoryVolume, FileSystem]:
    volume = MemoryVolume(SteppingClock(), limit=LIMIT)
    return volume, FileSystem(volume.root)


def test_a_full_volume_takes_a_part_then_nothing() -> None:
    volume, fs = small()
    file = fs.open("/x", CREATE)
    room = volume.free
    assert file.writev([memoryview(b"a" * LIMIT), memoryview(b"b" * LIMIT)]) == room
    assert file.stat().size == room
    with raises(Errno.ENOSPC):
        file.write(b"c")
    with raises(Errno.ENOSPC):
        fs.mkdir("/d")
    assert file.pwrite(b"over", 0) == 4
    file.truncate(10)
    assert file.pread(20, 0) == b"overaaaaaa"
    assert volume.free == room - 10


def test_a_hole_counts_and_is_refused_before_it_is_made() -> None:
    volume, fs = small()
    file = fs.open("/x", CREATE)
    used = volume.used
    file.seek(1 << 62, Whence.SET)
    with raises(Errno.ENOSPC):
        file.write(b"x")
    for call in (
        lambda: file.truncate(1 << 62),
        lambda: file.allocate(1 << 40, 1),
        lambda: fs.truncate("/x", 1 << 62),
    ):
        with raises(Errno.ENOSPC):
            call()
    with raises(Errno.EFBIG):
        file.pwrite(b"xy", (1 << 63) - 1)
    assert (volume.used, file.stat().size) == (used, 0)


def test_names_count_too() -> None:
    _, fs = small()
    room = range(LIMIT // 1024)
    with raises(Errno.ENOSPC):
        for made in room:
            fs.open(f"/{made}", CREATE).close()
    assert len(names(fs, "/")) > 100


def test_everything_is_given_back() -> None:
    volume, fs = small()
    before = volume.used
    write(fs, "/x", b"x" * 1000)
    fs.link("/x", "/y")
    fs.symlink("target", "/l")
    fs.mknod("/s", FileType.SOCKET)
    fs.mkdir("/d")
    fs.mkdir("/d/e")
    write(fs, "/z", b"z")
    fs.rename("/z", "/y")
    fs.rmdir("/d/e")
    for path in ("/x", "/y", "/l", "/s"):
        fs.unlink(path)
    fs.rmdir("/d")
    assert volume.used == before
    assert names(fs, "/") == [".", ".."]


def test_an_open_file_without_a_name_still_counts() -> None:
    volume, fs = small()
    before = volume.used
    file = fs.open("/x", CREATE)
    file.write(b"x" * 1000)
    fs.unlink("/x")
    assert volume.used >= before + 1000
    file.close()
    file.close()
    assert volume.used == before


def test_a_refused_name_costs_nothing() -> None:
    volume, fs = small()
    write(fs, "/fill", b"f" * (volume.free - 1024 - 512 - 1100))
    used = volume.used
    with raises(Errno.ENOSPC):
        fs.mkdir("/d")
    assert volume.used == used
    assert names(fs, "/") == [".", "..", "fill"]


def test_entries_are_in_the_order_of_creation_and_numbers_repeat() -> None:
    def listing() -> list[tuple[str, int]]:
        _, fs = small()
        for name in "cab":
            write(fs, name, b"")
        return [(entry.name, entry.ino) for entry in fs.directory("/").open(CREATE & ~CREATE).readdir()]

    assert listing() == listing()
    assert [name for name, _ in listing()] == [".", "..", "c", "a", "b"]


def test_a_special_node_has_attributes_only() -> None:
    _, fs = small()
    fs.mknod("/fifo", FileType.FIFO, 0o600)
    fs.mknod("/tty", FileType.CHARACTER_DEVICE, 0o620, 0x500)
    assert (fs.stat("/fifo").type, fs.stat("/tty").rdev, fs.stat("/tty").mode) == (FileType.FIFO, 0x500, 0o620)
    with raises(Errno.ENXIO):
        fs.open("/fifo", CREATE)


def test_the_clock_gives_the_times() -> None:
    _, fs = small()
    write(fs, "/x", b"")
    created = fs.stat("/x").mtime
    assert created // 1_000_000_000 == 946_684_800
    file = fs.open("/x", CREATE)
    file.write(b"1")
    assert fs.stat("/x").mtime > created
    modified = fs.stat("/x").mtime
    fs.chmod("/x", 0o600)
    assert fs.stat("/x").mtime == modified < fs.stat("/x").ctime
    assert read(fs, "/x") == b"1"


def test_overwriting_across_the_end() -> None:
    _, fs = small()
    write(fs, "/x", b"abcdef")
    file = fs.open("/x", CREATE)
    file.seek(4, Whence.SET)
    assert file.writev([memoryview(b"12"), memoryview(b"34"), memoryview(b"5")]) == 5
    assert read(fs, "/x") == b"abcd12345"
