"""Processes to test with: one on memory alone, one with a host directory mounted."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import pytest

from compat.kernel.clock import SteppingClock
from compat.kernel.paths import FileSystem
from compat.kernel.vfs.hostfs import HostVolume
from compat.kernel.vfs.memory import MemoryVolume
from tests.kernel.support import name_by_name


@pytest.fixture(autouse=True)
def no_umask() -> Iterator[None]:
    """The host's umask takes bits off what the guest asks for; the tests compare what it asked for."""
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.fixture
def memory() -> FileSystem:
    return FileSystem(MemoryVolume(SteppingClock()).root)


@pytest.fixture
def mounted(memory: FileSystem, tmp_path: Path) -> FileSystem:
    """A root in memory with `tmp_path` at /host, and read-only at /ro."""
    clock = SteppingClock()
    memory.mount("/host", HostVolume(str(tmp_path), clock).root)
    memory.mount("/ro", HostVolume(str(tmp_path), clock, read_only=True).root)
    return memory


@pytest.fixture(params=["memory", "host", "host, name by name"])
def fs(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[FileSystem]:
    """The same tests on both kinds of volume: what a guest sees must not depend on where its files are."""
    clock = SteppingClock()
    volume = MemoryVolume(clock) if request.param == "memory" else HostVolume(str(tmp_path), clock)
    with name_by_name() if "name" in request.param else nullcontext():
        yield FileSystem(volume.root)
