from __future__ import annotations

import pytest

from compat.detect.facts import Facts
from compat.detect.model import AbiName, Glue
from compat.detect.rules import RULES, judge
from compat.wasm.reader import read
from tests.detect.modules import facts, module
from tests.wasm import builder as b

P1, UNSTABLE = "wasi_snapshot_preview1", "wasi_unstable"

MODULES = {
    AbiName.EMSCRIPTEN: [
        # 1.37 to 1.38.17: bases under their old names, and addresses as globals.
        [
            "env.tableBase global",
            "env.DYNAMICTOP_PTR global",
            "env.STACKTOP global",
            "env.memory memory",
            "env.abort v(i)",
        ],
        # With few imports of its own.
        ["env.__table_base global", "env.DYNAMICTOP_PTR global", "env._abort v()"],
        # Minified, without glue.
        ["env.__table_base global", "env.a global", "env.b", "env.c", "env.memory memory", "env.table table"],
        ["env.__table_base global", "env.a", "env.b", "global.NaN global"],
        # Late: system calls through WASI's functions, but in env.
        [
            "env.__table_base global",
            "env.___wasi_fd_write i(iiii)",
            "env.___syscall5",
            "env.getTempRet0 i()",
            "env.invoke_v",
        ],
        ["asm2wasm.f64-rem d(dd)", "env.memory memory"],
        ["env.___syscall146", "env.abort v(i)", "env.memory memory"],
    ],
    AbiName.WASI_PREVIEW1: [
        [f"{P1}.fd_write i(iiii)", f"{P1}.proc_exit v(i)"],
        [f"{P1}.fd_write i(iiii)", "env.host_log v(ii)"],
        [f"{P1}.fd_write i(iiii)", f"{UNSTABLE}.fd_seek i(ijii)"],
        [f"{P1}.fd_write i(iiii)", "host.call v(i)"],
    ],
    AbiName.WASI_UNSTABLE: [
        [f"{UNSTABLE}.fd_write i(iiii)"],
        [f"{UNSTABLE}.fd_write i(iiii)", "env.plugin_name v(ii)"],
    ],
    AbiName.EMSCRIPTEN_UPSTREAM: [
        [f"{UNSTABLE}.fd_write i(iiii)", "env.emscripten_memcpy_big i(iii)", "env.__syscall140 i(ii)"],
        [f"{P1}.fd_close i(i)", "env.emscripten_resize_heap i(i)", "env.memory memory"],
        ["a.a i(i)", "a.b v()"],
        ["env.a i(i)", "env.b v()", "env.memory memory", "env.table table"],
        ["env.__memory_base global", "env.__table_base global", "env.__cxa_throw v(iii)", "env.__stack_pointer global"],
    ],
    AbiName.WASIX: [[f"{P1}.fd_write i(iiii)", "wasix_32v1.thread_spawn i(i)"]],
    AbiName.WASI_THREADS: [[f"{P1}.fd_write i(iiii)", "wasi.thread-spawn i(i)", "env.memory memory"]],
    AbiName.ASSEMBLYSCRIPT: [["env.abort v(iiii)"], ["env.abort v(iiii)", "env.seed d()", "env.memory memory"]],
    AbiName.GO: [["go.wasmExit v(i)"], ["gojs.ticks d()", f"{P1}.fd_write i(iiii)"]],
    AbiName.WASM_BINDGEN: [["wbg.__wbindgen_throw v(ii)"], ["./thing_bg.js.__wbg_log v(i)"]],
    AbiName.COMPONENT: [["wasi:cli/exit@0.2.0.exit v(i)"], ["cm32p2|wasi:io/streams@0.2.write v(i)"]],
    AbiName.OBJECT: [["env.__linear_memory memory", "env.__indirect_function_table table", "env.puts i(i)"]],
    AbiName.BARE: [[]],
    AbiName.UNKNOWN: [["host.add i(ii)"], ["env.log v(i)"], ["env.print_number v(i)", "env.now d()"]],
}


@pytest.mark.parametrize(
    ("abi", "imports"), [(abi, imports) for abi, rows in MODULES.items() for imports in rows], ids=str
)
def test_an_abi_is_told_by_its_imports(abi: AbiName, imports: list[str]) -> None:
    verdict = judge(facts(*imports))
    assert verdict.abi is abi
    assert 0.5 <= verdict.confidence <= 1


def test_every_abi_is_tried() -> None:
    assert set(MODULES) | {AbiName.EMSCRIPTEN_SIDE} == set(AbiName)


SIDE = ["env.__memory_base global", "env.__table_base global", "env.memory memory", "env._puts", "env.abort v(i)"]


@pytest.mark.parametrize("imports", [SIDE, ["env.memoryBase global", "env.tableBase global", "global.NaN global"]])
def test_a_side_module_starts_with_dylink(imports: list[str]) -> None:
    binary = module(*imports, exports=["__post_instantiate"], customs=["dylink"])
    assert judge(Facts(binary)).abi is AbiName.EMSCRIPTEN_SIDE
    assert judge(Facts(module(*imports, customs=["other", "dylink"]))).abi is not AbiName.EMSCRIPTEN_SIDE


@pytest.mark.parametrize("section", ["dylink", "dylink.0"])
def test_a_side_module_with_a_stack_pointer_is_upstreams(section: str) -> None:
    binary = module(*SIDE[:2], "env.__stack_pointer global", "env.puts", customs=[section])
    assert judge(Facts(binary)).abi is AbiName.EMSCRIPTEN_UPSTREAM


def test_an_object_file_has_a_linking_section() -> None:
    assert judge(Facts(module("env.puts", customs=["linking"]))).abi is AbiName.OBJECT


def test_metadata_names_the_upstream_backend() -> None:
    fields = b"".join(map(b.u, [0, 2, 0, 4, 1, 256, 10, 1024, 5_000_000, 2000, 2016]))
    binary = read(b.build(imports=[("env", "_abort", "v()")], first=[b.custom("emscripten_metadata", fields)]))
    assert judge(Facts(binary)).abi is AbiName.EMSCRIPTEN_UPSTREAM


def test_standalone_emscripten_is_wasi() -> None:
    binary = module(f"{P1}.fd_write i(iiii)", exports=["_start", "stackAlloc", "__errno_location"])
    assert judge(Facts(binary)).abi is AbiName.WASI_PREVIEW1


def test_names_in_clear_add_evidence() -> None:
    minified = facts("env.__table_base global", "env.a global", "env.b")
    named = minified.with_glue(Glue(import_names={"a": "DYNAMICTOP_PTR", "b": "___syscall6"}), "")
    assert judge(named).confidence > judge(minified).confidence
    assert {e.rule for e in judge(named).evidence} > {e.rule for e in judge(minified).evidence}


def test_evidence_is_a_sentence_that_names_what_was_seen() -> None:
    evidence = {e.rule: e.sentence for e in judge(facts("wasix_32v1.getcwd", "host.call")).evidence}
    assert evidence == {"wasix": "imports from wasix_32v1: WASIX, an extension of WASI"}


def test_rules_have_names_of_their_own() -> None:
    assert len({rule.name for rule in RULES}) == len(RULES)
    assert all("{}" in rule.sentence for rule in RULES)
