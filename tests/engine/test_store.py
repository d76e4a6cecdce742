from __future__ import annotations

import gc
import sys
import weakref
from typing import TYPE_CHECKING

import pytest

from compat.engine.protocol import StoreLimits
from compat.errors import GuestException, Unsupported
from compat.wasm.model import FuncType, GlobalType, Limits, TableType, ValType
from tests.engine.conftest import link

if TYPE_CHECKING:
    from compat.engine.protocol import Engine, Store

TEXT = """(module (import "e" "f" (func $f (result i32))) (memory (export "m") 10)
  (global (export "g") (mut i32) (i32.const 0))
  (func (export "go") (result i32) (memory.fill (i32.const 0) (i32.const 1) (i32.const 655360)) (call $f)))"""


def test_everything_closes_once_and_in_any_order(engine: Engine) -> None:
    store = engine.store()
    table = store.table(TableType(ValType.FUNCREF, Limits(1)))
    made = store.global_(GlobalType(ValType.I32, mutable=True), 1)
    module = engine.compile_text(TEXT)
    exports = store.instantiate(module, [store.function("f", FuncType.parse("i()"), lambda: lambda: 5)]).exports
    go, memory = exports["go"], exports["m"]
    module.close()
    module.close()
    assert go() == 5  # an instance keeps the code it runs
    store.close()
    store.close()
    uses = (go, lambda: made.value, lambda: table[0], memory.buffer, lambda: memory.grow(1), lambda: exports["g"])
    for use in uses:
        with pytest.raises(ValueError, match="closed"):
            use()
    with pytest.raises(ValueError, match="closed"):
        store.memory(Limits(1))
    with pytest.raises(ValueError, match="closed"):
        store.global_(GlobalType(ValType.I32, mutable=True), 1)
    with pytest.raises(ValueError, match="closed"), engine.store() as other:
        other.instantiate(module, [])


def test_a_guest_exception_outlives_its_store(engine: Engine) -> None:
    with engine.store() as store:
        throw = link(engine, store, '(module (tag $t (param i32)) (func (export "throw") (throw $t (i32.const 3))))')
        with pytest.raises(GuestException) as caught:
            throw.exports["throw"]()
    assert caught.value.values == (3,)
    del caught
    gc.collect()


def test_a_store_does_not_close_under_its_guest(engine: Engine) -> None:
    with engine.store() as store:

        def body() -> int:
            with pytest.raises(RuntimeError, match="inside a call"):
                store.close()
            return 3

        go = link(engine, store, TEXT, [("i()", body)]).exports["go"]
        assert go() == 3


def test_a_store_that_nobody_closes_goes_with_its_last_reference(engine: Engine) -> None:
    class Session:
        pass

    def session() -> weakref.ref[Session]:
        session = Session()
        store = engine.store()
        session.store = store  # type: ignore[attr-defined]
        go = link(engine, store, TEXT, [("i()", lambda: len(session.__dict__))]).exports["go"]
        assert go() == 1
        return weakref.ref(session)

    reference = session()
    gc.collect()
    assert reference() is None


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("closed", [True, False])
def test_stores_do_not_leak(engine: Engine, closed: bool) -> None:
    def use() -> None:
        store = engine.store()
        exports = link(engine, store, TEXT, [("i()", lambda: 1)]).exports
        assert exports["go"]() == 1
        assert exports["m"].buffer()[0] == 1
        if closed:
            store.close()

    def resident() -> int:
        gc.collect()
        with open("/proc/self/statm") as file:
            return int(file.read().split()[1]) * 4096

    for _ in range(20):
        use()
    before = resident()
    for _ in range(200):
        use()
    assert resident() - before < 10 << 20  # one guest alone touches 640 KiB


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_closing_frees_the_memory_though_its_externs_live_on(engine: Engine) -> None:
    def reserved() -> int:
        with open("/proc/self/statm") as file:
            return int(file.read().split()[0]) * 4096

    store = engine.store()
    memory = store.memory(Limits(1))
    assert len(memory.buffer()) == 65536
    before = reserved()
    store.close()
    assert before - reserved() >= 4 << 30
    del memory


def test_time_limits_do_not_leave_threads(interruptible: Engine) -> None:
    import threading

    before = threading.active_count()
    for _ in range(5):
        with interruptible.store(StoreLimits(seconds=60)) as store:
            assert link(interruptible, store, TEXT, [("i()", lambda: 1)]).exports["go"]() == 1
    for thread in threading.enumerate():
        if thread.name == "compat time limit":
            thread.join(5)
    assert threading.active_count() == before


def test_a_store_is_for_many_modules(engine: Engine, store: Store) -> None:
    memory = store.memory(Limits(1))
    text = """(module (import "e" "m" (memory 1))
      (func (export "poke") (param i32 i32) (i32.store (local.get 0) (local.get 1))))"""
    first, second = link(engine, store, text, [memory]), link(engine, store, text, [memory])
    first.exports["poke"](0, 1)
    second.exports["poke"](4, 2)
    assert bytes(memory.buffer()[:8]) == b"\1\0\0\0\2\0\0\0"


def test_tables_have_a_limit(store: Store) -> None:
    """Of as many elements as under a browser: they are memory of the host's."""
    with pytest.raises(Unsupported, match="table limits"):
        store.table(TableType(ValType.FUNCREF, Limits(10_000_001)))
    table = store.table(TableType(ValType.FUNCREF, Limits(1)))
    assert not table.grow(10_000_000)
    assert table.grow(1000)


def test_a_store_has_a_few_tables(engine: Engine, store: Store) -> None:
    text = f"(module {'(table 1 funcref)' * 9})"
    link(engine, store, text)
    with pytest.raises(Unsupported):
        link(engine, store, text)


def test_a_memory_limit_beyond_any_memory(engine: Engine) -> None:
    with engine.store(StoreLimits(memory=1 << 80)) as store:
        assert store.memory(Limits(1)).grow(1)
