from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compat.detect.names import Names, names, renamed_constructors
from tests.detect.javascript_text import IN_CLEAR, Style, glue

IMPORTS = {"a": "DYNAMICTOP_PTR", "b": "abort", "c": "___syscall146", "ab": "invoke_vii", "$": "_emscripten_memcpy_big"}
EXPORTS = {"d": "_main", "e": "stackAlloc", "_f": "__GLOBAL__sub_I_a_cpp", "$g": "dynCall_vii"}


@pytest.mark.parametrize("style", IN_CLEAR)
def test_names_in_clear_are_recovered(style: Style) -> None:
    found = names(glue(style, {**IMPORTS, "memory": "wasmMemory"}, EXPORTS), IMPORTS)
    assert found.imports == IMPORTS
    assert found.exports == EXPORTS
    assert found.keys == {*IMPORTS, "memory"}
    assert not found.closure


def test_glue_may_be_inside_a_function() -> None:
    inner = glue(Style.PLAIN, IMPORTS, EXPORTS)
    text = "var M=(function(){var _script=1;return function(M){M=M||{};" + inner + "\n  return M\n}\n})();"
    assert names(text, IMPORTS).imports == IMPORTS


def test_closure_is_recognised_and_not_misread() -> None:
    found = names(glue(Style.CLOSURE, IMPORTS, EXPORTS), IMPORTS)
    assert found.closure
    assert found.imports == {}
    assert found.keys == set(IMPORTS)
    assert found.exports == EXPORTS, "properties of Module keep their names"


def test_renamed_identifiers_are_not_taken_for_names() -> None:
    text = glue(Style.UGLIFIED, dict(zip(IMPORTS, ["t", "e", "n", "r", "o"], strict=True)), EXPORTS)
    found = names(text, IMPORTS)
    assert found.closure
    assert found.imports == {}


def test_glue_that_lacks_an_import_gives_its_keys_only() -> None:
    found = names(glue(Style.PLAIN, {"a": "abort"}, EXPORTS), ["a", "b"])
    assert (found.keys, found.imports, found.closure) == ({"a"}, {}, False)


def test_the_literal_with_the_most_of_the_imports_counts() -> None:
    decoy = "x={a:1};q.asm(0,x,1);"
    assert names(decoy + glue(Style.PLAIN, IMPORTS, EXPORTS), IMPORTS).imports == IMPORTS


def test_other_forms_of_export_wrappers_are_read() -> None:
    text = (
        'var a = Module["_a"] = (function() {return Module["asm"]["x"].apply(null, arguments)});\n'
        'var b = Module["_b"] = () => Module["asm"]["y"]();\n'
        "Module['_c'] = asm['z'];\n"
        'Module["asm"] = asm;\n'
    )
    assert names(text, []).exports == {"x": "_a", "y": "_b", "z": "_c"}


def test_deep_brackets_are_no_harm() -> None:
    nested = "(" * 600 + "function(){return asm.x}" + ")" * 600
    assert names(f'Module["_a"]=asm={nested};', []).exports == {"x": "_a"}
    assert names('Module["_a"]=asm.x' + "(" * 600 + ")" * 600 + ";", []).exports == {"x": "_a"}


def test_properties_without_asm_are_no_exports() -> None:
    assert names('Module["ccall"]=ccall;Module["f"]=function(){return g()};', []).exports == {}


def test_renamed_constructors_need_a_wrapper_each() -> None:
    assert (
        renamed_constructors("q.push({a:function(){b()}},{a:function(){c()}});b=m._x=function(){return m.asm.d}") == ()
    )


def test_text_without_any_of_it_gives_nothing() -> None:
    assert names("var a = 1;", ["a"]) == Names()


WORDS = st.sampled_from(
    [
        *(
            'Module["asm"]',
            "Module.asm",
            "asm",
            "asmLibraryArg",
            "={",
            "(",
            ")",
            "{",
            "}",
            "[",
            "]",
            ",",
            ":",
            ";",
            "=",
        ),
        *(
            '"a"',
            "a",
            "abort",
            "function(){",
            "return",
            "=>",
            ".apply",
            '"',
            "'",
            "`",
            "/",
            "//",
            "/*",
            "\n",
            " ",
            "1",
            "\\",
        ),
        *('Module["_x"]=asm["y"]', "var asm=Module.asm({},x,buffer);", "x={a:abort};"),
    ]
)


@given(st.lists(WORDS, max_size=60).map("".join))
@settings(max_examples=300)
def test_garbage_is_read_without_an_error(text: str) -> None:
    names(text, ["a"])
    renamed_constructors(text)


@pytest.mark.parametrize(
    "unit",
    [
        "asm(",
        "asm//",
        "asm({},x,b);x={",
        'Module["_x"]=asm',
        'Module["_x"]=function(){asm ',
        ".push({a:function(){b()}},",
        "x={a:",
        "a" * 100,
        "a.b=" + " " * 100,
        " " * 100,
    ],
)
def test_time_is_linear_in_the_text(unit: str) -> None:
    def seconds(count: int) -> float:
        text = unit * count
        start = time.process_time()
        names(text, ["a"])
        renamed_constructors(text)
        return time.process_time() - start

    assert seconds(4_000) < 25 * seconds(400) + 0.5
