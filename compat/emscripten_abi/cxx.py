"""C++ exceptions: Emscripten's `__cxa_*` functions, and `invoke_*`, through which compiled code calls what may throw.

Behaviour: src/library_exceptions.js and tools/shared.py (make_invoke) of 1.37.2 to 1.39.x; names carry C's underscore.
"""

from __future__ import annotations

from compat._typing import NoReturn
from compat.abi.kinds import I32, Pointer
from compat.abi.row import STUB, Table
from compat.emscripten_abi.bridge import Writer, host
from compat.emscripten_abi.guest import EmscriptenGuest
from compat.errors import Abort

env = Table("env", "exceptions")

SET_THREW = "_setThrew setThrew"
"""The export that records a caught throw, and its name up to 1.38.25."""


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
    return w.host("cxa_throw", w.parameters) + w.raise_("(local.get 0)")


@host.function("cxa_throw")
def record_throw(guest: EmscriptenGuest, pointer: Pointer, type_info: Pointer, destructor: Pointer) -> None:
    """Remember a thrown object."""
    guest.exceptions.throw(pointer, type_info, destructor)


@env.inline("__Unwind_RaiseException", "i(i)")
def unwind_raise_exception(w: Writer) -> str:
    """Throw an object that has no C++ type (libunwind)."""
    return w.host("cxa_throw", "(local.get 0) (i32.const 0) (i32.const 0)") + w.raise_("(local.get 0)")


@env.inline("___resumeException", "v(i)")
def resume_exception(w: Writer) -> str:
    """Go on unwinding after a cleanup."""
    return w.host("resume_exception", "(local.get 0)") + w.raise_("(local.get 0)")


@host.function("resume_exception")
def record_resume(guest: EmscriptenGuest, pointer: Pointer) -> None:
    """Put an exception in flight again."""
    guest.exceptions.last = guest.exceptions.last or pointer


@env.inline("___cxa_rethrow", "v()")
def cxa_rethrow(w: Writer) -> str:
    """Throw the exception of the running handler once more (`throw;`)."""
    return w.raise_(w.host("cxa_rethrow"))


@host.function("cxa_rethrow")
def record_rethrow(guest: EmscriptenGuest) -> I32:
    """The exception of the running handler, in flight again."""
    return guest.exceptions.rethrow() or _terminate("`throw;` without an exception that is being handled")


@env.inline("___cxa_rethrow_primary_exception", "v(i)")
def cxa_rethrow_primary_exception(w: Writer) -> str:
    """Throw what an `exception_ptr` holds; a null pointer throws nothing."""
    thrown = w.raise_(w.host("cxa_rethrow_primary_exception", "(local.get 0)"))
    return f"(if (local.get 0) (then {thrown}))"


@host.function("cxa_rethrow_primary_exception")
def record_rethrow_primary(guest: EmscriptenGuest, pointer: Pointer) -> I32:
    """The object that an `exception_ptr` holds, in flight."""
    return guest.exceptions.rethrow_primary(pointer)


# --- catching


def _matching_catch(guest: EmscriptenGuest, *types: int) -> int:
    exceptions = guest.exceptions
    thrown = exceptions.last
    record = exceptions.record(thrown)
    if record is None or not record.type:
        guest.set_temp_ret0(0)
        return thrown
    can_catch = guest.export("___cxa_can_catch")
    slot = guest.owned("adjusted exception", 4)
    guest.memory.store_32(slot, thrown)
    for catch_type in types:
        if catch_type and can_catch(catch_type, record.type, slot):
            adjusted = guest.memory.load_u32(slot)
            record.adjusted.append(adjusted)
            guest.set_temp_ret0(catch_type)
            return adjusted
    guest.set_temp_ret0(record.type)
    return thrown


@env.function("___cxa_find_matching_catch_{sig}")
def cxa_find_matching_catch_n(guest: EmscriptenGuest, *types: I32) -> I32:
    """Find the first of N types that catches the exception in flight; the type goes to the second result."""
    return _matching_catch(guest, *types)


@env.function("___cxa_find_matching_catch")
def cxa_find_matching_catch(guest: EmscriptenGuest, *types: I32) -> I32:
    """Find the first type that catches the exception in flight; the type goes to the second result."""
    return _matching_catch(guest, *types)


@env.inline("_llvm_eh_typeid_for", "i(i)")
def llvm_eh_typeid_for(w: Writer) -> str:
    """The number that stands for a type in comparisons: its own address."""
    return "(local.get 0)"


@env.inline("___cxa_get_exception_ptr", "i(i)")
def cxa_get_exception_ptr(w: Writer) -> str:
    """The object to copy into a handler's parameter: the pointer itself, which is adjusted already."""
    return "(local.get 0)"


@env.function("___cxa_begin_catch")
def cxa_begin_catch(guest: EmscriptenGuest, pointer: Pointer) -> I32:
    """Enter a handler."""
    guest.exceptions.begin_catch(pointer)
    return pointer


@env.function("___cxa_end_catch")
def cxa_end_catch(guest: EmscriptenGuest) -> None:
    """Leave a handler, and destroy the exception if nobody else holds it."""
    _release(guest, guest.exceptions.end_catch())


def _release(guest: EmscriptenGuest, pointer: int) -> None:
    last = guest.exceptions.release(pointer)
    if last:
        thrown, destructor = last
        if destructor:
            guest.call_pointer("vi", destructor, thrown)
        guest.free(thrown)


# --- what programs ask about exceptions


@env.function("__ZSt18uncaught_exceptionv")
def uncaught_exception(guest: EmscriptenGuest) -> I32:
    """`std::uncaught_exception()`."""
    return int(guest.exceptions.uncaught > 0)


@env.function("___cxa_uncaught_exception")
def cxa_uncaught_exception(guest: EmscriptenGuest) -> I32:
    """`std::uncaught_exception()`, under the name that the runtime library has for it."""
    return int(guest.exceptions.uncaught > 0)


@env.function("___cxa_uncaught_exceptions")
def cxa_uncaught_exceptions(guest: EmscriptenGuest) -> I32:
    """`std::uncaught_exceptions()`: how many were thrown and not caught yet."""
    return guest.exceptions.uncaught


@env.function("___cxa_current_primary_exception")
def cxa_current_primary_exception(guest: EmscriptenGuest) -> I32:
    """`std::current_exception()`: the object of the running handler, owned once more, or null."""
    handled = guest.exceptions.handled
    if not handled:
        return 0
    guest.exceptions.acquire(handled[-1])
    return guest.exceptions.original(handled[-1])


@env.function("___cxa_increment_exception_refcount")
def cxa_increment_exception_refcount(guest: EmscriptenGuest, pointer: Pointer) -> None:
    """Own an exception once more (a copy of an `exception_ptr`)."""
    guest.exceptions.acquire(pointer)


@env.function("___cxa_decrement_exception_refcount")
def cxa_decrement_exception_refcount(guest: EmscriptenGuest, pointer: Pointer) -> None:
    """Own an exception once less; the last owner destroys it."""
    _release(guest, pointer)


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
def gxx_personality_v0(*arguments: I32) -> I32:
    """The routine that an unwinder would ask about each frame."""
    return 0
