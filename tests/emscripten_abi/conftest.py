"""Guests to call rows on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.emscripten_abi.world import World


@pytest.fixture
def world() -> Iterator[World]:
    made = World()
    yield made
    made.process.close()


@pytest.fixture(params=["1.38.12", "1.38.43", "1.39.5"])
def any_world(request: pytest.FixtureRequest) -> Iterator[World]:
    """One for each numbering of errors and layout of structs."""
    made = World(request.param)
    yield made
    made.process.close()
