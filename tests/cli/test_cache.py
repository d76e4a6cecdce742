"""`compat cache`."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.cli.conftest import Command, Said
from tests.conftest import Build
from tests.programs import start, wasi


@pytest.fixture
def empty(tmp_path: Path, own_cache: object, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("COMPAT_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_a_run_leaves_a_module_that_is_listed_and_removed(
    command: Command, said: Said, build: Build, empty: Path
) -> None:
    assert said("cache", "dir") == (0, f"{empty}\n", "")
    assert said("cache", "ls") == (0, "", "")
    assert command("run", build(wasi(start("")))).returncode == 0
    [artefact] = empty.glob("*.cwasm")
    size = artefact.stat().st_size
    assert said("cache", "ls") == (0, f"{size:>12}  {artefact.name}\n", "")
    assert said("cache", "clean") == (0, f"removed 1 modules, {size} bytes\n", "")
    assert list(empty.iterdir()) == []
    assert said("cache", "clean") == (0, "removed 0 modules, 0 bytes\n", "")


@pytest.mark.parametrize("words", [[], ["list"], ["dir", "ls"]])
def test_a_wrong_call(said: Said, words: list[str]) -> None:
    assert said("cache", *words) == (125, "", "compat: cache takes one of dir, ls, clean\n")


def test_a_cache_that_cannot_be_written_costs_time_only(command: Command, build: Build, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    program = build(wasi(start("(call $proc_exit (i32.const 5))")))
    done = command("run", program, env=os.environ | {"COMPAT_CACHE_DIR": str(tmp_path / "file")})
    assert done.returncode == 5
    assert b"compiled code is not kept" in done.stderr
