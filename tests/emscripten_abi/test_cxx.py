"""Exceptions on the engine: thrown, matched, rethrown, kept and destroyed as compiled code asks for it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from compat.abi.guest import Exit
from compat.emscripten_abi import EmscriptenGuest
from compat.errors import Abort
from tests.emscripten_abi.linking import PROGRAMS, linked

A, B = 1024, 1040
THROW_A, THROW_B, RETHROW_A, THROW_RUNTIME_ERROR, EXITS, ABORTS, THROWS_IN_HANDLER = range(1, 8)
RETHROWS_KEPT = 11
FREED, DESTROYED = 1, 100


@pytest.fixture
def guest() -> Iterator[EmscriptenGuest]:
    with linked((PROGRAMS / "exceptions.wat").read_text("utf-8")) as guest:
        yield guest


def test_a_handler_of_the_same_type_catches_and_the_object_is_destroyed(guest: EmscriptenGuest) -> None:
    assert guest.call("attempt", THROW_A, A) == guest.heap_start
    assert guest.call("destroyed") == DESTROYED + FREED
    assert guest.call("uncaught") == 0


def test_a_handler_of_a_base_class_gets_the_adjusted_pointer(guest: EmscriptenGuest) -> None:
    assert guest.call("attempt", THROW_B, A) == guest.heap_start + 4
    assert guest.call("destroyed") == FREED


def test_the_stack_is_where_it_was_before_the_throw(guest: EmscriptenGuest) -> None:
    guest.call("attempt", THROW_B, A)
    assert guest.call("stackSave") == 4096 + 16


def test_an_exception_of_another_type_goes_on_and_is_named(guest: EmscriptenGuest) -> None:
    with pytest.raises(Abort, match=r"uncaught C\+\+ exception: net::B$"):
        guest.call("attempt", THROW_B, B + 1)
    assert guest.call("uncaught") == 0


def test_a_standard_exception_says_what(guest: EmscriptenGuest) -> None:
    with pytest.raises(Abort, match=r"std::runtime_error: no such planet$"):
        guest.call("attempt", THROW_RUNTIME_ERROR, A)


def test_a_rethrown_exception_outlives_the_first_handler(guest: EmscriptenGuest) -> None:
    assert guest.call("attempt", RETHROW_A, A) == guest.heap_start
    assert guest.call("destroyed") == DESTROYED + FREED


def test_a_handler_may_throw_another(guest: EmscriptenGuest) -> None:
    assert guest.call("attempt", THROWS_IN_HANDLER, B) == guest.heap_start + 64
    assert guest.call("destroyed") == DESTROYED + 2 * FREED


def test_an_exception_pointer_keeps_the_object_until_it_is_dropped(guest: EmscriptenGuest) -> None:
    kept = guest.call("keep", THROW_A, A)
    assert guest.call("destroyed") == 0
    assert guest.call("attempt", RETHROWS_KEPT, A) == kept
    assert guest.call("destroyed") == 0
    guest.call("drop_kept")
    assert guest.call("destroyed") == DESTROYED + FREED


def test_what_is_caught_inside_does_not_show_outside(guest: EmscriptenGuest) -> None:
    assert guest.call("through_result") == guest.heap_start


def test_throw_without_an_exception_ends_the_program(guest: EmscriptenGuest) -> None:
    with pytest.raises(Abort, match="without an exception"):
        guest.call("rethrow_nothing")


def test_an_exit_passes_every_handler(guest: EmscriptenGuest) -> None:
    with pytest.raises(Exit) as caught:
        guest.call("attempt", EXITS, A)
    assert caught.value.status == 3
    assert guest.call("attempt", THROW_A, A)


def test_an_abort_passes_every_handler(guest: EmscriptenGuest) -> None:
    with pytest.raises(Abort, match=r"^abort\(5\)"):
        guest.call("attempt", ABORTS, A)
