"""`compat stubs`: a stub that Python can read, and in which a type checker finds mistakes."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Said
from tests.conftest import Build
from tests.programs import emscripten

LIBRARY = """
  (func (export "_open") (param i32 i64 f32 f64) (result i32) (i32.const 0))
  (func (export "_half") (param f64) (result f64) (local.get 0))
  (func (export "__Z3addii") (param i32 i32))
  (func (export "_import"))
  (func (export "_not a name"))
  (func (export "_takes_a_vector") (param v128))"""


def test_functions_have_their_types(said: Said, build: Build) -> None:
    status, out, err = said("stubs", build(emscripten(LIBRARY)))
    assert (status, err) == (0, "")
    ast.parse(out)
    assert "    def open(self, p0: Word, p1: int, p2: float, p3: float, /) -> int: ...\n" in out
    assert "    def half(self, p0: float, /) -> float: ...\n" in out
    assert "    def _Z3addii(self, p0: Word, p1: Word, /) -> None: ...  # add\n" in out
    assert "    def malloc(self, p0: Word, /) -> int: ...\n" in out
    for name in ("stackSave", "import(", "not a name", "takes_a_vector"):
        assert name not in out


def test_the_file_may_stand_on_either_side(said: Said, build: Build, tmp_path: Path) -> None:
    library, before, after = build(emscripten(LIBRARY)), tmp_path / "before.pyi", tmp_path / "after.pyi"
    assert said("stubs", library, "-o", after) == (0, "", "")
    assert said("stubs", "--output", before, library) == (0, "", "")
    assert before.read_text() == after.read_text() == said("stubs", library)[1]


def test_without_any_function(said: Said, build: Build) -> None:
    ast.parse(said("stubs", build('(module (memory (export "memory") 1))'))[1])


@pytest.mark.parametrize("arguments", [(), ("a", "b"), ("a", "--json")])
def test_wrong_use(said: Said, arguments: tuple[str, ...]) -> None:
    assert said("stubs", *arguments)[0] == 125


def test_a_type_checker_finds_mistakes(said: Said, build: Build, tmp_path: Path) -> None:
    pytest.importorskip("mypy")
    said("stubs", build(emscripten(LIBRARY)), "-o", tmp_path / "library.pyi")
    lines = [
        "import compat",
        "import library",
        "c: library.Functions = compat.load('').c",
        "c.open('x', 1, 1.0, 1.0)",
        "c.opne()",
        "c.open(1.5, 1, 1.0, 1.0)",
        "c.half(bytearray())",
    ]
    (tmp_path / "use.py").write_text("\n".join(lines))
    root = Path(__file__).parent.parent.parent
    environment = os.environ | {"MYPYPATH": os.pathsep.join([str(root), str(tmp_path)])}
    command = [sys.executable, "-m", "mypy", "--config-file=", "--cache-dir", str(tmp_path / "cache")]
    done = subprocess.run(
        [*command, "--follow-imports=silent", "--ignore-missing-imports", "use.py"],
        cwd=tmp_path, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    errors = [line for line in done.stdout.splitlines() if line.startswith("use.py")]
    assert [line.split(":")[1] for line in errors] == ["5", "6", "7"], done.stdout
