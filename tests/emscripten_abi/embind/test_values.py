"""JavaScript's operators over Python's values, and what a program cannot reach with them."""

from __future__ import annotations

import math
import sys
from array import array
from enum import Enum
from functools import partial
from logging import getLogger
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from compat import Abort, BindingError
from compat.emscripten_abi.embind import values
from compat.emscripten_abi.embind.values import LARGEST, undefined


class Colour(Enum):
    RED = 5


class Thing:
    shared = 1

    def __init__(self) -> None:
        self.own = 2
        self.module = sys
        self._private = 3

    def method(self, number: int) -> int:
        return number + self.own

    @property
    def computed(self) -> int:
        return 4


KINDS = [
    (undefined, "undefined"), (None, "object"), (True, "boolean"), (1, "number"), (1.5, "number"), ("a", "string"),
    ([], "object"), ({}, "object"), (b"", "object"), (print, "function"), (Thing, "function"), (Thing(), "object"),
]  # fmt: skip


@pytest.mark.parametrize(("value", "kind"), KINDS)
def test_typeof(value: Any, kind: str) -> None:
    assert values.typeof(value) == kind


def test_truth_and_equality() -> None:
    assert [values.truth(value) for value in (0, math.nan, "", None, undefined, False)] == [False] * 6
    assert [values.truth(value) for value in (1, -0.5, "0", [], {}, b"")] == [True] * 6
    for first, second in ((None, undefined), (1, 1.0), (1, "1"), (True, 1), ("", 0)):
        assert values.equal(first, second)
    for first, second in ((None, 0), ([], []), ("1", 2), (None, False)):
        assert not values.equal(first, second)
    same: list[int] = []
    assert values.strictly_equal(same, same)
    assert not values.strictly_equal(1, True)
    assert not values.strictly_equal(None, undefined)
    assert values.less(1, 2)
    assert values.less("10", "9")
    assert not values.less("10", 9)


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "null"), (undefined, "undefined"), (True, "true"), (1.0, "1"), (1.5, "1.5"), (-math.inf, "-Infinity"),
     (math.nan, "NaN"), ([1, None, [2]], "1,,2"), ({"a": 1}, "[object Object]")],
)  # fmt: skip
def test_text(value: Any, text: str) -> None:
    assert values.text(value) == text


def test_objects() -> None:
    thing: dict[str, Any] = {}
    values.put(thing, 1, "one")
    values.put(thing, "a", None)
    assert thing == {"1": "one", "a": None}
    assert (values.get(thing, 1), values.get(thing, "1"), values.get(thing, "b")) == ("one", "one", undefined)
    assert values.get({1: "one"}, 1) == "one"
    assert (values.has(thing, "a"), values.has(thing, "b")) == (True, False)
    assert values.delete(thing, "a")
    assert thing == {"1": "one"}
    for nothing in (None, undefined):
        with pytest.raises(BindingError, match="cannot read"):
            values.get(nothing, "a")


def test_arrays() -> None:
    things: list[Any] = []
    call = partial(values.call_method, things)
    assert call("push", 1, "b", None) == 3
    assert (values.get(things, "length"), values.get(things, 1), values.get(things, 9)) == (3, "b", undefined)
    values.put(things, 4, 5)
    assert things == [1, "b", None, undefined, 5]
    values.put(things, "length", 2)
    assert (call("indexOf", "b"), call("indexOf", "c"), call("includes", 1)) == (1, -1, True)
    assert call("concat", [2], 3) == [1, "b", 2, 3]
    assert (call("join", "-"), call("slice", 1), call("pop"), things) == ("1-b", ["b"], "b", [1])
    assert call("map", lambda item, place, all: item + 1) == [2]
    seen: list[Any] = []
    call("forEach", lambda item, place, all: seen.append((item, place)))
    assert seen == [(1, 0)]
    with pytest.raises(BindingError, match="has no method 'nonsense'"):
        call("nonsense")


@pytest.mark.parametrize("make", [bytearray, lambda data: memoryview(bytearray(data)), lambda data: array("B", data)])
def test_typed_arrays(make: Any) -> None:
    view = make(b"abc")
    assert (values.get(view, 1), values.get(view, "length"), values.get(view, "byteLength")) == (98, 3, 3)
    values.put(view, 0, 256 + 65)
    values.call_method(view, "set", [1.9, -1], 1)
    assert bytes(view) == b"A\x01\xff"
    part = values.call_method(view, "subarray", 1, 2)
    values.put(part, 0, 7)
    copy = values.call_method(view, "slice", 1)
    values.put(copy, 0, 9)
    assert values.get(view, 1) == 7
    with pytest.raises(BindingError, match="do not fit"):
        values.call_method(view, "set", b"12", 2)


def test_strings_and_functions() -> None:
    assert (values.get("héllo", "length"), values.get("abc", 1)) == (5, "b")
    assert values.call_method("abc", "charCodeAt", 1) == 98
    assert math.isnan(values.call_method("abc", "charCodeAt", 9))
    assert values.call_method("a,b", "split", ",") == ["a", "b"]
    assert values.call(lambda: None) is undefined
    assert values.call_method(lambda *numbers: sum(numbers), "call", None, 1, 2) == 3
    assert values.call_method(lambda *numbers: sum(numbers), "apply", None, [1, 2]) == 3
    assert values.call(values.call_method(lambda *numbers: sum(numbers), "bind", None, 1), 2) == 3
    with pytest.raises(BindingError, match="5 is not a function"):
        values.call(5)


class TestPythonObjects:
    def test_what_they_were_written_with(self) -> None:
        thing = Thing()
        assert [values.get(thing, name) for name in ("own", "shared", "computed")] == [2, 1, 4]
        assert values.call_method(thing, "method", 3) == 5
        values.put(thing, "own", 7)
        assert thing.own == 7
        assert values.get(SimpleNamespace(x=1), "x") == 1
        assert values.get(Colour.RED, "value") == 5
        assert values.get(values.construct(Thing), "own") == 2

    @pytest.mark.parametrize(
        "target",
        [
            Thing(),
            Thing,
            Thing().method,
            print,
            "text",
            [],
            {},
            1,
            b"",
            sys,
            lambda: 1,
            (x for x in "a"),
            type,
            object(),
            Exception(),
            Path(),
            partial(print),
            getLogger(),
            Colour.RED,
        ],
    )
    @pytest.mark.parametrize("name", [
        "__class__", "__globals__", "__self__", "__dict__", "_private", "__init__", "mro", "__subclasses__", "gi_frame",
        "format", "modules", "encode", "func", "__func__", "args", "with_traceback", "__builtins__",
        "write_text", "parent", "handlers", "manager",
    ])  # fmt: skip
    def test_what_python_puts_on_them_is_out_of_reach(self, target: Any, name: str) -> None:
        assert values.get(target, name) is undefined

    @pytest.mark.parametrize("target", [Thing, sys, print, "text", 1, object()])
    def test_they_cannot_be_changed(self, target: Any) -> None:
        with pytest.raises(BindingError, match="cannot set"):
            values.put(target, "own", 1)
        with pytest.raises(BindingError, match="cannot set"):
            values.put(Thing(), "_private", 1)


def test_no_program_makes_its_host_allocate_without_bound() -> None:
    for key in (LARGEST + 1, "length"):
        with pytest.raises(Abort, match="asked its host for"):
            values.put([], key, LARGEST + 1)
