"""What only the glue tells of a library that was bound by Emscripten's WebIDL binder: above all, classes of pointers.

The exports, `_emscripten_bind_CLASS_METHOD_N`, say which classes and methods there are. That a number which is returned
is a pointer to an object of some class, a string or a boolean, which class derives from which, and where the name of an
enumeration ends, stands in the JavaScript that the binder wrote (tools/webidl_binder.py, 1.37.0 to 1.39.20), minified
or not. The places are found by searching, cut out, and values parsed with lark (`webidl.lark`). What cannot be read is
left out.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from functools import cache
from itertools import islice

from compat._typing import TYPE_CHECKING, Any, NamedTuple
from compat.detect import javascript
from compat.detect.glue import occurrences

if TYPE_CHECKING:
    from lark import Lark

# Real glue stays far from these. They bound what hostile glue can cost.
_CLASSES = 500
_METHODS = 10_000
_BODY_LIMIT = 2_000
_VALUE_LIMIT = 500
_ENUMERATOR_LENGTH = 300
_MENTIONS = 8
_CANDIDATES = 16

_NAME = r"[A-Za-z_$][\w$]{0,200}+"
_PROPERTY = rf"(?:\.({_NAME})|\[[\"']({_NAME})[\"']\])"
_SKIPPED = rf"(?:\.{_NAME}|\[[\"']{_NAME}[\"']\])"
_IS = r"\s*+=\s*+"
_END = r"\s*+[;,]\s*+"
_COMMENT = r"(?:/\*(?:[^*]|\*(?!/)){0,200}\*/\s*+)?"

# A.prototype = Object.create(B.prototype); A.prototype.constructor = A; A.prototype.__class__ = A; A.__cache__ = {};
# Module["A"] = A;
_CLASS = re.compile(
    rf"({_NAME})\.prototype{_IS}Object\.create\(({_NAME})\.prototype\){_END}\1\.prototype\.constructor{_IS}\1{_END}"
    rf"\1\.prototype{_SKIPPED}{_IS}\1{_END}\1{_SKIPPED}{_IS}\{{\}}{_END}{_NAME}{_PROPERTY}{_IS}\1(?![\w$])"
)
# A.prototype["next"] = A.prototype.next = function(arg0) {
_METHOD = re.compile(
    rf"({_NAME})\.prototype{_PROPERTY}{_IS}(?:\1\.prototype{_SKIPPED}{_IS})?{_COMMENT}"
    r"\(?function\s*+\([\w$,\s]*+\)\s*+(?=\{)"
)
# Module["A"]["OK"] = _emscripten_enum_A_Status_OK();
_ENUMERATOR = re.compile(rf"(?<![\w$.\])]){_NAME}(?:{_PROPERTY})?{_PROPERTY}{_IS}({_NAME})\(\)")
# ob = Module["_emscripten_enum_A_Status_OK"] = function() {
_WRAPPER = re.compile(rf"(?<![\w$.])({_NAME}){_IS}{_NAME}\s*+(?:\.\s*+|\[[\"'])\Z")
_IDENTIFIER = re.compile(rf"(?<![\w$.]){_NAME}\Z")


class Class(NamedTuple):
    """A class as the glue has it."""

    base: str | None
    """The class that it implements, if any."""
    returns: Mapping[str, str | type]
    """Method -> the class that it returns a pointer to, or `str` or `bool`. Those that return a number are left out."""


class Enumerator(NamedTuple):
    """A member of an enumeration."""

    name: str
    owner: str | None
    """The class that it is a property of; None where it is one of the module."""


class Interface(NamedTuple):
    """What was read."""

    classes: Mapping[str, Class] = {}
    enumerators: Mapping[str, Enumerator] = {}
    """By the export that returns its value. All of a library's, or none."""


def interface(text: str, enumerators: Collection[str]) -> Interface:
    """What the binder wrote into the glue `text`; `enumerators` are the exports `_emscripten_enum_…`."""
    # Of the class that is the base of all, the base is itself; it is the binder's own.
    found = {match[1]: (match[3] or match[4], match[2]) for match in _found(text, "Object.create(", _CLASS, _CLASSES)}
    names = {variable: name for variable, (name, base) in found.items() if base != variable}
    returns: dict[str, dict[str, str | type]] = {name: {} for name in names.values()}
    for match in _found(text, ".prototype", _METHOD, 2 * _METHODS):
        if match[1] in names and (kind := _returned(_value(text, match.end()), names)):
            returns[names[match[1]]][match[2] or match[3]] = kind
    classes = {name: Class(names.get(found[variable][1]), returns[name]) for variable, name in names.items()}
    return Interface(classes, _enumerators(text, enumerators))


def _found(text: str, anchor: str, pattern: re.Pattern[str], limit: int) -> Iterator[re.Match[str]]:
    """The matches of a pattern near an anchor; it starts with the identifier of the statement in which that is."""
    end = 0
    for position in islice(occurrences(text, anchor), limit):
        start = text.rfind(".prototype", max(end, position - 20), position + len(".prototype"))
        identifier = _IDENTIFIER.search(text[max(end, start - 200) : start]) if start >= 0 else None
        if identifier and (match := pattern.match(text, start - len(identifier[0]))):
            end = match.end()
            yield match


def _value(text: str, start: int) -> str:
    """The expression that the function whose body starts at `start` returns at its end; empty where it returns none."""
    try:
        end = javascript.group_end(text, start, _BODY_LIMIT)
    except javascript.Unbalanced:
        return ""
    _, returns, value = text[start : end - 1].rpartition("return")
    # A minifier makes one expression of several statements: the last of them is the value.
    group = f"({value.strip().removesuffix(';')})"
    return (list(javascript.parts(group, 0, len(group))) or [""])[-1] if returns else ""


def _returned(value: str, names: Mapping[str, str]) -> str | type | None:
    """What a value is: a class, `str`, `bool`, or None for a number. `names` are the classes by variable."""
    if len(value) > _VALUE_LIMIT or not ("!" in value or value.count("(") > 1):
        return None
    # Imported here, and so late: few programs are of this kind.
    from lark.exceptions import UnexpectedInput

    try:
        tree: Any = _parser().parse(value)
    except UnexpectedInput:
        return None
    while tree.data == "either":
        tree = tree.children[-1]
    if tree.data == "boolean":
        return bool
    if tree.data != "call":
        return None
    _, *arguments = tree.children
    if not arguments or arguments[0].data not in ("call", "either"):
        return None
    if len(arguments) == 1:
        return str
    return names.get(str(arguments[1].children[0])) if arguments[1].data == "place" else None


def _enumerators(text: str, exports: Collection[str]) -> Mapping[str, Enumerator]:
    """Where the function `setupEnums`, which is one run of assignments, puts the members of enumerations."""
    if not exports:
        return {}
    called = {export: export for export in exports} | dict(_renamed(text, exports))
    reach = _ENUMERATOR_LENGTH * len(exports)
    for position in islice(occurrences(text, next(reversed(called)) + "()"), _CANDIDATES):
        matches = _ENUMERATOR.finditer(text, max(0, position - reach), position + reach)
        found = {called[m[5]]: Enumerator(m[3] or m[4], m[1] or m[2]) for m in matches if m[5] in called}
        if len(found) == len(exports):
            return found
    return {}


def _renamed(text: str, exports: Collection[str]) -> Iterator[tuple[str, str]]:
    """Variable and export, where a minifier has given the variables names of its own."""
    for position in islice(occurrences(text, "_emscripten_enum_"), _MENTIONS * len(exports)):
        before = _WRAPPER.search(text[max(0, position - 300) : position])
        export = re.compile(_NAME).match(text, position)
        if before and export and export[0] in exports:
            yield before[1], export[0]


@cache
def _parser() -> Lark:
    from importlib.resources import files

    from lark import Lark

    return Lark(files("compat.detect").joinpath("webidl.lark").read_text("utf-8"), parser="lalr", start="choice")
