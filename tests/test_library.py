"""The Python interface: what comes back, what is raised, and what a module may be asked for."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from pathlib import Path
from threading import Event, Thread

import pytest

import compat
from compat.kernel.errno import SysError
from tests.conftest import Build
from tests.programs import emscripten, main, start, wasi

LIBRARY = """
  (func (export "_add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
  (func (export "_wide") (param i64) (result i64) (local.get 0))
  (func (export "_half") (param f64) (result f64) (f64.div (local.get 0) (f64.const 2)))
  (func (export "_ends") (call $exit (i32.const 5)))
  (func (export "_traps") (unreachable))
  (func (export "_aborts") (call $abort (i32.const 0)))
  (func (export "_throws") (call $throw (i32.const 70000) (i32.const -8) (i32.const 0)))
  (func (export "_loops") (loop $again (br $again)))
  (func (export "_says")
    (i32.store (i32.const 2000) (i32.const 1)) (i32.store (i32.const 2004) (i32.const 2016))
    (i32.store (i32.const 2008) (i32.const 1)) (i32.store (i32.const 2016) (i32.const 2048))
    (i32.store (i32.const 2020) (i32.const 3)) (i32.store (i32.const 2048) (i32.const 0x0a6948))
    (drop (call $writev (i32.const 146) (i32.const 2000))))"""

LINKER = """(import "wasi_snapshot_preview1" "path_symlink"
  (func $symlink (param i32 i32 i32 i32 i32) (result i32)))"""


class TestRun:
    def test_a_result_is_checked_on_demand(self, build: Build) -> None:
        result = compat.run(build(wasi(start("(unreachable)"))))
        assert result.status == 134
        with pytest.raises(compat.Trap, match="unreachable"):
            result.check()
        assert compat.run(build(wasi(start("")))).check() == (0, b"", b"", None, {})

    def test_it_is_deterministic_unless_told_otherwise(self, build: Build) -> None:
        clock = """(import "wasi_snapshot_preview1" "clock_time_get" (func $clock (param i32 i64 i32) (result i32)))"""
        code = """(drop (call $clock (i32.const 0) (i64.const 0) (i32.const 16)))
          (i32.store (i32.const 0) (i32.const 16)) (i32.store (i32.const 4) (i32.const 8))
          (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 32)))"""
        program = build(wasi(start(code), imports=clock))
        assert compat.run(program).stdout == compat.run(program).stdout
        assert compat.run(program, deterministic=False).stdout != compat.run(program, deterministic=False).stdout

    def test_files_go_in_and_come_back(self, build: Build) -> None:
        """Only what can be read at the end comes back: no directory, no link in a circle, nothing that is not there."""
        data = '(data (i32.const 64) "circle")'
        code = "(drop (call $symlink (i32.const 64) (i32.const 6) (i32.const 3) (i32.const 64) (i32.const 6)))"
        names = ["/in", "/d/in", "/d", "/circle", "/no", "/no/no", "/in/x", ""]
        files = {"/in": b"\0\1", "d/in": b""}
        result = compat.run(build(wasi(data + start(code), imports=LINKER)), files=files, collect=names).check()
        assert result.files == {"/in": b"\0\1", "/d/in": b""}

    def test_a_file_that_has_no_place(self, build: Build, tmp_path: Path) -> None:
        program = build(wasi(start("")))
        for name in ("", "/a/b"):
            with pytest.raises(compat.Unsupported, match=f"cannot put the file '{name}' in place"):
                compat.run(program, files={"/a": b"", name: b""})
        mounts = [compat.Mount(str(tmp_path), "/work", read_only=True)]
        with pytest.raises(compat.Unsupported, match="EROFS"):
            compat.run(program, files={"/work/a": b""}, mounts=mounts)

    def test_what_is_collected_comes_back_after_a_failure_too(self, build: Build) -> None:
        result = compat.run(build(wasi(start("(unreachable)"))), files={"/in": b"1"}, collect=["/in"])
        assert (result.status, result.files) == (134, {"/in": b"1"})

    @pytest.mark.parametrize("limits", [{"timeout": 0}, {"timeout": -1.0}, {"timeout": 1e300}, {"max_memory": -1}])
    def test_limits_that_mean_nothing(self, build: Build, limits: dict[str, float]) -> None:
        with pytest.raises(ValueError, match="limit of"):
            compat.run(build(wasi(start(""))), **limits)  # type: ignore[arg-type]

    def test_it_prints_nothing(self, build: Build, capfd: pytest.CaptureFixture[str]) -> None:
        code = r'(data (i32.const 0) "\10\00\00\00\01\00\00\00!!!!!!!!!")'
        call = "(drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8))) (unreachable)"
        assert compat.run(build(wasi(code + start(call)))).stdout == b"!"
        assert capfd.readouterr() == ("", "")

    def test_a_trace_gets_a_line_for_every_call(self, build: Build) -> None:
        lines: list[str] = []
        compat.run(build(wasi(start("(call $proc_exit (i32.const 1))"))), trace=lines.append)
        assert lines == ["proc_exit(status=1) -> 1"]


class TestModule:
    @pytest.fixture
    def module(self, build: Build):
        with compat.load(build(emscripten(LIBRARY)), timeout=5) as module:
            yield module

    def test_calls(self, module: compat.Module) -> None:
        assert module.call("_add", 2**31 - 1, 1) == -(2**31)
        assert module.call("_wide", 2**64 - 1) == -1
        assert module.call("_half", 1) == 0.5
        assert module.call("_free", 1) is None

    def test_names_and_arguments_that_do_not_fit(self, module: compat.Module) -> None:
        with pytest.raises(KeyError):
            module.call("_none")
        for arguments in ((), (1,), (1, 2, 3), (1, "2"), (1, None), (1, 2.5)):
            with pytest.raises(TypeError):
                module.call("_add", *arguments)

    @pytest.mark.parametrize(
        ("name", "error"),
        [("_traps", compat.Trap), ("_aborts", compat.Abort), ("_throws", compat.Abort), ("_ends", compat.GuestExited)],
    )
    def test_a_call_that_fails_leaves_the_module_usable(
        self, module: compat.Module, name: str, error: type[Exception]
    ) -> None:
        for _ in range(3):
            with pytest.raises(error):
                module.call(name)
            assert module.call("_add", 1, 2) == 3

    def test_the_time_limit_is_for_all_calls_together(self, build: Build) -> None:
        with compat.load(build(emscripten(LIBRARY)), timeout=0.2) as module:
            for name in ("_loops", "_loops", "_says"):
                with pytest.raises(compat.TimeLimit):
                    module.call(name)

    def test_output_and_memory_and_files(self, module: compat.Module) -> None:
        module.call("_says")
        assert (module.stdout, module.stderr) == (b"Hi\n", b"")
        assert module.memory.read(2048, 3) == b"Hi\n"
        with pytest.raises(SysError, match="EFAULT"):
            module.memory.read(module.memory.size, 1)
        (module.files / "/tmp/x").write_bytes(b"1")
        assert (module.files / "/tmp/x").read_bytes() == b"1"

    def test_it_is_of_no_use_when_closed(self, build: Build) -> None:
        module = compat.load(build(emscripten(LIBRARY)))
        module.close()
        module.close()
        with pytest.raises(ValueError, match="closed"):
            module.call("_add", 1, 2)

    @pytest.mark.parametrize(
        ("code", "error"),
        [("(call $exit (i32.const 5))", compat.GuestExited), ("(unreachable)", compat.Trap)],
    )
    def test_a_constructor_that_fails(self, build: Build, code: str, error: type[Exception]) -> None:
        with pytest.raises(error):
            compat.load(build(emscripten(f'(func (export "globalCtors") {code})')))

    def test_exports_are_functions_only(self, module: compat.Module) -> None:
        assert "_add" in module.exports
        assert len(list(module.exports)) == len(module.exports)
        assert module.detection.abi.value == "emscripten"


def test_a_library_is_no_program(build: Build) -> None:
    with pytest.raises(compat.Unsupported, match="it is a library"):
        compat.run(build(emscripten(LIBRARY)))
    assert compat.run(build(emscripten(main("")))).check().status == 0


class TestInstances:
    SPIN = """
      (func (export "_count") (result i32)
        (i32.store (i32.const 2000) (i32.add (i32.load (i32.const 2000)) (i32.const 1))) (i32.load (i32.const 2000)))
      (func (export "_wait") (call $waiting) (loop $again (br_if $again (i32.eqz (i32.load (i32.const 2004))))))"""
    IMPORT = '(import "env" "_waiting" (func $waiting))'

    @staticmethod
    def loaded(build: Build) -> tuple[compat.Module, Event]:
        waiting = Event()
        program = build(emscripten(TestInstances.SPIN, imports=TestInstances.IMPORT))
        return compat.load(program, imports={"env._waiting": lambda _: waiting.set()}), waiting

    def test_each_has_a_memory_and_files_of_its_own(self, build: Build) -> None:
        first, _ = self.loaded(build)
        assert [first.c.count(), first.c.count()] == [1, 2]
        (first.files / "tmp/x").write_bytes(b"1")
        with first.another() as second:
            assert (second.c.count(), first.c.count()) == (1, 3)
            assert not (second.files / "tmp/x").exists()
            first.close()
            assert second.c.count() == 2
            with second.another() as third:
                assert third.c.count() == 1
        with pytest.raises(ValueError, match="closed"):
            second.another()

    def test_it_reads_the_file_no_more(self, build: Build) -> None:
        first, _ = self.loaded(build)
        build(wasi(start("")))
        assert first.another().c.count() == 1

    def test_a_reactor_is_given_arguments(self, build: Build) -> None:
        text = """(func (export "_initialize")) (func (export "count") (result i32)
          (drop (call $sizes (i32.const 8) (i32.const 12))) (i32.load (i32.const 8)))"""
        sizes = '(import "wasi_snapshot_preview1" "args_sizes_get" (func $sizes (param i32 i32) (result i32)))'
        with compat.load(build(wasi(text, imports=sizes)), ["one", "two"]) as reactor, reactor.another() as other:
            assert (reactor.c.count(), other.c.count()) == (3, 3)

    def test_options_are_the_same(self, build: Build) -> None:
        with compat.load(build(emscripten(LIBRARY)), files={"/tmp/x": b"1"}, timeout=3) as module:
            other = module.another()
            assert (other.files / "tmp/x").read_bytes() == b"1"
            with pytest.raises(compat.TimeLimit):
                other.call("_loops")
            assert module.call("_add", 1, 2) == 3

    def test_one_does_not_wait_for_another(self, build: Build) -> None:
        """The first waits, in the guest, for what is only done after the second has run."""
        first, waiting = self.loaded(build)
        thread = Thread(target=first.c.wait)
        thread.start()
        assert waiting.wait(60)
        assert first.another().c.count() == 1
        assert thread.is_alive()
        first.memory.store_32(2004, 1)
        thread.join()

    def test_one_instance_is_for_one_thread_at_a_time(self, build: Build) -> None:
        module, waiting = self.loaded(build)
        thread = Thread(target=module.c.wait)
        thread.start()
        assert waiting.wait(60)
        with pytest.raises(RuntimeError, match="in use by another thread"):
            module.c.count()
        module.memory.store_32(2004, 1)
        thread.join()
        assert module.c.count() == 1

    @pytest.mark.parametrize("duplicate", [pickle.dumps, copy.copy, copy.deepcopy])
    def test_it_cannot_be_pickled_or_copied(self, build: Build, duplicate: Callable[[object], object]) -> None:
        module, _ = self.loaded(build)
        with pytest.raises(TypeError, match=r"cannot be copied or pickled: .*another\(\)"):
            duplicate(module)

    def test_it_says_what_it_is(self, build: Build) -> None:
        assert repr(self.loaded(build)[0]) == "<compat.Module program.wasm>"
