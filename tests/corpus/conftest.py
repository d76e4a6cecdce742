from __future__ import annotations

import os
from collections.abc import Callable

import pytest

from compat import corpus


@pytest.fixture
def fetched() -> Callable[[str], corpus.Program]:
    """Gives a program of the corpus that is in the cache; skips the test for one that is not, or fails it under CI."""

    def find(program_id: str) -> corpus.Program:
        program = corpus.find(program_id)
        if not corpus.is_fetched(program):
            give_up = pytest.fail if os.environ.get("CI") else pytest.skip
            give_up(f"{program_id} has not been fetched; try: compat corpus fetch")
        return program

    return find
