"""The benchmark's programs compute what they should, and its parts run one turn. No time is asserted."""

from __future__ import annotations

import hashlib
import json
import sys
import xml.etree.ElementTree as ET
import zlib
from pathlib import Path

import pytest

pytest.importorskip("resource", reason="the benchmarks are for POSIX")

import compat
from bench import calls, compute, library, peers, plot, programs, scaling
from bench.__main__ import report, table
from bench.compute import build
from bench.row import Results, Row, Times, measure
from compat import corpus


def sorted_sum(count: int) -> int:
    numbers, state = [], 1
    for _ in range(count):
        state = (state * 1664525 + 1013904223) % 2**32
        numbers.append(state)
    return sum(number * place for place, number in enumerate(sorted(numbers)))


def product_sum(size: int) -> int:
    columns = [sum((i * 7 + k) % 10 for i in range(size)) for k in range(size)]
    return sum(columns[k] * sum((k + j * 3) % 10 for j in range(size)) for k in range(size))


def belongs(c: complex) -> bool:
    z = 0j
    for _ in range(100):
        if z.real * z.real + z.imag * z.imag > 4:
            return False
        z = complex(z.real * z.real - z.imag * z.imag + c.real, 2 * z.real * z.imag + c.imag)
    return True


RESULTS = {
    "crc32": (2, zlib.crc32(bytes(range(256)) * 512)),
    "fannkuch": (7, 16_000_228),  # as the Computer Language Benchmarks Game has it: 228, and 16 flips
    "fibonacci": (20, 6765),
    "mandelbrot": (20, sum(belongs(complex(x / 10 - 1.5, y / 10 - 1)) for x in range(20) for y in range(20))),
    "matrix": (16, product_sum(16)),
    "nbody": (1000, 169_087_605),  # the same: -0.169087605
    "quicksort": (1000, sorted_sum(1000)),
    "sha256": (3, int.from_bytes(hashlib.sha256(bytes(range(64)) * 3).digest()[:8], "big")),
    "sieve": (1_000_000, 78498),
    "spectral": (100, 1_274_219_991),  # the same: 1.274219991
}


def test_every_program_is_run_and_has_a_known_result() -> None:
    assert sorted(compute.SIZES) == build.PROGRAMS == sorted(RESULTS)


@pytest.mark.parametrize("name", RESULTS)
def test_program_computes(name: str) -> None:
    size, expected = RESULTS[name]
    result = compat.run(compute.HERE / f"{name}.wasm", [str(size)]).check()
    milliseconds, value = result.stdout.split()
    assert float(milliseconds) >= 0
    assert int(value) == expected


def test_binaries_are_what_their_sources_give(tmp_path: Path) -> None:
    pytest.importorskip("ziglang")
    for name in build.PROGRAMS:
        assert build.build(name, tmp_path).read_bytes() == (compute.HERE / f"{name}.wasm").read_bytes()


@pytest.mark.skipif(not peers.c_compiler(), reason="no C compiler")
def test_program_computes_natively(tmp_path: Path) -> None:
    row = compute.row(tmp_path, "crc32", 2)
    times = measure(row._replace(commands={"compat": row.commands["native"]}), 1, 0)["compat"]
    assert times
    assert times.median == times.minimum >= 0


@pytest.mark.parametrize("call", calls.CALLS, ids=lambda call: f"{call.name}-{call.size}")
def test_host_calls_of_wasi(call: calls.Call, tmp_path: Path) -> None:
    (tmp_path / calls.DATA).write_bytes(bytes(calls.LARGEST))
    program = calls.wasi_program(tmp_path, call, 1)
    result = compat.run(program, mounts=[compat.Mount(str(tmp_path), "/")], deterministic=False).check()
    assert result.stdout.isdigit()
    # One to warm up, and one that counts.
    assert result.stderr == bytes(2 * call.size if call.name == "fd_write" else 0)


def test_host_calls_of_emscripten(tmp_path: Path) -> None:
    program = calls.emscripten_program(tmp_path, 3, 1)
    result = compat.run(program, abi="emscripten", deterministic=False).check()
    assert result.stdout.isdigit()
    assert result.stderr == bytes(6)


@pytest.mark.parametrize(("task", "function"), [("calls", "_asks"), ("calls", "_tells"), ("threads", "_computes")])
def test_library_and_its_peers_do_one_turn(
    task: str, function: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(library.TIMES, function, 1)
    results = measure(library.row("a row", library.assembled(tmp_path), task, function), 1, 0)
    assert all(times is None or times.median > 0 for times in results.values())


def test_instances(tmp_path: Path) -> None:
    microseconds, kilobytes = library.instance(library.loader(str(library.assembled(tmp_path))), 2)
    assert microseconds > 0
    assert kilobytes >= 0


@pytest.mark.skipif(not corpus.is_fetched(corpus.find("sqlite-debug")), reason="the corpus has not been fetched")
@pytest.mark.parametrize("task", ["inserts", "queries"])
def test_sqlite_reads_what_its_javascript_reads(task: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(programs, "ROWS", 10)
    [row] = [row for row in programs.sqlite(tmp_path) if f"10 {task}" in row.name]
    assert measure(row, 1, 0)["compat"]


def test_commands_must_say_the_same() -> None:
    says = [sys.executable, "-c", "import sys; print(1, sys.argv[1])"]
    row = Row("a row", {"compat": [*says, "one"], "another": [*says, "two"]}, "ms")
    with pytest.raises(SystemExit, match="another"):
        measure(row, 1, 0)


def test_who_is_not_there_is_told() -> None:
    row = Row("a row", {"compat": [sys.executable, "-c", "print(2)"], "another": None}, "ms")
    results = {row.name: measure(row, 1, 0)}
    assert results == {"a row": {"compat": Times(2, 2), "another": None}}
    assert "another        not here to be measured" in table(results, {"a row": "ms"})
    assert json.loads(json.dumps(report(results, {"a row": "ms"})))["rows"]["a row"]["another"] is None


def test_geometric_mean_is_of_what_was_measured() -> None:
    both: Results = {"compat": Times(4, 2), "wasmtime": None, "node:wasi": Times(8, 8), "native": Times(2, 2)}
    other: Results = {**both, "compat": Times(1, 1)}
    means = compute.geometric_mean({"compute: nbody": both, "compute: sieve": other, "start-up": both})
    assert means == {"compat": Times(1, pytest.approx(0.5**0.5)), "node:wasi": Times(4, 4)}


def test_ratios_are_drawn() -> None:
    results: dict[str, Results] = {
        "a < b": {"compat": Times(1, 1), "node": Times(20, 10), "wasmtime": None},
        "alone": {"compat": Times(1, 1)},
    }
    drawing = ET.fromstring(plot.ratios(results))
    texts = [element.text for element in drawing.iter("{http://www.w3.org/2000/svg}text")]
    assert "a < b" in texts
    assert "alone" not in texts


def test_scaling_is_drawn_without_what_failed() -> None:
    steps = {f"{step}{kind}": 0.5 for step in ("inspect", "compile", "warm load") for kind in ("", ": memory")}
    results: dict[str, dict[str, scaling.Measured | str]] = {
        "module": {"a": {"size": 100, **steps}, "b": {"size": 20_000, **steps}, "c": "MemoryError"},
        "instances": {"1": {"count": 1, "time": 0.001, "memory": 0}},
        "threads": {"1": {"count": 1, **dict.fromkeys(library.TIMES, 1.0)}},
    }
    drawing = ET.fromstring(scaling.drawn(results))
    assert len(list(drawing.iter("{http://www.w3.org/2000/svg}circle"))) > 12


def test_scaling_says_why_it_could_not_measure() -> None:
    assert "no-such-program" in str(scaling.asked("module", "no-such-program"))
