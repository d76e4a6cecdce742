"""Names behind imports that Closure renamed. The glue here is written for the tests: it does what Emscripten's does."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compat.detect import bodies
from compat.detect.closure import Recovered, recover
from compat.wasm.model import FuncType

VIEWS = """var Q,I,U;function v(){c.HEAP8=Q=new Int8Array(B);c.HEAP16=new Int16Array(B);c.HEAP32=I=new Int32Array(B);
c.HEAPU8=U=new Uint8Array(B)}"""
SYSTEM_CALLS = """var S=0;function n(){S+=4;return I[S-4>>2]}function s(){return T(n())}
function T(a){var b="";while(U[a])b+=String.fromCharCode(U[a++]);return b}"""

ENTRIES = {
    "e": ("v(i)", 'function(a){if(c.onAbort)c.onAbort(a);throw"abort("+a+"). Build with more";}'),
    "t": ("v(i)", "function(a){R=a}"),
    "u": ("i()", "function(){return R}"),
    "k": ("v(i)", "function(a){var b=P();try{D(a)}catch(d){z(b);if(d!==d+0&&\"longjmp\"!==d)throw d;y(1,0)}}"),
    "j": ("i(ii)", "function(a,b){return F[a]\n(b)}"),
    "f": ("v(iiii)", """function(a,b,d,g){e("Assertion failed: "+T(a)+", at: "+[b?T(b):"unknown filename",d,g?T(g):
"unknown function"])}"""),
    "h": ("i(ii)", """function(a,b){S=b;try{n();n();n();var d=n();d&&(I[d>>2]=-1,I[d+4>>2]=-1,I[d+8>>2]=-1,
I[d+12>>2]=-1);return 0}catch(g){return g.errno}}"""),
    "o": ("i(ii)", "function(a,b){S=b;return 42}"),
    "m": ("i(iii)", "function(a,b,d){U.set(U.subarray(b,b+d),a)}"),
    "w": ("v(iidd)", 'function(a,b,d,g){c.packets.push({data:a,"of the application":b,at:d,until:g})}'),
    "q": ("i(i)", "function(a){var b=Date.now()/1E3|0;a&&(I[a>>2]=b);return b}"),
    "l": ("v(i)", "function(){}"),
}  # fmt: skip
NAMES = {
    **{"e": "abort", "t": "setTempRet0", "u": "getTempRet0", "k": "invoke_v", "j": "jsCall_ii", "f": "___assert_fail"},
    **{"m": "_emscripten_memcpy_big", "q": "_time", "a": "DYNAMICTOP_PTR"},
}


def text(entries: dict[str, tuple[str, str]] = ENTRIES) -> tuple[str, str, dict[str, FuncType | None]]:
    """The glue, the literal in it, and the types of the imports."""
    literal = "{" + ",".join(f"{key}:{value}" for key, (_, value) in entries.items()) + ",a:6800}"
    types: dict[str, FuncType | None] = {key: FuncType.parse(type) for key, (type, _) in entries.items()}
    return f"{VIEWS}{SYSTEM_CALLS}I[1700]=4;x={literal};c.asm({{}},x,B)", literal, {**types, "a": None}


def test_what_is_certain_is_recovered_and_no_more() -> None:
    found = recover(*text())
    assert {key: found.names.get(key) for key in NAMES} == NAMES
    assert found.names.get("h", "___syscall340") == "___syscall340"
    assert "w" not in found.names, "a function of the application's has no name in Emscripten's library"


def test_functions_that_only_return_a_number_need_no_name() -> None:
    found = recover(*text())
    assert found.constants == {"o": 42, "l": 0}
    assert not found.names.keys() & found.constants.keys()


MORE = {
    "ca": ("i(ii)", "function(a,b){S=b;try{return 0}catch(d){return 1}}"),
    "cb": ("i(ii)", "function(a,b){S=b;return 0}"),
    "cc": ("i(ii)", "function(a,b){return W(a,b)}"),
    "cd": ("i(i)", "function(a){return M(a)}"),
    "ce": ("v(iii)", 'function(a){"uncaught_exception"in X?X.k++:X.k=1;throw a;}'),
    "cf": ("i()", "function(){return X.k}"),
    "cg": ("i()", "function(){return !!X.k}"),
    "cj": ("d(iid)", "function(a,b,d){return Y[a](b,d)}"),
    "ch": ("v(dd)", 'function(){e("missing function: emscripten_glOrtho");e(-1)}'),
    "ci": ("i(i)", 'function(){e("OOM")}'),
}
HELPERS = (
    "var Y=[function(){return 1},function(a){return a}];function W(a,b){S=b;return 0};"
    "M=c._malloc=function(){return c.asm.x.apply(null,arguments)};"
)


def more(numbers: dict[str, int]) -> Recovered:
    glue, literal, types = text({**ENTRIES, **MORE})
    return recover(HELPERS + glue, literal, types, numbers)


def test_a_system_call_is_known_by_its_number() -> None:
    found = more({"ca": 6, "cb": 54, "cc": 201, "o": 20, "j": 195})
    assert {key: found.names.get(key) for key in ("ca", "cb", "cc", "o")} == {
        **{"ca": "___syscall6", "cb": "___syscall54", "cc": "___syscall201", "o": "___syscall20"},
    }
    assert found.names["j"] == "jsCall_ii", "what is passed first is not all: a system call notes its arguments"
    assert not found.constants.keys() & {"cb", "cc", "o"}


def test_a_number_that_is_no_system_call_says_nothing() -> None:
    found = more({"ca": 4711, "cb": -1})
    assert "ca" not in found.names
    assert found.constants["cb"] == found.constants["cc"] == 0


def test_more_forms_tell_their_names() -> None:
    assert {key: more({}).names.get(key) for key in ("cf", "cg", "ch", "cj")} == {
        **{"cf": "___cxa_uncaught_exceptions", "cg": "___cxa_uncaught_exception"},
        "cj": "_emscripten_asm_const_did",
        "ch": "_emscripten_glOrtho",
    }


def test_the_order_need_not_begin_with_the_runtime() -> None:
    """1.38.33 sorted `abortOnCannotGrowMemory` among the others."""
    assert more({}).names.get("ci") == "abortOnCannotGrowMemory"


def test_functions_of_the_program_are_known_by_their_names() -> None:
    entries = {"e": ENTRIES["e"], "cd": MORE["cd"], "ce": MORE["ce"]}
    glue, literal, types = text(entries)
    assert recover(HELPERS + glue, literal, types).names["cd"] == "___cxa_allocate_exception"


def test_two_system_calls_that_are_alike_are_not_told_apart() -> None:
    """`utime` and `utimes`, were they to differ in nothing."""
    entries = {"f": ENTRIES["f"], "z": ("i(ii)", "function(a,b){S=b;try{return n(),0}catch(d){return 1}}")}
    found = recover(*text(entries))
    assert "z" not in found.names
    assert len(found.ambiguous.get("z", ("", ""))) > 1


def test_the_order_of_names_counts() -> None:
    """With everything in reverse, at most one name of each pair can be in its place."""
    found = recover(*text(dict(reversed(ENTRIES.items()))))
    assert not {"f", "m", "q"} <= found.names.keys()


def test_a_global_that_nothing_sets_is_not_named() -> None:
    glue, literal, types = text()
    assert "a" not in recover(glue.replace("I[1700]=4;", ""), literal, types).names


def test_too_much_of_anything_is_left_alone() -> None:
    _, literal, types = text()
    assert recover("x" * 5_000_000, literal, types) == Recovered()
    assert recover("", "{}", dict.fromkeys(map(str, range(3000)))) == Recovered()


@pytest.mark.parametrize(
    "junk",
    [
        "a" * 300_000,
        "a={" * 50_000,
        "x={" + "b:1," * 100_000,
        "function f(){" * 20_000,
        "function f(){f()}" * 20_000,
        "var " + ",".join(f"v{i}=Math.x" for i in range(30_000)),
        "/" * 200_000,
        '"' * 200_001,
        "new Int8Array(" * 20_000,
        "function " + "(" * 100_000,
        " \n" * 150_000,
        "catch(" * 50_000,
        "\\" * 100_000,
    ],
    ids=range(13),
)
def test_hostile_glue_around_the_literal(junk: str) -> None:
    glue, literal, types = text()
    found = recover(junk + "\n;" + glue + "\n;" + junk, literal, types)
    assert found.names.keys() <= types.keys()


@pytest.mark.parametrize(
    "value",
    [
        "function(a){" + "(" * 100_000,
        "function(a){return " * 5_000,
        "f" * 100_000,
        "g." * 50_000,
        '"' + "x" * 100_000,
        "function(" + "a," * 50_000 + "){}",
        "function(a){S=a;" + "n();" * 50_000 + "}",
        "function(a){try{" * 10_000,
        "{get x(){throw 1}}",
        "__proto__",
        "function(a){" + " " * 100_000 + "}",
    ],
    ids=range(11),
)
def test_hostile_values(value: str) -> None:
    glue, _, _ = text()
    found = recover(glue, "{h:" + value + "}", {"h": FuncType.parse("i(ii)")})
    assert "h" not in found.names


PIECES = st.lists(
    st.sampled_from(
        [*"(){}[];,:=\"\\'`/.+-?!<>", "function", " f(", "=function(", "\n", "a", "S", "=b;", "0x", "1E", "catch("]
    )
)


@given(PIECES.map("".join), PIECES.map("".join))
def test_any_text_is_survived(junk: str, value: str) -> None:
    glue, _, types = text()
    recover(junk + glue + junk, "{h:" + value + "}", types)
    bodies.read(junk)


@given(st.text(), st.integers(2, 2**40), st.sampled_from([" ", "\n", "\t "]))
def test_features_do_not_depend_on_how_a_constant_is_written(word: str, number: int, blank: str) -> None:
    plain = "".join(c for c in word if c.isalnum() and c.isascii())
    one = bodies.read(f'function(a){{return x("{plain}",{number},{{}}["length"])}}')
    other = bodies.read(f"function{blank}(a){{return{blank}x('{plain}',{hex(number)},{{}}.{blank}length)}}")
    assert one.features == other.features
