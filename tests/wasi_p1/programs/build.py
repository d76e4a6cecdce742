"""Builds the programs here, with what the compilers emit unless they are told otherwise.

usage: python build.py ASC, with the package `ziglang` (0.17.1: Zig, clang) installed. ASC is `bin/asc.js` of npm's
`assemblyscript` (0.28.20), for which node is needed.

They use no library: what is in them is compiled from the sources here.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
ZIG = [sys.executable, "-m", "ziglang"]
C = [*ZIG, "cc", "-target", "wasm32-wasi", "-nostdlib", "-ffreestanding", "-O2", "-s"]
COMMANDS = {
    "c": [*C, "capitals.c", "-o", "c.wasm"],
    "zig": [
        *ZIG,
        "build-exe",
        "-target",
        "wasm32-wasi",
        "-O",
        "ReleaseFast",
        "-fstrip",
        "--name",
        "zig",
        "capitals.zig",
    ],
    "assemblyscript": [
        *("--runtime", "stub", "--use", "abort=", "--optimize", "--outFile", "assemblyscript.wasm", "capitals.ts"),
    ],
}

if __name__ == "__main__":
    COMMANDS["assemblyscript"][:0] = ["node", *sys.argv[1:]]
    for command in COMMANDS.values():
        subprocess.run(command, cwd=HERE, check=True)
