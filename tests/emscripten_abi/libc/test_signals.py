from __future__ import annotations

from typing import Any

import pytest

from compat.emscripten_abi.libc.signals import env
from compat.emscripten_abi.structs import Sigaction
from compat.errors import Abort
from tests.emscripten_abi.world import World


@pytest.fixture
def calls(world: World) -> list[tuple[Any, ...]]:
    """What function pointers were called with."""
    made: list[tuple[Any, ...]] = []
    world.guest.exports = {
        **world.guest.exports,
        "dynCall_vi": lambda *args: made.append(args),
        "dynCall_viii": lambda *args: made.append(args),
    }
    return made


def test_a_handler_is_called(world: World, calls: list[tuple[Any, ...]]) -> None:
    assert world.function(env, "_signal")(15, 7) == 0
    assert world.function(env, "_raise")(15) == 0
    assert world.function(env, "_kill")(42, 15) == 0
    assert calls == [(7, 15), (7, 15)]
    assert world.function(env, "_signal")(15, 1) == 7
    assert world.function(env, "_raise")(15) == 0
    assert len(calls) == 2


def test_without_a_handler_a_signal_ends_the_program_or_does_nothing(world: World) -> None:
    assert world.function(env, "_raise")(17) == 0
    with pytest.raises(Abort, match="SIGABRT"):
        world.function(env, "_raise")(6)


def test_sigaction_gives_the_former_action_and_has_flags(world: World, calls: list[tuple[Any, ...]]) -> None:
    world.memory.write(0x100, Sigaction(handler=9, flags=0x8000_0004).pack())
    assert world.function(env, "_sigaction")(10, 0x100, 0) == 0
    assert world.function(env, "_sigaction")(10, 0, 0x200) == 0
    assert Sigaction.unpack(world.memory.read(0x200, 140)).handler == 9
    assert world.untouched(0x200 + 140, 0x300)
    world.function(env, "_raise")(10)
    assert calls == [(9, 10, 0, 0)]
    with pytest.raises(Abort):
        world.function(env, "_raise")(10)


def test_blocked_signals_wait(world: World, calls: list[tuple[Any, ...]]) -> None:
    world.function(env, "_signal")(10, 7)
    world.memory.store_64(0x100, 1 << 9)
    assert world.function(env, "_sigprocmask")(0, 0x100, 0) == 0
    world.function(env, "_raise")(10)
    assert calls == []
    world.function(env, "_sigpending")(0x200)
    assert world.memory.load_u64(0x200) == 1 << 9
    assert world.function(env, "_sigprocmask")(1, 0x100, 0x300) == 0
    assert world.memory.load_u64(0x300) == 1 << 9
    assert calls == [(7, 10)]


def test_bad_signals(world: World) -> None:
    assert world.function(env, "_raise")(65) == -1
    assert world.errno == 22
    assert world.function(env, "_signal")(9, 7) == 0xFFFF_FFFF
    assert world.function(env, "_kill")(7, 15) == -1
    assert world.errno == 3


def test_sets_touch_64_bits(world: World) -> None:
    assert world.function(env, "_sigfillset")(0x100) == 0
    assert world.memory.read(0x100, 12) == b"\xff" * 8 + b"????"
    world.function(env, "_sigemptyset")(0x100)
    world.function(env, "_sigaddset")(0x100, 64)
    assert world.function(env, "_sigismember")(0x100, 64) == 1
    world.function(env, "_sigdelset")(0x100, 64)
    assert world.memory.load_u64(0x100) == 0
    assert world.function(env, "_sigaddset")(0x100, 0) == -1
