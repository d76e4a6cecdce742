"""Builds the programs here: `python build.py`, with the package `ziglang` (0.17.1: clang, lld) installed.

Clang still lowers exceptions and longjmp to Emscripten's `invoke_*`, with the same protocol as fastcomp. What differs
is names: fastcomp gave those of C an underscore. The imports and exports are renamed here.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).parent
PROGRAMS = ("exceptions", "jumps", "numbers")
ZIG = [sys.executable, "-m", "ziglang"]
COMPILE = [
    *("-target", "wasm32-freestanding", "-mcpu=mvp+mutable_globals", "-std=c++17", "-O2", "-fno-sanitize=all"),
    *("-fexceptions", "-mllvm", "-enable-emscripten-cxx-exceptions", "-mllvm", "-enable-emscripten-sjlj"),
    *("-ffreestanding", "-nostdinc", "-nostdinc++", "-fvisibility=hidden", "-Wall", "-g0"),
    "-fc++-abi=itanium",  # as fastcomp's: destructors return nothing
]
LINK = [
    *("--no-entry", "--no-stack-first", "--allow-undefined", "--export-dynamic", "--strip-all", "--import-memory"),
    *("--global-base=1024", "-z", "stack-size=8192", "--initial-memory=16777216", "--max-memory=16777216"),
]

IMPORTS, EXPORTS = 2, 7
NOT_OF_C = ("invoke_", "dynCall_", "getTempRet0", "setTempRet0", "stackSave", "stackRestore", "memory")
"""Names that the compiler and the JavaScript gave: they have no underscore."""


def build(program: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        objects = []
        for source in ("runtime", program):
            objects.append(f"{folder}/{source}.o")
            subprocess.run([*ZIG, "c++", *COMPILE, "-c", HERE / f"{source}.cpp", "-o", objects[-1]], check=True)
        subprocess.run([*ZIG, "wasm-ld", *LINK, *objects, "-o", f"{folder}/{program}.wasm"], check=True)
        return renamed((Path(folder) / f"{program}.wasm").read_bytes())


def renamed(module: bytes) -> bytes:
    """The module with the names of its imports and exports as fastcomp wrote them."""
    out = module[:8]
    for number, original in sections(module):
        content = rename(original, number == IMPORTS) if number in (IMPORTS, EXPORTS) else original
        out += bytes([number]) + leb128(len(content)) + content
    return out


def sections(module: bytes) -> Iterator[tuple[int, bytes]]:
    at = 8
    while at < len(module):
        size, start = read_leb128(module, at + 1)
        yield module[at], module[start : start + size]
        at = start + size


def rename(content: bytes, imports: bool) -> bytes:
    """A section of imports or exports, with other names."""
    count, at = read_leb128(content, 0)
    out = leb128(count)
    for _ in range(count):
        start = at
        if imports:
            size, at = read_leb128(content, at)
            at += size
        out += content[start:at]
        size, at = read_leb128(content, at)
        name = content[at : at + size].decode()
        at += size
        new = name if name.startswith(NOT_OF_C) else "_" + name
        end = end_of_description(content, at, imports)
        out += leb128(len(new)) + new.encode() + content[at:end]
        at = end
    return out


def end_of_description(content: bytes, at: int, imports: bool) -> int:
    kind = content[at]
    if imports and kind == 2:  # a memory: its flags say whether a maximum follows
        at = read_leb128(content, at + 2)[1]
        return read_leb128(content, at)[1]
    return read_leb128(content, at + 1)[1]


def read_leb128(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        value |= (data[at] & 0x7F) << shift
        shift += 7
        at += 1
        if data[at - 1] < 0x80:
            return value, at


def leb128(value: int) -> bytes:
    out = b""
    while value >= 0x80:
        out += bytes([value & 0x7F | 0x80])
        value >>= 7
    return out + bytes([value])


if __name__ == "__main__":
    for name in PROGRAMS:
        (HERE / f"{name}.wasm").write_bytes(build(name))
