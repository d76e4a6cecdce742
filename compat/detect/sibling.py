"""Names behind imports out of another build of the same program, one that is not minified: packages often have both.

Both builds list what they provide in the order of names. So what stands between two names that are known is what
stands between the same two in the other build, wherever that is as many things, of the same types.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from compat.detect.container import Container
from compat.detect.facts import Facts
from compat.detect.names import literal_keys
from compat.errors import MalformedModule
from compat.wasm.model import ExternType
from compat.wasm.reader import read

Slot = tuple[str, ExternType]
"""A key of the object that the glue passes as `env`, and the type of the import."""

_CHECKS = ("nullFunc_", "SAFE_", "segfault", "alignfault", "ftfault", "assert", "abortStackOverflow", "abortOnCannot")
"""What a build with assertions may have more."""


def names_in_clear(build: Container, slots: Sequence[Slot], known: Mapping[str, str]) -> dict[str, str]:
    """What `build` calls those of the `slots`, in their order in the glue, that are not `known`; nothing where it is
    minified itself, or no such program.
    """
    try:
        facts = Facts(read(build.wasm))
    except MalformedModule:
        return {}
    types = {i.name: i.type for i in facts.module.imports if i.module == "env" and i.name in facts.renamable}
    keys = () if facts.minified else literal_keys(build.glue or "", facts.renamable)
    theirs = [(name, types[name]) for name in keys if name in types]
    return dict(_between(slots, known, theirs))


def _between(slots: Sequence[Slot], known: Mapping[str, str], theirs: Sequence[Slot]) -> Iterator[tuple[str, str]]:
    places = {slot: place for place, slot in enumerate(theirs)}
    there = [places.get((known.get(key, ""), type_)) for key, type_ in slots]
    both = [(-1, -1), *((here, place) for here, place in enumerate(there) if place is not None)]
    for (first, first_there), (last, last_there) in pairwise([*both, (len(slots), len(theirs))]):
        ours = [slot for slot in slots[first + 1 : last] if not known.get(slot[0], "").startswith(_CHECKS)]
        others = [slot for slot in theirs[first_there + 1 : last_there] if not slot[0].startswith(_CHECKS)]
        if [type_ for _, type_ in ours] == [type_ for _, type_ in others]:
            yield from ((key, name) for (key, _), (name, _) in zip(ours, others, strict=True) if key not in known)
