"""Python functions for registered ones: each is written as source for its types, to do no more than it must.

    def function(arg0, /):
        result = enter(call, 7, 3, arg0 if arg0.__class__ is int and -128 <= arg0 <= 127 else wire_arg0(arg0, None))
        return result

They are made when they are first looked at, since a library may register thousands, and types after their use.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from compat._typing import Any, NamedTuple
from compat.emscripten_abi.embind.types import Types, clean
from compat.errors import BindingError, GuestException


class Function(NamedTuple):
    """A registered function, method or constructor: one overload."""

    types: Sequence[int]
    """Of the result, and then of the arguments, `this` among them."""
    signature: bytes
    invoker: int
    context: int
    """The invoker's first argument: what it is to call."""

    @property
    def arguments(self) -> int:
        return len(self.types) - 1


Overloads = dict[int, Function]
"""Overloads by their number of arguments, without `this`: embind tells them apart by nothing else."""


def make(
    types: Types, name: str, overloads: Overloads, *, owner: str = "", method: bool = False, instance: bool = False
) -> Callable[..., Any]:
    """The Python function for a set of overloads; of a `method`, the first parameter is `self`.

    With `instance`, what comes back is the program's object and Python is to destroy it (a constructor). Raises
    UnboundTypeError.
    """
    title = f"{owner}.{name}" if owner else name
    made = {
        count: _one(types, name, title, overload, method=method, instance=instance)
        for count, overload in sorted(overloads.items())
    }
    if len(made) == 1:
        [function] = made.values()
        return function
    return _chosen(name, title, made, method)


def _chosen(name: str, title: str, made: Mapping[int, Callable[..., Any]], method: bool) -> Callable[..., Any]:
    own = int(method)

    def call(*args: Any) -> Any:
        function = made.get(len(args) - own)
        if function is None:
            counts = ", ".join(map(str, made))
            raise BindingError(f"{title} takes {counts} arguments, not {len(args) - own}")
        return function(*args)

    call.__name__, call.__qualname__ = name, title
    call.__doc__ = "\n".join(function.__doc__ or "" for function in made.values())
    call.overloads = tuple(made.values())  # type: ignore[attr-defined]
    del call.__annotations__["args"], call.__annotations__["return"]
    return call


def _one(
    types: Types, name: str, title: str, overload: Function, *, method: bool, instance: bool
) -> Callable[..., Any]:
    result, *arguments = types.several(overload.types, f"call {title}")
    names = [f"arg{index}" for index in range(len(arguments) - method)]
    if method:
        names.insert(0, "self")
    scope: dict[str, Any] = {
        "own": getattr(arguments[0], "class_", None) if method else None,
        "enter": types.guest.door,
        "call": types.caller(overload.signature),
        "value": result.constructed if instance else result.value,
        "lent": result.lent,
        "clean": clean,
        "FAILED": (GuestException, BindingError),
    }
    owning = any(type.owns for type in arguments)
    passed = ["call", str(overload.invoker), str(overload.context)]
    for parameter, type in zip(names, arguments, strict=True):
        own = parameter == "self"
        scope[f"wire_{parameter}"] = type.this if own else type.wire
        slow = f"wire_{parameter}({parameter}, {'cleanups' if owning else None})"
        quick = type.this_source(parameter) if own else type.wire_source(parameter)
        passed.append(quick.format(wire=slow) if quick else slow)
    parameters = ", ".join([*names, "/"] if names else [])
    value = None if instance else result.value_source("result")
    if value and not owning:
        source = f"""
def function({parameters}):
    result = enter({", ".join(passed)})
    return {value}
"""
    else:
        # The conversions call the program too: all of it is one call from outside.
        source = f"""
def function({parameters}):
    return enter({", ".join(["work", *names])})

def work({parameters}):
    cleanups = []
    try:
        result = {passed[0]}({", ".join(passed[1:])})
    except FAILED:
        clean(cleanups)
        raise
    clean(cleanups)
    return {value or ("lent(result, self)" if method else "value(result)")}
"""
    exec(compile(source, f"<embind {title}>", "exec"), scope)
    function: Callable[..., Any] = scope["function"]
    function.__name__, function.__qualname__ = name, title
    function.__annotations__ = {
        parameter: type.accepted for parameter, type in zip(names, arguments, strict=True) if parameter != "self"
    } | {"return": result.annotation}
    function.__doc__ = f"{name}({', '.join(type.name for type in arguments[method:])}) -> {result.name}"
    return function
