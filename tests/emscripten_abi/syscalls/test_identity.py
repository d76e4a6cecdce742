from __future__ import annotations

from compat.emscripten_abi.syscalls.identity import syscalls
from tests.emscripten_abi.world import World


def test_the_guest_is_root(world: World) -> None:
    assert [world.syscall(syscalls, n) for n in (199, 200, 201, 202)] == [0, 0, 0, 0]
    for number in (209, 211):
        world.memory.write(0x100, b"?" * 16)
        assert world.syscall(syscalls, number, 0x100, 0x104, 0x108) == 0
        assert world.memory.read(0x100, 16) == bytes(12) + b"????"


def test_it_can_become_nobody_else(world: World) -> None:
    assert [world.syscall(syscalls, n, 0) for n in (213, 214)] == [0, 0]
    assert [world.syscall(syscalls, n, 1) for n in (213, 214)] == [-1, -1]
    assert [world.syscall(syscalls, n, -1, 0) for n in (203, 204)] == [0, 0]
    assert [world.syscall(syscalls, n, 0, 5) for n in (203, 204)] == [-1, -1]
    assert [world.syscall(syscalls, n, -1, -1, 0) for n in (208, 210)] == [0, 0]
    assert [world.syscall(syscalls, n, 0, 0, 7) for n in (208, 210)] == [-1, -1]


def test_groups(world: World) -> None:
    assert world.syscall(syscalls, 205, 0, 0x100) == 1
    assert world.untouched(0x100, 0x110)
    assert world.syscall(syscalls, 205, 4, 0x100) == 1
    assert world.memory.read(0x100, 8) == bytes(4) + b"????"
    assert world.syscall(syscalls, 205, -1, 0x100) == -22
