"""Ten programs that compute, compiled for MVP WebAssembly (build.py) and, by the benchmark, for the host itself."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path

from bench import peers
from bench.row import Results, Row, Times

HERE = Path(__file__).parent
NATIVE_TIER = "compat --native"
SIZES = {
    "crc32": 1500,
    "fannkuch": 10,
    "fibonacci": 40,
    "mandelbrot": 1000,
    "matrix": 512,
    "nbody": 4_000_000,
    "quicksort": 4_000_000,
    "sha256": 500_000,
    "sieve": 20_000_000,
    "spectral": 1500,
}
"""What each program is asked for: some tenths of a second of work."""


def rows(folder: Path) -> list[Row]:
    return [row(folder, name, size) for name, size in SIZES.items()]


def row(folder: Path, name: str, size: int) -> Row:
    program = HERE / f"{name}.wasm"
    alone = peers.native(folder / name, HERE / "main.c", HERE / f"{name}.c")
    commands = {
        "compat": [*peers.COMPAT, str(program), str(size)],
        NATIVE_TIER: peers.compat_native_runs(program, size),
        "wasmtime": peers.wasmtime_runs(program, size),
        "node:wasi": peers.node_runs("wasi.js", program, size),
        "native": [*alone, str(size)] if alone else None,
    }
    return Row(f"compute: {name}", commands, "ms")


def geometric_mean(results: Mapping[str, Results]) -> Results:
    """How many times as long as natively it takes, over the programs that were measured; of medians and of minima."""
    measured = [results[f"compute: {name}"] for name in SIZES if f"compute: {name}" in results]
    means: Results = {}
    for peer in ("compat", NATIVE_TIER, "wasmtime", "node:wasi"):
        pairs = [(times, alone) for each in measured if (times := each.get(peer)) and (alone := each["native"])]
        if pairs:
            median = math.prod(times.median / alone.median for times, alone in pairs) ** (1 / len(pairs))
            minimum = math.prod(times.minimum / alone.minimum for times, alone in pairs) ** (1 / len(pairs))
            means[peer] = Times(median, minimum)
    return means
