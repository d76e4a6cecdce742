"""`python -m bench [--json] [RUNS]`: run every pair in turn, and print medians and their ratio."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from bench import calls, peers
from compat import corpus
from compat.engine import default_engine

HERE = Path(__file__).parent
COMPAT = [str(Path(sys.executable).with_name("compat")), "run"]
PROGRAMS = HERE.parent / "tests" / "emscripten_abi" / "programs" / "cxx"
RUNS = 15


class Peer(NamedTuple):
    name: str
    command: Sequence[str]


class Row(NamedTuple):
    name: str
    ours: Sequence[str]
    peers: Sequence[Peer]
    unit: str = "ms"
    """`ms`: how long the whole process takes. `ns`: what it prints, the time of one turn of a loop within."""


def rows(folder: Path) -> list[Row]:
    """All rows; what must be made for them is put into `folder`."""
    assembler = str(corpus.path(corpus.find("avr-as")))
    magick = corpus.find("imagemagick")
    glue = str(corpus.glue(magick))
    node, wasmtime = peers.node() or "node", peers.wasmtime() or "wasmtime"
    return [
        Row(
            "start-up: avr-as --version",
            [*COMPAT, assembler, "--version"],
            [
                Peer("wasmtime", [wasmtime, "run", "-C", "cache=y", assembler, "--version"]),
                Peer("node:wasi", [node, "--no-warnings", str(HERE / "wasi.js"), assembler, "--version"]),
            ],
        ),
        Row(
            "start-up: magick identify rose:",
            [*COMPAT, "--glue", glue, str(corpus.path(magick)), "identify", "rose:"],
            [Peer("node", [node, "--no-experimental-fetch", str(HERE / "glue.js"), glue, "identify", "rose:"])],
        ),
        loop("C++: a call that may throw", node, "exceptions.wasm", "_calls", 10_000_000),
        loop("C++: throw and catch through two frames", node, "exceptions.wasm", "_throws", 200_000),
        loop("C++: setjmp, and longjmp out of two frames", node, "jumps.wasm", "_jumps", 200_000),
        loop("mathematics: sin", node, "numbers.wasm", "_sines", 5_000_000),
        loop("mathematics: pow", node, "numbers.wasm", "_powers", 2_000_000),
        host_call(folder, node, wasmtime, "fd_write", "writev", 1),
        host_call(folder, node, wasmtime, "fd_write", "writev", 65536),
        host_call(folder, node, wasmtime, "fd_pread", "preadv", 4096),
        embind(folder, node, 200_000),
    ]


def host_call(folder: Path, node: str, wasmtime: str, name: str, native: str, size: int) -> Row:
    """One call of WASI's, on the null device for writing and a small file for reading, beside the host's own."""
    program = str(calls.wasi_program(folder, name, size))
    alone = calls.native_program(folder, native, size)
    return Row(
        f"host call: {name}, {size} bytes",
        [*COMPAT, "--dir", str(folder), program],
        [
            Peer("wasmtime", [wasmtime, "run", "-C", "cache=y", "--dir", str(folder), program]),
            Peer("node:wasi", [node, "--no-warnings", str(HERE / "wasi.js"), program, str(folder)]),
            *([Peer("native", alone)] if alone else []),
        ],
        unit="ns",
    )


def embind(folder: Path, node: str, times: int) -> Row:
    """Calls of a function that a library registers, from Python and from JavaScript."""
    file = folder / "embind.wasm"
    file.write_bytes(default_engine().assemble((HERE / "embind.wat").read_text(encoding="utf-8")))
    ours = [sys.executable, "-m", "bench.embind", str(file), str(times)]
    theirs = [node, str(HERE / "embind.js"), str(file), str(10 * times)]
    return Row("embind: int increment(int)", ours, [Peer("node", theirs)], unit="ns")


def loop(name: str, node: str, program: str, function: str, times: int) -> Row:
    """A function of a compiled C++ program that does one thing many times, beside a JavaScript of the era's manner."""
    arguments = [str(PROGRAMS / program), function, str(times)]
    ours = [sys.executable, "-m", "bench.cxx", *arguments]
    return Row(name, ours, [Peer("node", [node, str(HERE / "cxx.js"), *arguments])], unit="ns")


def measure(row: Row, runs: int) -> dict[str, float]:
    """The median of each command, in the row's unit; the first round, which fills caches, is not counted."""
    commands = {"compat": row.ours, **{peer.name: peer.command for peer in row.peers}}
    times: dict[str, list[float]] = {name: [] for name in commands}
    # Compiled bytecode is part of a warm start; some machines switch it off.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    for _ in range(runs + 1):
        for name, command in commands.items():
            start = time.perf_counter()
            done = subprocess.run(
                command,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                check=False,
            )
            elapsed = time.perf_counter() - start
            if done.returncode:
                raise SystemExit(f"{' '.join(command)} ended with {done.returncode}")
            times[name].append(float(done.stdout) if row.unit == "ns" else 1000 * elapsed)
    return {name: statistics.median(values[1:]) for name, values in times.items()}


def main() -> None:
    runs = next((int(word) for word in sys.argv[1:] if word.isdecimal()), RUNS)
    with tempfile.TemporaryDirectory() as folder:
        measured = rows(Path(folder))
        results = {row.name: measure(row, runs) for row in measured}
    if "--json" in sys.argv:
        print(json.dumps(results, indent=2))
        return
    for row in measured:
        medians = results[row.name]
        print(row.name)
        for peer, median in medians.items():
            ratio = "" if peer == "compat" else f"   compat takes {medians['compat'] / median:.2f} times as long"
            print(f"  {peer:<10}{median:8.1f} {row.unit}{ratio}")


if __name__ == "__main__":
    main()
