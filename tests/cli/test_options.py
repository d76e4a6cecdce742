"""What follows the file is the guest's, whatever it looks like."""

from __future__ import annotations

import pytest

from compat.cli.options import Option, UsageError, parse, usage

OPTIONS = (Option("dir", "HOST", "a directory"), Option("json", "", "facts"))


def test_options_end_at_the_first_operand() -> None:
    given = parse(["--dir", "a", "--dir=b", "--json", "x.wasm", "--dir", "c", "--", "-h"], OPTIONS)
    assert given.all("dir") == ["a", "b"]
    assert given.last("dir") == "b"
    assert "json" in given
    assert given.operands == ["x.wasm", "--dir", "c", "--", "-h"]


def test_a_double_dash_lets_a_file_begin_with_one() -> None:
    assert parse(["--json", "--", "--odd.wasm", "--dir"], OPTIONS).operands == ["--odd.wasm", "--dir"]


def test_help_in_both_spellings() -> None:
    assert "help" in parse(["-h"], OPTIONS)
    assert "help" in parse(["--help"], OPTIONS)


@pytest.mark.parametrize("argv", [["--nonsense"], ["--dir"], ["--json=1"], ["-x"]])
def test_what_is_not_an_option_is_refused(argv: list[str]) -> None:
    with pytest.raises(UsageError):
        parse(argv, OPTIONS)


def test_usage_lists_every_option_with_its_help() -> None:
    text = usage("compat do [options]", "Do it.", OPTIONS)
    assert "--dir HOST  a directory" in text
    assert "--help" in text
