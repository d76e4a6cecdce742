from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from compat.cli.main import main

Command = Callable[..., "subprocess.CompletedProcess[bytes]"]
Said = Callable[..., tuple[int, str, str]]


@pytest.fixture
def command(own_cache: object) -> Command:
    """Runs `python -m compat` with these arguments, in a process of its own."""

    def run(*arguments: object, **options: Any) -> subprocess.CompletedProcess[bytes]:
        words = [sys.executable, "-m", "compat", *map(os.fspath, arguments)]  # type: ignore[arg-type]
        settings = {"stdin": subprocess.DEVNULL, "capture_output": True, "timeout": 60}
        if "input" in options:
            del settings["stdin"]
        return subprocess.run(words, check=False, **settings | options)

    return run


@pytest.fixture
def said(own_cache: object, capsys: pytest.CaptureFixture[str]) -> Said:
    """Runs a command that runs no guest in this process: status, standard output, standard error."""

    def run(*arguments: object) -> tuple[int, str, str]:
        status = main([os.fspath(argument) for argument in arguments])  # type: ignore[call-overload]
        return status, *capsys.readouterr()

    return run
