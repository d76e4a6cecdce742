from __future__ import annotations

import pytest

from compat.detect.epochs import FINGERPRINTS, NEWEST, OLDEST, assigned, date, glue
from compat.detect.facts import Facts, Look
from compat.detect.model import Epoch, Glue, Release
from compat.wasm.reader import read
from tests.detect.modules import facts
from tests.wasm import builder as b


def bounds(of: Facts) -> tuple[str, str]:
    epoch, _ = date(of)
    return str(epoch.lowest), str(epoch.highest)


OLD, NEW = str(OLDEST), str(NEWEST)

IMPORTS = [
    ("env.memoryBase global", OLD, "1.38.17"),
    ("env.__memory_base global", "1.38.18", NEW),
    ("env.ABORT global", OLD, "1.38.11"),
    ("env.STACKTOP global", OLD, "1.38.23"),
    ("env.getTempRet0 i()", "1.38.20", NEW),
    ("env.enlargeMemory i()", OLD, "1.38.24"),
    ("env._emscripten_resize_heap i(i)", "1.38.25", NEW),
    ("env.abortOnCannotGrowMemory i()", OLD, "1.38.25"),
    ("env.abortOnCannotGrowMemory i(i)", "1.38.26", NEW),
    ("env._pthread_key_create i(ii)", OLD, "1.38.27"),
    ("env.___syscall146 i(ii)", OLD, "1.38.43"),
    ("env.___wasi_fd_write i(iiii)", "1.38.44", NEW),
    ("env.DYNAMICTOP_PTR global", OLD, "1.38.45"),
    ("env.___wasi_fd_seek i(iiiii)", "1.38.48", NEW),
    ("env.__ZSt18uncaught_exceptionv i()", OLD, "1.38.4"),
    ("env.___cxa_uncaught_exception i()", "1.38.5", "1.38.39"),
    ("env.a", "1.38.17", NEW),
    ("env._puts", OLD, NEW),
]


@pytest.mark.parametrize(("name", "lowest", "highest"), IMPORTS)
def test_an_import_bounds_the_epoch(name: str, lowest: str, highest: str) -> None:
    assert bounds(facts(name)) == (lowest, highest)


@pytest.mark.parametrize(
    ("name", "lowest", "highest"),
    [
        ("runPostSets", OLD, "1.38.20"),
        ("setThrew", OLD, "1.38.25"),
        ("_setThrew", "1.38.26", NEW),
        ("globalCtors", "1.38.26", NEW),
        ("getTempRet0", OLD, "1.38.19"),
        ("___emscripten_environ_constructor", "1.38.6", NEW),
        ("___em_js__log", "1.37.36", NEW),
    ],
)
def test_an_export_bounds_the_epoch(name: str, lowest: str, highest: str) -> None:
    assert bounds(facts(exports=[name])) == (lowest, highest)


@pytest.mark.parametrize(
    ("text", "lowest", "highest"),
    [
        ("scriptDirectory", "1.38.9", NEW),
        ("m.wasmJSMethod=1;", OLD, "1.37.23"),
        ('"anyfunc"', "1.38.26", NEW),
        ('"anyfunc";m.wasmTableSize=4;', OLD, "1.38.25"),
        ("function updateGlobalBuffer(buf){}", OLD, "1.38.29"),
        ("var INITIAL_TOTAL_MEMORY=1;", "1.38.30", "1.39.8"),
        ('updateGlobalBufferViews();ENVIRONMENT_IS_NODE = typeof process === "object"', OLD, "1.38.33"),
        ("ENVIRONMENT_HAS_NODE=typeof process", "1.38.34", "1.39.7"),
        ('Module["thisProgram"]="./this.program";', OLD, "1.38.40"),
        ("m.thisProgram='./this.program';", OLD, "1.38.40"),
        ("var thisProgram = './this.program';", "1.38.41", NEW),
        ("updateGlobalBufferAndViews(b)", "1.38.43", NEW),
        ('var info={"env":a,"wasi_unstable":a};', "1.38.44", "1.39.4"),
        ("e={env:a,wasi_snapshot_preview1:a}", "1.39.5", NEW),
        ("var a;", OLD, NEW),
    ],
)
def test_the_glue_bounds_the_epoch(text: str, lowest: str, highest: str) -> None:
    assert bounds(facts("env._puts", text=text)) == (lowest, highest)


@pytest.mark.parametrize(
    ("imported", "lowest", "highest"),
    [
        ("env.___syscall5 i(ii)", OLD, "1.39.8"),
        ("env.___syscall5 i(iii)", "1.39.9", NEW),
        ("env.___syscall20 i()", "1.39.9", NEW),
        ("env.___syscall15 i(ii)", OLD, NEW),
    ],
)
def test_how_system_calls_get_their_arguments_bounds_the_epoch(imported: str, lowest: str, highest: str) -> None:
    assert bounds(facts(imported)) == (lowest, highest)


def test_a_relocatable_program_imports_its_stack_in_any_epoch() -> None:
    assert bounds(facts("env.STACKTOP global", "env.gb global", "env.fb global")) == (OLD, NEW)


def test_minified_imports_count_under_their_names_in_clear() -> None:
    named = facts("env.a").with_glue(Glue(import_names={"a": "___wasi_fd_write"}), "")
    assert bounds(named) == ("1.38.44", NEW)


def test_a_build_between_two_releases_has_both_for_its_bounds() -> None:
    epoch, evidence = date(facts("env.STACKTOP global", glue=Glue(stack_base=5000)))
    assert epoch == Epoch(Release(1, 38, 23), Release(1, 38, 24))
    assert [e.rule for e in evidence] == ["epoch-from", "epoch-to", "epoch-between"]


def test_evidence_names_what_bounds_each_end() -> None:
    _, evidence = date(facts("env.tableBase global", "env.___buildEnvironment v(i)"))
    assert [e.sentence for e in evidence] == [
        "imports ___buildEnvironment: environ is in C: 1.38.6 or later",
        "imports tableBase under the old name: 1.38.17 or earlier",
    ]


def metadata(*abi: int) -> Facts:
    fields = b"".join(map(b.u, [0, 0, *abi, 5000, 10]))
    return Facts(read(b.module(b.custom("emscripten_metadata", fields))))


@pytest.mark.parametrize(
    ("abi", "lowest", "highest"),
    [
        ((0, 1), "1.38.24", "1.38.26"),
        ((0, 3), "1.38.31", "1.38.41"),
        ((0, 7), "1.38.46", NEW),
        ((0, 99), OLD, NEW),
    ],
)
def test_metadata_gives_the_abi_version(abi: tuple[int, int], lowest: str, highest: str) -> None:
    assert bounds(metadata(*abi)) == (lowest, highest)


CALL_ABORT, CALL_SIZE, CALL_RESIZE = b"\x41\0\x10\0\x1a", b"\x10\1\x1a", b"\x41\0\x10\2\x1a"
STORE = b"\x41\0\x41\0\x36\2\0"


def with_sbrk(*steps: bytes, old: bool = False, code: bytes = b"\x41\0") -> Facts:
    growth = ("getTotalMemory", "enlargeMemory") if old else ("_emscripten_get_heap_size", "_emscripten_resize_heap")
    imports = [("env", "abortOn", "i(i)"), ("env", growth[0], "i()"), ("env", growth[1], "i(i)")]
    body = b"".join(steps) + code + b.END
    return Facts(
        read(b.build(imports=imports, functions=[("i(i)", body)], exports=[("_sbrk", b.Kind.FUNC, 3)])),
    )


@pytest.mark.parametrize(
    ("steps", "lowest", "highest"),
    [
        ([CALL_ABORT, CALL_SIZE, STORE, CALL_RESIZE], "1.38.25", "1.38.28"),
        ([CALL_ABORT, CALL_SIZE, CALL_RESIZE, STORE], "1.38.29", "1.38.30"),
        ([CALL_SIZE, CALL_ABORT, CALL_RESIZE, STORE], "1.38.31", NEW),
        ([CALL_ABORT, CALL_SIZE], "1.38.25", NEW),
        ([], "1.38.25", NEW),
    ],
)
def test_sbrk_tells_when_off_t_grew(steps: list[bytes], lowest: str, highest: str) -> None:
    assert bounds(with_sbrk(*steps)) == (lowest, highest)


def test_sbrk_with_atomics_says_nothing() -> None:
    fence = b"\xfe\x03\0"
    load = b"\x41\0\xfe\x10\2\0\x1a"
    assert bounds(with_sbrk(CALL_SIZE, load, fence)) == ("1.38.25", NEW)


def test_sbrk_is_known_by_what_it_calls_where_exports_have_no_names() -> None:
    imports = [("env", "abortOn", "i(i)"), ("env", "_emscripten_get_heap_size", "i()")]
    imports.append(("env", "_emscripten_resize_heap", "i(i)"))
    other, body = b"\x41\0" + b.END, CALL_SIZE + CALL_ABORT + CALL_RESIZE + STORE + b"\x41\0" + b.END
    module = b.build(imports=imports, functions=[("i(i)", other), ("i(i)", body)], exports=[("a", b.Kind.FUNC, 4)])
    assert bounds(Facts(read(module))) == ("1.38.31", NEW)


def seeking(*types: str) -> Facts:
    """A module with functions of these types that make the system call for seeking."""
    call = b"\x41\0\x41\0\x10\0"
    zero = {"i": b"", "j": b"\x1a\x42\0", "v": b"\x1a"}
    functions = [(type, call + zero[type[0]] + b.END) for type in types]
    return Facts(read(b.build(imports=[("env", "___syscall140", "i(ii)")], functions=functions)))


@pytest.mark.parametrize(
    ("types", "lowest", "highest"),
    [
        (["i(iii)"], OLD, "1.38.30"),
        (["v(i)", "i(iii)"], OLD, "1.38.30"),
        (["j(iji)"], "1.38.31", "1.38.47"),
        (["i(iii)", "j(iji)"], "1.38.31", "1.38.47"),
        (["v(i)"], OLD, "1.38.47"),
        ([], OLD, "1.38.47"),
    ],
)
def test_seeking_tells_when_off_t_grew(types: list[str], lowest: str, highest: str) -> None:
    assert bounds(seeking(*types)) == (lowest, highest)


def test_a_call_is_no_byte_that_looks_like_one() -> None:
    constant = b"\x41\x90\0\x1a\x41\0" + b.END
    module = b.build(imports=[("env", "___syscall140", "i(ii)")], functions=[("i(iii)", constant)])
    assert bounds(Facts(read(module))) == (OLD, "1.38.47")


def test_the_compilers_version_in_the_data_counts_where_names_are_unknown() -> None:
    line = b"emcc (Emscripten gcc/clang-like replacement) 1.39.0 (commit 12)\0"
    minified = b.build(imports=[("env", "a", "v()")], memories=[b.Limits(1)], data=[(0, line)])
    assert bounds(Facts(read(minified))) == ("1.39.0", "1.39.0")
    clear = b.build(imports=[("env", "_a", "v()")], memories=[b.Limits(1)], data=[(0, line)])
    assert bounds(Facts(read(clear))) == (OLD, NEW)


@pytest.mark.parametrize("tail", [b"", b"x.y.z ", b"\xff\xff\xff"])
def test_a_broken_version_in_the_data_says_nothing(tail: bytes) -> None:
    line = b"(Emscripten gcc/clang-like replacement) " + tail
    minified = b.build(imports=[("env", "a", "v()")], memories=[b.Limits(1)], data=[(0, line)])
    assert bounds(Facts(read(minified))) == ("1.38.17", NEW)


def test_every_row_bounds_something() -> None:
    for row in FINGERPRINTS:
        assert row.first or row.last
        assert not (row.first and row.last) or Release.parse(row.first) <= Release.parse(row.last)


@pytest.mark.parametrize(
    ("look", "seen"),
    [
        (glue("run("), ["run("]),
        (assigned("a", "yes"), ["a"]),
        (assigned("a", "yes", before=","), []),
        (assigned("key", "", operator=":"), ["key"]),
    ],
)
def test_a_look_at_the_glue_gives_what_it_saw(look: Look, seen: list[str]) -> None:
    assert list(look(Facts(facts().module, text='var a = "yes";run({key:1})'))) == seen
