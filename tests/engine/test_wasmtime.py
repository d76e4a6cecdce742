from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compat.engine import cache, default_engine, notice
from compat.engine.wasmtime import WasmtimeEngine
from compat.errors import MalformedModule, Unsupported
from compat.wasm.model import Module
from compat.wasm.reader import read
from tests.engine.conftest import WASMTIME

if TYPE_CHECKING:
    from pathlib import Path

    from compat.engine.store import WasmtimeStore

ANSWER = '(module (func (export "answer") (result i32) (i32.const 42)))'


@pytest.fixture(scope="module", params=WASMTIME)
def kind(request: pytest.FixtureRequest) -> str:
    kind: str = request.param
    return kind


@pytest.fixture
def empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("COMPAT_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache"


def run(engine: WasmtimeEngine, store: WasmtimeStore, text: str = ANSWER) -> object:
    module = engine.compile(read(engine.assemble(text)))
    return store.instantiate(module, []).exports["answer"]()


def test_the_default_engine_is_made_once_a_configuration() -> None:
    assert default_engine() is default_engine()
    assert default_engine() is not default_engine(interruptible=True)
    assert default_engine().name == "wasmtime"
    assert default_engine().version.startswith("50.")


def test_assembling(engine: WasmtimeEngine) -> None:
    assert engine.assemble("(module)") == b"\0asm\1\0\0\0"
    with pytest.raises(ValueError, match="expected `\\)`"):
        engine.assemble("(module")


def test_text_in_the_cache_is_not_assembled(
    engine: WasmtimeEngine, empty_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine.compile_text(ANSWER)
    monkeypatch.setattr(WasmtimeEngine, "assemble", None)
    monkeypatch.setattr(WasmtimeEngine, "_compile", None)
    assert engine.compile_text(ANSWER).export_types.keys() == {"answer"}


def test_the_cache_is_used(
    engine: WasmtimeEngine, store: WasmtimeStore, empty_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run(engine, store) == 42
    monkeypatch.setattr(WasmtimeEngine, "_compile", None)
    assert run(engine, store) == 42


def test_each_configuration_has_code_of_its_own(
    engine: WasmtimeEngine, interruptible: WasmtimeEngine, empty_cache: Path
) -> None:
    module = read(engine.assemble(ANSWER))
    engine.compile(module)
    interruptible.compile(module)
    assert len(list(cache.entries())) == 2


def damage(path: Path, how: str) -> None:
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    match how:
        case "truncate":
            del content[middle:]
        case "flip":
            content[middle] ^= 0xFF
        case "zero":
            content[:] = bytes(len(content))
        case "empty":
            content.clear()
    path.write_bytes(content)


@pytest.mark.parametrize("how", ["truncate", "flip", "zero", "empty"])
@pytest.mark.parametrize("which", [".cwasm", ".seal"])
def test_a_damaged_file_is_compiled_again(
    engine: WasmtimeEngine, store: WasmtimeStore, empty_cache: Path, how: str, which: str
) -> None:
    assert run(engine, store) == 42
    (path,) = empty_cache.glob(f"*{which}")
    sound = path.with_suffix("").with_suffix(".cwasm") if which == ".seal" else path
    before = sound.read_bytes()
    damage(path, how)
    assert run(engine, store) == 42
    assert sound.read_bytes() == before
    assert cache.get(sound.name) is not None


def test_a_file_of_another_engine_is_compiled_again(
    engine: WasmtimeEngine, store: WasmtimeStore, empty_cache: Path
) -> None:
    assert run(engine, store) == 42
    (path,) = empty_cache.glob("*.cwasm")
    cache.put(path.name, b"sealed, but no machine code")
    assert run(engine, store) == 42


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="needs a user whom permissions bind")
def test_a_cache_that_cannot_be_written_is_told(
    engine: WasmtimeEngine, store: WasmtimeStore, empty_cache: Path
) -> None:
    empty_cache.mkdir(mode=0o500)
    with pytest.warns(RuntimeWarning, match="not kept"):
        assert run(engine, store) == 42


def test_a_cache_that_is_no_directory_is_told(engine: WasmtimeEngine, store: WasmtimeStore, empty_cache: Path) -> None:
    empty_cache.write_bytes(b"")
    with pytest.warns(RuntimeWarning, match="not kept"):
        assert run(engine, store) == 42


def test_a_huge_function_is_compiled_in_linear_time_and_runs(
    engine: WasmtimeEngine, store: WasmtimeStore, empty_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It comes from another engine, and from the cache like any other."""
    monkeypatch.setattr("compat.engine.wasmtime.HUGE", 1)
    assert run(engine, store) == 42
    monkeypatch.setattr("compat.engine.wasmtime._compiled", None)
    assert run(engine, store) == 42


def test_an_invalid_module_names_the_offset(engine: WasmtimeEngine) -> None:
    valid = engine.assemble("(module (func (result i32) (i32.const 1)))")
    at = valid.index(b"\x41\x01\x0b")  # i32.const 1, end
    with pytest.raises(MalformedModule, match="type mismatch") as caught:
        engine.compile(Module(valid[:at] + b"\x42" + valid[at + 1 :]))
    assert caught.value.offset == at + 2


@given(st.data())
@settings(max_examples=100)
def test_damaged_modules_are_refused_or_run(engine: WasmtimeEngine, data: st.DataObject) -> None:
    binary = bytearray(engine.assemble(ANSWER))
    for _ in range(data.draw(st.integers(1, 3))):
        binary[data.draw(st.integers(0, len(binary) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(MalformedModule, Unsupported):
        engine.compile(Module(bytes(binary)))


@pytest.mark.parametrize(
    "text",
    [
        "(module (memory i64 1))",
        "(module (memory 1) (memory 1))",
        "(module (type (struct)))",
    ],
)
def test_what_legacy_binaries_cannot_use_is_off(engine: WasmtimeEngine, text: str) -> None:
    with pytest.raises((MalformedModule, Unsupported)):
        engine.compile(Module(engine.assemble(text)))


def test_somebody_who_waits_is_told(empty_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = WasmtimeEngine()
    told: list[int | None] = []
    monkeypatch.setattr(notice, "SLOW", 0.01)
    functions = "".join(
        f"(func (param i32) (result i32) {'(i32.add (local.get 0) ' * 300} (i32.const {n}) {')' * 300})"
        for n in range(100)
    )
    module = Module(engine.assemble(f"(module {functions})"))
    engine.compile(module, told.append)
    assert told == [*range(1, len(told)), None]
    assert len(told) > 1
    again: list[int | None] = []
    engine.compile(module, again.append)
    assert not again


def test_processes_share_the_cache(empty_cache: Path) -> None:
    functions = "".join(f"(func (result i32) (i32.const {n}))" for n in range(500))
    text = f'(module {functions} (func (export "answer") (result i32) (i32.const 42)))'
    program = f"""
from compat.engine.wasmtime import WasmtimeEngine
engine = WasmtimeEngine()
for _ in range(5):
    store = engine.store()
    assert store.instantiate(engine.compile_text({text!r}), []).exports["answer"]() == 42
"""
    processes = [subprocess.Popen([sys.executable, "-c", program], env=_env()) for _ in range(4)]
    assert [process.wait() for process in processes] == [0] * 4
    assert sorted(path.suffix for path in empty_cache.iterdir()) == [".cwasm", ".seal", ".seal", ".wasm"]


def _env() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
