"""Many runs in one process leave nothing behind."""

from __future__ import annotations

import gc
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

import compat
from tests.conftest import Build
from tests.programs import start, wasi

RUNS = int(os.environ.get("COMPAT_RUNS", "1000"))
"""Ten thousand take most of a minute; a thousand already show a leak of any object of a session."""
GROWTH = 4 << 20
"""Bytes that the allocator may keep, of all the runs together."""
EXITS = """(i32.store (i32.const 0) (i32.const 16)) (i32.store (i32.const 4) (i32.const 6))
  (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8))) (call $proc_exit (i32.const 3))"""
SAMPLE = Path(__file__).parent.parent / "samples" / "hello.wasm"
ECHOED = b"Hello, fastcomp!\nargv[0] = hello.wasm\nargv[1] = one\nwritten, and read back\n"

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
Run = Callable[[], None]


@pytest.fixture(params=["emscripten", "wasi"])
def run(request: pytest.FixtureRequest, build: Build) -> Run:
    """Runs a program that returns from `main`, or one that exits."""
    if request.param == "emscripten":
        program, status, output = SAMPLE, 0, ECHOED
    else:
        program, status, output = build(wasi('(data (i32.const 16) "hello\\0a")' + start(EXITS))), 3, b"hello\n"

    def once() -> None:
        result = compat.run(program, ["one"], timeout=60)
        assert (result.status, result.stdout, result.error) == (status, output, None)

    return once


def test_nothing_grows(run: Run) -> None:
    for _ in range(RUNS // 5):
        run()
    memory, before = resident(), handles()
    for _ in range(RUNS):
        run()
    assert no_more_handles_than(before)
    assert resident() - memory < GROWTH


def test_handles_do_not_wait_for_the_collector(run: Run) -> None:
    run()
    gc.collect()
    gc.disable()
    try:
        before = handles()
        for _ in range(10):
            run()
        assert no_more_handles_than(before)
    finally:
        gc.enable()


def handles() -> tuple[int, int]:
    """How many descriptors and threads the process has."""
    return len(os.listdir("/proc/self/fd")), len(os.listdir("/proc/self/task"))


def no_more_handles_than(before: tuple[int, int]) -> bool:
    """Whether the process comes down to so many: the thread of a time limit ends a moment after its run."""
    for _ in range(100):
        if all(now <= then for now, then in zip(handles(), before, strict=True)):
            return True
        time.sleep(0.1)
    return False


def resident() -> int:
    """Bytes of memory that the process has, without garbage."""
    gc.collect()
    return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")
