"""From the file that a user names to WebAssembly and its glue.

Emscripten's SINGLE_FILE puts the module into the JavaScript as base64, and such a `.js` (or `.html`, `.mjs`) is a
program like any other. Otherwise the glue is a file beside the module, under one of a few conventional names.
"""

from __future__ import annotations

import os.path
from collections.abc import Iterable, Iterator
from itertools import islice

from compat._typing import NamedTuple
from compat.errors import Unsupported

MAGIC = b"\0asm"
_BASE64_MAGIC = b"AGFzbQEAAA"
"""The first seven bytes of every module of version 1, in base64."""
_LONGEST_FILE = 128 << 20
_LONGEST_TEXT = 32 << 20
"""Bytes of JavaScript with and without the modules that are embedded in it; the longest that was seen has 2 MB without.
"""
_MOST_MODULES = 100
_MOST_NAMES = 1000
_SUFFIXES = (".js", ".wasm.js", ".min.js", ".mjs", ".html")


class Container(NamedTuple):
    """What a file turned out to hold."""

    wasm: bytes
    glue: str | None = None
    """Text of the JavaScript that the module was embedded in or that names it, the module itself cut out."""
    glue_path: str | None = None
    path: str | None = None
    """The file that the module came from."""


def open_container(path: str) -> Container:
    """Read the module that `path` is, embeds, or, being JavaScript, names.

    Raises Unsupported where there is none or more than one, and OSError.
    """
    data = _read_bounded(path)
    if data.startswith(MAGIC):
        return Container(data, path=path)
    if data.startswith(b"version https://git-lfs"):
        raise Unsupported(
            f"{path} is a Git LFS pointer, not the file it stands for\nrun `git lfs pull` where it came from"
        )
    if b"\0" in data[:4096]:
        raise Unsupported(f"{path} is neither WebAssembly nor JavaScript: it starts with {data[:4].hex(' ')}")
    data = _evaluated(data)
    return _embedded(data, path) or _named(data, path)


def glue_text(path: str) -> str:
    """JavaScript as text, an embedded module cut out. Raises OSError, and Unsupported for what is too long."""
    data = _evaluated(_read_bounded(path))
    return _without(data, _spans(data), path)


def siblings(path: str) -> Iterator[str]:
    """Files beside the module `path` that by their names may be its glue, the likelier first."""
    stem = path.removesuffix(".wasm.js") if path.endswith(".wasm.js") else path.removesuffix(".wasm")
    for suffix in _SUFFIXES:
        if stem + suffix != path and os.path.isfile(stem + suffix):
            yield stem + suffix


def find_beside(places: Iterable[str], name: str) -> str | None:
    """The file `name` beside the first of the files `places` that has one there, or in a folder below.

    A name that leads anywhere else is none: it may come from glue.
    """
    if os.path.isabs(name) or os.path.splitdrive(name)[0] or ".." in name.replace("\\", "/").split("/"):
        return None
    candidates = (os.path.join(os.path.dirname(place), name) for place in places)
    return next(filter(os.path.isfile, candidates), None)


def read_file(path: str) -> bytes:
    """The whole file. Raises OSError."""
    # Not pathlib, here and below: importing it takes longer than all that detection does for most programs.
    with open(path, "rb") as file:
        return file.read()


def _read_bounded(path: str) -> bytes:
    """The whole file, if it is WebAssembly or not too long to be JavaScript."""
    with open(path, "rb") as file:
        head = file.read(len(MAGIC))
        if head != MAGIC and os.fstat(file.fileno()).st_size > _LONGEST_FILE:
            raise Unsupported(f"{path} is no WebAssembly, and with more than {_LONGEST_FILE >> 20} MiB no glue either")
        file.seek(0)
        return file.read()


def _evaluated(data: bytes) -> bytes:
    """The script with the files as they were that webpack, for development, made texts of: `eval("…")`."""
    if len(data) > _LONGEST_TEXT or b"//# sourceURL=webpack" not in data:
        return data
    import json  # not above, as `re`: few programs are of this form
    import re

    def text(match: re.Match[bytes]) -> bytes:
        try:
            return bytes(json.loads(match[1]).encode("utf-8", "surrogatepass"))
        except ValueError:
            return match[0]  # Of somebody else.

    return re.sub(rb'eval\(("(?:[^"\\]|\\.)*+")\)', text, data, flags=re.DOTALL)


def _embedded(data: bytes, path: str) -> Container | None:
    spans = _spans(data)
    if not spans:
        return None
    if len(spans) > 1:
        raise Unsupported(f"{path} embeds {len(spans)} modules; which one is meant cannot be told")
    import binascii  # not above: most modules are files of their own

    start, end = spans[0]
    try:
        wasm = binascii.a2b_base64(data[start:end].replace(b"\\/", b"/"), strict_mode=True)
    except binascii.Error as error:
        raise Unsupported(f"{path} embeds a module as base64 that does not decode: {error}") from error
    return Container(wasm, _without(data, spans, path), path, path)


def _spans(data: bytes) -> list[tuple[int, int]]:
    """Where string literals hold a module as base64: its first and the end of its last character."""
    found: list[tuple[int, int]] = []
    position = data.find(_BASE64_MAGIC)
    while position >= 0 and len(found) < _MOST_MODULES:
        quote = _opening_quote(data, position)
        end = data.find(quote, position) if quote else -1
        if end < 0:
            break
        found.append((position, end))
        position = data.find(_BASE64_MAGIC, end)
    return found


def _opening_quote(data: bytes, position: int) -> bytes | None:
    """The quote before the literal that `position` is in, behind the `data:…;base64,` that may precede it."""
    head = data[max(0, position - 100) : position]
    quotes = [(head.rfind(q), q) for q in (b'"', b"'", b"`")]
    where, quote = max(quotes)
    return quote if where >= 0 else None


def _without(data: bytes, spans: list[tuple[int, int]], path: str) -> str:
    length = len(data) - sum(end - start for start, end in spans)
    if length > _LONGEST_TEXT:
        raise Unsupported(f"{path} is too long to be glue: {length >> 20} MiB of JavaScript")
    kept, last = [], 0
    for start, end in spans:
        kept.append(data[last:start])
        last = end
    kept.append(data[last:])
    # Only ASCII matters in what is looked for; bytes that are no UTF-8 occur inside string literals.
    return b"".join(kept).decode("utf-8", "replace")


def _named(data: bytes, path: str) -> Container:
    """The one module that the JavaScript `path` names and that lies beside it."""
    text = _without(data, [], path)
    if path.endswith((".html", ".htm")) and (program := _of_page(text, path)):
        return program
    beside = {os.path.join(os.path.dirname(path), name) for name in islice(_wasm_names(text), _MOST_NAMES)}
    found = sorted(filter(os.path.isfile, beside))
    if len(found) != 1:
        named = "several modules: " + ", ".join(found) if found else "none that lies beside it"
        raise Unsupported(
            f"{path} embeds no WebAssembly and names {named}\ngive the .wasm file, and this one with --glue"
        )
    wasm = read_file(found[0])
    if not wasm.startswith(MAGIC):
        raise Unsupported(f"{found[0]}, which {path} names, is not WebAssembly")
    return Container(wasm, text, path, found[0])


def _of_page(text: str, path: str) -> Container | None:
    """The program of the first script that the page loads, `<script src="x.js">`, and that is one; None without any."""
    import re  # not above: pages are rare

    names = re.findall(r"""<script\b[^>]{0,200}?\bsrc=["']?([\w.-]{1,200}\.js)\b""", text)
    places = [os.path.join(os.path.dirname(path), name) for name in dict.fromkeys(names[:_MOST_NAMES])]
    for place in filter(os.path.isfile, places):
        try:
            return open_container(place)
        except Unsupported:
            continue  # A page may load anything besides.
    return None


def _wasm_names(text: str) -> Iterator[str]:
    """File names in string literals that end in `.wasm`."""
    for quote in "\"'`":
        end = text.find(".wasm" + quote)
        while end >= 0:
            start = text.rfind(quote, max(0, end - 200), end)
            if start >= 0:
                yield text[start + 1 : end].rpartition("/")[2] + ".wasm"
            end = text.find(".wasm" + quote, end + 1)
