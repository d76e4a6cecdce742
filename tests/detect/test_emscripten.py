from __future__ import annotations

import subprocess
import sys
from base64 import b64encode
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compat.detect.detect import detect
from compat.detect.model import AbiName, Detection
from compat.errors import Unsupported
from compat.wasm.model import ExternType, GlobalType, Kind, Limits, MemoryType, TableType, ValType
from tests.detect.javascript_text import IN_CLEAR, Style, glue
from tests.wasm import builder as b

ADDRESS = GlobalType(ValType.I32, mutable=False)
HOST: list[tuple[str, str, ExternType | str]] = [
    ("env", "memory", MemoryType(Limits(256, 256))),
    ("env", "table", TableType(ValType.FUNCREF, Limits(10, 10))),
    ("env", "__table_base", ADDRESS),
]

KEYS = {"a": "STACKTOP", "b": "abort", "c": "___syscall146", "d": "_emscripten_asm_const_i"}
EXPORTS = {"e": "_main", "f": "__GLOBAL__I_000101"}
CLEAR = {name: name for name in KEYS.values()}
CONSTANTS = "var STATIC_BUMP=5000;var TOTAL_STACK=5242880;new WebAssembly.Table({'initial':10});"
PROVIDES = f"Module.asmLibraryArg={{{','.join(f'{name}:{name}' for name in CLEAR)}}};"


def program(names: dict[str, str], exports: list[str], table: int = 10) -> bytes:
    """A fastcomp program whose static size is not in the module."""
    types = {"STACKTOP": ADDRESS, "___syscall146": "i(ii)"}
    imports = [("env", key, types.get(name, "i(i)")) for key, name in names.items()]
    memory, _, *rest = HOST
    host: list[tuple[str, str, ExternType | str]]
    host = [memory, ("env", "table", TableType(ValType.FUNCREF, Limits(table, table))), *rest]
    return b.build(
        imports=[*host, *imports],
        functions=[("v()", b.END)],
        exports=[(name, Kind.FUNC, 3) for name in exports],
    )


CLEAR_PROGRAM = program(CLEAR, list(EXPORTS.values()))
MINIFIED_PROGRAM = program(KEYS, list(EXPORTS))


def write(path: Path, content: bytes | str) -> Path:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def what_is_needed(detection: Detection) -> list[str]:
    return [need.what for need in detection.needs]


def test_bytes_are_a_module() -> None:
    detection = detect(CLEAR_PROGRAM)
    assert (detection.abi, detection.path, detection.minified) == (AbiName.EMSCRIPTEN, None, False)
    assert detection.names_known == (3, 3)
    assert what_is_needed(detection) == [
        "its EM_ASM code, which is only in its glue",
        "the size of its static data, which is only in its glue",
    ]
    assert [need.blocking for need in detection.needs] == [False, True]


@pytest.mark.parametrize("style", IN_CLEAR)
def test_glue_that_names_the_module_is_found_beside_it(tmp_path: Path, style: Style) -> None:
    path = write(tmp_path / "x.wasm", CLEAR_PROGRAM)
    rest = CONSTANTS + 'var file="x.wasm";var ASM_CONSTS=[function(){}];'
    write(
        tmp_path / "x.js", glue(style, CLEAR, {name: name for name in EXPORTS.values()}, ["__GLOBAL__I_000101"], rest)
    )
    detection = detect(path)
    assert detection.glue.path == str(tmp_path / "x.js")
    assert detection.glue.constructors == ("__GLOBAL__I_000101",)
    assert detection.layout is not None
    assert (detection.layout.stack_base, detection.layout.source) == (6032, "glue")
    assert detection.needs == ()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("alert(1)", "it loads no WebAssembly"),
        (CONSTANTS + PROVIDES, "it names no x.wasm"),
        (
            CONSTANTS + "asmLibraryArg={abort};'x.wasm'",
            "of the module's imports it lacks 3 (STACKTOP, ___syscall146, _emscripten_asm_const_i)",
        ),
        (CONSTANTS.replace("10", "11") + "'x.wasm'", "its table has 11 elements, the module's 10"),
    ],
)
def test_what_merely_lies_beside_it_is_refused(tmp_path: Path, text: str, reason: str) -> None:
    write(tmp_path / "x.js", text)
    detection = detect(write(tmp_path / "x.wasm", CLEAR_PROGRAM))
    assert detection.glue.path is None
    assert f"x.js is not its glue: {reason}" in [e.sentence for e in detection.evidence]


@pytest.mark.parametrize("style", IN_CLEAR)
def test_minified_names_are_recovered_from_the_glue(tmp_path: Path, style: Style) -> None:
    write(tmp_path / "x.js", "var unrelated = 'WebAssembly';")
    write(tmp_path / "x.min.js", glue(style, KEYS, EXPORTS, rest=CONSTANTS))
    detection = detect(write(tmp_path / "x.wasm", MINIFIED_PROGRAM))
    assert detection.minified
    assert detection.glue.import_names == KEYS
    assert detection.glue.export_names == EXPORTS
    assert detection.names_known == (3, 3)
    assert detection.features == ("main", "EM_ASM")
    assert str(detection.epoch) == "1.38.18 to 1.38.23"
    assert what_is_needed(detection) == ["its EM_ASM code, which is only in its glue"]


def test_minified_names_without_glue_are_needed(tmp_path: Path) -> None:
    detection = detect(write(tmp_path / "x.wasm", MINIFIED_PROGRAM))
    assert detection.abi is AbiName.EMSCRIPTEN
    assert detection.names_known == (0, 3)
    assert "the names of 3 imports: they are minified, and only its glue has them" in what_is_needed(detection)
    assert detection.needs[0].remedy == "give its JavaScript: --glue FILE.js"


def test_closure_is_said_and_not_misread(tmp_path: Path) -> None:
    write(tmp_path / "x.js", glue(Style.CLOSURE, KEYS, EXPORTS, ["__GLOBAL__I_000101"], rest=CONSTANTS))
    detection = detect(write(tmp_path / "x.wasm", MINIFIED_PROGRAM))
    assert detection.glue.closure
    assert detection.glue.import_names == {}
    assert detection.glue.import_keys == set(KEYS)
    assert detection.glue.constructors == ("__GLOBAL__I_000101",)
    assert "the names of 3 imports: the Closure compiler renamed them in its glue too" in what_is_needed(detection)


@pytest.mark.parametrize(
    ("names", "exports", "difference"),
    [
        ({**KEYS, "q": "_more"}, EXPORTS, "of the module's imports it lacks none, and it has 1 (q) more"),
        ({"a": "STACKTOP", "b": "abort", "c": "_exit"}, EXPORTS, "of the module's imports it lacks 1 (d)"),
        (KEYS, {"e": "_main"}, "of the module's exports it lacks 1 (f)"),
    ],
)
def test_glue_of_another_build_is_refused_with_the_difference(
    tmp_path: Path, names: dict[str, str], exports: dict[str, str], difference: str
) -> None:
    path = write(tmp_path / "x.wasm", MINIFIED_PROGRAM)
    other = write(tmp_path / "other.js", glue(Style.PLAIN, names, exports, rest=CONSTANTS))
    with pytest.raises(Unsupported) as refused:
        detect(path, glue=other)
    assert str(refused.value).splitlines()[1] == difference


PIECES = st.sampled_from(
    [
        *('Module["asm"](a,b,c);', "b={", "a:abort,", '"b":_x', "}", 'Module["_main"]=asm["e"];', "WebAssembly", "("),
        *("STATIC_BUMP=1", "__ATINIT__.push({", "ASM_CONSTS=[", "wasmTableSize=10", "scriptDirectory", "'", "\n", "/"),
    ]
)


@given(st.lists(PIECES, max_size=40).map("".join))
@settings(max_examples=100)
def test_any_glue_is_read_or_refused(text: str) -> None:
    with TemporaryDirectory() as folder:
        path = write(Path(folder) / "x.js", text)
        assert detect(CLEAR_PROGRAM, glue=path).abi is AbiName.EMSCRIPTEN
        with pytest.raises(Unsupported, match="another build"):
            detect(MINIFIED_PROGRAM, glue=path)


def test_glue_that_is_named_need_not_name_the_module(tmp_path: Path) -> None:
    path = write(tmp_path / "renamed.wasm", CLEAR_PROGRAM)
    other = write(tmp_path / "glue.js", CONSTANTS + PROVIDES)
    assert detect(path, glue=other).glue.path == str(other)


@pytest.mark.parametrize("style", IN_CLEAR)
def test_glue_that_lacks_what_a_program_in_clear_imports_is_refused(tmp_path: Path, style: Style) -> None:
    others = {name: name for name in ("abort", "_time", "STACKTOP")}
    other = write(tmp_path / "other.js", glue(style, others, {}, rest=CONSTANTS))
    with pytest.raises(Unsupported) as refused:
        detect(CLEAR_PROGRAM, glue=other)
    assert str(refused.value).splitlines() == [
        f"{other} is glue of another build",
        "of the module's imports it lacks 2 (___syscall146, _emscripten_asm_const_i)",
    ]


def test_javascript_with_the_module_in_it_is_its_own_glue(tmp_path: Path) -> None:
    text = glue(
        Style.PLAIN, KEYS, EXPORTS, rest=f'{CONSTANTS}var f="data:;base64,{b64encode(MINIFIED_PROGRAM).decode()}"'
    )
    path = write(tmp_path / "x.js", text)
    detection = detect(path)
    assert (detection.path, detection.glue.path) == (str(path), str(path))
    assert detection.names_known == (3, 3)


def test_files_that_glue_loads_are_needed_beside_it(tmp_path: Path) -> None:
    package = 'f("datafile_x.data");loadPackage({"files":[],"remote_package_size":0});'
    rest = CONSTANTS + PROVIDES + package + "memoryInitializer='x.js.mem';'x.wasm'"
    write(tmp_path / "x.js", rest)
    path = write(tmp_path / "x.wasm", CLEAR_PROGRAM)
    assert [need.remedy for need in detect(path).needs][1:] == [
        "put it beside its glue, or say --preload x.data",
        "put x.js.mem beside its glue",
    ]
    write(tmp_path / "x.data", b"")
    write(tmp_path / "x.js.mem", b"")
    assert len(detect(path).needs) == 1


HEAVY = "{'lark', 're', 'typing', 'dataclasses', 'pathlib', 'json', 'inspect'}"


def test_programs_in_clear_cost_no_heavy_import(tmp_path: Path) -> None:
    write(tmp_path / "x.js", glue(Style.PLAIN, CLEAR, {}, ["__GLOBAL__I_000101"], CONSTANTS + "'x.wasm'"))
    path = write(tmp_path / "x.wasm", CLEAR_PROGRAM)
    script = (
        "import sys\nbefore = set(sys.modules)\nfrom compat.detect.detect import detect\n"
        f"assert detect({str(path)!r}).glue.path\nprint(sorted((set(sys.modules) - before) & {HEAVY}))"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ran.stdout == "[]\n"
