"""Programs for the emterpreter find their bytecode in memory, moved to where it is."""

from __future__ import annotations

from pathlib import Path

import pytest

import compat
from compat.emscripten_abi.guest import EMTERPRETER_STACK
from tests.emscripten_abi.loading import MEMORY, STACK, write_program

PROGRAM = f"""
  (import "env" "eb" (global $eb i32)) (import "env" "EMTSTACKTOP" (global $top i32))
  (import "env" "EMT_STACK_MAX" (global $max i32)) (import "env" "DYNAMICTOP_PTR" (global $dynamic i32))
  {MEMORY} {STACK}
  (func (export "code") (result i32) (global.get $eb)) (func (export "stack") (result i32) (global.get $top))
  (func (export "end") (result i32) (global.get $max))
  (func (export "heap") (result i32) (i32.load (global.get $dynamic)))"""
CODE = bytes(range(8)) + bytes((4, 0, 0, 0)) + bytes((255, 255, 255, 255))
GLUE = "var EMTSTACKTOP=getMemory(1048576);var EMT_STACK_MAX=EMTSTACKTOP+1048576;var eb=getMemory(16);"
IN_TEXT = f"""{GLUE}__ATPRERUN__.push(function(){{HEAPU8.set([{",".join(map(str, CODE[:10]))}], eb + 0);
  HEAPU8.set([{",".join(map(str, CODE[10:]))}],eb+10);var relocations=[];
  relocations=relocations.concat([8]);relocations=relocations.concat([12]);}});"""
IN_FILE = f"{GLUE}var bytecodeFile=Module['emterpreterFile'];var codeSize = 16;"
WHERE = 'new WebAssembly.Memory({});"program.wasm"'


def loaded(folder: Path, glue: str) -> compat.Module:
    (folder / "program.js").write_text(glue + WHERE, "utf-8")
    return compat.load(write_program(folder / "program.wasm", PROGRAM), abi="emscripten", glue=folder / "program.js")


def check(module: compat.Module) -> None:
    code, stack, end, heap = (int(module.call(name) or 0) for name in ("code", "stack", "end", "heap"))
    words = [module.memory.load_u32(code + at) for at in (0, 4, 8, 12)]
    assert words == [0x03020100, 0x07060504, code + 4, code - 1]
    assert end - stack == EMTERPRETER_STACK
    assert not any(module.memory.read(stack, EMTERPRETER_STACK))
    assert min(code, stack) >= 135168
    assert max(code + len(CODE), end) <= heap
    assert code + len(CODE) <= stack or end <= code


def test_bytecode_is_in_the_glue(tmp_path: Path) -> None:
    with loaded(tmp_path, IN_TEXT) as module:
        check(module)


def test_bytecode_is_in_a_file_that_the_page_names(tmp_path: Path) -> None:
    (tmp_path / "program.html").write_text("<script>var emterpretURL = 'program.emterpreted';</script>", "utf-8")
    (tmp_path / "program.emterpreted").write_bytes(CODE + bytes((8, 0, 0, 0, 12, 0, 0, 0)))
    with loaded(tmp_path, IN_FILE) as module:
        check(module)


def test_bytecode_is_in_a_file_that_the_glue_names(tmp_path: Path) -> None:
    (tmp_path / "program.binary").write_bytes(CODE + bytes((8, 0, 0, 0, 12, 0, 0, 0)))
    (tmp_path / "a.binary").write_bytes(bytes(100))
    with loaded(tmp_path, "Module.emterpreterFile=fs.readFileSync(__dirname+'/program.binary').buffer;" + IN_FILE) as m:
        check(m)


@pytest.mark.parametrize(
    "glue",
    [
        GLUE,
        IN_FILE,
        IN_TEXT.replace("[0,1", "[256,1"),
        IN_TEXT.replace("[0,1", "[x,1"),
        IN_TEXT.replace("eb+10", "eb+11"),
        IN_TEXT.replace("concat([8", "concat([9"),
        IN_TEXT.replace("concat([12", "concat([16"),
        IN_TEXT.replace("concat([12", "concat([-4"),
        IN_TEXT.replace("concat([12", "concat([1e999"),
        IN_TEXT.partition("],eb")[0],
    ],
)
def test_bytecode_that_is_not_there_or_not_whole_is_needed(tmp_path: Path, glue: str) -> None:
    with pytest.raises(compat.Unsupported, match="needs the emterpreter's bytecode"):
        loaded(tmp_path, glue)
