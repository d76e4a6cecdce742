"""The emterpreter's bytecode: functions that were compiled for an interpreter, which is a function of the program.

The glue copies it into memory before the program starts, out of arrays in its own text, or out of a file that the page
fetches (EMTERPRETIFY_FILE). Source: tools/emterpretify.py and emcc.py, 1.37.0 to 1.39.x.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from struct import unpack_from

from compat.detect.container import find_beside, read_file
from compat.detect.facts import Facts
from compat.detect.glue import assignments, names_file, occurrences
from compat.detect.model import Bytecode

_LONGEST = 10_000_000
"""Characters of an array: hostile glue may have anything."""
_COPY, _RELOCATE = "HEAPU8.set([", "relocations.concat(["


def bytecode(facts: Facts, places: tuple[str, ...]) -> Bytecode | None:
    """The bytecode, out of the glue or a file beside one of `places`; None where it is not there or not well formed.

    Raises OSError.
    """
    at = facts.text.find("getMemory(", max(facts.text.find("var EMTSTACKTOP"), 0))
    text = facts.text[at:] if at >= 0 else ""
    try:
        in_file = "emterpreterFile" in text
        return next(filter(_well_formed, _of_file(facts.text, text, places) if in_file else [_of_text(text)]), None)
    except (ValueError, OverflowError):
        return None


def _well_formed(found: Bytecode) -> bool:
    inside = all(place % 4 == 0 and 0 <= place <= len(found.code) - 4 for place in found.relocations)
    return bool(found.code) and inside


def _of_text(text: str) -> Bytecode:
    """`HEAPU8.set([…],eb+0);HEAPU8.set([…],eb+10240);…relocations=relocations.concat([…])`."""
    code = bytearray()
    for start in occurrences(text, _COPY):
        numbers, rest = _array(text, start + len(_COPY))
        target, _, offset = rest.partition("+")
        if target.strip(" ,") == "eb" and int(offset.partition(")")[0]) == len(code):
            code += bytes(numbers)
    relocations = [place for start in occurrences(text, _RELOCATE) for place in _array(text, start + len(_RELOCATE))[0]]
    return Bytecode(bytes(code), tuple(relocations))


def _array(text: str, start: int) -> tuple[list[int], str]:
    """The numbers up to the next bracket, and what follows. Raises ValueError and OverflowError."""
    end = text.index("]", start, start + _LONGEST)
    # Minifiers write 10000 as 1e4.
    numbers = [int(float(number)) if "e" in number else int(number) for number in text[start:end].split(",")]
    return numbers, text[end + 1 : end + 30]


def _of_file(glue: str, text: str, places: tuple[str, ...]) -> Iterator[Bytecode]:
    """The files beside the glue that it names, or the page of its name: behind the code are the relocations."""
    size = next((int(a.value.partition(";")[0]) for a in assignments(text, "codeSize")), 0)
    start = -(-size // 4) * 4
    for place in places:
        folder, page = (
            os.path.dirname(place) or ".",
            find_beside((place,), os.path.splitext(os.path.basename(place))[0] + ".html"),
        )
        names = glue + (read_file(page).decode("utf-8", "replace") if page else "")
        for name in sorted(os.listdir(folder)):
            path = os.path.join(folder, name)
            if names_file(names, name) and os.path.isfile(path) and size and os.path.getsize(path) >= start:
                data = read_file(path)
                count = (len(data) - start) // 4
                yield Bytecode(data[:size], unpack_from(f"<{count}I", data, start))
