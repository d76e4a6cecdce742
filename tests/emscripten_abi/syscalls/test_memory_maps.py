from __future__ import annotations

from typing import Any

from compat.emscripten_abi.syscalls.memory_maps import PAGE_SIZE, syscalls
from compat.kernel.files import OpenFlags
from tests.emscripten_abi.world import HEAP, SIZE, World

READ, WRITE = 1, 2
SHARED, PRIVATE, FIXED, ANONYMOUS = 1, 2, 0x10, 0x20


def opened(world: World, content: bytes, flags: OpenFlags = OpenFlags.READ | OpenFlags.WRITE) -> int:
    file = world.process.fs.open("/tmp/file", OpenFlags.WRITE | OpenFlags.CREATE)
    file.write(content)
    return world.process.files.open(world.process.fs.open("/tmp/file", flags))


def content(world: World) -> bytes:
    return world.process.fs.open("/tmp/file", OpenFlags.READ).read(1 << 20)


def test_anonymous_memory_is_zero_and_given_back(world: World) -> None:
    address = world.syscall(syscalls, 192, 0, 100, READ | WRITE, PRIVATE | ANONYMOUS, -1, 0)
    assert address == HEAP
    assert world.memory.read(address, 101) == bytes(100) + b"?"
    assert world.syscall(syscalls, 91, address, 100) == 0
    assert world.freed == [address]
    assert world.syscall(syscalls, 91, address, 100) == 0
    assert world.freed == [address]


def test_memory_is_aligned_to_pages_where_the_program_can(world: World) -> None:
    asked: list[tuple[int, int]] = []

    def memalign(alignment: int, size: int) -> int:
        asked.append((alignment, size))
        return HEAP

    world.guest.exports = {**world.guest.exports, "_memalign": memalign}
    world.syscall(syscalls, 192, 0, 100, READ, PRIVATE | ANONYMOUS, -1, 0)
    assert asked == [(16384, 100)]


def test_a_private_mapping_is_a_copy_from_an_offset(world: World) -> None:
    fd = opened(world, b"a" * 4096 + b"tail")
    address = world.syscall(syscalls, 192, 0, 10, READ | WRITE, PRIVATE, fd, 1)
    assert world.memory.read(address, 11) == b"tail" + bytes(6) + b"?"
    world.memory.write(address, b"TAIL")
    assert world.syscall(syscalls, 91, address, 10) == 0
    assert content(world).endswith(b"tail")


def test_a_shared_mapping_is_written_back_without_making_the_file_longer(world: World) -> None:
    fd = opened(world, b"0123456789")
    address = world.syscall(syscalls, 192, 0, 20, READ | WRITE, SHARED, fd, 0)
    world.process.files.close(fd)
    world.memory.write(address, b"abc")
    assert world.syscall(syscalls, 144, address + 5, 10, 4) == 0
    assert content(world) == b"abc3456789"
    world.memory.write(address + 9, b"ZZZZ")
    assert world.syscall(syscalls, 91, address, 20) == 0
    assert content(world) == b"abc345678Z"
    assert world.syscall(syscalls, 144, address, 10, 4) == -12


def test_what_cannot_be_mapped(world: World) -> None:
    fd = opened(world, b"x", OpenFlags.READ)
    assert world.syscall(syscalls, 192, 0, 0, READ, PRIVATE | ANONYMOUS, -1, 0) == -22
    assert world.syscall(syscalls, 192, 0, 10, READ, 0, -1, 0) == -22
    assert world.syscall(syscalls, 192, 0, 10, READ, PRIVATE | ANONYMOUS | FIXED, -1, 0) == -12
    assert world.syscall(syscalls, 192, 0, 10, READ | WRITE, SHARED, fd, 0) == -13
    assert world.syscall(syscalls, 192, 0, 10, READ, PRIVATE, 77, 0) == -9
    assert world.syscall(syscalls, 192, 0, 10, READ, PRIVATE, 0, 0) == -19
    world.guest.exports = {**world.guest.exports, "_malloc": lambda size: 0}
    assert world.syscall(syscalls, 192, 0, 10, READ, PRIVATE | ANONYMOUS, -1, 0) == -12
    assert world.syscall(syscalls, 91, -1, 10) == -22


def test_growing_moves_the_content(world: World) -> None:
    address = world.syscall(syscalls, 192, 0, 16, READ | WRITE, PRIVATE | ANONYMOUS, -1, 0)
    world.memory.write(address, b"content")
    assert world.syscall(syscalls, 163, address, 16, 32, 0) == -12
    moved = world.syscall(syscalls, 163, address, 16, 32, 1)
    assert world.memory.read(moved, 33) == b"content" + bytes(25) + b"?"
    assert world.freed == [address]
    assert world.syscall(syscalls, 163, moved, 32, 8, 0) == moved
    assert world.syscall(syscalls, 163, moved, 32, 64, 3) == -22
    assert world.syscall(syscalls, 163, address, 16, 32, 1) == -14


def anonymous(world: World, pages: int, address: int = 0, flags: int = 0) -> Any:
    flags |= PRIVATE | ANONYMOUS
    return world.syscall(syscalls, 192, address, pages * PAGE_SIZE, READ | WRITE, flags, -1, 0)


def test_a_part_is_unmapped_up_to_the_end_of_its_page(world: World) -> None:
    fd = opened(world, bytes(3 * PAGE_SIZE))
    address = world.syscall(syscalls, 192, 0, 3 * PAGE_SIZE, READ | WRITE, SHARED, fd, 0)
    world.memory.write(address, b"1" * 3 * PAGE_SIZE)
    assert world.syscall(syscalls, 91, address + PAGE_SIZE, 1) == 0
    assert content(world) == bytes(PAGE_SIZE) + b"1" * PAGE_SIZE + bytes(PAGE_SIZE)
    assert world.syscall(syscalls, 144, address + PAGE_SIZE, PAGE_SIZE, 4) == -12
    assert world.freed == []
    world.memory.write(address + 2 * PAGE_SIZE, b"2" * PAGE_SIZE)
    assert world.syscall(syscalls, 91, address + 2 * PAGE_SIZE, PAGE_SIZE) == 0
    assert content(world)[2 * PAGE_SIZE :] == b"2" * PAGE_SIZE
    assert world.syscall(syscalls, 91, address, PAGE_SIZE) == 0
    assert content(world)[:PAGE_SIZE] == b"1" * PAGE_SIZE
    assert world.freed == [address]


def test_neighbours_are_left_alone(world: World) -> None:
    small = [world.syscall(syscalls, 192, 0, 16, READ, PRIVATE | ANONYMOUS, -1, 0) for _ in range(3)]
    assert small[1] - small[0] == 16
    assert world.syscall(syscalls, 91, small[1], 16) == 0
    assert world.freed == [small[1]]
    assert world.syscall(syscalls, 91, small[0], 64) == 0
    assert sorted(world.freed) == small


def test_fixed_addresses_replace_what_is_mapped_there(world: World) -> None:
    fd = opened(world, b"file" * PAGE_SIZE)
    address = anonymous(world, 3)
    world.memory.write(address, b"x" * 3 * PAGE_SIZE)
    middle = address + PAGE_SIZE
    assert world.syscall(syscalls, 192, middle, PAGE_SIZE, READ | WRITE, SHARED | FIXED, fd, 0) == middle
    assert world.memory.read(address, 3 * PAGE_SIZE) == (
        b"x" * PAGE_SIZE + b"file" * (PAGE_SIZE // 4) + b"x" * PAGE_SIZE
    )
    world.memory.write(middle, b"FILE")
    assert anonymous(world, 1, middle, FIXED) == middle
    assert world.memory.read(middle, PAGE_SIZE) == bytes(PAGE_SIZE)
    assert content(world)[:8] == b"FILEfile"
    assert anonymous(world, 3, address, FIXED) == address
    assert world.memory.read(address, 3 * PAGE_SIZE) == bytes(3 * PAGE_SIZE)
    assert anonymous(world, 1, address + 3 * PAGE_SIZE, FIXED) == -12
    assert world.freed == []
    assert world.syscall(syscalls, 91, address, 3 * PAGE_SIZE) == 0
    assert world.freed == [address]


def test_a_mapping_of_a_file_grows_and_shrinks_with_what_is_in_the_file(world: World) -> None:
    fd = opened(world, bytes(range(1, 251)) * 300)
    address = world.syscall(syscalls, 192, 0, PAGE_SIZE, READ | WRITE, SHARED, fd, 0)
    world.memory.write(address, b"new")
    moved = world.syscall(syscalls, 163, address, PAGE_SIZE, 2 * PAGE_SIZE, 1)
    assert world.memory.read(moved, 3) == content(world)[:3] == b"new"
    assert world.memory.read(moved, 2 * PAGE_SIZE) == content(world)[: 2 * PAGE_SIZE]
    world.memory.write(moved + PAGE_SIZE, b"tail")
    assert world.syscall(syscalls, 163, moved, 2 * PAGE_SIZE, PAGE_SIZE, 0) == moved
    assert content(world)[PAGE_SIZE : PAGE_SIZE + 4] == b"tail"
    assert world.syscall(syscalls, 144, moved + PAGE_SIZE, 1, 4) == -12
    assert world.freed == [address]


def test_what_is_not_needed_is_as_new(world: World) -> None:
    fd = opened(world, b"file")
    private = world.syscall(syscalls, 192, 0, 4, READ | WRITE, PRIVATE, fd, 0)
    shared = world.syscall(syscalls, 192, 0, 4, READ | WRITE, SHARED, fd, 0)
    plain = anonymous(world, 2)
    for address in (private, shared, plain, plain + PAGE_SIZE):
        world.memory.write(address, b"mine")
    assert [world.syscall(syscalls, 219, a, PAGE_SIZE, 4) for a in (private, shared, plain, 0)] == [0] * 4
    found = [world.memory.read(a, 4) for a in (private, shared, plain, plain + PAGE_SIZE)]
    assert found == [b"file", b"mine", bytes(4), b"mine"]
    assert [world.syscall(syscalls, 219, plain, PAGE_SIZE, advice) for advice in (3, 5)] == [0, -22]


def test_all_of_memory_is_resident(world: World) -> None:
    assert world.syscall(syscalls, 218, PAGE_SIZE, PAGE_SIZE + 1, 0x100) == 0
    assert world.memory.read(0x100, 3) == b"\1\1?"
    assert [world.syscall(syscalls, 218, *a, 0x100) for a in ((1, 1), (0, SIZE + 1))] == [-22, -12]
    assert [world.syscall(syscalls, n, 0, size) for n in (150, 151) for size in (SIZE, SIZE + 1)] == [0, -12, 0, -12]
    assert [world.syscall(syscalls, 152, flags) for flags in (0, 1, 7, 8)] == [-22, 0, 0, -22]
    assert world.syscall(syscalls, 153) == 0


def test_protection_has_no_effect(world: World) -> None:
    assert world.syscall(syscalls, 125, 0, 1, 2) == 0
