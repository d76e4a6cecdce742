"""The command as a whole: which statuses there are, and that nothing but a short message is ever said."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import compat
from compat.cli import run
from compat.cli.main import COMMANDS, main
from tests.cli.conftest import Command, Said
from tests.conftest import Build
from tests.programs import emscripten, start, wasi
from tests.programs import main as main_function

LOOP = "(loop $again (br $again))"


def test_version(said: Said) -> None:
    assert said("--version") == said("-V") == (0, f"compat {compat.__version__}\n", "")


def test_help_names_every_command(said: Said) -> None:
    status, out, err = said("--help")
    assert (status, err) == (0, "")
    assert all(f"  {name} " in out for name in COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help(said: Said, name: str) -> None:
    for flag in ("--help", "-h"):
        status, out, err = said(name, flag)
        assert (status, err) == (0, "")
        assert out.startswith(f"usage: compat {name} ")


def test_no_command_and_no_such_command(said: Said) -> None:
    status, out, err = said()
    assert (status, out, err[:6]) == (125, "", "usage:")
    status, out, err = said("rum")
    assert (status, out) == (125, "")
    assert err.startswith("compat: there is no command 'rum'\nusage:")


def test_what_was_printed_is_flushed(command: Command) -> None:
    """The process ends without Python's own taking down."""
    done = command("abi", "wasi")
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"fd_write" in done.stdout


@pytest.mark.parametrize("name", COMMANDS)
def test_a_wrong_option_is_a_wrong_call(said: Said, name: str) -> None:
    assert said(name, "--rubbish") == (125, "", "compat: there is no option --rubbish\n")


@pytest.mark.parametrize(
    ("code", "status", "message"),
    [
        ("(call $proc_exit (i32.const 42))", 42, ""),
        ("", 0, ""),
        (LOOP, 124, "compat: the time limit of 0.3 s was reached\n    at _start (0x"),
        ("(call $nothing)", 127, "compat: env.nothing is not known\nThe program called it. `compat inspect` lists"),
        ("(unreachable)", 134, "compat: unreachable\n    at _start (0x"),
    ],
)
def test_the_statuses(command: Command, build: Build, code: str, status: int, message: str) -> None:
    program = build(wasi(start(code), imports='(import "env" "nothing" (func $nothing))'))
    done = command("run", "--timeout", "0.3", program)
    assert (done.returncode, done.stdout) == (status, b"")
    assert done.stderr.decode().startswith(message)
    assert bool(message) == bool(done.stderr)


def test_the_status_of_an_abort(command: Command, build: Build) -> None:
    done = command("run", build(emscripten(main_function("(call $abort (i32.const 7))"))))
    assert done.returncode == 134
    assert done.stderr.startswith(b"compat: abort(7)")


def test_the_status_of_the_memory_limit(command: Command, build: Build) -> None:
    done = command("run", "--max-memory", "64K", build(wasi(start(""), memory='(memory (export "memory") 2)')))
    assert done.returncode == 137
    assert done.stderr == b"compat: the guest needs 131072 bytes of memory, 65536 are granted\n"


@pytest.mark.parametrize("asked", [256, 511, -1])
def test_a_status_is_a_byte_as_the_host_has_it(command: Command, build: Build, asked: int) -> None:
    done = command("run", build(wasi(start(f"(call $proc_exit (i32.const {asked}))"))))
    assert done.returncode == asked & 0xFF


@pytest.mark.parametrize("name", ["run", "inspect"])
class TestFilesThatAreNone:
    def test_not_there(self, said: Said, name: str, tmp_path: Path) -> None:
        path = tmp_path / "nothing.wasm"
        assert said(name, path) == (126, "", f"compat: {path}: No such file or directory\n")

    def test_a_directory(self, said: Said, name: str, tmp_path: Path) -> None:
        status, out, err = said(name, tmp_path)
        assert (status, out) == (126, "")
        assert err.startswith(f"compat: {tmp_path}: ")

    @pytest.mark.skipif(not hasattr(os, "geteuid") or not os.geteuid(), reason="needs a user whom permissions bind")
    def test_not_readable(self, said: Said, name: str, tmp_path: Path) -> None:
        path = tmp_path / "secret.wasm"
        path.touch(mode=0)
        assert said(name, path) == (126, "", f"compat: {path}: Permission denied\n")

    @pytest.mark.parametrize("content", [b"", b"#!/bin/sh\n", b"\x7fELF\2\1\1", b"var Module = {};"])
    def test_no_webassembly(self, said: Said, name: str, tmp_path: Path, content: bytes) -> None:
        path = tmp_path / "x.js"
        path.write_bytes(content)
        status, out, err = said(name, path)
        assert (status, out) == (126, "")
        assert err.startswith(f"compat: {path} embeds no WebAssembly")
        assert len(err.splitlines()) <= 3

    @pytest.mark.parametrize("content", [b"\0asm", b"\0asm\1\0\0\0\1\xff", b"\0asm\1\0\0\0\xff\xff\xff\xff\xff\xff"])
    def test_malformed(self, said: Said, name: str, tmp_path: Path, content: bytes) -> None:
        path = tmp_path / "x.wasm"
        path.write_bytes(content)
        status, out, err = said(name, path)
        assert (status, out) == (126, "")
        assert "(at byte 0x" in err

    def test_an_abi_of_no_known_name(self, said: Said, name: str, build: Build) -> None:
        status, _, err = said(name, "--abi", "dos", build("(module)"))
        assert status == 126
        assert err.startswith("compat: no ABI is named dos\nthere are emscripten,")

    def test_glue_that_is_not_there(self, said: Said, name: str, build: Build, tmp_path: Path) -> None:
        path = tmp_path / "nothing.js"
        status, out, err = said(name, "--glue", path, build(emscripten(main_function(""))))
        assert (status, out, err) == (126, "", f"compat: {path}: No such file or directory\n")


def test_a_fault_of_our_own_has_its_status_and_a_traceback(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def parse(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(run, "parse", parse)
    assert main(["run"]) == 125
    err = capsys.readouterr().err
    assert err.startswith("Traceback")
    assert "fault in compat itself" in err


def test_an_interruption_outside_of_a_guest(monkeypatch: pytest.MonkeyPatch) -> None:
    def parse(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(run, "parse", parse)
    assert main(["run"]) == 130


@pytest.mark.skipif(os.name != "posix", reason="sends signals")
def test_an_interrupted_guest_ends_as_the_signal_would_have_it(build: Build) -> None:
    """A shell calls that 130. The guest says something first, so that it is known to run."""
    code = "(drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))" + LOOP
    program = build(wasi(r'(data (i32.const 0) "\10\00\00\00\01\00\00\00") (data (i32.const 16) "!")' + start(code)))
    with subprocess.Popen([sys.executable, "-m", "compat", "run", program], stdout=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stdout.read(1) == b"!"
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == -signal.SIGINT


@pytest.mark.skipif(os.name != "posix", reason="has no pipes of this kind")
def test_a_reader_that_has_gone() -> None:
    command = [sys.executable, "-m", "compat", "abi"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout
        process.stdout.close()
        assert process.stderr
        assert process.stderr.read() == b""
        assert process.wait(30) == 141


@pytest.mark.skipif(os.name != "posix", reason="closes descriptors in a child")
class TestClosedStreams:
    """A closed stream is the null device to a guest, not whatever compat happened to open next."""

    READ = """(import "wasi_snapshot_preview1" "fd_read" (func $fd_read (param i32 i32 i32 i32) (result i32)))"""

    def test_input(self, command: Command, build: Build) -> None:
        code = """(drop (call $fd_read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)))
          (call $proc_exit (i32.load (i32.const 8)))"""
        data = r'(data (i32.const 0) "\10\00\00\00\40\00\00\00\ff")'
        program = build(wasi(data + start(code), imports=self.READ))
        done = command("run", "--dir", f"{program.parent}::/work", program, preexec_fn=lambda: os.close(0))
        assert (done.returncode, done.stderr) == (0, b"")

    def test_output(self, command: Command, build: Build) -> None:
        code = "(call $proc_exit (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))"
        program = build(wasi(r'(data (i32.const 0) "\10\00\00\00\01\00\00\00")' + start(code)))
        done = command("run", program, preexec_fn=lambda: os.close(1))
        assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")

    def test_all_of_them(self, command: Command, build: Build) -> None:
        program = build(wasi(start("(unreachable)")))
        done = command("run", program, preexec_fn=lambda: os.closerange(0, 3))
        assert (done.returncode, done.stderr) == (134, b"")

    def test_of_other_commands(self, command: Command, build: Build) -> None:
        done = command("inspect", build(wasi(start(""))), preexec_fn=lambda: os.closerange(0, 3))
        assert done.returncode == 0


def test_a_guest_whose_reader_has_gone_is_told(command: Command, build: Build) -> None:
    """EPIPE, which is 64: no signal ends it."""
    code = "(call $proc_exit (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))"
    program = build(wasi(r'(data (i32.const 0) "\10\00\00\00\01\00\00\00")' + start(code)))
    reader, writer = os.pipe()
    os.close(reader)
    try:
        done = command("run", program, capture_output=False, stdout=writer, stderr=subprocess.PIPE)
    finally:
        os.close(writer)
    assert (done.returncode, done.stderr) == (64, b"")


@pytest.mark.parametrize(
    "text",
    [
        '(module (func (export "add")))',
        '(module (import "wasi_snapshot_preview1" "sched_yield" (func (result i32))) (memory (export "memory") 1))',
    ],
    ids=["bare", "wasi"],
)
def test_a_library_has_no_main(text: str, said: Said, build: Build) -> None:
    program = build(text)
    status, _, told = said("run", program)
    assert status == 126
    assert told.startswith(f"compat: {Path(program).name} has no main function: it is a library\ntry: ")
