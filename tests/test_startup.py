"""What a warm run imports, which every run pays for (RATIONALE.md, "Why are there imports inside functions?")."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from compat.engine import default_engine

STDLIB = {
    *("collections", "errno", "functools", "gc", "itertools", "keyword", "operator", "reprlib", "struct", "types"),
}
"""What may be imported of the standard library, besides `os` and `sys`, which Python starts with, and private parts."""
EMSCRIPTEN_STDLIB = STDLIB | {"heapq"}

NOT_FOR_ANY = (
    *("compat.library", "compat.files", "compat.corpus", "compat.kernel.vfs.hostfs", "compat.wasm.symbols"),
    *("compat.webidl", "compat.detect.webidl", "compat.detect.names", "compat.detect.report", "compat.engine.deadline"),
)
NOT_FOR_WASI = ("compat.emscripten_abi", "compat.detect.emscripten", "compat.detect.epochs", "compat.detect.glue")
NOT_FOR_EMSCRIPTEN = (
    "compat.wasi_p1",
    *(f"compat.emscripten_abi.{name}" for name in ("absent", "embind", "libc", "math", "mainloop", "tables")),
)

HELLO = Path(__file__).parent.parent / "samples" / "hello.wasm"
EXITS = """(module
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 1)
  (func (export "_start") (call $exit (i32.const 0))))"""

PROGRAM = """
import os, sys
before = set(sys.modules)
from compat.cli.main import main
assert main(["run", sys.argv[1]]) == 0
print(*sorted(set(sys.modules) - before), file=sys.stderr)
"""


@pytest.fixture
def wasi_program(tmp_path: Path) -> Path:
    path = tmp_path / "exits.wasm"
    path.write_bytes(default_engine().assemble(EXITS))
    return path


def test_a_wasi_program(wasi_program: Path) -> None:
    check(imported(wasi_program), STDLIB, NOT_FOR_ANY + NOT_FOR_WASI)


def test_an_emscripten_program() -> None:
    check(imported(HELLO), EMSCRIPTEN_STDLIB, NOT_FOR_ANY + NOT_FOR_EMSCRIPTEN)


def imported(path: Path) -> set[str]:
    """The modules that the second of two runs imports, on a Python without site packages' own hooks."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    for _ in range(2):
        run = subprocess.run(
            [sys.executable, "-S", "-c", PROGRAM, path], env=environment, capture_output=True, text=True, check=True
        )
    return set(run.stderr.split())


def check(modules: set[str], stdlib: set[str], forbidden: tuple[str, ...]) -> None:
    ours = {name for name in modules if name.partition(".")[0] == "compat"}
    others = {name.partition(".")[0] for name in modules - ours}
    assert {name for name in others if not name.startswith("_")} <= stdlib
    assert not [name for name in sorted(ours) if name.startswith(forbidden)]
