"""Names behind minified imports and exports, out of the object literal and the assignments in the glue that carry them.

The places are found by searching, cut out, and parsed with lark (`glue.lark`). A program whose names are in clear never
gets here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import cache
from itertools import islice, pairwise, takewhile

from compat._typing import TYPE_CHECKING, Any, NamedTuple, TypeVar
from compat.detect import javascript
from compat.detect.glue import occurrences

if TYPE_CHECKING:
    from lark import Lark, Tree

T = TypeVar("T")

# Real glue stays far from these. They bound what hostile glue can cost.
_CANDIDATES = 16
_CALLS = 20_000
_ASSIGNMENTS = 20_000
_ASSIGNMENT_LIMIT = 1500
_LITERAL_LIMIT = 2_000_000
_OUTLINE_LIMIT = 300_000
_ALLOWANCE = 2 * _LITERAL_LIMIT

_NAME = r"[A-Za-z_$][\w$]*+"

_RUNTIME_NAMES = frozenset(
    (
        *("abort", "assert", "enlargeMemory", "getTotalMemory", "abortOnCannotGrowMemory", "abortStackOverflow"),
        *("setTempRet0", "getTempRet0", "segfault", "alignfault", "ftfault", "DYNAMICTOP_PTR", "tempDoublePtr"),
        *("STACKTOP", "STACK_MAX", "ABORT", "cttz_i8", "eb", "gb", "fb", "EMTSTACKTOP", "EMT_STACK_MAX"),
    )
)
"""What Emscripten's own helpers and globals are called, C functions apart."""
_FAMILY = re.compile(r"_|(?:invoke|nullFunc|jsCall|ftCall|SAFE)_|(?:g|fp)\$")


class Names(NamedTuple):
    """What `names` found."""

    keys: frozenset[str] = frozenset()
    """All keys of the object that the glue passes as `env`."""
    imports: Mapping[str, str] = {}
    """Import -> name in clear; empty where the glue is Closure's."""
    exports: Mapping[str, str] = {}
    """Export -> name in clear."""
    closure: bool = False
    """The values of that object are names of the Closure compiler's, not Emscripten's."""
    literal: str = ""
    """The text of that object, where it is so."""


def names(text: str, wanted: Collection[str]) -> Names:
    """The names behind minified imports (`wanted`: those of the module) and exports.

    Of several programs in one file it is the one that provides just these; nothing where two do.
    """
    sought = frozenset(wanted)
    literals = list(_literals(text))
    if not literals:
        return Names(exports=_exports(text))
    found = [_named(literal.entries, sought, text[literal.start : literal.end]) for literal in literals]
    best = max(found, key=lambda names: _fit(names, sought))
    if any(_fit(names, sought) == _fit(best, sought) and names.imports != best.imports for names in found):
        return Names()
    # What follows, up to the next program, are the exports.
    end = literals[found.index(best)].end
    return best._replace(
        exports=_exports(text, end, min((other.start for other in literals if other.start > end), default=len(text)))
    )


def _fit(names: Names, wanted: frozenset[str]) -> tuple[int, int]:
    return len(names.keys & wanted), -len(names.keys - wanted)


def literal_keys(text: str, imports: Collection[str]) -> tuple[str, ...]:
    """The keys of the object that the glue passes as `env`, in its order; `imports` are some that it has."""
    keys = (tuple(literal.entries) for literal in _literals(text) if literal.entries.keys() >= set(imports))
    return next(keys, ())


def _named(entries: Mapping[str, str | None], wanted: frozenset[str], literal: str) -> Names:
    values = {key: entries.get(key) for key in wanted}
    if not wanted <= entries.keys() or not _in_clear(values):
        closure = wanted <= entries.keys()
        return Names(frozenset(entries), closure=closure, literal=literal if closure else "")
    return Names(frozenset(entries), {key: value for key, value in values.items() if value})


class _Literal(NamedTuple):
    """An object literal that may be the glue's `env`: keys and identifiers, and where it stands."""

    entries: Mapping[str, str | None]
    start: int
    end: int


def _literals(text: str) -> Iterator[_Literal]:
    allowance = javascript.Allowance(_ALLOWANCE)
    for start in islice(_library_literals(text), _CANDIDATES):
        end = allowance.group_end(text, start, _LITERAL_LIMIT)
        if end is None or len(outline := javascript.outline(text, start, end)) > _OUTLINE_LIMIT:
            continue
        entries = _parse("object", outline, _literal)
        if entries is not None:
            yield _Literal(entries, start, end)


def _library_literals(text: str) -> Iterator[int]:
    """Where the object starts that the glue passes second to `Module.asm(global, env, buffer)`."""
    allowance = javascript.Allowance(_ALLOWANCE)
    variables: set[str] = set()
    calls = re.finditer(r"asm(?:[\"']\])?(?:\s|//[^\n]{0,80}\n)*+(?=\()", text)
    for match in takewhile(lambda _: allowance.left > 0, islice(calls, _CALLS)):
        end = allowance.group_end(text, match.end(), _LITERAL_LIMIT)
        if end is None:
            continue
        arguments = list(javascript.parts(text, match.end(), end))
        if len(arguments) != 3:
            continue
        variable = arguments[1]
        if variable.startswith("{"):
            yield text.index(variable, match.end())
        elif variable not in variables and re.fullmatch(rf"(?:{_NAME}\.)?{_NAME}", variable):
            variables.add(variable)
            if len(variables) > _CANDIDATES:
                return
            yield from (m.end() for m in re.finditer(re.escape(variable) + r"\s*+=\s*+(?=\{)", text))


def _in_clear(values: Mapping[str, str | None]) -> bool:
    """Whether these identifiers are Emscripten's own, not those of a minifier: nearly all of them follow its naming."""
    clear = sum(
        value is not None and (value in _RUNTIME_NAMES or bool(_FAMILY.match(value))) for value in values.values()
    )
    return clear >= 0.9 * len(values)


_WRAPPED = re.compile(
    rf"(?<![\w$]){_NAME}(?:\.|\[[\"']){_NAME}(?:[\"']\])?\s*+=\s*+"
    rf"(?=\(?\s*+function\s*+\(\s*+\)|\(\s*+\)\s*+=>|asm\b|{_NAME}(?:\.asm\b|\[[\"']asm[\"']\]))"
)


def _exports(text: str, start: int = 0, end: int | None = None) -> dict[str, str]:
    """Export name -> name in clear, from `Module["_main"] = … asm["X"] …`."""
    found: dict[str, str] = {}
    left = _ALLOWANCE
    for match in islice(_WRAPPED.finditer(text, start, len(text) if end is None else end), _ASSIGNMENTS):
        if left <= 0:
            break
        stop = javascript.expression_end(text, match.start(), _ASSIGNMENT_LIMIT)
        left -= _ASSIGNMENT_LIMIT if stop is None else stop - match.start()
        if stop is None or text.find("asm", match.end(), stop) < 0:
            continue
        target, *places = _parse("assignment", text[match.start() : stop], _places) or [()]
        key = next(filter(None, map(_after_asm, places)), None)
        if key is not None and len(target) == 2:
            found.setdefault(key, target[1])
    return found


def _after_asm(place: tuple[str, ...]) -> str | None:
    """`X` of the place `Module.asm.X.apply` or `asm.X`."""
    return next((key for before, key in pairwise(place) if before == "asm"), None)


@cache
def _parser() -> Lark:
    # Imported here: `renamed_constructors` serves programs that have no names to recover.
    from importlib.resources import files

    from lark import Lark

    grammar = files("compat.detect").joinpath("glue.lark").read_text("utf-8")
    return Lark(grammar, parser="lalr", start=["object", "assignment"])


def _parse(start: str, text: str, read: Callable[[Tree[Any]], T]) -> T | None:
    """`text` read as `start`; None where it is something else that merely begins alike."""
    from lark.exceptions import UnexpectedInput

    try:
        return read(_parser().parse(text, start=start))
    except UnexpectedInput:
        return None


def _literal(tree: Tree[Any]) -> dict[str, str | None]:
    """Keys and values of an object literal; None for a value that is no identifier."""
    entries: dict[str, str | None] = {}
    for pair in tree.find_data("pair"):
        key, value = pair.children
        token = value.children[0]
        bare = len(value.children) == 1 and getattr(token, "type", None) == "NAME"
        entries[_unquoted(key.children[0])] = str(token) if bare else None
    for pair in tree.find_data("shorthand"):
        entries[str(pair.children[0])] = str(pair.children[0])
    return entries


def _places(tree: Any) -> list[tuple[str, ...]]:
    """The property paths that an assignment mentions, in order; a call counts as an empty name."""
    if tree.data == "place":
        head, *rest = tree.children
        return [(str(head), *map(_step, rest))]
    return [place for child in tree.children if hasattr(child, "data") for place in _places(child)]


def _step(step: Any) -> str:
    return "" if step.data == "call" else _unquoted(step.children[0])


def _unquoted(token: Any) -> str:
    return str(token[1:-1] if token[0] in "\"'" else token)


_CALLBACK = rf"\{{{_NAME}:function\(\)\{{({_NAME})\(\);?\}}\}}"  # {a:function(){b()}}
_CALLBACKS = rf"\.push\(({_CALLBACK}(?:,\s*+{_CALLBACK})*+)\)"


def renamed_constructors(text: str) -> tuple[str, ...]:
    """The exports called in `__ATINIT__.push({func: function() {…}})` where Closure renamed list, property and
    functions.

    It leaves the form, which nothing else in the glue has, and the names of exports.
    """
    wrappers: dict[str, str] | None = None
    for match in re.finditer(_CALLBACKS, text):
        called = re.findall(_CALLBACK, match[1])
        if wrappers is None:
            wrappers = _wrapper_variables(text)
        if wrappers.keys() >= set(called):
            return tuple(wrappers[name] for name in called)
    return ()


def _wrapper_variables(text: str) -> dict[str, str]:
    """Variable -> export, from what Closure makes of export wrappers: `ob=g.__GLOBAL__I_000101=function(){return`."""
    assigned = re.compile(rf"(?<![\w$.])({_NAME})=\s?{_NAME}\.({_NAME})=\Z")
    found: dict[str, str] = {}
    for position in islice(occurrences(text, "function(){return"), _ASSIGNMENTS):
        if match := assigned.search(text[max(0, position - 300) : position]):
            found[match[1]] = match[2]
    return found
