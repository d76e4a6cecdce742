"""The runtime's own functions: ends of a program, memory, the registers that it shares with its host."""

from __future__ import annotations

from tests.calls import PAGES, Out, call, case, u32

from .guest import OWNED, STACK, errno

SIZE = PAGES << 16
GROWS = {"memory": f"{PAGES} 16"}

CASES = [
    # --- ends
    case("abort with a number", call("abort", 3, ends="abort(3)")),
    case("abort", call("abort", ends="abort()")),
    case("abort in bytecode", call("abort", 3, gives=0, ends="abort(3)")),
    case("abort(3)", call("_abort", ends="abort() was called")),
    case("llvm.trap", call("_llvm_trap", ends="trap")),
    case("assert", call("___assert_fail", "x > 0", "a.c", 7, "main", ends="assertion failed: x > 0 (a.c:7, main)")),
    case(
        "assert without a place",
        call("___assert_fail", "x", 0, 7, 0, ends="assertion failed: x (unknown file:7, unknown function)"),
    ),
    case("assert, newlib's", call("___assert_func", "a.c", 7, "main", "x > 0", ends="failed: x > 0 (a.c:7, main)")),
    case("assert, newlib's, of nothing known", call("___assert_func", 0, 7, 0, 0, ends="failed: unknown condition")),
    case("the stack overflows", call("___handle_stack_overflow", ends="stack overflow")),
    case(
        "hints",
        *(call(name, 1024, 0, 3, 1, gives=None) for name in ("___builtin_prefetch", "_llvm_prefetch")),
        call("_emscripten_has_asyncify", gives=0),
    ),
    case("the emterpreter's stack overflows", call("abortStackOverflowEmterpreter", ends="emterpreter's stack")),
    case("stack overflow", call("abortStackOverflow", 99, ends="no room for 99 bytes on a stack of 65536")),
    *(
        case(f"nullFunc_{sig}", call(f"nullFunc_{sig}", 5, ends=f"of type '{sig}' is called that is null"))
        for sig in ("v", "iii", "jiji", "X")
    ),
    case("segfault", call("segfault", ends="segmentation fault")),
    case("alignfault", call("alignfault", ends="alignment fault")),
    case("ftfault", call("ftfault", ends="function table")),
    *(case(name, call(name, 7, exits=7)) for name in ("_exit", "_emscripten_force_exit", "__exit", "__Exit")),
    case("___cxa_pure_virtual", call("___cxa_pure_virtual", ends="pure virtual")),
    case("std::terminate", call("__ZSt9terminatev", ends="terminate")),
    case("___cxa_call_unexpected", call("___cxa_call_unexpected", 0, ends="declares that it does not throw")),
    case("main is left, and nothing is shut down", call("_emscripten_exit_with_live_runtime", gives=None)),
    case(
        "functions to call at exit: test_guest.py lets a program end and sees them called",
        call("_atexit", 7),
        *(call(name, 7, 5, 0) for name in ("___cxa_atexit", "___cxa_thread_atexit", "___cxa_thread_atexit_impl")),
    ),
    case(
        "a slot of the host's that is empty: test_pointers.py has those that are not",
        call("jsCall_vii", 3, 1, 2, gives=None, ends="slot 3 of the host's function pointers is called, and empty"),
    ),
    # --- memory
    *(
        case(f"{name} tells the size of memory", call(name, gives=SIZE))
        for name in ("getTotalMemory", "_emscripten_get_heap_size")
    ),
    case(
        "memory grows to hold the heap, up to its maximum",
        call("_emscripten_get_heap_max", gives=0x7FFF0000),
        call("_emscripten_resize_heap", SIZE + 1, gives=1),
        call("_emscripten_get_heap_size", gives=16 << 16),
        call("_emscripten_resize_heap", (16 << 16) + 1, gives=0),
        call("_emscripten_get_heap_size", gives=16 << 16),
        module=GROWS,
    ),
    case(
        "memory that cannot grow",
        call("_emscripten_resize_heap", SIZE + 1, gives=0),
        call("_emscripten_get_heap_max", gives=SIZE),
    ),
    case(
        "memory grows to where the program has moved the end of its heap",
        call("enlargeMemory", gives=1),
        module=GROWS,
    ),
    case(
        "out of memory",
        call("abortOnCannotGrowMemory", 4711, gives=0, ends="out of memory: the program was built with 524288 bytes"),
    ),
    case("out of memory, before 1.38.26", call("abortOnCannotGrowMemory", gives=0, ends="out of memory")),
    case(
        "out of memory, in a program that expects no failure",
        call("_emscripten_resize_heap", SIZE + 1, gives=0, ends="out of memory"),
        call("abortOnCannotGrowMemory", 0, gives=0, ends="out of memory"),
    ),
    case(
        "the end of the heap",
        call("_emscripten_get_sbrk_ptr", gives=OWNED.start + 16),
    ),
    case(
        "a large block is copied",
        call("_emscripten_memcpy_big", Out(b"abc", 8), b"abcdef", 3),
        call("_emscripten_memcpy_big", SIZE - 2, b"abcdef", 3, gives=0, ends="out of bounds"),
    ),
    # --- registers
    case(
        "the stack is saved and restored",
        call("_llvm_stacksave", gives=STACK.start),
        call("_llvm_stackrestore", STACK.start + 160, gives=None),
        call("_llvm_stacksave", gives=STACK.start + 160),
        call("_emscripten_get_stack_base", gives=STACK.start),
    ),
    case(
        "locks are free",
        call("___lock", u32(0), gives=None),
        call("___unlock", u32(0), gives=None),
        call("___lockfile", u32(0), gives=1),
        call("___unlockfile", u32(0), gives=None),
    ),
    case("errno", call("___setErrNo", 34, gives=None, writes=errno(34))),
    case(
        "the register for a second result",
        call("getTempRet0", gives=0),
        call("setTempRet0", -5, gives=None),
        call("getTempRet0", gives=-5),
    ),
]
