"""Naming what a file is that is not a WebAssembly module: users get hold of many things by that name."""

from __future__ import annotations

MAGIC = b"\0asm"
VERSION = b"\1\0\0\0"

_SIGNATURES = (
    (b"version https://git-lfs", "a Git LFS pointer: the file itself was never downloaded"),
    (b"\x1f\x8b", "a gzip archive: decompress it first"),
    (b"\x28\xb5\x2f\xfd", "a zstd archive: decompress it first"),
    (b"\xfd7zXZ\0", "an xz archive: decompress it first"),
    (b"PK\x03\x04", "a zip archive: unpack it first"),
    (b"\x7fELF", "an ELF file: a native program, or a module that wasmtime has compiled"),
    (b"MZ", "a Windows program"),
    (b"BC\xc0\xde", "LLVM bitcode: an intermediate file of a compiler"),
    (b"!<arch>\n", "a static library"),
    (b"(module", "a module in the text format: assemble it first"),
    (b"(component", "a component in the text format"),
)
_VERSIONS = {
    # A component's version field has two halves: the version, and the layer that tells it from a module.
    b"\x0d\0\1\0": "a WebAssembly component, not a core module",
    b"\x0b\0\0\0": "a draft of WebAssembly from before its first version (0xb)",
    b"\x0c\0\0\0": "a draft of WebAssembly from before its first version (0xc)",
    b"\x0d\0\0\0": "a draft of WebAssembly from before its first version (0xd)",
}


def describe(data: bytes) -> str | None:
    """What `data` is, in words that fit behind "this is"; None for what begins as a WebAssembly module does."""
    if data[:4] == MAGIC:
        return _describe_version(data[4:8])
    for signature, description in _SIGNATURES:
        if data.startswith(signature):
            return description
    head = data[:512].lstrip(b"\xef\xbb\xbf \t\r\n")
    if not head:
        return "an empty file" if not data else "a blank file"
    if head[:1] == b"<":
        return "an HTML or XML page, perhaps a server's error message"
    if all(byte >= 0x20 or byte in b"\t\r\n\f" for byte in head):
        return "a text file"
    return "neither a WebAssembly module nor anything else that is known here"


def _describe_version(version: bytes) -> str | None:
    if version == VERSION:
        return None
    if len(version) < len(VERSION):
        return "a WebAssembly file cut off in its header"
    return _VERSIONS.get(version, f"a WebAssembly file of the unknown version 0x{int.from_bytes(version, 'little'):x}")
