from __future__ import annotations

from compat.emscripten_abi.syscalls.memory_maps import syscalls
from compat.kernel.files import OpenFlags
from tests.emscripten_abi.world import HEAP, World

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
    assert world.syscall(syscalls, 91, address, 50) == 0
    assert world.freed == []
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
    assert world.syscall(syscalls, 192, 0, 10, READ, PRIVATE | ANONYMOUS | FIXED, -1, 0) == -95
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
    assert world.syscall(syscalls, 163, address, 16, 32, 1) == -14


def test_what_has_no_effect_says_so(world: World) -> None:
    assert [world.syscall(syscalls, n, 0, 1, 2) for n in (125, 150, 151, 152, 153, 219, 218)] == [0] * 6 + [-38]
