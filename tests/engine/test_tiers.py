from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest
from compat.engine._libwasmtime import lib

from compat.engine import cache, compiled, tiers
from compat.errors import MalformedModule
from compat.wasm.model import Module
from compat.wasm.reader import read

pytestmark = pytest.mark.skipif(not lib.HAS_BASELINE, reason="there is no baseline compiler here")

ANSWER = '(module (func (export "answer") (result i32) (i32.const 42)))'


@pytest.fixture(autouse=True)
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache, and a module of any size is worth the trouble."""
    monkeypatch.setenv("COMPAT_CACHE_DIR", str(tmp_path))
    monkeypatch.setenv("COMPAT_OPTIMISE", "later")
    monkeypatch.setattr(tiers, "WORTH", 0)
    return tmp_path


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Nothing is started; gets the report that each process would have had."""
    started: list[str] = []

    def start(path: str, *_: object) -> None:
        started.append(path)
        os.truncate(path, 0)  # as if it were at work, but for the lock

    monkeypatch.setattr(tiers, "_start", start)
    return started


def module(text: str = ANSWER) -> Module:
    return read(tiers.default_engine().assemble(text))


def run(text: str = ANSWER, interruptible: bool = False) -> tuple[bool, object]:
    """Whether the baseline compiler made the code, and its answer."""
    engine, code = compiled(module(text), interruptible=interruptible)
    with engine.store() as store:
        return engine.baseline, store.instantiate(code, []).exports["answer"]()  # type: ignore[operator]


def reports(directory: Path) -> list[Path]:
    return list(directory.glob("*" + cache.REPORT))


def wait(directory: Path) -> None:
    """Until no process has a report any more."""
    while any(_locked(path) for path in reports(directory)):
        time.sleep(0.01)


def _locked(path: Path) -> bool:
    try:
        with path.open("a") as file:
            return not lib.lock_take(file.fileno())
    except FileNotFoundError:
        return False


@pytest.mark.parametrize("interruptible", [False, True])
def test_the_next_run_is_optimised(directory: Path, interruptible: bool) -> None:
    assert run(interruptible=interruptible) == (True, 42)
    wait(directory)
    assert not reports(directory)
    assert run(interruptible=interruptible) == (False, 42)
    # What the first run was made of is gone.
    assert len(list(cache.entries())) == 1


def test_until_then_the_first_code_is_kept(alone: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    assert run() == (True, 42)
    monkeypatch.setattr("compat.engine.wasmtime.WasmtimeEngine._compile", None)
    assert run() == (True, 42)


def test_one_process_for_many_runs(directory: Path, alone: list[str]) -> None:
    run()
    (report,) = reports(directory)
    with report.open("a") as file:
        assert lib.lock_take(file.fileno())
        for _ in range(10):
            run()
        assert len(alone) == 1
    run()
    assert len(alone) == 2


def test_optimised_code_that_came_in_between(directory: Path, alone: list[str]) -> None:
    engine = tiers.default_engine()
    engine.compile(module())
    tiers._optimise_later(engine, module())
    assert not alone
    assert not reports(directory)


def test_a_process_that_was_killed(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    assert run() == (True, 42)
    wait(directory)
    for _ in range(2):
        with pytest.warns(RuntimeWarning, match="not optimised .* it was ended, or wanted more"):
            assert run() == (True, 42)


def test_a_process_that_fails(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [])
    assert run() == (True, 42)
    wait(directory)
    with pytest.warns(RuntimeWarning, match="not optimised .* ModuleNotFoundError: No module named 'compat'"):
        assert run() == (True, 42)
    cache.clean()
    assert not list(directory.iterdir())


def test_whoever_wants_to_wait(directory: Path, alone: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMPAT_OPTIMISE", "wait")
    assert run() == (False, 42)
    monkeypatch.setenv("COMPAT_OPTIMISE", "never")
    cache.clean()
    with pytest.raises(ValueError, match="COMPAT_OPTIMISE is 'never': not wait or later"):
        run()
    assert not alone


def test_small_modules_are_optimised_at_once(alone: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tiers, "WORTH", 1000)
    assert run() == (False, 42)
    assert not alone


def test_what_only_the_optimising_compiler_knows(alone: list[str]) -> None:
    text = """(module (table 1 externref) (func (export "answer") (result i32)
      (drop (table.grow (ref.null extern) (i32.const 1))) (table.size)))"""
    assert run(text) == (False, 2)
    assert not alone


def test_what_neither_compiles(alone: list[str]) -> None:
    with pytest.raises(MalformedModule):
        compiled(Module(tiers.default_engine().assemble("(module (func (result i32)))")))
    assert not alone


def test_a_cache_that_cannot_be_written(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = directory / "file"
    file.write_text("")
    monkeypatch.setenv("COMPAT_CACHE_DIR", str(file))
    with pytest.warns(RuntimeWarning, match="compiled code is not kept"):
        assert run() == (True, 42)


def test_recursion_goes_as_deep(alone: list[str]) -> None:
    text = """(module
      (func $down (param i32) (result i32) (local f64 f64 f64 f64 i32 i32 i32 i32)
        (if (result i32) (local.get 0)
          (then (i32.add (i32.const 1) (call $down (i32.sub (local.get 0) (i32.const 1)))))
          (else (i32.const 0))))
      (func (export "answer") (result i32) (call $down (i32.const 15000))))"""
    assert run(text) == (True, 15000)


def test_the_process_inherits_nothing_else(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither standard streams nor other files: whoever reads from this process sees it end."""
    script = directory / "look"
    script.write_text(f"#!/bin/sh\nls -l /proc/self/fd >{directory}/seen\n")
    script.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(script))
    reading, writing = os.pipe()
    run()
    wait(directory)
    os.close(reading)
    os.close(writing)
    if sys.platform == "linux":
        assert "pipe" not in (directory / "seen").read_text()
