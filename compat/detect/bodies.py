"""What a JavaScript function says of itself that survives the Closure compiler: features by which it is known again.

Closure renames what it may, folds constants, and puts small functions into their callers. Strings, numbers, regular
expressions, keywords of control, the properties of the language and of the browser, and the views of memory that are
used stay. tools/closure_reference.py reads the functions of Emscripten's library with this module, and `closure` those
of a program's glue, so that both sides are cut the same way.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from zlib import crc32

from compat._typing import NamedTuple

HEAPS = {
    "Int8Array": "HEAP8",
    "Int16Array": "HEAP16",
    "Int32Array": "HEAP32",
    "Uint8Array": "HEAPU8",
    "Uint16Array": "HEAPU16",
    "Uint32Array": "HEAPU32",
    "Float32Array": "HEAPF32",
    "Float64Array": "HEAPF64",
}
"""The view of memory that is made of each kind of array."""
ROLES = {name: name for name in (*HEAPS.values(), "TOTAL_MEMORY")}
"""Variables that are known by what they are for: here under their own names, in Closure's output under others."""

CONSTANT, PROPERTY, KEYWORD = range(3)
"""The kinds of feature: the two low bits of its number. Closure renames properties that are not the language's."""

_TOKEN = r"""
    (?P<blank> \s+ | //[^\n]* | /\*[\s\S]*?(?:\*/|\Z) )
  | (?P<string> "(?:[^"\\\n]|\\[\s\S])*"? | '(?:[^'\\\n]|\\[\s\S])*'? | `(?:[^`\\]|\\[\s\S])*`? )
  | (?P<number> 0[xX][0-9a-fA-F]+ | (?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)? )
  | (?P<property> \.\s*[A-Za-z_$][\w$]* )
  | (?P<name> [A-Za-z_$][\w$]* )
  | (?P<regexp> (?<=[=(,:;!&|?{}\[+])/(?![*/])(?:[^/\\\n\[]|\\.|\[(?:[^\]\\\n]|\\.){0,100}\]){1,200}/[a-z]* )
  | (?P<symbol> [\s\S] )
"""
_LOOPS = dict.fromkeys(("for", "while", "do"), "loop")
_KEYWORDS = {
    **{
        word: word for word in ("throw", "new", "try", "switch", "case", "default", "delete", "in", "this", "arguments")
    },
    **_LOOPS,
}
_FOLDED = str(0xFFFFFFFF)
"""What Closure makes of `-1>>>0`, as the library writes it."""
_ESCAPE = r"\\(u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|[\s\S])"
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "0": "\0"}


class Body(NamedTuple):
    """A function as it is known again."""

    features: frozenset[int]
    calls: tuple[str, ...]
    """What it calls, once each, in order: `name`, or `object.method`."""


def read(source: str, roles: Mapping[str, str] = ROLES) -> Body:
    """The features and calls of a function's text; `roles` names the variables that have one."""
    found: set[int] = set()
    calls: dict[str, None] = {}
    tokens = [(m.lastgroup, m.group()) for m in _tokens(source.replace("-1>>>0", _FOLDED))]
    for index, (kind, text) in enumerate(tokens):
        before = tokens[index - 1] if index else ("", "")
        after = tokens[index + 1][1] if index + 1 < len(tokens) else ""
        if kind == "string" and before[1] == "[" and after == "]" and text[1:-1].isidentifier():
            # A quoted property: Closure writes it with a dot.
            found.add(feature(PROPERTY, text[1:-1]))
        elif kind == "string" and len(text) > 2:
            found.add(feature(CONSTANT, "string " + _unquoted(text)))
        elif kind == "regexp":
            found.add(feature(CONSTANT, "regexp " + text))
        elif kind == "number" and (number := _number(text)) not in (None, 0, 1):
            found.add(feature(CONSTANT, f"number {number!r}"))
        elif kind == "property":
            name = text[1:].strip()
            found.add(feature(PROPERTY, name))
            if before[0] == "name":
                calls[f"{before[1]}.{name}"] = None
        elif kind == "name":
            if text in roles:
                found.add(feature(CONSTANT, "role " + roles[text]))
            elif text in _KEYWORDS:
                found.add(feature(KEYWORD, _KEYWORDS[text]))
            elif after == "(":
                calls[text] = None
    return Body(frozenset(found), tuple(calls))


def feature(kind: int, text: str) -> int:
    """The number of a feature. Those of the reference are kept as numbers only: no text of anybody's is repeated."""
    return (crc32(text.encode("utf-8", "surrogatepass")) >> 4) << 2 | kind


def kind_of(number: int) -> int:
    """The kind of a feature."""
    return number & 3


def parameters(source: str) -> tuple[str, ...]:
    """The names of a function's parameters."""
    start = source.find("(")
    inner = source[start + 1 : source.find(")", start)]
    inner = re.sub(r"/\*.*?\*/|//[^\n]*", "", inner, flags=re.DOTALL)
    return tuple(name for part in inner.split(",") if (name := part.strip()))


def _tokens(source: str) -> Iterator[re.Match[str]]:
    return (m for m in _pattern().finditer(source) if m.lastgroup != "blank")


@cache
def _pattern() -> re.Pattern[str]:
    return re.compile(_TOKEN, re.VERBOSE)


def _unquoted(text: str) -> str:
    return re.sub(_ESCAPE, _unescaped, text[1:-1])


def _unescaped(match: re.Match[str]) -> str:
    escape = match[1]
    return chr(int(escape[1:], 16)) if len(escape) > 1 else _ESCAPED.get(escape, escape)


def _number(text: str) -> float | None:
    try:
        if text[:2] in ("0x", "0X"):
            return int(text, 16)
        if len(text) > 1 and text[0] == "0" and text.isdecimal():
            return int(text, 8)
        value = float(text)
    except ValueError:
        return None
    return int(value) if value == value // 1 else value
