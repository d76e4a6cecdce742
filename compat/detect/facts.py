"""What rules look at: a module's names in clear, and the combinators with which a rule says what it looks for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property

from compat.detect.model import Glue
from compat.wasm.model import ExternType, FuncType, GlobalType, Kind, Module

PROVIDED = frozenset({"memory", "table", "__memory_base", "__table_base", "memoryBase", "tableBase"})
"""Imports from `env` that keep their names when the others are minified."""


class Facts:
    """A module, its glue so far as it is read, and the text of that glue (empty without one)."""

    def __init__(self, module: Module, glue: Glue = Glue(), text: str = "") -> None:  # noqa: B008  Glue is immutable.
        self.module = module
        self.glue = glue
        self.text = text

    def with_glue(self, glue: Glue, text: str) -> Facts:
        """The same module with its glue read."""
        facts = Facts(self.module, glue, text)
        if not self.minified:
            # Glue changes nothing in what is known of names in clear.
            facts.__dict__ = {**self.__dict__, **facts.__dict__}
        return facts

    @cached_property
    def renamable(self) -> frozenset[str]:
        """The names that the module imports from `env`, those left out that are never minified."""
        return frozenset(
            i.name
            for i in self.module.imports
            if i.module == "env" and i.kind in (Kind.FUNC, Kind.GLOBAL) and i.name not in PROVIDED
        )

    @cached_property
    def minified(self) -> bool:
        """Whether Binaryen renamed the imports of `env`: they are then `a`, `b` … in one sequence."""
        return "a" in self.renamable and max(map(len, self.renamable)) <= 3

    @cached_property
    def env(self) -> Mapping[str, ExternType]:
        """Functions and globals imported from `env` by their names in clear, minified ones left out."""
        names = self.glue.import_names
        return {
            names.get(i.name, i.name): i.type
            for i in self.module.imports
            if i.module == "env"
            and i.kind in (Kind.FUNC, Kind.GLOBAL)
            and not (self.minified and i.name not in names and i.name not in PROVIDED)
        }

    @cached_property
    def functions(self) -> tuple[str, ...]:
        """Names in clear of the functions imported from `env`."""
        return tuple(name for name, type_ in self.env.items() if isinstance(type_, FuncType))

    @cached_property
    def globals(self) -> tuple[str, ...]:
        """Names in clear of the globals imported from `env`."""
        return tuple(name for name, type_ in self.env.items() if isinstance(type_, GlobalType))

    @cached_property
    def namespaces(self) -> Mapping[str, tuple[str, ...]]:
        """Import module -> names imported from it, of every kind."""
        found: dict[str, list[str]] = {}
        for i in self.module.imports:
            found.setdefault(i.module, []).append(i.name)
        return {module: tuple(names) for module, names in found.items()}

    @cached_property
    def exports(self) -> Mapping[str, int]:
        """Exported functions by their names in clear, with their indices."""
        names = self.glue.export_names
        return {names.get(e.name, e.name): e.index for e in self.module.exports if e.kind is Kind.FUNC}

    @cached_property
    def customs(self) -> frozenset[str]:
        """Names of the custom sections."""
        return frozenset(c.name for c in self.module.customs)


Look = Callable[[Facts], Sequence[str]]
"""Looks for something; returns the names by which it was seen, none if it was not."""


def imports(*names: str) -> Look:
    """Any of these is imported from `env`."""
    return lambda facts: [name for name in names if name in facts.env]


def functions(prefix: str, *unless: str) -> Look:
    """Functions whose names start with `prefix` and with none of `unless` are imported from `env`."""
    return lambda facts: [name for name in facts.functions if name.startswith(prefix) and not name.startswith(unless)]


def typed(signature: str, *names: str) -> Look:
    """Any of these functions is imported from `env` with this type."""
    type_ = FuncType.parse(signature)
    return lambda facts: [f"{name} {signature}" for name in names if facts.env.get(name) == type_]


def exports(*names: str) -> Look:
    """Any of these functions is exported."""
    return lambda facts: [name for name in names if name in facts.exports]


def exported(prefix: str) -> Look:
    """Functions whose names start with `prefix` are exported."""
    return lambda facts: [name for name in facts.exports if name.startswith(prefix)]


def namespaces(*names: str) -> Look:
    """Something is imported from any of these modules."""
    return lambda facts: [name for name in names if name in facts.namespaces]


def sections(*names: str) -> Look:
    """The module has any of these custom sections."""
    return lambda facts: [name for name in names if name in facts.customs]


def unless(look: Look, *others: Look) -> Look:
    """`look` sees something and `others` see nothing."""
    return lambda facts: [] if any(other(facts) for other in others) else look(facts)


def given(condition: Look, look: Look) -> Look:
    """What `look` sees, if `condition` sees something."""
    return lambda facts: look(facts) if condition(facts) else []


def listed(seen: Sequence[str]) -> str:
    """Names for a sentence: at most four."""
    shown = ", ".join(seen[:4])
    return f"{shown} and {len(seen) - 4} more" if len(seen) > 5 else ", ".join(seen)
