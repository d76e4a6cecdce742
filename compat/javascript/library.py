"""Finds QuickJS-ng and opens it, once a process."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from functools import cache

from compat.errors import EngineUnavailable
from compat.javascript._quickjs import ffi, lib

RELEASE = f"0.{lib.QUICKJS_MINOR}."
"""The one release, less its patch number, whose ABI javascript.csrc.c declares."""

_REMEDY = "JavaScript needs the extra js: pip install 'compat[js]'"


@cache
def library() -> str:
    """Open the engine; returns its version. Raises EngineUnavailable where there is none, or another release of it."""
    path = next(_candidates(), None)
    if path is None:
        raise EngineUnavailable(f"there is no JavaScript engine\n{_REMEDY}")
    reason = lib.engine_open(os.fsencode(path))
    if reason != ffi.NULL:
        raise EngineUnavailable(
            f"cannot use QuickJS-ng at {path}: {ffi.string(reason).decode(errors='replace')}\n{_REMEDY}"
        )
    version: str = ffi.string(lib.engine_version()).decode()
    if not version.startswith(RELEASE):
        raise EngineUnavailable(f"{path} is QuickJS-ng {version}, and compat is built for {RELEASE}*\n{_REMEDY}")
    return version


def _candidates() -> Iterator[str]:
    """The wheel's extension module, whose name ends as those of this platform do. It is never imported."""
    for directory in sys.path:
        try:
            names = os.listdir(directory or os.curdir)
        except OSError:
            continue
        yield from (
            os.path.join(directory, n) for n in names if n.startswith("_quickjs.") and n.endswith((".so", ".pyd"))
        )
