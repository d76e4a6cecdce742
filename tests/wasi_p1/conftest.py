from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest

from .server import Server
from .world import World


@pytest.fixture
def wasi() -> Iterator[World]:
    """A guest whose directory is in memory."""
    world = World()
    with world.process:
        yield world


@pytest.fixture(params=["memory", "host"])
def files(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    """A guest whose directory is in memory, then one whose directory is the host's: both behave the same."""
    world = World(str(tmp_path) if request.param == "host" else None)
    with world.process:
        yield world


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.closing.set()
        server.shutdown()
        thread.join()
