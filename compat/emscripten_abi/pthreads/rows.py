"""What a program that was built with threads asks of its host; these rows go before the others of their names.

Functions of pthread.h return their error number; a futex's are negative. Source: src/library_pthread.js.
"""

from __future__ import annotations

from compat._typing import NoReturn
from compat.abi.bind import Signature, bind
from compat.abi.guest import KeepAlive, Value
from compat.abi.kinds import F64, I32, U32, Out, Pointer
from compat.abi.row import PARTIAL, STUB, Serves, Table
from compat.emscripten_abi.errno import negative_errno, positive_errno
from compat.emscripten_abi.libc.signals import Signals
from compat.emscripten_abi.pthreads.guest import ThreadedGuest
from compat.emscripten_abi.pthreads.threads import Stack, ThreadExit
from compat.errors import Abort, MissingImport
from compat.kernel.errno import Errno, SysError

env = Table("env", "threads", failure=positive_errno)

_DEFAULT_STACK = 2 << 20
"""Bytes: DEFAULT_PTHREAD_STACK_SIZE."""
_IMPLIED_STACK = 81920
"""What musl takes off a stack's size in `pthread_attr_t`."""
_MILLISECOND = 1_000_000
_LONGEST_WAIT = 2**31
"""Milliseconds: a longer wait is for ever."""
_INT_MAX = 0x7FFF_FFFF
_SIGNALS = 65
SCHED_FIFO, SCHED_RR = 1, 2


# --- threads


@env.function("_pthread_create")
def pthread_create(
    guest: ThreadedGuest, result: Out[U32], attributes: Pointer, function: Pointer, argument: Pointer
) -> I32:
    """Start a thread. Errors: EAGAIN (the program has 256, or there is no memory for its stack)."""
    threads, load = guest.threads, guest.memory.load_u32
    size, stack_top, detached, policy, priority = _DEFAULT_STACK, 0, False, 0, 0
    if attributes:
        size, stack_top = load(attributes) + _IMPLIED_STACK, load(attributes + 8)
        detached = load(attributes + 12) != 0
        inherited = load(attributes + 16) == 0
        scheduling = threads.scheduling(threads.here) if inherited else attributes + 20
        policy, priority = load(scheduling), load(scheduling + 4)
    block = 0
    if not stack_top:
        # On alignment: memalign, where there is one, would not save a byte.
        block = guest.malloc(size + 15) if size + 15 <= _INT_MAX else 0
        if not block:
            raise SysError(Errno.EAGAIN)
    base = (block + 15 & -16) if block else stack_top - size
    try:
        thread = threads.create(Stack(base, size, block), detached, policy, priority, function, argument)
    except SysError:
        if block:
            guest.free(block)
        raise
    result.set(thread.address)
    return 0


@env.function("_pthread_join")
def pthread_join(guest: ThreadedGuest, thread: Pointer, result: Out[I32] | None) -> I32:
    """Wait for a thread to end. Errors: EDEADLK (for itself), EINVAL (it is detached), ESRCH."""
    threads = guest.threads
    value = threads.join(threads.find(thread))
    if result:
        result.set(value)
    return 0


@env.function("_pthread_tryjoin_np")
def pthread_tryjoin_np(guest: ThreadedGuest, thread: Pointer, result: Out[I32] | None) -> I32:
    """As `pthread_join`, without waiting. Errors: EBUSY (it runs), and those."""
    found = guest.threads.find(thread)
    if not found.done and not found.detached and found is not guest.threads.here:
        raise SysError(Errno.EBUSY)
    return pthread_join(guest, thread, result)


@env.function("_pthread_detach")
def pthread_detach(guest: ThreadedGuest, thread: Pointer) -> I32:
    """Let a thread end unattended. Errors: EINVAL (it is detached), ESRCH."""
    threads = guest.threads
    threads.detach(threads.find(thread))
    return 0


@env.function("_pthread_cancel")
def pthread_cancel(guest: ThreadedGuest, thread: Pointer) -> I32:
    """Have a thread end at its next cancellation point. Errors: ESRCH (also for the first thread)."""
    threads = guest.threads
    found = threads.find(thread)
    if found is threads.main:
        raise SysError(Errno.ESRCH)
    threads.cancel(found)
    return 0


@env.function("_pthread_kill", level=PARTIAL, note="a handler runs in the thread that sends")
def pthread_kill(guest: ThreadedGuest, thread: Pointer, signal: I32) -> I32:
    """Send a signal; 0 only looks whether the thread is there. Errors: EINVAL, ESRCH.

    The JavaScript ended the thread, whatever the signal.
    """
    if not 0 <= signal < _SIGNALS:
        raise SysError(Errno.EINVAL)
    guest.threads.find(thread)
    guest.part(Signals).send(signal)
    return 0


@env.function("_pthread_exit")
def pthread_exit(guest: ThreadedGuest, result: I32) -> NoReturn:
    """End the thread, after its clean-up handlers; with the last one the program ends, successfully."""
    threads = guest.threads
    if threads.here is not threads.main:
        raise ThreadExit(result)
    threads.run_handlers(threads.main)
    raise KeepAlive


@env.function("_pthread_cleanup_push")
def pthread_cleanup_push(guest: ThreadedGuest, function: Pointer, argument: Pointer) -> None:
    """Have a function called if the thread ends before `pthread_cleanup_pop`."""
    guest.threads.here.cleanup.append((function, argument))


@env.function("_pthread_cleanup_pop")
def pthread_cleanup_pop(guest: ThreadedGuest, execute: I32) -> None:
    """Take back the last such function, and call it if `execute` is not 0."""
    cleanup = guest.threads.here.cleanup
    if not cleanup:
        raise Abort("pthread_cleanup_pop without pthread_cleanup_push")
    function, argument = cleanup.pop()
    if execute:
        guest.call_pointer("vi", function, argument)


@env.function("_initPthreadsJS")
def init_pthreads(guest: ThreadedGuest) -> None:
    """Register the first thread, which a constructor asks for; it was, before the first of them."""


@env.function("___call_main")
def call_main(guest: ThreadedGuest, count: I32, arguments: Pointer) -> I32:
    """Call main: for a program that gives it a thread of its own."""
    return int(guest.export("_main")(count, arguments) or 0)


# --- scheduling: kept, and of no effect


def _highest(policy: int) -> int:
    return 99 if policy in (SCHED_FIFO, SCHED_RR) else 1


@env.function("_pthread_getschedparam")
def pthread_getschedparam(
    guest: ThreadedGuest, thread: Pointer, policy: Out[U32] | None, parameters: Out[U32] | None
) -> I32:
    """The policy and the priority that a thread was given. Errors: EINVAL (neither is asked for), ESRCH."""
    if not policy and not parameters:
        raise SysError(Errno.EINVAL)
    threads = guest.threads
    kept = threads.scheduling(threads.find(thread))
    if policy:
        policy.set(guest.memory.load_u32(kept))
    if parameters:
        parameters.set(guest.memory.load_u32(kept + 4))
    return 0


@env.function("_pthread_setschedparam")
def pthread_setschedparam(guest: ThreadedGuest, thread: Pointer, policy: I32, parameters: Pointer) -> I32:
    """Give a thread a policy and a priority. Errors: EINVAL, ESRCH."""
    threads = guest.threads
    kept = threads.scheduling(threads.find(thread))
    priority = guest.memory.load_i32(parameters) if parameters else -1
    if not 0 <= priority <= _highest(policy):
        raise SysError(Errno.EINVAL)
    guest.memory.store_32(kept, policy)
    guest.memory.store_32(kept + 4, priority)
    return 0


@env.function("_pthread_setschedprio")
def pthread_setschedprio(guest: ThreadedGuest, thread: Pointer, priority: I32) -> I32:
    """Give a thread a priority. Errors: EINVAL, ESRCH."""
    threads = guest.threads
    kept = threads.scheduling(threads.find(thread))
    if not 0 <= priority <= _highest(guest.memory.load_i32(kept)):
        raise SysError(Errno.EINVAL)
    guest.memory.store_32(kept + 4, priority)
    return 0


@env.function("_pthread_getconcurrency")
def pthread_getconcurrency() -> I32:
    """The host decides: 0."""
    return 0


@env.function("_pthread_setconcurrency")
def pthread_setconcurrency(level: I32) -> I32:
    """A hint, which the host does without."""
    return 0


@env.function("_pthread_mutexattr_getprioceiling")
def pthread_mutexattr_getprioceiling(attributes: Pointer, ceiling: Out[I32] | None) -> I32:
    """The highest priority that there is."""
    if ceiling:
        ceiling.set(99)
    return 0


@env.function("_pthread_mutexattr_setprioceiling")
def pthread_mutexattr_setprioceiling(attributes: Pointer, ceiling: I32) -> I32:
    """Errors: EPERM, as no thread has a priority."""
    raise SysError(Errno.EPERM)


@env.function("_pthread_getcpuclockid")
def pthread_getcpuclockid(thread: Pointer, clock: Pointer) -> I32:
    """Errors: ENOENT, as no thread has a clock of its own."""
    raise SysError(Errno.ENOENT)


@env.function("_emscripten_has_threading_support")
def emscripten_has_threading_support() -> I32:
    """There are threads."""
    return 1


@env.function("_emscripten_num_logical_cores")
def emscripten_num_logical_cores(guest: ThreadedGuest) -> I32:
    """As many as the host has, four in a deterministic run; or what the program itself has set."""
    return guest.threads.cores


@env.function("_emscripten_force_num_logical_cores")
def emscripten_force_num_logical_cores(guest: ThreadedGuest, cores: I32) -> None:
    """Set what `emscripten_num_logical_cores` answers."""
    guest.threads.forced_cores = cores


def _ignored_2(one: I32, other: I32) -> None:
    """Only a profiler in the page showed it."""


def _ignored_1(status: I32) -> None:
    """Only a profiler in the page showed it."""


for _name in ("_emscripten_conditional_set_current_thread_status_js", "_emscripten_set_thread_name_js"):
    env.function(_name)(_ignored_2)
env.function("_emscripten_set_current_thread_status_js")(_ignored_1)


# --- waiting


def _word(guest: ThreadedGuest, address: int) -> int:
    if not address or address % 4 or address + 4 > guest.memory.size:
        raise SysError(Errno.EINVAL)
    return address


@env.function("_emscripten_futex_wait", failure=negative_errno)
def emscripten_futex_wait(guest: ThreadedGuest, address: U32, value: I32, milliseconds: F64) -> I32:
    """Wait, if a word has a value, until another thread wakes this one. Errors: EAGAIN, EINVAL, ETIMEDOUT.

    A wait of a single thread that has no time-out would have no end: the program aborts.
    """
    timeout = int(max(milliseconds, 0) * _MILLISECOND) if milliseconds < _LONGEST_WAIT else None
    if not guest.threads.wait(_word(guest, address), value, timeout):
        raise SysError(Errno.ETIMEDOUT)
    return 0


@env.function("_emscripten_futex_wake", failure=negative_errno)
def emscripten_futex_wake(guest: ThreadedGuest, address: U32, count: I32) -> I32:
    """Wake threads that wait for a word, INT_MAX for all; returns how many. Errors: EINVAL."""
    if count < 0:
        raise SysError(Errno.EINVAL)
    return guest.threads.wake(_word(guest, address), None if count == _INT_MAX else count)


@env.function("_emscripten_futex_wake_or_requeue", failure=negative_errno)
def emscripten_futex_wake_or_requeue(guest: ThreadedGuest, address: U32, count: I32, other: U32, value: I32) -> I32:
    """Wake some threads, and have the rest wait for another word. Errors: EAGAIN (another value), EINVAL.

    Returns how many were woken. It is gone since 1.38.12.
    """
    _word(guest, other)
    if count < 0:
        raise SysError(Errno.EINVAL)
    if guest.memory.load_i32(_word(guest, address)) != value:
        raise SysError(Errno.EAGAIN)
    return guest.threads.wake(address, count, rest=other)


@env.function("_emscripten_check_blocking_allowed")
def emscripten_check_blocking_allowed() -> None:
    """Whether the first thread may wait: here it may, as there is no page that would freeze."""


# --- calls for other threads: in a queue of the program's own, of which the host only tells the other


def _tell(guest: ThreadedGuest, thread: int) -> int:
    threads = guest.threads
    if thread == threads.main.address:
        threads.notify_main()
    return int(thread == threads.main.address or thread in threads.others)


@env.function("__emscripten_notify_thread_queue")
def emscripten_notify_thread_queue(guest: ThreadedGuest, thread: Pointer, main: Pointer) -> I32:
    """Tell a thread that there are calls for it to make; returns whether there is that thread (from 1.39.6).

    The first one makes them when it waits, or has returned; others look by themselves.
    """
    return _tell(guest, thread)


@env.function("_emscripten_syscall")
def emscripten_syscall(guest: ThreadedGuest, number: I32, arguments: Pointer) -> I32:
    """Make a system call that another thread has put into the queue, which none of the host's functions does."""
    from compat.emscripten_abi.tables import TABLES  # not above: it would be a circle

    name = f"___syscall{number}"
    for row, _ in TABLES.find("env", name):
        if row.serves is Serves.PYTHON:
            return int(bind(row, guest, name)(number, arguments) or 0)
    raise Abort(f"{name} is no system call")


@env.function(
    "_emscripten_receive_on_main_thread_js",
    level=STUB,
    note="it ends the program: only JavaScript asks for it, for functions that each thread calls directly here",
)
def emscripten_receive_on_main_thread_js(index: I32, count: I32, arguments: Pointer) -> F64:
    """Call a function of JavaScript's that another thread has put into the queue."""
    raise Abort("a function of JavaScript's was to be called for another thread")


@env.function(
    "_emscripten_asm_const_{sig}",
    level=PARTIAL,
    note="the blocks of Emscripten's own library for threads; others are JavaScript, in the glue: --allow-js",
)
def asm_const(guest: ThreadedGuest, sig: Signature, *values: Value) -> Value | None:
    """An EM_ASM block. Three of them tell threads of calls, and of their end (system/lib/pthread/library_pthread.c)."""
    code = int(values[0])
    match guest.detection.glue.thread_blocks.get(code):
        case "cancel":
            raise ThreadExit(-1)
        case "queue":
            return _tell(guest, int(values[1]) & 0xFFFF_FFFF)
        case "main queue":
            return _tell(guest, guest.threads.main.address)
    name = f"_emscripten_asm_const_{sig}"
    if guest.scripting:
        from compat.emscripten_abi.scripts import Scripts

        return guest.part(Scripts).call(name, values)
    raise MissingImport(f"env.{name}: the body of an EM_ASM block is JavaScript, in the glue: run it with --allow-js")
