"""The embedded engine: what crosses, what cannot be done in it, and how it is left."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compat.errors import EngineUnavailable, TimeLimit
from compat.javascript import Item, Realm, ScriptError, library

PAGE = 65536


def answer(*arguments: Item) -> Item:
    return arguments[-1]


@pytest.fixture
def realm() -> Iterator[Realm]:
    made = Realm(answer, lambda: False)
    yield made
    made.close()


@pytest.fixture(scope="module")
def echo() -> Iterator[Realm]:
    made = Realm(answer, lambda: False)
    made.evaluate("function echo(x) { return x } function asked(x) { return host(x) }", "echo.js")
    yield made
    made.close()


@given(st.one_of(st.floats(), st.integers(-(2**53), 2**53), st.text(), st.binary(), st.booleans(), st.none()))
def test_values_cross_unchanged_both_ways(echo: Realm, value: Item) -> None:
    for function in ("echo", "asked"):
        back = echo.call(function, value)
        assert type(back) is (float if type(value) is int else type(value))
        if isinstance(value, float) and math.isnan(value):
            assert isinstance(back, float)
            assert math.isnan(back)
        else:
            assert back == value
            assert not isinstance(value, float) or math.copysign(1, value) == math.copysign(1, back)  # type: ignore[arg-type]


def test_objects_do_not_cross(realm: Realm) -> None:
    assert realm.evaluate("({a: 1})", "x") is None


def test_what_is_thrown_is_told(realm: Realm) -> None:
    with pytest.raises(ScriptError, match="TypeError: no"):
        realm.evaluate("throw new TypeError('no')", "x")
    with pytest.raises(ScriptError, match="plain"):
        realm.evaluate("throw 'plain'", "x")
    assert realm.evaluate("1 + 1", "x") == 2, "it goes on"


@pytest.mark.parametrize(
    "script",
    [
        "(function f() { f() })()",
        "const a = []; for (;;) a.push(new Array(1000).fill(1.5))",
        "let s = 'x'; for (;;) s += s",
        "JSON.parse('['.repeat(1e6))",
        "eval('('.repeat(1e6))",
        "throw {toString() { throw 1 }}",
        "Promise.reject(1); throw null",
    ],
    ids=["recursion", "objects", "text", "nesting", "nested-source", "thrower", "null"],
)
def test_an_excess_is_an_error_and_no_more(realm: Realm, script: str) -> None:
    with pytest.raises(ScriptError):
        realm.evaluate(script, "x")
    assert realm.evaluate("2 * 3", "x") == 6


def test_an_endless_loop_ends_when_its_time_is_over() -> None:
    asked = iter([False] * 3)

    def expired() -> bool:
        if next(asked, True):
            raise TimeLimit("over")
        return False

    realm = Realm(answer, expired)
    realm_ends = pytest.raises(TimeLimit, match="over")
    with realm_ends:
        realm.evaluate("try { for (;;); } catch { for (;;); } finally { for (;;); }", "x")
    realm.close()


@pytest.mark.parametrize("error", [KeyError("mine"), KeyboardInterrupt(), GeneratorExit()])
def test_what_python_raises_passes_as_itself(error: BaseException) -> None:
    def raising(*_: Item) -> Item:
        raise error

    realm = Realm(raising, lambda: False)
    with pytest.raises(type(error)) as caught:
        realm.evaluate("try { host() } catch { } finally { }; 'caught'", "x")
    assert caught.value is error
    assert realm.evaluate("1", "x") == 1
    realm.close()


def test_calls_may_nest() -> None:
    def down(number: float) -> Item:
        return realm.call("down", number)

    realm = Realm(down, lambda: False)
    realm.evaluate("function down(n) { return n ? 1 + host(n - 1) : 0 }", "x")
    assert realm.call("down", 20) == 20
    with pytest.raises((ScriptError, RecursionError)):
        realm.call("down", 100_000)
    assert realm.call("down", 3) == 3
    realm.close()


def test_views_see_the_memory_and_follow_its_growth(realm: Realm) -> None:
    memory = memoryview(bytearray(4 * PAGE))
    realm.show(memory[:PAGE], 4 * PAGE)
    realm.evaluate("var view = new Uint8Array(memory), words = new Int32Array(memory); words[1] = -2", "x")
    assert bytes(memory[:9]) == b"\0\0\0\0\xfe\xff\xff\xff\0"
    memory[3 * PAGE - 1] = 7
    realm.show(memory[: 3 * PAGE], 4 * PAGE)
    assert realm.evaluate("view.length", "x") == 3 * PAGE
    assert realm.evaluate("view[view.length - 1]", "x") == 7, "growing cleared nothing"
    assert memory[3 * PAGE - 1] == 7


def test_a_memory_that_moved_is_followed(realm: Realm) -> None:
    first, second = bytearray(PAGE), bytearray(b"\5" * 2 * PAGE)
    realm.show(memoryview(first), 4 * PAGE)
    realm.evaluate("var view = new Uint8Array(memory)", "x")
    realm.show(memoryview(second), 4 * PAGE)
    realm.evaluate("view[0] = 9", "x")
    assert (first[0], second[0], second[1]) == (0, 9, 5)


@pytest.mark.parametrize(
    "script",
    [
        "memory.resize(4 * 65536)",
        "memory.transfer()",
        "memory.transferToFixedLength()",
        "Object.getPrototypeOf(memory).resize.call(memory, 0)",
        "structuredClone(memory, {transfer: [memory]})",
    ],
)
def test_no_script_can_take_the_memory_away(realm: Realm, script: str) -> None:
    memory = memoryview(bytearray(4 * PAGE))
    realm.show(memory[:PAGE], 4 * PAGE)
    with pytest.raises(ScriptError):
        realm.evaluate(script, "x")
    assert realm.evaluate("memory.byteLength", "x") == PAGE


def test_no_script_can_stand_in_for_resizing(realm: Realm) -> None:
    memory = memoryview(bytearray(4 * PAGE))
    realm.show(memory[:PAGE], 4 * PAGE)
    realm.evaluate("memory.resize = ArrayBuffer.prototype.resize = () => { throw 1 }", "x")
    realm.show(memory[: 2 * PAGE], 4 * PAGE)
    assert realm.evaluate("memory.byteLength", "x") == 2 * PAGE


@pytest.mark.parametrize("name", ["require", "process", "std", "os", "fetch", "import.meta", "Deno", "scriptArgs"])
def test_nothing_of_the_host_is_there(realm: Realm, name: str) -> None:
    with pytest.raises(ScriptError):
        realm.evaluate(f"{name}.x", "x")


def test_closing_twice_is_harmless_and_nothing_runs_after(realm: Realm) -> None:
    realm.evaluate("Promise.resolve().then(() => 1)", "x")
    realm.close()
    realm.close()
    uses: list[Callable[[], object]] = [
        lambda: realm.evaluate("1", "x"),
        lambda: realm.call("f"),
        realm.run_jobs,
        lambda: realm.show(memoryview(bytearray(PAGE)), PAGE),
    ]
    for use in uses:
        with pytest.raises(ValueError, match="closed"):
            use()


def test_it_cannot_be_closed_while_it_runs() -> None:
    realm = Realm(lambda: realm.close(), lambda: False)  # type: ignore[func-returns-value]
    with pytest.raises(RuntimeError, match="cannot be closed from inside"):
        realm.evaluate("host()", "x")
    assert realm.evaluate("1 + 1", "x") == 2
    realm.close()


# --- promises


def test_jobs_run_when_they_are_asked_for(realm: Realm) -> None:
    realm.evaluate("var seen = ''; Promise.resolve().then(() => seen += 'a').then(() => seen += 'b')", "x")
    assert realm.evaluate("seen", "x") == ""
    realm.run_jobs()
    assert realm.evaluate("seen", "x") == "ab"
    realm.run_jobs()


def test_a_job_that_throws_is_no_error_but_its_promise_is_told_of(realm: Realm) -> None:
    realm.evaluate("var told = []; function promiseRejected(p, reason, handled) { told.push(reason, handled) }", "x")
    realm.evaluate("var p = Promise.resolve().then(() => { throw 'boo' })", "x")
    realm.run_jobs()
    assert realm.evaluate("told.join()", "x") == "boo,false"
    realm.evaluate("p.catch(() => 0)", "x")
    assert realm.evaluate("told.join()", "x") == "boo,false,boo,true"


@pytest.mark.parametrize(
    "script", ["Promise.resolve().then(() => host())", "(async () => { try { await 1; host() } catch { } })()"]
)
def test_what_python_raises_in_a_job_passes_as_itself(script: str) -> None:
    error = KeyError("mine")

    def raising(*_: Item) -> Item:
        raise error

    realm = Realm(raising, lambda: False)
    realm.evaluate(script, "x")
    with pytest.raises(KeyError) as caught:
        realm.run_jobs()
    assert caught.value is error
    realm.run_jobs()
    realm.close()


def test_endless_jobs_end_when_their_time_is_over() -> None:
    ends: list[bool] = []

    def expired() -> bool:
        if ends:
            raise TimeLimit("over")
        return False

    realm = Realm(answer, expired)
    realm.evaluate("(function again() { Promise.resolve().then(again) })()", "x")
    ends.append(True)
    with pytest.raises(TimeLimit, match="over"):
        realm.run_jobs()
    realm.close()


@pytest.fixture
def afresh() -> Iterator[Callable[[], str]]:
    library.library.cache_clear()
    yield library.library
    library.library.cache_clear()


def test_without_the_extra_it_says_what_to_install(afresh: Callable[[], str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library, "_candidates", lambda: iter(()))
    with pytest.raises(EngineUnavailable, match=r"pip install 'compat\[js\]'"):
        afresh()


def test_a_library_without_the_functions_is_refused(afresh: Callable[[], str], monkeypatch: pytest.MonkeyPatch) -> None:
    """As the wheel's is on Windows, which exports none."""
    from compat.engine.library import library as wasmtime

    monkeypatch.setattr(library, "_candidates", lambda: iter([wasmtime().path]))
    with pytest.raises(EngineUnavailable, match=r"it exports no function JS_GetVersion\n.*pip install 'compat\[js\]'"):
        afresh()


def test_the_release_is_the_one_that_is_declared() -> None:
    assert library.library().startswith(library.RELEASE)
