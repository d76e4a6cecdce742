"""Builds the programs here for MVP WebAssembly: `python build.py`, with the package `ziglang` (0.17.1) installed."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
COMPILE = [
    *(sys.executable, "-m", "ziglang", "cc", "-target", "wasm32-freestanding", "-mcpu=mvp", "-std=c11", "-O2"),
    *("-fno-sanitize=all", "-ffreestanding", "-ffp-contract=off", "-Wall", "-Wextra", "-g0"),
]
LINK = [
    *(sys.executable, "-m", "ziglang", "wasm-ld", "--no-entry", "--export-memory", "--strip-all"),
    *("-z", "stack-size=1048576"),
]
PROGRAMS = sorted(path.stem for path in HERE.glob("*.c") if path.stem != "main")


def build(program: str, folder: Path) -> Path:
    """Compile and link one program into `folder`."""
    objects = []
    for source in ("main", program):
        objects.append(folder / f"{source}.o")
        subprocess.run([*COMPILE, "-c", HERE / f"{source}.c", "-o", objects[-1]], check=True)
    subprocess.run([*LINK, *objects, "-o", folder / f"{program}.wasm"], check=True)
    return folder / f"{program}.wasm"


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as temporary:
        for name in PROGRAMS:
            (HERE / f"{name}.wasm").write_bytes(build(name, Path(temporary)).read_bytes())
