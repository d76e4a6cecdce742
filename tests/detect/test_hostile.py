"""Glue that is made to cost time or memory: it is read or refused, whatever it repeats."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compat.detect.container import glue_text, open_container
from compat.detect.detect import detect
from compat.errors import Unsupported
from tests.detect.javascript_text import Style, glue
from tests.detect.test_emscripten import CLEAR_PROGRAM, CONSTANTS, EXPORTS, KEYS, MINIFIED_PROGRAM, write

UNITS = [
    *("\n", " ", "\0", "\\", "/*", "`${"),
    *"""a
var abc=1;
(
{
"
/
=/a
é
catch(
function (
asm(
asm({
asm(a,b,c);
asm(a,{a:b,
asm(a,{__proto__:b,
asm(a,{get a(){return 1},
b={
b={a:c,
asm(a,{["a"+1]:b,
asm(a,{...a,
Module["_a"]=asm
Module["_a"]=function(){
Module["_a"]=asm["a"];
"AGFzbQEAAAA";
"AGFzbQEAAAA
__ATINIT__.push({func:function(){
ASM_CONSTS=[
ASM_CONSTS=[a,
datafile_"remote_package_size":({
"datafile_a"({"remote_package_size":
"datafile_a"({"remote_package_size":[
"datafile_a"({"remote_package_size":1,"files":1})
"datafile_a"({"remote_package_size":1,"files":[{}]})
FS_createDataFile("/a","b",c
FS_createDataFile("/a","b",c);
FS_createPath("/a","b");
c=[];c.push.apply(c,[1,2]);
c=[];c.push.apply(c,[1,,999]);FS_createDataFile("/a","b",c);
STATIC_BUMP=
TOTAL_MEMORY
WebAssembly.Table(
WebAssembly.Memory(
(WebAssembly.Memory()
eval("a")//# sourceURL=webpack
eval("//# sourceURL=webpack
NAMED_GLOBALS={
NAMED_GLOBALS=a;
dynamicLibraries=["a",
memoryInitializer="a
noExitRuntime=true;
noExitRuntime&&(a=
.push({a:function(){b()}},
function a(){
function a(){a()}
a={b:1,c:2,d:3,
a=b._c=function(){return;
"a.wasm";
.wasm"
HEAP8=new Int8Array(b);
var EMTSTACKTOP getMemory(HEAPU8.set([1],eb+0);
function A(){}A.prototype=Object.create(B.prototype);
asmLibraryArg
asmLibraryArg={a,""".splitlines(),
]
WHOLE = {style: glue(style, KEYS, EXPORTS, rest=CONSTANTS) for style in (Style.PLAIN, Style.CLOSURE)}


def read_or_refused(folder: Path, text: str) -> None:
    path = write(folder / "x.js", text)
    for program in (CLEAR_PROGRAM, MINIFIED_PROGRAM):
        with suppress(Unsupported):
            detect(program, glue=path)
    with suppress(Unsupported):
        detect(path)


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("style", WHOLE)
def test_whatever_glue_repeats(tmp_path: Path, unit: str, style: Style) -> None:
    read_or_refused(tmp_path, unit * (20_000 // len(unit)) + "\n;" + WHOLE[style])


@given(st.lists(st.sampled_from([*UNITS, *WHOLE.values(), ")", "}", "]", ";", ","]), max_size=30).map("".join))
@settings(max_examples=50)
def test_whatever_glue_mixes(text: str) -> None:
    with TemporaryDirectory() as folder:
        read_or_refused(Path(folder), text)


@pytest.mark.parametrize("read", [open_container, glue_text, lambda path: detect(CLEAR_PROGRAM, glue=path)])
@pytest.mark.parametrize(("size", "reason"), [(33 << 20, "is too long to be glue"), (200 << 20, "no glue either")])
def test_what_is_too_long_is_refused(tmp_path: Path, read: object, size: int, reason: str) -> None:
    path = tmp_path / "x.js"
    with path.open("wb") as file:
        file.write(b"a" * 5000)
        file.truncate(size)
    with pytest.raises(Unsupported, match=reason):
        read(str(path))  # type: ignore[operator]
