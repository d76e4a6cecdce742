from __future__ import annotations

from compat.emscripten_abi.libc.files import env
from compat.emscripten_abi.structs import Timeval, Utimbuf
from compat.kernel.files import OpenFlags
from tests.emscripten_abi.world import HEAP, World

SECOND = 10**9


def test_times_of_access_and_modification_are_two(world: World) -> None:
    path = world.text("/tmp")
    world.memory.write(0x100, Utimbuf(actime=5, modtime=6).pack())
    assert world.function(env, "_utime")(path, 0x100) == 0
    assert world.process.fs.stat("/tmp")[-3:-1] == (5 * SECOND, 6 * SECOND)
    world.memory.write(0x100, Timeval(sec=7, usec=1).pack() + Timeval(sec=8).pack())
    assert world.function(env, "_utimes")(path, 0x100) == 0
    assert world.process.fs.stat("/tmp")[-3:-1] == (7 * SECOND + 1000, 8 * SECOND)
    assert world.function(env, "_utime")(path, 0) == 0
    assert world.process.fs.stat("/tmp").mtime > 946_684_800 * SECOND
    assert world.function(env, "_utime")(world.text("/nowhere"), 0) == -1
    assert world.errno == 2


def test_locks_are_granted(world: World) -> None:
    flock = world.function(env, "_flock")
    assert [flock(0, n) for n in (1, 2, 6, 8)] == [0, 0, 0, 0]
    assert [flock(0, 3), flock(77, 1)] == [-1, -1]
    assert world.errno == 9


def test_the_root_is_fixed(world: World) -> None:
    assert world.function(env, "_chroot")(world.text("/tmp")) == -1
    assert world.errno == 13


def test_mapping_by_function(world: World) -> None:
    file = world.process.fs.open("/tmp/file", OpenFlags.READ | OpenFlags.WRITE | OpenFlags.CREATE)
    file.write(b"content")
    fd = world.process.files.open(file)
    assert world.function(env, "__emscripten_syscall_mmap2")(0, 7, 1, 2, fd, 0) == HEAP
    assert world.memory.read(HEAP, 8) == b"content?"
    assert world.function(env, "__emscripten_syscall_munmap")(HEAP, 7) == 0
    assert world.function(env, "__emscripten_syscall_mmap2")(0, 0, 1, 2, fd, 0) == -22


def test_a_file_is_mapped_for_the_library_itself(world: World) -> None:
    file = world.process.fs.open("/tmp/zone", OpenFlags.WRITE | OpenFlags.CREATE)
    file.write(b"TZif")
    address = world.function(env, "___map_file")(world.text("/tmp/zone"), 0x100)
    assert world.memory.read(address, 4) == b"TZif"
    assert world.memory.read(0x100, 5) == b"\4\0\0\0?"
    assert (world.function(env, "___map_file")(world.text("/nowhere"), 0x100), world.errno) == (0, 2)
    assert list(world.process.files) == [0, 1, 2]
