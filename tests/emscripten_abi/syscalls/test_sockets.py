from __future__ import annotations

from compat.emscripten_abi.syscalls.sockets import syscalls
from tests.emscripten_abi.world import World


def test_no_socket_can_be_made_and_nothing_is_one(world: World) -> None:
    world.memory.write(0x100, bytes(24))
    assert world.syscall(syscalls, 102, 1, 0x100) == -13
    assert world.syscall(syscalls, 102, 3, 0x100) == -88
    world.memory.store_32(0x100, 77)
    assert world.syscall(syscalls, 102, 3, 0x100) == -9
    assert world.syscall(syscalls, 102, 99, 0x100) == -22
    assert [world.syscall(syscalls, n, 0, 0, 0, 0, 0) for n in (337, 345)] == [-88, -88]
