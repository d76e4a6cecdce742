"""C++ exceptions: Emscripten's `__cxa_*` functions, and `invoke_*`, through which compiled code calls what may throw.

Behaviour: src/library_exceptions.js and tools/shared.py (make_invoke) of 1.37.2 to 1.39.x; names carry C's underscore.
"""

from __future__ import annotations

from compat._typing import NoReturn
from compat.abi.kinds import I32, Pointer
from compat.abi.row import PARTIAL, STUB, Table
from compat.emscripten_abi.bridge import Writer, host
from compat.emscripten_abi.guest import EmscriptenGuest
from compat.emscripten_abi.libc.emscripten import call_stack
from compat.errors import Abort, Unsupported
from compat.wasm.model import ValType

env = Table("env", "exceptions")

SET_THREW = "_setThrew setThrew"
"""The export that records a caught throw, and its name up to 1.38.25."""

CLEANUP = 8
"""Where an object of libunwind's has the function that cleans it up."""
FOREIGN_EXCEPTION_CAUGHT, NORMAL_STOP, END_OF_STACK = 1, 4, 5
"""Reason codes of libunwind's."""


@env.inline("invoke_{sig}")
def invoke(w: Writer) -> str:
    """Call a function pointer; of a C++ exception or longjmp out of it, tell the caller through `__THREW__`."""
    stack = w.exports("stackSave") and w.exports("stackRestore")
    save = f"(local.set $stack {w.guest('stackSave', 'i()')})" if stack else ""
    restore = w.guest("stackRestore", "v(i)", "(local.get $stack)") if stack else ""
    return f"""
    (local $stack i32)
    {save}
    (block $caught (result i32)
      (return (try_table {w.results} (catch $thrown $caught)
        {w.guest(f"dynCall_{w.sig}", w.type, w.parameters)})))
    drop
    {restore}
    {w.guest(SET_THREW, "v(ii)", "(i32.const 1) (i32.const 0)")}
    {w.zero}"""


# --- throwing


@env.inline("___cxa_allocate_exception", "i(i)")
def cxa_allocate_exception(w: Writer) -> str:
    """Take memory for an exception object."""
    return w.guest("_malloc", "i(i)", "(local.get 0)")


@env.inline("___cxa_free_exception", "v(i)")
def cxa_free_exception(w: Writer) -> str:
    """Give back the memory of an exception object that was not thrown."""
    return w.guest("_free", "v(i)", "(local.get 0)")


@env.inline("___cxa_throw", "v(iii)")
def cxa_throw(w: Writer) -> str:
    """Throw an exception object, with its type and destructor."""
    return f"""
    {w.exceptions("throw", w.parameters)}
    {w.raise_("(local.get 0)")}"""


@env.inline("__Unwind_RaiseException", "i(i)")
def unwind_raise_exception(w: Writer) -> str:
    """Throw an object that has no C++ type (libunwind)."""
    return f"""
    {w.exceptions("throw", "(local.get 0) (i32.const 0) (i32.const 0)")}
    {w.raise_("(local.get 0)")}"""


@env.function("__Unwind_DeleteException")
def unwind_delete_exception(guest: EmscriptenGuest, exception: Pointer) -> None:
    """Have an object that was caught cleaned up by its own function (libunwind). The JavaScript only said so."""
    if cleanup := guest.memory.load_u32(exception + CLEANUP):
        guest.call_pointer("vii", cleanup, FOREIGN_EXCEPTION_CAUGHT, exception)


@env.function("__Unwind_Backtrace", level=PARTIAL, note="the contexts of frames are null: no address can be asked for")
def unwind_backtrace(guest: EmscriptenGuest, function: Pointer, argument: Pointer) -> I32:
    """Have a function called for each function under way, until it returns another number than 0."""
    for _ in call_stack(guest, 0).splitlines():
        if guest.call_pointer("iii", function, 0, argument):
            return NORMAL_STOP
    return END_OF_STACK


@env.function("__Unwind_FindEnclosingFunction", level=STUB, note="null: functions have no addresses")
def unwind_find_enclosing_function(address: Pointer) -> Pointer:
    """The start of the function that an address is in."""
    return 0


env.absent("__Unwind_GetIPInfo", note="functions have no addresses")


@env.inline("___resumeException", "v(i)")
def resume_exception(w: Writer) -> str:
    """Go on unwinding after a cleanup."""
    return w.raise_(w.exceptions("resume", "(local.get 0)"))


@env.inline("___cxa_rethrow", "v()")
def cxa_rethrow(w: Writer) -> str:
    """Throw the exception of the running handler once more (`throw;`)."""
    return f"""
    (local $object i32)
    (local.set $object {w.exceptions("rethrow")})
    (if (i32.eqz (local.get $object)) (then {w.host("nothing_to_rethrow")}))
    {w.raise_("(local.get $object)")}"""


@host.function("nothing_to_rethrow")
def nothing_to_rethrow() -> NoReturn:
    """`throw;` where no handler runs."""
    _terminate("`throw;` without an exception that is being handled")


@env.inline("___cxa_rethrow_primary_exception", "v(i)")
def cxa_rethrow_primary_exception(w: Writer) -> str:
    """Throw what an `exception_ptr` holds; a null pointer throws nothing."""
    thrown = w.raise_(w.exceptions("rethrow_primary", "(local.get 0)"))
    return f"(if (local.get 0) (then {thrown}))"


# --- catching


@env.inline("___cxa_find_matching_catch")
@env.inline("___cxa_find_matching_catch_{sig}")
def cxa_find_matching_catch(w: Writer) -> str:
    """Find the first of N types that catches the exception in flight; the type goes to the second result."""
    if w.type.results != (ValType.I32,) or {*w.type.params} - {ValType.I32}:
        raise Unsupported(f"a search for a handler takes types and returns a pointer, and is not {w.type}")
    adjusted = w.variable("adjusted")
    # `___cxa_can_catch` is given where a pointer to the object is, and adjusts that.
    attempts = "".join(
        f"""
    (if (local.get {i}) (then
      (if {w.guest("___cxa_can_catch", "i(iii)", f"(local.get {i}) (local.get $type) (global.get {adjusted})")} (then
        {w.exceptions("adjust", f"(local.get $thrown) (i32.load (global.get {adjusted}))")}
        {w.set_high(f"(local.get {i})")}
        (return (i32.load (global.get {adjusted})))))))"""
        for i in range(len(w.type.params))
    )
    return f"""
    (local $thrown i32) (local $type i32)
    (local.set $thrown {w.exceptions("last")})
    (local.set $type {w.exceptions("type", "(local.get $thrown)")})
    (if (i32.eqz (local.get $type)) (then {w.set_high("(i32.const 0)")} (return (local.get $thrown))))
    (if (i32.eqz (global.get {adjusted})) (then (global.set {adjusted} {w.host("adjusted_pointer")})))
    (i32.store (global.get {adjusted}) (local.get $thrown)){attempts}
    {w.set_high("(local.get $type)")}
    (local.get $thrown)"""


@host.function("adjusted_pointer")
def adjusted_pointer(guest: EmscriptenGuest) -> I32:
    """Where a pointer to the exception is put for `___cxa_can_catch`."""
    return guest.owned("adjusted exception", 4)


@env.inline("_llvm_eh_typeid_for", "i(i)")
def llvm_eh_typeid_for(w: Writer) -> str:
    """The number that stands for a type in comparisons: its own address."""
    return "(local.get 0)"


@env.inline("___cxa_get_exception_ptr", "i(i)")
def cxa_get_exception_ptr(w: Writer) -> str:
    """The object to copy into a handler's parameter: the pointer itself, which is adjusted already."""
    return "(local.get 0)"


@env.inline("___cxa_begin_catch", "i(i)")
def cxa_begin_catch(w: Writer) -> str:
    """Enter a handler."""
    return f"""
    {w.exceptions("begin_catch", "(local.get 0)")}
    (local.get 0)"""


@env.inline("___cxa_end_catch", "v()")
def cxa_end_catch(w: Writer) -> str:
    """Leave a handler, and destroy the exception if nobody else holds it."""
    return f"""
    (local $object i32) (local $destructor i32)
    (local.set $object {w.exceptions("end_catch")})
    {_release(w)}"""


def _release(w: Writer) -> str:
    """Own `$object` once less; after the last owner, destroy it and give its memory back."""
    destroy = "(unreachable)"
    if w.exports("dynCall_vi"):  # without it, there is no destructor that could be called
        destroy = w.guest("dynCall_vi", "v(ii)", "(local.get $destructor) (local.get $object)")
    return f"""(local.set $destructor {w.exceptions("destructor", "(local.get $object)")})
    (if {w.exceptions("release", "(local.get $object)")} (then
      (if (local.get $destructor) (then {destroy}))
      {w.guest("_free", "v(i)", "(local.get $object)")}))"""


# --- what programs ask about exceptions


def _any_uncaught(w: Writer) -> str:
    """`std::uncaught_exception()`: whether any was thrown and not caught yet."""
    return f"(i32.gt_s {w.exceptions('uncaught')} (i32.const 0))"


for _name in ("__ZSt18uncaught_exceptionv", "___cxa_uncaught_exception"):
    env.inline(_name, "i()")(_any_uncaught)


@env.inline("___cxa_uncaught_exceptions", "i()")
def cxa_uncaught_exceptions(w: Writer) -> str:
    """`std::uncaught_exceptions()`: how many were thrown and not caught yet."""
    return w.exceptions("uncaught")


@env.inline("___cxa_current_primary_exception", "i()")
def cxa_current_primary_exception(w: Writer) -> str:
    """`std::current_exception()`: the object of the running handler, owned once more, or null."""
    return w.exceptions("current")


@env.inline("___cxa_increment_exception_refcount", "v(i)")
def cxa_increment_exception_refcount(w: Writer) -> str:
    """Own an exception once more (a copy of an `exception_ptr`)."""
    return w.exceptions("acquire", "(local.get 0)")


@env.inline("___cxa_decrement_exception_refcount", "v(i)")
def cxa_decrement_exception_refcount(w: Writer) -> str:
    """Own an exception once less; the last owner destroys it."""
    return f"""
    (local $object i32) (local $destructor i32)
    (local.set $object (local.get 0))
    {_release(w)}"""


# --- ends


@env.function("___cxa_pure_virtual")
def cxa_pure_virtual() -> NoReturn:
    """What stands in a vtable for a pure virtual function."""
    raise Abort("a pure virtual function was called")


@env.function("___cxa_call_unexpected")
def cxa_call_unexpected(pointer: Pointer) -> NoReturn:
    """An exception left a function whose specification forbids it."""
    _terminate("an exception left a function that declares that it does not throw it")


@env.function("__ZSt9terminatev")
def terminate() -> NoReturn:
    """`std::terminate()`."""
    _terminate("std::terminate() was called")


def _terminate(why: str) -> NoReturn:
    raise Abort(why)


_NEVER_CALLED = "answers 0: unwinding is done by `invoke_*`, so that nothing calls a personality routine"


@env.function("___gxx_personality_v0", level=STUB, note=_NEVER_CALLED)
@env.function("___gcc_personality_v0", level=STUB, note=_NEVER_CALLED)
def gxx_personality_v0(*arguments: I32) -> I32:
    """The routine that an unwinder would ask about each frame."""
    return 0
