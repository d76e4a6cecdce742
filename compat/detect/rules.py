"""Which ABI a module is of: a table of rules, each with a vote and a sentence.

A vote is in bits: 1 makes an ABI twice as likely. The best sum wins, UNKNOWN standing at zero, and the confidence
follows from its lead over the second. So several weak signs add up, and no single name decides.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from compat._typing import NamedTuple
from compat.detect.facts import (
    Facts,
    Look,
    exported,
    exports,
    functions,
    given,
    imports,
    listed,
    namespaces,
    sections,
    typed,
    unless,
)
from compat.detect.model import AbiName, Evidence
from compat.wasm.metadata import emscripten_metadata
from compat.wasm.model import FuncType, Kind


class Rule(NamedTuple):
    """If `look` sees something, `votes` are counted and `sentence` says so, `{}` standing for what was seen."""

    name: str
    look: Look
    votes: Mapping[AbiName, float]
    sentence: str


class Verdict(NamedTuple):
    """The ABI with the most votes."""

    abi: AbiName
    confidence: float
    """0 to 1."""
    evidence: tuple[Evidence, ...]


def judge(facts: Facts) -> Verdict:
    """Weigh all rules."""
    scores = dict.fromkeys(AbiName, 0.0)
    evidence = []
    for rule in RULES:
        if seen := rule.look(facts):
            for abi, bits in rule.votes.items():
                scores[abi] += bits
            evidence.append(Evidence(rule.name, rule.sentence.format(listed(seen))))
    # A tie with UNKNOWN is UNKNOWN.
    best, second = sorted(scores, key=lambda abi: (scores[abi], abi is AbiName.UNKNOWN), reverse=True)[:2]
    confidence = 1 / (1 + 2 ** (scores[second] - scores[best]))
    return Verdict(best, round(confidence, 3), tuple(evidence))


def _no_imports(facts: Facts) -> Sequence[str]:
    return [] if facts.module.imports else ["nothing"]


def _underscored(facts: Facts) -> Sequence[str]:
    """C names as fastcomp decorates them, where they are most of what is imported."""
    seen = [name for name in facts.functions if name.startswith("_")]
    return seen if len(seen) * 2 > len(facts.functions) else []


def _bare_names(facts: Facts) -> Sequence[str]:
    """C names without decoration, of functions that only Emscripten's library has."""
    return [name for name in facts.functions if name.startswith(("emscripten_", "__cxa_", "__syscall"))]


def _minified_fastcomp(facts: Facts) -> Sequence[str]:
    """Upstream imports no globals unless it makes position-independent code, which it does not minify."""
    if not facts.minified or not any(i.module == "env" for i in facts.module.imported(Kind.GLOBAL)):
        return []
    return [str(len(facts.module.imports))]


def _minified_upstream(facts: Facts) -> Sequence[str]:
    if facts.minified and not facts.module.imported(Kind.GLOBAL):
        return ["env"]
    return ["a"] if set(facts.namespaces) == {"a"} else []


def _wasi_threads(facts: Facts) -> Sequence[str]:
    return [name for name in facts.namespaces.get("wasi", ()) if name.startswith("thread")]


def _prefixed(*prefixes: str) -> Look:
    return lambda facts: [name for name in facts.namespaces if name.startswith(prefixes)]


def _first_dylink(facts: Facts) -> Sequence[str]:
    return [c.name for c in facts.module.customs if c.name == "dylink" and c.first]


def _wasm_backend(facts: Facts) -> Sequence[str]:
    metadata = emscripten_metadata(facts.module)
    return ["emscripten_metadata"] if metadata and metadata.wasm_backend else []


def _bindgen_glue(facts: Facts) -> Sequence[str]:
    return [name for name in facts.namespaces if name.startswith("./") and name.endswith("_bg.js")]


def _four_integers(facts: Facts) -> Sequence[str]:
    found = typed("v(iiii)", "abort")(facts)
    return found if not facts.module.imported(Kind.TABLE) else []


def _linear_memory(facts: Facts) -> Sequence[str]:
    return [name for name in facts.namespaces.get("env", ()) if name == "__linear_memory"]


def _host_functions(facts: Facts) -> Sequence[str]:
    """Functions from modules of the embedder's own."""
    own = {"env", "wasi_unstable", "wasi_snapshot_preview1", "global", "global.Math", "asm2wasm"}
    return [
        f"{i.module}.{i.name}" for i in facts.module.imports if i.module not in own and isinstance(i.type, FuncType)
    ]


_WASI = namespaces("wasi_unstable", "wasi_snapshot_preview1")
_FASTCOMP_GLOBALS = ("DYNAMICTOP_PTR", "tempDoublePtr", "STACKTOP", "STACK_MAX", "ABORT", "cttz_i8", "EMTSTACKTOP")
_RUNTIME = (
    *("enlargeMemory", "getTotalMemory", "abortOnCannotGrowMemory", "abortStackOverflow", "setTempRet0", "getTempRet0"),
    *("segfault", "alignfault", "ftfault"),
)

RULES: tuple[Rule, ...] = (
    Rule(
        "asm2wasm-modules",
        namespaces("asm2wasm", "global", "global.Math"),
        {AbiName.EMSCRIPTEN: 12, AbiName.EMSCRIPTEN_SIDE: 12},
        "imports from {}, modules that only Binaryen's asm2wasm makes, and so Emscripten's fastcomp",
    ),
    Rule(
        "fastcomp-globals",
        imports(*_FASTCOMP_GLOBALS),
        {AbiName.EMSCRIPTEN: 10},
        "imports {}: addresses that fastcomp's glue hands in as globals",
    ),
    Rule(
        "fastcomp-bases",
        imports("memoryBase", "tableBase"),
        {AbiName.EMSCRIPTEN: 10, AbiName.EMSCRIPTEN_SIDE: 10},
        "imports {}, as fastcomp called its bases up to 1.38.17",
    ),
    Rule(
        "bases",
        imports("__memory_base", "__table_base"),
        {AbiName.EMSCRIPTEN: 6, AbiName.EMSCRIPTEN_SIDE: 6, AbiName.EMSCRIPTEN_UPSTREAM: 3},
        "imports {}: fastcomp always, upstream for position-independent code",
    ),
    Rule(
        "fastcomp-runtime",
        lambda facts: [*imports(*_RUNTIME)(facts), *functions("nullFunc_")(facts), *functions("jsCall_")(facts)],
        {AbiName.EMSCRIPTEN: 5},
        "imports {}: helpers that fastcomp's output calls",
    ),
    Rule(
        "fastcomp-syscalls",
        functions("___syscall"),
        {AbiName.EMSCRIPTEN: 6},
        "imports {}: system calls, with fastcomp's extra underscore",
    ),
    Rule(
        "underscored",
        _underscored,
        {AbiName.EMSCRIPTEN: 2, AbiName.EMSCRIPTEN_SIDE: 2},
        "imports C functions under a leading underscore: {}",
    ),
    Rule(
        "minified-fastcomp",
        _minified_fastcomp,
        {AbiName.EMSCRIPTEN: 8},
        "has {} imports with names from Binaryen's short sequence, some of them globals",
    ),
    Rule(
        "side-module",
        _first_dylink,
        {AbiName.EMSCRIPTEN_SIDE: 12, AbiName.EMSCRIPTEN_UPSTREAM: 4},
        "starts with the section {}: a side module, to be linked into a program",
    ),
    Rule(
        "post-instantiate",
        exports("__post_instantiate"),
        {AbiName.EMSCRIPTEN_SIDE: 4},
        "exports {}, which sets a side module up",
    ),
    Rule(
        "upstream-side-module",
        lambda facts: [*sections("dylink.0")(facts), *given(sections("dylink"), imports("__stack_pointer"))(facts)],
        {AbiName.EMSCRIPTEN_UPSTREAM: 20},
        "has {}: a side module of the upstream LLVM backend",
    ),
    Rule(
        "wasm-backend",
        _wasm_backend,
        {AbiName.EMSCRIPTEN_UPSTREAM: 16},
        "says in {} that the upstream LLVM backend made it",
    ),
    Rule(
        "upstream-syscalls",
        functions("__syscall", "___syscall"),
        {AbiName.EMSCRIPTEN_UPSTREAM: 8},
        "imports {}: system calls without fastcomp's extra underscore",
    ),
    Rule(
        "upstream-names",
        unless(_bare_names, imports(*_FASTCOMP_GLOBALS)),
        {AbiName.EMSCRIPTEN_UPSTREAM: 12},
        "imports {} without a leading underscore, as the upstream LLVM backend names them",
    ),
    Rule(
        "upstream-constructors",
        given(_bare_names, exports("__wasm_call_ctors")),
        {AbiName.EMSCRIPTEN_UPSTREAM: 2},
        "exports {}, the upstream linker's constructor",
    ),
    Rule(
        "upstream-minified",
        _minified_upstream,
        {AbiName.EMSCRIPTEN_UPSTREAM: 12},
        "has minified imports from {} and imports no global: Emscripten's upstream LLVM backend",
    ),
    Rule("wasi-unstable", namespaces("wasi_unstable"), {AbiName.WASI_UNSTABLE: 10}, "imports from {}"),
    Rule("wasi-preview1", namespaces("wasi_snapshot_preview1"), {AbiName.WASI_PREVIEW1: 10.5}, "imports from {}"),
    Rule(
        "wasi-command",
        given(_WASI, exports("_start")),
        {AbiName.WASI_UNSTABLE: 1, AbiName.WASI_PREVIEW1: 1},
        "exports {}: a WASI command",
    ),
    Rule(
        "wasi-reactor",
        given(_WASI, exports("_initialize")),
        {AbiName.WASI_UNSTABLE: 1, AbiName.WASI_PREVIEW1: 1},
        "exports {}: a WASI reactor",
    ),
    Rule(
        "host-functions",
        given(_WASI, _host_functions),
        {},
        "imports {} besides WASI: functions of the program that embeds it",
    ),
    Rule(
        "wasix",
        namespaces("wasix_32v1", "wasix_64v1"),
        {AbiName.WASIX: 20},
        "imports from {}: WASIX, an extension of WASI",
    ),
    Rule("wasi-threads", _wasi_threads, {AbiName.WASI_THREADS: 16}, "imports {} from wasi: the proposal wasi-threads"),
    Rule(
        "component-imports",
        _prefixed("wasi:", "cm32p2", "[export]"),
        {AbiName.COMPONENT: 16},
        "imports from {}: the core of a component",
    ),
    Rule(
        "relocatable",
        lambda facts: [*sections("linking")(facts), *_linear_memory(facts)],
        {AbiName.OBJECT: 24},
        "has {}: an object file, not linked yet",
    ),
    Rule(
        "assemblyscript-abort",
        _four_integers,
        {AbiName.ASSEMBLYSCRIPT: 10},
        "imports {} and no table, as AssemblyScript does",
    ),
    Rule(
        "assemblyscript-runtime",
        lambda facts: [
            *exports("__new", "__pin", "__unpin", "__collect", "__retain", "__release", "__allocArray")(facts),
            *imports("seed", "console.log")(facts),
        ],
        {AbiName.ASSEMBLYSCRIPT: 5},
        "has {} of AssemblyScript's runtime",
    ),
    Rule("go", namespaces("go", "gojs"), {AbiName.GO: 20}, "imports from {}: Go's JavaScript runtime"),
    Rule(
        "wasm-bindgen",
        lambda facts: [*_prefixed("wbg", "__wbindgen_")(facts), *_bindgen_glue(facts), *exported("__wbindgen_")(facts)],
        {AbiName.WASM_BINDGEN: 20},
        "has {} of Rust's wasm-bindgen",
    ),
    Rule("no-imports", _no_imports, {AbiName.BARE: 20}, "imports {}"),
)
