"""What an Emscripten program uses of its host, in one word each."""

from __future__ import annotations

from collections.abc import Sequence

from compat.detect.facts import Facts, Look, exported, exports, functions, imports, namespaces, unless
from compat.detect.model import AbiName
from compat.wasm.model import Kind, MemoryType

_CONSOLE = frozenset(f"___syscall{number}" for number in (6, 54, 91, 140, 145, 146))
"""The system calls of a program that only writes to its standard streams; 91 is free()'s munmap."""


def _files(facts: Facts) -> Sequence[str]:
    return [name for name in functions("___syscall")(facts) if name not in _CONSOLE]


def _shared_memory(facts: Facts) -> Sequence[str]:
    memories = (i.type for i in facts.module.imported(Kind.MEMORY))
    return ["memory"] if any(isinstance(m, MemoryType) and m.limits.shared for m in memories) else []


EMSCRIPTEN: tuple[tuple[str, Look], ...] = (
    ("main", exports("_main")),
    ("embind", functions("__embind_register_")),
    ("EM_ASM", functions("_emscripten_asm_const_")),
    ("EM_JS", exported("___em_js__")),
    ("FS", _files),
    ("exceptions", imports("___cxa_throw")),
    ("catch", imports("___cxa_begin_catch")),
    ("setjmp", imports("_longjmp", "_emscripten_longjmp", "_siglongjmp")),
    ("invoke", functions("invoke_")),
    ("sockets", imports("___syscall102")),
    ("SDL", functions("_SDL_")),
    ("GL", lambda facts: [*functions("_gl")(facts), *functions("_emscripten_gl")(facts)]),
    ("EGL", functions("_egl")),
    ("html5", lambda facts: [*functions("_emscripten_set_")(facts), *functions("_emscripten_webgl_")(facts)]),
    ("mainloop", imports("_emscripten_set_main_loop", "_emscripten_set_main_loop_arg")),
    ("pthreads", _shared_memory),
    ("pthread-stubs", unless(imports("_pthread_create"), _shared_memory)),
    ("atomic64-lib", functions("___atomic_")),
    ("dlopen", imports("gb", "fb")),
    ("addFunction", functions("jsCall_")),
    ("dynCall", exported("dynCall_")),
    ("ASSERTIONS", lambda facts: [*imports("abortStackOverflow")(facts), *functions("nullFunc_")(facts)]),
    ("asm2wasm", namespaces("asm2wasm")),
    ("SAFE_HEAP", imports("segfault", "alignfault")),
    ("emterpreter", imports("EMTSTACKTOP", "EMT_STACK_MAX", "eb")),
    ("fetch", functions("_emscripten_fetch")),
    ("wasi-in-env", functions("___wasi_")),
)

WASI: tuple[tuple[str, Look], ...] = (
    ("command", exports("_start")),
    ("reactor", exports("_initialize")),
    ("sockets", lambda facts: [i.name for i in facts.module.imports if i.name.startswith("sock_")]),
)


_TABLES: dict[AbiName, tuple[tuple[str, Look], ...]] = {
    AbiName.EMSCRIPTEN: EMSCRIPTEN,
    AbiName.EMSCRIPTEN_SIDE: (("SIDE_MODULE", lambda _: ["it"]), *EMSCRIPTEN),
    AbiName.WASI_UNSTABLE: WASI,
    AbiName.WASI_PREVIEW1: WASI,
}


def features(facts: Facts, abi: AbiName) -> tuple[str, ...]:
    """The words that apply, in the order of their table."""
    return tuple(word for word, look in _TABLES.get(abi, ()) if look(facts))
