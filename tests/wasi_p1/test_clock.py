from __future__ import annotations

import pytest

from compat.kernel.clock import SteppingClock
from compat.wasi_p1.types import Clockid

from .world import SIZE, World


@pytest.mark.parametrize("clock", Clockid)
def test_resolution(wasi: World, clock: Clockid) -> None:
    result = wasi.out(8)
    assert wasi.call("clock_res_get", clock.value, result) == "SUCCESS"
    assert wasi.number(result, 8) == SteppingClock.STEP


def test_real_time(wasi: World) -> None:
    result = wasi.out(8)
    assert wasi.call("clock_time_get", Clockid.REALTIME.value, 0, result) == "SUCCESS"
    assert 0 <= wasi.number(result, 8) - SteppingClock.START < 1_000_000_000


@pytest.mark.parametrize("clock", Clockid)
def test_no_clock_goes_back(wasi: World, clock: Clockid) -> None:
    first, second = wasi.out(8), wasi.out(8)
    for result in (first, second):
        assert wasi.call("clock_time_get", clock.value, 1000, result) == "SUCCESS"
    assert wasi.number(second, 8) > wasi.number(first, 8)


@pytest.mark.parametrize("id", [4, -1, 1 << 31])
def test_unknown_clock(wasi: World, id: int) -> None:
    assert wasi.call("clock_res_get", id, 64) == "INVAL"
    assert wasi.call("clock_time_get", id, 0, 64) == "INVAL"


def test_bad_pointer(wasi: World) -> None:
    assert wasi.call("clock_res_get", 0, SIZE - 7) == "FAULT"
    assert wasi.call("clock_time_get", 0, 0, SIZE - 7) == "FAULT"
