"""`compat abi`: what there is, and how much of it."""

from __future__ import annotations

import json

import pytest

from compat import wasi_p1
from compat.emscripten_abi.tables import threading_tables
from tests.cli.conftest import Said


def test_every_row_of_both_is_listed(said: Said) -> None:
    status, out, err = said("abi")
    assert (status, err) == (0, "")
    assert len(out.splitlines()) == len([*threading_tables(), *wasi_p1.TABLES])


@pytest.mark.parametrize(("name", "tables"), [("emscripten", threading_tables()), ("wasi", wasi_p1.TABLES)])
def test_one_of_them(said: Said, name: str, tables: object) -> None:
    facts = json.loads(said("abi", "--json", name)[1])
    assert [(fact["module"], fact["name"]) for fact in facts] == [(row.module, row.name) for row in tables]  # type: ignore[attr-defined]
    assert all(fact["note"] for fact in facts if fact["level"] != "full")


def test_by_name_with_what_it_does(said: Said) -> None:
    status, out, _ = said("abi", "wasi", "random_get")
    assert status == 0
    assert out.splitlines()[0].split() == ["full", "random", "wasi_snapshot_preview1.random_get"]
    assert said("abi", "random_get")[1] == out


def test_no_such_function(said: Said) -> None:
    assert said("abi", "wasi", "fork") == (125, "", "compat: no function of wasi has 'fork' in its name\n")
    assert said("abi", "xyzzy") == (125, "", "compat: no function of emscripten or wasi has 'xyzzy' in its name\n")


def test_too_many_names(said: Said) -> None:
    status, out, err = said("abi", "wasi", "fd", "read")
    assert (status, out, len(err.splitlines())) == (125, "", 1)
