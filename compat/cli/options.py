"""Command-line options as data: one list a command, from which both parsing and `--help` come.

Parsing stops at the first operand: what follows the file belongs to the guest, untouched, whatever it looks like.
"""

from __future__ import annotations

from collections.abc import Sequence

from compat._typing import NamedTuple
from compat.errors import CompatError


class UsageError(CompatError):
    """The command line is not of the form that the command takes."""


class Option(NamedTuple):
    name: str
    metavar: str
    """Empty for a switch."""
    help: str
    short: str = ""
    """A letter, where there is a short form."""


class Parsed:
    """What a command line gave."""

    def __init__(self, values: dict[str, list[str]], operands: list[str]) -> None:
        """`values` has those of each option that was given, in order; a switch has ['']."""
        self.values = values
        self.operands = operands

    def last(self, name: str) -> str | None:
        return self.values[name][-1] if name in self.values else None

    def all(self, name: str) -> list[str]:
        return self.values.get(name, [])

    def __contains__(self, name: str) -> bool:
        return name in self.values


HELP = Option("help", "", "show this help", "h")


def parse(argv: Sequence[str], options: Sequence[Option]) -> Parsed:
    """Split `argv` into options and operands. Raises UsageError."""
    known = {f"--{option.name}": option for option in (*options, HELP)}
    known |= {f"-{option.short}": option for option in (*options, HELP) if option.short}
    values: dict[str, list[str]] = {}
    words = list(argv)
    while words and words[0].startswith("-") and words[0] != "-":
        flag, equals, value = words.pop(0).partition("=")
        if flag == "--":
            break
        if flag not in known:
            raise UsageError(f"there is no option {flag}")
        option = known[flag]
        if equals and not option.metavar:
            raise UsageError(f"{flag} takes no value")
        if option.metavar and not equals:
            if not words:
                raise UsageError(f"{flag} needs a value: {option.metavar}")
            value = words.pop(0)
        values.setdefault(option.name, []).append(value)
    return Parsed(values, words)


def usage(form: str, summary: str, options: Sequence[Option]) -> str:
    """The text of `--help`."""
    left = [f"  --{o.name} {o.metavar}".rstrip() for o in (*options, HELP)]
    width = max(map(len, left)) + 2
    lines = [f"{flag:<{width}}{o.help}" for flag, o in zip(left, (*options, HELP), strict=True)]
    return f"usage: {form}\n\n{summary}\n\noptions:\n" + "\n".join(lines) + "\n"
