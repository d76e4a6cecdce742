"""The runtime's own functions: the ends of a program, checks of debug builds, memory, locks within libc.

Behaviour: src/preamble.js, src/library.js, src/runtime_*.js and emscripten.py, 1.37.2 to 1.39.x.
"""

from __future__ import annotations

from compat._typing import NoReturn
from compat.abi.bind import Signature
from compat.abi.guest import Exit, KeepAlive, Value
from compat.abi.kinds import I32, U32, Pointer, Text
from compat.abi.row import Table
from compat.emscripten_abi.bridge import Writer
from compat.emscripten_abi.guest import EmscriptenGuest, ImmediateExit
from compat.errors import Abort

env = Table("env", "runtime")

# --- abort, in all its spellings


@env.function("abort")
def abort_with(what: I32) -> NoReturn:
    """The program's own checks; release builds pass the function table in which a pointer was not found."""
    raise Abort(f"abort({what}): a failed check, or a call through a function pointer of another type")


@env.function("abort")
def abort() -> NoReturn:
    """The program's own checks, in builds that give no reason."""
    raise Abort("abort()")


@env.function("abort")
def abort_in_bytecode(what: I32) -> I32:
    """The program's own checks, as the emterpreter calls every function that its bytecode wants a result of."""
    abort_with(what)


@env.function("_abort")
def c_abort() -> NoReturn:
    """abort(3)."""
    raise Abort("abort() was called")


@env.function("_llvm_trap")
def llvm_trap() -> NoReturn:
    """Code that must not be reached, as a compiler's builtin."""
    raise Abort("a trap instruction was reached")


@env.function("___assert_fail")
def assert_fail(condition: Text, file: Text | None, line: I32, function: Text | None) -> NoReturn:
    """A failed assert(3)."""
    place = f"{file or 'unknown file'}:{line}, {function or 'unknown function'}"
    raise Abort(f"assertion failed: {condition} ({place})")


@env.function("___assert_func")
def assert_func(file: Text | None, line: I32, function: Text | None, condition: Text | None) -> NoReturn:
    """A failed assert, of newlib's."""
    assert_fail(condition or "unknown condition", file, line, function)


@env.function("___builtin_prefetch")
@env.function("_llvm_prefetch")
def prefetch(*arguments: I32) -> None:
    """A hint that memory will be used soon, which changes nothing."""


env.absent("___ubsan_handle_{name}", note="the program did what C leaves undefined, which ended it in JavaScript, too")


@env.function("___handle_stack_overflow")
def handle_stack_overflow() -> NoReturn:
    """The stack is full."""
    raise Abort("stack overflow")


@env.function("abortStackOverflowEmterpreter")
def abort_stack_overflow_emterpreter() -> NoReturn:
    """The emterpreter's stack is full."""
    raise Abort("the emterpreter's stack overflowed")


@env.function("abortStackOverflow")
def abort_stack_overflow(guest: EmscriptenGuest, size: U32) -> NoReturn:
    """The stack has no room for `size` bytes (ASSERTIONS, STACK_OVERFLOW_CHECK)."""
    total = guest.layout.stack_max - guest.layout.stack_base
    raise Abort(f"stack overflow: no room for {size} bytes on a stack of {total}")


@env.function("nullFunc_{sig}")
def null_function(signature: Signature, pointer: Pointer) -> NoReturn:
    """A call through a function pointer that is null, or of another type (ASSERTIONS)."""
    raise Abort(f"a function pointer of type '{signature}' is called that is null or of another type: {pointer}")


@env.function("segfault")
def segfault() -> NoReturn:
    """An access to memory that belongs to nobody (SAFE_HEAP)."""
    raise Abort("segmentation fault")


@env.function("alignfault")
def alignfault() -> NoReturn:
    """An access at an address that is not aligned (SAFE_HEAP)."""
    raise Abort("alignment fault")


@env.function("ftfault")
def ftfault() -> NoReturn:
    """A call through a function pointer outside of its table (SAFE_HEAP)."""
    raise Abort("function table mask error")


# --- exit


@env.function("_exit")
def c_exit(status: I32) -> NoReturn:
    """exit(3): exit handlers run and output is flushed when the stack is unwound."""
    raise Exit(status)


@env.function("_emscripten_force_exit")
def emscripten_force_exit(status: I32) -> NoReturn:
    """Exit, even of a program that wanted to live on."""
    raise Exit(status)


def _exit(status: I32) -> NoReturn:
    """Exit at once: nothing is run or flushed (_exit(2)). The glue made no difference between this and exit(3)."""
    raise ImmediateExit(status)


for _name in ("__exit", "__Exit"):
    env.function(_name)(_exit)


@env.function("_emscripten_exit_with_live_runtime")
def emscripten_exit_with_live_runtime() -> NoReturn:
    """Leave main without any shut-down: the program goes on in calls from outside."""
    raise KeepAlive


@env.function("_atexit")
def atexit(guest: EmscriptenGuest, handler: Pointer) -> I32:
    """Have a function called at exit. Returns 0."""
    guest.exit_handlers.append((handler, ()))
    return 0


def cxa_atexit(guest: EmscriptenGuest, handler: Pointer, argument: Pointer, library: Pointer) -> I32:
    """Have a function called with an argument at exit: a destructor of a static or thread-local object. Returns 0."""
    guest.exit_handlers.append((handler, (argument,)))
    return 0


for _name in ("___cxa_atexit", "___cxa_thread_atexit", "___cxa_thread_atexit_impl"):
    env.function(_name)(cxa_atexit)

# --- memory


def _heap_size(w: Writer) -> str:
    """The size of the heap, static data and stack included: the size of memory."""
    layout = w.detection.layout
    if layout and layout.stack_base > layout.dynamic_base:
        # The stack was laid above the heap: the program must not grow into it.
        return f"(i32.const {layout.stack_base})"
    return "(i32.shl (memory.size) (i32.const 16))"


for _name in ("getTotalMemory", "_emscripten_get_heap_size"):
    env.inline(_name, "i()")(_heap_size)


@env.function("enlargeMemory")
def enlarge_memory(guest: EmscriptenGuest) -> I32:
    """Grow memory up to the end of the heap, which the program has moved already (up to 1.38.24). Returns 1 or 0."""
    return _resized(guest, guest.memory.load_u32(guest.dynamic_top))


@env.function("_emscripten_resize_heap")
def emscripten_resize_heap(guest: EmscriptenGuest, size: U32) -> I32:
    """Grow memory to hold a heap of `size` bytes, and move the end of the heap there (from 1.38.25). Returns 1 or 0."""
    return _resized(guest, size)


def _resized(guest: EmscriptenGuest, size: int) -> int:
    if guest.grow_heap(size):
        return 1
    if not guest.can_grow and guest.imports("abortOnCannotGrowMemory"):
        # The program was built with ABORTING_MALLOC: it does not expect a failure.
        _out_of_memory(guest, size)
    return 0


@env.function("abortOnCannotGrowMemory")
def abort_on_cannot_grow_memory(guest: EmscriptenGuest) -> I32:
    """The heap's end has left the address space (up to 1.38.24)."""
    _out_of_memory(guest, 0)


@env.function("abortOnCannotGrowMemory")
def abort_on_cannot_grow_memory_to(guest: EmscriptenGuest, size: U32) -> I32:
    """The heap cannot hold `size` bytes (from 1.38.25)."""
    _out_of_memory(guest, size)


def _out_of_memory(guest: EmscriptenGuest, size: int) -> NoReturn:
    wanted = f" of {size} bytes" if size else ""
    raise Abort(f"out of memory: the program was built with {guest.memory.size} bytes, and wants a heap{wanted}")


@env.function("_emscripten_get_sbrk_ptr")
def emscripten_get_sbrk_ptr(guest: EmscriptenGuest) -> I32:
    """The address of the word that holds the end of the heap (from 1.38.46)."""
    return guest.dynamic_top


@env.inline("_emscripten_memcpy_big", "i(iii)")
def emscripten_memcpy_big(w: Writer) -> str:
    """Copy a large block that does not overlap. Returns 0, as the glue did; compiled code does not look."""
    return f"(memory.copy {w.parameters}) (i32.const 0)"


@env.inline("_llvm_stacksave", "i()")
def llvm_stacksave(w: Writer) -> str:
    """The top of the stack, for `_llvm_stackrestore`."""
    return w.guest("stackSave", "i()")


@env.inline("_llvm_stackrestore", "v(i)")
def llvm_stackrestore(w: Writer) -> str:
    """Take back what a variable-length array took of the stack."""
    return w.guest("stackRestore", "v(i)", "(local.get 0)")


# --- errno and locks


@env.function("___setErrNo")
def set_err_no(guest: EmscriptenGuest, number: I32) -> None:
    """Set `errno`, for code that is compiled from JavaScript, as `sbrk` is."""
    guest.set_errno(number)


def _lock(w: Writer) -> str:
    """Take or give back a lock within libc: with one thread it is always free, and nobody waits for it."""
    return ""


for _name in ("___lock", "___unlock", "___unlockfile"):
    env.inline(_name, "v(i)")(_lock)


@env.inline("___lockfile", "i(i)")
def lockfile(w: Writer) -> str:
    """Lock a stream, as `___lock`. Returns 1: it has to be unlocked."""
    return "(i32.const 1)"


# --- function pointers of the host


@env.function("jsCall_{sig}")
def js_call(guest: EmscriptenGuest, *arguments: Value) -> Value | None:
    """Call a host function that was given a function pointer: its slot is the first argument."""
    slot, *rest = arguments or (0,)
    function = guest.host_functions.get(slot) if isinstance(slot, int) else None
    if function is None:
        raise Abort(f"slot {slot} of the host's function pointers is called, and empty")
    return function(*rest)
