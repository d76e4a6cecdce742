"""The corpus is in order: names, files, twins, and outcomes that belong to what is there."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from pathlib import Path

import pytest

from compat import corpus
from corpus.case import LARGEST_KEPT, ROOT, Case, Digest, content, load_cases, load_outcome

CASES = load_cases()
INDEX = corpus.index()
PRODUCT = Path(corpus.__file__).parent
COMMON_WORDS = {"main", "wasi", "python", "three"}
"""Names of packages and files that are words of the field."""


def test_there_are_all_the_programs() -> None:
    assert len(INDEX) == 76


def test_programs_are_put_to_several_uses() -> None:
    uses = Counter(case.program for case in CASES if INDEX[case.program].abi == "emscripten")
    assert [program for program, count in uses.items() if count < 4] == []
    assert len(uses) >= 25


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_case_is_whole(case: Case) -> None:
    # Names of snapshots and folders: what is dropped from a longer alphabet could make two of them one.
    assert re.fullmatch(r"[a-z0-9._-]+", case.name)
    assert case.program in INDEX
    assert all(path.is_file() for path in case.inputs.values())
    assert all(any(output.startswith(f"{guest}/") for guest in case.mounts) for output in case.outputs)
    if case.driver:
        assert (ROOT / "drivers" / f"{case.driver}.py").is_file()
        assert (ROOT / "drivers" / f"{case.driver}.js").is_file()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_outcome_is_of_the_binary_of_the_index(case: Case) -> None:
    load_outcome(case)
    facts = tomllib.loads((case.expected / "run.toml").read_text("utf-8"))
    assert facts["wasm"] == INDEX[case.program].sha256
    assert facts["oracle"].startswith(f"{case.oracle}, ")


def test_nothing_is_left_over() -> None:
    recorded = {path.parent for path in (ROOT / "expected").glob("*/*/run.toml")}
    assert recorded == {case.expected for case in CASES}
    used = {path for case in CASES for path in (*case.inputs.values(), case.import_map_path)} - {None}
    lying_there = {path for path in (ROOT / "cases").glob("*/*") if path.suffix != ".toml"}
    assert lying_there == used


def test_long_content_is_kept_as_a_digest() -> None:
    assert content(bytes(LARGEST_KEPT)) == bytes(LARGEST_KEPT)
    assert content(bytes(LARGEST_KEPT + 1)) == Digest(
        16385, "4465d89da4f7f71b0ce211c9a63e834aa9c869358b85a9a64a9988eea3d6b7f0"
    )


def test_volatile_text_is_no_part_of_the_outcome() -> None:
    case = Case("p", "n", "w", "node-glue", volatile=r" (nps|time) \d+")
    assert case.stable(b"nodes 7 nps 12 time 3 pv a1a2\n") == b"nodes 7 pv a1a2\n"


@pytest.mark.parametrize("path", sorted(PRODUCT.rglob("*.py")), ids=lambda path: path.relative_to(PRODUCT).as_posix())
def test_the_product_knows_no_program(path: Path) -> None:
    """What works must not work because a binary was recognised."""
    names = {n for p in INDEX.values() for n in (p.id, p.package, p.path.name, p.path.stem, p.sha256)} - COMMON_WORDS
    pattern = "|".join(re.escape(name) for name in sorted(names))
    assert re.findall(rf"(?<![\w.-])(?:{pattern})(?![\w-])", path.read_text("utf-8")) == []
