"""`compat inspect`: the facts as text, and the same as JSON."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.conftest import Said
from tests.conftest import Build
from tests.programs import emscripten, main, start, wasi

SAMPLE = Path(__file__).parent.parent.parent / "samples" / "hello.wasm"


def test_text_says_what_the_json_says(said: Said) -> None:
    status, out, err = said("inspect", SAMPLE)
    assert (status, err) == (0, "")
    facts = json.loads(said("inspect", "--json", SAMPLE)[1])
    assert out.startswith("hello.wasm: emscripten, made by Emscripten 1.38.31 to 1.38.43")
    assert (facts["abi"], facts["missing"]) == ("emscripten", [])
    assert all(evidence["sentence"] in out for evidence in facts["evidence"])


def test_what_is_missing_is_listed(said: Said, build: Build) -> None:
    program = build(
        emscripten(main(""), imports='(import "env" "_nowhere" (func)) (import "env" "_glClear" (func (param i32)))')
    )
    _, out, _ = said("inspect", program)
    assert "  missing     it is none of Emscripten's: " in out
    assert "env._nowhere\n" in out
    assert ": env._glClear\n" in out
    assert json.loads(said("inspect", "--json", program)[1])["missing"] == ["env._nowhere", "env._glClear"]


def test_what_cannot_be_run_is_inspected_all_the_same(said: Said, build: Build) -> None:
    program = build('(module (import "go" "debug" (func (param i32))))')
    status, out, err = said("inspect", program)
    assert (status, err) == (0, "")
    assert "needs" in out


def test_the_abi_can_be_given(said: Said, build: Build) -> None:
    program = build(wasi(start("")))
    assert json.loads(said("inspect", "--json", program)[1])["abi"] == "wasi_snapshot_preview1"
    assert json.loads(said("inspect", "--json", "--abi", "wasi_unstable", program)[1])["abi"] == "wasi_unstable"


def test_one_file_at_a_time(said: Said) -> None:
    for files in ((), (SAMPLE, SAMPLE)):
        assert said("inspect", *files) == (125, "", "compat: inspect takes one FILE (compat inspect --help)\n")


def test_what_is_missing_is_listed_by_reason(said: Said, build: Build) -> None:
    imports = "".join(f'(import "shop" "item{index}" (func))' for index in range(14))
    _, out, _ = said("inspect", build(wasi(start(""), imports=imports)))
    assert "\n  missing     unknown: shop.item0, shop.item1," in out
    assert "and 2 more (--json has them all)\n" in out
