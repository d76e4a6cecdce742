"""Which Emscripten releases can have made a module: a table of what changed when.

Every row is a thing that can be seen in a binary or its glue, with the first and the last release that has it. Found
with `git log -S` and by comparing the release tags 1.37.0 to 1.39.20 of Emscripten (src/library*.js, src/preamble.js,
src/shell.js, src/postamble.js, emscripten.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from compat._typing import TYPE_CHECKING, NamedTuple
from compat.detect.callers import callers
from compat.detect.facts import (
    Facts,
    Look,
    exported,
    exports,
    given,
    imports,
    listed,
    typed,
    unless,
)
from compat.detect.glue import assignments
from compat.detect.model import LARGE_FILES, Epoch, Evidence, Release
from compat.wasm.metadata import emscripten_metadata
from compat.wasm.model import FuncType, Kind

if TYPE_CHECKING:
    from compat.wasm.instructions import Instruction

OLDEST = Release(1, 37, 0)
"""Older releases wrote drafts of the binary format, which no engine reads."""
NEWEST = Release(1, 39, 20)
"""The last release that still had fastcomp."""


class Fingerprint(NamedTuple):
    """Something that only the releases from `first` to `last` make; None leaves that end open."""

    look: Look
    first: str | None
    last: str | None
    sentence: str


_Sighting = tuple[Release | None, Release | None, str]
"""The first and the last release that make what was seen, and what that is."""


class _Range:
    """The releases left, and what bounds them at either end."""

    def __init__(self) -> None:
        self.lowest, self.highest = OLDEST, NEWEST
        self.evidence: dict[str, Evidence] = {}

    def narrow(self, sightings: Iterable[_Sighting]) -> None:
        for first, last, sentence in sightings:
            if first and first > self.lowest:
                self.lowest = first
                self.evidence["from"] = Evidence("epoch-from", f"{sentence}: {first} or later")
            if last and last < self.highest:
                self.highest = last
                self.evidence["to"] = Evidence("epoch-to", f"{sentence}: {last} or earlier")


def date(facts: Facts) -> tuple[Epoch, tuple[Evidence, ...]]:
    """The releases that agree with everything seen, and what bounds them at either end."""
    releases = _Range()
    releases.narrow(_rows(facts))
    releases.narrow(_metadata(facts))
    releases.narrow(_compiler_string(facts))
    # Reading code takes longer than all the rest.
    for look in (_sbrk, _seek):
        if releases.lowest < LARGE_FILES <= releases.highest:
            releases.narrow(look(facts))
    evidence = tuple(releases.evidence[end] for end in ("from", "to") if end in releases.evidence)
    low, high = releases.lowest, releases.highest
    if low > high:
        # Releases were cut from a branch that people also built from: such a build has some of the next release's
        # changes. Farther apart, the glue and the module are not of one build, or the program brings its own functions.
        low, high = high, low
        sentence = f"these two disagree: built between {low} and {high}, or of parts that were"
        evidence = (*evidence, Evidence("epoch-between", sentence))
    return Epoch(low, high), evidence


def _rows(facts: Facts) -> Iterator[_Sighting]:
    for row in FINGERPRINTS:
        if seen := row.look(facts):
            first = Release.parse(row.first) if row.first else None
            last = Release.parse(row.last) if row.last else None
            yield first, last, row.sentence.format(listed(seen))


def glue(*texts: str) -> Look:
    """Any of these texts occurs in the glue."""
    return lambda facts: [text for text in texts if text in facts.text]


def assigned(name: str, value: str, before: str = "", operator: str = "=") -> Look:
    """The glue gives `name` a value that starts with `value`, where quotes do not count; if `before` is given, one of
    its characters stands in front of the name.
    """
    return lambda facts: [
        name
        for a in assignments(facts.text, name, operator)
        if a.value.lstrip("\"'").startswith(value) and (not before or a.before in before)
    ][:1]


_SYSTEM_CALL = FuncType.parse("i(ii)")


def _direct_calls(facts: Facts) -> list[str]:
    """System calls that are imported with their own arguments, not with a number and an address."""
    return [name for name in facts.functions if name.startswith("___syscall") and facts.env[name] != _SYSTEM_CALL]


FINGERPRINTS: tuple[Fingerprint, ...] = (
    # Imports of env.
    Fingerprint(imports("___map_file"), "1.37.5", None, "imports {}"),
    Fingerprint(imports("ABORT"), None, "1.38.11", "imports the global {}"),
    Fingerprint(imports("__ZSt18uncaught_exceptionv"), None, "1.38.4", "imports {}, of libc++ before its version 6"),
    Fingerprint(imports("___cxa_uncaught_exception"), "1.38.5", "1.38.39", "imports {}, of libc++ 6"),
    Fingerprint(imports("___cxa_uncaught_exceptions"), "1.38.40", None, "imports {}, of libc++ 8"),
    Fingerprint(imports("___buildEnvironment"), "1.38.6", None, "imports {}: environ is in C"),
    Fingerprint(lambda facts: ["minified names"] if facts.minified else [], "1.38.17", None, "has {}"),
    Fingerprint(imports("memoryBase", "tableBase"), None, "1.38.17", "imports {} under the old name"),
    Fingerprint(imports("__memory_base", "__table_base"), "1.38.18", None, "imports {} under the new name"),
    Fingerprint(imports("getTempRet0", "setTempRet0"), "1.38.20", None, "imports {}"),
    Fingerprint(
        unless(imports("STACKTOP", "STACK_MAX"), imports("gb", "fb")), None, "1.38.23", "imports {} as a global"
    ),
    Fingerprint(imports("enlargeMemory", "getTotalMemory"), None, "1.38.24", "imports {}"),
    Fingerprint(imports("_emscripten_resize_heap", "_emscripten_get_heap_size"), "1.38.25", None, "imports {}"),
    Fingerprint(typed("i()", "abortOnCannotGrowMemory"), None, "1.38.25", "imports {}"),
    Fingerprint(typed("i(i)", "abortOnCannotGrowMemory"), "1.38.26", None, "imports {}"),
    Fingerprint(imports("_emscripten_receive_on_main_thread_js"), "1.38.26", None, "imports {}"),
    Fingerprint(
        imports(
            *("_pthread_key_create", "_pthread_getspecific", "_pthread_setspecific", "_pthread_once"),
            *("_pthread_mutex_init", "_pthread_mutex_destroy"),
        ),
        None,
        "1.38.27",
        "imports {} from JavaScript, which later is C",
    ),
    Fingerprint(imports("___syscall146"), None, "1.38.43", "writes through {}"),
    Fingerprint(imports("___wasi_fd_write"), "1.38.44", None, "writes through {}"),
    Fingerprint(imports("DYNAMICTOP_PTR"), None, "1.38.45", "imports the global {}"),
    Fingerprint(imports("___syscall6", "___cxa_pure_virtual"), None, "1.38.46", "imports {}"),
    Fingerprint(imports("___wasi_fd_close"), "1.38.47", None, "imports {}"),
    Fingerprint(imports("___syscall140", "___syscall145"), None, "1.38.47", "imports {}"),
    Fingerprint(imports("___wasi_fd_read", "___wasi_fd_seek"), "1.38.48", None, "imports {}"),
    Fingerprint(imports("___syscall118"), None, "1.38.48", "imports {}"),
    Fingerprint(imports("___lock", "___unlock"), None, "1.39.8", "imports {}"),
    Fingerprint(
        typed("i(ii)", "___syscall3", "___syscall5", "___syscall54", "___syscall221"),
        None,
        "1.39.8",
        "imports {}, a call with the address of its arguments",
    ),
    Fingerprint(_direct_calls, "1.39.9", None, "imports {} with the arguments themselves"),
    # Exports.
    Fingerprint(exported("___em_js__"), "1.37.36", None, "exports {}: EM_JS"),
    Fingerprint(exports("___emscripten_environ_constructor"), "1.38.6", None, "exports {}"),
    Fingerprint(exports("getTempRet0", "setTempRet0"), None, "1.38.19", "exports {}"),
    Fingerprint(exports("runPostSets"), None, "1.38.20", "exports {}"),
    Fingerprint(exports("setThrew"), None, "1.38.25", "exports {}"),
    Fingerprint(exports("_setThrew", "globalCtors"), "1.38.26", None, "exports {}"),
    # The glue. Properties of Module survive Closure, variables do not.
    Fingerprint(glue("wasmJSMethod"), None, "1.37.23", "its glue has {}"),
    Fingerprint(glue("usingWasm"), "1.37.2", "1.38.22", "its glue has {}"),
    Fingerprint(glue("scriptDirectory"), "1.38.9", None, "its glue has {}"),
    Fingerprint(
        lambda facts: ["STACK_BASE"] if facts.glue.stack_base else [], "1.38.24", None, "its glue has {} as a constant"
    ),
    Fingerprint(glue("wasmTableSize"), None, "1.38.25", "its glue has {}"),
    Fingerprint(unless(glue("anyfunc"), glue("wasmTableSize")), "1.38.26", None, "its glue lacks wasmTableSize"),
    Fingerprint(glue("updateGlobalBuffer("), None, "1.38.29", "its glue has {})"),
    Fingerprint(glue("to link in libcxxabi demangling"), None, "1.38.33", "its glue says {}"),
    Fingerprint(glue("INITIAL_TOTAL_MEMORY"), "1.38.30", "1.39.8", "its glue has {}"),
    Fingerprint(
        given(glue("updateGlobalBufferViews"), assigned("ENVIRONMENT_IS_NODE", "typeof process")),
        None,
        "1.38.33",
        "its glue looks for node without ENVIRONMENT_HAS_NODE",
    ),
    Fingerprint(glue("ENVIRONMENT_HAS_NODE"), "1.38.34", "1.39.7", "its glue has {}"),
    Fingerprint(
        assigned("thisProgram", "./this", before=".\"'"),
        None,
        "1.38.40",
        "its glue keeps {} in Module",
    ),
    Fingerprint(assigned("thisProgram", "./this", before=" \n,;"), "1.38.41", None, "its glue keeps {} in a variable"),
    Fingerprint(glue("updateGlobalBufferViews"), None, "1.38.42", "its glue has {}"),
    Fingerprint(glue("updateGlobalBufferAndViews"), "1.38.43", None, "its glue has {}"),
    Fingerprint(assigned("wasi_unstable", "", operator=":"), "1.38.44", "1.39.4", "its glue provides {}"),
    Fingerprint(assigned("wasi_snapshot_preview1", "", operator=":"), "1.39.5", None, "its glue provides {}"),
)

_ABI_VERSIONS: dict[tuple[int, int], tuple[str, str | None]] = {
    (0, 0): ("1.38.23", "1.38.23"),
    (0, 1): ("1.38.24", "1.38.26"),
    (0, 2): ("1.38.27", "1.38.30"),
    (0, 3): ("1.38.31", "1.38.41"),
    (0, 4): ("1.38.42", "1.38.43"),
    (0, 5): ("1.38.44", "1.38.45"),
    (0, 7): ("1.38.46", None),
}
"""ABI version in `emscripten_metadata` -> the releases that write it."""


def _metadata(facts: Facts) -> Iterator[_Sighting]:
    metadata = emscripten_metadata(facts.module)
    if metadata is None:
        return
    first, last = _ABI_VERSIONS.get(metadata.abi, (None, None))
    major, minor = metadata.abi
    yield (
        Release.parse(first) if first else None,
        Release.parse(last) if last else None,
        f"emscripten_metadata gives ABI version {major}.{minor}",
    )


def _sbrk(facts: Facts) -> Iterator[_Sighting]:
    """`_sbrk` is library code inside the module, rewritten whenever the contract with the host changed."""
    steps = _sbrk_steps(facts)
    asks, resizes = "_emscripten_get_heap_size", "_emscripten_resize_heap"
    if "getTotalMemory" in steps:
        yield None, Release(1, 38, 24), "its _sbrk asks getTotalMemory"
    elif asks in steps[:1]:
        yield LARGE_FILES, None, "its _sbrk first asks for the heap size"
    elif {asks, resizes, "store"} <= set(steps):
        if steps.index("store") < steps.index(resizes):
            yield Release(1, 38, 25), Release(1, 38, 28), "its _sbrk stores the heap's end before it resizes the heap"
        else:
            yield Release(1, 38, 29), Release(1, 38, 30), "its _sbrk stores the heap's end after it resizes the heap"


def _sbrk_steps(facts: Facts) -> list[str]:
    """The host functions that `_sbrk` calls, and `store` for each store it makes, in order.

    Where exports have no names, it is what first asks for a larger heap.
    """
    functions = facts.module.imported(Kind.FUNC)
    index = facts.exports.get("_sbrk", -1) - len(functions)
    body: Iterable[Instruction]
    if 0 <= index < len(facts.module.codes):
        from compat.wasm.instructions import instructions  # not above: for a few releases only

        body = instructions(facts.module, facts.module.codes[index])
    else:
        body = next((caller.body for caller in callers(facts, "_emscripten_resize_heap")), ())
    clear = facts.glue.import_names
    steps = []
    for instruction in body:
        called = instruction.immediates[0] if instruction.name == "call" else None
        if isinstance(called, int) and called < len(functions):
            steps.append(clear.get(functions[called].name, functions[called].name))
        elif instruction.name == "i32.store":
            steps.append("store")
        elif ".atomic." in instruction.name:
            return []  # With threads it is another function, that did not change alike.
    return steps


_SEEK, _SMALL_SEEK = FuncType.parse("j(iji)"), FuncType.parse("i(iii)")
"""lseek, and the function by which stdio seeks: a file, an offset, from where; the result is an offset."""


def _seek(facts: Facts) -> Iterator[_Sighting]:
    """The library's functions that seek: their type has a 64-bit offset as soon as `off_t` has 64 bits."""
    types = {caller.type for caller in callers(facts, "___syscall140")}
    if _SEEK in types:
        yield LARGE_FILES, None, "it seeks by offsets of 64 bits"
    elif _SMALL_SEEK in types:
        yield None, Release(1, 38, 30), "it seeks by offsets of 32 bits"


_COMPILER = b"(Emscripten gcc/clang-like replacement) "


def _compiler_string(facts: Facts) -> Iterator[_Sighting]:
    """Programs that print how they were built have the compiler's version line among their strings.

    Asked only where no names speak, since it means searching all data.
    """
    if not facts.minified or (facts.glue.import_names and not facts.glue.closure):
        return
    position = facts.module.data.find(_COMPILER, facts.module.code_offset)
    if position < 0:
        return
    start = position + len(_COMPILER)
    version, _, _ = facts.module.data[start : start + 12].decode("ascii", "replace").partition(" ")
    try:
        release = Release.parse(version)
    except ValueError:
        return
    yield release, release, f"a string in its data names the compiler, emcc {release}"
