"""A program's own JavaScript, out of its glue: EM_ASM, library functions, scripts, and what they find around them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

import compat
from compat.engine import default_engine
from compat.errors import Abort, GuestExited, MissingImport, TimeLimit, Unsupported
from tests.emscripten_abi.loading import STACK, write_program

MEMORY = '(import "env" "memory" (memory 256))'
"""It may grow."""

GLUE = """
var Module = typeof Module !== 'undefined' ? Module : {};
var wasmMemory = new WebAssembly.Memory({ 'initial': 256 }), buffer = wasmMemory.buffer;
var HEAP8 = new Int8Array(buffer), HEAPU8 = new Uint8Array(buffer), HEAP32 = new Int32Array(buffer);
function UTF8ToString(at) { var text = ''; while (HEAPU8[at]) text += String.fromCharCode(HEAPU8[at++]); return text }
var FS = { inner: true, readFile: function() { throw 'not this one' } };
var ASM_CONSTS = %(constants)s;
function _emscripten_asm_const_i(code) { return ASM_CONSTS[code]() }
function _emscripten_asm_const_ii(code, a0) { return ASM_CONSTS[code](a0) }
function _emscripten_asm_const_dd(code, a0) { return ASM_CONSTS[code](a0) }
function _emscripten_asm_const_iii(code, sig, args) { return ASM_CONSTS[code].apply(null, [HEAP32[args >> 2]]) }
function _emscripten_run_script_int(text) { return eval(UTF8ToString(text)) | 0 }
%(functions)s
Module.asm = function(global, env, buffer) {
  var info = { global: { NaN: NaN, Infinity: Infinity }, env: env };
  if (Module.instantiateWasm) return Module.instantiateWasm(info, function() {});
  WebAssembly.instantiate(null, info).then(function() { throw 'nothing is ever loaded' });
  return {};
};
var asmLibraryArg = { %(names)s };
Module.asmLibraryArg = asmLibraryArg;
var asm = Module.asm({}, asmLibraryArg, buffer);
Module._twice = function() { return Module.asm._twice.apply(null, arguments) };
"""

BASE = ("i", "ii", "dd", "iii")

Load = Callable[..., compat.Module]


@pytest.fixture
def load(tmp_path: Path, own_cache: Path) -> Load:
    """Loads a program of these fields with glue of these parts."""

    def made(
        fields: str, constants: str = "[]", functions: str = "", names: str = "", **options: object
    ) -> compat.Module:
        program = write_program(tmp_path / "program.wasm", f"{fields}{STACK}")
        listed = [f"_emscripten_asm_const_{sig}" for sig in BASE] + ["_emscripten_run_script_int", *names.split()]
        pairs = ", ".join(f"{name}: {name}" for name in listed)
        glue = tmp_path / "program.js"
        glue.write_text(GLUE % {"constants": constants, "functions": functions, "names": pairs}, "utf-8")
        settings = {"allow_js": True, "abi": "emscripten", "glue": glue, **options}
        return compat.load(program, **settings)  # type: ignore[arg-type]

    return made


def block(sig: str, type: str, arguments: str) -> str:
    """A program that exports `run`, which runs the first EM_ASM block with these arguments."""
    return f"""(import "env" "_emscripten_asm_const_{sig}" (func $block {type}))
      (import "env" "_exit" (func $exit (param i32)))
      {MEMORY}
      (func (export "_twice") (param i32) (result i32) (i32.mul (local.get 0) (i32.const 2)))
      (func (export "_fails") (unreachable))
      (func (export "_grow") (result i32)
        (drop (memory.grow (i32.const 1)))
        (i32.store8 (i32.const 16777220) (i32.const 5))
        (memory.size))
      (func (export "_stop") (call $exit (i32.const 3)))
      (func (export "run") {_result(type)} (call $block {arguments}))"""


def _result(type: str) -> str:
    return type[type.index("(result") :] if "(result" in type else ""


ONE = block("ii", "(param i32 i32) (result i32)", "(i32.const 0) (i32.const 21)")


@pytest.mark.parametrize(
    ("body", "result"),
    [
        ("return $0 * 2", 42),
        ("return 2147483648", -(2**31)),
        ("return 4294967297.9", 1),
        ("return -1.5", -1),
        ("return NaN", 0),
        ("return true", 1),
        ("return '7'", 7),
        ("", 0),
        ("return {}", 0),
        ("return Module._twice($0)", 42),
        ("return Module._twice('0x10')", 32),
        ("HEAP32[300] = 9; return HEAP8[1200]", 9),
        ("return typeof require + typeof process === 'undefinedundefined'", 1),
        ("return document.getElementById('x') === null && navigator.userAgent === ''", 1),
        ("var bytes = crypto.getRandomValues(new Uint8Array(64)); return bytes.some(Boolean)", 1),
        ("var x = Math.random(); return 0 <= x && x < 1", 1),
        ("return new Date().getFullYear()", 2000),
        ("return Date.now() === new Date(Date.now()).getTime() - 1", 1),
        ("return performance.now() >= 0", 1),
    ],
)
def test_the_body_of_a_block(load: Load, body: str, result: int) -> None:
    with load(ONE, f"[function($0) {{ {body} }}]") as module:
        assert module.call("run") == result


def test_blocks_known_by_address_take_their_arguments_from_memory(load: Load) -> None:
    program = block("iii", "(param i32 i32 i32) (result i32)", "(i32.const 1111) (i32.const 0) (i32.const 2048)")
    with load(program, "{1111: function($0) { return $0 + 1 }}") as module:
        module.memory.store_32(2048, 8)
        assert module.call("run") == 9


def test_floats(load: Load) -> None:
    with load(block("dd", "(param i32 f64) (result f64)", "(i32.const 0) (f64.const 0.5)"), "[x => x / 4]") as module:
        assert module.call("run") == 0.125


def test_a_block_sees_memory_that_its_guest_has_grown(load: Load) -> None:
    body = """var before = HEAP8.length; Module.asm._grow();
      return (HEAP8.length - before) / 65536 * 10 + HEAP8[16777220]"""
    with load(ONE, f"[function() {{ {body} }}]") as module:
        assert module.call("run") == 15


def test_the_console_is_the_guests(load: Load) -> None:
    body = "console.log('a', 1); console.error('b'); Module.print('c'); Module.printErr('d')"
    with load(ONE, f"[function() {{ {body} }}]") as module:
        module.call("run")
        assert (module.stdout, module.stderr) == (b"a 1\nc\n", b"b\nd\n")


def test_files_are_the_kernels(load: Load) -> None:
    body = """
      FS.mkdirTree('/a/b');
      FS.writeFile('/a/b/x', 'gr\\u00fcn');
      FS.writeFile('/a/y', new Uint8Array([1, 2, 3]).subarray(1));
      FS.rename('/a/y', '/a/z');
      var missing = 0;
      try { FS.readFile('/a/y') } catch (e) { missing = e instanceof FS.ErrnoError ? e.errno : -1 }
      var facts = [FS.readFile('/a/b/x', {encoding: 'utf8'}), FS.readdir('/a'), FS.stat('/a/z').size,
        FS.isDir(FS.stat('/a').mode), FS.analyzePath('/nowhere').exists, missing, FS.readFile('/given').length,
        FS.inner];
      FS.unlink('/given');
      console.log(JSON.stringify(facts))"""
    with load(ONE, f"[function() {{ {body} }}]", files={"/given": b"four"}) as module:
        module.call("run")
        assert module.stdout.decode() == '["grün",[".","..","b","z"],2,true,false,2,4,true]\n'
        assert (module.files / "a/b/x").read_text() == "grün"
        assert not (module.files / "given").exists()


def test_timers_go_by_the_clock(load: Load) -> None:
    body = """
      var ticks = 0, id = setInterval(function() { if (++ticks === 3) clearInterval(id) }, 10);
      setTimeout(function(text) { console.log(text, ticks) }, 1000, 'late');
      clearTimeout(setTimeout(function() { console.log('never') }, 1))"""
    with load(ONE, f"[function() {{ {body} }}]") as module:
        module.call("run")
        assert module.stdout == b"late 3\n"


def test_functions_of_a_library_of_the_programs(load: Load) -> None:
    program = f"""(import "env" "_my_sum" (func $sum (param i32 f64) (result f64))) {MEMORY}
      (func (export "run") (result f64) (call $sum (i32.const 40) (f64.const 2.5)))"""
    with load(program, functions="function _my_sum(a, b) { return a + b }", names="_my_sum") as module:
        assert module.call("run") == 42.5


def test_scripts_in_memory(load: Load) -> None:
    program = f"""(import "env" "_emscripten_run_script_int" (func $script (param i32) (result i32))) {MEMORY}
      (data (i32.const 2048) "HEAP8.length / 65536 + FS.inner\\00")
      (func (export "run") (result i32) (call $script (i32.const 2048)))"""
    with load(program) as module:
        assert module.call("run") == 257


def test_what_a_block_throws_ends_the_program(load: Load) -> None:
    with load(ONE, "[function() { throw new Error('boo') }]") as module, pytest.raises(Abort, match="Error: boo"):
        module.call("run")


def test_an_exit_and_a_trap_pass_every_handler_in_javascript(load: Load) -> None:
    body = "try { Module.asm.%s() } catch (e) { console.log('caught') } finally { console.log('finally') }"
    for name, error in (("_stop", GuestExited), ("_fails", compat.Trap)):
        with load(ONE, f"[function() {{ {body % name} }}]") as module:
            with pytest.raises(error):
                module.call("run")
            assert module.stdout == b""


def test_the_time_limit_holds_inside(load: Load) -> None:
    with load(ONE, "[function() { for (;;); }]", timeout=1) as module, pytest.raises(TimeLimit):
        module.call("run")


def test_the_glue_disturbs_nothing_that_is_the_programs(load: Load) -> None:
    """It sets the end of the heap and more of its static memory, as if it were to start the program."""
    program = ONE + '(data (i32.const 1100) "mine")'
    with load(program, "[function() { return 0 }]", "HEAP32[1100 >> 2] = 1;") as module:
        assert module.memory.read(1100, 4) == b"mine"


# --- where it is not to be


def test_without_leave_it_says_how_to_give_it(load: Load) -> None:
    with load(ONE, "[]", allow_js=False) as module, pytest.raises(MissingImport, match="--allow-js"):
        module.call("run")


def test_without_glue_it_says_so(load: Load, tmp_path: Path) -> None:
    load(ONE, "[]").close()
    (tmp_path / "program.js").unlink()
    with (
        compat.load(tmp_path / "program.wasm", abi="emscripten", allow_js=True) as module,
        pytest.raises(MissingImport, match="--glue"),
    ):
        module.call("run")


def test_a_function_that_is_nowhere(load: Load) -> None:
    program = f"""(import "env" "_nowhere" (func $f)) {MEMORY} (func (export "run") (call $f))"""
    with load(program) as module, pytest.raises(MissingImport, match="_nowhere is not known, and the program's glue"):
        module.call("run")


@pytest.mark.parametrize(
    "glue",
    [
        "throw new Error('boo') // WebAssembly",
        "WebAssembly; for (;;);",
        "WebAssembly; (function f() { f() })()",
        "WebAssembly; var a = []; for (;;) a.push(new Array(1000).fill(1.5))",
        "WebAssembly; " + "(" * 200_000,
        "WebAssembly; '" + "x" * 1_000_000,
        "WebAssembly; Object.defineProperty(Module, 'asm', { get() { throw 1 }, set() { throw 2 } }); Module.asm = 1",
        "WebAssembly; Object.prototype.env = 1; Array.prototype.map = null; delete Object.keys",
        "WebAssembly.Memory = null; new WebAssembly.Memory()",
        "WebAssembly; module.exports = function() { throw 1 }",
        "WebAssembly; module.exports = new Proxy({}, { get() { throw 1 }, ownKeys() { throw 2 } })",
        "}); for (;;); (function() { WebAssembly",
    ],
    ids=range(12),
)
def test_hostile_glue_is_an_error_where_it_is_needed(tmp_path: Path, own_cache: Path, glue: str) -> None:
    program = write_program(tmp_path / "program.wasm", f"{ONE}{STACK}")
    (tmp_path / "evil.js").write_text(glue, "utf-8")
    options = {"glue": tmp_path / "evil.js", "abi": "emscripten", "allow_js": True, "timeout": 5}
    with pytest.raises((MissingImport, TimeLimit)), compat.load(program, **options) as module:  # type: ignore[arg-type]
        module.call("run")


def test_a_hostile_result_is_a_number_or_an_error(load: Load) -> None:
    for body in ("return {valueOf() { throw 1 }}", "return Symbol()", "return 10n ** 400n", "return 'x'.repeat(1e7)"):
        with load(ONE, f"[function() {{ {body} }}]") as module, suppress(Abort):
            assert isinstance(module.call("run"), int)


def test_other_abis_have_no_javascript(tmp_path: Path, own_cache: Path) -> None:
    path = tmp_path / "bare.wasm"
    path.write_bytes(default_engine().assemble('(module (func (export "f")))'))
    with pytest.raises(Unsupported, match="no JavaScript"):
        compat.load(path, allow_js=True)
