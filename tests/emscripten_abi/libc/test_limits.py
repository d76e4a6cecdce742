from __future__ import annotations

from compat.emscripten_abi.libc.limits import env
from tests.emscripten_abi.world import SIZE, World


def test_sysconf(world: World) -> None:
    sysconf = world.function(env, "_sysconf")
    assert [sysconf(n) for n in (30, 84, 85, 2, 4, 29, 23)] == [16384, 1, SIZE // 16384, 100, 1024, 200809, -1]
    assert sysconf(999) == -1
    assert world.errno == 22
    assert world.function(env, "_getpagesize")() == 16384
    assert world.function(env, "_getdtablesize")() == 4096


def test_pathconf(world: World) -> None:
    assert world.function(env, "_pathconf")(world.text("/"), 3) == 255
    assert world.function(env, "_fpathconf")(0, 4) == 4096
    assert world.function(env, "_fpathconf")(0, 99) == -1
    assert world.errno == 22


def test_confstr_cuts_and_tells_the_whole_size(world: World) -> None:
    confstr = world.function(env, "_confstr")
    assert confstr(2, 0, 0) == len("glibc 2.14") + 1
    assert confstr(2, 0x100, 4) == 11
    assert world.memory.read(0x100, 5) == b"gli\0?"
    assert confstr(0, 0x200, 10) == 2
    assert world.memory.read(0x200, 3) == b"/\0?"
    assert confstr(99, 0, 0) == 0
    assert world.errno == 22


def test_load(world: World) -> None:
    assert world.function(env, "_getloadavg")(0x100, 5) == 3
    assert world.memory.load_f64(0x110) == 0.1
    assert world.untouched(0x118, 0x130)
