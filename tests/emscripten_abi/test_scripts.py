"""A program's own JavaScript, out of its glue: EM_ASM, library functions, scripts, and what they find around them."""

from __future__ import annotations

import json
import subprocess
import sys
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
var FS = { root: null, mounts: [], inner: true, ErrnoError: null, createNode: function() { return {} },
  staticInit: function() { throw 'not this one' } };
FS.staticInit();
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
var asmLibraryArg = { _exit: 0, ___syscall3: 0, ___syscall4: 0, jsCall_ii: 0, _out: 0, %(names)s };
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


@pytest.mark.parametrize(
    ("sig", "type", "arguments", "passed", "result"),
    [
        ("i", "(param i32) (result i32)", "", "", 0),
        ("d", "(param i32) (result f64)", "", "", 0.5),
        ("v", "(param i32)", "", "", None),
        ("idi", "(param i32 f64 i32) (result i32)", "(f64.const 1.75) (i32.const -2)", "1.75,-2", 0),
        ("didd", "(param i32 i32 f64 f64) (result f64)", "(i32.const 1) (f64.const 2.5) (f64.const 3)", "1,2.5,3", 7),
    ],
)
@pytest.mark.parametrize("variant", ["", "sync_on_main_thread_", "async_on_main_thread_"])
def test_signatures_and_variants(
    load: Load, variant: str, sig: str, type: str, arguments: str, passed: str, result: float | None
) -> None:
    name = f"_emscripten_asm_const_{variant}{sig}"
    own = f"function {name}(code) {{ return ASM_CONSTS[code].apply(null, [].slice.call(arguments, 1)) }}"
    body = "var all = [].slice.call(arguments); console.log(all.join()); return all.reduce((a, b) => a + b, 0.5)"
    program = block(f"{variant}{sig}", type, f"(i32.const 0) {arguments}")
    names = "" if sig == "i" and not variant else name
    with load(program, f"[function() {{ {body} }}]", functions=own * bool(names), names=names) as module:
        assert module.call("run") == result
        assert module.stdout.decode() == f"{passed}\n"


def test_floats(load: Load) -> None:
    with load(block("dd", "(param i32 f64) (result f64)", "(i32.const 0) (f64.const 0.5)"), "[x => x / 4]") as module:
        assert module.call("run") == 0.125


def test_a_memory_may_be_allowed_to_grow_without_bound(load: Load) -> None:
    program = ONE.replace(MEMORY, '(import "env" "memory" (memory 256 65536))')
    with load(program, "[function($0) { return $0 }]") as module:
        assert module.call("run") == 21


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


def test_every_method_of_the_file_system_does_what_the_glues_does(load: Load) -> None:
    """Against what real glue did under node, call by call."""
    script, recorded = (
        Path(__file__).with_name("filesystem").joinpath(name).read_text("utf-8")
        for name in ("calls.js", "recorded.txt")
    )
    with load(ONE, f"[function() {{ {script} }}]", functions="var MEMFS = { ops_table: null };") as module:
        module.call("run")
        results = json.loads(module.stdout)
        expected = [json.loads(line) for line in recorded.splitlines()]
        assert len(results) == len(expected)
        for result, wanted in zip(results, expected, strict=True):
            assert result == wanted


def test_what_javascript_writes_the_program_reads_and_the_reverse(load: Load) -> None:
    """The descriptors are the same ones."""
    program = f"""(import "env" "_emscripten_asm_const_ii" (func $block (param i32 i32) (result i32)))
      (import "env" "___syscall3" (func $read (param i32 i32) (result i32)))
      {MEMORY}
      (func (export "run") (result i32)
        (i32.store (i32.const 2048) (call $block (i32.const 0) (i32.const 0)))
        (i32.store (i32.const 2052) (i32.const 4096))
        (i32.store (i32.const 2056) (i32.const 10))
        (drop (call $read (i32.const 3) (i32.const 2048)))
        (call $block (i32.const 1) (i32.load (i32.const 2048))))"""
    blocks = """[function() {
        FS.writeFile('/x', 'abcdef');
        var stream = FS.open('/x', 'r');
        FS.read(stream, HEAP8, 8192, 2);
        return stream.fd
      }, function(fd) {
        var stream = FS.getStream(fd);
        return stream.position * 100000 + HEAPU8[8193] * 1000 + HEAPU8[4096]
      }]"""
    with load(program, blocks) as module:
        assert module.call("run") == 6 * 100000 + ord("b") * 1000 + ord("c")


def test_functions_of_javascript_can_be_the_standard_streams(load: Load) -> None:
    program = f"""(import "env" "_emscripten_asm_const_ii" (func $block (param i32 i32) (result i32)))
      (import "env" "___syscall4" (func $write (param i32 i32) (result i32)))
      {MEMORY} (data (i32.const 4096) "hello")
      (func (export "run") (result i32)
        (drop (call $block (i32.const 0) (i32.const 0)))
        (i32.store (i32.const 2048) (i32.const 1))
        (i32.store (i32.const 2052) (i32.const 4096))
        (i32.store (i32.const 2056) (i32.const 5))
        (drop (call $write (i32.const 4) (i32.const 2048)))
        (call $block (i32.const 1) (i32.const 0)))"""
    blocks = """[function() {
        globalThis.sum = 0;
        FS.init(null, function(byte) { sum += byte });
      }, function() { return sum }]"""
    with load(program, blocks) as module:
        assert module.call("run") == sum(b"hello")
        assert module.stdout == b""


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            "FS.createLazyFile('/', 'x', 'http://x.example/x', true, false)",
            "/x cannot be loaded from http://x.example/x",
        ),
        ("FS.createPreloadedFile('/', 'x', 'x.data', true, false)", "x.data cannot be loaded"),
        ("FS.mount({}, {root: '.'}, '/')", "mount a directory of the host's"),
        ("FS.unmount('/')", "cannot be unmounted"),
        ("FS.registerDevice(1, {})", "FS.createDevice"),
        ("FS.createNode(null, 'x', 0, 0)", "the glue's own file system"),
        ("FS.readFile('/none')", "FS error ENOENT"),
    ],
)
def test_what_the_file_system_cannot_do_it_says(load: Load, call: str, message: str) -> None:
    with load(ONE, f"[function() {{ {call} }}]") as module, pytest.raises(Abort, match=message):
        module.call("run")


def test_files_are_preloaded_from_bytes_and_kept_by_syncfs(load: Load) -> None:
    body = """
      FS.mkdir('/db');
      FS.mount({dbs: {}}, {}, '/db');
      FS.createPreloadedFile('/db', 'x', new Uint8Array([1, 2]), true, true, function() { console.log('loaded') });
      FS.syncfs(true, function(error) { console.log(error, FS.readFile('/db/x').length) })"""
    with load(ONE, f"[function() {{ {body} }}]") as module:
        module.call("run")
        assert module.stdout == b"loaded\nnull 2\n"


@pytest.mark.parametrize(
    "form",
    [
        "var Made = function(Module) {%s}; module.exports = Made;",
        "var Made = (function() { return function(Module) { Module = Module || {};%s; return Module } })();\n"
        "if (typeof exports === 'object' && typeof module === 'object') module.exports = Made;\n"
        "else if (typeof define === 'function' && define.amd) define([], function() { return Made });",
        "var Made = function(Module) {%s};\nexport default Made;",
        "var Module = typeof self !== 'undefined' && typeof self.Module !== 'undefined' ? self.Module : {};%s",
        "%s;if (typeof define === 'function') define(Module)",
    ],
    ids=["factory", "umd", "module", "self", "define"],
)
def test_the_forms_of_glue(load: Load, tmp_path: Path, form: str) -> None:
    load(ONE, "[function() { FS.writeFile('/x', 'y') }]").close()
    glue = tmp_path / "program.js"
    glue.write_text(form % glue.read_text("utf-8"), "utf-8")
    with compat.load(tmp_path / "program.wasm", abi="emscripten", allow_js=True, glue=glue) as module:
        module.call("run")
        assert (module.files / "x").read_text() == "y"


# --- promises


def test_what_promises_put_off_comes_when_the_program_has_returned(load: Load) -> None:
    body = """
      Promise.resolve().then(function() { console.log('job', Module._twice(2)) })
        .then(function() { console.log('and then') });
      setTimeout(function() { console.log('timer'); queueMicrotask(function() { console.log('its job') }) }, 5);
      setTimeout(function() { console.log('second timer') }, 5);
      (async function() { await null; console.log('awaited') })();
      console.log('returned')"""
    with load(ONE, f"[function() {{ {body} }}]") as module:
        module.call("run")
        lines = module.stdout.decode().splitlines()
        assert lines == ["returned", "job 4", "awaited", "and then", "timer", "its job", "second timer"]


def test_a_rejection_that_nothing_handles_is_told(load: Load) -> None:
    body = """
      Promise.reject(new Error('lost'));
      Promise.reject(new Error('found')).catch(function() {});
      var late = Promise.reject(new Error('late'));
      Promise.resolve().then(function() { late.catch(function() {}) })"""
    with load(ONE, f"[function() {{ {body} }}]") as module:
        module.call("run")
        assert module.stderr == b"Uncaught (in promise) Error: lost\n"


def test_an_exit_and_a_trap_leave_a_promise(load: Load) -> None:
    body = "Promise.resolve().then(function() { Module.asm.%s() }).catch(function() { console.log('caught') })"
    for name, error in (("_stop", GuestExited), ("_fails", compat.Trap)):
        with load(ONE, f"[function() {{ {body % name} }}]") as module:
            with pytest.raises(error):
                module.call("run")
            assert module.stdout == b""


@pytest.mark.parametrize(
    "body",
    [
        "(function again() { Promise.resolve().then(again) })()",
        "Promise.resolve().then(function() { for (;;); })",
        "setTimeout(function again() { setTimeout(again, 0) }, 0)",
    ],
)
def test_the_time_limit_holds_for_what_was_put_off(load: Load, body: str) -> None:
    with load(ONE, f"[function() {{ {body} }}]", timeout=1) as module, pytest.raises(TimeLimit):
        module.call("run")


def test_the_memory_limit_holds_for_what_was_put_off(load: Load) -> None:
    body = "Promise.resolve().then(function() { var a = []; for (;;) a.push(new Array(1000).fill(1.5)) })"
    with load(ONE, f"[function() {{ {body} }}]") as module:
        module.call("run")
        assert b"in promise" in module.stderr


# --- function pointers


@pytest.mark.parametrize(
    ("own", "scope"),
    [
        ("function addFunction(func, sig) { throw 1 } function removeFunction(index) { throw 2 }", ""),
        ("var Runtime={addFunction:(function(func){throw 1}),removeFunction:(function(index){throw 2})};", "Runtime."),
        (
            "var Runtime = { addFunction: function(func) { throw 1 }, removeFunction: function(i) { throw 2 } };",
            "Runtime.",
        ),
    ],
)
@pytest.mark.parametrize("signature", ["'ii'", "undefined"])
def test_a_function_of_javascript_can_be_called_by_its_pointer(
    load: Load, own: str, scope: str, signature: str
) -> None:
    program = f"""(import "env" "_emscripten_asm_const_ii" (func $block (param i32 i32) (result i32)))
      (import "env" "jsCall_ii" (func $js (param i32 i32) (result i32)))
      {MEMORY}
      (type $ii (func (param i32) (result i32)))
      (table (export "table") 3 funcref) (elem (i32.const 1) $stub0 $stub1)
      (func $stub0 (param i32) (result i32) (call $js (i32.const 0) (local.get 0)))
      (func $stub1 (param i32) (result i32) (call $js (i32.const 1) (local.get 0)))
      (func (export "run") (result i32)
        (call_indirect (type $ii) (i32.const 40) (call $block (i32.const 0) (i32.const 0))))"""
    body = f"""
      {scope}removeFunction({scope}addFunction(function() {{}}, 'ii'));
      return {scope}addFunction(function(n) {{ return n + 2 }}, {signature})"""
    with load(program, f"[function() {{ {body} }}]", functions=own) as module:
        assert module.call("run") == 42


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
    with (
        load(program, functions="// _nowhere") as module,
        pytest.raises(MissingImport, match="_nowhere is not known, and the program's glue"),
    ):
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


@pytest.mark.parametrize(
    "trick",
    [
        "Array.prototype[Symbol.iterator] = function*() { yield {}; yield 1e400; yield 'x'; yield 4; yield 5 }",
        "Array.prototype.map = function() { return {join: function() { return {} }} }",
        "String = function() { return {} }; JSON.parse = function() { return null }",
        "Number = function() { return 'x' }",
        "Uint8Array.from = Math.min = Math.max = function() { return {} }",
        "Object.defineProperty(Object.prototype, 'flags', {get: function() { return {} }})",
        "Error.prototype.toString = function() { for (;;); }",
        "globalThis.invoke = globalThis.fire = globalThis.load = globalThis.define = function() { return {} }",
        "Map.prototype.set = Map.prototype.get = function() { return function() { throw {} } }",
        "Object.defineProperty(globalThis, 'memory', {value: new ArrayBuffer(8)})",
        "Promise.prototype.then = function() { throw 1 }; Promise.resolve = null",
    ],
    ids=range(11),
)
def test_no_trick_with_what_is_built_in_reaches_the_host(load: Load, trick: str) -> None:
    """Each is called with what JavaScript passes otherwise. What comes is a number, or an error of the guest's."""
    body = """
      var calls = [
        function() { console.log('x', 1) }, function() { FS.writeFile('/x', 'abc') }, function() { FS.readFile('/x') },
        function() { FS.stat('/x') }, function() { FS.readdir('/') }, function() { FS.mkdirTree('/a/b') },
        function() { setTimeout(function() {}, 1) }, function() { Module._twice(2) }, function() { Math.random() },
        function() { new TextDecoder().decode(new TextEncoder().encode('x')) }, function() { Promise.reject(1) },
        function() { addFunction(function() {}, 'ii') }, function() { FS.createDevice('/', 'd', Math.random) },
      ];
      calls[$0 % 100 - 21]();
      return 1"""
    for place in range(13):
        program = ONE.replace("(i32.const 21)", f"(i32.const {21 + place})")
        with load(program, f"[function($0) {{ {trick}; {body} }}]", timeout=2) as module:
            with suppress(compat.GuestError):
                assert isinstance(module.call("run"), int)
            assert module.memory.size


def test_a_program_cannot_be_closed_from_inside_its_javascript(load: Load) -> None:
    closing: list[compat.Module] = []
    program = f"""(import "env" "_emscripten_asm_const_ii" (func $block (param i32 i32) (result i32)))
      (import "env" "_out" (func $out)) {MEMORY}
      (func (export "_leave") (call $out))
      (func (export "run") (result i32) (call $block (i32.const 0) (i32.const 0)))"""
    with load(
        program, "[function() { Module.asm._leave() }]", imports={"env._out": lambda _: closing[0].close()}
    ) as module:
        closing.append(module)
        with pytest.raises(RuntimeError, match="cannot be closed from inside its JavaScript"):
            module.call("run")


def test_a_program_that_is_never_closed_does_no_harm(load: Load, tmp_path: Path) -> None:
    load(ONE, "[function() { return 1 }]").close()
    script = f"""import compat
program, glue = {str(tmp_path / "program.wasm")!r}, {str(tmp_path / "program.js")!r}
module = compat.load(program, glue=glue, abi="emscripten", allow_js=True)
print(module.call("run"))"""
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, check=False)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, b"1\n", b"")


def test_other_abis_have_no_javascript(tmp_path: Path, own_cache: Path) -> None:
    path = tmp_path / "bare.wasm"
    path.write_bytes(default_engine().assemble('(module (func (export "f")))'))
    with pytest.raises(Unsupported, match="no JavaScript"):
        compat.load(path, allow_js=True)
