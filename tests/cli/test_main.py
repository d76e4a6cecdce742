"""The command as a process: what it prints arrives, whatever way it ends."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from compat.cli.main import COMMANDS, main
from compat.engine import default_engine


def compat(*args: str | Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.run(
        [sys.executable, "-m", "compat", *args], env=environment, capture_output=True, text=True, check=False
    )


def test_what_was_printed_is_flushed() -> None:
    run = compat("abi", "wasi")
    assert run.returncode == 0
    assert "fd_write" in run.stdout


def test_errors_have_their_status_and_message(tmp_path: Path) -> None:
    (tmp_path / "x.wasm").write_bytes(b"\0asm\1\0\0\0\xff")
    run = compat("run", tmp_path / "x.wasm")
    assert run.returncode == 126
    assert run.stderr.startswith("compat: ")


@pytest.mark.skipif(os.name == "nt", reason="a status has 32 bits there")
@pytest.mark.parametrize(("status", "seen"), [(0, 0), (7, 7), (0x1_02, 2), (-1, 255)])
def test_a_guests_status_is_passed_on_as_far_as_the_host_can(tmp_path: Path, status: int, seen: int) -> None:
    text = f"""(module
      (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
      (memory (export "memory") 1)
      (func (export "_start") (call $exit (i32.const {status}))))"""
    (tmp_path / "x.wasm").write_bytes(default_engine().assemble(text))
    assert compat("run", tmp_path / "x.wasm").returncode == seen


def test_help_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    printed = capsys.readouterr().out
    assert all(name in printed for name in COMMANDS)


@pytest.mark.parametrize("argv", [[], ["nonsense"]])
def test_no_command_is_a_wrong_call(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    # `main` takes an empty list for what it is, not for the process's own arguments.
    assert main(argv) == 125
    assert "usage:" in capsys.readouterr().err
