"""`compat run`, option by option."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from compat.cli.run import OPTIONS
from compat.kernel.clock import SteppingClock
from tests.cli.conftest import Command, Said
from tests.conftest import Build
from tests.programs import emscripten, start, wasi

SAMPLE = Path(__file__).parent.parent.parent / "samples" / "hello.wasm"

FUNCTIONS = """
  (import "wasi_snapshot_preview1" "args_sizes_get" (func $args_sizes (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "args_get" (func $args (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "environ_sizes_get" (func $environ_sizes (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "environ_get" (func $environ (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "clock_time_get" (func $clock (param i32 i64 i32) (result i32)))
  (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_read" (func $fd_read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_open"
    (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))"""


def printing(code: str, length: str, address: int = 1024) -> str:
    """A command that runs `code` and writes `length` bytes from `address`."""
    return wasi(
        start(f"""{code}
          (i32.store (i32.const 0) (i32.const {address})) (i32.store (i32.const 4) {length})
          (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))"""),
        imports=FUNCTIONS,
    )


ARGUMENTS = printing(
    """(drop (call $args_sizes (i32.const 16) (i32.const 20)))
       (drop (call $args (i32.const 512) (i32.const 1024)))""",
    "(i32.load (i32.const 20))",
)
ENVIRONMENT = printing(
    """(drop (call $environ_sizes (i32.const 16) (i32.const 20)))
       (drop (call $environ (i32.const 512) (i32.const 1024)))""",
    "(i32.load (i32.const 20))",
)
TIME_AND_ENTROPY = printing(
    """(drop (call $clock (i32.const 0) (i64.const 0) (i32.const 1024)))
       (drop (call $random (i32.const 1032) (i32.const 8)))""",
    "(i32.const 16)",
)
ECHO = printing(
    """(i32.store (i32.const 0) (i32.const 1024)) (i32.store (i32.const 4) (i32.const 64))
       (drop (call $fd_read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)))""",
    "(i32.load (i32.const 8))",
)
ADD = """
  (func (export "add") (param i32 f64) (result f64) (f64.add (f64.convert_i32_s (local.get 0)) (local.get 1)))
  (func (export "nothing"))
  (func (export "ends") (call $proc_exit (i32.const 9)))
  (func (export "traps") (unreachable))
  (func (export "wide") (param i64) (result i64) (local.get 0))
  (func (export "two") (result i32 i32) (i32.const 1) (i32.const 2))
  (global (export "global") i32 (i32.const 0))"""


def open_file(flags: int) -> str:
    """A command whose status is what opening `file` of its first directory gives."""
    rights = "(i64.const 0x40) (i64.const 0)" if flags else "(i64.const 2) (i64.const 0)"
    code = f"""(call $proc_exit (call $open (i32.const 3) (i32.const 1) (i32.const 64) (i32.const 4)
      (i32.const {flags}) {rights} (i32.const 0) (i32.const 80)))"""
    return wasi('(data (i32.const 64) "file")' + start(code), imports=FUNCTIONS)


READ, CREATE = open_file(0), open_file(1)
ENOENT, EROFS, ENOTCAPABLE = 44, 69, 76


def test_help_has_every_option(said: Said) -> None:
    _, out, _ = said("run", "--help")
    assert all(f"--{option.name} {option.metavar}".strip() in out for option in OPTIONS)


def test_what_follows_the_file_is_the_guests(command: Command, build: Build) -> None:
    done = command("run", build(ARGUMENTS), "--help", "--dir", "--", "-x", "ä")
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout == "program.wasm\0--help\0--dir\0--\0-x\0ä\0".encode()


def test_no_file(said: Said) -> None:
    assert said("run") == (125, "", "compat: run needs a FILE (compat run --help)\n")


def test_standard_streams_are_byte_exact(command: Command, build: Build) -> None:
    data = bytes(range(0, 256, 4))
    done = command("run", build(ECHO), input=data)
    assert (done.returncode, done.stdout, done.stderr) == (0, data, b"")


class TestEnvironment:
    def test_nothing_but_what_was_named(self, command: Command, build: Build) -> None:
        program = build(ENVIRONMENT)
        assert command("run", program).stdout == b""
        environment = os.environ | {"HERE": "it is"}
        done = command("run", "--env", "A=1=2", "--env", "HERE", "--env", "EMPTY=", program, env=environment)
        assert done.stdout == b"A=1=2\0HERE=it is\0EMPTY=\0"

    @pytest.mark.parametrize(
        ("text", "message"),
        [("NOT_SET_ANYWHERE", "not set in this environment"), ("=x", "a variable needs a name")],
    )
    def test_wrong(self, said: Said, text: str, message: str) -> None:
        assert said("run", "--env", text, SAMPLE) == (125, "", f"compat: --env {text}: {message}\n")


class TestDirectories:
    def test_a_file_is_found_and_made(self, command: Command, build: Build, tmp_path: Path) -> None:
        host = tmp_path / "host"
        host.mkdir()
        reads, writes = build(READ), build(CREATE).rename(tmp_path / "writes.wasm")
        reads = build(READ)
        for option in (f"--dir={host}", f"--dir={host}::/work", f"--dir={host}::.", f"--mapdir=/work::{host}"):
            (host / "file").unlink(missing_ok=True)
            assert command("run", option, reads).returncode == ENOENT
            assert command("run", option, writes).returncode == 0
            assert (host / "file").read_bytes() == b""
            assert command("run", option, reads).returncode == 0

    def test_read_only(self, command: Command, build: Build, tmp_path: Path) -> None:
        for option in (f"--dir={tmp_path}:ro", f"--dir={tmp_path}::/work:ro"):
            assert command("run", option, build(CREATE)).returncode in (EROFS, ENOTCAPABLE)
        assert not (tmp_path / "file").exists()

    @pytest.mark.parametrize("text", ["", "::", "::/x", "/tmp::", ":ro"])
    def test_not_of_the_form(self, said: Said, text: str) -> None:
        expected = f"compat: --dir {text}: not of the form HOST[::GUEST][:ro]\n"
        assert said("run", "--dir", text, SAMPLE) == (125, "", expected)

    @pytest.mark.parametrize("text", ["", "::", "::/x", "/x::", "/x"])
    def test_not_of_the_other_form(self, said: Said, text: str) -> None:
        expected = f"compat: --mapdir {text}: not of the form GUEST::HOST\n"
        assert said("run", "--mapdir", text, SAMPLE) == (125, "", expected)

    def test_not_there(self, said: Said, tmp_path: Path) -> None:
        nowhere = tmp_path / "nowhere"
        assert said("run", "--dir", nowhere, SAMPLE) == (126, "", f"compat: cannot mount {nowhere}: ENOENT\n")

    def test_no_directory(self, said: Said) -> None:
        assert said("run", "--dir", SAMPLE, SAMPLE) == (126, "", f"compat: cannot mount {SAMPLE}: ENOTDIR\n")


class TestInvoke:
    @pytest.mark.parametrize(
        ("words", "printed"),
        [
            (["add", "1", "2.5"], "3.5\n"),
            (["add", "0x10", "-1e3"], "-984.0\n"),
            (["add", "-1", "nan"], "nan\n"),
            (["wide", "0xffffffffffffffff"], "-1\n"),
            (["nothing"], ""),
        ],
    )
    def test_prints_the_result(self, command: Command, build: Build, words: list[str], printed: str) -> None:
        name, *numbers = words
        done = command("run", "--invoke", name, build(wasi(ADD)), *numbers)
        assert (done.returncode, done.stdout.decode(), done.stderr) == (0, printed, b"")

    def test_an_exit_is_one(self, command: Command, build: Build) -> None:
        done = command("run", "--invoke", "ends", build(wasi(ADD)))
        assert (done.returncode, done.stdout, done.stderr) == (9, b"", b"")

    def test_a_trap_is_one(self, command: Command, build: Build) -> None:
        assert command("run", "--invoke", "traps", build(wasi(ADD))).returncode == 134

    def test_a_throw_is_told_as_the_abi_tells_it(self, command: Command, build: Build) -> None:
        text = '(func (export "f") (call $throw (i32.const 70000) (i32.const -8) (i32.const 0)))'
        done = command("run", "--invoke", "f", build(emscripten(text)))
        assert done.returncode == 134
        assert done.stderr.startswith(b"compat: uncaught C++ exception: ")

    @pytest.mark.parametrize(
        ("words", "message"),
        [
            (["no"], "--invoke no: there is no exported function of that name"),
            (["global"], "--invoke global: there is no exported function of that name"),
            (["add"], "the function takes 2 numbers (d(id)), not 0"),
            (["add", "1", "2", "3"], "the function takes 2 numbers (d(id)), not 3"),
            (["add", "1.5", "2"], "'1.5' is not a number of type i32"),
            (["add", "1", "two"], "'two' is not a number of type f64"),
        ],
    )
    def test_a_wrong_call(self, command: Command, build: Build, words: list[str], message: str) -> None:
        name, *numbers = words
        done = command("run", "--invoke", name, build(wasi(ADD)), *numbers)
        assert (done.returncode, done.stdout, done.stderr.decode()) == (125, b"", f"compat: {message}\n")

    def test_several_results(self, command: Command, build: Build) -> None:
        done = command("run", "--invoke", "two", build(wasi(ADD)))
        assert done.returncode == 126
        assert b"several results" in done.stderr


@pytest.mark.parametrize("text", ["", "0", "-1", "nan", "inf", "1e300", "soon"])
def test_a_wrong_time_limit(said: Said, text: str) -> None:
    status, out, err = said("run", "--timeout", text, SAMPLE)
    assert (status, out) == (125, "")
    assert err.startswith(f"compat: --timeout {text}: not a number of seconds")


@pytest.mark.parametrize("text", ["", "K", "-1", "1.5", "10X", "²"])
def test_a_wrong_memory_limit(said: Said, text: str) -> None:
    expected = f"compat: --max-memory {text}: not a number of bytes (with K, M or G)\n"
    assert said("run", "--max-memory", text, SAMPLE) == (125, "", expected)


@pytest.mark.parametrize(
    ("text", "status"),
    [("65536", 0), ("64K", 0), ("64k", 0), ("1M", 0), ("9" * 40 + "G", 0), ("65535", 137), ("0", 137)],
)
def test_memory_limits(command: Command, build: Build, text: str, status: int) -> None:
    assert command("run", "--max-memory", text, build(wasi(start("")))).returncode == status


def test_deterministic(command: Command, build: Build) -> None:
    program = build(TIME_AND_ENTROPY)
    first, second = (command("run", "--deterministic", program).stdout for _ in range(2))
    assert first == second
    assert int.from_bytes(first[:8], "little") == SteppingClock.START + SteppingClock.STEP
    other = command("run", program).stdout
    assert int.from_bytes(other[:8], "little") > 1_600_000_000_000_000_000
    assert other[8:] != first[8:]


def test_trace_tells_every_call_on_standard_error(command: Command, build: Build) -> None:
    done = command("run", "--trace", build(wasi(start("(call $proc_exit (i32.const 3))"))))
    assert (done.returncode, done.stdout, done.stderr) == (3, b"", b"proc_exit(status=3) -> 3\n")


def test_glue_of_another_build_is_refused(said: Said, tmp_path: Path) -> None:
    """The sample's table has two elements."""
    glue = tmp_path / "glue.js"
    glue.write_text("WebAssembly.instantiate; env['table'] = new WebAssembly.Table({'initial':9,'element':'anyfunc'})")
    status, out, err = said("run", "--glue", glue, SAMPLE)
    assert (status, out) == (126, "")
    assert err == f"compat: {glue} is glue of another build\nits table has 9 elements, the module's 2\n"


def test_another_abi(command: Command) -> None:
    """A program taken for what it is not lacks what that gives."""
    done = command("run", "--abi", "wasi_unstable", SAMPLE)
    assert (done.returncode, done.stdout) == (126, b"")
    assert done.stderr.startswith(b"compat: env.DYNAMICTOP_PTR is not known")
    done = command("run", "--abi", "go", SAMPLE)
    assert done.returncode == 126
    assert len(done.stderr.splitlines()) == 3


def test_a_library_is_no_program(command: Command, build: Build) -> None:
    done = command("run", build(emscripten("")))
    assert done.returncode == 126
    assert b"it is a library" in done.stderr
