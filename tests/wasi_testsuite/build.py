"""Builds the C and AssemblyScript programs of wasi-testsuite, with other compilers than its prebuilt ones come from.

usage: python build.py SUITE, with the package `ziglang` (0.17.1: clang and wasi-libc) and node installed, in a folder
where npm has installed `assemblyscript` (0.28.20) and `@assemblyscript/wasi-shim` (0.1.0). SUITE is a checkout of the
suite's main branch; the programs are put there as its prebuilt branch has them.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

C = [sys.executable, "-m", "ziglang", "cc", "-target", "wasm32-wasi"]
ASC = "node_modules/assemblyscript/bin/asc.js"
ASSEMBLYSCRIPT = ["node", ASC, "--config", "node_modules/@assemblyscript/wasi-shim/asconfig.json"]


def build(sources: Path, language: Path, compiler: list[str]) -> None:
    """Compile a folder, and put beside each program what is beside its source."""
    programs = language / "testsuite" / "wasm32-wasip1"
    shutil.copytree(sources, programs, dirs_exist_ok=True)
    for source in [*sources.glob("*.c"), *sources.glob("*.ts")]:
        (programs / source.name).unlink()
        subprocess.run([*compiler, str(source), "-o", str(programs / f"{source.stem}.wasm")], check=True)


if __name__ == "__main__":
    tests = Path(sys.argv[1]).resolve() / "tests"
    build(tests / "c" / "src", tests / "c", C)
    build(tests / "assemblyscript" / "wasm32-wasip1" / "src", tests / "assemblyscript", ASSEMBLYSCRIPT)
