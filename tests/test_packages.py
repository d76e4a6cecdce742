"""Programs that come with files: packages, embedded files, static data in a file of its own."""

from __future__ import annotations

import json
from pathlib import Path

import lz4.block
import pytest

import compat
from compat.detect.detect import detect
from compat.errors import Unsupported
from tests.detect.test_packages import loader
from tests.emscripten_abi.loading import MEMORY, STACK, write_program

PROGRAM = f'{MEMORY} {STACK} (func (export "peek") (param i32) (result i32) (i32.load8_u (local.get 0)))'
CONTENT = b"content of a" + bytes(range(200))
GLUE = 'WebAssembly.instantiate; wasmBinaryFile = "game.wasm";'


def directory(*sizes: int) -> str:
    starts = [sum(sizes[:i]) for i in range(len(sizes) + 1)]
    files = [{"filename": f"/pkg/{i}", "start": starts[i], "end": starts[i + 1]} for i in range(len(sizes))]
    return json.dumps({"files": files, "remote_package_size": starts[-1], "package_uuid": "1"})


@pytest.fixture
def program(tmp_path: Path) -> Path:
    return write_program(tmp_path / "game.wasm", PROGRAM)


def test_a_package_beside_the_program_is_unpacked(program: Path) -> None:
    program.with_suffix(".js").write_text(GLUE + loader("game.data", directory(12, 200)), encoding="utf-8")
    program.with_suffix(".data").write_bytes(CONTENT)
    with compat.load(program, abi="emscripten", files={"/pkg/1": b"the caller's"}) as module:
        assert (module.files / "/pkg/0").read_bytes() == CONTENT[:12]
        assert (module.files / "/pkg/1").read_bytes() == b"the caller's"
        (module.files / "/pkg/0").write_bytes(b"writable")
    assert program.with_suffix(".data").read_bytes() == CONTENT


def test_a_package_that_is_not_there_is_needed_and_can_be_named(program: Path, tmp_path: Path) -> None:
    program.with_suffix(".js").write_text(GLUE + loader("game.data", directory(12)), encoding="utf-8")
    [need] = detect(program, abi="emscripten").needs
    assert need.what == "the data package game.data, which its glue loads"
    assert "--preload game.data" in need.remedy
    (tmp_path / "elsewhere").mkdir()
    named = tmp_path / "elsewhere" / "game.data"
    named.write_bytes(CONTENT)
    with compat.load(program, abi="emscripten", preload=[named]) as module:
        assert (module.files / "/pkg/0").read_bytes() == CONTENT[:12]


def test_a_package_of_its_own_is_described_by_the_javascript_beside_it(program: Path, tmp_path: Path) -> None:
    package = tmp_path / "level.data"
    package.write_bytes(CONTENT)
    with pytest.raises(Unsupported, match="nothing tells which files are in it"):
        compat.load(program, abi="emscripten", preload=[package])
    metadata = loader("level.data", "0").replace("loadPackage(0)", "fetch('level.js.metadata')")
    (tmp_path / "level.js").write_text(metadata, encoding="utf-8")
    with pytest.raises(Unsupported, match="needs level"):
        compat.load(program, abi="emscripten", preload=[package])
    (tmp_path / "level.js.metadata").write_text(directory(1, 11), encoding="utf-8")
    with compat.load(program, abi="emscripten", preload=[package]) as module:
        assert (module.files / "/pkg/1").read_bytes() == CONTENT[1:12]


def test_a_compressed_package_is_unpacked(program: Path) -> None:
    content = bytes(2048) + bytes(range(250)) * 8 + bytes(48)
    pieces = [lz4.block.compress(content[:2048], store_size=False), content[2048:]]
    chunks = {"cachedOffset": 0, "offsets": [0, len(pieces[0])], "sizes": [*map(len, pieces)], "successes": [1, 0]}
    text = loader("game.data", directory(2000, 2000), f"var compressedData = {json.dumps(chunks)};")
    program.with_suffix(".js").write_text(GLUE + text, encoding="utf-8")
    program.with_suffix(".data").write_bytes(b"".join(pieces))
    with compat.load(program, abi="emscripten") as module:
        assert (module.files / "/pkg/0").read_bytes() + (module.files / "/pkg/1").read_bytes() == content[:4000]
    program.with_suffix(".data").write_bytes(b"\xff" * 5000)
    with pytest.raises(Unsupported, match="is damaged"):
        compat.load(program, abi="emscripten")


def test_a_package_that_does_not_fit_its_directory_is_refused(program: Path) -> None:
    program.with_suffix(".js").write_text(GLUE + loader("game.data", directory(12, 200)), encoding="utf-8")
    program.with_suffix(".data").write_bytes(CONTENT[:-1])
    with pytest.raises(Unsupported, match="it has 211 bytes"):
        compat.load(program, abi="emscripten")


def test_embedded_files_are_there(program: Path) -> None:
    text = 'var a=[];a.push.apply(a,[104,105]);Module["FS_createDataFile"]("/x","hi",a,true,true,false);'
    program.with_suffix(".js").write_text(GLUE + text, encoding="utf-8")
    with compat.load(program, abi="emscripten") as module:
        assert (module.files / "/x/hi").read_bytes() == b"hi"


def test_static_data_may_be_in_a_file_of_its_own(program: Path) -> None:
    program.with_suffix(".js").write_text(GLUE + 'var memoryInitializer = "game.js.mem";', encoding="utf-8")
    [need] = detect(program, abi="emscripten").needs
    assert "game.js.mem" in need.what
    with pytest.raises(Unsupported, match="its static data"):
        compat.load(program, abi="emscripten")
    program.with_name("game.js.mem").write_bytes(b"abc")
    with compat.load(program, abi="emscripten") as module:
        assert [module.call("peek", address) for address in (1023, 1024, 1026, 1027)] == [0, ord("a"), ord("c"), 0]
