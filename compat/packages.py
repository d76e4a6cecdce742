"""The files that a program comes with: data packages, which its glue would load, and what is embedded in that.

They are put into the guest's memory file system, readable and writable, as the glue did. Which files there are is read
at detection (`detect.packages`); here they are found, on the host, and unpacked.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence

from compat.detect.container import find_beside, glue_text
from compat.detect.model import DataPackage, Detection, Lz4Chunks, PackedFile
from compat.errors import Unsupported

_CHUNK = 2048
"""Bytes that one compressed chunk stands for (src/mini-lz4.js)."""


def packaged_files(detection: Detection, preloads: Sequence[str | os.PathLike[str]]) -> Iterator[tuple[str, bytes]]:
    """Guest path and content of every file that belongs to the program, or to a package in `preloads`.

    A package of the glue's that is not beside it or the binary is left out: its Need has been told.

    Raises Unsupported for a package that does not fit its directory or has none, and OSError.
    """
    yield from detection.glue.embedded_files.items()
    named = {os.path.basename(path): os.fspath(path) for path in preloads}
    for package in detection.glue.data_packages:
        path = named.pop(package.name, None) or find_beside(detection.places, package.name)
        if path is not None:
            yield from _unpack(package, path, (path, *detection.places))
    for path in named.values():
        yield from _unpack(_described(path), path, (path,))


def _described(path: str) -> DataPackage:
    """A package that the glue does not mention, by the JavaScript that the file packager wrote beside it."""
    from compat.detect.packages import data_packages

    name = os.path.basename(path)
    for script in (path.removesuffix(".data") + ".js", path + ".js"):
        if os.path.isfile(script):
            for package in data_packages(glue_text(script)):
                if package.name == name:
                    return package
    raise Unsupported(
        f"{path}: nothing tells which files are in it\n"
        f"the JavaScript that was written with it has to be beside it, as {name.removesuffix('.data')}.js"
    )


def _unpack(package: DataPackage, path: str, places: Sequence[str]) -> Iterator[tuple[str, bytes]]:
    with open(path, "rb") as file:
        data = file.read()
    if package.chunks:
        data = _decompressed(package.chunks, data, path)
    for name, start, end in _directory(package, path, places):
        if not 0 <= start <= end <= len(data):
            raise Unsupported(f"{path} is not the package that its directory describes: it has {len(data)} bytes")
        yield name, data[start:end]


def _directory(package: DataPackage, path: str, places: Sequence[str]) -> tuple[PackedFile, ...]:
    if not isinstance(package.files, str):
        return package.files
    import json

    from compat.detect.packages import packed_files

    found = find_beside(places, package.files)
    if found is None:
        raise Unsupported(f"{path} needs {package.files}, which tells what is in it\nput it beside the package")
    try:
        with open(found, encoding="utf-8") as file:
            return packed_files(json.load(file))
    except ValueError as error:
        raise Unsupported(f"{found}: {error}") from error


def _decompressed(chunks: Lz4Chunks, data: bytes, path: str) -> bytes:
    try:
        # An extra: few packages are compressed.
        from lz4.block import LZ4BlockError, decompress
    except ImportError as error:
        raise Unsupported(
            f"{path} is compressed with LZ4, for which Python has no module of its own\ntry: pip install 'compat[lz4]'"
        ) from error
    pieces = []
    for offset, size, compressed in zip(*chunks, strict=True):
        piece = data[offset : offset + size]
        try:
            pieces.append(decompress(piece, uncompressed_size=_CHUNK) if compressed else piece)
        except LZ4BlockError as error:
            raise Unsupported(f"{path} is damaged: {error} (the chunk at byte {offset})") from error
    return b"".join(pieces)
