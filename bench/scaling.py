"""`python -m bench.scaling`: time and memory against the size of a module, the number of instances, and of threads.

Every measurement is made in a process of its own, `python -m bench.scaling module PROGRAM` and its like, which prints
it as JSON. The modules are those of the corpus that have been fetched.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from bench import library, peers, plot
from bench.row import ROOT
from compat import corpus
from compat.detect.detect import detect
from compat.engine import default_engine

COUNTS = (1, 10, 100, 1000, 10_000)
Measured = Mapping[str, float]


def module(program: str) -> Measured:
    """Seconds to inspect, to compile, and to load what was compiled, and the most bytes of memory up to there."""
    path = corpus.path(corpus.find(program))
    measured: dict[str, float] = {}
    engine = default_engine()
    detection = detect(path)
    content = detection.module
    for what, does in (
        ("inspect", lambda: detect(path)),
        ("compile", lambda: engine.compile(content)),
        ("warm load", lambda: engine.compile(content)),
    ):
        start = time.perf_counter()
        does()
        measured[what] = time.perf_counter() - start
        measured[f"{what}: memory"] = most_memory()
    return {"size": corpus.find(program).size, **measured}


def instances(count: int) -> Measured:
    """Seconds and bytes an instance, of so many that are there at once."""
    with tempfile.TemporaryDirectory() as folder:
        load = library.loader(str(library.assembled(Path(folder))))
        microseconds, kilobytes = library.instance(load, count)
        return {"count": count, "time": microseconds / 1e6, "memory": 1024 * kilobytes}


def threads(count: int) -> Measured:
    """How often one thread's work is done in its time, by the function of library.wat that does it."""
    with tempfile.TemporaryDirectory() as folder:
        load = library.loader(str(library.assembled(Path(folder))))
        throughput = {name: library.threads(load, name, times, count) for name, times in library.TIMES.items()}
        return {"count": count, **throughput}


def most_memory() -> int:
    """The most bytes that this process has had in memory."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else 1024 * most


KINDS: Mapping[str, Callable[[str], Measured]] = {
    "module": module,
    "instances": lambda count: instances(int(count)),
    "threads": lambda count: threads(int(count)),
}


def asked(kind: str, argument: str) -> Measured | str:
    """One measurement, from a process of its own with an empty cache; or what went wrong there."""
    print(kind, argument, file=sys.stderr)
    with tempfile.TemporaryDirectory() as cache:
        environment = os.environ | {"COMPAT_CACHE_DIR": cache, "PYTHONPATH": str(ROOT)}
        command = [*peers.PYTHON, "bench.scaling", kind, argument]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        return done.stderr.strip() or f"exit status {done.returncode}"
    measured: Measured = json.loads(done.stdout)
    return measured


def measure(programs: Sequence[str], counts: Sequence[int]) -> dict[str, dict[str, Measured | str]]:
    arguments = {
        "module": programs,
        "instances": [str(count) for count in counts],
        "threads": [str(count + 1) for count in range(2 * (os.cpu_count() or 1))],
    }
    return {kind: {argument: asked(kind, argument) for argument in arguments[kind]} for kind in KINDS}


def drawn(results: Mapping[str, Mapping[str, Measured | str]]) -> str:
    """The results as a plot, without those that failed."""

    def series(kind: str, x: str, names: Sequence[str]) -> dict[str, list[tuple[float, float]]]:
        points = [measured for measured in results[kind].values() if not isinstance(measured, str)]
        # A single instance may fit into pages that were there, and 0 has no place on a logarithmic scale.
        return {name: [(each[x], each[name]) for each in points if each[name] > 0] for name in names}

    steps = ("inspect", "compile", "warm load")
    return plot.charts(
        [
            plot.Chart("a module's time", "bytes of WebAssembly", "s", series("module", "size", steps)),
            plot.Chart(
                "its memory, up to this step",
                "bytes of WebAssembly",
                "bytes",
                series("module", "size", [f"{step}: memory" for step in steps]),
            ),
            plot.Chart("an instance's time", "instances", "s", series("instances", "count", ["time"])),
            plot.Chart("an instance's memory", "instances", "bytes", series("instances", "count", ["memory"])),
            plot.Chart("threads", "threads", "times one", series("threads", "count", list(library.TIMES))),
        ]
    )


def main() -> None:
    if sys.argv[1:2] and sys.argv[1] in KINDS:
        print(json.dumps(KINDS[sys.argv[1]](sys.argv[2])))
        return
    parser = argparse.ArgumentParser(prog="python -m bench.scaling", description=__doc__)
    parser.add_argument("--json", type=Path, default="scaling.json", metavar="FILE")
    parser.add_argument("--plot", type=Path, default="scaling.svg", metavar="FILE.svg")
    parser.add_argument("--largest", type=float, default=100, metavar="MB", help="leave larger modules out")
    parser.add_argument("--instances", type=int, default=max(COUNTS), metavar="N", help="no more than so many")
    options = parser.parse_args()
    fetched = [program for program in corpus.index().values() if corpus.is_fetched(program)]
    programs = sorted((p for p in fetched if p.size <= options.largest * 1e6), key=lambda program: program.size)
    results = measure([p.id for p in programs], [count for count in COUNTS if count <= options.instances])
    options.json.write_text(json.dumps(results, indent=2), encoding="utf-8")
    options.plot.write_text(drawn(results), encoding="utf-8")


if __name__ == "__main__":
    main()
