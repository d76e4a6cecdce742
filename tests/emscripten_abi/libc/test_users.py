from __future__ import annotations

from compat.emscripten_abi.libc.users import env
from compat.emscripten_abi.structs import Group, Passwd
from tests.emscripten_abi.world import World


def test_the_one_user_is_found_by_name_and_number(world: World) -> None:
    address = world.function(env, "_getpwnam")(world.text("web_user"))
    assert world.function(env, "_getpwuid")(0) == address
    entry = Passwd.unpack(world.memory.read(address, Passwd.sizeof()))
    assert world.memory.cstring(entry.name) == b"web_user"
    assert world.memory.cstring(entry.dir) == b"/home/web_user"
    assert (entry.uid, entry.gid) == (0, 0)
    assert world.function(env, "_getpwnam")(world.text("root")) == 0
    assert world.function(env, "_getpwuid")(1) == 0


def test_the_databases_have_one_entry(world: World) -> None:
    for kind in ("pw", "gr"):
        world.function(env, f"_set{kind}ent")()
        read = world.function(env, f"_get{kind}ent")
        assert read() != 0
        assert read() == 0
        world.function(env, f"_end{kind}ent")()
        assert read() != 0


def test_the_group_has_no_members(world: World) -> None:
    address = world.function(env, "_getgrgid")(0)
    assert world.function(env, "_getgrnam")(world.text("web_user")) == address
    entry = Group.unpack(world.memory.read(address, Group.sizeof()))
    assert world.memory.load_u32(entry.mem) == 0
    assert world.function(env, "_setgroups")(1, 0x100) == -1
    assert world.errno == 1
