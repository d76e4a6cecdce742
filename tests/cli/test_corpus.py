"""`compat corpus`: that the command reaches what tests/test_corpus.py tests."""

from __future__ import annotations

import pytest

from compat import corpus
from tests.cli.conftest import Said


def test_list_has_a_line_for_each_program(said: Said) -> None:
    status, out, err = said("corpus", "list")
    assert (status, err) == (0, "")
    assert [line.split()[0] for line in out.splitlines()] == list(corpus.index())


@pytest.mark.parametrize("words", [[], ["get"], ["list", "php"]])
def test_a_wrong_call(said: Said, words: list[str]) -> None:
    assert said("corpus", *words) == (125, "", "compat: corpus takes list, or fetch and the ids of binaries\n")


def test_fetch_of_what_is_not_in_it(said: Said) -> None:
    expected = "compat: no program 'nothing' in the corpus\ntry: compat corpus list\n"
    assert said("corpus", "fetch", "nothing") == (125, "", expected)


def test_fetch_tells_its_progress_on_standard_error(said: Said, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def fetch(ids: object, log: object) -> None:
        asked.append(ids)
        log("a line")  # type: ignore[operator]

    monkeypatch.setattr(corpus, "fetch", fetch)
    assert said("corpus", "fetch") == (0, "", "a line\n")
    assert said("corpus", "fetch", "a", "b") == (0, "", "a line\n")
    assert asked == [None, ["a", "b"]]
