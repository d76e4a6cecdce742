"""Coroutines (src/library_async.js): functions that return in the middle, and are taken up again there.

A program that was compiled with asyncify has all of it inside. Under the emterpreter (EMTERPRETIFY_ASYNC, from 1.37.29
on) each coroutine has a stack of the emterpreter's own, in memory that the program allocates, and the host exchanges
the stacks. Fibers, which came with 1.39.7, were never there for fastcomp.
"""

from __future__ import annotations

from enum import IntEnum

from compat._typing import NamedTuple
from compat.abi.guest import Value
from compat.abi.kinds import I32, Pointer
from compat.abi.row import Table
from compat.emscripten_abi.globals import emtstacktop
from compat.emscripten_abi.guest import EmscriptenGuest
from compat.errors import Abort, GuestException

env = Table("env", "async")

STACK, FUNCTION, ARGUMENT = 12, 24, 28
"""Where a coroutine has three words for its stack, then the function that it starts with, or 0, and its argument."""


class AsyncState(IntEnum):
    """What the emterpreter does after a call, and on entering a function."""

    NORMAL = 0
    SAVING = 1
    """It returns, and leaves its stack as it is."""
    RESTORING = 2
    """It goes on where the function had got to."""


class Stack(NamedTuple):
    """A stack of the emterpreter's: three addresses."""

    base: int
    top: int
    end: int


class Coroutines:
    """The stack that the emterpreter uses, and what it was told to do."""

    def __init__(self, guest: EmscriptenGuest) -> None:
        self._guest = guest
        self._base = emtstacktop(guest)
        self._state = AsyncState.NORMAL
        self.running = 0
        """How many coroutines have been entered, each by the one before."""

    @property
    def state(self) -> AsyncState:
        return self._state

    @state.setter
    def state(self, state: AsyncState) -> None:
        self._state = state
        self._export("setAsyncState", state)

    def exchange(self, stack: Stack) -> Stack:
        """Have the emterpreter use another stack; returns the one that it used."""
        used = Stack(self._base, self._export("emtStackSave"), self._export("getEmtStackMax"))
        self._base = stack.base
        self._export("emtStackRestore", stack.top)
        self._export("setEmtStackMax", stack.end)
        return used

    def resume(self) -> None:
        """Go on where the stack in use was saved: at its base is the function that was entered first."""
        self.state = AsyncState.RESTORING
        self._export("emterpret", self._guest.memory.load_u32(self._base))

    def _export(self, name: str, *args: Value) -> int:
        return int(self._guest.export(name)(*args) or 0) & 0xFFFF_FFFF


@env.function("_emscripten_coroutine_next")
def emscripten_coroutine_next(guest: EmscriptenGuest, coroutine: Pointer) -> I32:
    """Start a coroutine or take it up again; 1 if it yielded, and 0 if it has returned, and is freed."""
    coroutines, memory = guest.part(Coroutines), guest.memory
    outer = coroutines.exchange(Stack(*(memory.load_u32(coroutine + STACK + 4 * i) for i in range(3))))
    coroutines.running += 1
    try:
        if function := memory.load_u32(coroutine + FUNCTION):
            memory.store_32(coroutine + FUNCTION, 0)
            guest.call_pointer("vi", function, memory.load_u32(coroutine + ARGUMENT))
        else:
            coroutines.resume()
    except GuestException:
        coroutines.exchange(outer)
        raise
    finally:
        coroutines.running -= 1
    yielded = coroutines.state is not AsyncState.NORMAL
    coroutines.state = AsyncState.NORMAL
    for i, address in enumerate(coroutines.exchange(outer)):
        memory.store_32(coroutine + STACK + 4 * i, address)
    if not yielded:
        guest.free(coroutine)
    return yielded


@env.function("_emscripten_yield")
def emscripten_yield(guest: EmscriptenGuest) -> None:
    """Leave the coroutine for whoever entered it. It is called once more when the coroutine is taken up again."""
    coroutines = guest.part(Coroutines)
    if not coroutines.running:
        raise Abort("emscripten_yield: the program is in no coroutine")
    again = coroutines.state is AsyncState.RESTORING
    coroutines.state = AsyncState.NORMAL if again else AsyncState.SAVING


env.absent("_emscripten_coroutine_create", note="compiled without ASYNCIFY or EMTERPRETIFY_ASYNC it has no coroutines")
env.absent(
    *("_emscripten_fiber_init", "_emscripten_fiber_init_from_current_context", "_emscripten_fiber_swap"),
    *("_emscripten_scan_registers", "_emscripten_lazy_load_code"),
    note="only Emscripten's later backend had it",
)
