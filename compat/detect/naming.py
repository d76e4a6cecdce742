"""What minified imports and exports of a program are called, as its glue tells; found once and kept.

To read names out of glue brings a parser in, and to recover what Closure renamed takes up to seconds. So what came out
is kept beside the compiled code, under a key of all that it depends on.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping

from compat._typing import NamedTuple
from compat.detect.container import Container, open_container
from compat.detect.facts import Facts
from compat.engine.cache import NAMES, get, keep, key
from compat.errors import CompatError
from compat.wasm.model import FuncType


class Naming(NamedTuple):
    """What glue tells of a program's minified names; most fields are those of `Glue`."""

    import_keys: frozenset[str] = frozenset()
    import_names: Mapping[str, str] = {}
    export_names: Mapping[str, str] = {}
    closure: bool = False
    import_constants: Mapping[str, int] = {}
    import_options: Mapping[str, tuple[str, ...]] = {}
    siblings: Mapping[str, int] = {}
    """How many of the names came from which other build's glue."""


def naming(facts: Facts, text: str, path: str | None) -> Naming:
    """What the glue `text`, which stands in the file `path`, tells of a minified module's names.

    Raises MalformedModule.
    """
    siblings = dict(_siblings(path)) if path else {}
    name = key(_us(), _content(facts, text, siblings)) + NAMES
    found = _kept(name)
    if found is None:
        found = _found(facts, text, siblings)
        if facts.renamable <= found.import_keys:  # Else it is of no use, and will be refused.
            _keep(name, found)
    return found


def _found(facts: Facts, text: str, siblings: Mapping[str, Container]) -> Naming:
    from compat.detect.names import names

    found = names(text, facts.renamable)
    naming = Naming(found.keys, found.imports, found.exports, found.closure)
    return _recovered(facts, naming, text, found.literal, siblings) if found.closure else naming


def _recovered(facts: Facts, naming: Naming, text: str, literal: str, siblings: Mapping[str, Container]) -> Naming:
    """What can be told of imports that Closure renamed: by themselves, then by other builds."""
    from compat.detect.calls import numbers_passed
    from compat.detect.closure import SYSTEM_CALL, entries, recover
    from compat.detect.sibling import names_in_clear

    imports = {i.name: i.type for i in facts.module.imports if i.module == "env" and i.name in facts.renamable}
    numbers = numbers_passed(facts.module, {name for name, type_ in imports.items() if type_ == SYSTEM_CALL})
    functions = {name: type_ if isinstance(type_, FuncType) else None for name, type_ in imports.items()}
    known = recover(text, literal, functions, numbers)
    slots = [(name, imports[name]) for name, _ in entries(literal) if name in imports]
    names, counts = dict(known.names), {}
    for place, container in siblings.items():
        if more := names_in_clear(container, slots, names):
            names |= more
            counts[place] = len(more)
    return naming._replace(
        import_names=names,
        import_constants={name: value for name, value in known.constants.items() if name not in names},
        import_options={name: options for name, options in known.ambiguous.items() if name not in names},
        siblings=counts,
    )


def _siblings(path: str) -> Iterator[tuple[str, Container]]:
    """Other builds of the program, in the places where packages have those for debugging."""
    folder, file = os.path.split(path)
    stem, suffix = os.path.splitext(file)
    for place in (f"{stem}-debug{suffix}", f"{stem}.debug{suffix}", f"debug/{file}"):
        if os.path.isfile(os.path.join(folder, place)):
            try:
                yield place, open_container(os.path.join(folder, place))
            except (CompatError, OSError):
                continue  # It may be anything.


# --- keeping it


def _us() -> str:
    """What we are: another version of any file of this package may find something else."""
    with os.scandir(os.path.dirname(__file__)) as files:
        states = sorted((file.name, file.stat().st_size, file.stat().st_mtime_ns) for file in files if file.is_file())
    return f"names {states}"


def _content(facts: Facts, text: str, siblings: Mapping[str, Container]) -> bytes:
    parts = [facts.module.data, text.encode("utf-8", "surrogatepass")]
    for place, container in siblings.items():
        parts += [place.encode(), container.wasm, (container.glue or "").encode("utf-8", "surrogatepass")]
    # With their lengths: no two lists of parts are to look alike.
    return b"".join(len(part).to_bytes(8, "little") + part for part in parts)


def _kept(name: str) -> Naming | None:
    path = get(name)
    if path is None:
        return None
    import json  # not above: few programs are minified

    with open(path, encoding="utf-8") as file:
        fields = json.load(file)
    options = {name: tuple(options) for name, options in fields["import_options"].items()}
    return Naming(**{**fields, "import_keys": frozenset(fields["import_keys"]), "import_options": options})


def _keep(name: str, naming: Naming) -> None:
    import json

    fields = {**naming._asdict(), "import_keys": sorted(naming.import_keys)}
    keep(name, json.dumps(fields).encode(), "what the glue tells")
