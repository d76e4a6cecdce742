"""What a program passes to the functions that it imports, as its code says."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Collection, Iterator, Sequence
from itertools import islice

from compat.detect.callers import CALL, leb128
from compat.wasm.instructions import Instruction, instructions
from compat.wasm.model import Kind, Module

_LEB = rb"[\x80-\xff]{0,4}[\x00-\x7f]"
_CONST, _LOCAL = rb"\x41", rb"\x20"
_MOST_SITES = 200
"""Of one import: no system call is made at so many places."""
_LONGEST = 100_000
"""Bytes of a function that is looked into."""


def numbers_passed(module: Module, names: Collection[str]) -> dict[str, int]:
    """The constant that each of those imports from `env` gets as the first of two arguments, wherever it gets one.

    Compiled code calls `___syscall5(5, variables)`. An import that gets several, or none, is left out. Raises
    MalformedModule.
    """
    starts = [code.start for code in module.codes]
    found = {}
    for index, item in enumerate(module.imported(Kind.FUNC)):
        if starts and item.module == "env" and item.name in names:
            passed = set(islice(_firsts_of_two(module, starts, index), _MOST_SITES))
            if len(passed) == 1:
                found[item.name] = passed.pop()
    return found


def _firsts_of_two(module: Module, starts: Sequence[int], function: int) -> Iterator[int]:
    """What is passed at each call of that function of the form `i32.const`, `local.get`, `call`."""
    # To decode all code takes seconds: functions are looked into that have bytes like these.
    form = re.compile(_CONST + _LEB + _LOCAL + _LEB + CALL + re.escape(leb128(function)))
    hits = form.finditer(module.data, starts[0], module.codes[-1].end)
    for body in dict.fromkeys(bisect_right(starts, hit.start()) - 1 for hit in islice(hits, _MOST_SITES)):
        code = module.codes[body]
        if code.end - code.start > _LONGEST:
            continue
        before: list[Instruction] = []
        for instruction in instructions(module, code):
            if instruction.name == "call" and instruction.immediates == (function,):
                names = [earlier.name for earlier in before]
                if names == ["i32.const", "local.get"] and isinstance(constant := before[0].immediates[0], int):
                    yield constant
            before = [*before[-1:], instruction]
