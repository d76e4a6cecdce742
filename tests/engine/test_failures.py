"""The ways a call can end are different things, and come out as themselves."""

from __future__ import annotations

import sys
import threading
import traceback
from typing import TYPE_CHECKING

import pytest

from compat.engine.protocol import StoreLimits
from compat.errors import Abort, GuestException, MemoryLimit, TimeLimit, Trap, Unsupported
from compat.wasm.model import FuncType, Limits, TagType
from tests.engine.conftest import link, only_wasmtime

if TYPE_CHECKING:
    from compat.engine.protocol import Engine, Store
    from tests.engine.conftest import Guest

TRAPS = """(module (memory 1) (table 2 funcref) (elem (i32.const 1) $other) (type $t (func)) (func $other (param i32))
  (func (export "unreachable") (unreachable))
  (func (export "divide") (drop (i32.div_s (i32.const 1) (i32.const 0))))
  (func (export "overflow") (drop (i32.div_s (i32.const 0x80000000) (i32.const -1))))
  (func (export "convert") (drop (i32.trunc_f64_s (f64.const nan))))
  (func (export "memory") (i32.store (i32.const 65536) (i32.const 0)))
  (func (export "table") (call_indirect (type $t) (i32.const 9)))
  (func (export "null") (call_indirect (type $t) (i32.const 0)))
  (func (export "type") (call_indirect (type $t) (i32.const 1)))
  (func $deep (export "deep") (call $deep)))"""


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("unreachable", "unreachable"),
        ("divide", "integer divide by zero"),
        ("overflow", "integer overflow"),
        ("convert", "invalid conversion to integer"),
        ("memory", "out of bounds memory access"),
        ("table", "out of bounds table access"),
        ("null", "uninitialized table element"),
        ("type", "indirect call type mismatch"),
        ("deep", "call stack exhausted"),
    ],
)
def test_traps(guest: Guest, name: str, message: str) -> None:
    exports = guest(TRAPS).exports
    for _ in range(2):  # the store goes on after a trap
        with pytest.raises(Trap, match=f"^{message}$") as caught:
            exports[name]()
    assert caught.value.frames[0].function == name


@only_wasmtime
def test_a_backtrace_names_functions_innermost_first(guest: Guest) -> None:
    text = """(module (func $inner (unreachable)) (func $middle (nop) (call $inner))
      (func (export "outer") (call $middle)))"""
    with pytest.raises(Trap) as caught:
        guest(text).exports["outer"]()
    frames = caught.value.frames
    assert [frame.function for frame in frames] == ["inner", "middle", "outer"]
    assert frames[0].offset < frames[1].offset < frames[2].offset


@only_wasmtime
def test_a_backtrace_tells_modules_apart_by_their_names(engine: Engine, store: Store) -> None:
    inner = link(engine, store, '(module $inner (func $trap (export "f") (unreachable)))')
    text = '(module (import "e" "f" (func $f)) (func (export "pass") (call $f)))'
    outer = link(engine, store, text, [inner.exports["f"]])
    with pytest.raises(Trap) as caught:
        outer.exports["pass"]()
    assert [frame.function for frame in caught.value.frames] == ["trap", "pass"]


@only_wasmtime
def test_a_backtrace_names_no_function_of_the_wrong_module(engine: Engine, store: Store) -> None:
    one = link(engine, store, '(module (func (export "one") (unreachable)))')
    two = link(engine, store, '(module (func (export "two") (unreachable)) (memory 1))')
    for instance, name in ((one, "one"), (two, "two")):
        with pytest.raises(Trap) as caught:
            instance.exports[name]()
        assert [frame.function for frame in caught.value.frames] == ["function[0]"]


CALLS = """(module (import "e" "f" (func $f)) (func (export "go") (call $f))
  (func (export "go_twice") (call $f) (call $f)))"""


class Exit(BaseException):
    pass


@pytest.mark.parametrize("error", [Exit(3), ValueError("mine"), KeyboardInterrupt(), SystemExit(2), GeneratorExit()])
def test_what_a_host_function_raises_comes_out_as_itself(guest: Guest, error: BaseException) -> None:
    calls = 0

    def body() -> None:
        nonlocal calls
        calls += 1
        raise error

    exports = guest(CALLS, [("v()", body)]).exports
    with pytest.raises(type(error)) as caught:
        exports["go_twice"]()
    assert caught.value is error
    assert calls == 1
    assert "body" in [frame.name for frame in traceback.extract_tb(error.__traceback__)]
    assert "host_call" not in [frame.name for frame in traceback.extract_tb(error.__traceback__)]


def test_an_abort_gets_the_backtrace_of_the_guest(guest: Guest) -> None:
    def abort() -> None:
        raise Abort("assertion failed")

    with pytest.raises(Abort, match="assertion failed") as caught:
        guest(CALLS, [("v()", abort)]).exports["go"]()
    assert [frame.function for frame in caught.value.frames] == ["go"]


def test_exceptions_pass_through_nested_calls(guest: Guest) -> None:
    def inner() -> None:
        raise LookupError("inner")

    def outer() -> None:
        deep.exports["go"]()

    deep = guest(CALLS, [("v()", inner)])
    with pytest.raises(LookupError, match="inner"):
        guest(CALLS, [("v()", outer)]).exports["go"]()


def test_a_host_function_may_catch_what_its_own_call_raised(guest: Guest) -> None:
    def outer() -> None:
        with pytest.raises(Trap):
            traps["divide"]()
        seen.append("went on")

    seen: list[str] = []
    traps = guest(TRAPS).exports
    guest(CALLS, [("v()", outer)]).exports["go_twice"]()
    assert seen == ["went on", "went on"]


def test_nested_calls_keep_their_values_apart(guest: Guest) -> None:
    text = """(module (import "e" "f" (func $f (param i32) (result i32)))
      (func (export "g") (param i32) (result i32) (i32.add (call $f (local.get 0)) (local.get 0))))"""

    def body(n: int) -> int:
        return 0 if n == 0 else int(g(n - 1) or 0)

    g = guest(text, [("i(i)", body)]).exports["g"]
    assert g(20) == sum(range(21))


def test_recursion_through_the_host_without_end_is_a_trap(guest: Guest) -> None:
    go = guest(CALLS, [("v()", lambda: go())]).exports["go"]
    for _ in range(3):
        with pytest.raises(Trap, match="call stack exhausted"):
            go()


@pytest.mark.parametrize("limit", [200, 100_000])
def test_recursion_is_a_trap_whichever_stack_is_the_smaller(guest: Guest, limit: int) -> None:
    go = guest(CALLS, [("v()", lambda: go())]).exports["go"]
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(limit)
    try:
        with pytest.raises(Trap, match="call stack exhausted"):
            go()
    finally:
        sys.setrecursionlimit(before)


def test_recursion_in_a_thread_is_a_trap_too(guest: Guest) -> None:
    deep = guest(TRAPS).exports["deep"]
    ended: list[BaseException] = []

    def run() -> None:
        try:
            deep()
        except Trap as error:
            ended.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert str(ended[0]) == "call stack exhausted"


class TestTimeLimit:
    LOOP = """(module (import "e" "f" (func $f)) (func (export "loop") (loop $l (br $l))) (func (export "go"))
      (func (export "calls") (call $f)))"""

    def test_an_endless_loop(self, interruptible: Engine, timed: Store) -> None:
        exports = link(interruptible, timed, self.LOOP, [("v()", lambda: None)]).exports
        exports["go"]()
        with pytest.raises(TimeLimit, match=r"0\.2 s") as caught:
            exports["loop"]()
        assert [frame.function for frame in caught.value.frames] == ["loop"]
        with pytest.raises(TimeLimit):
            exports["go"]()

    def test_it_passes_through_host_calls(self, interruptible: Engine, timed: Store) -> None:
        exports = link(interruptible, timed, self.LOOP, [("v()", lambda: exports["loop"]())]).exports
        with pytest.raises(TimeLimit):
            exports["calls"]()

    def test_other_stores_of_the_engine_go_on(self, interruptible: Engine, timed: Store) -> None:
        text = """(module (func (export "count") (param i32) (result i32)
          (loop $l (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))) (i32.const 7)))"""
        with interruptible.store(StoreLimits(seconds=30)) as other:
            count = link(interruptible, other, text).exports["count"]

            def run() -> None:
                with pytest.raises(TimeLimit):
                    link(interruptible, timed, self.LOOP, [("v()", lambda: None)]).exports["loop"]()

            thread = threading.Thread(target=run)
            thread.start()
            while thread.is_alive():
                assert count(1_000_000) == 7
            assert count(1) == 7

    @only_wasmtime
    def test_it_needs_an_interruptible_engine(self, engine: Engine) -> None:
        with pytest.raises(ValueError, match="interruptible"):
            engine.store(StoreLimits(seconds=1))


class TestMemoryLimit:
    def test_a_memory_that_starts_too_large(self, engine: Engine) -> None:
        with engine.store(StoreLimits(memory=65536)) as store:
            store.memory(Limits(1))
            with pytest.raises(MemoryLimit, match="131072"):
                store.memory(Limits(2))
            with pytest.raises(MemoryLimit):
                link(engine, store, "(module (memory 2))")

    def test_growth_fails_at_the_limit(self, engine: Engine) -> None:
        with engine.store(StoreLimits(memory=3 * 65536)) as store:
            text = '(module (memory 1) (func (export "grow") (result i32) (memory.grow (i32.const 1))))'
            grow = link(engine, store, text).exports["grow"]
            assert [grow() for _ in range(4)] == [1, 2, -1, -1]
            memory = store.memory(Limits(1))
            assert [memory.grow(1) for _ in range(3)] == [True, True, False]


class TestGuestException:
    TEXT = """(module (import "e" "t" (tag $t (param i32 f64))) (import "e" "f" (func $f))
      (func (export "throw") (throw $t (i32.const -7) (f64.const 1.5)))
      (func (export "calls") (call $f))
      (func (export "catches") (result i32)
        (block $h (result i32 f64) (try_table (catch $t $h) (call $f)) (return (i32.const 0))) (drop)))"""

    @pytest.fixture
    def tag(self, store: Store) -> object:
        return store.tag(TagType(FuncType.parse("v(id)")))

    def test_an_uncaught_one(self, guest: Guest, store: Store, tag: object) -> None:
        exports = guest(self.TEXT, [tag, ("v()", lambda: None)]).exports
        with pytest.raises(GuestException) as caught:
            exports["throw"]()
        assert caught.value.values == (-7, 1.5)
        assert caught.value.has(tag)
        assert not caught.value.has(store.tag(TagType(FuncType.parse("v(id)"))))

    def test_it_passes_through_the_host_to_a_guest_handler(self, guest: Guest, tag: object) -> None:
        def host() -> None:
            try:
                exports["throw"]()
            except GuestException as error:
                seen.append(error.values)
                raise

        seen: list[object] = []
        exports = guest(self.TEXT, [tag, ("v()", host)]).exports
        for _ in range(3):
            assert exports["catches"]() == -7
        assert seen == [(-7, 1.5)] * 3

    def test_it_passes_through_the_host_to_nobody(self, guest: Guest, tag: object) -> None:
        exports = guest(self.TEXT, [tag, ("v()", lambda: exports["throw"]())]).exports
        with pytest.raises(GuestException) as caught:
            exports["calls"]()
        assert caught.value.has(tag)

    def test_the_host_may_catch_it(self, guest: Guest, tag: object) -> None:
        def host() -> None:
            with pytest.raises(GuestException):
                exports["throw"]()

        exports = guest(self.TEXT, [tag, ("v()", host)]).exports
        assert exports["catches"]() == 0

    def test_a_host_exception_is_not_caught_by_the_guest(self, guest: Guest, tag: object) -> None:
        def host() -> None:
            raise Exit

        exports = guest(self.TEXT, [tag, ("v()", host)]).exports
        with pytest.raises(Exit):
            exports["catches"]()


def test_the_start_function_fails_like_any_other(guest: Guest) -> None:
    with pytest.raises(Trap, match="unreachable"):
        guest("(module (func $s (unreachable)) (start $s))")

    def body() -> None:
        raise Exit

    with pytest.raises(Exit):
        guest('(module (import "e" "f" (func $f)) (start $f))', [("v()", body)])


def test_a_segment_outside_is_a_trap(guest: Guest) -> None:
    with pytest.raises(Trap, match="out of bounds memory access"):
        guest('(module (memory 1) (data (i32.const 65536) "x"))')


def test_imports_of_another_type_are_refused(guest: Guest) -> None:
    with pytest.raises(Unsupported, match="incompatible import type"):
        guest('(module (import "e" "f" (func (param i32))))', [("v()", lambda: None)])
    with pytest.raises(Unsupported, match="import"):
        guest('(module (import "e" "f" (func)))', [])
