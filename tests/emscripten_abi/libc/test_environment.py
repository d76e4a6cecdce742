from __future__ import annotations

import pytest

from compat.emscripten_abi.libc.environment import env
from tests.emscripten_abi.world import HEAP, World

ENVIRON = 0x500


def built(world: World) -> World:
    world.function(env, "___buildEnvironment")(ENVIRON)
    return world


def shown(world: World) -> dict[str, str]:
    """The variables as the guest sees them."""
    strings: list[str] = []
    at = world.memory.load_u32(ENVIRON)
    while pointer := world.memory.load_u32(at + 4 * len(strings)):
        strings.append(world.memory.cstring(pointer).decode())
    return dict(string.split("=", 1) for string in strings)


def test_environ_is_filled(world: World) -> None:
    variables = shown(built(world))
    assert (variables["HOME"], variables["LANG"], variables["_"]) == ("/home/web_user", "C.UTF-8", "./this.program")
    assert world.untouched(ENVIRON + 4, ENVIRON + 32)


def test_there_is_no_limit_to_it() -> None:
    world = built(World(env={f"V{i}": "x" * 100 for i in range(100)}))
    assert len(shown(world)) == 107
    assert world.memory.load_u32(ENVIRON) >= HEAP
    world.process.close()


def test_changes_are_seen_both_ways(world: World) -> None:
    built(world)
    assert world.function(env, "_setenv")(world.text("NAME", 0x100), world.text("value", 0x200), 0) == 0
    assert shown(world)["NAME"] == "value"
    value = world.function(env, "_getenv")(0x100)
    assert world.memory.cstring(value) == b"value"
    world.function(env, "_setenv")(0x100, world.text("other", 0x200), 0)
    assert shown(world)["NAME"] == "value"
    world.function(env, "_setenv")(0x100, 0x200, 1)
    assert world.memory.cstring(world.function(env, "_getenv")(0x100)) == b"other"
    assert world.freed == [value]
    assert world.function(env, "_unsetenv")(0x100) == 0
    assert "NAME" not in shown(world)
    assert world.function(env, "_getenv")(0x100) == 0
    assert world.function(env, "_putenv")(world.text("A=b=c", 0x300)) == 0
    assert shown(world)["A"] == "b=c"
    assert world.function(env, "_clearenv")() == 0
    assert shown(world) == {}


@pytest.mark.parametrize("name", ["", "A=B"])
def test_what_is_no_name_is_einval(world: World, name: str) -> None:
    built(world)
    address = world.text(name, 0x100)
    assert world.function(env, "_setenv")(address, address, 1) == -1
    assert world.function(env, "_unsetenv")(address) == -1
    assert world.errno == 22


def test_a_program_that_shows_where_environ_is(world: World) -> None:
    world.guest.exports = {**world.guest.exports, "__get_environ": lambda: ENVIRON}
    world.function(env, "_setenv")(world.text("X", 0x100), world.text("1", 0x200), 1)
    assert shown(world)["X"] == "1"
