from __future__ import annotations

from .world import World


def test_yield(wasi: World) -> None:
    assert wasi.call("sched_yield") == "SUCCESS"
