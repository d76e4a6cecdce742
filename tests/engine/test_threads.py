"""What an engine for threads adds: memory that stores share, stores that are stopped, and turns."""

from __future__ import annotations

import threading

import pytest

from compat.engine import default_engine
from compat.engine.protocol import StoreLimits
from compat.errors import MemoryLimit, Unsupported
from compat.wasm.model import FuncType, Limits

SHARED = Limits(1, 4, shared=True)
ENGINE = default_engine(threads=True)
TEXT = """(module (import "env" "memory" (memory 1 4 shared)) (import "env" "call" (func $call))
  (func (export "load") (param i32) (result i32) (i32.atomic.load (local.get 0)))
  (func (export "store") (param i32 i32) (i32.atomic.store (local.get 0) (local.get 1)))
  (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
  (func (export "spin") (loop $l (br $l)))
  (func (export "through") (call $call)))"""


class Turns:
    """Notes who has it."""

    def __init__(self) -> None:
        self.noted: list[str] = []

    def take(self) -> None:
        self.noted.append("take")

    def give(self) -> None:
        self.noted.append("give")


def test_stores_share_a_memory() -> None:
    with ENGINE.compile_text(TEXT) as module, ENGINE.store() as one, ENGINE.store() as other:
        memory = one.memory(SHARED)
        instances = []
        for store, own in ((one, memory), (other, other.memory(SHARED, memory))):
            call = store.function("call", FuncType.parse("v()"), lambda: lambda: None)
            instances.append((store.instantiate(module, [own, call]).exports, own))
        (first, _), (second, there) = instances
        first["store"](1000, 7)  # type: ignore[operator]
        assert second["load"](1000) == 7  # type: ignore[operator]
        there.buffer()[1000] = 9
        assert (first["load"](1000), memory.buffer()[1000]) == (9, 9)  # type: ignore[operator]
        assert first["grow"](2) == 1  # type: ignore[operator]
        assert second["load"](3 * 65536 - 4) == 0  # type: ignore[operator]
        assert len(there.buffer()) == len(memory.buffer()) == 3 * 65536
        assert there.grow(1)
        assert not memory.grow(1)
        view = there.buffer()
    assert view[1000] == 9  # what was shared is there as long as anybody looks at it


def test_a_limit_holds_for_shared_memory() -> None:
    with ENGINE.store(StoreLimits(memory=2 << 16)) as store:
        memory = store.memory(SHARED)
        assert memory.grow(1)
        assert not memory.grow(1)
    with ENGINE.store(StoreLimits(memory=1000)) as store, pytest.raises(MemoryLimit):
        store.memory(SHARED)


def test_what_cannot_be_shared() -> None:
    plain = default_engine(interruptible=True)
    with plain.store() as store, pytest.raises(Unsupported, match="engine for threads"):
        store.memory(SHARED)
    with ENGINE.store() as one, ENGINE.store() as other, plain.store() as third:
        with pytest.raises(Unsupported, match="maximum"):
            one.memory(Limits(1, None, shared=True))
        own = one.memory(Limits(1, 4))
        with pytest.raises(ValueError, match="not to be shared"):
            other.memory(SHARED, own)
        shared = one.memory(SHARED)
        with pytest.raises(ValueError, match="not to be shared"):
            third.memory(SHARED, shared)
        with ENGINE.compile_text(TEXT) as module, pytest.raises(ValueError, match="not of this store"):
            other.instantiate(module, [shared, shared])


def test_a_store_is_stopped_from_another_thread() -> None:
    with ENGINE.compile_text(TEXT) as module, ENGINE.store() as store:
        call = store.function("call", FuncType.parse("v()"), lambda: lambda: None)
        exports = store.instantiate(module, [store.memory(SHARED), call]).exports
        timer = threading.Timer(0.05, store.stop, [KeyError("enough")])
        timer.start()
        for name in ("spin", "through"):
            with pytest.raises(KeyError, match="enough"):
                exports[name]()  # type: ignore[operator]
        timer.join()


def test_a_turn_is_given_away_while_the_guest_runs() -> None:
    turns = Turns()
    with ENGINE.compile_text(TEXT) as module, ENGINE.store(StoreLimits(), turns) as store:
        call = store.function("call", FuncType.parse("v()"), lambda: lambda: turns.noted.append("call"))
        exports = store.instantiate(module, [store.memory(SHARED), call]).exports
        turns.noted.clear()
        exports["through"]()  # type: ignore[operator]
    assert turns.noted == ["give", "take", "call", "give", "take"]
