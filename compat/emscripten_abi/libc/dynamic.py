"""dlopen and its relatives, for programs that were linked without dynamic linking: they fail as dlfcn.h says."""

from __future__ import annotations

from compat.abi.kinds import I32, Out, Pointer
from compat.abi.row import STUB, Table
from compat.emscripten_abi.guest import EmscriptenGuest
from compat.emscripten_abi.libc.texts import static_text
from compat.emscripten_abi.structs import DlInfo

env = Table("env", "dynamic linking")

MESSAGE = "the program was built without dynamic linking"
FAILS = f"fails, and dlerror() says: {MESSAGE}"


class Linker:
    """Whether the last call failed, and dlerror has not been asked yet."""

    def __init__(self, guest: EmscriptenGuest) -> None:
        self.failed = False


@env.function("_dlopen", level=STUB, note=FAILS)
def dlopen(guest: EmscriptenGuest, path: Pointer, flags: I32) -> Pointer:
    """Load a library. NULL. The JavaScript aborted."""
    guest.part(Linker).failed = True
    return 0


@env.function("_dlsym", level=STUB, note=FAILS)
def dlsym(guest: EmscriptenGuest, handle: Pointer, name: Pointer) -> Pointer:
    """The address of a symbol of a library. NULL."""
    guest.part(Linker).failed = True
    return 0


@env.function("_dlclose", level=STUB, note=FAILS)
def dlclose(guest: EmscriptenGuest, handle: Pointer) -> I32:
    """Let go of a library. -1."""
    guest.part(Linker).failed = True
    return -1


@env.function("_dlerror")
def dlerror(guest: EmscriptenGuest) -> Pointer:
    """The message about the last failure, once; NULL if there is none."""
    linker = guest.part(Linker)
    failed, linker.failed = linker.failed, False
    return static_text(guest, "dlerror", MESSAGE) if failed else 0


@env.function("_dladdr", level=STUB, note="0: no address belongs to a symbol that is known")
def dladdr(address: Pointer, result: Out[DlInfo]) -> I32:
    """The symbol that an address belongs to. 0 if there is none."""
    return 0
