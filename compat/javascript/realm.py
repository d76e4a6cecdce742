"""One program's JavaScript: a context of its own, with a view of the guest's memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from compat._typing import Any
from compat.errors import Abort
from compat.javascript._quickjs import ffi, lib
from compat.javascript.library import library

Item = float | str | bytes | bool | None
"""What crosses between Python and JavaScript: numbers, strings, booleans, bytes (a Uint8Array, copied), and null or
undefined.
"""

MEMORY_LIMIT = 256 << 20
"""Bytes that the scripts of one program may take; the guest's memory is not counted."""
STACK_LIMIT = 512 << 10
"""Bytes of the host's stack, whatever lies between calls that nest included."""

_HARDEN = b"""
for (const name of ["resize", "transfer", "transferToFixedLength", "transferToImmutable", "sliceToImmutable"])
  delete ArrayBuffer.prototype[name];
"""
"""Nothing may take the guest's memory away from under its view."""


class ScriptError(Exception):
    """JavaScript threw something and did not catch it; the text is what that says of itself."""


class Realm:
    """A context. `close` frees it; the memory that it was shown must live until then."""

    error: type[Exception] = ScriptError

    def __init__(self, host: Callable[..., Item], expired: Callable[[], bool]) -> None:
        """`host` answers calls of the function of that name in JavaScript. What it raises leaves JavaScript, in which
        nothing can catch it, and comes out of `evaluate` or `call` as itself. `expired` is asked now and then while
        scripts run, and ends them.

        Raises EngineUnavailable.
        """
        library()
        self._host = host
        self._expired = expired
        self._raised: BaseException | None = None
        self._handle = ffi.new_handle(self)
        realm = lib.realm_new(self._handle, MEMORY_LIMIT, STACK_LIMIT)
        if realm == ffi.NULL:
            raise Abort("there is no memory left for JavaScript")
        # Freed with this object at the latest, whether or not its memory is still there: none of that is touched.
        self._realm = ffi.gc(realm, lib.realm_delete)
        self.evaluate(_HARDEN.decode(), "harden")

    def show(self, memory: memoryview, maximum: int) -> None:
        """Lay the ArrayBuffer `memory` of JavaScript over the guest's memory as it is; at most `maximum` bytes, ever.

        The first call makes it, further ones let it follow the memory. Raises Abort for want of memory.
        """
        with ffi.from_buffer("uint8_t[]", memory, require_writable=True) as view:
            if not lib.realm_memory(self._open, view, len(memory), maximum):
                raise Abort("there is no memory left for JavaScript")

    def evaluate(self, text: str, name: str) -> Item:
        """Run a script, called `name` in messages; returns the value of its last statement. Raises ScriptError."""
        data = text.encode("utf-8", "surrogatepass")
        return self._finished(lib.realm_evaluate(self._open, data + b"\0", len(data), name.encode()))

    def call(self, function: str, *arguments: Item) -> Item:
        """Call a function of the global object. Raises ScriptError."""
        keep: list[Any] = []
        items = ffi.new("item_t[]", [_item(value, keep) for value in arguments])
        return self._finished(lib.realm_call(self._open, function.encode(), items, len(arguments)))

    def run_jobs(self) -> None:
        """Do what promises have put off, and what that puts off, until nothing is left. What it throws, promises keep.

        Raises what `host` raises, and ScriptError where a job cannot be done, for want of memory for example.
        """
        while done := lib.realm_job(self._open):
            if done < 0 or self._raised is not None:
                self._finished(False)

    def close(self) -> None:
        """Free the context. Again is harmless. Raises RuntimeError while a script runs."""
        if self._realm != ffi.NULL and lib.realm_is_running(self._realm):
            raise RuntimeError("a program cannot be closed from inside its JavaScript")
        self._realm = ffi.NULL

    @property
    def _open(self) -> Any:
        if self._realm == ffi.NULL:
            raise ValueError("the realm is closed")
        return self._realm

    def _finished(self, succeeded: bool) -> Item:
        raised, self._raised = self._raised, None
        if raised is not None:
            raise raised
        result = _value(lib.realm_result(self._realm))
        if not succeeded:
            raise ScriptError(str(result))
        return result

    # What follows is called from C.

    def asked(self, items: Sequence[Any]) -> None:
        keep: list[Any] = []
        kind, number, text, size = _item(self._host(*map(_value, items)), keep)
        lib.realm_return(self._realm, kind, number, text, size)

    def caught(self, error: BaseException) -> None:
        self._raised = error

    def expired(self) -> bool:
        return self._expired()


def _item(value: Item, keep: list[Any]) -> tuple[int, float, Any, int]:
    """The fields of an item; what it points to is kept in `keep`."""
    if value is None:
        return lib.UNDEFINED, 0.0, ffi.NULL, 0
    if isinstance(value, bool):
        return lib.BOOL_, float(value), ffi.NULL, 0
    if isinstance(value, int | float):
        return lib.NUMBER, float(value), ffi.NULL, 0
    data = value.encode("utf-8", "surrogatepass") if isinstance(value, str) else value
    text = ffi.from_buffer("char[]", data)
    keep.append(text)
    return lib.TEXT if isinstance(value, str) else lib.BYTES, 0.0, text, len(data)


def _value(item: Any) -> Item:
    if item.kind == lib.NUMBER:
        return float(item.number)
    if item.kind == lib.BOOL_:
        return bool(item.number)
    if item.kind in (lib.TEXT, lib.BYTES):
        data = bytes(ffi.buffer(item.text, item.size)) if item.size else b""
        return data.decode("utf-8", "surrogatepass") if item.kind == lib.TEXT else data
    return None


def _caught(kind: type[BaseException], error: BaseException, traceback: Any) -> None:
    """As for host functions of the guest: see the account in compat/engine/engine.csrc.c, step 2."""
    if traceback is not None:
        ffi.from_handle(traceback.tb_frame.f_locals["handle"]).caught(error.with_traceback(traceback.tb_next))


@ffi.def_extern(error=False, onerror=_caught)  # type: ignore[untyped-decorator]
def javascript_host(handle: Any, items: Any, count: int) -> bool:
    """Every call from JavaScript into Python comes through here."""
    ffi.from_handle(handle).asked([items[i] for i in range(count)])
    return True


@ffi.def_extern(error=True, onerror=_caught)  # type: ignore[untyped-decorator]
def javascript_interrupted(handle: Any) -> bool:
    """Whether the script that runs is to be ended."""
    expired: bool = ffi.from_handle(handle).expired()
    return expired
