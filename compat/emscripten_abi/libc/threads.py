"""pthread.h and semaphore.h for the one thread that there is: keys, once, clean-up and semaphores work; locks are free.

Programs that were built with threads have most of it in themselves, and ask for the rest in `emscripten_abi.pthreads`.
Source: src/library_pthread_stub.js. Functions return their error number.
"""

from __future__ import annotations

from collections.abc import Callable

from compat._typing import NoReturn
from compat.abi.guest import Exit
from compat.abi.kinds import I32, U32, In, InOut, Out, Pointer
from compat.abi.row import PARTIAL, STUB, Table
from compat.emscripten_abi.errno import positive_errno, set_errno
from compat.emscripten_abi.guest import EmscriptenGuest
from compat.emscripten_abi.libc.limits import SYSCONF
from compat.emscripten_abi.structs import Timespec
from compat.errors import Abort
from compat.kernel.errno import Errno, SysError

env = Table("env", "threads", failure=positive_errno)

KEYS_MAX = SYSCONF[74]
ONCE_DONE = 2
SEM_VALUE_MAX = SYSCONF[33]
FREE = "0: with one thread a lock is always free; its type and how often it is held are not kept"
UNREAD = "0: nothing ever reads it, as no thread can be made"


class Threads:
    """What the one thread keeps: the values of its keys, and the handlers that clean up."""

    def __init__(self, guest: EmscriptenGuest) -> None:
        self.keys: dict[int, int] = {}
        """Value by key."""
        self.next_key = 1
        self.cleanup: list[tuple[int, int]] = []
        """Function pointers with their arguments."""


# --- thread-specific data


@env.function("_pthread_key_create")
def pthread_key_create(guest: EmscriptenGuest, result: Out[U32], destructor: Pointer) -> I32:
    """A new key, whose value is NULL. The thread ends with the program, so no destructor runs. Errors: EAGAIN."""
    threads = guest.part(Threads)
    if len(threads.keys) >= KEYS_MAX:
        raise SysError(Errno.EAGAIN)
    threads.keys[threads.next_key] = 0
    result.set(threads.next_key)
    threads.next_key += 1
    return 0


@env.function("_pthread_key_delete")
def pthread_key_delete(guest: EmscriptenGuest, key: U32) -> I32:
    """Remove a key. Errors: EINVAL (no such key)."""
    if guest.part(Threads).keys.pop(key, None) is None:
        raise SysError(Errno.EINVAL)
    return 0


@env.function("_pthread_getspecific")
def pthread_getspecific(guest: EmscriptenGuest, key: U32) -> Pointer:
    """The value of a key, NULL where there is none."""
    return guest.part(Threads).keys.get(key, 0)


@env.function("_pthread_setspecific")
def pthread_setspecific(guest: EmscriptenGuest, key: U32, value: Pointer) -> I32:
    """Set the value of a key. Errors: EINVAL (no such key)."""
    keys = guest.part(Threads).keys
    if key not in keys:
        raise SysError(Errno.EINVAL)
    keys[key] = value
    return 0


@env.function("_pthread_once")
def pthread_once(guest: EmscriptenGuest, control: Pointer, function: Pointer) -> I32:
    """Call a function the first time. The mark is in the program's own variable, so that a copy of memory keeps it."""
    if guest.memory.load_i32(control) != ONCE_DONE:
        # Marked first: a call from within the function returns at once.
        guest.memory.store_32(control, ONCE_DONE)
        guest.call_pointer("v", function)
    return 0


@env.function("_pthread_cleanup_push")
@env.function("__pthread_cleanup_push")
def pthread_cleanup_push(guest: EmscriptenGuest, function: Pointer, argument: Pointer) -> None:
    """Register a function to be called if the thread ends before `pthread_cleanup_pop`."""
    guest.part(Threads).cleanup.append((function, argument))


@env.function("_pthread_cleanup_pop")
@env.function("__pthread_cleanup_pop")
def pthread_cleanup_pop(guest: EmscriptenGuest, execute: I32) -> None:
    """Take back the last such function, and call it if `execute` is not 0."""
    cleanup = guest.part(Threads).cleanup
    if not cleanup:
        raise Abort("pthread_cleanup_pop without pthread_cleanup_push")
    function, argument = cleanup.pop()
    if execute:
        guest.call_pointer("vi", function, argument)


# --- threads


@env.function("_pthread_create", level=STUB, note="EAGAIN: there is room for one thread")
def pthread_create(result: Pointer, attributes: Pointer, function: Pointer, argument: Pointer) -> I32:
    """Start a thread. Errors: EAGAIN."""
    raise SysError(Errno.EAGAIN)


@env.function("_pthread_join", level=STUB, note="0: there is no thread to wait for")
def pthread_join(thread: Pointer, result: Pointer) -> I32:
    """Wait for a thread to end.

    Not ESRCH, as the JavaScript's 0 is relied upon: a program without `pthread_create` does the thread's work on the
    spot, and joins it afterwards.
    """
    return 0


@env.function("_pthread_detach", level=STUB, note="0: there is no thread that could run on")
def pthread_detach(thread: Pointer) -> I32:
    """Let a thread end unattended. Not ESRCH, for the reason of `pthread_join`."""
    return 0


@env.function("_pthread_cancel")
def pthread_cancel(thread: Pointer) -> I32:
    """Ask a thread to end. Errors: ESRCH (there is no other thread)."""
    raise SysError(Errno.ESRCH)


@env.function("_pthread_exit")
def pthread_exit(guest: EmscriptenGuest, result: Pointer) -> NoReturn:
    """End the thread, after its clean-up handlers, and with the last thread the program, successfully."""
    cleanup = guest.part(Threads).cleanup
    while cleanup:
        function, argument = cleanup.pop()
        guest.call_pointer("vi", function, argument)
    raise Exit(0)


@env.function("_pthread_equal")
def pthread_equal(one: Pointer, other: Pointer) -> I32:
    """Whether two threads are the same."""
    return int(one == other)


def _succeeds(names: tuple[str, ...], note: str) -> None:
    """Rows that answer 0 whatever they are given: each name with how many arguments it takes, as in `name/2`."""
    for item in names:
        name, _, count = item.partition("/")
        env.function(f"_{name}", level=PARTIAL, note=note)(_ZEROES[int(count)])


def _zero_1(a: Pointer) -> I32:
    return 0


def _zero_2(a: Pointer, b: Pointer) -> I32:
    return 0


def _zero_3(a: Pointer, b: Pointer, c: Pointer) -> I32:
    return 0


_ZEROES: dict[int, Callable[..., int]] = {1: _zero_1, 2: _zero_2, 3: _zero_3}

_succeeds(
    (
        "pthread_mutex_init/2",
        "pthread_mutex_destroy/1",
        "pthread_mutex_lock/1",
        "pthread_mutex_trylock/1",
        "pthread_mutex_timedlock/2",
        "pthread_mutex_unlock/1",
        "pthread_rwlock_init/2",
        "pthread_rwlock_destroy/1",
        "pthread_rwlock_rdlock/1",
        "pthread_rwlock_tryrdlock/1",
        "pthread_rwlock_timedrdlock/2",
        "pthread_rwlock_wrlock/1",
        "pthread_rwlock_trywrlock/1",
        "pthread_rwlock_timedwrlock/2",
        "pthread_rwlock_unlock/1",
        "pthread_spin_init/2",
        "pthread_spin_destroy/1",
        "pthread_spin_lock/1",
        "pthread_spin_trylock/1",
        "pthread_spin_unlock/1",
    ),
    FREE,
)
_succeeds(
    (
        "pthread_attr_init/1",
        "pthread_attr_destroy/1",
        "pthread_attr_setdetachstate/2",
        "pthread_attr_setschedparam/2",
        "pthread_attr_setstacksize/2",
        "pthread_mutexattr_init/1",
        "pthread_mutexattr_destroy/1",
        "pthread_mutexattr_settype/2",
        "pthread_mutexattr_setprotocol/2",
        "pthread_mutexattr_setpshared/2",
        "pthread_mutexattr_setschedparam/2",
        "pthread_condattr_init/1",
        "pthread_condattr_destroy/1",
        "pthread_condattr_setclock/2",
        "pthread_condattr_setpshared/2",
        "pthread_rwlockattr_init/1",
        "pthread_rwlockattr_destroy/1",
        "pthread_rwlockattr_setpshared/2",
        "pthread_cond_init/2",
        "pthread_cond_destroy/1",
        "pthread_cond_signal/1",
        "pthread_cond_broadcast/1",
    ),
    UNREAD,
)


@env.function(
    "_pthread_cond_wait",
    level=PARTIAL,
    note="0 at once, a spurious wake-up: nobody else could signal it",
)
def pthread_cond_wait(condition: Pointer, mutex: Pointer) -> I32:
    """Wait for a condition."""
    return 0


@env.function("_pthread_cond_timedwait", level=PARTIAL, note="only the time-out ends it, as there is nobody to signal")
def pthread_cond_timedwait(guest: EmscriptenGuest, condition: Pointer, mutex: Pointer, until: In[Timespec]) -> I32:
    """Wait for a condition until a time of CLOCK_REALTIME. Errors: EINVAL, ETIMEDOUT."""
    if not 0 <= until.nsec < 1_000_000_000:
        raise SysError(Errno.EINVAL)
    clock = guest.process.clock
    clock.sleep(max(0, until.sec * 1_000_000_000 + until.nsec - clock.realtime()))
    raise SysError(Errno.ETIMEDOUT)


@env.function("___wait", level=PARTIAL, note="at once: musl waits so for a lock of stdio, and nobody holds one")
def musl_wait(address: Pointer, waiters: Pointer, value: I32, private: I32) -> None:
    """Wait until a word changes."""


@env.function("_pthread_attr_getdetachstate")
def pthread_attr_getdetachstate(attributes: Pointer, result: Out[I32]) -> I32:
    """The state of new threads: joinable."""
    result.set(0)
    return 0


@env.function("_pthread_getattr_np")
def pthread_getattr_np(thread: Pointer, attributes: Pointer) -> I32:
    """The attributes of a thread, for `pthread_attr_getstack`, which knows the one thread anyway."""
    return 0


@env.function("_pthread_attr_getstack")
def pthread_attr_getstack(guest: EmscriptenGuest, attributes: Pointer, address: Out[U32], size: Out[U32]) -> I32:
    """Where the stack is."""
    address.set(guest.layout.stack_base)
    size.set(guest.layout.stack_max - guest.layout.stack_base)
    return 0


@env.function("_pthread_condattr_getclock")
@env.function("_pthread_condattr_getpshared")
@env.function("_pthread_rwlockattr_getpshared")
def pthread_condattr_get(attributes: Pointer, result: Out[I32]) -> I32:
    """An attribute, at its default: CLOCK_REALTIME, PTHREAD_PROCESS_PRIVATE."""
    result.set(0)
    return 0


@env.function("_pthread_setcancelstate")
@env.function("_pthread_setcanceltype")
def pthread_setcancelstate(state: I32, old: Out[I32] | None) -> I32:
    """Whether the thread can be cancelled; nobody can. The former state is given as the default."""
    if old:
        old.set(0)
    return 0


@env.function("_emscripten_is_main_browser_thread")
@env.function("_emscripten_is_main_runtime_thread")
def emscripten_is_main_thread() -> I32:
    """It is."""
    return 1


# --- semaphores: the count is the first word of `sem_t`


@env.function("_sem_init", failure=set_errno(-1))
def sem_init(semaphore: Out[U32], shared: I32, value: U32) -> I32:
    """Make a semaphore. Errors: EINVAL (too large a value)."""
    if value > SEM_VALUE_MAX:
        raise SysError(Errno.EINVAL)
    semaphore.set(value)
    return 0


@env.function("_sem_destroy", failure=set_errno(-1))
def sem_destroy(semaphore: Pointer) -> I32:
    """End a semaphore."""
    return 0


@env.function("_sem_post", failure=set_errno(-1))
def sem_post(semaphore: InOut[U32]) -> I32:
    """Count up. Errors: EOVERFLOW."""
    value = semaphore.get()
    if value >= SEM_VALUE_MAX:
        raise SysError(Errno.EOVERFLOW)
    semaphore.set(value + 1)
    return 0


@env.function(
    "_sem_wait", failure=set_errno(-1), level=PARTIAL, note="at 0 it returns at once: nobody else could count up"
)
def sem_wait(semaphore: InOut[U32]) -> I32:
    """Count down."""
    semaphore.set(max(semaphore.get() - 1, 0))
    return 0


@env.function("_sem_trywait", failure=set_errno(-1))
def sem_trywait(semaphore: InOut[U32]) -> I32:
    """Count down, unless the count is 0. Errors: EAGAIN."""
    value = semaphore.get()
    if not value:
        raise SysError(Errno.EAGAIN)
    semaphore.set(value - 1)
    return 0


@env.function("_sem_getvalue", failure=set_errno(-1))
def sem_getvalue(semaphore: In[U32], result: Out[I32]) -> I32:
    """The count."""
    result.set(semaphore)
    return 0
