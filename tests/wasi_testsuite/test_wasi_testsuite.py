"""The conformance suite of WASI itself, https://github.com/WebAssembly/wasi-testsuite, all of its preview 1 programs.

Check out its branch prod/testsuite-base, which has the programs compiled, or main, and let build.py compile those in C
and AssemblyScript. Name the place in COMPAT_WASI_TESTSUITE.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from compat._typing import Any, NamedTuple

PLACE = os.environ.get("COMPAT_WASI_TESTSUITE")
PROGRAMS = sorted(Path(PLACE).glob("tests/*/testsuite/wasm32-wasip1/*.wasm")) if PLACE else []
TIMEOUT = 60
"""Seconds; the slowest program takes two."""


class Expectation(NamedTuple):
    """What is beside a program (doc/specification.md there, "legacy configuration"); None where it says nothing."""

    args: Sequence[str] = ()
    env: Mapping[str, str] = {}
    root: str | None = None
    exit_code: int = 0
    stdout: str | None = None
    stderr: str | None = None


def expectation(program: Path) -> Expectation:
    """Fails for a key that this runner does not know: a test that is half run proves nothing."""
    beside = program.with_suffix(".json")
    fields: dict[str, Any] = json.loads(beside.read_text("utf-8")) if beside.is_file() else {}
    return Expectation(**fields)


@pytest.mark.skipif(PLACE is None, reason="COMPAT_WASI_TESTSUITE does not say where wasi-testsuite is")
def test_the_suite_is_there() -> None:
    assert PROGRAMS, f"no program for wasm32-wasip1 below {PLACE}"


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda path: f"{path.parts[-4]}-{path.stem}")
def test_program(program: Path, tmp_path: Path) -> None:
    expected = expectation(program)
    options = [f"--env={name}={value}" for name, value in expected.env.items()]
    if expected.root is not None:
        root = tmp_path / "root"
        shutil.copytree(program.parent / expected.root, root, symlinks=True)
        options.append(f"--dir={root}::/")
    command = [sys.executable, "-m", "compat", "run", *options, str(program), *expected.args]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=TIMEOUT, check=False)
    assert done.returncode == expected.exit_code, done.stderr.decode("utf-8", "replace")
    assert expected.stdout in (None, done.stdout.decode("utf-8"))
    assert expected.stderr in (None, done.stderr.decode("utf-8"))
