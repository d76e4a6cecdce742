"""What tests of several parts share."""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from pathlib import Path

import pytest
from hypothesis import settings

from compat.engine import default_engine
from tests.kernel.support import name_by_name

# A test asserts no time. In continuous integration Hypothesis chooses its examples the same way each time by itself.
settings.register_profile("compat", parent=settings(), deadline=None)
settings.load_profile("compat")

# What is run and what is left in the cache is then the same each time. Whoever wants it otherwise says so.
os.environ.setdefault("COMPAT_OPTIMISE", "wait")

WINE = sys.platform == "win32" and hasattr(ctypes.WinDLL("ntdll"), "wine_get_version")


def pytest_runtest_setup(item: pytest.Function) -> None:
    for name, applies in (("posix", sys.platform == "win32"), ("not_wine", WINE)):
        marker = item.get_closest_marker(name)
        on_memory = hasattr(item, "callspec") and item.callspec.params.get("fs") == "memory"
        if marker and applies and not on_memory:
            pytest.skip(marker.args[0])


Build = Callable[[str], Path]


@pytest.fixture(scope="module")
def small_files() -> Iterator[None]:
    """The host lets no file grow beyond a mebibyte: what lies far behind an end takes neither room nor time."""
    try:
        import resource
    except ImportError:
        yield  # Windows has no such limit
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, hard))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.fixture(scope="module", params=["at once", "name by name"])
def both_ways(request: pytest.FixtureRequest) -> Iterator[None]:
    """A file of the host's is found in one step, where the host can do that, and then with a step for each name."""
    with name_by_name() if request.param == "name by name" else nullcontext():
        yield


@pytest.fixture(scope="session")
def _shared_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def own_cache(_shared_cache: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of compiled modules that is nobody's real one."""
    monkeypatch.setenv("COMPAT_CACHE_DIR", str(_shared_cache))
    return _shared_cache


@pytest.fixture
def build(own_cache: Path, tmp_path: Path) -> Build:
    """Puts a program in WebAssembly text into a file, in binary."""

    def assemble(text: str) -> Path:
        path = tmp_path / "program.wasm"
        path.write_bytes(default_engine().assemble(text))
        return path

    return assemble
