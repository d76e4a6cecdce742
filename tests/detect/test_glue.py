from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compat.detect.glue import constants, names_file
from tests.detect.javascript_text import IN_CLEAR, Style, glue

EXPORTS = {"L": "_main", "M": "__GLOBAL__I_000101", "N": "___cxx_global_init$1"}

AB = {"a": 16, "_b$c": 1024}


@pytest.mark.parametrize(
    ("text", "field", "value"),
    [
        ("var STATIC_BUMP=1212304;", "static_bump", 1212304),
        ('Module["STATIC_BUMP"] = STATIC_BUMP;g.STATIC_BUMP=559408;', "static_bump", 559408),
        ("// STATICTOP = STATIC_BASE + 59360;", "static_bump", 59360),
        ("STATICTOP=STATIC_BASE+8848;", "static_bump", 8848),
        ("var STATIC_BASE=1024,STACK_BASE=755888,DYNAMIC_BASE=5998768;", "stack_base", 755888),
        ("var STACK_BASE = 1213120,\n  DYNAMIC_BASE = 6456e3,\n", "dynamic_base", 6456000),
        ("x={STACKTOP:8048,table:F}", "stack_base", 8048),
        ("STACK_BASE=STACKTOP=align(x);", "stack_base", None),
        ("var TOTAL_STACK=5242880;", "total_stack", 5242880),
        ('var TOTAL_STACK=Module["TOTAL_STACK"]||5242880;', "total_stack", 5242880),
        ("var a=m.TOTAL_STACK||65536,b", "total_stack", 65536),
        ('var TOTAL_MEMORY=Module["TOTAL_MEMORY"]||16777216;', "total_memory", 16777216),
        ("var MIN_TOTAL_MEMORY=16777216;", "total_memory", None),
        ("var INITIAL_TOTAL_MEMORY=83886080;", "total_memory", 83886080),
        ('Module["wasmTableSize"]=1862;', "table_size", 1862),
        ('new WebAssembly.Table({"initial": 734, "maximum": 734})', "table_size", 734),
        ('new WebAssembly.Memory({"initial": 256})', "table_size", None),
        ('memoryInitializer="game.js.mem";', "memory_file", "game.js.mem"),
        ('memoryInitializer=m["x"].indexOf("a")>=0?"game.js.mem":null;', "memory_file", "game.js.mem"),
        ("var ASM_CONSTS=[function(){a(1,2)},function($0){return [$0]}];", "asm_consts", 2),
        ("var ASM_CONSTS = [];", "asm_consts", 0),
        ("var ASM_CONSTS={1024:function(){x()},1030:function(){}};", "asm_consts", 2),
        ("return ASM_CONSTS[code](a0)", "asm_consts", 0),
        ('var NAMED_GLOBALS = {\n  "a": 16,\n  "_b$c": 1024\n};\nfor (x in NAMED_GLOBALS) {}', "named_globals", AB),
        ('var tt={a:16,"_b$c":1024};for(var n in tt)f(n);M.NAMED_GLOBALS=tt,g()', "named_globals", AB),
        ("var tt={a:16};M.NAMED_GLOBALS=att", "named_globals", {}),
    ],
)
def test_a_constant_is_read(text: str, field: str, value: object) -> None:
    assert getattr(constants(text), field) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('Module["noExitRuntime"]=true;run()', False),
        ("if(!WORKER)Module['noExitRuntime'] = true;\nif (!WORKER) run();", False),
        ("g.noExitRuntime=!0,tf();", False),
        ("var noExitRuntime;m.noExitRuntime&&(Ha=m.noExitRuntime);Ha=!0;Yc();", False),
        ('function mainLoop(){Module["noExitRuntime"]=true;assert(x)}run()', True),
        ("if(!m.noExitRuntime){exit()}run();", True),
        ("run()", None),
    ],
)
def test_exit_runtime_is_what_the_last_statements_say(text: str, value: bool | None) -> None:
    assert constants(text).exit_runtime is value


@pytest.mark.parametrize("style", list(Style))
@pytest.mark.parametrize("called", [[], ["__GLOBAL__I_000101"], ["___cxx_global_init$1", "__GLOBAL__I_000101"]])
def test_constructors_keep_their_order(style: Style, called: list[str]) -> None:
    text = glue(style, {"a": "abort"}, EXPORTS, called)
    assert constants(text).constructors == tuple(called)
    assert constants(text).exit_runtime is False


def test_other_lists_of_callbacks_are_not_constructors() -> None:
    assert constants("Qa.push({a:function(){b()}});c=m.d=function(){return m.asm.e}").constructors == ()


@pytest.mark.parametrize("style", IN_CLEAR)
def test_the_path_is_passed_on(style: Style) -> None:
    assert constants(glue(style, {}, {}), "x.js").path == "x.js"


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (
            'Module["dynamicLibraries"]=["a.wasm","b/c.wasm"].concat(Module["dynamicLibraries"]);',
            ("a.wasm", "b/c.wasm"),
        ),
        ("Module['dynamicLibraries'] = [];\nModule['dynamicLibraries'] = ['a.wasm'].concat(x)", ("a.wasm",)),
        ("m.dynamicLibraries||(m.dynamicLibraries=[]);m.dynamicLibraries=[].concat(m.dynamicLibraries);", ()),
        ('Module["dynamicLibraries"]=["a.wasm"', ()),
        ("Module['dynamicLibraries'].map(f)", ()),
    ],
)
def test_libraries_that_are_loaded_at_the_start(text: str, names: tuple[str, ...]) -> None:
    assert constants(text).dynamic_libraries == names


def test_a_file_is_named_by_a_whole_literal() -> None:
    assert names_file('var f = "dist/x.wasm"', "x.wasm")
    assert names_file("f('x.wasm')", "x.wasm")
    assert not names_file('"ax.wasm"', "x.wasm")


WORDS = st.sampled_from(
    [
        *(
            "STACK_BASE",
            "TOTAL_MEMORY",
            "ASM_CONSTS",
            "__ATINIT__.push(",
            "noExitRuntime",
            "memoryInitializer",
            "dynamicLibraries",
        ),
        *("REMOTE_PACKAGE_BASE", "WebAssembly.Table(", "initial", ".push(", "STATIC_BUMP", "function(){", "return"),
        *("=", ":", "||", "+", "[", "{", "(", ")", "}", "]", '"', "'", "1e9", "12", "true", "!0", ";", ",", " ", "a"),
        *("\n", "²", "٣", "\\", ".mem", "&&"),
    ]
)


@given(st.lists(WORDS, max_size=60).map("".join))
@settings(max_examples=300)
def test_garbage_is_read_without_an_error(text: str) -> None:
    constants(text)


@pytest.mark.parametrize(
    "unit",
    [
        "noExitRuntime&&(",
        "__ATINIT__.push({func:function(){a()}},",
        ".push({a:function(){b()}}),",
        "ASM_CONSTS=[",
        "memoryInitializer=",
        "dynamicLibraries=[a",
        "STACK_BASE=         ",
        "WebAssembly.Table(",
    ],
)
def test_time_is_linear_in_the_text(unit: str) -> None:
    def seconds(count: int) -> float:
        text = unit * count
        start = time.process_time()
        constants(text)
        return time.process_time() - start

    assert seconds(20_000) < 20 * seconds(2_000) + 0.3


def test_blocks_of_the_library_for_threads_are_known() -> None:
    text = """var ASM_CONSTS=[function(){app("x,y")},function(){postMessage({cmd:"processQueuedMainThreadWork"})},
      function($0){if(a){return 0}postMessage({targetThread: $0, cmd: 'processThreadQueue'})},
      function(){throw'Canceled!'}];"""
    glue = constants(text)
    assert (glue.asm_consts, glue.thread_blocks) == (4, {1: "main queue", 2: "queue", 3: "cancel"})
    assert constants('var ASM_CONSTS=[function(){throw"Cancelled"}]').thread_blocks == {}
