"""`compat compile`."""

from __future__ import annotations

from pathlib import Path

import pytest

from compat.engine.wasm2c.toolchain import Toolchain
from tests.cli.conftest import Command, Said
from tests.emscripten_abi.linking import PROGRAMS

SAMPLE = Path(__file__).parents[2] / "samples" / "hello.wasm"
THROWS = PROGRAMS / "cxx" / "exceptions.wasm"
"""It has a bridge, and that a library."""


@pytest.fixture
def empty(tmp_path: Path, own_cache: object, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("COMPAT_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache"


def kept(folder: Path, suffix: str) -> set[str]:
    return {path.name for path in folder.glob(f"*{suffix}")}


def test_nothing_is_left_to_compile(said: Said, command: Command, empty: Path) -> None:
    assert said("compile", SAMPLE) == (0, "", "")
    before = kept(empty, ".cwasm")
    assert before
    assert command("run", SAMPLE).stdout.startswith(b"Hello, fastcomp!")
    assert kept(empty, ".cwasm") == before


@pytest.mark.parametrize("program", [SAMPLE, THROWS], ids=lambda path: path.stem)
def test_nor_natively(
    said: Said, empty: Path, monkeypatch: pytest.MonkeyPatch, command: Command, program: Path
) -> None:
    assert said("compile", "--native", program) == (0, "", "")
    before = kept(empty, ".so")
    assert len(before) == 1 + 2 * (program == THROWS) + (program == SAMPLE)
    assert not kept(empty, ".cwasm")
    monkeypatch.setattr(Toolchain, "build", None)
    assert said("compile", "--native", program) == (0, "", "")
    if program == SAMPLE:
        done = command("run", "--native", program, "one")
        assert (done.returncode, done.stdout.splitlines()[2]) == (0, b"argv[1] = one")
    assert kept(empty, ".so") == before


def test_it_takes_one_file(said: Said) -> None:
    for words in ((), ("a.wasm", "b.wasm")):
        assert said("compile", *words) == (125, "", "compat: compile needs one FILE (compat compile --help)\n")


def test_no_tools(said: Said, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("compat.engine._engines", {})
    monkeypatch.setattr("compat.engine.wasm2c.toolchain.find_spec", lambda name: None)
    monkeypatch.setenv("PATH", "")
    status, out, err = said("compile", "--native", SAMPLE)
    assert (status, out) == (125, "")
    assert err.startswith("compat: there is no wasm2c.\nInstall it with `pip install 'compat[native]'`")
