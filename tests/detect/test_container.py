from __future__ import annotations

from base64 import b64encode
from pathlib import Path

import pytest

from compat.detect.container import find_beside, glue_text, open_container, siblings
from compat.errors import Unsupported
from tests.wasm import builder as b

WASM = b.build(data=[(0, b"hello")], memories=[b.Limits(1)])
BASE64 = b64encode(WASM).decode()


def write(path: Path, content: bytes | str) -> str:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return str(path)


def test_a_module_is_known_by_its_first_bytes_and_not_by_its_name(tmp_path: Path) -> None:
    path = write(tmp_path / "program.wasm.js", WASM)
    container = open_container(path)
    assert (container.wasm, container.glue, container.path) == (WASM, None, path)


@pytest.mark.parametrize(
    "literal",
    [
        f'"data:application/octet-stream;base64,{BASE64}"',
        f"'data:application/wasm;base64,{BASE64}'",
        f"`{BASE64}`",
        '"data:application/octet-stream;base64,' + BASE64.replace("/", "\\/") + '"',
    ],
)
@pytest.mark.parametrize("name", ["program.js", "program.mjs", "program.html"])
def test_a_module_embedded_as_base64_is_taken_out(tmp_path: Path, literal: str, name: str) -> None:
    path = write(tmp_path / name, f'var prefix="data:application/octet-stream;base64,";var file={literal};run();')
    container = open_container(path)
    assert container.wasm == WASM
    assert (container.path, container.glue_path) == (path, path)
    assert container.glue is not None
    assert BASE64[:20] not in container.glue
    assert container.glue.endswith("run();")
    assert glue_text(path) == container.glue


def test_two_embedded_modules_are_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "a.js", f'["{BASE64}", "{BASE64}"]')
    with pytest.raises(Unsupported, match="embeds 2 modules"):
        open_container(path)


def test_broken_base64_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Unsupported, match="does not decode"):
        open_container(write(tmp_path / "a.js", f'"{BASE64[:-3]}!"'))


def test_javascript_that_names_a_module_beside_it_stands_for_it(tmp_path: Path) -> None:
    wasm = write(tmp_path / "program.wasm", WASM)
    glue = write(tmp_path / "start.js", 'var file="dist/program.wasm";var other="gone.wasm";')
    container = open_container(glue)
    assert (container.wasm, container.path, container.glue_path) == (WASM, wasm, glue)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("alert(1)", "names none that lies beside it"),
        ('["one.wasm", "two.wasm"]', "names several modules"),
        (b"\x7fELF\0\0", "neither WebAssembly nor JavaScript"),
        ("version https://git-lfs.github.com/spec/v1\n", "Git LFS pointer"),
        ('"bad.wasm"', "is not WebAssembly"),
    ],
)
def test_a_file_without_a_module_is_refused(tmp_path: Path, content: bytes | str, message: str) -> None:
    for name in ("one.wasm", "two.wasm"):
        write(tmp_path / name, WASM)
    write(tmp_path / "bad.wasm", "no")
    with pytest.raises(Unsupported, match=message):
        open_container(write(tmp_path / "a.js", content))


@pytest.mark.parametrize(
    ("module", "found"),
    [
        ("x.wasm", ["x.js", "x.wasm.js", "x.min.js"]),
        ("x.wasm.js", ["x.js", "x.min.js"]),
        ("y.wasm", ["y.mjs"]),
        ("z.wasm", []),
    ],
)
def test_glue_is_looked_for_under_conventional_names(tmp_path: Path, module: str, found: list[str]) -> None:
    for name in ("x.js", "x.wasm.js", "x.min.js", "y.mjs", "zz.js"):
        write(tmp_path / name, "")
    assert list(siblings(str(tmp_path / module))) == [str(tmp_path / name) for name in found]


@pytest.mark.parametrize("name", ["../secret", "folder/../../secret", "/etc/passwd", "..\\secret"])
def test_a_name_in_glue_does_not_lead_elsewhere(tmp_path: Path, name: str) -> None:
    (tmp_path / "secret").touch()
    (tmp_path / "beside").mkdir()
    assert find_beside([str(tmp_path / "beside" / "program.wasm")], name) is None
