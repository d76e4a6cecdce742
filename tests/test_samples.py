"""The sample program: what is committed is built from its source, is detected, and runs."""

from __future__ import annotations

from pathlib import Path

import compat
from compat.engine import default_engine

SAMPLES = Path(__file__).parent.parent / "samples"


def test_hello_is_built_from_its_source() -> None:
    source = (SAMPLES / "hello.wat").read_text("utf-8")
    assert default_engine().assemble(source) == (SAMPLES / "hello.wasm").read_bytes()


def test_hello_prints_its_arguments_and_writes_a_file() -> None:
    result = compat.run(SAMPLES / "hello.wasm", ["one", "two"], collect=["/tmp/hello.txt"])
    assert result.check().status == 0
    assert result.stdout.splitlines() == [
        b"Hello, fastcomp!",
        b"argv[0] = hello.wasm",
        b"argv[1] = one",
        b"argv[2] = two",
        b"written, and read back",
    ]
    assert result.files == {"/tmp/hello.txt": b"written, and read back\n"}
