"""Every row that is FULL, called through the engine by a module that imports it: see `tests.calls`.

The cases are in `rows`, by group. A row that none of them calls fails the last test here.
"""

from __future__ import annotations

from pathlib import Path

import pytest

import compat
from compat.abi.bind import row_type
from compat.abi.row import FULL, Row, Serves
from compat.detect.model import Release
from compat.emscripten_abi.tables import TABLES
from tests.calls import Case, case, play
from tests.conftest import Build

from .rows import (
    atomics,
    clocks,
    exceptions,
    files,
    globals,
    late,
    libraries,
    loops,
    mathematics,
    paths,
    process,
    runtime,
    signals,
    system,
    threads,
)
from .rows.guest import EPOCHS, GUEST, LATE, OLD, STACK

CASES: list[Case] = [
    *atomics.CASES,
    *clocks.CASES,
    *exceptions.CASES,
    *files.CASES,
    *late.CASES,
    *libraries.CASES,
    *loops.CASES,
    *mathematics.CASES,
    *paths.CASES,
    *process.CASES,
    *runtime.CASES,
    *signals.CASES,
    *system.CASES,
    *threads.CASES,
]
ELSEWHERE = {
    **dict.fromkeys(("g${name}", "fp${name}"), "test_dynamic.py"),
    **dict.fromkeys(("_emscripten_coroutine_next", "_emscripten_yield"), "test_coroutines.py"),
    **dict.fromkeys(("eb", "EMTSTACKTOP", "EMT_STACK_MAX"), "test_emterpreter.py"),
}
"""Rows that only a special program calls, and the tests that hold one."""


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.title)
def test_case(build: Build, case: Case) -> None:
    play(case, GUEST, build)


@pytest.mark.parametrize("release", EPOCHS)
def test_programs_are_dated_as_they_are_meant(build: Build, release: str) -> None:
    with compat.load(build(GUEST.module(case("nothing", module={"release": release})))) as module:
        epoch = module.detection.epoch
    assert epoch
    assert (epoch.lowest >= Release.parse("1.38.31")) == (release != OLD)
    assert (epoch.lowest >= Release.parse("1.38.47")) == (release == LATE)
    assert epoch.lowest <= Release.parse(release) <= epoch.highest


def imported(build: Build, name: str) -> compat.Module:
    """A program that tells what the imported global `module.name` holds."""
    module, _, name = name.partition(".")
    type = "f64" if module == "global" else "i32"
    return compat.load(
        build(
            f"""(module (import "env" "memory" (memory 8 8)) (import "{module}" "{name}" (global $it {type}))
            (global (mut i32) (i32.const {STACK.start})) (global (mut i32) (i32.const {STACK.stop}))
            (func (export "get") (result {type}) (global.get $it)))"""
        ),
        abi="emscripten",
    )


@pytest.mark.parametrize("name", globals.NUMBERS)
def test_global(build: Build, name: str) -> None:
    with imported(build, name) as module:
        assert module.call("get") == pytest.approx(globals.NUMBERS[name], abs=0, nan_ok=True)


@pytest.mark.parametrize("name", globals.DATA)
def test_data_of_the_host(build: Build, name: str) -> None:
    with imported(build, name) as module:
        assert module.memory.read(int(module.call("get") or 0), len(globals.DATA[name])) == globals.DATA[name]


def test_every_full_row_is_called() -> None:
    called = {
        id(row)
        for case in CASES
        for name, type in case.imports
        for row, _ in TABLES.find(case.module.get("imports", "env"), name)
        if row_type(row) in (None, type)
    }

    def is_tested(row: Row) -> bool:
        if row.group == "embind":
            # They are about functions of the program's: embind/test_rows.py has one that calls them all.
            return True
        if row.name in ELSEWHERE:
            text = (Path(__file__).parent / ELSEWHERE[row.name]).read_text("utf-8")
            return f'(import "env" "{row.name.partition("{")[0]}' in text
        if row.serves is Serves.VALUE:
            return f"{row.module}.{row.name}" in {*globals.NUMBERS, *globals.DATA}
        return id(row) in called

    rows = [row for row in TABLES if row.level is FULL]
    assert not [f"{row.module}.{row.name} {row_type(row) or ''}" for row in rows if not is_tested(row)]
