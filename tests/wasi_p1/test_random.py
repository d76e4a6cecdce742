from __future__ import annotations

from .world import SIZE, World


def test_fills_the_buffer(wasi: World) -> None:
    first, second = wasi.out(1000), wasi.out(1000)
    for buffer in (first, second):
        assert wasi.call("random_get", buffer, 1000) == "SUCCESS"
    assert len(set(wasi.read(first, 1000))) > 200
    assert wasi.read(first, 1000) != wasi.read(second, 1000)


def test_large_and_empty_buffers(wasi: World) -> None:
    buffer = wasi.out(100_000)
    assert wasi.call("random_get", buffer, 100_000) == "SUCCESS"
    assert wasi.read(buffer + 90_000, 100) != b"?" * 100
    assert wasi.call("random_get", buffer, 0) == "SUCCESS"


def test_bad_pointer(wasi: World) -> None:
    assert wasi.call("random_get", 64, SIZE) == "FAULT"
    assert wasi.call("random_get", 64, -1) == "FAULT"
