"""Requests fail, in the ways that were documented; files that are there are taken as they are."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from compat.emscripten_abi.wget import env
from compat.errors import Abort
from tests.emscripten_abi.world import HEAP, World

ONLOAD, ONERROR, ARGUMENT = 11, 12, 77
STACK = 0x9000


@pytest.fixture
def calls(world: World) -> list[tuple[object, ...]]:
    """What of the guest's has been called: function and arguments, and for a path its text."""
    made: list[tuple[object, ...]] = []

    def recorder(signature: str) -> Callable[..., None]:
        return lambda *arguments: made.append((signature, *arguments))

    callers = {f"dynCall_{signature}": recorder(signature) for signature in ("v", "vi", "vii", "viii", "viiii")}
    stack = {"stackSave": lambda: STACK, "stackAlloc": lambda size: STACK, "stackRestore": recorder("restore")}
    world.guest.exports = {**world.guest.exports, **callers, **stack}
    return made


def test_waiting_for_a_file_makes_none(world: World) -> None:
    world.function(env, "_emscripten_wget")(world.text("http://example.org/a", 0x100), world.text("/tmp/a", 0x200))
    assert world.process.fs.resolve("/tmp/a").node is None
    world.function(env, "_emscripten_wget_data")(0x100, 0x300, 0x304, 0x308)
    assert world.memory.read(0x300, 16) == b"????????\1\0\0\0????"


def test_a_file_is_answered_by_its_path(world: World, calls: list[tuple[object, ...]]) -> None:
    world.text("u", 0x100)
    world.function(env, "_emscripten_async_wget")(0x100, world.text("a/../b", 0x200), ONLOAD, ONERROR)
    world.function(env, "_emscripten_async_wget")(0x100, 0x200, ONLOAD, 0)
    assert calls == []
    world.guest.settle()
    assert calls == [("vi", ONERROR, STACK), ("restore", STACK)]
    assert world.memory.cstring(STACK) == b"/b"


def test_a_path_that_is_none_ends_the_program(world: World) -> None:
    with pytest.raises(Abort, match="ENAMETOOLONG"):
        world.function(env, "_emscripten_async_wget")(world.text("u", 0x100), world.text("x" * 5000), 0, ONERROR)


def test_data_are_answered_by_the_argument(world: World, calls: list[tuple[object, ...]]) -> None:
    world.function(env, "_emscripten_async_wget_data")(world.text("u"), ARGUMENT, ONLOAD, ONERROR)
    world.guest.settle()
    assert calls == [("vi", ONERROR, ARGUMENT)]


def test_requests_have_handles_and_can_be_given_up(world: World, calls: list[tuple[object, ...]]) -> None:
    text = world.text("x")
    file = world.function(env, "_emscripten_async_wget2")
    data = world.function(env, "_emscripten_async_wget2_data")
    assert file(text, text, text, text, ARGUMENT, ONLOAD, ONERROR, 0) == 0
    assert data(text, text, text, ARGUMENT, 1, ONLOAD, ONERROR, 0) == 1
    assert data(text, text, text, ARGUMENT, 1, ONLOAD, ONERROR, 0) == 2
    world.function(env, "_emscripten_async_wget2_abort")(1)
    world.function(env, "_emscripten_async_wget2_abort")(99)
    world.guest.settle()
    assert calls == [("viii", ONERROR, 0, ARGUMENT, 0), ("viiii", ONERROR, 2, ARGUMENT, 0, 0)]
    world.function(env, "_emscripten_async_wget2_abort")(2)


def test_a_file_that_is_there_is_ready(world: World, calls: list[tuple[object, ...]]) -> None:
    prepare = world.function(env, "_emscripten_run_preload_plugins")
    assert prepare(world.text("/nowhere"), ONLOAD, ONERROR) == -1
    name = world.text("/tmp")
    assert prepare(name, ONLOAD, ONERROR) == 0
    world.guest.settle()
    assert calls == [("vi", ONLOAD, name)]


def test_data_are_ready_under_a_name(world: World, calls: list[tuple[object, ...]]) -> None:
    prepare = world.function(env, "_emscripten_run_preload_plugins_data")
    for _ in range(2):
        prepare(0x100, 4, world.text("png"), ARGUMENT, ONLOAD, ONERROR)
    world.guest.settle()
    (_, _, argument, name), second = calls
    assert (argument, name) == (ARGUMENT, HEAP)
    assert world.memory.cstring(HEAP) == b"prepare_data_0.png"
    assert world.memory.cstring(int(str(second[3]))) == b"prepare_data_1.png"


def test_no_script_is_loaded(world: World, calls: list[tuple[object, ...]]) -> None:
    world.function(env, "_emscripten_async_load_script")(world.text("more.js"), ONLOAD, ONERROR)
    world.guest.settle()
    assert calls == [("v", ONERROR)]
