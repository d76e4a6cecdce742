from __future__ import annotations

from compat.abi.row import Level
from compat.emscripten_abi import absent
from compat.emscripten_abi.tables import TABLES


def test_what_is_absent_has_a_reason_and_no_other_row() -> None:
    for table in absent.TABLES:
        for row in table:
            assert row.note
            assert [found.level for found, _ in TABLES.find(row.module, row.name)] == [Level.ABSENT]


def test_families_are_told_apart() -> None:
    groups = {TABLES.find("env", name)[0][0].group for name in ("_glClear", "_SDL_Init", "_alcOpenDevice")}
    assert groups == {"gl", "sdl", "al"}
