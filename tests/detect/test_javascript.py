from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compat.detect.javascript import Unbalanced, expression_end, group_end, outline, parts


def whole(text: str) -> str:
    """The group that `text` starts with."""
    return text[: group_end(text, 0)]


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        "{a: [1, (2)], b: {}}",
        "{a: \"}\", b: '}', c: `}`}",
        r'{a: "\"}"}',
        "{a: 1 // }\n}",
        "{a: 1 /* } */}",
        "{a: b.replace(/[}\"']/g, x)}",
        "{a: function() {return /}/.test(b)}}",
        "{a: 6 / 2, b: '}' / 1}",
    ],
)
def test_a_group_ends_at_its_own_bracket(text: str) -> None:
    assert whole(text + "}, more)") == text


@pytest.mark.parametrize("text", ["{", "{(}", "([)]", '{a: "}', "{/* }"])
def test_an_unclosed_group_is_refused(text: str) -> None:
    with pytest.raises(Unbalanced):
        group_end(text, 0)


def test_a_group_beyond_the_limit_is_refused() -> None:
    with pytest.raises(Unbalanced):
        group_end("{" + " " * 100 + "}", 0, limit=100)


def test_parts_are_split_at_the_outermost_commas() -> None:
    text = '[a, f(1, 2), {b: 1, c: 2}, "x,y",]'
    assert list(parts(text, 0, len(text))) == ["a", "f(1, 2)", "{b: 1, c: 2}", '"x,y"']


def test_an_empty_group_has_no_parts() -> None:
    assert list(parts("[ ]", 0, 3)) == []


@pytest.mark.parametrize(
    ("text", "expression"),
    [
        ("a = f(1, 2); b", "a = f(1, 2)"),
        ("a = {b: 1}, c", "a = {b: 1}"),
        ("a = b\nc", "a = b"),
        ("a = b)", "a = b"),
        ("a = b", "a = b"),
    ],
)
def test_an_expression_ends_at_its_own_level(text: str, expression: str) -> None:
    assert text[: expression_end(text, 0, 100)] == expression


def test_an_expression_beyond_the_limit_has_no_end() -> None:
    assert expression_end("a = " + "b" * 100 + ";", 0, 50) is None
    assert expression_end("a = (", 0, 50) is None


def test_an_outline_has_empty_groups_and_no_comments() -> None:
    text = '{a: f(1, 2), /* no */ "b": function(x) {return [x]}, c: d}'
    assert outline(text, 0, len(text)) == '{a: f(),  "b": function() {}, c: d}'


JAVASCRIPT = st.text(st.sampled_from("()[]{}\"'`/\\*\n,;:=ab "), max_size=300)


@given(JAVASCRIPT)
@settings(max_examples=200)
def test_any_text_is_cut_or_refused(text: str) -> None:
    expression_end(text, 0, len(text))
    try:
        end = group_end("{" + text, 0)
    except Unbalanced:
        return
    assert 0 < end <= len(text) + 1
    outline("{" + text, 0, end)
    list(parts("{" + text, 0, end))


@pytest.mark.parametrize("unit", ["=/", "=/[", '"', "'\\", "/*", "{", "//", "`${", "=/x"])
def test_time_is_linear_in_the_text(unit: str) -> None:
    def seconds(count: int) -> float:
        text = "{" + unit * count
        start = time.process_time()
        with pytest.raises(Unbalanced):
            group_end(text, 0)
        return time.process_time() - start

    assert seconds(80_000) < 20 * seconds(8_000) + 0.2
