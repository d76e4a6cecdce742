"""Compile compat/emscripten_abi/libm.c to libm.wasm, with the package `ziglang` (0.17.1: clang, lld) installed.

usage: python tools/libm.py

The module carries the hash of its source in a section of its own, by which a test tells without a compiler that it was
made from it. The same compiler makes the same bytes again.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from hashlib import sha256
from pathlib import Path

LIBM = Path(__file__).parent.parent / "compat" / "emscripten_abi" / "libm.c"
ZIG = [sys.executable, "-m", "ziglang"]
COMPILE = [
    *("-target", "wasm32-freestanding", "-mcpu=mvp", "-std=c2x", "-O2", "-fno-sanitize=all", "-Wall", "-Wextra"),
    "-Werror",
    "-ffp-contract=off",  # each operation is rounded for itself
    "-fno-builtin",  # a loop stays one, instead of a call of a function that is not there
]
LINK = ["--no-entry", "--strip-all", "-z", "stack-size=1024", "--initial-memory=65536", "--max-memory=65536"]


def compiled() -> bytes:
    with tempfile.TemporaryDirectory() as directory:
        built, module = f"{directory}/libm.o", Path(directory) / "libm.wasm"
        subprocess.run([*ZIG, "cc", *COMPILE, "-c", LIBM, "-o", built], check=True)
        subprocess.run([*ZIG, "wasm-ld", *LINK, built, "-o", module], check=True)
        return module.read_bytes()


def section(name: bytes, content: bytes) -> bytes:
    """A custom section, of at most 127 bytes."""
    body = bytes([len(name)]) + name + content
    return bytes([0, len(body)]) + body


if __name__ == "__main__":
    source = sha256(LIBM.read_bytes()).hexdigest()
    LIBM.with_suffix(".wasm").write_bytes(compiled() + section(b"sha256 of libm.c", source.encode()))
