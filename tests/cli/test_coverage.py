"""How much there is of what real programs import: the bars, and the command that tells."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from compat.abi.row import Level
from compat.cli.coverage import JAVASCRIPT, OUTSIDE, WORLDS, Covered, coverage
from compat.corpus import index_path
from tests.cli.conftest import Said

LIST = index_path().with_name("imports.tsv")


@pytest.fixture(scope="module")
def found() -> list[Covered]:
    return coverage(LIST.read_text("utf-8").splitlines())


def test_every_import_has_a_row(found: list[Covered]) -> None:
    assert [covered.problem for covered in found if covered.row is None] == []


def test_outside_of_a_browser_nearly_all_is_there(found: list[Covered]) -> None:
    levels = [covered.row.level for covered in found if covered.row and covered.world == OUTSIDE]
    assert sum(level in (Level.FULL, Level.PARTIAL) for level in levels) >= 0.95 * len(levels)


def test_what_is_not_all_there_says_so(found: list[Covered]) -> None:
    assert not [c.name for c in found if c.row and c.row.level is not Level.FULL and not c.row.note]


def test_only_what_is_none_of_emscripten_s_is_left_to_the_family_of_any_name(found: list[Covered]) -> None:
    """Else a function of Emscripten's that has no row would count as one of a program's own."""
    with LIST.open(encoding="utf-8", newline="") as file:
        listed = {
            f"{row['module']}.{row['name']}"
            for row in csv.DictReader(file, dialect="excel-tab")
            if row["not_emscripten"]
        }
    assert {covered.name for covered in found if covered.row and covered.row.group == "own"} == listed


def test_a_list_of_one_s_own(said: Said, tmp_path: Path) -> None:
    listed = tmp_path / "imports.tsv"
    listed.write_text(
        "kind\tname\tmodule\nfunc\t_exit\tenv\nmemory\tmemory\tenv\nfunc\t_glClear\tenv\nfunc\tfd\tshop\n"
    )
    status, out, err = said("abi", "--coverage", listed)
    assert (status, err) == (0, "")
    lines = out.splitlines()
    assert lines[0].split() == ["full", "partial", "stub", "absent", "none"]
    assert lines[1].split() == ["outside", "of", "a", "browser", *"10001", "50.0", "%", "full", "or", "partial"]
    assert lines[-1] == "no row: shop.fd is not known"
    facts = json.loads(said("abi", "--json", "--coverage", listed)[1])
    assert [(fact["import"], fact["level"], fact["world"]) for fact in facts] == [
        ("env._exit", "full", WORLDS[0]),
        ("env._glClear", "absent", WORLDS[2]),
        ("shop.fd", None, WORLDS[0]),
    ]


def test_a_row_counts_only_for_the_types_that_it_has() -> None:
    [ours, other] = coverage(["module\tname\tkind\ttypes", "env\t_exit\tfunc\tv(i)", "env\t_exit\tfunc\tv(i) i(i)"])
    assert ours.row
    assert (other.row, other.problem) == (None, "env._exit is declared i(i), known as v(i)")


def test_a_program_s_own_functions_are_told_apart() -> None:
    [own] = coverage(["module\tname\tkind", "env\t_draw_cat\tfunc"])
    assert own.row
    assert (own.world, own.row.level) == (JAVASCRIPT, Level.ABSENT)


@pytest.mark.parametrize("text", ["", "name\tkind\n", "module\tname\tkind\ttypes\nenv\t_exit\tfunc\tnonsense\n"])
def test_no_list(said: Said, tmp_path: Path, text: str) -> None:
    (tmp_path / "imports.tsv").write_text(text)
    status, out, err = said("abi", "--coverage", tmp_path / "imports.tsv")
    assert (status, out, len(err.splitlines())) == (125, "", 1)


def test_one_list_at_most(said: Said) -> None:
    assert said("abi", "--coverage", "a", "b") == (125, "", "compat: abi --coverage takes one FILE\n")
