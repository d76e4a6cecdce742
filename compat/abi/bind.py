"""From a row to the function that the engine calls: decoding, the body, the result, specialised once per import.

The wrapper is written as source and compiled, as `dataclasses` does it: a call decodes just what its body takes, in
straight-line code.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from inspect import Parameter, signature
from struct import Struct as Packer
from typing import Annotated, Any, NoReturn, get_type_hints

from compat.abi.guest import Guest, Value
from compat.abi.kinds import kind_of
from compat.abi.memory import Memory
from compat.abi.row import Row
from compat.errors import Abort
from compat.kernel.errno import Errno, SysError
from compat.kernel.process import Process


class _Sig:
    pass


Signature = Annotated[str, _Sig()]
"""A parameter that gets what stood for `{sig}` in the import's name."""

_VARARG_CODES = {"i": "i", "j": "q"}


def row_type(row: Row) -> str | None:
    """The signature of a Python row, as `str(FuncType)` writes it; None for a row that takes whatever is declared."""
    assert row.body is not None
    if row.varargs:
        return "i(ii)"
    if any(p.kind is Parameter.VAR_POSITIONAL for p in signature(row.body).parameters.values()):
        return None
    hints = get_type_hints(row.body, include_extras=True)
    result = hints.pop("return", None)
    params = "".join(kind_of(hint).slots for hint in hints.values() if not _is_supplied(hint))
    if result is NoReturn or (result in (None, type(None)) and not row.returns_errno):
        return f"v({params})"
    return f"{'i' if row.returns_errno else kind_of(result).slots}({params})"


def bind(row: Row, guest: Guest, import_name: str, sig: str = "") -> Callable[..., Value | None]:
    """The host function for an import that `row` answers; `sig` is what stood for `{sig}` in its name."""
    assert row.body is not None
    scope: dict[str, Any] = {"guest": guest, "SysError": SysError, "failed": _failure(row, guest, import_name)}
    scope["body"] = _traced(row.body, import_name, guest.trace) if guest.trace else row.body
    raw: list[str] = []
    slots = ""
    arguments = []
    hints = get_type_hints(row.body, include_extras=True)
    for parameter in signature(row.body).parameters.values():
        hint = hints[parameter.name]
        if parameter.kind is Parameter.VAR_POSITIONAL:
            raw.append("*rest")
            arguments.append("*rest")
        elif _is_supplied(hint):
            scope[f"supplied_{parameter.name}"] = _supplied(hint, guest, sig)
            arguments.append(f"supplied_{parameter.name}")
        else:
            kind = kind_of(hint)
            taken = [f"r{len(raw) + i}" for i in range(len(kind.slots))]
            raw += taken
            slots += kind.slots
            scope[f"decode_{parameter.name}"] = kind.decode
            arguments.append(kind.expression(*taken) or f"decode_{parameter.name}(guest, {', '.join(taken)})")
    unpack = ""
    if row.varargs:
        scope["slots"] = Packer("<" + "".join(_VARARG_CODES[slot] for slot in slots))
        scope["view"] = guest.memory.view
        if raw:
            unpack = f"{', '.join(raw)}, = slots.unpack(view(address & 0xFFFFFFFF, {scope['slots'].size}))"
    if row.returns_errno:
        result = "0"
    else:
        result = "result or 0" if row.varargs else "result"
    source = f"""
def call({"which, address" if row.varargs else ", ".join(raw)}):
    try:
        {unpack}
        result = body({", ".join(arguments)})
    except SysError as error:
        return failed(error.errno)
    return {result}
"""
    exec(compile(source, f"<{row.module}.{import_name}>", "exec"), scope)
    call: Callable[..., Value | None] = scope["call"]
    return call


def _is_supplied(hint: Any) -> bool:
    return hint in (Memory, Process, Signature) or (isinstance(hint, type) and issubclass(hint, Guest))


def _supplied(hint: Any, guest: Guest, sig: str) -> object:
    if hint == Signature:
        return sig
    return {Memory: guest.memory, Process: guest.process}.get(hint, guest)


def _failure(row: Row, guest: Guest, import_name: str) -> Callable[[Errno], Value]:
    failure = row.failure

    def failed(errno: Errno) -> Value:
        if failure is None:
            # The function has no way to report a failure: in JavaScript it would have thrown.
            raise Abort(f"{row.module}.{import_name} failed: {errno.name}")
        return failure(guest, errno)

    return failed


def _traced(body: Callable[..., Any], name: str, write: Callable[[str], None] | None) -> Callable[..., Any]:
    """The body, telling every call with its decoded arguments and its outcome."""
    assert write is not None
    parameters = signature(body).parameters.values()
    hints = get_type_hints(body, include_extras=True)
    shown = [(i, p.name) for i, p in enumerate(parameters) if not _is_supplied(hints[p.name])]

    @wraps(body)
    def call(*args: Any) -> Any:
        values = ", ".join(f"{label}={args[i]!r}" for i, label in shown if i < len(args))
        try:
            result = body(*args)
        except BaseException as error:
            write(f"{name}({values}) -> {error or type(error).__name__}")
            raise
        write(f"{name}({values}) = {result!r}")
        return result

    return call
