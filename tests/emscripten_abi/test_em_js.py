"""Functions in JavaScript whose text is in the binary (EM_JS), and scripts, of programs that come without glue."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import compat
from compat.errors import MissingImport
from tests.emscripten_abi.loading import STACK, write_program

MEMORY = '(import "env" "memory" (memory 256))'
"""It may grow."""

Load = Callable[[str], compat.Module]


@pytest.fixture
def load_alone(tmp_path: Path, own_cache: Path) -> Load:
    """Loads a program of these fields that has no glue."""

    def made(fields: str) -> compat.Module:
        program = write_program(tmp_path / "program.wasm", f"{fields}{STACK}")
        return compat.load(program, abi="emscripten", allow_js=True)

    return made


def em_js(text: str, type: str = "(param i32 i32) (result i32)", call: str = "(i32.const 7) (i32.const 1060)") -> str:
    """A program with a function `_mine` of that text, and without glue."""
    escaped = "".join(f"\\{byte:02x}" for byte in text.encode())
    return f"""(import "env" "_mine" (func $mine {type})) {MEMORY}
      (data (i32.const 1100) "{escaped}\\00") (data (i32.const 1060) "grün\\00")
      (func (export "___em_js__mine") (result i32) (i32.const 1100))
      (global $top (mut i32) (i32.const 200000))
      (func (export "_malloc") (param i32) (result i32)
        (global.set $top (i32.add (global.get $top) (i32.and (i32.add (local.get 0) (i32.const 15)) (i32.const -8))))
        (global.get $top))
      (func (export "_free") (param i32))
      (func (export "stackSave") (result i32) (global.get $top))
      (func (export "stackRestore") (param i32) (global.set $top (local.get 0)))
      (func (export "stackAlloc") (param i32) (result i32) (local i32)
        (local.set 1 (global.get $top))
        (global.set $top (i32.add (local.get 1) (i32.and (i32.add (local.get 0) (i32.const 15)) (i32.const -16))))
        (local.get 1))
      (func (export "_length") (param i32) (result i32) (local i32)
        (loop $next
          (if (i32.load8_u (i32.add (local.get 0) (local.get 1)))
            (then (local.set 1 (i32.add (local.get 1) (i32.const 1))) (br $next))))
        (local.get 1))
      (func (export "_grow") (result i32)
        (drop (memory.grow (i32.const 1))) (i32.store8 (i32.const 16777220) (i32.const 5)) (i32.const 0))
      (func (export "dynCall_ii") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
      (func (export "run") (result i32) (call $mine {call}))"""


ASSERTED = r"""(int number, const char *text)<::>{
  function same(a, b) { if (a !== b) throw new Error(a + ' is not ' + b); }
  same(number, 7);
  same(UTF8ToString(text), 'gr\u00fcn');
  same(UTF8ToString(text, 2), 'gr');
  same(Pointer_stringify(text), 'gr\u00fcn');
  same(Pointer_stringify(text, 2), 'gr');
  same(UTF8ToString(0), '');
  same(lengthBytesUTF8('gr\u00fcn'), 5);
  var at = _malloc(64);
  same(stringToUTF8('gr\u00fcn', at, 64), 5);
  same(stringToUTF8('gr\u00fcn', at, 4), 2);
  same(UTF8ToString(at), 'gr');
  same(stringToUTF8('x', at, 0), 0);
  stringToUTF16('a\ud83d\ude00', at, 64);
  same(UTF16ToString(at), 'a\ud83d\ude00');
  same(lengthBytesUTF16('ab'), 4);
  same(stringToUTF32('a\ud83d\ude00', at, 64), 8);
  same(UTF32ToString(at), 'a\ud83d\ude00');
  same(lengthBytesUTF32('a\ud83d\ude00'), 8);
  stringToAscii('plain', at);
  same(AsciiToString(at), 'plain');
  writeStringToMemory('abc', at);
  same(UTF8ToString(at), 'abc');
  writeArrayToMemory([1, 2, 3], at);
  same(HEAP8[at + 2], 3);
  same(intArrayFromString('\u00fc').join(), '195,188,0');
  same(intArrayFromString('abc', true, 3).join(), '97,98');
  same(intArrayToString([97, 98]), 'ab');
  var rows = [['i8', -3], ['i16', -300], ['i32', -70000], ['i64', -5], ['float', 1.5], ['double', 0.1], ['i8*', 99]];
  for (var row of rows) {
    setValue(at, row[1], row[0]);
    same(getValue(at, row[0]), row[1]);
  }
  same(HEAP32[(at >> 2) + 1], 1069128089);
  same(UTF8ToString(allocate(intArrayFromString('kept'), 'i8', ALLOC_NORMAL)), 'kept');
  var mixed = allocate([1, 0, 0, 0, 2.5, 0, 0, 0], ['i32', 0, 0, 0, 'float', 0, 0, 0], ALLOC_NORMAL);
  same(HEAP32[mixed >> 2] + HEAPF32[(mixed >> 2) + 1], 3.5);
  same(HEAPU8[allocate(4, 'i8', ALLOC_NORMAL) + 3], 0);
  same(ccall('length', 'number', ['string'], ['gr\u00fcn']), 5);
  same(cwrap('length', 'number', ['array'])([1, 2, 0]), 2);
  same(Module.ccall('length', 'boolean', ['number'], [text]), true);
  same(Module._length(text), 5);
  same(dynCall('ii', 40, [2]), 42);
  same(Module.dynCall_ii(40, 2), 42);
  FS.writeFile('/x', 'y');
  same(FS.readFile('/x').length, 1);
  var before = HEAPU8.length;
  Module._grow();
  same(HEAPU8.length - before, 65536);
  same(HEAPU8[16777220], 5);
  same(typeof addFunction + typeof removeFunction, 'functionfunction');
  return 42;
}"""


def test_a_function_in_the_binary_runs_without_glue(load_alone: Load) -> None:
    with load_alone(em_js(ASSERTED)) as module:
        assert module.call("run") == 42
        assert (module.files / "x").read_text() == "y"


@pytest.mark.parametrize(
    ("text", "type", "call", "result"),
    [
        ("(void)<::>{ return 5 }", "(result i32)", "", 5),
        ("()<::>{ return 6 }", "(result i32)", "", 6),
        (
            "(const char* a,int  *b)<::>{ return a + b }",
            "(param i32 i32) (result i32)",
            "(i32.const 1) (i32.const 2)",
            3,
        ),
        ("(int a)<::>{ return '<::>'.length + a }", "(param i32) (result i32)", "(i32.const 1)", 5),
        ("(int a)<::>{ mine = 0; return a }", "(param i32) (result i32)", "(i32.const 1)", 1),
        ("(double a)<::>{ return a * 2 }", "(param f64) (result i32)", "(f64.const 1.5)", 3),
    ],
)
def test_the_parameters_of_a_function_in_the_binary(
    load_alone: Load, text: str, type: str, call: str, result: int
) -> None:
    with load_alone(em_js(text, type, call)) as module:
        assert module.call("run") == result


@pytest.mark.parametrize("text", ["", "(int a)", "(int a)<::>{ return", "(int 1)<::>{}", "(int a)<::>}) ; ({"])
def test_a_text_in_the_binary_that_is_no_function(load_alone: Load, text: str) -> None:
    with load_alone(em_js(text)) as module, pytest.raises(MissingImport, match="is no function of JavaScript"):
        module.call("run")


def test_scripts_run_without_glue(load_alone: Load) -> None:
    program = f"""(import "env" "_emscripten_run_script" (func $script (param i32)))
      (import "env" "_emscripten_run_script_int" (func $int (param i32) (result i32)))
      (import "env" "_emscripten_run_script_string" (func $string (param i32) (result i32)))
      (import "env" "_emscripten_async_run_script" (func $later (param i32 i32)))
      {MEMORY}
      (data (i32.const 2048) "globalThis.kept = 'keptü'\\00") (data (i32.const 2100) "kept.length\\00")
      (data (i32.const 2150) "kept\\00") (data (i32.const 2200) "console.log('later')\\00")
      (data (i32.const 2250) "null\\00")
      (func (export "_malloc") (param i32) (result i32) (i32.const 4096))
      (func (export "_free") (param i32))
      (func (export "none") (result i32) (call $string (i32.const 2250)))
      (func (export "run") (result i32)
        (call $script (i32.const 2048)) (call $later (i32.const 2200) (i32.const 5))
        (i32.add (call $int (i32.const 2100)) (call $string (i32.const 2150))))"""
    with load_alone(program) as module:
        assert module.call("run") == 5 + 4096
        assert module.memory.cstring(4096) == "keptü".encode()
        assert module.stdout == b"later\n"
        assert module.call("none") == 0
