"""Every function of WASI, called through the engine by a module that imports it: see `tests.calls`."""

from __future__ import annotations

from functools import cache

import pytest

from compat.abi.bind import row_type
from compat.abi.row import FULL
from compat.wasi_p1 import TABLES
from tests.calls import PAGES, Case, Guest, imports_and_exports, play
from tests.conftest import Build

from .rows import http
from .rows.cases import cases
from .rows.layouts import PREVIEW1, UNSTABLE
from .server import Server

CASES = {module: list(cases(module)) for module in (PREVIEW1, UNSTABLE)}
HTTP_CASES = list(http.cases("http://127.0.0.1/"))


@cache
def guest(module: str) -> Guest:
    """A program for a preview."""

    def text(case: Case) -> str:
        imports, exports = imports_and_exports(case, module)
        # The module for HTTP does not say, alone, what the program is.
        also = f'(import "{PREVIEW1}" "sched_yield" (func (result i32)))' if module == http.MODULE else ""
        return f'(module {imports} {also} (memory (export "memory") {PAGES} {PAGES}) {exports})'

    return Guest(text, unchecked=lambda _: (), called=lambda _: ())


@pytest.mark.parametrize(
    ("module", "case"),
    [pytest.param(module, case, id=f"{module}: {case.title}") for module in CASES for case in CASES[module]],
)
def test_case(build: Build, module: str, case: Case) -> None:
    play(case, guest(module), build)


@pytest.mark.parametrize("number", range(len(HTTP_CASES)), ids=lambda number: HTTP_CASES[number].title)
def test_http_case(build: Build, server: Server, number: int) -> None:
    server.answers["/"] = http.ANSWER
    play(list(http.cases(server.url()))[number], guest(http.MODULE), build)


def test_every_full_row_is_called() -> None:
    all_cases = {**CASES, http.MODULE: HTTP_CASES}
    called = {(module, *each) for module in all_cases for case in all_cases[module] for each in case.imports}
    rows = [row for row in TABLES if row.level is FULL]
    assert not [
        f"{row.module}.{row.name} {row_type(row)}"
        for row in rows
        if (row.module, row.name, row_type(row)) not in called
    ]
