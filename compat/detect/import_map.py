"""The file in which a user says what minified imports are called, where no glue says it for certain.

It is TOML: a table `names`, the import as the module calls it to its name in clear.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator, Mapping

from compat.detect.facts import PROVIDED
from compat.detect.model import Detection
from compat.errors import Unsupported
from compat.wasm.model import Import, Kind

_SHOWN = 8


def read_import_map(path: str) -> Mapping[str, str]:
    """Import -> name in clear, as the file says. Raises Unsupported for one of another form, and OSError."""
    with open(path, "rb") as file:
        try:
            names = tomllib.load(file).get("names", {})
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise Unsupported(f"{path} is not a map of imports: {error}") from error
    if not isinstance(names, dict) or not all(isinstance(name, str) for name in names.values()):
        raise Unsupported(f'{path} is not a map of imports\nit has a table [names] with lines like "a" = "_abort"')
    return names


def draft(detection: Detection) -> str:
    """A map of all imports of the module: what is known as it is, and what is not as comments to be completed."""
    return "\n".join(["[names]", *_lines(detection), ""])


def _lines(detection: Detection) -> Iterator[str]:
    glue = detection.glue
    for item in detection.module.imports:
        if item.module != "env" or item.kind not in (Kind.FUNC, Kind.GLOBAL) or item.name in PROVIDED:
            continue
        key, name = json.dumps(item.name), glue.import_names.get(item.name)
        if name:
            yield f"{key} = {json.dumps(name)}"
        elif item.name in glue.import_constants:
            yield f"# {key} is {_type(item)} and only returns {glue.import_constants[item.name]}: it needs no name"
        else:
            options = glue.import_options.get(item.name, ())[:_SHOWN]
            yield f"# {key} = {json.dumps(options[0] if options else '')}  # {_type(item)}" + (
                f", perhaps {' or '.join(options)}" if options else ", not known"
            )


def _type(item: Import) -> str:
    return str(item.type) if item.kind is Kind.FUNC else "a number"
