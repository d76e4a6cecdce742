"""Data packages and embedded files: what the JavaScript of tools/file_packager.py says of them.

A package is a `.data` file, the contents of files one after another, and a directory of it: an object literal that is
passed to `loadPackage`, or JSON in a file of its own (`--separate-metadata`). With LZ4 the contents are compressed in
chunks, and another literal tells where those are. Embedded files stand in the JavaScript as arrays of bytes.

All names but those of properties and strings may have been minified, and property names may have lost their quotes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from compat._typing import Any
from compat.detect.model import DataPackage, Lz4Chunks, PackedFile

_LITERAL_LIMIT = 64 << 20
"""Characters that a directory, or the contents of an embedded file, may take."""
_SIZE_KEY = "remote_package_size"
_DATA_FILE = "datafile_"
_CREATE_FILE = "FS_createDataFile"
_CREATE_PATH = "FS_createPath"


def data_packages(text: str) -> tuple[DataPackage, ...]:
    """The packages that glue loads, in order."""
    if _DATA_FILE not in text:
        return ()
    found, last = [], 0
    for start, metadata in _directories(text):
        if name := _package_name(text, start):
            directory = metadata if isinstance(metadata, str) else packed_files(metadata)
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
    """The files whose contents stand in the glue: `FS_createDataFile("/dir", "name", variable, …)`."""
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

    key = re.compile(_SIZE_KEY + r"""["']?\s*:|["']([^"'/]+\.metadata)["']""")
    end, seen = 0, set()
    for match in key.finditer(text):
        if match[1]:
            # The name of a file stands there several times.
            if match[1] not in seen:
                yield match.start(), match[1]
            seen.add(match[1])
        elif match.start() >= end:
            start = text.rfind("({", 0, match.start()) + 1
            literal, end = _literal(text, start)
            if literal is not None and end > match.start():
                yield start, literal


def _literal(text: str, start: int) -> tuple[Mapping[str, Any] | None, int]:
    """The object literal at an offset, and where it ends; None for one that has more than data in it."""
    import json
    import re

    from compat.detect import javascript

    try:
        end = javascript.group_end(text, start, _LITERAL_LIMIT)
    except javascript.Unbalanced:
        return None, start
    literal = text[start:end]
    for candidate in (literal, re.sub(r"([{,])\s*([A-Za-z_]\w*)\s*:", r'\1"\2":', literal)):
        try:
            value = json.loads(candidate)
        except ValueError:
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
    literal, _ = _literal(text, text.rfind("{", 0, position))
    if literal is None:
        return None
    return Lz4Chunks(
        tuple(map(int, literal["offsets"])), tuple(map(int, literal["sizes"])), tuple(literal["successes"])
    )


def _embedded(text: str) -> Iterator[tuple[str, bytes]]:
    for position, arguments in _calls(text, _CREATE_FILE):
        path = _two_strings(arguments)
        variable = arguments[2] if path and len(arguments) > 2 else ""
        if path and variable.isidentifier():
            yield _joined(*path), b"".join(_pushed(text, variable, position))


def _pushed(text: str, variable: str, end: int) -> Iterator[bytes]:
    """The bytes of `variable.push.apply(variable, […])`, from the last `variable = []` on."""
    import re

    name = re.escape(variable)
    starts = [m.start() for m in re.finditer(rf"(?<![\w$]){name}\s*=\s*\[\]", text[:end])]
    call = re.compile(rf"(?<![\w$]){name}\.push\.apply\(\s*{name}\s*,\s*\[([\d,\s]*)\]")
    for match in call.finditer(text, starts[-1] if starts else 0, end):
        yield bytes(map(int, match[1].split(",")))


def _calls(text: str, name: str) -> Iterator[tuple[int, list[str]]]:
    """Where a function is called with a string first, and the text of its arguments."""
    import re

    from compat.detect import javascript

    for match in re.finditer(rf"""{name}(?:["']\])?(\()\s*["']""", text):
        try:
            end = javascript.group_end(text, match.start(1), 2000)
        except javascript.Unbalanced:
            continue
        yield match.start(), list(javascript.parts(text, match.start(1), end))


def _two_strings(arguments: list[str]) -> tuple[str, str] | None:
    strings = [a[1:-1] for a in arguments[:2] if len(a) > 1 and a[0] == a[-1] and a[0] in "\"'"]
    return (strings[0], strings[1]) if len(strings) == 2 else None


def _joined(folder: str, name: str) -> str:
    return f"{folder.rstrip('/')}/{name}"
