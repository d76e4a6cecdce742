"""The record by which the launcher runs a program without Python. See launcher.c, which reads it."""

from __future__ import annotations

import os
from contextlib import suppress

from compat._typing import cast
from compat.abi.binding import Binding
from compat.detect.model import AbiName
from compat.engine import cache
from compat.engine.library import library
from compat.session import Session
from compat.wasm.model import FuncType, Kind

FORMAT = "compat launch 1"

_WASI = (AbiName.WASI_PREVIEW1, AbiName.WASI_UNSTABLE)


def leave_record(path: str, program: str, session: Session) -> None:
    """Write the record of a program that is about to run, if C can serve all that it imports."""
    if not _needs_no_python(session):
        return
    found = library()
    lines = [
        FORMAT,
        cache.identity(os.stat(program)),
        found.path,
        cache.identity(os.stat(found.path)),
        session.program.linkage.compiled.artefact,
        *map(_import, session.program.plan.bindings),
    ]
    # Where the cache cannot be written, the engine has said so.
    with suppress(OSError):
        cache.write(path, "".join(f"{line}\n" for line in lines).encode("utf-8", "surrogateescape"))


def _needs_no_python(session: Session) -> bool:
    module = session.detection.module
    exports = {export.name: export.kind for export in module.exports}
    return (
        session.program.engine.name == "wasmtime"
        and not session.program.engine.baseline
        and session.detection.abi in _WASI
        and module.start is None
        and exports.get("_start") is Kind.FUNC
        and exports.get("memory") is Kind.MEMORY
        and "_initialize" not in exports
        and all(binding.row is not None and binding.row.native for binding in session.program.plan.bindings)
    )


def _import(binding: Binding) -> str:
    assert binding.row is not None
    declared = cast(FuncType, binding.item.type)
    letters = ["".join(t.value for t in types) or "-" for types in (declared.params, declared.results)]
    return " ".join([binding.row.native, *letters])
