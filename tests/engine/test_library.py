from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from compat.engine import library

if TYPE_CHECKING:
    from pathlib import Path

OPEN = """
import sys
from compat.engine.library import library
from compat.errors import EngineUnavailable
try:
    print("opened", library().version)
    assert "wasmtime" not in sys.modules
except EngineUnavailable as error:
    print(error)
"""


def opened(**variables: str) -> str:
    """What happens in a fresh process: a library is opened once in each."""
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), **variables}
    return subprocess.run([sys.executable, "-c", OPEN], env=env, capture_output=True, text=True, check=True).stdout


def test_the_wheel_is_found_without_importing_it() -> None:
    path = next(library.candidates())
    assert os.path.basename(path) in library.WHEEL_NAMES
    assert opened().startswith("opened 50.0.")


def test_the_variable_comes_first_and_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMPAT_LIBWASMTIME", "/elsewhere.so")
    assert list(library.candidates()) == ["/elsewhere.so"]


def test_without_the_wheel_the_system_is_asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "wasmtime" / "linux-x86_64").mkdir(parents=True)
    monkeypatch.setattr(sys, "path", ["", str(tmp_path), str(tmp_path / "absent")])
    monkeypatch.setattr(sys, "platform", "linux")
    assert list(library.candidates()) == ["libwasmtime.so"]


def test_a_missing_library_is_told_with_a_remedy(tmp_path: Path) -> None:
    lines = opened(COMPAT_LIBWASMTIME=str(tmp_path / "none.so")).splitlines()
    assert lines[0].startswith(f"cannot use libwasmtime at {tmp_path / 'none.so'}: ")
    assert lines[-1].startswith("Install it with `pip install 'wasmtime==50.*'`")


def test_another_library_is_told(tmp_path: Path) -> None:
    from compat.engine import _libwasmtime

    assert "it has no function wasm_config_new" in opened(COMPAT_LIBWASMTIME=_libwasmtime.__file__)
