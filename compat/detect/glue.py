"""Reading facts about a program out of its glue: Emscripten's JavaScript.

What is here needs neither a parser nor regular expressions: it searches for a fixed string and looks at the few
characters around it, which costs microseconds, and serves every program. Names that were minified are another matter:
see `names`. Forms were taken from Emscripten 1.37.0 to 1.39.20 (src/preamble.js, src/postamble.js, emscripten.py,
tools/file_packager.py), plain and through uglify and Closure.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from compat._typing import NamedTuple
from compat.detect.model import Glue
from compat.detect.packages import data_packages, directories, embedded_files

_MENTIONS = 2000
"""How often a name is looked at: glue mentions few more than a dozen times."""
_WINDOW = 120
"""How many characters after a name are looked at."""
_CALLBACKS_LIMIT = 100_000
_LITERAL_LIMIT = 1_000_000


def constants(text: str, path: str | None = None) -> Glue:
    """What the glue says about memory, start-up and files; its names are left empty. `path` goes into the result."""
    return Glue(
        path=path,
        static_bump=_only_number(text, "STATIC_BUMP") or _number(text, "STATIC_BASE", "+"),
        stack_base=_number(text, "STACK_BASE") or _number(text, "STACKTOP", ":"),
        dynamic_base=_number(text, "DYNAMIC_BASE"),
        total_stack=_number(text, "TOTAL_STACK") or _number(text, "TOTAL_STACK", "||"),
        total_memory=_number(text, "INITIAL_TOTAL_MEMORY") or _number(text, "TOTAL_MEMORY", "||"),
        table_size=_number(text, "wasmTableSize") or _table_size(text),
        constructors=_constructors(text),
        exit_runtime=_exit_runtime(text),
        data_packages=data_packages(text),
        embedded_files=embedded_files(text),
        directories=directories(text),
        memory_file=_memory_file(text),
        dynamic_libraries=_dynamic_libraries(text),
        named_globals=_named_globals(text),
        asm_consts=len(blocks := _asm_consts(text)),
        thread_blocks=_thread_blocks(blocks),
    )


def names_file(text: str, name: str) -> bool:
    """Whether the glue has the file `name` in a string literal."""
    return any(quote + name + quote in text or "/" + name + quote in text for quote in "\"'`")


class Assignment(NamedTuple):
    """A place where a name is given a value."""

    before: str
    """The character in front of the name; empty at the start of the text."""
    value: str
    """The text behind the operator, cut off after some characters."""


def assignments(text: str, name: str, operator: str = "=") -> Iterator[Assignment]:
    """The places in `text` of the form `name = …`, `Module.name = …`, `Module["name"] = …`, with any operator."""
    for position in islice(occurrences(text, name), _MENTIONS):
        before = text[position - 1 : position]
        rest = text[position + len(name) : position + len(name) + _WINDOW].lstrip("\"']").lstrip()
        if rest.startswith(operator) and not _in_word(before):
            yield Assignment(before, rest[len(operator) :].lstrip())


def occurrences(text: str, anchor: str) -> Iterator[int]:
    """The offsets at which `anchor` occurs."""
    position = text.find(anchor)
    while position >= 0:
        yield position
        position = text.find(anchor, position + len(anchor))


def _in_word(character: str) -> bool:
    return character.isalnum() or character in ("_", "$")


def _word(text: str) -> str:
    """The identifier that `text` starts with."""
    length = next((index for index, character in enumerate(text) if not _in_word(character)), len(text))
    return text[:length]


def _number(text: str, name: str, operator: str = "=") -> int | None:
    return next((n for a in assignments(text, name, operator) if (n := _integer(_word(a.value))) is not None), None)


def _only_number(text: str, name: str) -> int | None:
    """The number that a name is given; None where a bundle of several programs gives it several."""
    numbers = {n for a in assignments(text, name) if (n := _integer(_word(a.value))) is not None}
    return numbers.pop() if len(numbers) == 1 else None


def _integer(word: str) -> int | None:
    # Minifiers write 6456000 as 6456e3.
    mantissa, _, exponent = word.partition("e")
    if len(word) > 15 or not (mantissa.isdecimal() and mantissa.isascii() and word.isalnum()):
        return None
    if word == mantissa:
        return int(mantissa)
    return int(mantissa) * 10 ** int(exponent) if exponent in ("1", "2", "3", "4", "5", "6", "7", "8", "9") else None


def _table_size(text: str) -> int | None:
    """`new WebAssembly.Table({"initial": 734, …})`; earlier glue has a variable there."""
    calls = (text[position : position + _WINDOW] for position in islice(occurrences(text, "WebAssembly.Table("), 8))
    return next((size for call in calls if (size := _number(call, "initial", ":"))), None)


def _exit_runtime(text: str) -> bool | None:
    """The last statements of the glue, `noExitRuntime = true; run();`, are there where EXIT_RUNTIME is 0."""
    if "noExitRuntime" not in text:
        return None
    variable = _renamed_flag(text) or "noExitRuntime"
    return not any(_then_runs(a.value) for a in assignments(text, variable))


def _renamed_flag(text: str) -> str | None:
    """Late glue keeps the flag in a variable, which Closure renames: `m.noExitRuntime&&(Ha=m.noExitRuntime)`."""
    for a in assignments(text, "noExitRuntime", "&&"):
        variable = _word(a.value.removeprefix("("))
        assigned, _, _ = a.value.removeprefix(f"({variable}=").partition(")")
        if variable and assigned.endswith(".noExitRuntime") and len(assigned) < len(a.value):
            return variable
    return None


def _then_runs(value: str) -> bool:
    """Whether `value` is true, and a call without arguments is the next statement: `true; run()`."""
    truth = next((word for word in ("true", "!0") if value.startswith(word)), None)
    if truth is None:
        return False
    rest = value[len(truth) :].lstrip()
    rest, separated = rest[1:].lstrip(), rest[:1] in (";", ",")
    if rest.startswith("if"):  # if(!ENVIRONMENT_IS_PTHREAD)run();
        rest = rest.partition(")")[2].lstrip()
    name = _word(rest)
    return separated and bool(name) and rest[len(name) :].startswith("()")


def _memory_file(text: str) -> str | None:
    """`memoryInitializer = "x.js.mem"`, perhaps behind a condition."""
    for a in assignments(text, "memoryInitializer"):
        for quote in "\"'":
            head, end, _ = a.value.partition(".mem" + quote)
            if end and quote in head:
                return head.rpartition(quote)[2] + ".mem"
    return None


def _constructors(text: str) -> tuple[str, ...]:
    """What `__ATINIT__.push({func: function() {…}}, …)` calls."""
    anchor = "__ATINIT__.push("
    for position in islice(occurrences(text, anchor), 4):
        start = position + len(anchor)
        bound = start + _CALLBACKS_LIMIT
        ends = (text.find(closing, start, bound) for closing in ("});", "}),"))
        end = min((end for end in ends if end >= 0), default=bound)
        if called := _callbacks("".join(text[start : end + 1].split())):
            return called
    if "__ATINIT__" in text:
        return ()
    # Here and below, what brings regular expressions in is imported where it is needed: few programs do.
    from compat.detect.names import renamed_constructors

    return renamed_constructors(text)


def _callbacks(text: str) -> tuple[str, ...]:
    """The functions called in `{func:(function(){f()})},{func:function(){g()}}`."""
    called = []
    for piece in text.split("function(){")[1:]:
        name, call, rest = piece.partition("()")
        if not call or name != _word(name):
            return ()
        called.append(name)
        if not rest.removeprefix(";").removeprefix("}").removeprefix(")").startswith("},"):
            break
    return tuple(called) if text.startswith("{") else ()


def _dynamic_libraries(text: str) -> tuple[str, ...]:
    """`Module["dynamicLibraries"] = ["a.wasm", …].concat(Module["dynamicLibraries"])`."""
    for a in islice(assignments(text, "dynamicLibraries"), 8):
        if a.value.startswith("[") and not a.value.startswith("[]"):
            start = text.index(a.value)
            names, concat, _ = text[start + 1 : start + _CALLBACKS_LIMIT].partition("].concat(")
            if concat:
                return tuple(name.strip(" \r\n\"'") for name in names.split(","))
    return ()


def _named_globals(text: str) -> dict[str, int]:
    """`NAMED_GLOBALS = {"name": 1024, …}`; minifiers give the object to a variable first."""
    variables = [_word(a.value) for a in islice(assignments(text, "NAMED_GLOBALS"), 4)]
    for name in filter(None, ["NAMED_GLOBALS" if variables else "", *variables]):
        for position in islice(occurrences(text, name), _MENTIONS):
            start = text.find("{", position, position + _WINDOW)
            if (
                start >= 0
                and text[position + len(name) : start].strip() == "="
                and not _in_word(text[position - 1 : position])
            ):
                pairs = (pair.partition(":") for pair in text[start + 1 : text.find("}", start)].split(","))
                offsets = ((name.strip(" \r\n\"'"), _integer(value.strip())) for name, _, value in pairs)
                return {name: offset for name, offset in offsets if offset is not None}
    return {}


_THREAD_BLOCKS = {
    "processQueuedMainThreadWork": "main queue",
    "processThreadQueue": "queue",
    "Canceled!": "cancel",
}
"""What the EM_ASM blocks of system/lib/pthread/library_pthread.c are for, by a string in them."""


def _thread_blocks(blocks: Sequence[str]) -> dict[int, str]:
    return {
        number: purpose
        for number, block in enumerate(blocks)
        for mark, purpose in _THREAD_BLOCKS.items()
        if f'"{mark}"' in block or f"'{mark}'" in block
    }


def _asm_consts(text: str) -> list[str]:
    """The bodies that `ASM_CONSTS = […]` holds; later releases have an object in its place."""
    for position in islice(occurrences(text, "ASM_CONSTS"), 8):
        equals = text[position + len("ASM_CONSTS") : position + 20].lstrip()
        start = text.find(equals.lstrip("= \n")[:1] or "\0", position)
        if not equals.startswith("=") or text[start : start + 1] not in ("[", "{"):
            continue
        if text.startswith(("[]", "{}"), start):
            return []
        return _parts(text, start)
    return []


def _parts(text: str, start: int) -> list[str]:
    from compat.detect import javascript

    try:
        end = javascript.group_end(text, start, _LITERAL_LIMIT)
    except javascript.Unbalanced:
        return []
    return list(javascript.parts(text, start, end))
