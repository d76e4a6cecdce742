"""The side modules that glue loads at the start: RUNTIME_LINKED_LIBS (src/preamble.js, 1.37.0 to 1.39.20)."""

from __future__ import annotations

import os
from collections.abc import Iterator

from compat.detect.container import find_beside, read_file
from compat.detect.model import Detection
from compat.errors import Unsupported
from compat.wasm.metadata import dylink
from compat.wasm.reader import read


def linked_libraries(detection: Detection) -> Iterator[tuple[str, bytes]]:
    """Name and content of each, behind those that it needs. They are beside the program, wherever its glue had them.

    Raises Unsupported for one that is not there, MalformedModule, and OSError.
    """
    seen: set[str] = set()

    def load(name: str) -> Iterator[tuple[str, bytes]]:
        if name in seen:
            return
        seen.add(name)
        path = find_beside(detection.places, os.path.basename(name))
        if path is None:
            raise Unsupported(f"the library {name} is not there\nput it beside the program")
        data = read_file(path)
        sizes = dylink(read(data))
        for needed in sizes.needed if sizes else ():
            yield from load(needed)
        yield name, data

    for name in detection.glue.dynamic_libraries:
        yield from load(name)
