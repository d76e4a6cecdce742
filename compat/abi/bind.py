"""From a row to the function that the engine calls: decoding, the body, the result, specialised once per import.

The wrapper is written as source and compiled, as `dataclasses` does it: a call decodes just what its body takes, in
straight-line code.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from struct import Struct as Packer

from compat._enum import Enum
from compat._typing import TYPE_CHECKING, Any, NamedTuple, NoReturn
from compat.abi.guest import Guest, Value
from compat.abi.kinds import Kind, kind_of
from compat.abi.memory import Memory
from compat.abi.row import Row, Serves
from compat.errors import Abort
from compat.kernel.errno import Errno, SysError
from compat.kernel.process import Process

if TYPE_CHECKING:
    from types import CodeType

    Signature = str
else:
    Signature = object()
    """A parameter that gets what stood for `{sig}` in the import's name."""

_VARARGS = 0x04  # inspect.CO_VARARGS
_VARARG_CODES = {"i": "i", "j": "q"}
_SHOWN_BYTES = 32


class _Parameter(NamedTuple):
    """A parameter of a body: decoded by its kind, or (None) supplied, or (`*`) whatever the guest passes."""

    name: str
    annotation: Any
    kind: Kind | None


def row_type(row: Row) -> str | None:
    """The signature of a row, as `str(FuncType)` writes it; None for a row that takes whatever is declared."""
    if row.varargs:
        return "i(ii)"
    if row.where or row.serves is not Serves.PYTHON:
        return row.type
    assert row.body is not None
    if row.body.__code__.co_flags & _VARARGS:
        return None
    params = "".join(parameter.kind.slots for parameter in _parameters(row.body) if parameter.kind)
    result = _evaluate(row.body, "return")
    if result is NoReturn or (result is None and not row.returns_errno):
        return f"v({params})"
    return f"{'i' if row.returns_errno else kind_of(result).slots}({params})"


def direct_type(row: Row) -> str | None:
    """The signature of a `varargs` row for a guest with direct calls."""
    if row.where:
        return row.type
    assert row.body is not None
    return f"i({'i' * (_slots(row.body).size // 4)})"


def _slots(body: Callable[..., Any]) -> Packer:
    letters = "".join(parameter.kind.slots for parameter in _parameters(body) if parameter.kind)
    return Packer("<" + "".join(_VARARG_CODES[letter] for letter in letters))


def bind(row: Row, guest: Guest, import_name: str, sig: str = "") -> Callable[..., Value | None]:
    """The host function for an import that `row` answers; `sig` is what stood for `{sig}` in its name."""
    row = row.declared()
    assert row.body is not None
    scope: dict[str, Any] = {"guest": guest, "SysError": SysError, "failed": _failure(row, guest, import_name)}
    scope["body"] = _traced(row.body, import_name, guest.trace) if guest.trace else row.body
    raw: list[str] = []
    arguments = []
    for name, annotation, kind in _parameters(row.body):
        if kind is None:
            scope[f"supplied_{name}"] = _supplied(annotation, guest, sig)
            arguments.append(f"supplied_{name}")
            continue
        taken = [f"r{len(raw) + i}" for i in range(len(kind.slots))]
        raw += taken
        scope[f"decode_{name}"] = kind.decode
        arguments.append(kind.expression(*taken) or f"decode_{name}(guest, {', '.join(taken)})")
    if row.body.__code__.co_flags & _VARARGS:
        raw.append("*rest")
        arguments.append("*rest")
    declared, unpack = ", ".join(raw), ""
    if row.varargs:
        scope["slots"] = slots = _slots(row.body)
        declared, source_of_slots = _varargs(guest, slots.size, row.variadic, scope)
        unpack = f"{', '.join(raw)}, = slots.unpack({source_of_slots})" if raw else ""
    result = "0" if row.returns_errno else "result or 0" if row.varargs else "result"
    source = f"""
def call({declared}):
    try:
        {unpack}
        result = body({", ".join(arguments)})
    except SysError as error:
        return failed(error.errno)
    return {result}
"""
    exec(_code(source, f"<{row.module}.{import_name}>"), scope)
    call: Callable[..., Value | None] = scope["call"]
    return call


@cache
def _code(source: str, name: str) -> CodeType:
    """Compiled once: every instance of a library binds the same rows."""
    return compile(source, name, "exec")


def _varargs(guest: Guest, size: int, variadic: bool, scope: dict[str, Any]) -> tuple[str, str]:
    """The parameters of a call with slots, and the Python source of their `size` bytes."""
    if not guest.direct_calls:
        scope["view"] = guest.memory.view
        return "which, address", f"view(address & 0xFFFFFFFF, {size})"
    words = [f"w{i}" for i in range(size // 4)]
    scope["words"] = Packer(f"<{len(words)}I")
    scope["load"] = guest.memory.load_u32
    values = [f"{word} & 0xFFFFFFFF" for word in words]
    if variadic:
        # A null pointer: the caller had nothing to pass.
        values[-1] = f"load({values[-1]}) if {words[-1]} else 0"
    return ", ".join(words), f"words.pack({', '.join(values)})"


def _parameters(body: Callable[..., Any]) -> Iterator[_Parameter]:
    """The declared parameters, in order, without a `*rest`."""
    code = body.__code__
    for name in code.co_varnames[: code.co_argcount]:
        annotation = _evaluate(body, name)
        yield _Parameter(name, annotation, None if _is_supplied(annotation) else kind_of(annotation))


def _evaluate(body: Callable[..., Any], name: str) -> Any:
    """The value of an annotation, which is kept as text, in the module of the body."""
    text, scope = body.__annotations__[name], body.__globals__
    if not isinstance(text, str):
        return text
    # Most are plain names, and a look-up costs a tenth of what compiling an expression does.
    return scope[text] if text in scope else eval(text, scope)


def _is_supplied(annotation: Any) -> bool:
    return (
        annotation is Memory
        or annotation is Process
        or annotation is Signature
        or (isinstance(annotation, type) and issubclass(annotation, Guest))
    )


def _supplied(annotation: Any, guest: Guest, sig: str) -> object:
    if annotation is Signature:
        return sig
    return guest.memory if annotation is Memory else guest.process if annotation is Process else guest


def _failure(row: Row, guest: Guest, import_name: str) -> Callable[[Errno], Value]:
    failure = row.failure

    def failed(errno: Errno) -> Value:
        if failure is None:
            # The function has no way to report a failure: in JavaScript it would have thrown.
            raise Abort(f"{row.module}.{import_name} failed: {errno.name}")
        return failure(guest, errno)

    return failed


def _traced(body: Callable[..., Any], name: str, write: Callable[[str], None]) -> Callable[..., Any]:
    """The body, telling every call with its decoded arguments and its outcome."""
    labels = {index: p.name for index, p in enumerate(_parameters(body)) if p.kind}
    rest = body.__code__.co_argcount

    def call(*args: Any) -> Any:
        outcome = ""
        try:
            result = body(*args)
            outcome = f" = {_shown(result)}"
            return result
        except BaseException as error:
            outcome = f" -> {error or type(error).__name__}"
            raise
        finally:
            # Only now do result parameters show what was put there.
            values = [f"{label}={_shown(args[index])}" for index, label in labels.items()]
            write(f"{name}({', '.join([*values, *map(_shown, args[rest:])])}){outcome}")

    return call


def _shown(value: Any) -> str:
    """A value as a trace shows it: the same in every run, and of a buffer only the beginning."""
    if isinstance(value, memoryview):
        return repr(bytes(value[:_SHOWN_BYTES])) + "…" * (len(value) > _SHOWN_BYTES)
    if isinstance(value, list):
        return f"[{', '.join(map(_shown, value))}]"
    if isinstance(value, Enum):
        return value.name
    text = repr(value)
    return type(value).__name__ if " object at 0x" in text else text
