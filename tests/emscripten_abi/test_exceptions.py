"""The records of exceptions, without any guest."""

from __future__ import annotations

from compat.emscripten_abi.exceptions import Exceptions

OBJECT, TYPE, DESTRUCTOR, WITHIN = 1000, 2000, 3, 1008


def thrown() -> Exceptions:
    exceptions = Exceptions()
    exceptions.throw(OBJECT, TYPE, DESTRUCTOR)
    return exceptions


def test_the_last_handler_destroys() -> None:
    exceptions = thrown()
    exceptions.begin_catch(OBJECT)
    assert (exceptions.last, exceptions.uncaught) == (OBJECT, 0)
    assert exceptions.release(exceptions.end_catch()) == (OBJECT, DESTRUCTOR)
    assert exceptions.last == 0


def test_an_adjusted_pointer_stands_for_the_object() -> None:
    exceptions = thrown()
    exceptions.records[OBJECT].adjusted.append(WITHIN)
    exceptions.begin_catch(WITHIN)
    assert exceptions.uncaught == 0
    assert exceptions.release(exceptions.end_catch()) == (OBJECT, DESTRUCTOR)


def test_a_rethrown_exception_survives_its_handler_and_is_destroyed_by_the_next() -> None:
    exceptions = thrown()
    exceptions.begin_catch(OBJECT)
    assert exceptions.rethrow() == OBJECT
    assert exceptions.release(exceptions.end_catch()) is None
    exceptions.begin_catch(OBJECT)
    assert exceptions.release(exceptions.end_catch()) == (OBJECT, DESTRUCTOR)


def test_what_an_exception_pointer_holds_lives_on_and_can_be_thrown_again() -> None:
    exceptions = thrown()
    exceptions.begin_catch(OBJECT)
    exceptions.acquire(OBJECT)
    assert exceptions.release(exceptions.end_catch()) is None
    assert exceptions.rethrow_primary(OBJECT) == OBJECT
    assert exceptions.handled == []
    exceptions.begin_catch(OBJECT)
    assert exceptions.release(exceptions.end_catch()) is None
    assert exceptions.release(OBJECT) == (OBJECT, DESTRUCTOR)


def test_what_was_never_thrown_is_left_alone() -> None:
    exceptions = Exceptions()
    exceptions.begin_catch(OBJECT)
    exceptions.acquire(OBJECT)
    assert exceptions.release(exceptions.end_catch()) is None
    assert (exceptions.end_catch(), exceptions.rethrow()) == (0, 0)
