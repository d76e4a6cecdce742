"""Command-line options as data: one list a command, from which both parsing and `--help` come.

Parsing is `getopt`'s, because it stops at the first operand: what follows the file belongs to the guest, untouched,
whatever it looks like.
"""

from __future__ import annotations

import getopt
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


HELP = Option("help", "", "show this help")


def parse(argv: Sequence[str], options: Sequence[Option]) -> Parsed:
    """Split `argv` into options and operands. Raises UsageError."""
    try:
        pairs, operands = getopt.getopt(list(argv), "h", [o.name + "=" * bool(o.metavar) for o in (*options, HELP)])
    except getopt.GetoptError as error:
        raise UsageError(str(error)) from None
    values: dict[str, list[str]] = {}
    for flag, value in pairs:
        values.setdefault("help" if flag == "-h" else flag[2:], []).append(value)
    return Parsed(values, operands)


def usage(form: str, summary: str, options: Sequence[Option]) -> str:
    """The text of `--help`."""
    left = [f"  --{o.name} {o.metavar}".rstrip() for o in (*options, HELP)]
    width = max(map(len, left)) + 2
    lines = [f"{flag:<{width}}{o.help}" for flag, o in zip(left, (*options, HELP), strict=True)]
    return f"usage: {form}\n\n{summary}\n\noptions:\n" + "\n".join(lines) + "\n"
