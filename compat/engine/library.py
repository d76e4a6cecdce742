"""Finds libwasmtime and opens it, once a process.

The search does not import the `wasmtime` package: that costs some 85 ms, and its own bindings are not needed.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator

from compat.engine._libwasmtime import ffi, lib
from compat.errors import EngineUnavailable

MAJOR: int = lib.WASMTIME_MAJOR
"""The one major version whose ABI engine.csrc.c declares."""

VARIABLE = "COMPAT_LIBWASMTIME"

WHEEL_NAMES = frozenset({"_libwasmtime.so", "_libwasmtime.dylib", "_wasmtime.dll"})
SYSTEM_NAMES = {
    "win32": ("wasmtime.dll",),
    "darwin": ("libwasmtime.dylib", "/opt/homebrew/lib/libwasmtime.dylib", "/usr/local/lib/libwasmtime.dylib"),
}

_opened: Library | None = None


class Library:
    """The open library: `path` is where it was found, `version` as `50.0.N`."""

    def __init__(self, path: str, version: str) -> None:
        self.path = path
        self.version = version

    @property
    def identity(self) -> str:
        """What tells this build from others of its version: compiled code is kept for exactly one."""
        try:
            return f"{self.version} {os.stat(self.path).st_size}"
        except OSError:  # found by its bare name, on the loader's own search path
            return self.version


def library() -> Library:
    """Open libwasmtime. Raises EngineUnavailable where there is none, or only one of another version."""
    global _opened  # noqa: PLW0603 - a process binds it once, as the dynamic loader does
    if _opened is None:
        _opened = _first_usable()
    return _opened


def _first_usable() -> Library:
    reasons = []
    for path in candidates():
        try:
            return _open(path)
        except EngineUnavailable as error:
            reasons.append(str(error))
    raise EngineUnavailable(
        f"{reasons[0]}\n"
        f"Install it with `pip install 'wasmtime=={MAJOR}.*'`, or set {VARIABLE} to the path of the shared library."
    )


def candidates() -> Iterator[str]:
    """Where it may be, best first. A path that the user names is the only one."""
    named = os.environ.get(VARIABLE)
    if named:
        yield named
        return
    for directory in sys.path:
        yield from _in_wheel(os.path.join(directory, "wasmtime"))
    yield from SYSTEM_NAMES.get(sys.platform, ("libwasmtime.so",))


def _in_wheel(package: str) -> Iterator[str]:
    """The wheel keeps the library in a folder named for its platform; a wheel has only one."""
    try:
        with os.scandir(package) as entries:
            folders = [entry.path for entry in entries if "-" in entry.name and entry.is_dir()]
        for folder in folders:
            yield from (os.path.join(folder, name) for name in os.listdir(folder) if name in WHEEL_NAMES)
    except OSError:
        return


def _open(path: str) -> Library:
    reason = lib.library_open(os.fsencode(path))
    if reason != ffi.NULL:
        raise EngineUnavailable(f"cannot use libwasmtime at {path}: {ffi.string(reason).decode(errors='replace')}")
    patch = lib.library_patch()
    if patch < 0:
        raise EngineUnavailable(f"{path} is not libwasmtime {MAJOR}, the version this package is built for")
    return Library(path, f"{MAJOR}.0.{patch}")
