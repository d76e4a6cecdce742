"""The part of a stub that is about C++: the Python classes, functions and values of `Module.bindings`.

All of it is read from these objects, which carry their annotations: embind's and the WebIDL binder's alike. What has a
name that Python cannot write is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import Enum
from functools import partial
from keyword import iskeyword
from types import FunctionType, GenericAlias, NoneType, SimpleNamespace, UnionType

from compat._typing import Any
from compat.errors import BindingError

_IMPORTED = ("builtins", "collections.abc", "enum", "typing")
_OWN = frozenset(
    {
        *("Buffer", "Bindings", "Functions", "Protocol", "Value", "Word"),
        *("builtins", "collections", "compat", "enum", "typing"),
    }
)
"""Names of the stub's own."""
_INDENT = "    "


def is_name(text: str) -> bool:
    """Whether Python can write it as a name."""
    return text.isidentifier() and not iskeyword(text)


def lines(bindings: Mapping[str, Any]) -> Iterator[str]:
    """The lines about C++, to follow those about C; there are none where nothing is registered."""
    return _Writer().write(bindings)


class _Writer:
    def __init__(self) -> None:
        self._classes: dict[str, type] = {}
        """Those that are mentioned, by the name that they have here: structs may share theirs."""
        self._names: dict[type, str] = {}
        self._hidden: frozenset[str] = frozenset()
        """Names that mean something else where is being written: members of a class, all that is registered."""
        self._aliases: set[str] = set()
        """Classes that are called otherwise there."""
        self._modules = {*_IMPORTED}
        self._unknown = "typing.Any"
        """What a parameter may be of which nothing is known."""

    def write(self, bindings: Mapping[str, Any]) -> Iterator[str]:
        values, problems = _looked_at(bindings.__getitem__, filter(is_name, bindings))
        for value in values.values():
            if isinstance(value, type):
                self._spelt(value)
                if any(base.__module__ == "compat.webidl" for base in value.__mro__):
                    self._unknown = "Value"
        self._hidden = frozenset(values)
        members = [line for name, value in values.items() for line in self._member(name, value)]
        written: dict[str, list[str]] = {}
        while pending := self._classes.keys() - written:
            for name in sorted(pending):
                written[name] = [*self._class(name, self._classes[name])]
        yield from ("", "# C++ overrides and overloads by other rules than Python.")
        yield '# mypy: disable-error-code="override,misc,assignment"'
        yield from (f"import {module}" for module in sorted(self._modules))
        if self._unknown == "Value":
            yield from ("", "Value = int | float | str | Buffer | compat.webidl.Instance | None")
            yield '"""32 bits of which only JavaScript knew more: a number, an object, or the address of a copy."""'
        for name in sorted(written):
            yield from ("", *written[name])
        yield ""
        yield from (f"_{name} = {name}" for name in sorted(self._aliases))
        yield from ("", "class Bindings(Protocol):")
        yield from (f"{_INDENT}{line}" for line in members or ["pass"])
        yield from (f"{_INDENT}# {name}: {problem}" for name, problem in problems.items())

    def _class(self, name: str, made: type) -> Iterator[str]:
        if issubclass(made, Enum):
            yield f"class {name}({self._base(made)}):"
            names = [f"{own} = {member.value!r}" for own, member in made.__members__.items() if is_name(own)]
            yield from (f"{_INDENT}{line}" for line in names or ["pass"])
            return
        if issubclass(made, SimpleNamespace):
            fields = {field: kind for field, kind in made.__annotations__.items() if is_name(field)}
            self._hidden = frozenset(fields)
            yield f"class {name}:"
            names = [f"{field}: {self._text(kind)}" for field, kind in fields.items()]
            yield from (f"{_INDENT}{line}" for line in names or ["pass"])
            return
        own = sorted(set(dir(made)) - set(dir(made.__base__)) | {*vars(made)})
        values, problems = _looked_at(partial(getattr, made), filter(_is_public, own))
        self._hidden = frozenset(values)
        yield f"class {name}({self._base(made)}):"
        body = [*self._constructor(made)]
        for member, value in values.items():
            raw = vars(made).get(member, value)
            # A method and a static method of one name cannot be told together: the class has the latter.
            both = isinstance(value, FunctionType) and not isinstance(raw, FunctionType | staticmethod)
            body += self._member(member, staticmethod(value) if both else raw, in_class=True)
        if "get" in values and "size" in values and hasattr(made, "__getitem__"):
            element = self._text(_overloads(values["get"])[0].__annotations__.get("return", object))
            body.append(f"def __getitem__(self, place: {self._name('int')}, /) -> {element}: ...")
            body.append(f"def __iter__(self) -> collections.abc.Iterator[{element}]: ...")
        body += [f"# {name}: {problem}" for name, problem in problems.items()]
        yield from (f"{_INDENT}{line}" for line in [*body, *["pass"] * all(line[0] == "#" for line in body)])

    def _base(self, made: type) -> str:
        base = made.__base__
        assert base
        if base.__module__.startswith("compat.") or base.__module__ == "enum":
            self._modules.add(base.__module__)
            return f"{base.__module__}.{base.__name__}"
        return self._spelt(base)

    def _constructor(self, made: Any) -> Iterator[str]:
        constructor = vars(made).get("__init__")
        if constructor is None:
            try:
                constructor = made._construct
            except (AttributeError, BindingError):
                return
        for line in self._function("__init__", constructor):
            yield line.rpartition(" -> ")[0] + " -> None: ..." if " -> " in line else line

    def _member(self, name: str, value: Any, *, in_class: bool = False) -> Iterator[str]:
        if isinstance(value, staticmethod):
            yield from self._function(name, value.__func__, "@staticmethod", this=False)
        elif isinstance(value, property):
            yield "@property"
            yield f"def {name}(self) -> {self._result(value.fget)}: ..."
            if value.fset:
                yield f"@{name}.setter"
                yield f"def {name}(self, value: {self._parameters(value.fset)[-1].partition(': ')[2]}) -> None: ..."
        elif isinstance(value, type):
            yield f"{name}: {self._name('type')}[{self._spelt(value)}]"
        elif callable(value):
            yield from self._function(name, value)
        elif in_class:
            yield f"{name}: typing.ClassVar[{self._text(type(value))}]"
        else:
            yield f"{name}: {self._text(type(value))}"

    def _function(self, name: str, function: Any, decorator: str = "", *, this: bool = True) -> Iterator[str]:
        overloads = _overloads(function)
        for overload in overloads:
            if len(overloads) > 1:
                yield "@typing.overload"
            if decorator:
                yield decorator
            parameters = [*["self"] * this, *self._parameters(overload)]
            yield f"def {name}({', '.join([*parameters, *['/'] * bool(parameters)])}) -> {self._result(overload)}: ..."

    def _parameters(self, function: Any) -> list[str]:
        code, annotations = function.__code__, function.__annotations__
        names = [name for name in code.co_varnames[: code.co_argcount] if name != "self"]
        return [
            f"{name}: {self._text(annotations[name], accepted=True) if name in annotations else self._unknown}"
            for name in names
        ]

    def _result(self, function: Any) -> str:
        return self._text(function.__annotations__.get("return", object))

    def _text(self, annotation: Any, *, accepted: bool = False) -> str:
        """An annotation as source; of an argument that is `accepted`, any buffer does for bytes."""
        if annotation is None or annotation is NoneType:
            return "None"
        if isinstance(annotation, str):
            # A class of the WebIDL binder's, perhaps none; of what is written in compat itself, all else is in words.
            name, _, rest = annotation.partition(" ")
            return f"{self._name(name)} {rest}".strip() if name in {"None", *self._classes} else "typing.Any"
        if isinstance(annotation, UnionType):
            return " | ".join(self._text(part, accepted=accepted) for part in annotation.__args__)
        if isinstance(annotation, GenericAlias):
            parts = ", ".join(self._text(part, accepted=accepted) for part in annotation.__args__)
            return f"{self._text(annotation.__origin__)}[{parts}]"
        if annotation is object:
            return "typing.Any"
        if annotation is bytes and accepted:
            return "Buffer"
        return self._spelt(annotation)

    def _spelt(self, kind: type) -> str:
        if kind.__module__ == "builtins":
            return self._name(kind.__name__)
        if kind.__module__ == "collections.abc":
            return f"collections.abc.{kind.__name__}"
        if kind not in self._names:
            name = kind.__name__
            if not is_name(name) or name in _OWN:
                return "typing.Any"
            same = sum(other.__name__ == name for other in self._names)
            self._names[kind] = f"{name}_{same + 1}" if same else name
            self._classes[self._names[kind]] = kind
        return self._name(self._names[kind])

    def _name(self, name: str) -> str:
        if name not in self._hidden:
            return name
        if name not in self._classes:
            return f"builtins.{name}"
        self._aliases.add(name)
        return f"_{name}"


def _looked_at(get: Callable[[str], Any], names: Iterable[str]) -> tuple[dict[str, Any], dict[str, str]]:
    """What there is by name, and of what cannot be used, why."""
    values: dict[str, Any] = {}
    problems: dict[str, str] = {}
    for name in sorted(names):
        try:
            values[name] = get(name)
        except BindingError as error:
            problems[name] = " ".join(str(error).split())  # what the program calls its types is its own affair
    return values, problems


def _is_public(name: str) -> bool:
    return is_name(name) and not name.startswith("_")


def _overloads(function: Any) -> tuple[FunctionType, ...]:
    overloads: tuple[FunctionType, ...] = getattr(function, "overloads", (function,))
    return overloads
