"""pthread.h and semaphore.h, for the one thread that there is."""

from __future__ import annotations

from tests.calls import BEYOND, Out, Place, call, case, u32

from .guest import STACK, E, errno

ONCE, SEMAPHORE = Place(u32(0)), Place(b"?" * 16)
MOST = 0x7FFFFFFF

CASES = [
    case(
        "keys have a value each",
        call("_pthread_key_create", Out(u32(1)), 0),
        call("_pthread_key_create", Out(u32(2)), 0),
        call("_pthread_getspecific", 1, gives=0),
        call("_pthread_setspecific", 1, 4711),
        call("_pthread_setspecific", 2, 4712),
        call("_pthread_getspecific", 1, gives=4711),
        call("_pthread_key_delete", 1),
        call("_pthread_getspecific", 1, gives=0),
        call("_pthread_getspecific", 2, gives=4712),
        call("_pthread_setspecific", 1, 1, gives=E.INVAL),
        call("_pthread_key_delete", 1, gives=E.INVAL),
        call("_pthread_key_create", BEYOND, 0, gives=E.FAULT),
    ),
    case(
        "pthread_once calls once",
        call("_pthread_once", ONCE.then(u32(2)), 7, calls=[("v", 7)]),
        call("_pthread_once", ONCE, 7),
        call("_pthread_once", BEYOND, 7, gives=E.FAULT),
    ),
    *(
        case(
            f"{prefix}push and {prefix}pop",
            call(f"{prefix}push", 7, 1, gives=None),
            call(f"{prefix}push", 8, 2, gives=None),
            call(f"{prefix}pop", 1, gives=None, calls=[("vi", 8, 2)]),
            call(f"{prefix}pop", 0, gives=None),
            call(f"{prefix}pop", 0, ends="without"),
        )
        for prefix in ("__pthread_cleanup_", "_pthread_cleanup_")
    ),
    case("to cancel the thread is to leave it", call("_pthread_cancel", 0, gives=E.SRCH)),
    case("the thread's end is the program's", call("_pthread_exit", 7, exits=0)),
    case("one thread is equal to itself", call("_pthread_equal", 3, 3, gives=1), call("_pthread_equal", 3, 4, gives=0)),
    case(
        "attributes of a thread",
        call("_pthread_attr_getdetachstate", b"?" * 40, Out(u32(0))),
        call("_pthread_getattr_np", 0, b"?" * 40),
        call("_pthread_attr_getstack", b"?" * 40, Out(u32(STACK.start)), Out(u32(len(STACK)))),
        call("_pthread_attr_getdetachstate", 0, BEYOND, gives=E.FAULT),
        call("_pthread_attr_getstack", 0, BEYOND, Out(b"", 4), gives=E.FAULT),
    ),
    *(
        case(
            name,
            call(name, b"?" * 8, Out(u32(0))),
            call(name, b"?" * 8, BEYOND, gives=E.FAULT),
        )
        for name in (
            "_pthread_condattr_getclock",
            "_pthread_condattr_getpshared",
            "_pthread_rwlockattr_getpshared",
        )
    ),
    *(
        case(name, call(name, 1, Out(u32(0))), call(name, 0, 0), call(name, 0, BEYOND, gives=E.FAULT))
        for name in ("_pthread_setcancelstate", "_pthread_setcanceltype")
    ),
    case(
        "there is the main thread",
        call("_emscripten_is_main_runtime_thread", gives=1),
        call("_emscripten_is_main_browser_thread", gives=1),
    ),
    case(
        "a semaphore counts, in its first word",
        call("_sem_init", SEMAPHORE.then(u32(1) + b"?" * 12), 0, 1),
        call("_sem_post", SEMAPHORE.then(u32(2) + b"?" * 12)),
        call("_sem_getvalue", SEMAPHORE, Out(u32(2))),
        call("_sem_trywait", SEMAPHORE.then(u32(1) + b"?" * 12)),
        call("_sem_trywait", SEMAPHORE.then(u32(0) + b"?" * 12)),
        call("_sem_trywait", SEMAPHORE, gives=-1, writes=errno(E.AGAIN)),
        call("_sem_init", SEMAPHORE.then(u32(MOST) + b"?" * 12), 0, MOST),
        call("_sem_post", SEMAPHORE, gives=-1, writes=errno(E.OVERFLOW)),
        call("_sem_init", SEMAPHORE, 0, MOST + 1, gives=-1, writes=errno(E.INVAL)),
        call("_sem_destroy", SEMAPHORE),
        *(call(f"_sem_{name}", BEYOND, gives=-1, writes=errno(E.FAULT)) for name in ("post", "trywait")),
        call("_sem_init", BEYOND, 0, 0, gives=-1, writes=errno(E.FAULT)),
        call("_sem_getvalue", SEMAPHORE, BEYOND, gives=-1, writes=errno(E.FAULT)),
    ),
]
