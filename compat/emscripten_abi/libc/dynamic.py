"""dlopen and its relatives (src/library.js)."""

from __future__ import annotations

from compat.abi.bind import Signature
from compat.abi.kinds import I32, Out, Pointer, Text
from compat.abi.row import PARTIAL, Table
from compat.emscripten_abi.dynamic import SELF, Libraries
from compat.emscripten_abi.guest import EmscriptenGuest
from compat.emscripten_abi.libc.texts import new_text
from compat.emscripten_abi.structs import DlInfo
from compat.errors import MalformedModule, Unsupported
from compat.kernel.errno import SysError
from compat.kernel.files import OpenFlags
from compat.kernel.process import Process

env = Table("env", "dynamic linking")

RTLD_GLOBAL = 0x100
RTLD_NODELETE = 0x1000


class Failure:
    """What went wrong last, until dlerror has been asked."""

    def __init__(self, guest: EmscriptenGuest) -> None:
        self.message: str | None = None


@env.function("_dlopen")
def dlopen(guest: EmscriptenGuest, path: Text | None, flags: I32) -> Pointer:
    """Load a library from the guest's files, or LD_LIBRARY_PATH; without a path, the program. NULL for failure."""
    if path is None:
        return SELF
    libraries = guest.part(Libraries)
    try:
        return libraries.open(
            path,
            lambda name: _content(guest.process, name),
            is_global=bool(flags & RTLD_GLOBAL),
            keep=bool(flags & RTLD_NODELETE),
        )
    except (MalformedModule, Unsupported, SysError) as error:
        guest.part(Failure).message = f"Could not load dynamic lib: {path}\n{error}"
        return 0


def _content(process: Process, name: str) -> bytes:
    folders = process.env.get("LD_LIBRARY_PATH", "").split(":")
    places = (name, *(f"{folder}/{name}" for folder in folders if folder))
    path = next((place for place in places if _exists(process, place)), name)
    file = process.fs.open(path, OpenFlags.READ, base=process.cwd)
    try:
        return b"".join(iter(lambda: file.read(1 << 20), b""))
    finally:
        file.close()


def _exists(process: Process, path: str) -> bool:
    try:
        return process.fs.resolve(path, base=process.cwd).node is not None
    except SysError:
        return False


@env.function("_dlsym")
def dlsym(guest: EmscriptenGuest, handle: I32, name: Text) -> Pointer:
    """The address of a symbol of a library: of a function, a pointer to it. NULL for failure."""
    libraries = guest.part(Libraries)
    library = libraries.loaded.get(handle)
    if library is None:
        guest.part(Failure).message = f"Tried to dlsym() from an unopened handle: {handle}"
        return 0
    try:
        return libraries.address(handle, name)
    except KeyError:
        guest.part(Failure).message = f'Tried to lookup unknown symbol "_{name}" in dynamic lib: {library.name}'
    except Unsupported as error:
        guest.part(Failure).message = str(error)
    return 0


@env.function("_dlclose")
def dlclose(guest: EmscriptenGuest, handle: I32) -> I32:
    """Let go of a library. 0, or 1 for what is none."""
    try:
        guest.part(Libraries).close(handle)
    except KeyError:
        guest.part(Failure).message = f"Tried to dlclose() unopened handle: {handle}"
        return 1
    return 0


@env.function("_dlerror")
def dlerror(guest: EmscriptenGuest) -> Pointer:
    """The message about the last failure, once; NULL if there is none. The text is the program's to keep."""
    failure = guest.part(Failure)
    message, failure.message = failure.message, None
    return new_text(guest, message) if message is not None else 0


class Names(dict[str, int]):
    """Names that were told by `dladdr`, by their text: they stay."""

    def __init__(self, guest: EmscriptenGuest) -> None:
        super().__init__()
        self._guest = guest

    def __missing__(self, text: str) -> int:
        self[text] = address = new_text(self._guest, text)
        return address


@env.function(
    "_dladdr", level=PARTIAL, note="symbols are known of libraries' data, and of functions that were asked for by name"
)
def dladdr(guest: EmscriptenGuest, address: Pointer, result: Out[DlInfo]) -> I32:
    """The file and the symbol that an address, or a function pointer, belongs to. 1: all belongs to the program.

    The JavaScript told the program's name always, and no symbol.
    """
    library, symbol, start = guest.part(Libraries).origin(address)
    names = guest.part(Names)
    file = library.name if library.memory or library.table else guest.process.args[0]
    result.set(DlInfo(fname=names[file], fbase=library.memory.start, sname=names[symbol] if symbol else 0, saddr=start))
    return 1


# --- what relocatable modules import for each symbol whose address they take


@env.function("g${name}")
def address_of(guest: EmscriptenGuest, name: Signature) -> Pointer:
    """The address of a variable, of the program or a library."""
    return guest.part(Libraries).address_of(name)


@env.function("fp${name}")
def pointer_to(guest: EmscriptenGuest, name: Signature) -> Pointer:
    """A pointer to a function, of the program or a library: `name` ends in `$` and the signature."""
    symbol, _, signature = name.rpartition("$")
    return guest.part(Libraries).pointer_to(symbol, signature)
