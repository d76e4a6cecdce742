from __future__ import annotations

import pytest

from compat.abi.guest import Exit
from compat.errors import Abort
from compat.wasi_p1.types import Signal

from .world import World


@pytest.mark.parametrize(("passed", "status"), [(0, 0), (3, 3), (256, 256), (-1, 0xFFFF_FFFF)])
def test_exit(wasi: World, passed: int, status: int) -> None:
    with pytest.raises(Exit) as raised:
        wasi.function("proc_exit")(passed)
    assert raised.value.status == status


@pytest.mark.parametrize("signal", [Signal.ABRT, Signal.KILL, Signal.USR1, Signal.SYS])
def test_a_deadly_signal_aborts(wasi: World, signal: Signal) -> None:
    with pytest.raises(Abort, match=f"SIG{signal.name}"):
        wasi.function("proc_raise")(signal.value)


def test_other_signals(wasi: World) -> None:
    assert wasi.call("proc_raise", Signal.NONE.value) == "SUCCESS"
    assert wasi.call("proc_raise", Signal.CHLD.value) == "SUCCESS"
    assert wasi.call("proc_raise", Signal.STOP.value) == "NOTSUP"
    assert wasi.call("proc_raise", 31) == "INVAL"
    assert wasi.call("proc_raise", -1) == "INVAL"
