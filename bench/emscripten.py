"""What compiled C++ asks its host for in a loop: exceptions, longjmp, mathematics; and embind."""

from __future__ import annotations

from pathlib import Path

from bench import peers
from bench.row import ROOT, Row
from compat.engine import default_engine

PROGRAMS = ROOT / "tests" / "emscripten_abi" / "programs" / "cxx"


def rows(folder: Path) -> list[Row]:
    return [
        loop("C++: a call that may throw", "exceptions.wasm", "_calls", 10_000_000),
        loop("C++: throw and catch through two frames", "exceptions.wasm", "_throws", 200_000),
        loop("C++: setjmp, and longjmp out of two frames", "jumps.wasm", "_jumps", 200_000),
        loop("mathematics: sin", "numbers.wasm", "_sines", 5_000_000),
        loop("mathematics: pow", "numbers.wasm", "_powers", 2_000_000),
        embind(folder, 200_000),
    ]


def loop(name: str, program: str, function: str, times: int) -> Row:
    """A function of a compiled C++ program that does one thing many times, beside a JavaScript of the era's manner."""
    arguments = [str(PROGRAMS / program), function, str(times)]
    commands = {
        "compat": [*peers.PYTHON, "bench.cxx", *arguments],
        "node": peers.node_runs("cxx.js", *arguments),
    }
    return Row(name, commands, "ns")


def embind(folder: Path, times: int) -> Row:
    """Calls of a function that a library registers, from Python and from JavaScript."""
    file = folder / "embind.wasm"
    text = Path(__file__).with_name("embind.wat").read_text(encoding="utf-8")
    file.write_bytes(default_engine().assemble(text))
    commands = {
        "compat": [*peers.PYTHON, "bench.embind", str(file), str(times)],
        "node": peers.node_runs("embind.js", file, 10 * times),
    }
    return Row("embind: int increment(int)", commands, "ns")
