"""Compiled C++: exceptions and longjmp, in programs that tell a log what happens in them (programs/cxx)."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

import compat
from compat.abi.guest import Value
from compat.emscripten_abi import EmscriptenGuest
from compat.errors import Abort
from tests.compilers import COMPILERS
from tests.emscripten_abi.linking import PROGRAMS, linked


def told(guest: EmscriptenGuest, name: str, *arguments: Value) -> str:
    """The log of one call."""
    guest.call(name, *arguments)
    return log(guest)


def log(guest: EmscriptenGuest) -> str:
    return guest.memory.cstring(int(guest.call("_take_log") or 0)).decode()


@pytest.fixture(params=COMPILERS)
def exceptions(request: pytest.FixtureRequest) -> Iterator[EmscriptenGuest]:
    with linked((PROGRAMS / "cxx/exceptions.wasm").read_bytes(), baseline=request.param) as guest:
        yield guest


@pytest.fixture(params=COMPILERS)
def jumps(request: pytest.FixtureRequest) -> Iterator[EmscriptenGuest]:
    with linked((PROGRAMS / "cxx/jumps.wasm").read_bytes(), baseline=request.param) as guest:
        yield guest


NOTHING, INT, DOUBLE, TEXT, LEFT, BOTH, DIAMOND, POINTER, NULL, UNRELATED = range(10)

CAUGHT_BY_TYPE = {
    NOTHING: "nothing",
    INT: "int=42",
    DOUBLE: "double=25",
    TEXT: "text",
    LEFT: "left=1",
    BOTH: "right=2",
    DIAMOND: "right=2",
    POINTER: "pointer=2",
    NULL: "pointer=0",
    UNRELATED: "anything",
}

CASES = {
    "_rethrown": "first second third ~thrown",
    "_rethrown_as_another_base": "right=2 left=1",
    "_nested": "caught ~inner ~inner still in the outer handler ~outer",
    "_replaced": "~first caught ~second ~second",
    "_one_pointer_twice": "inner=0 outer=0",
    "_counted": "uncaught=1 uncaught=0 uncaught=0",
    "_destructor_that_catches": "within=42 double",
    "_never_made": "int",
    "_held": "held again again end ~held",
    "_held_by_nobody_else": "last ~held",
}


@pytest.mark.parametrize(("kind", "expected"), CAUGHT_BY_TYPE.items())
def test_the_first_handler_that_matches_catches(exceptions: EmscriptenGuest, kind: int, expected: str) -> None:
    assert told(exceptions, "_by_type", kind) == expected
    assert exceptions.call("_blocks") == 0
    assert exceptions.bridge["exceptions.uncaught"]() == 0


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (NOTHING, "after ~local"),
        (INT, "~local int=42"),
        (BOTH, "~local right=2"),
        (UNRELATED, "unrelated after ~local"),
    ],
)
def test_what_does_not_match_goes_on_past_destructors(exceptions: EmscriptenGuest, kind: int, expected: str) -> None:
    assert told(exceptions, "_passes_a_handler", kind) == expected


@pytest.mark.parametrize(("name", "expected"), CASES.items())
def test_handlers_and_destructors_run_in_order(exceptions: EmscriptenGuest, name: str, expected: str) -> None:
    for _ in range(2):
        assert told(exceptions, name) == expected
        assert exceptions.call("_blocks") == 0


def test_an_exception_replaces_a_result(exceptions: EmscriptenGuest) -> None:
    assert [exceptions.call("_with_a_result", x) for x in (3.0, -3.0, 5.0)] == [1.5, -1.0, 2.5]


def test_a_destructor_that_throws_during_unwinding_ends_the_program(exceptions: EmscriptenGuest) -> None:
    with pytest.raises(Abort, match="terminate"):
        exceptions.call("_destructor_that_throws")
    assert log(exceptions) == "alone int"


def test_an_exception_ends_the_program_where_none_may_leave(exceptions: EmscriptenGuest) -> None:
    with pytest.raises(Abort, match="terminate"):
        exceptions.call("_leaves_noexcept")
    assert log(exceptions) == ""


@pytest.mark.parametrize(
    ("kind", "named"),
    [
        (-1, "std::runtime_error: no such planet"),
        (INT, "int"),
        (TEXT, "char const*"),
        (BOTH, "(anonymous namespace)::Both"),
    ],
)
def test_what_nobody_catches_is_named(exceptions: EmscriptenGuest, kind: int, named: str) -> None:
    with pytest.raises(Abort, match=re.escape(f"uncaught C++ exception: {named}") + "$"):
        exceptions.call("_uncaught", kind)
    assert told(exceptions, "_by_type", INT) == "int=42"


def test_nothing_can_be_rethrown_outside_of_a_handler(exceptions: EmscriptenGuest) -> None:
    with pytest.raises(Abort, match="without an exception"):
        exceptions.call("_nothing_to_rethrow")


def test_many_exceptions_leave_nothing_behind(exceptions: EmscriptenGuest) -> None:
    assert exceptions.call("_throws", 10_000) == 10_000
    assert exceptions.call("_blocks") == 0
    assert exceptions.call("_calls", 10_000) == 10_000


@pytest.mark.parametrize("name", ["_returned", "_across_a_setjmp"])
@pytest.mark.parametrize(("value", "returned"), [(7, 7), (-1, -1), (0, 1)])
def test_setjmp_returns_the_value(jumps: EmscriptenGuest, name: str, value: int, returned: int) -> None:
    top = jumps.call("stackSave")
    assert jumps.call(name, value) == returned
    assert jumps.call("stackSave") == top


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("_again_and_again", "round=0 round=10 round=20 round=30"),
        ("_nested", "inner=5 outer=6"),
        ("_two_in_one_function", "second=1 first=2"),
        ("_out_of_a_handler", "handler=7 jumped=7 caught=8"),
        ("_exception_past_a_setjmp", "caught=9"),
    ],
)
def test_jumps_go_to_their_own_setjmp(jumps: EmscriptenGuest, name: str, expected: str) -> None:
    for _ in range(2):
        assert told(jumps, name) == expected


def test_a_jump_to_a_function_that_has_returned_ends_the_program(jumps: EmscriptenGuest) -> None:
    jumps.call("_to_a_dead_frame")
    with pytest.raises(Abort, match="longjmp"):
        jumps.call("_jump_to_a_dead_frame")
    assert jumps.call("_returned", 3) == 3


def test_many_jumps(jumps: EmscriptenGuest) -> None:
    assert jumps.call("_jumps", 10_000) == 10_000


def test_a_session_links_what_exceptions_need() -> None:
    with compat.load(PROGRAMS / "cxx/exceptions.wasm") as program:
        assert program.call("_throws", 3) == 3
        with pytest.raises(Abort, match="no such planet"):
            program.call("_uncaught", -1)


def test_one_program_knows_nothing_of_the_exceptions_of_another() -> None:
    with compat.load(PROGRAMS / "cxx/exceptions.wasm") as first, compat.load(PROGRAMS / "cxx/exceptions.wasm") as other:
        with pytest.raises(Abort, match="int"):
            first.call("_uncaught", INT)
        with pytest.raises(Abort, match="without an exception"):
            other.call("_nothing_to_rethrow")
