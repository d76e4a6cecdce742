"""Glue in every form that Emscripten's tools, and what came after them, gave it: each is read the same."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path

import pytest

from compat.detect.container import glue_text
from compat.detect.detect import detect
from compat.errors import Unsupported
from tests.detect.javascript_text import IN_CLEAR, Style, glue
from tests.detect.test_emscripten import EXPORTS, KEYS, MINIFIED_PROGRAM, program, write

FACTS = (
    "TOTAL_STACK=Module['TOTAL_STACK']||5242880;TOTAL_MEMORY=Module['TOTAL_MEMORY']||33554432;STATIC_BUMP=5000;"
    "wasmMemory=new WebAssembly.Memory({'initial':512});"
    "wasmTable=new WebAssembly.Table({'initial':10,'maximum':10,'element':'anyfunc'});"
    "var ASM_CONSTS=[function(){return 1},function($0){return $0}];"
    'function loadPackage(metadata){var PACKAGE_PATH="";var REMOTE="datafile_x.data"}'
    'loadPackage({"files":[{"start":0,"end":4,"filename":"/a"}],"remote_package_size":4});'
)
EMBEDDED = f"wasmBinaryFile='data:application/octet-stream;base64,{b64encode(MINIFIED_PROGRAM).decode()}';"


def core(style: Style, names: str = "wasmBinaryFile='x.wasm';") -> str:
    return glue(style, KEYS, EXPORTS, ["__GLOBAL__I_000101"], FACTS + names)


def modularize(text: str) -> str:
    return (
        "var X = (function() {\n  var _scriptDir = typeof document !== 'undefined' ? document.currentScript.src : 0;"
        "\n  return (\nfunction(X) {\n  X = X || {};\nvar Module=typeof X!=='undefined'?X:{};"
        + text
        + "\n  return X\n}\n);\n})();\n"
        "if (typeof exports === 'object' && typeof module === 'object')\n      module.exports = X;\n"
        "    else if (typeof define === 'function' && define['amd'])\n      define([], function() { return X; });\n"
    )


def module(text: str) -> str:
    return modularize(text).partition("\nif (typeof exports")[0].replace(
        "document.currentScript.src", "import.meta.url"
    ) + ("\nexport default X;\n")


def webpack(text: str) -> str:
    """As webpack puts a file, with others before and behind it, into its bundle."""
    return (
        "!function(e){var t={};function n(r){if(t[r])return t[r].exports;var o=t[r]={i:r,l:!1,exports:{}};"
        "return e[r].call(o.exports,o,o.exports,n),o.l=!0,o.exports}n(n.s=1)}([function(e,t,n){e.exports={a:1}},"
        "function(e,t,n){(function(r,o){" + text + "}).call(this,n(2),'/')},function(e,t){e.exports=function(){}}]);"
    )


def webpack_for_development(text: str) -> str:
    """As webpack has files for development: each a text to be evaluated."""
    source = json.dumps(text + "\n\n//# sourceURL=webpack:///./x.js?")
    return (
        '/******/ (function(modules) { // webpackBootstrap\n/******/ })({\n/***/ "./x.js":\n'
        "/***/ (function(module, exports, __webpack_require__) {\n\neval(" + source + ");\n\n/***/ })\n/******/ });"
    )


def separate_asm(text: str) -> str:
    """As tools/separate_asm.py leaves it: what another file defines in place of the asm.js code, between the marks."""
    call = r'(?:// START\n)?var asm ?= ?Module\["asm"\](?:// END\n)?\('
    return re.sub(call, '// EMSCRIPTEN_START_ASM\nvar asm =Module["asm"]// EMSCRIPTEN_END_ASM\n(', text)


def worker(text: str) -> str:
    """As src/worker.js and src/webGLWorker.js come before glue of --proxy-to-worker."""
    return (
        "function EventListener(){this.listeners={}}var window=this;var screen={};self.onmessage=function(event){};"
        "if(typeof Module==='undefined'){Module={}}" + text
    )


WRAPPERS: dict[str, Callable[[str], str]] = {
    **{"plain": str, "modularize": modularize, "module": module, "webpack": webpack, "worker": worker},
    **{"webpack for development": webpack_for_development, "separate asm": separate_asm},
}


def check(path: Path, glue: Path | None = None) -> None:
    detection = detect(path, glue=glue)
    found = detection.glue
    assert found.import_names == KEYS
    assert found.export_names == EXPORTS
    assert found.constructors == ("__GLOBAL__I_000101",)
    assert (found.total_stack, found.static_bump, found.table_size) == (5242880, 5000, 10)
    assert found.total_memory == 33554432
    assert found.asm_consts == 2
    assert [package.name for package in found.data_packages] == ["x.data"]
    assert detection.layout is not None


@pytest.mark.parametrize("style", IN_CLEAR)
@pytest.mark.parametrize("form", WRAPPERS)
@pytest.mark.parametrize("name", ["x.js", "x.wasm.js", "x.min.js", "x.mjs"])
def test_glue_beside_its_module(tmp_path: Path, form: str, style: Style, name: str) -> None:
    write(tmp_path / name, WRAPPERS[form](core(style)))
    check(write(tmp_path / "x.wasm", MINIFIED_PROGRAM))
    check(tmp_path / name)


@pytest.mark.parametrize("style", IN_CLEAR)
@pytest.mark.parametrize("form", WRAPPERS)
def test_single_file(tmp_path: Path, form: str, style: Style) -> None:
    check(write(tmp_path / "any.js", WRAPPERS[form](core(style, EMBEDDED))))


PAGE = "<!doctype html>\n<html lang=en-us><head><meta charset=utf-8></head><body><canvas id=canvas></canvas>{}</body>"


@pytest.mark.parametrize("style", IN_CLEAR)
def test_a_page_with_everything_in_it(tmp_path: Path, style: Style) -> None:
    check(write(tmp_path / "x.html", PAGE.format(f"<script>\n{core(style, EMBEDDED)}\n</script>")))


@pytest.mark.parametrize(
    "script",
    [
        '<script async type="text/javascript" src="x.js"></script>',
        "<script async src=x.js></script>",
        '<script src="other.js"></script><script src="gone.js"></script><script src="x.js"></script>',
    ],
)
def test_a_page_that_loads_the_glue(tmp_path: Path, script: str) -> None:
    write(tmp_path / "x.wasm", MINIFIED_PROGRAM)
    write(tmp_path / "other.js", "alert(1)")
    write(tmp_path / "x.js", core(Style.PLAIN))
    check(write(tmp_path / "x.html", PAGE.format(script)))


@pytest.mark.parametrize("script", ["", '<script src="x.html"></script>', '<script src="../x.js"></script>'])
def test_a_page_without_a_program(tmp_path: Path, script: str) -> None:
    write(tmp_path / "x.js", core(Style.PLAIN))
    (tmp_path / "pages").mkdir()
    with pytest.raises(Unsupported, match="embeds no WebAssembly and names none"):
        detect(write(tmp_path / "pages" / "x.html", PAGE.format(script)))


OTHER = {"a": "abort", "b": "_time", "c": "STACKTOP", "d": "_exit", "f": "_rand"}
OTHER_FACTS = (
    "wasmMemory=new WebAssembly.Memory({'initial':512});wasmTable=new WebAssembly.Table({'initial':12});"
    "STATIC_BUMP=6000;var ASM_CONSTS=[function(){}];wasmBinaryFile='y.wasm'"
)


def bundle_of_two(folder: Path, *, minified: bool) -> tuple[Path, Path, Path]:
    """A bundle, and the two programs whose glue it has."""
    imports, exports, others = KEYS, EXPORTS, OTHER
    if not minified:
        imports, exports, others = ({name: name for name in names.values()} for names in (KEYS, EXPORTS, OTHER))
    first = glue(Style.UGLIFIED, imports, exports, ["__GLOBAL__I_000101"], FACTS + "wasmBinaryFile='x.wasm';")
    second = glue(Style.UGLIFIED, others, {"e": "_run"} if minified else {"_run": "_run"}, ["_run"], OTHER_FACTS)
    return (
        write(folder / "bundle.js", webpack(first) + webpack(second)),
        write(folder / "x.wasm", program(imports, list(exports))),
        write(folder / "y.wasm", program(others, ["e" if minified else "_run"], table=12)),
    )


@pytest.mark.parametrize("minified", [True, False])
def test_a_bundle_of_two_programs_tells_each_its_own(tmp_path: Path, minified: bool) -> None:
    bundle, first, second = bundle_of_two(tmp_path, minified=minified)
    detection = detect(second, glue=bundle)
    found = detection.glue
    assert found.constructors == ("_run",)
    assert (found.table_size, found.asm_consts, found.static_bump, found.total_stack) == (12, 1, 6000, None)
    assert found.data_packages == ()
    assert detection.layout is not None
    assert detection.layout.stack_base == 7024
    if minified:
        assert (found.import_names, found.export_names) == (OTHER, {"e": "_run"})
        check(first, glue=bundle)
    else:
        assert detect(first, glue=bundle).glue.table_size == 10


def test_a_bundle_without_the_program_is_refused_with_what_each_lacks(tmp_path: Path) -> None:
    bundle, _, _ = bundle_of_two(tmp_path, minified=True)
    third = write(tmp_path / "z.wasm", program({**OTHER, "g": "_getenv"}, ["e"], table=12))
    with pytest.raises(Unsupported) as raised:
        detect(third, glue=bundle)
    assert str(raised.value).splitlines()[1:] == [
        "program 1: its table has 10 elements, the module's 12",
        "program 2: of the module's imports it lacks 1 (g)",
    ]


@pytest.mark.parametrize(
    ("closing", "reason"), [("", "several of them fit"), (")", "its brackets do not tell them apart")]
)
def test_a_bundle_of_two_programs_that_fit_alike_is_refused(tmp_path: Path, closing: str, reason: str) -> None:
    other = dict(zip(KEYS, ["abort", "_time", "_exit", "_rand"], strict=True))
    text = webpack(core(Style.UGLIFIED)) + closing + webpack(glue(Style.UGLIFIED, other, EXPORTS, rest=FACTS))
    with pytest.raises(Unsupported, match=reason):
        detect(write(tmp_path / "x.wasm", MINIFIED_PROGRAM), glue=write(tmp_path / "bundle.js", text))


@pytest.mark.parametrize("text", ['eval("\\q")', 'eval("', 'eval("a" + b)'])
def test_what_is_evaluated_and_no_file_stays_as_it_is(tmp_path: Path, text: str) -> None:
    path = write(tmp_path / "x.js", text + "//# sourceURL=webpack:///./x.js?")
    assert glue_text(str(path)) == path.read_text()
