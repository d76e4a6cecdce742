"""Assemble hello.wat to hello.wasm:

python samples/build.py
"""

from __future__ import annotations

from pathlib import Path

from compat.engine import default_engine

if __name__ == "__main__":
    source = Path(__file__).with_name("hello.wat")
    source.with_suffix(".wasm").write_bytes(default_engine().assemble(source.read_text("utf-8")))
