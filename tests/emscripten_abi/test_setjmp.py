"""longjmp on the engine, as compiled code uses it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from compat.emscripten_abi import EmscriptenGuest
from compat.errors import Abort
from tests.emscripten_abi.linking import PROGRAMS, linked


@pytest.fixture(params=["setThrew", "_setThrew"])
def guest(request: pytest.FixtureRequest) -> Iterator[EmscriptenGuest]:
    with linked((PROGRAMS / "setjmp.wat").read_text("utf-8").replace("_setThrew", request.param)) as guest:
        yield guest


@pytest.mark.parametrize(("value", "returned"), [(7, 7), (-1, -1), (0, 1)])
def test_setjmp_returns_again_with_the_value(guest: EmscriptenGuest, value: int, returned: int) -> None:
    assert guest.call("try", value) == returned


def test_a_jump_leaves_the_frames_between(guest: EmscriptenGuest) -> None:
    guest.call("try", 7)
    assert guest.call("stackSave") == 4096


def test_a_second_jump_goes_to_the_same_place(guest: EmscriptenGuest) -> None:
    assert [guest.call("try", value) for value in (3, 4)] == [3, 4]


def test_a_jump_to_a_function_that_has_returned_ends_the_program(guest: EmscriptenGuest) -> None:
    with pytest.raises(Abort, match="longjmp"):
        guest.call("jump", 5)
