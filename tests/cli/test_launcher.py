"""The program in C that runs without Python what Python has run before, and says the same."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from compat import wasi_p1
from compat.abi.bind import row_type
from tests.conftest import Build
from tests.programs import start, wasi

ROOT = Path(__file__).parent.parent.parent
SOURCE = ROOT / "compat" / "cli" / "launcher.c"
NO_PYTHON = {"PATH": os.devnull}

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the launcher is for POSIX")

HELLO = wasi(
    start("(drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))"),
    memory='(memory (export "memory") 1) (data (i32.const 0) "\\10\\00\\00\\00\\06\\00\\00\\00")'
    '(data (i32.const 16) "hello\\n")',
)


@pytest.fixture(scope="session")
def launcher(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The launcher, with no Python beside it."""
    path = tmp_path_factory.mktemp("launcher") / "compat"
    libraries = ["-ldl"] if sys.platform == "linux" else []
    subprocess.run([shutil.which("cc") or "gcc", "-O1", "-o", path, SOURCE, *libraries], check=True)
    return path


class Launched:
    """Runs of `compat run` through the launcher and through Python."""

    def __init__(self, launcher: Path, cache: Path) -> None:
        self.launcher = launcher
        self.environment = {
            **os.environ,
            "COMPAT_CACHE_DIR": str(cache),
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
            "PYTHONPATH": str(ROOT),
        }

    def __call__(self, *arguments: str | Path, **options: object) -> subprocess.CompletedProcess[bytes]:
        environment = {**self.environment, **options.pop("env", {})}  # type: ignore[dict-item]
        command = [self.launcher, "run", *arguments]
        return subprocess.run(command, env=environment, capture_output=True, check=False, **options)  # type: ignore[call-overload,no-any-return]

    def alone(self, *arguments: str | Path, **options: object) -> subprocess.CompletedProcess[bytes]:
        """A run for which there is no Python to be had."""
        return self(*arguments, env=NO_PYTHON, **options)


@pytest.fixture
def launched(launcher: Path, own_cache: Path) -> Launched:
    return Launched(launcher, own_cache)


def said(run: subprocess.CompletedProcess[bytes]) -> tuple[int, bytes, bytes]:
    return run.returncode, run.stdout, run.stderr


def test_a_program_that_was_run_needs_no_python(launched: Launched, build: Build) -> None:
    program = build(HELLO)
    assert launched.alone(program).returncode == 125
    assert said(launched(program)) == (0, b"hello\n", b"")
    assert said(launched.alone(program)) == (0, b"hello\n", b"")


def test_options_are_pythons(launched: Launched, build: Build) -> None:
    program = build(HELLO)
    launched(program)
    assert b"no Python" in launched.alone("--deterministic", program).stderr
    assert said(launched("--deterministic", program)) == (0, b"hello\n", b"")


def test_a_program_that_changed_is_run_anew(launched: Launched, build: Build) -> None:
    program = build(HELLO)
    launched(program)
    program.write_bytes(program.read_bytes().replace(b"hello", b"howdy"))
    assert said(launched(program)) == (0, b"howdy\n", b"")
    assert said(launched.alone(program)) == (0, b"howdy\n", b"")


@pytest.mark.parametrize("suffix", [".cwasm", ".launch"])
def test_what_was_tampered_with_is_not_used(launched: Launched, build: Build, own_cache: Path, suffix: str) -> None:
    program = build(HELLO)
    launched(program)
    for path in own_cache.glob(f"*{suffix}"):
        os.utime(path)
        path.chmod(0o622)
    assert b"no Python" in launched.alone(program).stderr
    assert said(launched(program)) == (0, b"hello\n", b"")


def test_another_library_is_not_used(launched: Launched, build: Build) -> None:
    program = build(HELLO)
    launched(program)
    other = {"COMPAT_LIBWASMTIME": os.devnull, **NO_PYTHON}
    assert b"no Python" in launched(program, env=other).stderr


def test_an_emscripten_program_is_pythons(launched: Launched) -> None:
    for _ in range(2):
        assert launched(ROOT / "samples" / "hello.wasm").stdout.startswith(b"Hello, fastcomp!\n")


@pytest.mark.parametrize("status", [0, 1, 77, 255, 256, 2**32 - 1])
def test_exit_status(launched: Launched, build: Build, status: int) -> None:
    program = build(wasi(start(f"(call $proc_exit (i32.const {status}))")))
    assert [launched(program).returncode, launched.alone(program).returncode] == [status % 256] * 2


TRAPS = {
    "unreachable": "unreachable",
    "memory": "(drop (i32.load (i32.const -1)))",
    "division": "(drop (i32.div_u (i32.const 1) (i32.const 0)))",
    "stack": "(call $deep (i32.const 1))",
}
DEEP = "(func $deep (param i32) (local i64 i64) (call $deep (local.get 0)) (call $deep (local.get 0)))"


@pytest.mark.parametrize("code", TRAPS.values(), ids=TRAPS)
def test_a_trap_is_told_as_python_tells_it(launched: Launched, build: Build, code: str) -> None:
    program = build(wasi(DEEP + start(code)))
    first = launched(program)
    assert first.returncode == 134
    assert said(launched(program)) == said(first)


def wasi_calls(text: bytes) -> str:
    """A program that makes every call that C serves, each with some arguments, and writes all results and its memory.

    `text` is what stands in the memory that the arguments point to.
    """
    rows = [row for row in wasi_p1.TABLES if row.native and row.module.endswith("preview1")]
    skipped = ("proc_exit", "clock", "random_get", "fd_filestat_get")
    imported = body = ""
    count = 0
    for row in rows:
        if row.name.startswith(skipped):
            continue
        letters = (row_type(row) or "")[2:-1]
        declared = " ".join({"i": "i32", "j": "i64"}[letter] for letter in letters)
        if row.name != "fd_write":
            imported += f'(import "{row.module}" "{row.name}" (func ${row.name} (param {declared}) (result i32)))'
        for fd in (0, 2, 3, -1):
            for value in (0, 1, 64):
                arguments = " ".join(f"({'i32' if x == 'i' else 'i64'}.const {value})" for x in letters[1:])
                call = f"(call ${row.name} (i32.const {fd}) {arguments})" if letters else f"(call ${row.name})"
                body += f"(i32.store (i32.const {4096 + 4 * count}) {call})"
                count += 1
    shown = "".join(f"\\{byte:02x}" for byte in text)
    data = f'(memory (export "memory") 1) (data (i32.const 64) "{shown}")'
    vector = "(i32.store (i32.const 0) (i32.const 0)) (i32.store (i32.const 4) (i32.const 65536))"
    write = "(drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 65000)))"
    return wasi(start(body + vector + write), imported, data)


def test_every_call_answers_as_under_python(launched: Launched, build: Build, tmp_path: Path) -> None:
    program = build(wasi_calls(b"\x80\0\0\0\x04\0\0\0" * 8))
    given = tmp_path / "in"
    given.write_bytes(bytes(range(200)))
    for _ in range(2):
        outcomes = []
        for run in (launched, launched.alone):
            with given.open("rb") as stdin:
                outcomes.append((said(run(program, "one", "two", stdin=stdin)), stdin.tell()))
        assert outcomes[0] == outcomes[1]
    assert len(outcomes[0][0][1]) >= 65536
    assert said(launched(program, input=b"piped")) == said(launched.alone(program, input=b"piped"))


def test_standard_streams_that_are_closed(launched: Launched, build: Build) -> None:
    program = build(HELLO)
    launched(program)
    script = f'"{launched.launcher}" run "{program}" <&- >&- 2>&-'
    run = subprocess.run(["/bin/sh", "-c", script], env={**launched.environment, **NO_PYTHON}, check=False)
    assert run.returncode == 0


def test_a_broken_pipe_is_the_guests_error(launched: Launched, build: Build) -> None:
    """It is told by an errno, and no signal ends the program."""
    program = build(
        wasi(
            start("(call $proc_exit (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))"),
            memory='(memory (export "memory") 1) (data (i32.const 4) "\\01")',
        )
    )
    launched(program)
    reading, writing = os.pipe()
    os.close(reading)
    command = [launched.launcher, "run", program]
    run = subprocess.run(command, env={**launched.environment, **NO_PYTHON}, stdout=writing, check=False)
    os.close(writing)
    assert run.returncode == 64


def test_a_terminal_is_known_by_its_rights(launched: Launched, build: Build) -> None:
    """Without the rights to seek and to tell, wasi-libc takes a character device for a terminal."""
    get = '(import "wasi_snapshot_preview1" "fd_fdstat_get" (func $get (param i32 i32) (result i32)))'
    rights = "(i32.and (i32.load (i32.const 8)) (i32.const 36))"
    program = build(wasi(start(f"(drop (call $get (i32.const 0) (i32.const 0))) (call $proc_exit {rights})"), get))
    launched(program)
    import pty  # POSIX has it

    _, terminal = pty.openpty()
    assert launched.alone(program, stdin=terminal).returncode == 0
    assert launched.alone(program, stdin=subprocess.DEVNULL).returncode == 36
