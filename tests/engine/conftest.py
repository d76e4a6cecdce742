from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from functools import partial

import pytest
from compat.engine._libwasmtime import lib

from compat.engine.protocol import Engine, Extern, HostBody, Instance, Store, StoreLimits
from compat.engine.wasm2c.engine import Wasm2cEngine
from compat.engine.wasmtime import WasmtimeEngine
from compat.wasm.model import FuncType

WASMTIME = [
    "optimising",
    pytest.param("baseline", marks=pytest.mark.skipif(not lib.HAS_BASELINE, reason="there is none here")),
]
only_wasmtime = pytest.mark.parametrize("kind", WASMTIME, scope="module")
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


@pytest.fixture(scope="module", params=[*WASMTIME, "wasm2c"])
def kind(request: pytest.FixtureRequest) -> str:
    """Which engine: a test runs with each, but for those of modules that have a `kind` of their own."""
    kind: str = request.param
    return kind


@pytest.fixture(scope="module")
def engine(kind: str) -> Engine:
    return Wasm2cEngine() if kind == "wasm2c" else WasmtimeEngine(baseline=kind == "baseline")


@pytest.fixture(scope="module")
def interruptible(kind: str) -> Engine:
    return Wasm2cEngine() if kind == "wasm2c" else WasmtimeEngine(interruptible=True, baseline=kind == "baseline")


@pytest.fixture
def store(engine: Engine) -> Iterator[Store]:
    with engine.store() as store:
        yield store


@pytest.fixture
def timed(interruptible: Engine) -> Iterator[Store]:
    with interruptible.store(StoreLimits(seconds=0.2)) as store:
        yield store


@pytest.fixture
def guest(engine: Engine, store: Store) -> Guest:
    """Instantiate a module in text. Imports are externs, or host functions as (signature, body)."""

    def instantiate(text: str, imports: Sequence[object] = (), into: Store = store) -> Instance:
        return link(engine, into, text, imports)

    return instantiate


def link(engine: Engine, store: Store, text: str, imports: Sequence[object] = ()) -> Instance:
    externs: list[Extern] = [
        store.function("host", FuncType.parse(item[0]), partial(_as_is, item[1])) if isinstance(item, tuple) else item
        for item in imports
    ]
    return store.instantiate(engine.compile_text(text), externs)


def _as_is(body: HostBody) -> HostBody:
    return body
