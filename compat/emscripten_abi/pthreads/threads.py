"""The threads of a program: each runs in a thread of the host's, in an instance of its own, over the one memory.

Only one of them is in the host at a time. A thread gives its turn away while it runs code of the program, and while it
waits; so whatever the host keeps is another thread's to change only then, and the program's memory at any time.

Sources: src/library_pthread.js and src/worker.js (src/pthread-main.js), 1.37.2 to 1.39.x.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping

from compat._typing import NamedTuple, NoReturn
from compat.abi.guest import Exit, KeepAlive, Linker, Value
from compat.abi.memory import Memory
from compat.detect.model import Release
from compat.emscripten_abi.guest import EmscriptenGuest, ImmediateExit
from compat.emscripten_abi.libc.limits import SYSCONF
from compat.errors import Abort, GuestException, Trap, Unsupported
from compat.kernel.clock import Others
from compat.kernel.errno import Errno, SysError
from compat.kernel.host import system

MOST = 256
"""How many threads a program can have, those included that ended and were not joined: each takes a stack of the host's,
and an instance."""
HOST_STACK = 8 << 20
"""Bytes of stack for a thread of the host's: the guest's recursion, and that of calls back and forth."""
SLICE = 50_000_000
"""Nanoseconds after which a thread that waits in the host looks whether the program is still there."""

_CORES = 4
"""How many processors a run has that is to be the same everywhere: the glue's guess."""

HEAD_START = 0.02
"""Seconds that a thread waits for its creator to come back to the host before it starts. In a page it took as long to
start, and programs set up what it uses after they have created it."""

KEYS_MAX = SYSCONF[74]
PTHREAD_CANCELED = -1
RUNNING, EXITED, CANCELED = range(3)
"""What is in the first word of `struct pthread`."""

_TEMPORARY = 12
"""Bytes near the start of `struct pthread`, up to 1.39.5."""
_NO_TEMPORARY = Release(1, 39, 6)
_EXIT_CODE = 4
"""Offset in `struct pthread`, in all releases."""
_SELF, _TID, _PID, _CANCEL_DISABLE, _CANCEL_ASYNC, _DETACHED = 24, 52, 56, 72, 76, 80
_STACK, _STACK_SIZE, _TSD, _ATTRIBUTES, _ROBUST_LIST, _LOCALE = 92, 96, 116, 120, 168, 188
"""Offsets in it up to 1.39.5."""
_THREAD_SIZE = 256
_GLOBAL_LOCALE = 40
"""Offset in musl's `struct __libc`."""
_TEMPORARY_DOUBLE = 16
"""Bytes that compiled code keeps numbers in, for each thread."""


class Stack(NamedTuple):
    """Where a thread's stack is in memory; it grows upwards."""

    base: int
    size: int
    block: int
    """What is to be freed with it; 0 where it is the program's."""


class ThreadExit(BaseException):
    """A thread ends itself, with a result. Not an Exception, for the reason that `Exit` is none."""

    def __init__(self, result: int) -> None:
        super().__init__(result)
        self.result = result


class Ended(BaseException):
    """The program has ended, and with it this thread."""


class Thread:
    """One thread of a program, with what is its own, and its turn to be in the host (`compat.abi.guest.Turn`)."""

    linker: Linker
    exports: Mapping[str, Callable[..., Value | None]]
    bridge: Mapping[str, Callable[..., Value | None]]
    grow_memory: Callable[[int], bool]
    temp_double: int

    def __init__(self, threads: Threads, address: int, stack: Stack | None) -> None:
        self.address = address
        """Of its `struct pthread`, which is its `pthread_t`."""
        self.stack = stack
        """None for the first thread."""
        self.memory = Memory(lambda: memoryview(b""))
        self.cleanup: list[tuple[int, int]] = []
        """Function pointers with their arguments: what is to be called when it ends."""
        self.done = False
        self.detached = False
        self.host: threading.Thread | None = None
        self.may_start = threading.Event()
        self.created: list[Thread] = []
        """Threads that it has created since it was in the host."""
        self.waiters: list[Waiter] = []
        """What it waits for: more than one where it makes calls for others meanwhile."""
        self._threads = threads

    @property
    def linked(self) -> bool:
        """Whether there is an instance for it."""
        return "linker" in self.__dict__

    def take(self) -> None:
        interrupted: BaseException | None = None
        while True:
            try:
                self._threads.lock.acquire()
                break
            except BaseException as error:  # a signal's handler has raised it
                interrupted = error
        self._threads.running = self
        while self.created:
            self.created.pop().may_start.set()
        if interrupted:
            raise interrupted

    def give(self) -> None:
        if self._threads.here is not self or self._threads.running is not self:
            raise RuntimeError("a function of another thread's instance was called")
        self._threads.running = None
        self._threads.lock.release()


class Waiter:
    """A thread that waits for a word in memory to be changed."""

    def __init__(self, address: int) -> None:
        self.address = address
        self.woken = False
        self.event = threading.Event()


class Threads(Others):
    """All threads of one program."""

    slice = SLICE

    def __init__(self, guest: EmscriptenGuest) -> None:
        self.guest = guest
        self.lock = threading.Lock()
        """Held by the thread whose turn it is."""
        self.main = Thread(self, 0, None)
        self.running: Thread | None = None
        """The thread whose turn it is."""
        self._local = threading.local()
        self.others: dict[int, Thread] = {}
        """All but the first that have not been joined, by address."""
        self.ended: BaseException | None = None
        """What ended the program."""
        self.queued = False
        """Whether there are calls for the first thread to make."""
        self._leaving: list[Thread] = []
        """Detached threads that have ended: their memory is not freed yet."""
        self._waiters: dict[int, list[Waiter]] = {}
        """Who waits, by address."""
        self.forced_cores: int | None = None
        """How many processors the program says that there are."""

    @property
    def here(self) -> Thread:
        """The thread that asks."""
        return getattr(self._local, "thread", self.main)

    @property
    def cores(self) -> int:
        """How many processors the program is told that there are."""
        if self.forced_cores is not None:
            return self.forced_cores
        return system.processors() if self.guest.process.clock.waits else _CORES

    def check(self) -> None:
        if self.ended is not None:
            raise self.ended if self.here is self.main else Ended

    def __enter__(self) -> None:
        self.here.give()

    def __exit__(self, *_: object) -> None:
        self.here.take()

    # --- struct pthread

    def field(self, address: int, offset: int) -> int:
        """The address of a field of a thread's struct."""
        return address + offset - (_TEMPORARY if offset >= _SELF and self._is_late else 0)

    @property
    def _is_late(self) -> bool:
        epoch = self.guest.detection.epoch
        return epoch is not None and epoch.lowest >= _NO_TEMPORARY

    def _load(self, thread: Thread, offset: int) -> int:
        return self.guest.memory.load_i32(self.field(thread.address, offset))

    def _store(self, thread: Thread, offset: int, value: int) -> None:
        self.guest.memory.store_32(self.field(thread.address, offset), value)

    def scheduling(self, thread: Thread) -> int:
        """The address of the policy and the priority of a thread."""
        return self.field(thread.address, _ATTRIBUTES + 20)

    def _set_up(self, thread: Thread, tsd: int) -> None:
        address = thread.address
        fields = {_SELF: address, _TID: address, _PID: self.guest.process.pid, _TSD: tsd}
        fields[_ROBUST_LIST] = self.field(address, _ROBUST_LIST)
        for offset, value in fields.items():
            self._store(thread, offset, value)

    def register_main(self) -> None:
        """Tell a program which thread it starts in: as PThread.initRuntime did."""
        guest = self.guest
        self.main.address = guest.owned("pthread", _THREAD_SIZE)
        self._set_up(self.main, guest.owned("tsd", 4 * KEYS_MAX))
        guest.call("__register_pthread_ptr", self.main.address, 1, 1)
        guest.call("_emscripten_register_main_browser_thread_id", self.main.address)

    def find(self, address: int) -> Thread:
        """The thread of that `pthread_t`. Errors: ESRCH."""
        if address == self.main.address:
            return self.main
        if address not in self.others:
            raise SysError(Errno.ESRCH)
        return self.others[address]

    # --- the life of a thread

    def create(self, stack: Stack, detached: bool, policy: int, priority: int, function: int, argument: int) -> Thread:
        """Start a thread. Errors: EAGAIN."""
        guest = self.guest
        self._reap()
        if self.ended is not None or len(self.others) + len(self._leaving) >= MOST:
            raise SysError(Errno.EAGAIN)
        size = _THREAD_SIZE + 4 * KEYS_MAX + _TEMPORARY_DOUBLE
        address = guest.malloc(size)
        if not address or address in self.others or address == self.main.address:
            raise SysError(Errno.EAGAIN)
        guest.memory.write(address, bytes(size))
        thread = self.others[address] = Thread(self, address, stack)
        thread.detached = detached
        try:
            self._fill(thread, policy, priority)
            thread.temp_double = address + size - _TEMPORARY_DOUBLE
            self._link(thread)
            self._start(thread, function, argument)
        except (RuntimeError, Unsupported):
            # The host has no more, of threads or of room for instances.
            self._discard(thread)
            guest.free(address)
            raise SysError(Errno.EAGAIN) from None
        except BaseException:
            self._discard(thread)
            raise
        return thread

    def _discard(self, thread: Thread) -> None:
        del self.others[thread.address]
        if thread.linked:
            thread.linker.close()

    def _fill(self, thread: Thread, policy: int, priority: int) -> None:
        address, stack = thread.address, thread.stack
        assert stack
        self._set_up(thread, address + _THREAD_SIZE)
        top = stack.base + stack.size
        attributes = (stack.size, 0, top, int(thread.detached), 0, policy, priority)
        for index, value in enumerate(attributes):
            self._store(thread, _ATTRIBUTES + 4 * index, value)
        self._store(thread, _STACK, top)
        self._store(thread, _STACK_SIZE, stack.size)
        self._store(thread, _DETACHED, int(thread.detached))
        if "_emscripten_get_global_libc" in self.guest.exports:
            libc = int(self.guest.export("_emscripten_get_global_libc")() or 0)
            self._store(thread, _LOCALE, libc + _GLOBAL_LOCALE)

    def _link(self, thread: Thread) -> None:
        """Make the instance of a new thread, in its place."""
        linker, creator = self.guest.linker, self.here
        creator.give()
        self._local.thread = thread
        thread.take()
        try:
            linker.again(thread)
        finally:
            thread.give()
            self._local.thread = creator
            creator.take()

    def _start(self, thread: Thread, function: int, argument: int) -> None:
        self.check()  # Others had their turn meanwhile.
        thread.host = threading.Thread(
            target=self._run, args=(thread, function, argument), name="compat guest thread", daemon=True
        )
        former = threading.stack_size(HOST_STACK)
        try:
            thread.host.start()
        finally:
            threading.stack_size(former)
        self.here.created.append(thread)

    def _run(self, thread: Thread, function: int, argument: int) -> None:
        self._local.thread = thread
        thread.may_start.wait(HEAD_START)
        thread.take()
        try:
            self._call(thread, function, argument)
        finally:
            thread.give()
            thread.linker.close()

    def _call(self, thread: Thread, function: int, argument: int) -> None:
        """Run a thread from its start to its end, or to the program's."""
        guest, stack = self.guest, thread.stack
        assert stack
        try:
            self.check()
            guest.call("__register_pthread_ptr", thread.address, 0, 0)
            guest.call("establishStackSpace", stack.base, stack.base + stack.size)
            try:
                result = int(guest.export("dynCall_ii")(function, argument) or 0)
            except ThreadExit as end:
                result = end.result
            except KeepAlive:
                result = 0
            while not thread.done:
                try:
                    self._leave(thread, result)
                except ThreadExit as end:  # from one of its handlers
                    result = end.result
        except Ended:
            return
        except ImmediateExit as end:
            self.end(end)
        except Exit as end:
            self._exit(end.status)
        except GuestException as error:
            self.end(guest.explain(error))
        except SysError as error:
            self.end(Trap(f"the host was sent to memory that is not there: {error}"))
        except BaseException as error:
            self.end(error)

    def _exit(self, status: int) -> None:
        """This thread has called exit(3): it does what is then to be done, while the others run on."""
        try:
            self.end(ImmediateExit(self.guest.shut_down(status)))
        except BaseException as error:
            self.end(error)

    def run_handlers(self, thread: Thread) -> None:
        """Call what this thread wanted called at its end, the last first."""
        while thread.cleanup:
            function, argument = thread.cleanup.pop()
            self.guest.call_pointer("vi", function, argument)

    def _leave(self, thread: Thread, result: int) -> None:
        """End this thread, which is not the first."""
        self._store(thread, _CANCEL_DISABLE, 1)
        self._store(thread, _CANCEL_ASYNC, 0)
        self.run_handlers(thread)
        if "___pthread_tsd_run_dtors" in self.guest.exports:
            self.guest.call("___pthread_tsd_run_dtors")
        self.guest.call("__register_pthread_ptr", 0, 0, 0)
        self._store(thread, _EXIT_CODE, result)
        self._store(thread, 0, EXITED)
        thread.done = True
        for address in (thread.address, self.main.address):
            self.wake(address, None)
        if thread.detached:
            self._leaving.append(self.others.pop(thread.address))

    def test_cancel(self) -> None:
        """End this thread if it is to be cancelled: a cancellation point."""
        thread = self.here
        if thread is not self.main and not self._load(thread, _CANCEL_DISABLE) and self._load(thread, 0) == CANCELED:
            raise ThreadExit(PTHREAD_CANCELED)

    def cancel(self, thread: Thread) -> None:
        """Ask a thread to end at its next cancellation point."""
        if self._load(thread, 0) == RUNNING:
            self._store(thread, 0, CANCELED)

    def detach(self, thread: Thread) -> None:
        """Let a thread end unattended. Errors: EINVAL (it is detached)."""
        if thread.detached:
            raise SysError(Errno.EINVAL)
        thread.detached = True
        self._store(thread, _DETACHED, 2)
        if thread.done:
            self._leaving.append(self.others.pop(thread.address))
            self._reap()

    def join(self, thread: Thread) -> int:
        """Wait until a thread has ended; returns its result. Errors: EDEADLK, EINVAL (it is detached), ESRCH."""
        if thread is self.here:
            raise SysError(Errno.EDEADLK)
        if thread.detached or thread is self.main:
            raise SysError(Errno.EINVAL)
        while not thread.done:
            self.test_cancel()
            self.wait(thread.address, self._load(thread, 0), SLICE)
        if self.others.pop(thread.address, None) is None:
            raise SysError(Errno.ESRCH)  # Another one has joined it meanwhile.
        result = self._load(thread, _EXIT_CODE)
        self._leaving.append(thread)
        self._reap()
        return result

    def _reap(self) -> None:
        """Free what threads have left behind that have ended: they could not, as they ran on it."""
        leaving, self._leaving = self._leaving, []
        for thread in leaving:
            assert thread.host
            assert thread.stack
            with self:
                thread.host.join()
            for block in (thread.stack.block, thread.address):
                if block:
                    self.guest.free(block)

    # --- the end of the program

    def end(self, reason: BaseException) -> None:
        """End the program: all threads but this one, which is about to, end where they are."""
        if self.ended is not None:
            return
        self.ended = reason
        for thread in (self.main, *self.others.values()):
            if thread is not self.here and thread.linked and not thread.done:
                thread.linker.stop(reason if thread is self.main else Ended())
            thread.may_start.set()
            for waiter in thread.waiters:
                waiter.event.set()

    def finish(self) -> None:
        """The first thread has ended the program, from outside of it: the others are gone afterwards.

        Raises RuntimeError inside of a call of it.
        """
        if self.running is self.here:
            raise RuntimeError("a program cannot be closed from inside a call of it")
        with self.lock:
            self.end(Ended())
            threads = (*self.others.values(), *self._leaving)
        for thread in threads:
            if thread.host:
                thread.host.join()

    def outlive(self) -> NoReturn:
        """The first thread has ended, but not the program: that ends with the last of the others."""
        while self._are_others:
            self.wait(self.main.address, self._load(self.main, 0), SLICE)
        raise Exit(0)

    @property
    def _are_others(self) -> bool:
        return any(not thread.done for thread in self.others.values())

    # --- waiting

    def wait(self, address: int, value: int, timeout: int | None) -> bool:
        """Wait, if a word has a value, for `wake`, at most `timeout` nanoseconds (None: for ever); whether it came.

        Errors: EAGAIN (another value). It is over at the time-out by the real clock, as the other threads go by that.
        Raises Abort where there is none that could end it.
        """
        thread, clock = self.here, self.guest.process.clock
        if self.guest.memory.load_i32(address) != value:
            raise SysError(Errno.EAGAIN)
        if thread is self.main and not self._are_others:
            if timeout is None:
                raise Abort("the program waits for another thread, and there is none")
            clock.sleep(timeout)
            return False
        waiter = Waiter(address)
        self._waiters.setdefault(address, []).append(waiter)
        thread.waiters.append(waiter)
        end = None if timeout is None else system.monotonic() + timeout
        try:
            while not waiter.woken:
                waiter.event.clear()
                self.make_queued_calls()
                left = None if end is None else end - system.monotonic()
                if left is not None and left <= 0:
                    if timeout and not clock.waits:
                        clock.sleep(timeout)
                    return False
                patience = clock.patience(left)
                if not waiter.woken:
                    with self:
                        waiter.event.wait(None if patience is None else patience / 1e9)
        finally:
            thread.waiters.remove(waiter)
            if not waiter.woken:
                self._queue(waiter.address, [w for w in self._waiters[waiter.address] if w is not waiter])
        return True

    def wake(self, address: int, count: int | None, rest: int | None = None) -> int:
        """Wake up to `count` threads (None: all) that wait for a word, the longest waiting first; how many it was.

        Those that are left wait for the word at `rest` from now on, if it is given.
        """
        queue = self._waiters.get(address, [])
        woken, left = queue[:count], [] if count is None else queue[count:]
        for waiter in woken:
            waiter.woken = True
            waiter.event.set()
        if rest is not None and rest != address:
            for waiter in left:
                waiter.address = rest
            self._queue(rest, self._waiters.get(rest, []) + left)
            left = []
        self._queue(address, left)
        return len(woken)

    def _queue(self, address: int, queue: list[Waiter]) -> None:
        if queue:
            self._waiters[address] = queue
        else:
            self._waiters.pop(address, None)

    def notify_main(self) -> None:
        """There are calls for the first thread to make."""
        self.queued = True
        for waiter in self.main.waiters:
            waiter.event.set()

    def make_queued_calls(self) -> None:
        """If this is the first thread, make the calls that others want made there."""
        if self.queued and self.here is self.main:
            self.queued = False
            self.guest.export("_emscripten_main_thread_process_queued_calls")()
