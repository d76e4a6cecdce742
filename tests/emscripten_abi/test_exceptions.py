"""The records of exceptions, without any guest."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compat.emscripten_abi import exceptions
from compat.engine import default_engine
from compat.engine.protocol import StoreLimits

OBJECT, TYPE, DESTRUCTOR, WITHIN = 1000, 2000, 3, 1008
ANOTHER = 1064
IN_ONE_BUCKET = [OBJECT + 8192 * i for i in range(5)]


@contextmanager
def instance() -> Iterator[Any]:
    engine = default_engine()
    with closing(engine.store(StoreLimits())) as store:
        exports = store.instantiate(engine.compile_text(exceptions.text()), []).exports
        yield SimpleNamespace(**dict(exports))


@pytest.fixture
def records() -> Iterator[Any]:
    with instance() as made:
        yield made


def last_owner(records: Any, thrown: int) -> bool:
    return bool(records.release(thrown))


def test_the_exports_are_declared_with_their_types() -> None:
    module = default_engine().compile_text(exceptions.text())
    assert {name: str(type) for name, type in module.export_types.items()} == exceptions.FUNCTIONS


def test_the_last_handler_destroys(records: Any) -> None:
    records.throw(OBJECT, TYPE, DESTRUCTOR)
    assert (records.last(), records.uncaught(), records.type(OBJECT)) == (OBJECT, 1, TYPE)
    records.begin_catch(OBJECT)
    assert (records.last(), records.uncaught()) == (OBJECT, 0)
    assert records.end_catch() == OBJECT
    assert records.last() == 0
    assert records.destructor(OBJECT) == DESTRUCTOR
    assert last_owner(records, OBJECT)
    assert (records.type(OBJECT), records.destructor(OBJECT)) == (0, 0)


def test_an_adjusted_pointer_stands_for_the_object(records: Any) -> None:
    records.throw(OBJECT, TYPE, DESTRUCTOR)
    records.adjust(OBJECT, WITHIN)
    records.begin_catch(WITHIN)
    assert records.uncaught() == 0
    assert records.end_catch() == OBJECT
    assert last_owner(records, OBJECT)
    records.begin_catch(WITHIN)
    assert records.end_catch() == WITHIN


def test_handlers_may_know_one_exception_by_several_pointers(records: Any) -> None:
    records.throw(OBJECT, TYPE, DESTRUCTOR)
    for pointer in (WITHIN, WITHIN + 8):
        records.adjust(OBJECT, pointer)
        records.begin_catch(pointer)
        records.rethrow()
    records.begin_catch(OBJECT)
    assert [records.end_catch() for _ in range(3)] == [OBJECT] * 3
    assert [last_owner(records, OBJECT) for _ in range(3)] == [False, False, True]


def test_two_thrown_pointers_may_point_to_one_place(records: Any) -> None:
    """What a handler of a pointer is given is the pointer that was thrown, for both exceptions."""
    for thrown in (OBJECT, ANOTHER):
        records.throw(thrown, TYPE, 0)
        records.adjust(thrown, WITHIN)
        records.begin_catch(WITHIN)
    assert [records.end_catch(), records.end_catch()] == [ANOTHER, OBJECT]
    assert last_owner(records, ANOTHER)
    assert last_owner(records, OBJECT)


def test_a_null_pointer_may_be_thrown(records: Any) -> None:
    records.throw(OBJECT, TYPE, 0)
    records.adjust(OBJECT, 0)
    records.begin_catch(0)
    assert records.uncaught() == 0
    assert records.end_catch() == OBJECT
    assert (records.last(), records.type(0)) == (0, 0)


def test_a_rethrown_exception_survives_its_handler_and_is_destroyed_by_the_next(records: Any) -> None:
    records.throw(OBJECT, TYPE, DESTRUCTOR)
    records.begin_catch(OBJECT)
    assert records.rethrow() == OBJECT
    assert not last_owner(records, records.end_catch())
    assert records.resume(OBJECT) == OBJECT
    records.begin_catch(OBJECT)
    assert last_owner(records, records.end_catch())


def test_what_an_exception_pointer_holds_lives_on_and_can_be_thrown_again(records: Any) -> None:
    records.throw(OBJECT, TYPE, DESTRUCTOR)
    records.begin_catch(OBJECT)
    assert records.current() == OBJECT
    assert not last_owner(records, records.end_catch())
    assert records.rethrow_primary(OBJECT) == OBJECT
    assert records.current() == 0
    records.begin_catch(OBJECT)
    assert not last_owner(records, records.end_catch())
    assert last_owner(records, OBJECT)


def test_an_exception_goes_on_after_a_handler_that_ended_on_its_way(records: Any) -> None:
    records.throw(OBJECT, TYPE, 0)
    records.begin_catch(OBJECT)
    records.throw(ANOTHER, TYPE, 0)
    records.adjust(ANOTHER, ANOTHER + 8)
    assert records.end_catch() == OBJECT
    assert records.resume(ANOTHER + 8) == ANOTHER
    assert records.last() == ANOTHER


def test_what_was_never_thrown_is_left_alone(records: Any) -> None:
    assert (records.end_catch(), records.rethrow(), records.current()) == (0, 0, 0)
    records.begin_catch(OBJECT)
    records.acquire(OBJECT)
    assert not last_owner(records, records.end_catch())


def test_an_object_that_a_longjmp_left_behind_is_thrown_anew(records: Any) -> None:
    records.throw(OBJECT, TYPE, DESTRUCTOR)
    records.begin_catch(OBJECT)
    records.throw(OBJECT, TYPE + 8, 0)
    assert (records.type(OBJECT), records.destructor(OBJECT)) == (TYPE + 8, 0)
    records.begin_catch(OBJECT)
    assert last_owner(records, records.end_catch())


def test_there_is_room_for_many(records: Any) -> None:
    for i in range(5000):
        records.throw(i * 16, i, 0)
    assert [records.type(i * 16) for i in range(5000)] == list(range(5000))
    assert records.uncaught() == 5000


class Model:
    """The same in few words: what is thrown, the addresses that it is known by, newest first, and the handlers."""

    def __init__(self) -> None:
        self.thrown: dict[int, dict[str, int]] = {}
        self.names: list[tuple[int, int]] = []
        self.handlers: list[int] = []
        self.in_flight = self.count = 0

    def known(self, address: int) -> int | None:
        return next((thrown for name, thrown in self.names if name == address), None)

    def forget(self, thrown: int) -> None:
        self.names = [name for name in self.names if name[1] != thrown]
        self.thrown.pop(thrown, None)

    def throw(self, thrown: int, type: int, destructor: int) -> None:
        self.forget(thrown)
        self.names.insert(0, (thrown, thrown))
        self.thrown[thrown] = {"type": type, "destructor": destructor, "references": 0, "caught": 0, "rethrown": 0}
        self.in_flight = thrown
        self.count += 1

    def resume(self, address: int) -> int:
        if not self.in_flight:
            known = self.known(address)
            self.in_flight = address if known is None else known
        return self.in_flight

    def rethrow(self) -> int:
        return self.rethrow_primary(self.handlers[-1]) if self.handlers else 0

    def rethrow_primary(self, thrown: int) -> int:
        if thrown in self.thrown:
            self.thrown[thrown]["rethrown"] = 1
        self.in_flight = thrown
        return thrown

    def last(self) -> int:
        return self.in_flight

    def type(self, thrown: int) -> int:
        return self.thrown.get(thrown, {"type": 0})["type"]

    def destructor(self, thrown: int) -> int:
        return self.thrown.get(thrown, {"destructor": 0})["destructor"]

    def adjust(self, thrown: int, address: int) -> None:
        if thrown in self.thrown and self.known(address) != thrown:
            self.names.insert(0, (address, thrown))

    def begin_catch(self, address: int) -> None:
        known = self.known(address)
        self.handlers.append(address if known is None else known)
        if known is not None:
            record = self.thrown[known]
            self.count -= not record["caught"]
            record.update(caught=1, rethrown=0, references=record["references"] + 1)

    def end_catch(self) -> int:
        if not self.handlers:
            return 0
        self.in_flight = 0
        return self.handlers.pop()

    def current(self) -> int:
        if not self.handlers:
            return 0
        self.acquire(self.handlers[-1])
        return self.handlers[-1]

    def acquire(self, thrown: int) -> None:
        if thrown in self.thrown:
            self.thrown[thrown]["references"] += 1

    def release(self, thrown: int) -> int:
        if thrown not in self.thrown:
            return 0
        record = self.thrown[thrown]
        record["references"] -= 1
        if record["references"] > 0 or record["rethrown"]:
            return 0
        self.forget(thrown)
        return 1

    def uncaught(self) -> int:
        return self.count

    def settle(self) -> None:
        self.in_flight = self.count = 0


ADDRESSES = st.sampled_from([0, 1, 8, OBJECT, WITHIN, *IN_ONE_BUCKET])


@st.composite
def calls(draw: st.DrawFn) -> tuple[str, list[int]]:
    name = draw(st.sampled_from(sorted(exceptions.FUNCTIONS)))
    return name, [draw(ADDRESSES) for _ in range(exceptions.FUNCTIONS[name].count("i", 2))]


@settings(max_examples=100)
@given(st.lists(calls(), max_size=60))
def test_no_order_of_calls_confuses_them(script: list[tuple[str, list[int]]]) -> None:
    with instance() as made:
        model = Model()
        for name, arguments in script:
            expected = getattr(model, name)(*arguments)
            assert cast("Callable[..., Any]", getattr(made, name))(*arguments) == expected, name
