"""The map of imports that a user completes: drafted, read back, and refused where it fits nothing."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

import compat
from compat.cli.main import main
from compat.detect.detect import detect
from compat.detect.import_map import draft, read_import_map
from compat.engine import default_engine
from compat.errors import MissingImport, Unsupported
from tests.detect.test_closure import ENTRIES, NAMES, text
from tests.emscripten_abi.loading import STACK

WORDS = {"i": "i32", "d": "f64", "v": ""}


@pytest.fixture
def program(tmp_path: Path, own_cache: Path) -> Path:
    """A program whose glue went through Closure, and that glue beside it."""
    imports = []
    for key, (type, _) in ENTRIES.items():
        result, _, params = type.partition("(")
        clauses = [f"(param {WORDS[letter]})" for letter in params.rstrip(")")]
        clauses += [f"(result {WORDS[result]})"] if WORDS[result] else []
        imports.append(f'(import "env" "{key}" (func ${key} {" ".join(clauses)}))')
    fields = f"""(import "env" "a" (global i32)) {" ".join(imports)} (import "env" "memory" (memory 256)) {STACK}
      (func (export "B") (param i32)) (func (export "C") (param i32 i32) (result i32) (i32.const 0))
      (func (export "D") (result i32) (call $o (i32.const 0) (i32.const 0)))
      (func (export "E") (call $w (i32.const 0) (i32.const 1) (f64.const 2) (f64.const 3)))
      (func (export "F") (param i32)) (func (export "G") (result i32) (i32.const 0)) (func (export "H") (param i32))
      (func (export "I") (param i32 i32))"""
    path = tmp_path / "program.wasm"
    path.write_bytes(default_engine().assemble(f"(module {fields})"))
    wrapped = "dynCall_v _plus _constant _report stackRestore stackSave _free _setThrew".split()  # noqa: SIM905
    names = dict(zip("BCDEFGHI", wrapped, strict=True))
    exports = "".join(
        f"v{key}=c.{name}=function(){{return c.asm.{key}.apply(null,arguments)}};" for key, name in names.items()
    )
    (tmp_path / "program.js").write_text(f"WebAssembly;{text()[0]};{exports}", "utf-8")
    return path


def test_a_draft_says_what_is_known_and_what_is_not(program: Path, tmp_path: Path) -> None:
    detection = detect(program)
    written = draft(detection)
    known = tomllib.loads(written)["names"]
    assert {key: known.get(key) for key in NAMES} == NAMES
    assert '# "o" is i(ii) and only returns 42: it needs no name' in written
    assert any(line.startswith('# "w" = "') and "  # v(iidd), " in line for line in written.splitlines())
    (tmp_path / "map.toml").write_text(written, "utf-8")
    assert read_import_map(str(tmp_path / "map.toml")) == dict(detection.glue.import_names)


def test_a_map_goes_before_what_was_recovered(program: Path, tmp_path: Path) -> None:
    (tmp_path / "map.toml").write_text('[names]\n"w" = "_report_packet"\n"o" = "_getpid"\n', "utf-8")
    glue = detect(program, import_map=tmp_path / "map.toml").glue
    assert (glue.import_names["w"], glue.import_names["o"], glue.import_names["q"]) == (
        "_report_packet",
        "_getpid",
        "_time",
    )
    assert "o" not in glue.import_constants


def test_what_was_recovered_runs(program: Path, tmp_path: Path) -> None:
    with compat.load(program) as module:
        assert module.call("_constant") == 42
        with pytest.raises(MissingImport, match=r"env\.w"):
            module.call("_report")
    got: list[float] = []
    (tmp_path / "map.toml").write_text('[names]\n"w" = "_packet"\n', "utf-8")
    answers = {"env._packet": lambda memory, *values: got.extend(values)}
    with compat.load(program, import_map=tmp_path / "map.toml", imports=answers) as module:
        module.call("_report")
    assert got == [0, 1, 2.0, 3.0]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"[names", "is not a map of imports"),
        (b"\xff\xfe", "is not a map of imports"),
        (b'[names]\n"w" = 1', "it has a table"),
        (b"names = 1", "it has a table"),
        (b'[names]\n"nowhere" = "_x"', "is a map of another module"),
    ],
)
def test_another_file_is_refused(program: Path, tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "map.toml").write_bytes(content)
    with pytest.raises(Unsupported, match=message):
        detect(program, import_map=tmp_path / "map.toml")


def test_the_command_line(program: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = tmp_path / "map.toml"
    assert main(["inspect", "--write-import-map", str(place), str(program)]) == 0
    lines = [line for line in place.read_text("utf-8").splitlines() if not line.startswith('# "w"')]
    place.write_text("\n".join([*lines, '"w" = "_packet"']), "utf-8")
    capsys.readouterr()
    assert main(["inspect", "--import-map", str(place), str(program)]) == 0
    assert "env._packet" in capsys.readouterr().out
