"""What is particular to the engine whose code a C compiler makes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

import compat.engine
from compat.engine import cache, default_engine
from compat.engine.protocol import Store, StoreLimits
from compat.engine.wasm2c import toolchain
from compat.engine.wasm2c.engine import Wasm2cEngine
from compat.engine.wasm2c.toolchain import Toolchain
from compat.engine.wasmtime import WasmtimeEngine
from compat.errors import EngineUnavailable, MalformedModule, TimeLimit, Trap, Unsupported
from compat.wasm.model import Module
from compat.wasm.reader import read
from tests.engine.conftest import Guest, link

ANSWER = '(module (func (export "answer") (result i32) (i32.const 42)))'


@pytest.fixture(scope="module")
def kind() -> str:
    return "wasm2c"


@pytest.fixture
def empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("COMPAT_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache"


def run(engine: Wasm2cEngine, store: Store) -> object:
    return link(engine, store, ANSWER).exports["answer"]()


def test_the_cache_is_used(
    engine: Wasm2cEngine, store: Store, empty_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run(engine, store) == 42
    monkeypatch.setattr(Toolchain, "build", None)
    monkeypatch.setattr(Toolchain, "assemble", None)
    assert run(engine, store) == 42
    assert sorted(path.suffix for path in empty_cache.iterdir()) == [".seal", ".seal", ".so", ".wasm"]


_spec = toolchain.find_spec


def truncated(content: bytes) -> bytes:
    return content[: len(content) // 2]


def flipped(content: bytes) -> bytes:
    return content[:5000] + bytes([content[5000] ^ 0xFF]) + content[5001:]


@pytest.mark.parametrize("damage", [truncated, flipped, lambda content: b""])
def test_damaged_code_is_compiled_again(
    engine: Wasm2cEngine, empty_cache: Path, damage: Callable[[bytes], bytes]
) -> None:
    """In another file: what a process has loaded it does not load again."""
    with engine.store() as store:
        run(engine, store)
    (path,) = empty_cache.glob("*.so")
    sound = path.read_bytes()
    path.unlink()
    path.write_bytes(damage(sound))
    path.chmod(0o600)
    assert cache.get(path.name) is None
    with engine.store() as store:
        assert run(engine, store) == 42
    assert cache.get(path.name) is not None


def test_what_is_no_code_is_compiled_again(engine: Wasm2cEngine, store: Store, empty_cache: Path) -> None:
    module = read(engine.assemble(ANSWER))
    name = cache.key(engine.tools.identity, module.data) + ".so"
    cache.put(name, b"sealed, but no code")
    assert store.instantiate(engine.compile(module), []).exports["answer"]() == 42


def test_a_cache_that_is_no_directory_is_told(engine: Wasm2cEngine, store: Store, empty_cache: Path) -> None:
    empty_cache.write_bytes(b"")
    with pytest.warns(RuntimeWarning, match="not kept"):
        assert run(engine, store) == 42


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"\x42\x01", id="another type"),
        pytest.param(b"\x20\x00", id="no such variable"),
        pytest.param(b"\x10\x07", id="no such function"),
        pytest.param(b"\x6a\x6a", id="no operands"),
        pytest.param(b"\x0c\x05", id="no such label"),
    ],
)
def test_an_invalid_module_is_refused(engine: Wasm2cEngine, body: bytes) -> None:
    """Only what is valid may become C: nothing there would check it again."""
    binary = engine.assemble("(module (func (result i32) (i32.const 1)))")
    constant = b"\x41\x01\x0b"
    assert constant in binary
    with pytest.raises(Unsupported, match="wasm2c cannot take this module"):
        engine.compile(read(binary.replace(constant, body + b"\x0b")))


@pytest.mark.parametrize(
    "text",
    ["(module (memory i64 1))", '(module (import "e" "m" (memory i64 1)))', "(module (memory 1) (memory 1))"],
)
def test_what_legacy_binaries_cannot_use_is_off(engine: Wasm2cEngine, text: str) -> None:
    """Addresses of 64 bits, above all: code checks none, as those of 32 bits stay in what is reserved."""
    binary = subprocess.run(
        [engine.tools.wat2wasm, "--enable-all", "--output=-", "-"], input=text.encode(), capture_output=True, check=True
    ).stdout
    with pytest.raises((Unsupported, MalformedModule)):
        engine.compile(read(binary))


def test_what_is_not_text_is_told(engine: Wasm2cEngine) -> None:
    with pytest.raises(ValueError, match=r"text:1:8: error"):
        engine.assemble("(module")


def test_a_module_of_the_other_engine_is_refused(engine: Wasm2cEngine, store: Store) -> None:
    other = WasmtimeEngine()
    with pytest.raises(TypeError, match="not a module of this engine"):
        store.instantiate(other.compile_text(ANSWER), [])
    with pytest.raises(TypeError, match="not a module of this engine"), other.store() as theirs:
        theirs.instantiate(engine.compile_text(ANSWER), [])


def test_an_import_in_an_element_segment(guest: Guest) -> None:
    text = """(module (import "e" "f" (func $f (param i32) (result i32))) (table (export "t") 2 funcref)
      (elem (i32.const 0) $f) (elem declare func $f)
      (func (export "call") (param i32 i32) (result i32)
        (table.set (i32.const 1) (ref.func $f))
        (call_indirect (param i32) (result i32) (local.get 1) (local.get 0))))"""
    exports = guest(text, [("i(i)", lambda n: n + 1)]).exports
    assert [exports["call"](i, 5) for i in (0, 1)] == [6, 6]
    assert exports["t"][0](8) == 9


def test_names_that_c_would_confuse(guest: Guest) -> None:
    """Two imports of one name and different types; exports named like C's own words, or like nothing at all."""
    text = """(module (import "e" "f" (func $a (result i32))) (import "e" "f" (func $b (param i32) (result i32)))
      (func (export "int") (result i32) (call $a)) (func (export "a b\\00*/") (result i32) (call $b (i32.const 3)))
      (func (export "") (result i32) (i32.const 7)))"""
    exports = guest(text, [("i()", lambda: 1), ("i(i)", lambda n: n)]).exports
    assert [exports[name]() for name in ("int", "a b\0*/", "")] == [1, 3, 7]


def test_a_backtrace_names_what_was_not_inlined(guest: Guest) -> None:
    text = """(module (table funcref (elem $inner)) (memory 1)
      (func $inner (param i32) (i32.store (local.get 0) (i32.const 1)))
      (func $outer (export "go") (param i32) (call_indirect (param i32) (local.get 0) (i32.const 0))
        (i32.store (i32.const 0) (i32.const 1))))"""
    with pytest.raises(Trap, match="out of bounds memory access") as caught:
        guest(text).exports["go"](-4)
    assert [frame.function for frame in caught.value.frames] == ["inner", "outer"]


def test_a_backtrace_without_the_file(engine: Wasm2cEngine, store: Store, empty_cache: Path) -> None:
    trap = link(engine, store, '(module (func (export "f") (unreachable)))').exports["f"]
    for path in empty_cache.iterdir():
        path.unlink()
    with pytest.raises(Trap, match="unreachable") as caught:
        trap()
    assert caught.value.frames == ()


def test_two_stores_may_use_a_module_with_different_tags(engine: Wasm2cEngine) -> None:
    """Code holds the tags that it imports. They are told apart within a store, so all stores have the same ones."""
    from compat.wasm.model import FuncType, TagType

    text = '(module (import "e" "t" (tag $t (param i32))) (func (export "f") (throw $t (i32.const 5))))'
    kind = TagType(FuncType.parse("v(i)"))
    with engine.store() as one, engine.store() as other:
        tag = one.tag(kind)
        link(engine, one, text, [tag])
        link(engine, other, text, [other.tag(kind)])
        with pytest.raises(Unsupported, match="other tags"):
            link(engine, one, text, [one.tag(kind)])


class TestTimeLimit:
    @pytest.mark.parametrize(
        "body",
        [
            "(loop $l (br $l))",
            "(loop $l (memory.fill (i32.const 0) (i32.const 1) (i32.const 65536)) (br $l))",
            "(loop $l (memory.copy (i32.const 0) (i32.const 1) (i32.const 60000)) (br $l))",
            "(loop $l (drop (memory.grow (i32.const 0))) (br $l))",
            "(loop $l (call $f) (br $l))",
            "(loop $l (call $g (i32.const 9)) (br $l))",
            "(loop $l (f64.store (i32.const 0) (f64.nearest (f64.load (i32.const 8)))) (br $l))",
        ],
    )
    def test_it_ends_whatever_runs(self, engine: Wasm2cEngine, body: str) -> None:
        text = f"""(module (import "e" "f" (func $f)) (memory 1) (func (export "go") {body})
          (func $g (param i32) (if (local.get 0) (then (call $g (i32.sub (local.get 0) (i32.const 1)))))))"""
        with engine.store(StoreLimits(seconds=0.1)) as store:
            go = link(engine, store, text, [("v()", lambda: None)]).exports["go"]
            for _ in range(2):
                with pytest.raises(TimeLimit):
                    go()

    def test_a_host_function_that_catches_it_is_ended_too(self, engine: Wasm2cEngine) -> None:
        text = """(module (import "e" "f" (func $f)) (func (export "loop") (loop $l (br $l)))
          (func (export "go") (call $f) (loop $l (br $l))))"""
        caught = []

        def body() -> None:
            try:
                exports["loop"]()
            except TimeLimit as error:
                caught.append(error)

        with engine.store(StoreLimits(seconds=0.1)) as store:
            exports = link(engine, store, text, [("v()", body)]).exports
            with pytest.raises(TimeLimit):
                exports["go"]()
        assert len(caught) == 1

    def test_the_signal_for_it_means_nothing_at_other_times(self, engine: Wasm2cEngine, store: Store) -> None:
        seen = []
        before = signal.signal(signal.SIGURG, lambda *_: seen.append(1))
        try:
            run(engine, store)
            os.kill(os.getpid(), signal.SIGURG)
        finally:
            signal.signal(signal.SIGURG, before)
        assert seen == [1]


def test_threads_trap_each_on_its_own(engine: Wasm2cEngine) -> None:
    text = """(module (memory 1)
      (func $deep (param i32) (call $deep (local.get 0)) (i32.store (i32.const 0) (i32.const 1)))
      (func (export "out") (param i32) (i32.store (local.get 0) (i32.const 1)))
      (func (export "deep") (param i32) (call $deep (local.get 0))))"""
    ended: list[str] = []

    def work() -> None:
        with engine.store() as store:
            exports = link(engine, store, text).exports
            for name in ("out", "deep", "out"):
                with pytest.raises(Trap) as caught:
                    exports[name](-8)
                ended.append(str(caught.value))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(ended) == ["call stack exhausted"] * 4 + ["out of bounds memory access"] * 8


def test_a_fault_of_the_host_is_still_one() -> None:
    """Within a host function, even: only compiled code may use memory that is not there."""
    program = """
import ctypes
from compat.engine.wasm2c.engine import Wasm2cEngine
from tests.engine.conftest import link
engine = Wasm2cEngine()
with engine.store() as store:
    text = '(module (import "e" "f" (func $f)) (func (export "go") (call $f)))'
    link(engine, store, text, [("v()", lambda: ctypes.string_at(8))]).exports["go"]()
"""
    done = subprocess.run([sys.executable, "-c", program], check=False, env={**os.environ, "PYTHONPATH": "."})
    assert done.returncode == -signal.SIGSEGV


class TestTools:
    def test_wabt_of_another_version(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, empty_cache: Path) -> None:
        old = tmp_path / "wasm2c"
        old.write_text("#!/bin/sh\necho 1.0.32\n")
        old.chmod(0o700)
        monkeypatch.setattr(toolchain, "_wabt", lambda tool: str(old))
        engine = Wasm2cEngine()
        with pytest.raises(EngineUnavailable, match=r"is of version 1\.0\.32, not 1\.0\.42\.\n.*compat\[native\]"):
            engine.compile(Module(b"\0asm\1\0\0\0"))

    def test_no_compiler(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PATH", "")
        monkeypatch.delenv("CC", raising=False)
        monkeypatch.setattr(toolchain, "find_spec", lambda name: None if name == "ziglang" else _spec(name))
        with pytest.raises(EngineUnavailable, match=r"there is no C compiler.\n.*pip install"):
            Wasm2cEngine()

    def test_it_stands_in_for_libwasmtime(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(compat.engine, "_engines", {})
        monkeypatch.setattr("compat.engine.library._opened", None)
        monkeypatch.setenv("COMPAT_LIBWASMTIME", "/none.so")
        with pytest.warns(RuntimeWarning, match=r"pip install 'wasmtime==50(.|\n)*a C compiler makes the code"):
            engine = default_engine()
        assert engine.name == "wasm2c"

    def test_neither_is_there(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(compat.engine, "_engines", {})
        monkeypatch.setattr("compat.engine.library._opened", None)
        monkeypatch.setenv("COMPAT_LIBWASMTIME", "/none.so")
        monkeypatch.setenv("PATH", "")
        monkeypatch.setattr(toolchain, "find_spec", lambda name: None)
        with pytest.raises(EngineUnavailable, match=r"wasmtime==50(.|\n)*there is no wasm2c"):
            default_engine()
