from __future__ import annotations

from compat.emscripten_abi.structs import Pollfd, Timespec, Timeval
from compat.emscripten_abi.syscalls.polling import syscalls
from compat.kernel.vfs.pipe import pipe
from tests.emscripten_abi.world import World

POLLIN, POLLOUT, POLLHUP, POLLNVAL = 1, 4, 16, 32


def piped(world: World) -> tuple[int, int]:
    reader, writer = pipe(world.process.clock)
    return world.process.files.open(reader), world.process.files.open(writer)


def polled(world: World, timeout: int, *wanted: tuple[int, int]) -> tuple[int, list[int]]:
    size = Pollfd.sizeof()
    for i, (fd, events) in enumerate(wanted):
        world.memory.write(0x100 + i * size, Pollfd(fd=fd, events=events).pack())
    count = world.syscall(syscalls, 168, 0x100, len(wanted), timeout)
    return count, [Pollfd.unpack(world.memory.read(0x100 + i * size, size)).revents for i in range(len(wanted))]


def test_poll_tells_what_is_ready(world: World) -> None:
    reader, writer = piped(world)
    assert polled(world, 0, (reader, POLLIN), (writer, POLLOUT), (-1, POLLIN)) == (1, [0, POLLOUT, 0])
    world.process.files[writer].write(b"x")
    assert polled(world, 0, (reader, POLLIN | POLLOUT)) == (1, [POLLIN])
    world.process.files.close(writer)
    assert polled(world, 0, (reader, 0)) == (1, [POLLHUP])


def test_poll_tells_of_closed_descriptors_at_once(world: World) -> None:
    reader, _ = piped(world)
    assert polled(world, -1, (reader, POLLIN), (77, POLLIN)) == (1, [0, POLLNVAL])


def test_poll_lets_its_time_pass(world: World) -> None:
    reader, _ = piped(world)
    before = world.process.clock.realtime()
    assert polled(world, 5000, (reader, POLLIN)) == (0, [0])
    assert world.process.clock.realtime() - before >= 5_000_000_000


def test_poll_for_ever_for_nothing_is_a_deadlock(world: World) -> None:
    reader, _ = piped(world)
    assert polled(world, -1, (reader, POLLIN))[0] == -35


def selected(world: World, count: int, reads: int, writes: int, seconds: int) -> tuple[int, int, int, int]:
    for address, bits in ((0x100, reads), (0x200, writes), (0x300, reads)):
        world.memory.write(address, b"?" * 128)
        world.memory.store_32(address, bits)
    world.memory.write(0x400, Timeval(sec=seconds).pack())
    result = world.syscall(syscalls, 142, count, 0x100, 0x200, 0x300, 0x400)
    return result, world.memory.load_u32(0x100), world.memory.load_u32(0x200), world.memory.load_u32(0x300)


def test_select_leaves_the_ready_ones_in_its_sets(world: World) -> None:
    reader, writer = piped(world)
    assert selected(world, 5, 1 << reader, 1 << writer, 0) == (1, 0, 1 << writer, 0)
    world.process.files[writer].write(b"x")
    assert selected(world, 5, 1 << reader, 1 << writer, 0) == (2, 1 << reader, 1 << writer, 0)
    assert world.untouched(0x104, 0x180)


def test_select_looks_at_no_descriptor_beyond_its_count(world: World) -> None:
    assert selected(world, 3, 1 << 20, 0, 0) == (0, 0, 0, 0)
    assert selected(world, 21, 1 << 20, 0, 0)[0] == -9
    assert world.syscall(syscalls, 142, 1025, 0, 0, 0, 0) == -22


def test_select_of_nothing_sleeps(world: World) -> None:
    before = world.process.clock.realtime()
    assert selected(world, 0, 0, 0, 3)[0] == 0
    assert world.process.clock.realtime() - before >= 3_000_000_000
    world.memory.write(0x400, Timespec(nsec=1_000_000_000).pack())
    assert world.syscall(syscalls, 308, 0, 0, 0, 0, 0x400, 0) == -22
    world.memory.write(0x400, Timespec(sec=1).pack())
    assert world.syscall(syscalls, 308, 0, 0, 0, 0, 0x400, 0) == 0
