"""Dynamic linking, with a program and libraries from WebAssembly text, through `compat.load` and `compat.run`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

import compat
from compat.detect.detect import detect
from compat.engine import default_engine
from compat.errors import MissingImport, Unsupported
from tests.emscripten_abi.loading import STACK

MAIN = f"""(module
  (import "env" "memory" (memory 256 256))
  (import "env" "table" (table $table 4 funcref))
  (import "env" "_dlopen" (func $dlopen (param i32 i32) (result i32)))
  (import "env" "_dlsym" (func $dlsym (param i32 i32) (result i32)))
  (import "env" "_dlclose" (func $dlclose (param i32) (result i32)))
  (import "env" "_dlerror" (func $dlerror (result i32)))
  (import "env" "_dladdr" (func $dladdr (param i32 i32) (result i32)))
  (import "env" "fp$_triple$ii" (func $triple (result i32)))
  (import "env" "fp$_given$ii" (func $given (result i32)))
  (import "env" "invoke_vi" (func $invoke_vi (param i32 i32)))
  (import "env" "___cxa_throw" (func $throw (param i32 i32 i32)))
  (elem (i32.const 0) $thrice)
  {STACK}
  (global $break (mut i32) (i32.const 0x200000))
  (global $threw (mut i32) (i32.const 0))
  (func $thrice (export "_triple") (param i32) (result i32) (i32.mul (local.get 0) (i32.const 3)))
  (func (export "_malloc") (param i32) (result i32) (local $old i32)
    (local.set $old (global.get $break))
    (global.set $break (i32.add (global.get $break) (local.get 0)))
    (memory.fill (local.get $old) (i32.const 0x55) (local.get 0))
    (local.get $old))
  (func (export "stackSave") (result i32) (i32.const 0))
  (func (export "stackRestore") (param i32))
  (func (export "_setThrew") (param i32 i32) (global.set $threw (local.get 0)))
  (func (export "dynCall_ii") (param i32 i32) (result i32)
    (call_indirect (param i32) (result i32) (local.get 1) (local.get 0)))
  (func (export "dynCall_vi") (param i32 i32) (call_indirect (param i32) (local.get 1) (local.get 0)))
  (func (export "_throw_it") (param i32) (call $throw (local.get 0) (i32.const 0) (i32.const 0)))
  (func (export "catches") (param i32) (result i32)
    (call $invoke_vi (local.get 0) (i32.const 0x9000)) (global.get $threw))
  (func (export "open") (param i32 i32) (result i32) (call $dlopen (local.get 0) (local.get 1)))
  (func (export "sym") (param i32 i32) (result i32) (call $dlsym (local.get 0) (local.get 1)))
  (func (export "close") (param i32) (result i32) (call $dlclose (local.get 0)))
  (func (export "error") (result i32) (call $dlerror))
  (func (export "origin") (param i32 i32) (result i32) (call $dladdr (local.get 0) (local.get 1)))
  (func (export "pointer_to_triple") (result i32) (call $triple))
  (func (export "pointer_to_given") (result i32) (call $given)))"""

SIDE = """(module
  (import "env" "memory" (memory 1))
  (import "env" "table" (table 2 funcref))
  (import "env" "__memory_base" (global $memory i32))
  (import "env" "__table_base" (global $table i32))
  (import "env" "_triple" (func $triple (param i32) (result i32)))
  (import "env" "_throw_it" (func $throw (param i32)))
  (import "env" "_later" (func $later (result i32)))
  (import "env" "g$_count" (func $count (result i32)))
  (import "env" "fp$_triple$ii" (func $pointer (result i32)))
  (import "env" "_emscripten_memcpy_big" (func $copy (param i32 i32 i32) (result i32)))
  (elem (global.get $table) $add $throws)
  (data (global.get $memory) "\\2a")
  (global (export "_count") i32 (i32.const 8))
  (func $add (param i32) (result i32) (i32.add (local.get 0) (call $triple (i32.const 5))))
  (func $throws (param i32) (call $throw (local.get 0)))
  (func (export "__post_instantiate") (i32.store offset=8 (global.get $memory) (i32.const 7)))
  (func (export "_add") (param i32) (result i32) (call $add (local.get 0)))
  (func (export "_first") (result i32) (i32.load8_u (global.get $memory)))
  (func (export "_zero") (result i32) (i32.load offset=4 (global.get $memory)))
  (func (export "_counted") (result i32) (i32.load (call $count)))
  (func (export "_pointer") (result i32) (call $pointer))
  (func (export "_throws") (param i32) (call $throws (local.get 0)))
  (func (export "_later_one") (result i32) (call $later))
  (func (export "_copied") (result i32)
    (drop (call $copy (i32.add (global.get $memory) (i32.const 12)) (global.get $memory) (i32.const 1)))
    (i32.load8_u offset=12 (global.get $memory))))"""

LATER = """(module (import "env" "memory" (memory 1)) (func (export "_later") (result i32) (i32.const 99)))"""


def dylink(text: str, *, memory: int = 64, table: int = 2, needed: tuple[bytes, ...] = ()) -> bytes:
    """A side module: the binary of `text` with a section `dylink` in front."""
    names = b"".join(bytes([len(name)]) + name for name in needed)
    payload = b"\6dylink" + bytes([memory, 4, table, 0, len(needed)]) + names
    binary = default_engine().assemble(text)
    return binary[:8] + bytes([0, len(payload)]) + payload + binary[8:]


@pytest.fixture
def program(tmp_path: Path) -> Iterator[compat.Module]:
    path = tmp_path / "main.wasm"
    path.write_bytes(default_engine().assemble(MAIN))
    files = {
        "/lib/side.wasm": dylink(SIDE),
        "/later.wasm": dylink(LATER, table=0),
        "/needs.wasm": dylink(LATER, table=0, needed=(b"/lib/side.wasm",)),
        "/none.wasm": default_engine().assemble(LATER),
    }
    given: Mapping[str, object] = {"env._given": lambda _, x: x + 1000}
    options = {"abi": "emscripten", "files": files, "env": {"LD_LIBRARY_PATH": "/x:/lib"}, "imports": given}
    with compat.load(path, **options) as module:  # type: ignore[arg-type]
        yield module


def call(program: compat.Module, name: str, *args: float | str) -> int:
    """Call an export; a string is put into the guest's memory."""
    addresses = {text: 0x8000 + 256 * number for number, text in enumerate(args) if isinstance(text, str)}
    for text, address in addresses.items():
        program.memory.write(address, text.encode() + b"\0")
    result = program.call(name, *[addresses[arg] if isinstance(arg, str) else arg for arg in args])
    assert isinstance(result, int)
    return result


def error(program: compat.Module) -> str:
    address = call(program, "error")
    return program.memory.cstring(address).decode() if address else ""


def test_a_library_is_opened_and_its_functions_called(program: compat.Module) -> None:
    handle = call(program, "open", "/lib/side.wasm", 1)
    pointer = call(program, "sym", handle, "add")
    assert call(program, "dynCall_ii", pointer, 100) == 115
    assert call(program, "sym", handle, "add") == pointer
    assert error(program) == ""


def test_data_lies_where_the_library_says(program: compat.Module) -> None:
    handle = call(program, "open", "/lib/side.wasm", 1)
    address = call(program, "sym", handle, "count")
    assert address % 16 == 8
    assert program.memory.load_u32(address) == 7


def test_a_name_is_looked_for_in_the_library_path(program: compat.Module) -> None:
    assert call(program, "open", "side.wasm", 1) == 1
    assert call(program, "open", "side.wasm", 1) == 1
    assert call(program, "open", "nowhere.wasm", 1) == 0
    assert error(program).startswith("Could not load dynamic lib: nowhere.wasm")
    assert error(program) == ""


def test_the_program_itself_has_a_handle(program: compat.Module) -> None:
    handle = call(program, "open", 0, 1)
    assert handle == -1
    assert call(program, "dynCall_ii", call(program, "sym", handle, "triple"), 7) == 21


def origin(program: compat.Module, address: int) -> tuple[str, int, str, int]:
    """What `dladdr` says: file, base, symbol, its address."""
    assert call(program, "origin", address, 0x9000) == 1
    file, base, symbol, start = (program.memory.load_u32(0x9000 + 4 * i) for i in range(4))
    name = program.memory.cstring(symbol).decode() if symbol else ""
    return program.memory.cstring(file).decode(), base, name, start


def test_addresses_are_told_of(program: compat.Module) -> None:
    handle = call(program, "open", "/lib/side.wasm", 1)
    add, count = call(program, "sym", handle, "add"), call(program, "sym", handle, "count")
    base = count - 8
    assert origin(program, add) == ("/lib/side.wasm", base, "add", add)
    assert origin(program, count + 3) == ("/lib/side.wasm", base, "count", count)
    assert origin(program, base) == ("/lib/side.wasm", base, "", 0)
    triple = call(program, "pointer_to_triple")
    assert origin(program, triple) == ("main.wasm", 0, "triple", triple)
    assert origin(program, 0) == ("main.wasm", 0, "", 0)
    # The library's own place in the table.
    assert origin(program, 4)[:3] == ("/lib/side.wasm", base, "")


def test_failures_are_told_once(program: compat.Module) -> None:
    assert call(program, "sym", 5, "add") == 0
    assert error(program) == "Tried to dlsym() from an unopened handle: 5"
    handle = call(program, "open", "/lib/side.wasm", 1)
    assert call(program, "sym", handle, "nothing") == 0
    assert 'unknown symbol "_nothing"' in error(program)
    assert [call(program, "close", handle), call(program, "close", handle)] == [0, 1]
    assert "unopened handle" in error(program)
    assert call(program, "open", "/none.wasm", 1) == 0
    assert "not a side module" in error(program)


def test_pointers_to_functions_are_the_same_each_time(program: compat.Module) -> None:
    pointer = call(program, "pointer_to_triple")
    assert call(program, "dynCall_ii", pointer, 5) == 15
    assert call(program, "pointer_to_triple") == pointer
    given = call(program, "pointer_to_given")
    assert call(program, "dynCall_ii", given, 5) == 1005


def test_a_library_from_python(program: compat.Module, tmp_path: Path) -> None:
    path = tmp_path / "side.wasm"
    path.write_bytes(dylink(SIDE))
    library = program.load_library(path)

    def result(name: str, *args: int) -> object:
        function = library[name]
        assert callable(function)
        return function(*args)

    assert result("_first") == 42
    assert result("_zero") == 0, "memory from malloc is cleared"
    assert result("_counted") == 7, "a library finds its own data"
    assert result("_copied") == 42, "the ABI answers what nobody else does"
    assert result("_pointer") == call(program, "pointer_to_triple")
    with pytest.raises(MissingImport, match="_later is neither in the program nor in a library"):
        result("_later_one")
    assert call(program, "open", "/later.wasm", 0x101) == 2
    assert result("_later_one") == 99


def test_what_a_library_needs_is_loaded_first(program: compat.Module) -> None:
    assert call(program, "open", "/needs.wasm", 1) == 2
    assert call(program, "sym", 1, "add") > 0


def test_an_exception_passes_from_a_library_to_the_program(program: compat.Module) -> None:
    pointer = call(program, "sym", call(program, "open", "/lib/side.wasm", 1), "throws")
    assert call(program, "catches", pointer) == 1


def test_a_program_without_dynamic_linking_says_so(tmp_path: Path) -> None:
    path = tmp_path / "main.wasm"
    path.write_bytes(default_engine().assemble(MAIN.replace("$table 4 funcref", "$table 4 4 funcref")))
    with compat.load(path, abi="emscripten", files={"/s": dylink(SIDE)}) as program:
        assert call(program, "open", "/s", 1) == 0
        assert "without dynamic linking" in error(program)
        side = tmp_path / "side.wasm"
        side.write_bytes(dylink(SIDE))
        with pytest.raises(Unsupported, match="without dynamic linking"):
            program.load_library(side)


ALONE = """(module
  (import "env" "memory" (memory 256))
  (import "env" "table" (table 1 funcref))
  (import "env" "memoryBase" (global $memory i32))
  (import "env" "tableBase" (global $table i32))
  (import "env" "_elsewhere" (func $elsewhere))
  (elem (global.get $table) $main)
  (data (global.get $memory) "\\05")
  (global $stack (mut i32) (i32.const 0))
  (func $main (export "_main") (result i32)
    (i32.add (i32.load8_u (global.get $memory)) (i32.rem_u (global.get $stack) (i32.const 256))))
  (func (export "_calls") (call $elsewhere))
  (func (export "__post_instantiate") (global.set $stack (i32.add (global.get $memory) (i32.const 16)))))"""


def test_a_side_module_runs_alone(tmp_path: Path) -> None:
    path = tmp_path / "side.wasm"
    path.write_bytes(dylink(ALONE, table=1))
    assert detect(path).needs == ()
    assert compat.run(path).check().status == 5 + 16
    with compat.load(path) as module, pytest.raises(MissingImport, match="_elsewhere"):
        module.call("_calls")


IMPORT, EXPORT = '(import "env" "_dlopen"', '(func (export "open"'
LINKED = MAIN.replace(
    IMPORT,
    f"""(import "env" "_add" (func $add (param i32) (result i32)))
  (import "env" "_later" (func $later (result i32)))
  (import "env" "_nowhere" (func $nowhere))
  (import "env" "g$_count" (func $count (result i32)))
  {IMPORT}""",
).replace(
    EXPORT,
    f"""(func (export "_main") (result i32) (call $add (i32.load (i32.const 1024))))
  (func (export "globalCtors") (i32.store (i32.const 1024) (i32.load (call $count))))
  (func (export "call_later") (result i32) (call $later)) (func (export "call_nowhere") (call $nowhere))
  {EXPORT}""",
)
GLUE = """new WebAssembly.Memory({});var wasm="main.wasm";
  if (!Module['dynamicLibraries']) Module['dynamicLibraries'] = [];
  Module['dynamicLibraries'] = ["side.wasm", "needs.wasm"].concat(Module['dynamicLibraries']);"""


def linked(folder: Path, *missing: str) -> Path:
    """A program whose glue loads two libraries, of which one needs a third."""
    files = {
        "main.wasm": default_engine().assemble(LINKED),
        "main.js": GLUE.encode(),
        "side.wasm": dylink(SIDE),
        "later.wasm": dylink(LATER, table=0),
        "needs.wasm": dylink('(module (import "env" "memory" (memory 1)))', table=0, needed=(b"later.wasm",)),
    }
    for name in files.keys() - {*missing}:
        (folder / name).write_bytes(files[name])
    return folder / "main.wasm"


def test_libraries_that_the_glue_names_are_loaded_before_the_program_starts(tmp_path: Path) -> None:
    path = linked(tmp_path)
    assert compat.run(path, abi="emscripten").status == 7 + 15, "the library's data, and its function"
    with compat.load(path, abi="emscripten") as module:
        assert call(module, "call_later") == 99, "what a library needs is there too"
        with pytest.raises(MissingImport, match="_nowhere"):
            module.call("call_nowhere")


@pytest.mark.parametrize("missing", ["side.wasm", "later.wasm"])
def test_libraries_that_are_not_there_are_told(tmp_path: Path, missing: str) -> None:
    with pytest.raises(Unsupported, match=f"the library {missing}"):
        compat.run(linked(tmp_path, missing), abi="emscripten")
