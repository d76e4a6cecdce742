"""What a side module expects of C's library, on the engine."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from compat.emscripten_abi import EmscriptenGuest
from compat.emscripten_abi.libc.undefined import env
from compat.errors import Abort
from tests.emscripten_abi.linking import linked
from tests.emscripten_abi.world import World

PROGRAM = """(module
  (import "env" "memory" (memory 2 2))
  (import "env" "_memcmp" (func $memcmp (param i32 i32 i32) (result i32)))
  (import "env" "_iswdigit" (func $iswdigit (param i32) (result i32)))
  (import "env" "_iswspace" (func $iswspace (param i32) (result i32)))
  (import "env" "_iswalpha" (func $iswalpha (param i32) (result i32)))
  (export "memcmp" (func $memcmp)) (export "iswdigit" (func $iswdigit))
  (export "iswspace" (func $iswspace)) (export "iswalpha" (func $iswalpha)))"""


@pytest.fixture(scope="module")
def guest() -> Iterator[EmscriptenGuest]:
    with linked(PROGRAM) as guest:
        yield guest


@pytest.mark.parametrize(
    ("left", "right", "size", "result"),
    [(b"abc", b"abd", 3, -1), (b"abc", b"abd", 2, 0), (b"\xff", b"\1", 1, 254), (b"a", b"b", 0, 0)],
)
def test_memcmp(guest: EmscriptenGuest, left: bytes, right: bytes, size: int, result: int) -> None:
    guest.memory.write(0x100, left)
    guest.memory.write(0x200, right)
    assert guest.call("memcmp", 0x100, 0x200, size) == result


@pytest.mark.parametrize(
    ("name", "inside", "outside"),
    [
        ("iswdigit", "059", "a/:٣\0"),
        ("iswspace", " \t\n\v\f\r\x85\u2003\u2028\u3000", "a\0\xa0\u2007\u202f"),
        ("iswalpha", "azAZéжλ中٣", "0 _.\0\u20ac"),
    ],
)
def test_classes_of_characters(guest: EmscriptenGuest, name: str, inside: str, outside: str) -> None:
    assert [c for c in inside if not guest.call(name, ord(c))] == []
    assert [c for c in outside if guest.call(name, ord(c))] == []
    assert guest.call(name, -1) == 0


def test_new_and_delete_are_malloc_and_free(world: World) -> None:
    address = world.function(env, "__Znwm")(24)
    world.function(env, "__ZdlPv")(address)
    world.function(env, "__ZdlPv")(0)
    assert world.freed == [address]
    world.guest.exports = {"_malloc": lambda _: 0}
    with pytest.raises(Abort, match="bad_alloc: no memory for 24 bytes"):
        world.function(env, "__Znwm")(24)
