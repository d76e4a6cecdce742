"""What compiled code makes of throw, catch, setjmp and longjmp: calls through `invoke_*`, and questions about them."""

from __future__ import annotations

from tests.calls import Call, Case, Points, Result, call, case, poke, u32

from .guest import THREW, legal

OBJECT = 0x3_0000
TYPE, ANOTHER = 0x3_2000, 0x3_2100
DESTRUCTOR = 9
THROWS, JUMPS, RETHROWS, RESUMES, RETHROWS_PRIMARY = range(20, 25)
THROWN = {THREW: u32(1, 0)}

FUNCTIONS = {
    THROWS: call("___cxa_throw", OBJECT, TYPE, DESTRUCTOR, gives=None),
    RETHROWS: call("___cxa_rethrow", gives=None),
    RESUMES: call("___resumeException", OBJECT, gives=None),
    RETHROWS_PRIMARY: call("___cxa_rethrow_primary_exception", OBJECT, gives=None),
}
"""What functions do that throw."""

INVOKED = ("v", "vi", "vii", "i", "ii", "iii", "iiiiiiiiiiii", "d", "di", "vd", "id", "iif", "j", "jj", "viji", "fdj")


def invoked(signature: str) -> Case:
    """`invoke_SIG` passes on each argument, and the result: the sum of them."""
    letters = legal(signature[1:])
    arguments = [float(n) if letter == "d" else n for n, letter in enumerate(letters, 3)]
    total = 7 + sum(map(int, arguments))
    result = {"v": None, "d": float(total)}.get(legal(signature[0])[0], total)
    noted = [(signature, 7, *arguments)] if signature in ("v", "vi", "vii", "viii") else []
    return case(f"invoke_{signature}", call(f"invoke_{signature}", 7, *arguments, gives=result, calls=noted))


def throwing(*pointers: int) -> dict[int, Call]:
    """Of these functions, those that a case has."""
    return {pointer: FUNCTIONS[pointer] for pointer in pointers}


def noted(pointer: int) -> list[tuple[object, ...]]:
    """The call of a function that then throws."""
    return [("v", pointer)]


THROW = call("invoke_v", THROWS, gives=None, writes=THROWN, calls=noted(THROWS))
DESTROYED = [("vi", DESTRUCTOR, OBJECT), ("free", OBJECT)]


CATCH = (
    call("___cxa_find_matching_catch_3", TYPE, gives=OBJECT),
    call("getTempRet0", gives=TYPE),
    call("___cxa_begin_catch", OBJECT, gives=OBJECT),
)
END = call("___cxa_end_catch", gives=None, calls=DESTROYED)

CASES = [
    *map(invoked, INVOKED),
    case(
        "an exception is thrown, found by its type, caught and destroyed",
        call("___cxa_uncaught_exceptions", gives=0),
        THROW,
        call("___cxa_uncaught_exceptions", gives=1),
        call("___cxa_find_matching_catch_4", ANOTHER, TYPE, gives=OBJECT),
        call("getTempRet0", gives=TYPE),
        call("_llvm_eh_typeid_for", TYPE, gives=TYPE),
        call("___cxa_get_exception_ptr", OBJECT, gives=OBJECT),
        call("___cxa_begin_catch", OBJECT, gives=OBJECT),
        call("___cxa_uncaught_exceptions", gives=0),
        END,
        functions=throwing(THROWS),
    ),
    *(
        case(
            f"{name} asks whether there is one",
            call(name, gives=0),
            THROW,
            call(name, gives=1),
            *CATCH,
            call(name, gives=0),
            END,
            functions=throwing(THROWS),
        )
        for name in ("__ZSt18uncaught_exceptionv", "___cxa_uncaught_exception")
    ),
    case(
        "a search without types finds what is in flight, and one of another type too, with its own",
        THROW,
        call("___cxa_find_matching_catch", gives=OBJECT),
        call("getTempRet0", gives=TYPE),
        call("___cxa_find_matching_catch_2", gives=OBJECT),
        call("___cxa_find_matching_catch_3", ANOTHER, gives=OBJECT),
        call("getTempRet0", gives=TYPE),
        functions=throwing(THROWS),
    ),
    case(
        "a handler throws on what it caught",
        THROW,
        *CATCH,
        call("invoke_v", RETHROWS, gives=None, writes=THROWN, calls=noted(RETHROWS)),
        call("___cxa_find_matching_catch_2", gives=OBJECT),
        call("___cxa_end_catch", gives=None),
        call("invoke_v", RESUMES, gives=None, writes=THROWN, calls=noted(RESUMES)),
        *CATCH,
        END,
        call("___cxa_rethrow", gives=None, ends="without an exception that is being handled"),
        functions=throwing(THROWS, RETHROWS, RESUMES),
    ),
    case(
        "unwinding goes on after a cleanup",
        THROW,
        call("___cxa_find_matching_catch_2", gives=OBJECT),
        call("invoke_v", RESUMES, gives=None, writes=THROWN, calls=noted(RESUMES)),
        *CATCH,
        END,
        functions=throwing(THROWS, RESUMES),
    ),
    case(
        "a pointer to an exception keeps it",
        call("___cxa_current_primary_exception", gives=0),
        THROW,
        *CATCH,
        call("___cxa_current_primary_exception", gives=OBJECT),
        call("___cxa_increment_exception_refcount", OBJECT, gives=None),
        call("___cxa_end_catch", gives=None),
        call("___cxa_decrement_exception_refcount", OBJECT, gives=None),
        call("invoke_v", RETHROWS_PRIMARY, gives=None, writes=THROWN, calls=noted(RETHROWS_PRIMARY)),
        *CATCH,
        call("___cxa_end_catch", gives=None),
        call("___cxa_rethrow_primary_exception", 0, gives=None),
        call("___cxa_decrement_exception_refcount", OBJECT, gives=None, calls=DESTROYED),
        functions=throwing(THROWS, RETHROWS_PRIMARY),
    ),
    case(
        "an exception that nothing catches ends the program",
        call("___cxa_throw", OBJECT, TYPE, 0, gives=None, ends="uncaught C++ exception"),
    ),
    case(
        "an object of no C++ type",
        call("__Unwind_RaiseException", OBJECT, gives=0, ends="uncaught"),
    ),
    case(
        "an object of no C++ type is cleaned up by its own function",
        poke(OBJECT, u32(0, 0, DESTRUCTOR, 0)),
        call("__Unwind_DeleteException", OBJECT, gives=None, calls=[("vii", DESTRUCTOR, 1, OBJECT)]),
        poke(OBJECT, u32(0, 0, 0, 0)),
        call("__Unwind_DeleteException", OBJECT, gives=None),
    ),
    case(
        "memory for an exception",
        call("___cxa_allocate_exception", 8, gives=Points(b"")),
        call("___cxa_free_exception", Result(0), gives=None, calls=[("free", Result(0))]),
    ),
    *(
        case(
            f"{name} leaves a function with {value}, or 1 for 0",
            call("invoke_v", JUMPS, gives=None, writes={THREW: u32(OBJECT, value or 1)}, calls=noted(JUMPS)),
            functions={JUMPS: call(name, OBJECT, value, gives=None)},
        )
        for name in ("_longjmp", "_emscripten_longjmp", "_siglongjmp")
        for value in (7, 0)
    ),
    *(
        case(
            f"{name} to nowhere",
            call(name, OBJECT, 7, writes={THREW: u32(OBJECT, 7)}, ends="longjmp to a function that has returned"),
        )
        for name in ("_longjmp", "_emscripten_longjmp", "_siglongjmp")
    ),
]
