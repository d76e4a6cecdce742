"""Data packages and embedded files: what the JavaScript of tools/file_packager.py says of them.

A package is a `.data` file, the contents of files one after another, and a directory of it: an object literal that is
passed to `loadPackage`, or JSON in a file of its own (`--separate-metadata`). With LZ4 the contents are compressed in
chunks, and another literal tells where those are. Embedded files stand in the JavaScript as arrays of bytes.

All names but those of properties and strings may have been minified, and property names may have lost their quotes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice

from compat._typing import TYPE_CHECKING, Any
from compat.detect.model import DataPackage, Lz4Chunks, PackedFile
from compat.errors import Unsupported

if TYPE_CHECKING:
    from compat.detect.javascript import Allowance

# What hostile glue can cost is bounded by these, which are far from what real glue has.
_LITERAL_LIMIT = 4 << 20
_ALLOWANCE = 2 * _LITERAL_LIMIT
_PACKAGES = 100
_CALLS = 20_000
_STATEMENTS = 200_000
_CONTENTS = 32 << 20
"""Characters of embedded files, in all."""
_SIZE_KEY = "remote_package_size"
_DATA_FILE = "datafile_"
_CREATE_FILE = "FS_createDataFile"
_CREATE_PATH = "FS_createPath"


def data_packages(text: str) -> tuple[DataPackage, ...]:
    """The packages that glue loads, in order. Raises Unsupported for one whose contents it does not say."""
    if _DATA_FILE not in text:
        return ()
    found, last = [], 0
    for start, metadata in _directories(text):
        if name := _package_name(text, start):
            try:
                directory = metadata if isinstance(metadata, str) else packed_files(metadata)
            except ValueError as error:
                raise Unsupported(f"the glue does not say what is in the data package {name}: {error}") from None
            found.append(DataPackage(name, directory, _chunks(text, last, start)))
            last = start
    return tuple(found)


def packed_files(metadata: Mapping[str, Any]) -> tuple[PackedFile, ...]:
    """The files that a package's directory lists. Raises ValueError where it is not one."""
    try:
        return tuple(PackedFile(file["filename"], int(file["start"]), int(file["end"])) for file in metadata["files"])
    except (KeyError, TypeError) as error:
        raise ValueError(f"not the directory of a data package: no {error}") from None


def embedded_files(text: str) -> dict[str, bytes]:
    """The files whose contents stand in the glue: `FS_createDataFile("/dir", "name", variable, …)`.

    Raises Unsupported where those cannot be read.
    """
    return dict(_embedded(text)) if _CREATE_FILE in text else {}


def directories(text: str) -> tuple[str, ...]:
    """The directories that the glue makes: `FS_createPath("/a", "b", …)`."""
    if _CREATE_PATH not in text:
        return ()
    paths = (_two_strings(arguments) for _, arguments in _calls(text, _CREATE_PATH))
    return tuple(_joined(*path) for path in paths if path)


def _directories(text: str) -> Iterator[tuple[int, Mapping[str, Any] | str]]:
    """Where a package's directory is given, and that directory, or the name of the file that it is in."""
    import re

    from compat.detect.javascript import Allowance

    allowance = Allowance(_ALLOWANCE)
    key = re.compile(_SIZE_KEY + r"""["']?\s*:|["']([^"'/]{1,200}\.metadata)["']""")
    end, seen = 0, set()
    for match in islice(key.finditer(text), _PACKAGES):
        if match[1]:
            # The name of a file stands there several times.
            if match[1] not in seen:
                yield match.start(), match[1]
            seen.add(match[1])
        elif match.start() >= end:
            start = text.rfind("({", max(end, match.start() - _LITERAL_LIMIT), match.start()) + 1
            literal, end = _literal(text, start, allowance)
            if literal is not None and end > match.start():
                yield start, literal


def _literal(text: str, start: int, allowance: Allowance) -> tuple[Mapping[str, Any] | None, int]:
    """The object literal at an offset, and where it ends; None for one that has more than data in it."""
    import json
    import re

    end = allowance.group_end(text, start, _LITERAL_LIMIT)
    if end is None:
        return None, start
    literal = text[start:end]
    for candidate in (literal, re.sub(r"([{,])\s*([A-Za-z_]\w*)\s*:", r'\1"\2":', literal)):
        try:
            value = json.loads(candidate)
        except (ValueError, RecursionError):
            continue
        return (value, end) if isinstance(value, dict) else (None, end)
    return None, end


def _package_name(text: str, before: int) -> str | None:
    position = text.rfind(_DATA_FILE, 0, before)
    if position <= 0:
        return None
    path, end, _ = text[position + len(_DATA_FILE) : position + 1000].partition(text[position - 1])
    return path.rpartition("/")[2] if end else None


def _chunks(text: str, start: int, end: int) -> Lz4Chunks | None:
    """`{"data":null,"cachedOffset":…,"offsets":[…],"sizes":[…],"successes":[…]}`, if it stands there."""
    position = text.find("cachedOffset", start, end)
    if position < 0:
        return None
    from compat.detect.javascript import Allowance

    literal, _ = _literal(text, text.rfind("{", start, position), Allowance(_LITERAL_LIMIT))
    if literal is None:
        return None
    try:
        return Lz4Chunks(*(tuple(map(int, literal[key])) for key in ("offsets", "sizes", "successes")))
    except (KeyError, TypeError, ValueError) as error:
        raise Unsupported(f"the glue does not say where the chunks of a compressed data package are: {error}") from None


def _embedded(text: str) -> Iterator[tuple[str, bytes]]:
    left, steps = _CONTENTS, iter(range(_STATEMENTS))
    for position, arguments in _calls(text, _CREATE_FILE):
        path = _two_strings(arguments)
        variable = arguments[2] if path and len(arguments) > 2 else ""
        if path and variable.isidentifier():
            start = _made(text, variable, position, steps)
            left -= position - start
            try:
                if start < 0 or left < 0:
                    raise ValueError
                yield _joined(*path), b"".join(_pushed(text, variable, start, position))
            except ValueError:
                raise Unsupported(f"the contents of the file {_joined(*path)} in the glue cannot be read") from None


def _made(text: str, variable: str, end: int, steps: Iterator[int]) -> int:
    """Where the last `variable = []` before `end` is; -1 if there is none, or it takes more than these steps."""
    import re

    form = re.compile(rf"(?<![\w$]){re.escape(variable)}\s*=\s*\[\]")
    for _ in steps:
        end = text.rfind(variable, 0, end)
        if end < 0 or form.match(text, end):
            return end
    return -1


def _pushed(text: str, variable: str, start: int, end: int) -> Iterator[bytes]:
    """The bytes of `variable.push.apply(variable, […])` from `start` to `end`."""
    import re

    name = re.escape(variable)
    call = re.compile(rf"(?<![\w$]){name}\.push\.apply\(\s*{name}\s*,\s*\[([\d,\s]*)\]")
    for match in call.finditer(text, start, end):
        yield bytes(map(int, match[1].split(",")))


def _calls(text: str, name: str) -> Iterator[tuple[int, list[str]]]:
    """Where a function is called with a string first, and the text of its arguments."""
    import re

    from compat.detect import javascript

    allowance = javascript.Allowance(_ALLOWANCE // 2)
    found = re.finditer(rf"""{name}(?:["']\])?(\()\s*["']""", text)
    for match in islice(found, _CALLS):
        end = allowance.group_end(text, match.start(1), 2000)
        if end is None:
            continue
        yield match.start(), list(javascript.parts(text, match.start(1), end))


def _two_strings(arguments: list[str]) -> tuple[str, str] | None:
    strings = [a[1:-1] for a in arguments[:2] if len(a) > 1 and a[0] == a[-1] and a[0] in "\"'"]
    return (strings[0], strings[1]) if len(strings) == 2 else None


def _joined(folder: str, name: str) -> str:
    return f"{folder.rstrip('/')}/{name}"
