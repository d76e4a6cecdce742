from __future__ import annotations

from compat.emscripten_abi.libc.dynamic import env
from tests.emscripten_abi.world import World


def test_failures_are_told_once(world: World) -> None:
    assert world.function(env, "_dlerror")() == 0
    assert world.function(env, "_dlopen")(0x100, 1) == 0
    assert b"without dynamic linking" in world.memory.cstring(world.function(env, "_dlerror")())
    assert world.function(env, "_dlerror")() == 0
    assert world.function(env, "_dlclose")(1) == -1
    assert world.function(env, "_dlsym")(0, 0x100) == 0
    assert world.function(env, "_dladdr")(0, 0x100) == 0
    assert world.untouched(0x100, 0x120)
