from __future__ import annotations

from .world import SIZE, World


def test_sizes_and_strings() -> None:
    world = World(args=("prog", "", "ä b", "\udcff"))
    count, size = world.out(4), world.out(4)
    assert world.call("args_sizes_get", count, size) == "SUCCESS"
    assert (world.number(count), world.number(size)) == (4, 5 + 1 + 5 + 2)
    argv, buffer = world.out(16), world.out(13)
    assert world.call("args_get", argv, buffer) == "SUCCESS"
    assert world.read(buffer, 13) == b"prog\0\0\xc3\xa4 b\0\xff\0"
    assert [world.number(argv + 4 * i) - buffer for i in range(4)] == [0, 5, 6, 11]


def test_no_arguments() -> None:
    world = World(args=())
    count, size = world.out(4), world.out(4)
    assert world.call("args_sizes_get", count, size) == "SUCCESS"
    assert (world.number(count), world.number(size)) == (0, 0)
    assert world.call("args_get", world.out(4), world.out(4)) == "SUCCESS"


def test_bad_pointers(wasi: World) -> None:
    assert wasi.call("args_sizes_get", SIZE - 3, 64) == "FAULT"
    assert wasi.call("args_get", 64, SIZE - 4) == "FAULT"
    assert wasi.call("args_get", SIZE - 2, 64) == "FAULT"
    assert wasi.call("args_get", -1, -1) == "FAULT"
