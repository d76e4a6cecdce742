from __future__ import annotations

import pytest

from compat.emscripten_abi.syscalls.files import syscalls
from tests.emscripten_abi.world import World

O_WRONLY, O_RDWR, O_CREAT, O_EXCL, O_APPEND, O_NONBLOCK, O_CLOEXEC = 1, 2, 0o100, 0o200, 0o2000, 0o4000, 0o2000000
BUFFER = 0x8000


def opened(world: World, path: str = "/tmp/file", flags: int = O_RDWR | O_CREAT, mode: int = 0o644) -> int:
    fd = world.syscall(syscalls, 5, world.text(path), flags, mode)
    assert isinstance(fd, int)
    return fd


def wrote(world: World, fd: int, data: bytes) -> None:
    assert world.syscall(syscalls, 4, fd, world.text(data, BUFFER), len(data)) == len(data)


def test_what_is_written_is_read_back_and_nothing_beyond_it(world: World) -> None:
    fd = opened(world)
    assert fd == 3
    wrote(world, fd, b"hello")
    world.syscall(syscalls, 140, fd, 0, 0, 0x100, 0)
    assert world.syscall(syscalls, 3, fd, 0x9000, 100) == 5
    assert world.memory.read(0x9000, 5) == b"hello"
    assert world.untouched(0x9005, 0x9100)
    assert world.syscall(syscalls, 3, fd, 0x9000, 100) == 0


def test_errors_are_negative_numbers_of_the_release(any_world: World) -> None:
    missing = any_world.syscall(syscalls, 5, any_world.text("/nowhere"), 0, 0)
    closed = any_world.syscall(syscalls, 6, 77)
    late = any_world.guest.detection.epoch is not None and any_world.guest.detection.epoch.lowest.minor == 39
    assert (missing, closed) == ((-44, -8) if late else (-2, -9))


def test_exclusive_creation_fails_on_what_is_there(world: World) -> None:
    opened(world)
    assert opened(world, flags=O_RDWR | O_CREAT | O_EXCL) == -17


def test_access_mode_three_is_refused(world: World) -> None:
    assert opened(world, flags=3) == -22


def test_a_new_file_has_the_mode_asked_for_until_a_umask_is_set(world: World) -> None:
    opened(world, "/tmp/first", mode=0o666)
    world.process.umask = 0o027
    opened(world, "/tmp/second", mode=0o666)
    assert [world.process.fs.stat(path).mode for path in ("/tmp/first", "/tmp/second")] == [0o666, 0o640]


def test_openat_starts_at_the_directory_it_is_given(world: World) -> None:
    opened(world, "/tmp/inside")
    directory = opened(world, "/tmp", flags=0)
    assert world.syscall(syscalls, 295, directory, world.text("inside"), 0, 0) == 5
    assert world.syscall(syscalls, 295, 99, world.text("/tmp/inside"), 0, 0) == 6
    assert world.syscall(syscalls, 295, 3, world.text("inside"), 0, 0) == -20
    assert world.syscall(syscalls, 295, 99, world.text("inside"), 0, 0) == -9


def test_vectors_are_gathered_and_scattered(world: World) -> None:
    fd = opened(world)
    world.text("abc", 0x8000)
    world.text("defg", 0x8100)
    for address, word in zip(range(0x200, 0x210, 4), (0x8000, 3, 0x8100, 4), strict=True):
        world.memory.store_32(address, word)
    assert world.syscall(syscalls, 146, fd, 0x200, 2) == 7
    world.syscall(syscalls, 140, fd, 0, 0, 0x100, 0)
    for address, word in zip(range(0x200, 0x210, 4), (0x9000, 2, 0x9100, 9), strict=True):
        world.memory.store_32(address, word)
    assert world.syscall(syscalls, 145, fd, 0x200, 2) == 7
    assert world.memory.read(0x9000, 3) == b"ab?"
    assert world.memory.read(0x9100, 6) == b"cdefg?"


def test_positioned_calls_leave_the_position_alone(world: World) -> None:
    fd = opened(world)
    wrote(world, fd, b"0123456789")
    world.text("XY", 0x8000)
    assert world.syscall(syscalls, 181, fd, 0x8000, 2, 0, 4, 0) == 2
    assert world.syscall(syscalls, 180, fd, 0x9000, 4, 0, 3, 0) == 4
    assert world.memory.read(0x9000, 4) == b"3XY6"
    assert world.process.files[fd].tell() == 10
    assert world.syscall(syscalls, 180, fd, 0x9000, 4, 0, -1, -1) == -22


def test_seeking_uses_both_halves_and_stores_64_bits(world: World) -> None:
    fd = opened(world)
    assert world.syscall(syscalls, 140, fd, 1, 5, 0x100, 0) == 0
    assert world.memory.load_u64(0x100) == (1 << 32) + 5
    assert world.untouched(0x108, 0x120)
    assert world.syscall(syscalls, 140, fd, -1, -6, 0x100, 1) == 0
    assert world.memory.load_u64(0x100) == (1 << 32) - 1
    assert world.syscall(syscalls, 140, fd, -1, -1, 0x100, 0) == -22
    assert world.syscall(syscalls, 140, fd, 0, 0, 0x100, 3) == -22


def test_the_high_half_of_a_seek_means_nothing_where_offsets_have_32_bits() -> None:
    world = World("1.38.12")
    fd = opened(world)
    wrote(world, fd, b"0123456789")
    assert world.syscall(syscalls, 140, fd, 0, -4, 0x100, 1) == 0
    assert world.memory.load_u64(0x100) == 6
    world.process.close()


def test_the_high_half_of_preadv_counts_only_where_offsets_have_64_bits() -> None:
    for release, expected in (("1.38.12", 1), ("1.38.43", 0)):
        world = World(release)
        fd = opened(world)
        wrote(world, fd, b"x")
        world.memory.store_32(0x200, 0x9000)
        world.memory.store_32(0x204, 1)
        assert world.syscall(syscalls, 333, fd, 0x200, 1, 0, 1) == expected
        world.process.close()


def test_a_bad_address_is_efault_and_has_no_effect(world: World) -> None:
    fd = opened(world)
    assert world.syscall(syscalls, 4, fd, 0x3_FFFF, 100) == -14
    assert world.process.files[fd].stat().size == 0


def test_size_calls(world: World) -> None:
    fd = opened(world)
    assert world.syscall(syscalls, 194, fd, 0, 100, 0) == 0
    assert world.syscall(syscalls, 324, fd, 0, 50, 0, 150, 0) == 0
    assert world.process.files[fd].stat().size == 200
    assert world.syscall(syscalls, 324, fd, 1, 0, 0, 1, 0) == -95
    assert world.syscall(syscalls, 272, fd, 0, 0, 0, 0, 0, 5) == 0
    assert world.syscall(syscalls, 272, fd, 0, 0, 0, 0, 0, 6) == -22
    assert [world.syscall(syscalls, n, fd) for n in (36, 118, 148)] == [0, 0, 0]


def test_duplicates_share_the_position(world: World) -> None:
    fd = opened(world)
    assert world.syscall(syscalls, 41, fd) == 4
    assert world.syscall(syscalls, 63, fd, 9) == 9
    wrote(world, fd, b"abc")
    assert [world.process.files[n].tell() for n in (4, 9)] == [3, 3]
    assert world.syscall(syscalls, 330, fd, fd, 0) == -22
    assert world.syscall(syscalls, 330, fd, 10, O_CLOEXEC) == 10
    assert world.process.files.cloexec(10)


def test_pipes(world: World) -> None:
    assert world.syscall(syscalls, 42, 0x100) == 0
    reader, writer = world.memory.load_i32(0x100), world.memory.load_i32(0x104)
    assert (reader, writer) == (3, 4)
    assert world.untouched(0x108, 0x120)
    wrote(world, writer, b"through")
    assert world.syscall(syscalls, 3, reader, 0x9000, 100) == 7
    assert world.memory.read(0x9000, 7) == b"through"
    assert world.syscall(syscalls, 6, writer) == 0
    assert world.syscall(syscalls, 3, reader, 0x9000, 100) == 0
    assert world.syscall(syscalls, 331, 0x100, O_NONBLOCK | O_CLOEXEC) == 0
    assert world.process.files.cloexec(world.memory.load_i32(0x100))
    assert world.syscall(syscalls, 331, 0x100, 1) == -22


def test_fcntl_tells_and_changes_flags(world: World) -> None:
    fd = opened(world)
    assert world.syscall(syscalls, 221, fd, 3, 0) == O_RDWR
    assert world.syscall(syscalls, 221, fd, 4, O_APPEND | O_NONBLOCK) == 0
    assert world.syscall(syscalls, 221, fd, 3, 0) == O_RDWR | O_APPEND | O_NONBLOCK
    assert world.syscall(syscalls, 221, fd, 0, 20) == 20
    assert world.syscall(syscalls, 221, fd, 1030, 20) == 21
    assert [world.syscall(syscalls, 221, n, 1, 0) for n in (20, 21)] == [0, 1]
    assert world.syscall(syscalls, 221, fd, 2, 1) == 0
    assert world.syscall(syscalls, 221, fd, 1, 0) == 1
    assert world.syscall(syscalls, 221, fd, 1024, 0) == -22


@pytest.mark.parametrize(("release", "size"), [("1.38.12", 16), ("1.38.43", 32)])
def test_locks_are_granted_and_none_is_in_the_way(release: str, size: int) -> None:
    world = World(release)
    fd = opened(world)
    world.memory.write(0x100, bytes(size))
    assert world.syscall(syscalls, 221, fd, 13, 0x100) == 0
    assert world.syscall(syscalls, 221, fd, 12, 0x100) == 0
    assert world.memory.load_u16(0x100) == 2
    assert world.memory.read(0x102, size - 2) == bytes(size - 2)
    assert world.untouched(0x100 + size, 0x140)
    reader = opened(world, flags=0)
    world.memory.store_16(0x100, 1)
    assert world.syscall(syscalls, 221, reader, 14, 0x100) == -9
    world.process.close()
