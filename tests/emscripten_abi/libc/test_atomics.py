from __future__ import annotations

import pytest

from compat.emscripten_abi.libc.atomics import env
from tests.emscripten_abi.world import World

HIGH, LOW = 0x1122_3344, 0x8899_AABB


@pytest.fixture
def high(world: World, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """What went through tempRet0."""
    seen: list[int] = []
    monkeypatch.setattr(world.guest, "set_temp_ret0", seen.append)
    world.memory.store_64(0x100, HIGH << 32 | LOW)
    return seen


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("_emscripten_atomic_exchange_u64", 0x0000_0005_0000_0007),
        ("__emscripten_atomic_fetch_and_add_u64", (HIGH + 5 << 32 | LOW) + 7),
        ("__emscripten_atomic_fetch_and_sub_u64", (HIGH - 5 << 32 | LOW) - 7),
        ("__emscripten_atomic_fetch_and_and_u64", (HIGH & 5) << 32 | (LOW & 7)),
        ("__emscripten_atomic_fetch_and_or_u64", (HIGH | 5) << 32 | (LOW | 7)),
        ("__emscripten_atomic_fetch_and_xor_u64", (HIGH ^ 5) << 32 | (LOW ^ 7)),
    ],
)
def test_operations_return_what_was_there(world: World, high: list[int], name: str, expected: int) -> None:
    assert world.function(env, name)(0x100, 7, 5) == LOW
    assert high == [HIGH]
    assert world.memory.load_u64(0x100) == expected
    assert world.untouched(0x108, 0x110)


def test_load_and_store(world: World, high: list[int]) -> None:
    assert world.function(env, "_emscripten_atomic_load_u64")(0x100) == LOW
    assert high == [HIGH]
    world.function(env, "_emscripten_atomic_store_u64")(0x100, -1, 1)
    assert world.memory.load_u64(0x100) == 0x1_FFFF_FFFF


def test_words(world: World) -> None:
    world.memory.store_32(0x100, -1)
    assert world.function(env, "_emscripten_atomic_add_u32")(0x100, 2) == 0xFFFF_FFFF
    assert world.memory.load_u32(0x100) == 1
