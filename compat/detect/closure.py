"""Names behind imports where the Closure compiler renamed even the functions that the glue passes.

What is left: the object literal keeps the order of the original names, the module has the types, and each function
still says of itself what `bodies` reads. A reference of Emscripten's own library functions (`closure.reference`, made
by tools/closure_reference.py) is laid along the literal, name order against literal order, so that the whole fits best.
A name counts as recovered where no other name, with all the rest fitted anew, comes near. A function that only returns
a number needs no name: the glue says all that it does.
"""

from __future__ import annotations

import json
import math
import re
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import islice

from compat._typing import NamedTuple
from compat.detect import bodies, javascript
from compat.detect.bodies import HEAPS, KEYWORD, PROPERTY, Body, kind_of
from compat.wasm.model import FuncType

SYSTEM_CALL = FuncType.parse("i(ii)")
"""What all system calls are: a number, and the address of the arguments."""
_MOST_IMPORTS = 2000
_LONGEST_GLUE = 4_000_000
"""Characters, base64 apart: real glue has up to a million."""
_LONGEST_BODY = 200_000
_WORK = 4_000_000
"""Characters of function bodies that are read in all."""
_DEPTH = 3
"""How far calls are followed: Closure may have put a callee into its caller."""
_DECAY = 0.5
"""What a feature weighs for each call that lies between."""
_KEYWORD_WEIGHT = 0.3
_RARE = 500
"""Of so many functions at most, a feature tells something: only functions that share one are compared."""
_CANDIDATE = 0.25
"""The likeness from which a name is considered."""
_LIKE = 0.6
"""The likeness that a recovered name has at least, from 0 to 1."""
_CLEAR = 0.08
"""By how much it fits better than any other. On two programs with a known answer (104 names), none above was wrong."""
_TIE = 0.01
_LITTLE = 1.0
_EVIDENCE = 8.0
"""What both must have in common, in nats: two small functions are easily alike."""
_SMALL = 0.15
"""The margin that makes up for little evidence."""
_SIMILAR, _ALONE = 0.4, 0.3
"""A function of which Closure has left little may do with less likeness, if nothing else comes near at all."""
_FOREIGN_ARGUMENTS = 0.5
"""What is left of the likeness of a system call that takes other arguments."""

_PASSING = frozenset((bodies.feature(KEYWORD, "arguments"), bodies.feature(PROPERTY, "apply")))
"""What a function may have that only calls another."""

_LEADING = (
    "abort",
    "assert",
    "enlargeMemory",
    "getTotalMemory",
    "abortOnCannotGrowMemory",
    "setTempRet0",
    "getTempRet0",
)
"""What came before the sorted names up to 1.38.43, where it was not among them."""
_NAME = r"[A-Za-z_$][\w$]*"
_GUARDED = (
    rf"function ?(?:{_NAME})?\(([^)]*)\)\{{(?:var \w+={_NAME}\(\);)?try\{{(?:return )?({_NAME}(?:\.\w+)?)\(([^)]*)\)"
)
_TAKER = rf"function ({_NAME})\(\)\{{\s?({_NAME})\s?\+=\s?4;\s?return {_NAME}\[\2\s?-\s?4>>\s?2\]\}}"
_PICKED = rf"function ?(?:{_NAME})?\((\w+)[^)]*\)\{{(?:return )?({_NAME})\[\1\]\([\w$,]*\);?\}}"
"""How one function of a list is called."""
_EXPORTED = rf"(?<![\w$.])({_NAME})={_NAME}\.({_NAME})=function\(\)\{{\s?return"
"""Variables that stand for the guest's functions, whose names Closure leaves to the page."""
_MISSING = rf"function ?(?:{_NAME})?\(\)\{{\s?{_NAME}\(\"missing function: (\w+)\"\);"
"""What Emscripten puts in the place of a function that it does not know."""
_THROW = rf"({_NAME}\.{_NAME})=1;throw ?\w+;?\}}"
_NOTES = rf"function ?(?:{_NAME})?\(\w+,(\w+)\)\{{({_NAME})=\1[;}}]"
"""How a system call notes where its arguments are."""
_REGISTER = (
    rf"function\s?(?:{_NAME})?\((?:\w+)\)\{{({_NAME})=\w+\}}",
    rf"function\s?(?:{_NAME})?\(\)\{{return ({_NAME})\}}",
)
"""How the register for second results is set, and read."""


class Recovered(NamedTuple):
    """What is known of the imports of a module whose glue went through Closure."""

    names: Mapping[str, str] = {}
    """Import -> name, where it is certain."""
    ambiguous: Mapping[str, tuple[str, ...]] = {}
    """Import -> the names that it may have, the likeliest first."""
    constants: Mapping[str, int] = {}
    """Import -> what it returns always, for functions that do nothing else and whose names are not certain."""


def recover(
    text: str,
    literal: str,
    types: Mapping[str, FuncType | None],
    numbers: Mapping[str, int] = {},
) -> Recovered:
    """What can be told of the imports in `types` (None: a global), which `literal`, the object in the glue `text`,
    provides. `numbers` has what the program passes first to imports that may be system calls.
    """
    if len(text) > _LONGEST_GLUE or len(types) > _MOST_IMPORTS:
        return Recovered()
    glue = _Glue(text)
    slots = [_Slot(glue, key, value, types[key]) for key, value in entries(literal) if key in types]
    names = (
        {slot.key: slot.family for slot in slots if slot.family}
        | dict(_globals(glue, slots))
        | dict(_registers(slots))
        | dict(_uncaught(slots))
        | dict(_system_calls(slots, numbers))
    )
    constants = {s.key: s.constant for s in slots if s.key not in names and s.constant is not None}
    open_slots = [s for s in slots if s.type is not None and s.key not in names and s.key not in constants]
    fits = _align(open_slots, _likenesses(glue, open_slots))
    names |= {slot.key: fit.name for slot, fit in zip(open_slots, fits, strict=True) if fit.certain}
    ambiguous = {
        slot.key: fit.options for slot, fit in zip(open_slots, fits, strict=True) if fit.options and not fit.certain
    }
    return Recovered(names, ambiguous, constants)


def entries(literal: str) -> Iterator[tuple[str, str]]:
    """The keys of an object literal and the texts of their values, in order."""
    for part in javascript.parts(literal, 0, len(literal)):
        key, _, value = part.partition(":")
        yield key.strip().strip("\"'"), value.strip()


# --- the glue


class _Glue:
    """The functions of a program's glue, read when they are asked for."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.roles = {**dict(re.findall(_EXPORTED, text)), **dict(_roles(text))}
        self._places: dict[str, list[int]] = {}
        for match in re.finditer(rf"\bfunction ({_NAME})\(|(?<![\w$])({_NAME})[=:]function\b", text):
            self._places.setdefault(match[1] or match[2], []).append(match.start())
        self._literals: dict[str, list[int]] = {}
        for match in re.finditer(rf"(?<![\w$.])({_NAME})=\{{", text):
            self._literals.setdefault(match[1], []).append(match.end() - 1)
        self.builtins = dict(re.findall(rf"(?<![\w$.])({_NAME})=(Math\.\w+)[,;]", text))
        """Variables that stand for functions of the language."""
        self.takers = {match[2]: match[1] for match in re.finditer(_TAKER, text)}
        """Variable -> the function that takes the next argument of a system call off it."""
        self.callers = {name: role for name, role in self.roles.items() if role.startswith("dynCall_")}
        """Variables that stand for the guest's functions that call a function pointer."""
        self.blocks = frozenset(re.findall(rf"(?<![\w$.])({_NAME})=\[function\b", text))
        """Variables that stand for lists of functions: the bodies of EM_ASM. Pointers to the host's start empty."""
        self._constants = dict(_constant_properties(text))
        self._objects: dict[str, list[tuple[int, int]]] = {}
        self._sources: dict[str, str | None] = {}
        self._bodies: dict[str, Body] = {}
        self._allowance = javascript.Allowance(_WORK)

    def source(self, name: str) -> str | None:
        """The text of a function, or of an object's method (`object.method`)."""
        if name not in self._sources:
            self._sources[name] = None if name in self.roles else self._find(name)
        return self._sources[name]

    def body(self, name: str) -> Body | None:
        """What that function says of itself."""
        if name not in self._bodies:
            source = self.source(name)
            if source is None:
                return None
            self._bodies[name] = self.read(source)
        return self._bodies[name]

    def read(self, source: str) -> Body:
        """What the function of that text says of itself: constants looked up, its own variables told apart."""
        local = set(_locals(source))
        source = re.sub(rf"(?<![\w$.]){_NAME}\.{_NAME}", lambda m: self._constants.get(m[0], m[0]), source)
        body = bodies.read(source, {name: role for name, role in self.roles.items() if name not in local})
        return Body(body.features, tuple(call for call in body.calls if call.partition(".")[0] not in local))

    def _find(self, name: str) -> str | None:
        owner, _, own = name.rpartition(".")
        places = self._places.get(own, [])
        if owner:
            places = list(self._methods(owner, places))
        elif len(places) > 1:
            places = [p for p in places if self.text.startswith("function ", p)]
        if len(places) != 1:
            return None
        end = self._group_end(self.text.find("{", places[0]), _LONGEST_BODY)
        return None if end is None else self.text[places[0] : end]

    def _methods(self, owner: str, places: Sequence[int]) -> Iterator[int]:
        """Those of the places that lie in an object literal which is the value of `owner`."""
        if owner not in self._objects:
            starts = self._literals.get(owner, ())
            self._objects[owner] = [(s, e) for s in starts if (e := self._group_end(s, 3 * _LONGEST_BODY)) is not None]
        spans = self._objects[owner]
        yield from islice((p for p in places if any(start < p < end for start, end in spans)), 1)

    def _group_end(self, start: int, limit: int) -> int | None:
        return self._allowance.group_end(self.text, start, limit) if start >= 0 else None


def _roles(text: str) -> Iterator[tuple[str, str]]:
    """The variables that hold the views of memory, where they are made one after the other, and its size."""
    first = re.search(r"new Int8Array\(([\w$.]{1,20})\)(?=[\s\S]{0,80}new Int16Array\(\1\))", text)
    if first:
        window = text[max(0, first.start() - 60) : first.start() + 600]
        for array, heap in HEAPS.items():
            if match := re.search(rf"(?<![\w$.])({_NAME})=new {array}\({re.escape(first[1])}\)", window):
                yield match[1], heap
    if match := re.search(rf"(?<![\w$.])({_NAME})={_NAME}\.TOTAL_MEMORY\|\|", text):
        yield match[1], "TOTAL_MEMORY"


def _constant_properties(text: str) -> Iterator[tuple[str, str]]:
    """`object.property` -> number, of objects that hold nothing else: errors and their numbers."""
    form = rf"(?<![\w$.])({_NAME})=\{{((?:\s?+[A-Za-z_$][\w$]*+:-?+\d[\dE]*+,?+){{3,}}+)\}}"
    for match in re.finditer(form, text):
        for name, value in re.findall(rf"({_NAME}):(-?\d[\dE]*)", match[2]):
            yield f"{match[1]}.{name}", value


def _locals(source: str) -> Iterator[str]:
    for groups in re.findall(rf"function\s*(?:{_NAME})?\(([^)]*)\)|catch\(({_NAME})\)|\bvar ({_NAME})", source):
        for group in groups:
            yield from (name.strip() for name in group.split(","))


# --- the slots of the literal


class _Slot:
    """One entry of the literal that provides an import."""

    def __init__(self, glue: _Glue, key: str, value: str, type: FuncType | None) -> None:
        self.key = key
        self.value = value
        self.type = type
        self._callers = glue.callers
        self._blocks = glue.blocks
        self.source = _function_text(glue, value) if type is not None else ""
        self._does = _unwrapped(glue, self.source)
        self.body = glue.read(self._does)
        self.arguments = _arguments_taken(glue, self.source)
        """Of a system call: how many numbers, strings and open files it takes."""

    @property
    def notes_arguments(self) -> bool:
        """Whether it is of the form of a system call."""
        return bool(re.match(_NOTES, _compact(self._does)))

    @property
    def family(self) -> str | None:
        """The name of a function that says it: by what it prints, or by the type that it passes its call on to a
        function pointer of the guest, or of the host.
        """
        if self.type is None:
            return None
        text = _compact(self.source)
        letters = (str(self.type).partition("(")[0] or "v") + "".join(t.value for t in self.type.params[1:])
        if picked := re.fullmatch(_PICKED, text):
            return f"{'_emscripten_asm_const' if picked[2] in self._blocks else 'jsCall'}_{letters}"
        if letters == "v" and ".onAbort" in text and '"abort("' in text:
            return "abort"
        if missing := re.match(_MISSING, self.source):
            return f"_{missing[1]}"
        if (guarded := re.match(_GUARDED, text)) and guarded[1] == guarded[3] and _rethrows(text):
            # The halves of a 64-bit number look like any numbers: the name of the guest's own function tells.
            called = str(self._callers.get(guarded[2], guarded[2])).partition("dynCall_")[2]
            return f"invoke_{called or letters}"
        return None

    @property
    def constant(self) -> int | None:
        """What a function returns that does nothing but, perhaps, to note its arguments."""
        match = re.fullmatch(
            rf"function ?(?:{_NAME})?\([^)]*\)\{{(?:{_NAME}=\w+;)?(?:return ?(-?\d+|!0|!1)?;?)?\}}",
            _compact(self._does),
        )
        if not match or self.type is None:
            return None
        return {"!0": 1, "!1": 0, None: 0}.get(match[1]) if match[1] in ("!0", "!1", None) else int(match[1])


def _rethrows(text: str) -> bool:
    """Whether its handler restores the stack and tells the guest, as that of `invoke_*` does."""
    handler = text.rpartition("catch")[2]
    return bool(re.search(r"throw|longjmp", handler)) and bool(re.search(r"\(1,0\)", handler))


def _unwrapped(glue: _Glue, source: str) -> str:
    """The function that does it, where this one only calls another."""
    for _ in range(_DEPTH):
        passes = re.fullmatch(
            rf"function ?(?:{_NAME})?\([^)]*\)\{{(?:return )?({_NAME})(?:\.apply)?\([\w$,]*\);?\}}", _compact(source)
        )
        called = glue.source(passes[1]) if passes else None
        if not called:
            break
        source = called
    return source


def _compact(source: str) -> str:
    """The text without blanks that separate nothing: Closure breaks lines anywhere."""
    return re.sub(r"(?<![\w$])\s+|\s+(?![\w$])", "", source)


def _function_text(glue: _Glue, value: str) -> str:
    """The text of the function that an entry's value is, or names."""
    if not re.fullmatch(_NAME, value):
        return value if value.startswith("function") else ""
    if builtin := glue.builtins.get(value):
        return f"function(a){{return {builtin}(a)}}"
    return glue.source(value) or ""


def _arguments_taken(glue: _Glue, source: str) -> tuple[int, int, int] | None:
    """How often a system call takes a number, a string, an open file from its arguments: the helpers for it are known
    by what they do to the variable that the call sets first.
    """
    start = re.match(_NOTES, _compact(source))
    if not start:
        return None
    number = glue.takers.get(start[2])
    if not number:
        return None
    taken: Counter[str] = Counter()
    compact = _compact(source)
    for reader, inner in re.findall(rf"(?<![\w$.])({_NAME})\(({_NAME})\(\)\)", compact):
        # Closure has put the helper for strings into its caller.
        if inner == number and _reads_text(glue, reader):
            taken.update(string=1, number=-1)
    for call in re.findall(rf"(?<![\w$.])({_NAME}(?:\.{_NAME})?)\(\)", compact):
        helper = glue.source(call)
        # Without a file system, the helper for open files is not there, and such a call would throw.
        taken["number" if call == number else _taken(_compact(helper), number) if helper else "file"] += 1
    return taken["number"] + 2 * taken["pair"], taken["string"], taken["file"]


def _reads_text(glue: _Glue, name: str) -> bool:
    """Whether that function makes a text of memory."""
    for _ in range(_DEPTH):
        source = glue.source(name) or ""
        if re.search(r"\.(?:fromCharCode|decode)\b", source):
            return True
        called = re.search(rf"return ?(?:\w+\?)?({_NAME})\(", source)
        if not called:
            break
        name = called[1]
    return False


def _taken(helper: str, number: str) -> str:
    """What a function without parameters makes of the next argument, or of the next two; nothing if it takes none."""
    body = helper.partition("{")[2]
    count = len(re.findall(rf"(?<![\w$.]){re.escape(number)}\(\)", body))
    if count == 1:
        return "string" if re.fullmatch(rf"return {_NAME}\({re.escape(number)}\(\)\)\}}", body) else "file"
    return "pair" if count == 2 else ""


def _globals(glue: _Glue, slots: Sequence[_Slot]) -> Iterator[tuple[str, str]]:
    """The one imported address: of the word that holds the heap's end. Two cannot be told apart for certain."""
    numbers = [slot for slot in slots if slot.type is None]
    if len(numbers) != 1:
        return
    value = numbers[0].value
    index = rf"{re.escape(value)}>>2" + (rf"|{int(value) >> 2}" if value.isdecimal() else "")
    if re.search(rf"\[(?:{index})\]=", glue.text):
        yield numbers[0].key, "DYNAMICTOP_PTR"


def _registers(slots: Sequence[_Slot]) -> Iterator[tuple[str, str]]:
    """The two functions that set and read one variable: the register for the high half of a 64-bit result."""
    setters, getters = (
        {m[1]: slot.key for slot in slots if (m := re.fullmatch(form, _compact(slot.source)))} for form in _REGISTER
    )
    for variable in setters.keys() & getters.keys():
        yield setters[variable], "setTempRet0"
        yield getters[variable], "getTempRet0"


def _uncaught(slots: Sequence[_Slot]) -> Iterator[tuple[str, str]]:
    """The function that reads the count which `___cxa_throw` keeps: as it is, or whether there is any."""
    throws = (re.search(_THROW, _compact(slot.source)) for slot in slots)
    if count := next((match[1] for match in throws if match), None):
        for slot in slots:
            match = re.fullmatch(
                rf"function ?(?:{_NAME})?\(\)\{{return ?(!!)?{re.escape(count)}\}}", _compact(slot.source)
            )
            if match:
                yield slot.key, "___cxa_uncaught_exception" if match[1] else "___cxa_uncaught_exceptions"


def _system_calls(slots: Sequence[_Slot], numbers: Mapping[str, int]) -> Iterator[tuple[str, str]]:
    """System calls by their numbers, of functions that note where the other arguments are."""
    for slot in slots:
        name = f"___syscall{numbers.get(slot.key)}"
        if slot.notes_arguments and name in _reference().importable:
            yield slot.key, name


# --- likeness


class _Variant(NamedTuple):
    """A function of the reference, in one release."""

    features: frozenset[int]
    calls: tuple[str, ...]
    parameters: int
    arguments: tuple[int, int, int] | None


class _Reference(NamedTuple):
    types: Mapping[str, tuple[str, ...]]
    """Name -> the types under which it is known."""
    importable: frozenset[str]
    """The functions that a program may import; the others only serve these."""
    releases: tuple[Mapping[str, _Variant], ...]
    """The functions of each release."""


class _Known:
    """A function of the reference, with all that it reaches."""

    def __init__(self, name: str, facts: _Variant, weights: Mapping[int, float], does: tuple[str, _Variant]) -> None:
        self.name = name
        self.facts = facts
        self.weights = weights
        """Feature -> 1 for its own, less for each call in between."""
        self.does = does
        """The function that does it, where this one only calls another."""
        self.own: dict[int, float] = {}
        self.own_total = self.total = 0.0

    def weigh(self, weight: Mapping[int, float]) -> None:
        """Take what each feature counts."""
        self.own = {f: weight[f] for f in self.does[1].features if f in self.weights}
        self.own_total = sum(self.own.values())
        self.weights = dict(self.weights)
        self.total = sum(weight[f] * reach for f, reach in self.weights.items())


class _Target:
    """The function of a slot, likewise."""

    def __init__(self, slot: _Slot, reached: Mapping[int, float], weight: Mapping[int, float], rare: float) -> None:
        # A property that no library function has was renamed; such a number is an address, or a folded expression.
        self.weights = {
            f: (reach, weight.get(f, rare)) for f, reach in reached.items() if f in weight or kind_of(f) == KEYWORD
        }
        self.total = sum(reach * value for reach, value in self.weights.values())
        self.own = {f: weight[f] for f in slot.body.features if f in weight}
        self.own_total = sum(self.own.values())


class _Likeness(NamedTuple):
    """How alike a slot and a function of the reference are."""

    score: float
    """From 0 to 1."""
    evidence: float
    """What they have in common, in nats: how unlikely that would be of any function."""
    does: tuple[str, _Variant]


@cache
def _reference() -> _Reference:
    """What is known of Emscripten's library."""
    from importlib.resources import files

    data = json.loads(zlib.decompress(files("compat.detect").joinpath("closure.reference").read_bytes()))
    pool = [_Variant(frozenset(f), tuple(c), p, tuple(a) if a else None) for f, c, p, a in data["variants"]]
    releases = tuple({name: pool[index] for name, index in release.items()} for release in data["releases"])
    types = {name: tuple(known) for name, known in data["types"].items()}
    return _Reference(types, frozenset(data["importable"]), releases)


def _reach(
    known: Mapping[str, Body | _Variant], name: str, depth: int, cache: dict[tuple[str, int], dict[int, float]]
) -> dict[int, float]:
    """The features of a function and of what it calls, the nearest counting most."""
    key = name, depth
    if key in cache:
        return cache[key]
    body = known[name]
    weights = cache[key] = dict.fromkeys(body.features, 1.0)
    if depth:
        for call in body.calls:
            callee = call.removesuffix(".apply").removesuffix(".call")
            if callee != name and callee in known:
                for feature, weight in _reach(known, callee, depth - 1, cache).items():
                    weights[feature] = max(weights.get(feature, 0.0), weight * _DECAY)
    return weights


def _glue_reach(
    glue: _Glue, body: Body, depth: int, cache: dict[tuple[str, int], dict[int, float]]
) -> dict[int, float]:
    weights = dict.fromkeys(body.features, 1.0)
    if depth:
        for call in body.calls:
            callee = call.removesuffix(".apply").removesuffix(".call")
            key = callee, depth
            if key not in cache:
                cache[key] = {}  # A function that calls itself adds nothing.
                inner = glue.body(callee)
                cache[key] = _glue_reach(glue, inner, depth - 1, cache) if inner else {}
            for feature, weight in cache[key].items():
                weights[feature] = max(weights.get(feature, 0.0), weight * _DECAY)
    return weights


def _likenesses(glue: _Glue, slots: Sequence[_Slot]) -> list[dict[str, _Likeness]]:
    """For each slot: name -> how alike the function of that name is."""
    cache: dict[tuple[str, int], dict[int, float]] = {}
    reached = [_glue_reach(glue, slot.body, _DEPTH, cache) for slot in slots]
    seen = {f for weights in reached for f in weights if kind_of(f) == PROPERTY}
    candidates = _candidates(seen)
    spread = Counter(f for _, f in {(c.name, f) for c in candidates for f in c.weights})
    count = 1 + len({c.name for c in candidates})
    weight = {
        f: math.log(1 + count / (1 + n)) * (_KEYWORD_WEIGHT if kind_of(f) == KEYWORD else 1) for f, n in spread.items()
    }
    telling: dict[int, list[_Known]] = {}
    for candidate in candidates:
        candidate.weigh(weight)
        for f in candidate.weights:
            if spread[f] <= _RARE:
                telling.setdefault(f, []).append(candidate)
    found = []
    for slot, weights in zip(slots, reached, strict=True):
        target = _Target(slot, weights, weight, math.log(count))
        near = {id(c): c for f in target.weights for c in telling.get(f, ())}
        found.append(_scores(slot, target, near.values() if near else candidates))
    return found


def _scores(slot: _Slot, target: _Target, candidates: Iterable[_Known]) -> dict[str, _Likeness]:
    types = _reference().types
    declared, parameters = str(slot.type), len(slot.type.params) if slot.type else 0
    written = len(bodies.parameters(slot.source))
    scores: dict[str, _Likeness] = {}
    for candidate in candidates:
        name, facts = candidate.name, candidate.facts
        known = types.get(name)
        if written > facts.parameters or (declared not in known if known else facts.parameters > parameters):
            continue
        if (facts.arguments is None) != (slot.arguments is None):
            continue
        score, evidence = _likeness(target, candidate)
        if slot.arguments != facts.arguments:
            score *= _FOREIGN_ARGUMENTS
        if name not in scores or score > scores[name].score:
            scores[name] = _Likeness(score, evidence, candidate.does)
    return {name: likeness for name, likeness in scores.items() if likeness.score > _CANDIDATE}


def _candidates(seen: set[int]) -> list[_Known]:
    """The importable functions of the reference, in each different form: without the properties that Closure renamed,
    which are those not `seen`.
    """
    found: dict[str, list[_Known]] = {}
    for name, facts, done, reach in _reachable():
        weights = {f: w for f, w in reach.items() if kind_of(f) != PROPERTY or f in seen}
        forms = found.setdefault(name, [])
        if not any(weights == other.weights for other in forms):
            forms.append(_Known(name, facts, weights, done))
    return [known for forms in found.values() for known in forms]


@cache
def _reachable() -> tuple[tuple[str, _Variant, tuple[str, _Variant], Mapping[int, float]], ...]:
    """Every importable function of every release: what it is, which function does it, and all that this reaches."""
    found: list[tuple[str, _Variant, tuple[str, _Variant], Mapping[int, float]]] = []
    known: set[tuple[str, frozenset[tuple[int, float]]]] = set()
    reference = _reference()
    for release in reference.releases:
        cache: dict[tuple[str, int], dict[int, float]] = {}
        for name, facts in release.items():
            if name in reference.importable:
                done = _does(release, name)
                reach = _reach(release, done[0], _DEPTH, cache)
                form = name, frozenset(reach.items())
                if form not in known:
                    known.add(form)
                    found.append((name, facts, done, reach))
    return tuple(found)


def _does(release: Mapping[str, _Variant], name: str) -> tuple[str, _Variant]:
    """The function that does it, where `name` only calls another."""
    for _ in range(_DEPTH):
        facts = release[name]
        called = facts.calls[0].removesuffix(".apply") if len(facts.calls) == 1 else ""
        if facts.features - _PASSING or not called.startswith("_") or called not in release:
            break
        name = called
    return name, release[name]


def _likeness(target: _Target, known: _Known) -> tuple[float, float]:
    """What both have of what either has, as a share of 1; half of it for their own features alone, wherever the other
    has them. And what both have in all.
    """
    common = shared = 0.0
    reached = known.weights
    for feature, (reach, weight) in target.weights.items():
        if (other := reached.get(feature)) is not None:
            common += weight * max(reach, other)
            shared += weight * min(reach, other)
    either = target.total + known.total - shared
    if not either:
        return 0.0, 0.0
    weights = target.weights
    shares = []
    if known.own_total:
        shares.append(sum(weight for f, weight in known.own.items() if f in weights) / known.own_total)
    if target.own_total:
        shares.append(sum(weight for f, weight in target.own.items() if f in reached) / target.own_total)
    return (common / either + (sum(shares) / len(shares) if shares else common / either)) / 2, common


# --- alignment


class _Fit(NamedTuple):
    """The name of a slot in the best alignment of all."""

    name: str = ""
    certain: bool = False
    options: tuple[str, ...] = ()


def _align(slots: Sequence[_Slot], likenesses: Sequence[Mapping[str, _Likeness]]) -> list[_Fit]:
    """Lay the names, in their order, along the slots so that the sum of likenesses is greatest.

    `ahead[i][j]` is the best sum of the slots before i with the names before j; `behind`, of those from i and j on. The
    two together give for each slot and name the best that the whole can be with that name there.
    """
    order = [*_LEADING, *sorted({name for scores in likenesses for name in scores}.union(_LEADING))]
    ahead, behind = _sums(likenesses, order), _sums(likenesses[::-1], order[::-1])
    count, size = len(likenesses), len(order)
    fits = []
    for i, scores in enumerate(likenesses):
        before, after = ahead[i], behind[count - i - 1]
        skipped = max((before[j] + after[size - j] for j in range(size + 1)), default=0.0)
        options = sorted(
            (
                (before[j] + scores[name].score + after[size - j - 1], name)
                for j, name in enumerate(order)
                if name in scores
            ),
            reverse=True,
        )
        fits.append(_fit(scores, options, skipped))
    return fits


def _fit(scores: Mapping[str, _Likeness], options: Sequence[tuple[float, str]], skipped: float) -> _Fit:
    if not options or options[0][0] <= skipped:
        return _Fit()
    best, name = options[0]
    # Functions with the same body do the same: which of them it is does not matter; the one that is called is taken.
    done, body = scores[name].does
    name = next((other for total, other in options if other == done and total > best - _TIE), name)
    fit = scores[name]
    others = [total for total, other in options if scores[other].does[1] != body]
    margin = best - max([skipped, *others[:1]])
    likeliest = max(score.score for score in scores.values() if score.does[1] != body) if others else 0.0
    certain = (
        fit.evidence >= _LITTLE
        and fit.score > likeliest - _CLEAR
        and (
            (fit.score >= _LIKE and margin >= (_CLEAR if fit.evidence >= _EVIDENCE else _SMALL))
            or (fit.score >= _SIMILAR and margin >= _ALONE and fit.evidence >= _EVIDENCE)
        )
    )
    near = tuple(dict.fromkeys(other for total, other in options if best - total < _CLEAR))
    return _Fit(name, certain, near)


def _sums(likenesses: Sequence[Mapping[str, _Likeness]], order: Sequence[str]) -> list[list[float]]:
    rows = [[0.0] * (len(order) + 1)]
    for scores in likenesses:
        above, row, left = rows[-1], [rows[-1][0]], rows[-1][0]
        for j, name in enumerate(order):
            value = above[j + 1]
            value = max(left, value)
            if name in scores:
                value = max(value, above[j] + scores[name].score)
            row.append(value)
            left = value
        rows.append(row)
    return rows
