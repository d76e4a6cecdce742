"""Guests that mean harm: each ends in the way that there is for it, and the process that ran it lives on."""

from __future__ import annotations

import gc
import os
import sys
import threading
from pathlib import Path

import pytest

import compat
from tests.conftest import Build
from tests.programs import TABLE, emscripten, main, start, wasi

TRAPS = {
    "unreachable": "(unreachable)",
    "out of bounds memory access": "(drop (i32.load (i32.const -4)))",
    "integer divide by zero": "(drop (i32.div_s (i32.const 1) (i32.const 0)))",
    "integer overflow": "(drop (i32.div_s (i32.const 0x80000000) (i32.const -1)))",
    "invalid conversion to integer": "(drop (i32.trunc_f64_s (f64.const nan)))",
    "out of bounds table access": "(call_indirect (i32.const 99))",
    "uninitialized table element": "(call_indirect (i32.const 0))",
    "indirect call type mismatch": "(call_indirect (param i32) (i32.const 1) (i32.const 1))",
    "call stack exhausted": "(call $deeper)",
}
DEEPER = "(elem (i32.const 1) $deeper) (func $deeper (call $deeper))"
LOOP = "(loop $again (br $again))"
GROW = "(loop $more (br_if $more (i32.ge_s (memory.grow (i32.const 1)) (i32.const 0))))"

FRAMES = {
    "wasi": lambda code, fields="": wasi(fields + start(code), imports=TABLE),
    "emscripten": lambda code, fields="": emscripten(fields + main(code)),
}


@pytest.fixture(params=FRAMES)
def frame(request: pytest.FixtureRequest) -> object:
    return FRAMES[request.param]


@pytest.mark.parametrize("message", TRAPS)
def test_every_kind_of_trap(build: Build, frame, message: str) -> None:
    result = compat.run(build(frame(TRAPS[message], DEEPER)))
    assert (result.status, type(result.error), str(result.error)) == (134, compat.Trap, message)
    assert result.error
    assert result.error.frames


def test_an_endless_loop_ends_at_the_time_limit(build: Build, frame) -> None:
    result = compat.run(build(frame(LOOP)), timeout=0.2)
    assert (result.status, type(result.error)) == (124, compat.TimeLimit)


def test_memory_stops_growing_at_its_limit(build: Build) -> None:
    fields = start(f"{GROW} (call $proc_exit (memory.size))")
    assert compat.run(build(wasi(fields)), max_memory=1 << 22).check().status == (1 << 22) // 65536


def test_memory_that_starts_beyond_the_limit(build: Build) -> None:
    for text in (wasi(start(""), memory='(memory (export "memory") 65536)'), emscripten(main(""), memory="65536")):
        result = compat.run(build(text), max_memory=1 << 20)
        assert (result.status, type(result.error)) == (137, compat.MemoryLimit)


def test_a_heap_stops_growing_at_the_limit(build: Build) -> None:
    """Growing by 1 MiB at a time, through the host, until it says no."""
    code = """
      (local $end i32)
      (local.set $end (call $heap_size))
      (loop $more
        (local.set $end (i32.add (local.get $end) (i32.const 0x100000)))
        (br_if $more (call $resize_heap (local.get $end))))
      (call $exit (i32.shr_u (call $heap_size) (i32.const 20)))"""
    assert compat.run(build(emscripten(main(code), memory="256 32768")), max_memory=40 << 20).check().status == 40


@pytest.mark.parametrize("size", [400_000_000, 4_294_967_295])
def test_huge_tables_are_refused(build: Build, size: int) -> None:
    imported = f'(import "env" "table" (table {size} funcref))'
    for text in (wasi(start(""), imports=f"(table {size} funcref)"), emscripten(main(""), imports=imported, table="")):
        with pytest.raises(compat.Unsupported, match="exceeds table limits"):
            compat.run(build(text))


def test_tables_do_not_grow_without_end(build: Build) -> None:
    code = """(loop $more
        (br_if $more (i32.ge_s (table.grow $t (ref.null func) (i32.const 1000000)) (i32.const 0))))
      (call $proc_exit (i32.div_u (table.size $t) (i32.const 1000000)))"""
    assert compat.run(build(wasi(start(code), imports="(table $t 1 funcref)"))).check().status == 9


@pytest.mark.parametrize(("asked", "wasi_status", "emscripten_status"), [(300, 300, 300), (-1, 0xFFFF_FFFF, -1)])
def test_exit_status_is_passed_on_whole(build: Build, asked: int, wasi_status: int, emscripten_status: int) -> None:
    assert compat.run(build(wasi(start(f"(call $proc_exit (i32.const {asked}))")))).check().status == wasi_status
    assert compat.run(build(emscripten(main(f"(call $exit (i32.const {asked}))")))).check().status == emscripten_status


class TestInvoke:
    """What happens below an `invoke_*`."""

    @pytest.mark.parametrize(
        ("code", "status", "error"),
        [
            ("(call $exit (i32.const 7))", 7, None),
            ("(call $abort (i32.const 7))", 134, compat.Abort),
            ("(unreachable)", 134, compat.Trap),
            ("(call $invoke_v (i32.const 1))", 134, compat.Trap),  # recursion without end, through the bridge
            ("(call $throw (i32.const 70000) (i32.const 1024) (i32.const 0)) (call $abort (i32.const 1))", 0, None),
        ],
    )
    def test_only_an_exception_is_caught(
        self, build: Build, code: str, status: int, error: type[Exception] | None
    ) -> None:
        fields = f"(elem (i32.const 1) $f) (func $f {code})" + main("(call $invoke_v (i32.const 1))")
        result = compat.run(build(emscripten(fields)))
        assert (result.status, type(result.error) if result.error else None) == (status, error)


def test_an_uncaught_throw_of_nonsense_is_told(build: Build) -> None:
    for object_, type_ in ((70000, -8), (-1, -1), (70000, 0)):
        code = f"(call $throw (i32.const {object_}) (i32.const {type_}) (i32.const 77))"
        result = compat.run(build(emscripten(main(code))))
        assert result.status == 134
        assert isinstance(result.error, compat.CppException)
        assert result.error.type.startswith("an object w")
        assert result.error.what == ""
        assert "uncaught C++ exception" in str(result.error)


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("(call $exit (i32.const 4))", 4),
        ("(unreachable)", 134),
        ("(call $throw (i32.const 70000) (i32.const 1024) (i32.const 0))", 134),
    ],
)
@pytest.mark.parametrize("place", ['(export "globalCtors")', '(export "__GLOBAL__sub_I_a_cpp")', ""])
def test_an_end_before_main(build: Build, code: str, status: int, place: str) -> None:
    """In a constructor, or in the module's start function."""
    fields = f"(func $early {place} {code})" + "(start $early)" * (not place)
    assert compat.run(build(emscripten(fields + main("(unreachable)")))).status == status


def test_an_exit_from_the_start_function(build: Build) -> None:
    fields = "(func $early (call $proc_exit (i32.const 4))) (start $early)" + start("(unreachable)")
    assert compat.run(build(wasi(fields))).check().status == 4


class TestExportsThatLie:
    ODD_TYPES = (
        "(param f64 f64 f64 f64)",
        "(param i32) (result f64) (return (f64.const nan))",
        "(result i64) (return (i64.const -1))",
        "(param funcref)",
        "(result i32 i32) (i32.const 1) (i32.const 2) (return)",
        "(param i32 i32 i32 i32 i32)",
        "(result f32) (return (f32.const inf))",
    )

    @pytest.mark.parametrize("type_", ODD_TYPES)
    @pytest.mark.parametrize("name", ["_main", "globalCtors", "_fflush", "__GLOBAL__I_000101", "dynCall_vi"])
    def test_functions_of_another_type(self, build: Build, name: str, type_: str) -> None:
        fields = f'(func (export "{name}") {type_})'
        text = emscripten(fields).replace('(func (export "_fflush") (param i32) (result i32) (i32.const 0))', "")
        text = text if name == "_fflush" else emscripten(fields)
        with pytest.raises(compat.Unsupported, match=f"it exports {name} as .*, which its host calls as"):
            compat.run(build(text))

    @pytest.mark.parametrize("type_", ODD_TYPES)
    @pytest.mark.parametrize("name", ["_start", "_initialize"])
    def test_functions_of_another_type_in_wasi(self, build: Build, name: str, type_: str) -> None:
        with pytest.raises(compat.Unsupported, match=rf"it exports {name} as .*, which its host calls as v\(\)"):
            compat.run(build(wasi(f'(func (export "{name}") {type_})')))

    @pytest.mark.parametrize(
        "memory",
        ["", "(memory 1)", '(memory 1) (func (export "memory"))', '(global (export "memory") i32 (i32.const 0))'],
    )
    def test_a_memory_that_is_none(self, build: Build, memory: str) -> None:
        """Every address is a bad one: fd_write answers EFAULT, which is 21."""
        code = "(call $proc_exit (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))"
        assert compat.run(build(wasi(start(code), memory=memory))).check().status == 21

    @pytest.mark.parametrize("kind", ['(global (export "{}") i32 (i32.const 0))', '(memory (export "{}") 1)'])
    def test_an_entry_point_that_is_no_function(self, build: Build, kind: str) -> None:
        with pytest.raises(compat.Unsupported, match="no main function"):
            compat.run(build(wasi(kind.format("_start"), memory="" if "memory" in kind else "(memory 1)")))

    @pytest.mark.parametrize("pages", ["0", "1 1"])
    def test_a_memory_too_small_for_its_own_stack(self, build: Build, pages: str) -> None:
        text = emscripten('(func (export "_main") (param i32 i32) (result i32) (i32.const 0))', memory=pages)
        result = compat.run(build(text))
        assert (result.status, type(result.error)) == (134, compat.Trap)

    def test_an_allocator_that_lies(self, build: Build) -> None:
        """stackAlloc answers with an address outside, so that the host has no place for the arguments."""
        text = emscripten('(func (export "_main") (param i32 i32) (result i32) (i32.const 0))')
        text = text.replace("(global.get $STACKTOP)\n", "(i32.const -16)\n")
        result = compat.run(build(text), ["argument"])
        assert (result.status, type(result.error)) == (134, compat.Trap)


@pytest.mark.parametrize(
    ("item", "message"),
    [
        ('(import "env" "nothing" (global i32))', "env.nothing is not available"),
        ('(import "env" "nothing" (tag))', "no ABI provides"),
        ('(import "env" "invoke_é" (func))', "does not export dynCall_é"),
        ('(import "env" "invoke_99" (func (param i32)))', "does not export dynCall_99"),
        ('(import "env" "nothing" (func (param funcref)))', "cannot pass between guest and host"),
        ('(import "env" "nothing" (func (result i32 i32)))', "several results"),
    ],
)
def test_imports_that_nobody_can_answer(build: Build, item: str, message: str) -> None:
    with pytest.raises(compat.Unsupported, match=message):
        compat.run(build(emscripten(main(""), imports=item)))


@pytest.mark.parametrize("name", ["jsCall_", "jsCall_vi", "nullFunc_é", "_emscripten_asm_const_zz", "nothing"])
@pytest.mark.parametrize("type_", ["", "(param i32)", "(param f64 i64)"])
def test_an_odd_import_ends_the_program_when_it_is_called(build: Build, name: str, type_: str) -> None:
    values = {"": "", "(param i32)": "(i32.const 1)", "(param f64 i64)": "(f64.const nan) (i64.const -1)"}[type_]
    text = emscripten(main(f"(call $odd {values})"), imports=f'(import "env" "{name}" (func $odd {type_}))')
    assert compat.run(build(text)).status in (127, 134)


class TestFloods:
    FUNCTIONS = """
      (import "wasi_snapshot_preview1" "path_open"
        (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
      (import "wasi_snapshot_preview1" "path_create_directory" (func $mkdir (param i32 i32 i32) (result i32)))
      (import "wasi_snapshot_preview1" "path_symlink" (func $symlink (param i32 i32 i32 i32 i32) (result i32)))"""
    OPEN = """(call $open (i32.const 3) (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 1)
      (i64.const 0x2202) (i64.const 0x2202) (i32.const 0) (i32.const 64))"""

    def test_output(self, build: Build) -> None:
        """Written until it fails, with ENOSPC, which is 51: what fits is kept."""
        code = """(local $e i32) (loop $more
          (local.set $e (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 64)))
          (br_if $more (i32.eqz (local.get $e))))
          (call $proc_exit (local.get $e))"""
        data = r'(data (i32.const 0) "\00\00\00\00\00\00\01\00")'
        result = compat.run(build(wasi(data + start(code))), output_limit=100_000).check()
        assert (result.status, len(result.stdout)) == (51, 100_000)

    def test_giant_vectors(self, build: Build) -> None:
        """Of 4 GiB, and a number of them beyond IOV_MAX: EFAULT and EINVAL, and nothing is written."""
        for data, count, errno in ((r"\00\00\00\00\ff\ff\ff\ff", 1, 21), (r"\00", -1, 28)):
            code = f"(call $proc_exit (call $fd_write (i32.const 1) (i32.const 0) (i32.const {count}) (i32.const 64)))"
            result = compat.run(build(wasi(f'(data (i32.const 0) "{data}")' + start(code)))).check()
            assert (result.status, result.stdout) == (errno, b"")

    def test_descriptors(self, build: Build) -> None:
        """Opened until it fails, with EMFILE, which is 33."""
        code = f"""(local $e i32) (loop $more (br_if $more (i32.eqz (local.tee $e {self.OPEN}))))
          (call $proc_exit (local.get $e))"""
        text = wasi('(data (i32.const 0) "a")' + start(code), imports=self.FUNCTIONS)
        assert compat.run(build(text), files={"/b": b""}).check().status == 33

    def test_directories_in_directories(self, build: Build) -> None:
        """Made one in the other until that fails."""
        code = """(local $fd i32) (local $e i32) (local.set $fd (i32.const 3)) (loop $more
          (local.set $e (call $mkdir (local.get $fd) (i32.const 0) (i32.const 1)))
          (if (i32.eqz (local.get $e)) (then
            (local.set $e (call $open (local.get $fd) (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 2)
              (i64.const 0x2202) (i64.const 0x2202) (i32.const 0) (i32.const 64)))
            (local.set $fd (i32.load (i32.const 64)))))
          (br_if $more (i32.eqz (local.get $e))))
          (call $proc_exit (local.get $e))"""
        text = wasi('(data (i32.const 0) "a")' + start(code), imports=self.FUNCTIONS)
        assert compat.run(build(text), files={"/b": b""}, timeout=60).check().status == 33


@pytest.mark.skipif(sys.platform != "linux", reason="counts descriptors in /proc")
def test_nothing_is_left_behind(build: Build, tmp_path: Path) -> None:
    """Of 200 runs that end in every way: no descriptor, no thread; and the last one still works."""
    texts = [
        wasi(start("(unreachable)")),
        wasi(start("(call $proc_exit (i32.const 3))")),
        wasi(start("(call $deeper)") + "(func $deeper (call $deeper))"),
        emscripten(main("(call $abort (i32.const 1))")),
        emscripten(main("(call $throw (i32.const 70000) (i32.const 1024) (i32.const 0))")),
    ]
    (tmp_path / "mounted").mkdir()
    mounts = [compat.Mount(str(tmp_path / "mounted"), "/work")]
    programs = []
    for index, text in enumerate(texts):
        programs.append(build(text).rename(tmp_path / f"{index}.wasm"))

    def everything() -> list[int]:
        statuses = [compat.run(program, mounts=mounts, timeout=20).status for program in programs]
        with pytest.raises(compat.Unsupported):
            compat.run(programs[0], mounts=[*mounts, compat.Mount(str(tmp_path / "nowhere"), "/x")])
        return statuses

    first = everything()
    gc.collect()
    descriptors, threads = len(os.listdir("/proc/self/fd")), threading.active_count()
    for _ in range(40):
        assert everything() == first
    gc.collect()
    assert first == [134, 3, 134, 134, 134]
    assert len(os.listdir("/proc/self/fd")) <= descriptors
    for thread in threading.enumerate():
        if thread.name == "compat time limit":
            thread.join(5)
    assert threading.active_count() <= threads
