"""What current compilers emit runs, and does what it does under node: programs of our own (programs/build.py)."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

import compat
from compat.wasi_p1.types import Errno

from .test_differential import NODE_COMMAND, RUNNER, missing

PROGRAMS = Path(__file__).parent / "programs"
LANGUAGES = ("assemblyscript", "c", "zig")


def did(status: int, stdout: bytes, root: Path) -> tuple[int, bytes, dict[str, bytes]]:
    return status, stdout, {path.name: path.read_bytes() for path in root.iterdir()}


def test_every_program_is_here() -> None:
    assert {path.stem for path in PROGRAMS.glob("*.wasm")} == set(LANGUAGES)


@pytest.mark.parametrize("stdin", [b"", b"Hello, file\n", b"x" * 4000], ids=len)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_program(language: str, stdin: bytes, tmp_path: Path) -> None:
    result = compat.run(PROGRAMS / f"{language}.wasm", stdin=stdin, mounts=[compat.Mount(str(tmp_path), "/")])
    mean = sum(stdin) // len(stdin) if stdin else 0
    told = stdin.upper() + f"names: 1\nsize: {len(stdin)}\nmean: {mean}\nmissing: {Errno.NOENT}\n".encode()
    assert did(result.status, result.stdout, tmp_path) == (3, told, {"out": stdin.upper()})


@pytest.mark.parametrize("language", LANGUAGES)
@missing("node", NODE_COMMAND)
def test_the_same_under_node(language: str, tmp_path: Path) -> None:
    program, stdin, ours, theirs = (
        PROGRAMS / f"{language}.wasm",
        b"Hello, file\n",
        tmp_path / "ours",
        tmp_path / "theirs",
    )
    ours.mkdir()
    theirs.mkdir()
    result = compat.run(program, stdin=stdin, mounts=[compat.Mount(str(ours), "/")])
    command = [NODE_COMMAND, "--no-warnings", RUNNER, program, theirs]
    done = subprocess.run(command, input=stdin, capture_output=True, timeout=60, check=False)
    assert did(result.status, result.stdout, ours) == did(done.returncode, done.stdout, theirs)
