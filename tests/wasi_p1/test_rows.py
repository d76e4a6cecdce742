"""Every function of WASI, called through the engine by a module that imports it: see `tests.calls`."""

from __future__ import annotations

from functools import cache

import pytest

from compat.abi.bind import row_type
from compat.abi.row import FULL
from compat.wasi_p1 import TABLES
from tests.calls import PAGES, Case, Guest, imports_and_exports, play
from tests.conftest import Build

from .rows.cases import cases
from .rows.layouts import PREVIEW1, UNSTABLE

CASES = {module: list(cases(module)) for module in (PREVIEW1, UNSTABLE)}
NOT_YET = {"http"}
"""Groups whose rows are not called here yet."""


@cache
def guest(module: str) -> Guest:
    """A program for a preview."""

    def text(case: Case) -> str:
        imports, exports = imports_and_exports(case, module)
        return f'(module {imports} (memory (export "memory") {PAGES} {PAGES}) {exports})'

    return Guest(text, unchecked=lambda _: (), called=lambda _: ())


@pytest.mark.parametrize(
    ("module", "case"),
    [pytest.param(module, case, id=f"{module}: {case.title}") for module in CASES for case in CASES[module]],
)
def test_case(build: Build, module: str, case: Case) -> None:
    play(case, guest(module), build)


def test_every_full_row_is_called() -> None:
    called = {(module, *each) for module in CASES for case in CASES[module] for each in case.imports}
    rows = [row for row in TABLES if row.level is FULL and row.group not in NOT_YET]
    assert not [
        f"{row.module}.{row.name} {row_type(row)}"
        for row in rows
        if (row.module, row.name, row_type(row)) not in called
    ]
