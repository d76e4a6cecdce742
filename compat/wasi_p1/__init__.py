"""WASI before the component model: `wasi_snapshot_preview1`, and `wasi_unstable` as deltas over it.

Each file is named for the prefix of the functions that are in it. `preview1.witx` describes types and functions;
types.py is generated from it. http.py is a module that programs import besides: `wasi_experimental_http`.
"""

from __future__ import annotations

from compat.abi.row import Tables
from compat.wasi_p1 import args, clock, environ, fd, http, path, poll, proc, random, sched, sock, unstable
from compat.wasi_p1.guest import WasiGuest, entry_types

__all__ = ["TABLES", "WasiGuest", "entry_types"]

_PREVIEW1 = [module.p1 for module in (args, environ, clock, fd, path, poll, proc, random, sched, sock)]

TABLES = Tables(*_PREVIEW1, *unstable.tables(_PREVIEW1), http.http)
"""All rows of the three modules."""
