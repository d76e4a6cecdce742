from __future__ import annotations

from .world import SIZE, World


def test_sizes_and_strings() -> None:
    world = World(env={"A": "1", "LANG": "ä"})
    count, size = world.out(4), world.out(4)
    assert world.call("environ_sizes_get", count, size) == "SUCCESS"
    assert (world.number(count), world.number(size)) == (2, 12)
    environ, buffer = world.out(8), world.out(12)
    assert world.call("environ_get", environ, buffer) == "SUCCESS"
    assert world.read(buffer, 12) == b"A=1\0LANG=\xc3\xa4\0"
    assert [world.number(environ + 4 * i) - buffer for i in range(2)] == [0, 4]


def test_nothing_of_the_host_is_in_it(wasi: World) -> None:
    count, size = wasi.out(4), wasi.out(4)
    assert wasi.call("environ_sizes_get", count, size) == "SUCCESS"
    assert wasi.number(count) == 0


def test_bad_pointers() -> None:
    world = World(env={"A": "1"})
    assert world.call("environ_sizes_get", 64, SIZE) == "FAULT"
    assert world.call("environ_get", 64, SIZE - 1) == "FAULT"
