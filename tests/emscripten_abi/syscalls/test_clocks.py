from __future__ import annotations

from compat.emscripten_abi.syscalls.clocks import syscalls
from tests.emscripten_abi.world import World


def test_clocks_by_system_call(world: World) -> None:
    assert world.syscall(syscalls, 265, 0, 0x100) == 0
    assert world.memory.load_i32(0x100) == 946_684_800
    assert world.untouched(0x108, 0x120)
    assert world.syscall(syscalls, 266, 1, 0x100) == 0
    assert world.memory.load_u64(0x100) == 1_000_000 << 32
    assert world.syscall(syscalls, 265, 99, 0x100) == -22
