"""What a type checker says of a program that uses a stub."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def mistakes(folder: Path, lines: Sequence[str], *stubs: str) -> list[int]:
    """The numbers of the lines in which mypy finds a mistake; the stubs, modules in `folder`, must have none."""
    pytest.importorskip("mypy")
    (folder / "use.py").write_text("\n".join(lines), "utf-8")
    environment = os.environ | {"MYPYPATH": os.pathsep.join([str(ROOT), str(folder)])}
    options = ["--config-file=", "--cache-dir", str(folder / "cache"), "--strict"]
    done = subprocess.run(
        [sys.executable, "-m", "mypy", *options, "--follow-imports=silent", "use.py", *(f"{s}.pyi" for s in stubs)],
        cwd=folder, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    errors = [line.split(":") for line in done.stdout.splitlines() if ": error: " in line]
    assert {file for file, *_ in errors} <= {"use.py"}, done.stdout
    return sorted({int(number) for _, number, *_ in errors})
