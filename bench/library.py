"""What the Python interface costs: `python -m bench.library TASK ARGUMENTS…` prints one number, in the unit of TASKS.

bench/library_peer.py does the same with wasmtime's own package, and bench/library.js some of it under node.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from bench import peers
from bench.row import Row
from compat.engine import default_engine

TIMES = {"_asks": 50_000, "_tells": 5_000_000, "_computes": 30_000_000}
INSTANCES = 200
TASKS = {"calls": "ns", "instance": "µs", "memory": "KB", "threads": "times one"}

Library = Callable[[str, int], None]
"""A loaded library: calls a function of library.wat, and raises SystemExit if that did not count right."""


def rows(folder: Path) -> list[Row]:
    file = assembled(folder)
    return [
        row("host call: a function in Python", file, "calls", "_asks"),
        row("host call: gettimeofday, from a library", file, "calls", "_tells", peer=False),
        row("a new instance of a loaded module: time", file, "instance"),
        row("a new instance of a loaded module: memory", file, "memory"),
        row("two threads, two instances: the guest computes", file, "threads", "_computes"),
        row("two threads, two instances: it calls the host in C", file, "threads", "_tells", peer=False),
        row("two threads, two instances: it calls the host in Python", file, "threads", "_asks"),
    ]


def row(name: str, file: Path, task: str, *function: str, peer: bool = True) -> Row:
    arguments = [task, str(file), *function, *(str(TIMES[word]) for word in function)]
    commands: dict[str, Sequence[str] | None] = {"compat": [*peers.PYTHON, "bench.library", *arguments]}
    if peer:
        commands["wasmtime-py"] = [*peers.PYTHON, "bench.library_peer", *arguments]
    if task == "calls":
        commands["node"] = peers.node_runs("library.js", *arguments[1:])
    return Row(name, commands, TASKS[task])


def assembled(folder: Path) -> Path:
    file = folder / "library.wasm"
    file.write_bytes(default_engine().assemble(Path(__file__).with_suffix(".wat").read_text(encoding="utf-8")))
    return file


def calls(library: Library, function: str, times: int) -> float:
    """Nanoseconds a turn of the function."""
    library(function, times // 10 or 1)
    start = time.perf_counter_ns()
    library(function, times)
    return (time.perf_counter_ns() - start) / times


def instance(load: Callable[[], object], times: int = INSTANCES) -> tuple[float, float]:
    """Microseconds, and KB of resident memory, an instance that is made and kept, after a first one with the module."""
    kept = [load()]
    before, start = resident(), time.perf_counter_ns()
    kept += [load() for _ in range(times)]
    return (time.perf_counter_ns() - start) / times / 1000, (resident() - before) / times / 1024


def threads(load: Callable[[], Library], function: str, times: int, count: int = 2) -> float:
    """How often one thread's work is done by `count` threads, each with an instance, in the time that one takes."""
    libraries = [load() for _ in range(count)]

    def seconds(working: Sequence[Library]) -> float:
        started = [threading.Thread(target=library, args=(function, times)) for library in working]
        start = time.perf_counter()
        for thread in started:
            thread.start()
        for thread in started:
            thread.join()
        return time.perf_counter() - start

    # Turn by turn, as others use the machine, too.
    rounds = [(seconds(libraries[:1]), seconds(libraries)) for _ in range(3)]
    return count * min(alone for alone, _ in rounds) / min(together for _, together in rounds)


def resident() -> int:
    """Bytes of this process in memory. Raises OSError where the system does not tell it as Linux does."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def main(loader: Callable[[str], Callable[[], Library]]) -> None:
    task, file, *rest = sys.argv[1:]
    load = loader(file)
    if task == "calls":
        print(calls(load(), rest[0], int(rest[1])))
    elif task == "threads":
        print(threads(load, rest[0], int(rest[1])))
    else:
        microseconds, kilobytes = instance(load)
        print(kilobytes if task == "memory" else microseconds)


def loader(file: str) -> Callable[[], Library]:
    """What makes instances of the library, which is loaded once."""
    # Here, for the sake of the peer, which is to import no more than it needs.
    import compat

    answer = {"env.answer": lambda memory, number: number + 1}
    first = compat.load(file, abi="emscripten", imports=answer, deterministic=False)

    def load() -> Library:
        module = first.another()

        def call(function: str, times: int) -> None:
            if module.call(function, times) != times:
                raise SystemExit(f"{function} did not count right")

        return call

    return load


if __name__ == "__main__":
    main(loader)
