"""sched_yield."""

from __future__ import annotations

from compat.wasi_p1.guest import WasiGuest
from compat.wasi_p1.table import table

p1 = table("sched")


@p1.function("sched_yield", native="wasi_sched_yield")
def sched_yield(guest: WasiGuest) -> None:
    """Let others run. There are none: a guest has one thread."""
