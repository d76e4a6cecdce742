"""`python -m bench`: run every row beside its peers, in turn, and print medians and their ratios."""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from bench import calls, compute, emscripten, library, plot, programs
from bench.row import Results, measure

MEAN = "compute: geometric mean"


def main() -> None:
    options = parser().parse_args()
    results: dict[str, Results] = {}
    units: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve()
        rows = [row for part in (programs, calls, emscripten, compute, library) for row in part.rows(folder)]
        chosen = [row for row in rows if all(word in row.name for word in options.words)]
        for number, row in enumerate(chosen, 1):
            print(f"{number}/{len(chosen)} {row.name}", file=sys.stderr)
            results[row.name], units[row.name] = measure(row, options.runs, options.seconds), row.unit
            print(table({row.name: results[row.name]}, units), flush=True)
    if means := compute.geometric_mean(results):
        results[MEAN], units[MEAN] = means, "times native"
        print(table({MEAN: means}, units))
    if options.json:
        options.json.write_text(json.dumps(report(results, units), indent=2, ensure_ascii=False), encoding="utf-8")
    if options.plot:
        options.plot.write_text(plot.ratios(results), encoding="utf-8")


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    made.add_argument("words", nargs="*", help="only rows whose names have all of these words")
    made.add_argument("--runs", type=int, default=15, help="rounds a row (default %(default)s)")
    made.add_argument("--seconds", type=float, default=30, help="no more rounds after this long (default %(default)s)")
    made.add_argument("--json", type=Path, metavar="FILE", help="write the results there, too")
    made.add_argument("--plot", type=Path, metavar="FILE.svg", help="draw the ratios there")
    return made


def table(results: Mapping[str, Results], units: Mapping[str, str]) -> str:
    lines = []
    for name, times in results.items():
        lines.append(name)
        ours = times["compat"]
        for peer, found in times.items():
            if found is None or ours is None:
                lines.append(f"  {peer:<12}   not here to be measured")
                continue
            ratio = "" if peer == "compat" else f"   compat / {peer} = {ours.median / found.median:.2f}"
            lines.append(f"  {peer:<12}{found.median:10.2f} {units[name]}, at least {found.minimum:.2f}{ratio}")
    return "\n".join(lines)


def report(results: Mapping[str, Results], units: Mapping[str, str]) -> object:
    """The results as JSON: who was not there is null."""
    rows = {
        name: {"unit": units[name], **{peer: found and found._asdict() for peer, found in times.items()}}
        for name, times in results.items()
    }
    return {"processors": os.cpu_count(), "rows": rows}


if __name__ == "__main__":
    main()
