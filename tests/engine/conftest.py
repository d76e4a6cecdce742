from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from functools import partial

import pytest

from compat.engine.protocol import Extern, HostBody, Instance, StoreLimits
from compat.engine.store import WasmtimeStore
from compat.engine.wasmtime import WasmtimeEngine
from compat.wasm.model import FuncType
from tests.compilers import COMPILERS

Guest = Callable[..., Instance]


@pytest.fixture(scope="session", autouse=True)
def _cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """One cache for the whole run, which is nobody's real one."""
    before = os.environ.get("COMPAT_CACHE_DIR")
    os.environ["COMPAT_CACHE_DIR"] = str(tmp_path_factory.mktemp("cache"))
    yield
    if before is None:
        del os.environ["COMPAT_CACHE_DIR"]
    else:
        os.environ["COMPAT_CACHE_DIR"] = before


@pytest.fixture(scope="session", params=COMPILERS)
def engine(request: pytest.FixtureRequest) -> WasmtimeEngine:
    return WasmtimeEngine(baseline=request.param)


@pytest.fixture(scope="session", params=COMPILERS)
def interruptible(request: pytest.FixtureRequest) -> WasmtimeEngine:
    return WasmtimeEngine(interruptible=True, baseline=request.param)


@pytest.fixture
def store(engine: WasmtimeEngine) -> Iterator[WasmtimeStore]:
    with engine.store() as store:
        yield store


@pytest.fixture
def timed(interruptible: WasmtimeEngine) -> Iterator[WasmtimeStore]:
    with interruptible.store(StoreLimits(seconds=0.2)) as store:
        yield store


@pytest.fixture
def guest(engine: WasmtimeEngine, store: WasmtimeStore) -> Guest:
    """Instantiate a module in text. Imports are externs, or host functions as (signature, body)."""

    def instantiate(text: str, imports: Sequence[object] = (), into: WasmtimeStore = store) -> Instance:
        return link(engine, into, text, imports)

    return instantiate


def link(engine: WasmtimeEngine, store: WasmtimeStore, text: str, imports: Sequence[object] = ()) -> Instance:
    externs: list[Extern] = [
        store.function("host", FuncType.parse(item[0]), partial(_as_is, item[1])) if isinstance(item, tuple) else item
        for item in imports
    ]
    return store.instantiate(engine.compile_text(text), externs)


def _as_is(body: HostBody) -> HostBody:
    return body
