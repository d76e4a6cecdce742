"""Cutting JavaScript text at its brackets, in linear time and without a parser.

Glue is megabytes of text of which a few hundred bytes matter. They are found by searching for a fixed string; the
functions here then tell where the expression that starts there ends. They know strings, template strings, comments and
regular expression literals, so that a bracket inside one of those is not counted.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache

# Every alternative either ends at a bound or swallows the rest of the text, so that no start is scanned twice. A slash
# is a regular expression where an operand is expected; the bounded repetitions keep a stray slash from costing a
# long line.
_TOKEN = r"""
    (?P<opaque>
        "(?:[^"\\\n]|\\[\s\S])*"?
      | '(?:[^'\\\n]|\\[\s\S])*'?
      | `(?:[^`\\]|\\[\s\S])*`?
      | (?:(?<=[=(,:;!&|?{}\[+])|(?<=[=(,:;!&|?{}\[+]\s)|(?<=return)|(?<=return\s))
        /(?![*/])(?:[^/\\\n\[]|\\.|\[(?:[^\]\\\n]|\\.){0,100}\]){1,200}/
    )
  | (?P<comment> //[^\n]* | /\*[\s\S]*?(?:\*/|\Z) )
  | (?P<open> [(\[{] )
  | (?P<close> [)\]}] )
  | (?P<comma> , )
  | (?P<stop> [;\n] )
"""


@cache
def _tokens() -> Callable[..., Iterator[re.Match[str]]]:
    # Compiled at the first use: most programs have nothing in their glue that needs it.
    return re.compile(_TOKEN, re.VERBOSE).finditer


_DEEPEST = 10_000
_CLOSING = {"(": ")", "[": "]", "{": "}"}


class Unbalanced(ValueError):
    """A bracket is closed by another kind of bracket, or not within the bound. `position` is where that showed."""

    def __init__(self, message: str, position: int) -> None:
        super().__init__(message)
        self.position = position


class Allowance:
    """How much of a text may be read in all, so that text which is made to be read many times costs little."""

    def __init__(self, characters: int) -> None:
        self.left = characters

    def group_end(self, text: str, start: int, limit: int) -> int | None:
        """As the function; None where that raises, or where the allowance is used up."""
        if self.left <= 0:
            return None
        try:
            end = group_end(text, start, min(limit, self.left))
        except Unbalanced as error:
            self.left -= error.position - start + 1
            return None
        self.left -= end - start
        return end


def group_end(text: str, start: int, limit: int | None = None) -> int:
    """The offset after the bracket that closes the one at `start`. Raises Unbalanced, also when that is beyond `limit`
    characters.
    """
    bound = len(text) if limit is None else min(len(text), start + limit)
    expected: list[str] = []
    for token in _tokens()(text, start, bound):
        if token.lastgroup == "open":
            expected.append(_CLOSING[token.group()])
        elif token.lastgroup == "close":
            if not expected or expected.pop() != token.group():
                raise Unbalanced(f"unexpected {token.group()!r} at character {token.start()}", token.start())
            if not expected:
                return token.end()
    raise Unbalanced(f"the bracket at character {start} is not closed", bound)


def groups(text: str) -> Iterator[tuple[int, int]]:
    """All bracket groups of `text`, where each starts and ends, the inner before the outer.

    Raises Unbalanced, also for brackets that are nested deeper than in any program.
    """
    opened: list[int] = []
    for token in _tokens()(text):
        if token.lastgroup == "open":
            opened.append(token.start())
            if len(opened) > _DEEPEST:
                raise Unbalanced(f"too many brackets are open at character {token.start()}", token.start())
        elif token.lastgroup == "close":
            if not opened or _CLOSING[text[opened[-1]]] != token.group():
                raise Unbalanced(f"unexpected {token.group()!r} at character {token.start()}", token.start())
            yield opened.pop(), token.end()
    if opened:
        raise Unbalanced(f"the bracket at character {opened[-1]} is not closed", len(text))


def parts(text: str, start: int, end: int) -> Iterator[str]:
    """The comma-separated parts of the bracket group `text[start:end]`, stripped, without a last empty one."""
    depth, part = 0, start + 1
    for token in _tokens()(text, start, end):
        if token.lastgroup == "open":
            depth += 1
        elif token.lastgroup == "close":
            depth -= 1
        elif token.lastgroup == "comma" and depth == 1:
            yield text[part : token.start()].strip()
            part = token.end()
    if last := text[part : end - 1].strip():
        yield last


def expression_end(text: str, start: int, limit: int) -> int | None:
    """The offset of the `,`, `;`, line end or closing bracket that ends the expression at `start`; None when there is
    none within `limit` characters.
    """
    bound = min(len(text), start + limit)
    depth = 0
    for token in _tokens()(text, start, bound):
        if token.lastgroup == "open":
            depth += 1
        elif token.lastgroup == "close":
            depth -= 1
            if depth < 0:
                return token.start()
        elif token.lastgroup in ("comma", "stop") and depth == 0:
            return token.start()
    return bound if bound == len(text) and depth == 0 else None


def outline(text: str, start: int, end: int) -> str:
    """The bracket group `text[start:end]` with the contents of all groups inside it left out, and no comments."""
    pieces: list[str] = []
    depth, kept = 0, start
    for token in _tokens()(text, start, end):
        if token.lastgroup == "comment":
            if depth == 1:
                pieces.append(text[kept : token.start()])
                kept = token.end()
        elif token.lastgroup == "open":
            depth += 1
            if depth == 2:
                pieces.append(text[kept : token.end()])
        elif token.lastgroup == "close":
            if depth == 2:
                kept = token.start()
            depth -= 1
    pieces.append(text[kept:end])
    return "".join(pieces)
