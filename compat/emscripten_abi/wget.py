"""Loading by URL (src/library_browser.js, library_async.js). A browser did it: here every request fails, as offline.

What the JavaScript did with a file that it had loaded, decoding images and sounds, needs a browser.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from posixpath import join, normpath

from compat.abi.kinds import I32, Out, Pointer, Text
from compat.abi.row import PARTIAL, STUB, Table
from compat.emscripten_abi.asynchronous import later
from compat.emscripten_abi.guest import EmscriptenGuest
from compat.emscripten_abi.libc.texts import encode, new_text
from compat.kernel.errno import Errno, SysError

env = Table("env", "wget")

_UNREACHABLE = "every request fails, as offline"
_CALLED = f"`onerror` is called: {_UNREACHABLE}"
_AS_IT_IS = "`onload` is called with a file as it is: images and sounds are decoded in a browser"
PATH_MAX = 4096
"""Bytes: a path is kept until it is told."""
NO_STATUS = 0
"""What XMLHttpRequest has for the status of a request that got no answer."""


class Requests:
    """The requests of a program."""

    def __init__(self, guest: EmscriptenGuest) -> None:
        self.made = 0
        """How many have a handle; the first is 0."""
        self.waiting: dict[int, int] = {}
        """The timers of those that are not answered yet, by handle."""
        self.named = 0
        """How many pieces of data were given a name."""


@env.function("_emscripten_wget", level=STUB, note=f"no file is made: {_UNREACHABLE}")
def emscripten_wget(url: Text, file: Text) -> None:
    """Load a file, while the program waits."""


@env.function("_emscripten_wget_data", level=STUB, note=f"the error is set to 1: {_UNREACHABLE}")
def emscripten_wget_data(url: Text, buffer: Pointer, size: Pointer, error: Out[I32]) -> None:
    """Load data into memory, while the program waits."""
    error.set(1)


@env.function("_emscripten_async_wget", level=PARTIAL, note=_CALLED)
def emscripten_async_wget(guest: EmscriptenGuest, url: Text, file: Text, onload: Pointer, onerror: Pointer) -> None:
    """Load a file; either function is called with its path."""
    path = encode(normpath(join(guest.process.getcwd(), file)))
    if len(path) > PATH_MAX:
        raise SysError(Errno.ENAMETOOLONG)

    def fail() -> None:
        stack = guest.call("stackSave")
        address = guest.stack_alloc(len(path))
        guest.memory.write(address, path)
        guest.call("dynCall_vi", onerror, address)
        guest.call("stackRestore", stack or 0)

    if onerror:
        later(guest, 0, fail)


@env.function("_emscripten_async_wget_data", level=PARTIAL, note=_CALLED)
def emscripten_async_wget_data(
    guest: EmscriptenGuest, url: Text, argument: Pointer, onload: Pointer, onerror: Pointer
) -> None:
    """Load data into memory; either function is called with `argument`."""
    if onerror:
        later(guest, 0, partial(guest.call, "dynCall_vi", onerror, argument))


def _request(guest: EmscriptenGuest, fail: Callable[[int], object]) -> int:
    """Make a request, which `fail` is called for with its handle."""
    requests = guest.part(Requests)
    handle = requests.made
    requests.made += 1

    def answer() -> None:
        del requests.waiting[handle]
        fail(handle)

    requests.waiting[handle] = later(guest, 0, answer)
    return handle


@env.function("_emscripten_async_wget2", level=PARTIAL, note=_CALLED)
def emscripten_async_wget2(
    guest: EmscriptenGuest,
    url: Text,
    file: Text,
    method: Text,
    body: Text,
    argument: Pointer,
    onload: Pointer,
    onerror: Pointer,
    onprogress: Pointer,
) -> I32:
    """Load a file, and return a handle; the functions are called with that, `argument` and what there is to say."""

    def fail(handle: int) -> None:
        if onerror:
            guest.call("dynCall_viii", onerror, handle, argument, NO_STATUS)

    return _request(guest, fail)


@env.function("_emscripten_async_wget2_data", level=PARTIAL, note=_CALLED)
def emscripten_async_wget2_data(
    guest: EmscriptenGuest,
    url: Text,
    method: Text,
    body: Text,
    argument: Pointer,
    free: I32,
    onload: Pointer,
    onerror: Pointer,
    onprogress: Pointer,
) -> I32:
    """Load data into memory, and return a handle. The status comes without its text, as in the JavaScript."""

    def fail(handle: int) -> None:
        if onerror:
            guest.call("dynCall_viiii", onerror, handle, argument, NO_STATUS, 0)

    return _request(guest, fail)


@env.function("_emscripten_async_wget2_abort")
def emscripten_async_wget2_abort(guest: EmscriptenGuest, handle: I32) -> None:
    """Give a request up: nothing is called for it."""
    timer = guest.part(Requests).waiting.pop(handle, None)
    if timer is not None:
        guest.timers.cancel(timer)


@env.function("_emscripten_run_preload_plugins", level=PARTIAL, note=_AS_IT_IS)
def emscripten_run_preload_plugins(guest: EmscriptenGuest, file: Pointer, onload: Pointer, onerror: Pointer) -> I32:
    """Decode a file of the program's; either function is called with its name. -1 if there is none."""
    process = guest.process
    try:
        path = guest.memory.cstring(file).decode("utf-8", "surrogateescape")
        process.fs.stat(path, base=process.cwd)
    except SysError:
        return -1
    if onload:
        later(guest, 0, partial(guest.call, "dynCall_vi", onload, file))
    return 0


@env.function("_emscripten_run_preload_plugins_data", level=PARTIAL, note=_AS_IT_IS)
def emscripten_run_preload_plugins_data(
    guest: EmscriptenGuest,
    data: Pointer,
    size: I32,
    suffix: Text,
    argument: Pointer,
    onload: Pointer,
    onerror: Pointer,
) -> None:
    """Decode data; `onload` is called with `argument` and a name for it, which is the program's to keep."""
    requests = guest.part(Requests)
    name = new_text(guest, f"prepare_data_{requests.named}.{suffix}")
    requests.named += 1
    if onload:
        later(guest, 0, partial(guest.call, "dynCall_vii", onload, argument, name))


@env.function("_emscripten_async_load_script", level=PARTIAL, note="`onerror` is called: no JavaScript is run")
def emscripten_async_load_script(guest: EmscriptenGuest, url: Text, onload: Pointer, onerror: Pointer) -> None:
    """Load more JavaScript into the page."""
    if onerror:
        later(guest, 0, partial(guest.call, "dynCall_v", onerror))
