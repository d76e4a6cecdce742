"""Real programs of the corpus, each beside its own JavaScript or another WASI host: whole processes, but for SQLite."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from bench import peers
from bench.row import Row
from compat import corpus
from corpus.case import ROOT

CASES = ROOT / "cases"
PICTURE = "picture.ppm"
ROWS = 20_000
STATEMENTS = (
    "CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT)",
    "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 300000) "
    "INSERT INTO t SELECT x, 'name ' || x * 7919 % 300000 FROM n",
    "CREATE INDEX names ON t (name)",
    "SELECT count(*), min(name), max(name) FROM t WHERE name LIKE '%77%'",
    "SELECT substr(name, 1, 7) AS start, count(*) AS n FROM t GROUP BY start ORDER BY n DESC, start LIMIT 5",
)
PATTERN = ("-f", "lavfi", "-i", "testsrc=duration=10:size=320x240:rate=25", "-f", "framemd5", "/frames.txt")
SEARCH = ("ucinewgame", "position startpos", "go depth 12")


def rows(folder: Path) -> list[Row]:
    return [
        *starts(),
        *loads(),
        compiling(),
        magick(folder),
        *sqlite(folder),
        driven(folder, "stockfish", "uci", SEARCH, "Stockfish: depth 12"),
        driven(folder, "ffmpeg", "ffmpeg", PATTERN, "ffmpeg: 250 frames of a test pattern, and their MD5 sums"),
        cc1(folder),
    ]


def starts() -> list[Row]:
    """Whole warm processes that do next to nothing."""
    assembler, magick = corpus.path(corpus.find("avr-as")), corpus.find("imagemagick")
    glue = corpus.glue(magick)
    wasi = {
        "compat": [*peers.COMPAT, str(assembler), "--version"],
        "wasmtime": peers.wasmtime_runs(assembler, "--version"),
        "node:wasi": peers.node_runs("wasi.js", assembler, "--version"),
    }
    emscripten = {
        "compat": [*peers.COMPAT, "--glue", str(glue), str(corpus.path(magick)), "identify", "rose:"],
        "node": peers.node_runs("glue.js", glue, "identify", "rose:"),
    }
    return [
        Row("start-up: avr-as --version", wasi, "ms", whole=True),
        Row("start-up: magick identify rose:", emscripten, "ms", whole=True),
    ]


def loads() -> list[Row]:
    """A library of 1.7 MB, to its first call."""
    program = corpus.find("sqlite-debug")
    ours = [*peers.PYTHON, "bench.load", str(corpus.path(program)), str(corpus.glue(program))]
    node = peers.node_runs("load.js", corpus.glue(program))
    return [
        Row("load SQLite, first ever", {"compat": [*ours, "cold"], "node": node}, "ms"),
        Row("load SQLite, warm: the whole process", {"compat": ours, "node": node}, "ms", whole=True),
        Row("load SQLite, warm", {"compat": ours, "node": node}, "ms"),
    ]


def compiling() -> Row:
    """A library of 0.2 MB, whose native code is made of some MB of C."""
    file = str(corpus.path(corpus.find("tree-sitter")))
    ours = [*peers.PYTHON, "bench.compile"]
    commands = {"compat": [*ours, file], "compat --native": [*ours, "--native", file] if peers.native_tier() else None}
    return Row("compile tree-sitter", commands, "ms")


def magick(folder: Path) -> Row:
    """Halve a picture."""
    width, height = 1200, 900
    pixels = bytes(x * y * channel % 251 for y in range(height) for x in range(width) for channel in (1, 2, 3))
    picture = folder / PICTURE
    picture.write_bytes(f"P6 {width} {height} 255\n".encode() + pixels)
    program = corpus.find("imagemagick")
    arguments = ["convert", f"/data/{PICTURE}", "-resize", "50%", "/data/half.png"]
    ours = [*peers.COMPAT, "--dir", f"{folder}::/data", "--glue", str(corpus.glue(program)), str(corpus.path(program))]
    theirs = oracle(folder, program, arguments, inputs={f"/data/{PICTURE}": str(picture)}, outputs=["/data/half.png"])
    return Row(
        "ImageMagick: halve 1200 by 900 pixels", {"compat": [*ours, *arguments], "node": theirs}, "ms", whole=True
    )


def sqlite(folder: Path) -> list[Row]:
    """Statements that SQLite works at by itself; and row by row, by many short calls from the host's language."""
    program = corpus.find("sqlite-debug")
    work = driven(folder, program.id, "sql", STATEMENTS, "SQLite: insert, index and query 300,000 rows")

    def by_row(task: str) -> Row:
        glue = corpus.glue(program)
        commands = {
            "compat": [*peers.PYTHON, "bench.sqlite", str(corpus.path(program)), str(glue), task, str(ROWS)],
            "node": peers.node_runs("sqlite.js", glue, task, ROWS),
        }
        return Row(f"SQLite: {ROWS} {task}, row by row from the host", commands, "ms")

    return [work, by_row("inserts"), by_row("queries")]


def driven(folder: Path, program: str, driver: str, arguments: Sequence[str], name: str) -> Row:
    """A library that a driver of the corpus calls."""
    commands = {
        "compat": [*peers.PYTHON, "bench.drive", program, driver, *arguments],
        "node": oracle(folder, corpus.find(program), arguments, driver=driver),
    }
    return Row(name, commands, "ms", whole=True)


def cc1(folder: Path) -> Row:
    """Compile a file of C; the directory has the same name in the guest."""
    source = shutil.copy(CASES / "avr-cc1" / "sort.c", folder)
    compiler = corpus.path(corpus.find("avr-cc1"))
    arguments = ["-quiet", "-mmcu=avr5", "-O3", "-o", str(folder / "sort.s"), str(source)]
    commands = {
        "compat": [*peers.COMPAT, "--dir", str(folder), str(compiler), *arguments],
        "wasmtime": peers.wasmtime_runs("--dir", folder, compiler, *arguments),
        "node:wasi": peers.node_runs("wasi.js", f"--dir={folder}", compiler, *arguments),
    }
    return Row("cc1: compile a file with -O3", commands, "ms", whole=True)


def oracle(
    folder: Path,
    program: corpus.Program,
    arguments: Sequence[str],
    *,
    driver: str | None = None,
    inputs: Mapping[str, str] | None = None,
    outputs: Sequence[str] = (),
) -> list[str] | None:
    """The program under its own JavaScript, by a job for corpus/oracle/glue.js (see corpus/record.py)."""
    job = {
        "program": str(corpus.glue(program)),
        "wasm": None if program.base64_at is not None else str(corpus.path(program)),
        "name": corpus.path(program).name,
        "args": arguments,
        "env": {},
        "stdin": str(folder / "empty"),
        "directories": ["/data"] if inputs else [],
        "inputs": inputs or {},
        "outputs": outputs,
        "driver": str(ROOT / "drivers" / f"{driver}.js") if driver else None,
        "report": str(folder / "report.json"),
    }
    (folder / "empty").touch()
    path = folder / f"{program.id}-{driver}.json"
    path.write_text(json.dumps(job), encoding="utf-8")
    return peers.node_runs(str(ROOT / "oracle" / "glue.js"), path)
