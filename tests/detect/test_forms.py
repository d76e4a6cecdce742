"""Glue in every form that Emscripten's tools, and what came after them, gave it: each is read the same."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from pathlib import Path

import pytest

from compat.detect.detect import detect
from compat.errors import Unsupported
from tests.detect.javascript_text import IN_CLEAR, Style, glue
from tests.detect.test_emscripten import EXPORTS, KEYS, MINIFIED_PROGRAM, program, write

FACTS = (
    "TOTAL_STACK=Module['TOTAL_STACK']||5242880;TOTAL_MEMORY=Module['TOTAL_MEMORY']||33554432;STATIC_BUMP=5000;"
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


def worker(text: str) -> str:
    """As src/worker.js and src/webGLWorker.js come before glue of --proxy-to-worker."""
    return (
        "function EventListener(){this.listeners={}}var window=this;var screen={};self.onmessage=function(event){};"
        "if(typeof Module==='undefined'){Module={}}" + text
    )


WRAPPERS: dict[str, Callable[[str], str]] = {
    **{"plain": str, "modularize": modularize, "module": module, "webpack": webpack, "worker": worker},
}


def check(path: Path) -> None:
    detection = detect(path)
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


def test_a_bundle_of_two_programs_tells_each_its_names(tmp_path: Path) -> None:
    other = {"a": "abort", "b": "_time", "c": "STACKTOP", "d": "_exit", "f": "_rand"}
    rest = "STATIC_BUMP=6000;wasmBinaryFile='y.wasm'"
    text = webpack(core(Style.UGLIFIED)) + webpack(glue(Style.UGLIFIED, other, {"e": "_run"}, rest=rest))
    bundle = write(tmp_path / "bundle.js", text)
    first = write(tmp_path / "x.wasm", MINIFIED_PROGRAM)
    second = write(tmp_path / "y.wasm", program(other, ["e"]))
    assert detect(first, glue=bundle).glue.import_names == KEYS
    detection = detect(second, glue=bundle)
    assert detection.glue.import_names == other
    assert detection.glue.export_names == {"e": "_run"}
    assert detection.layout is None, "whose static data is how large cannot be told"
    assert any(need.blocking and "static data" in need.what for need in detection.needs)


def test_a_bundle_of_two_programs_that_fit_alike_is_refused(tmp_path: Path) -> None:
    other = dict(zip(KEYS, ["abort", "_time", "_exit", "_rand"], strict=True))
    text = webpack(core(Style.UGLIFIED)) + webpack(glue(Style.UGLIFIED, other, EXPORTS))
    with pytest.raises(Unsupported, match="lacks 4"):
        detect(write(tmp_path / "x.wasm", MINIFIED_PROGRAM), glue=write(tmp_path / "bundle.js", text))
