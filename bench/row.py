"""What is measured: a row is one task, done by compat and by its peers in turn."""

from __future__ import annotations

import os
import statistics
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent
LEAST = 3
"""Rounds that every row gets, however long they take."""


class Row(NamedTuple):
    name: str
    commands: Mapping[str, Sequence[str] | None]
    """Who does the task, `compat` first, and by which command; None where it is not there to be measured."""
    unit: str
    whole: bool = False
    """Whether the time of the whole process counts, in ms; else the first word that the command prints."""


class Times(NamedTuple):
    """In the row's unit."""

    median: float
    minimum: float


Results = dict[str, Times | None]
"""By who did the task; None for who was not there."""


def measure(row: Row, runs: int, seconds: float) -> Results:
    """Run all commands in turn, `runs` times, or until `seconds` are over; the first round, which fills caches, is not
    counted. What commands print besides the number must be equal. Raises SystemExit for one that fails.
    """
    commands = {name: command for name, command in row.commands.items() if command}
    values: dict[str, list[float]] = {name: [] for name in commands}
    # Compiled bytecode is part of a warm start; some machines switch it off.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment["PYTHONPATH"] = str(ROOT)
    begun = time.perf_counter()
    for turn in range(runs + 1):
        if turn > LEAST and time.perf_counter() - begun > seconds:
            break
        said = {}
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
            elapsed = 1000 * (time.perf_counter() - start)
            if done.returncode:
                raise SystemExit(f"{' '.join(command)} ended with {done.returncode}")
            if row.whole:
                values[name].append(elapsed)
            else:
                number, *rest = done.stdout.split()
                values[name].append(float(number))
                said[name] = rest
        if any(words != said["compat"] for words in said.values()):
            raise SystemExit(f"{row.name}: {said}")
    return {
        name: Times(statistics.median(values[name][1:]), min(values[name][1:])) if name in commands else None
        for name in row.commands
    }
