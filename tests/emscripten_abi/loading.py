"""Small programs in WebAssembly text, written to a file and loaded as any other."""

from __future__ import annotations

from pathlib import Path

from compat.engine import default_engine

STACK = "(global (mut i32) (i32.const 4096)) (global (mut i32) (i32.const 135168))"
"""The bounds of a stack, as a program from 1.38.24 on has them."""
MEMORY = '(import "env" "memory" (memory 256 256))'


def write_program(path: Path, text: str) -> Path:
    """Write the module of those fields to `path`, and return that."""
    path.write_bytes(default_engine().assemble(f"(module {text})"))
    return path
