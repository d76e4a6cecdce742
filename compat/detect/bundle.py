"""Telling the programs apart that a bundler has put into one file.

It puts each file into a function of its own. So the widest brackets in which one program's memory is made, and no other
program's, hold all of its glue and nothing of another's.
"""

from __future__ import annotations

from bisect import bisect
from itertools import islice

from compat.detect import javascript
from compat.detect.glue import occurrences

_LONGEST_BUNDLE = 4_000_000
_MOST_PROGRAMS = 16


def programs(text: str, memory: str) -> list[str]:
    """The glue of each program in the bundle `text`; nothing where brackets do not tell them apart, or
    there are too many.

    `memory` is what each has once: the call that makes its memory.
    """
    memories = list(islice(occurrences(text, memory), _MOST_PROGRAMS))
    if len(text) > _LONGEST_BUNDLE or len(memories) == _MOST_PROGRAMS:
        return []
    widest: dict[int, tuple[int, int]] = {}
    try:
        for start, end in javascript.groups(text):
            if end - start <= len(memory):
                continue
            first, last = bisect(memories, start), bisect(memories, end)
            if last - first == 1:
                widest[first] = start, end
    except javascript.Unbalanced:
        return []
    return [text[start:end] for _, (start, end) in sorted(widest.items())]
