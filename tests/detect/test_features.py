from __future__ import annotations

import pytest

from compat.detect.facts import Facts
from compat.detect.features import features
from compat.detect.model import AbiName
from compat.wasm.model import Import, Limits, MemoryType, Module
from tests.detect.modules import facts


@pytest.mark.parametrize(
    ("imports", "exports", "words"),
    [
        ([], ["_main", "dynCall_vi"], ["main", "dynCall"]),
        (["env.___syscall6", "env.___syscall54", "env.___syscall146"], [], []),
        (["env.___syscall6", "env.___syscall5"], [], ["FS"]),
        (["env.___syscall102"], [], ["FS", "sockets"]),
        (
            ["env.___cxa_throw v(iii)", "env.___cxa_begin_catch", "env.invoke_vi v(ii)"],
            [],
            ["exceptions", "catch", "invoke"],
        ),
        (["env._longjmp v(ii)"], [], ["setjmp"]),
        (["env.__embind_register_void v(ii)"], [], ["embind"]),
        (["env._emscripten_asm_const_ii i(ii)"], ["___em_js__log"], ["EM_ASM", "EM_JS"]),
        (["env._pthread_create i(iiii)"], [], ["pthread-stubs"]),
        (["env.jsCall_vi v(ii)"], [], ["addFunction"]),
        (["env.abortStackOverflow v(i)", "env.nullFunc_ii v(i)"], [], ["ASSERTIONS"]),
        (["env._glClear v(i)", "env._eglSwapBuffers i(ii)", "env._SDL_Init"], [], ["SDL", "GL", "EGL"]),
        (["asm2wasm.f64-rem d(dd)"], [], ["asm2wasm"]),
        (["env.___wasi_fd_write i(iiii)"], [], ["wasi-in-env"]),
        (["env.EMTSTACKTOP global"], [], ["emterpreter"]),
        (["env.gb global", "env.fb global"], [], ["dlopen"]),
    ],
)
def test_an_emscripten_program_uses(imports: list[str], exports: list[str], words: list[str]) -> None:
    assert list(features(facts(*imports, exports=exports), AbiName.EMSCRIPTEN)) == words


def test_shared_memory_means_threads() -> None:
    shared = Import("env", "memory", MemoryType(Limits(16, 16, shared=True)))
    create = facts("env._pthread_create i(iiii)").module.imports
    assert features(Facts(Module(b"", imports=(shared, *create))), AbiName.EMSCRIPTEN) == ("pthreads",)


def test_a_side_module_says_so() -> None:
    assert features(facts(exports=["dynCall_v"]), AbiName.EMSCRIPTEN_SIDE) == ("SIDE_MODULE", "dynCall")


@pytest.mark.parametrize(("export", "word"), [("_start", "command"), ("_initialize", "reactor")])
def test_a_wasi_program_is_a_command_or_a_reactor(export: str, word: str) -> None:
    assert features(facts("wasi_unstable.fd_write", exports=[export]), AbiName.WASI_UNSTABLE) == (word,)


def test_others_have_no_words() -> None:
    assert features(facts("go.run", exports=["_start"]), AbiName.GO) == ()
