from __future__ import annotations

import pytest

from compat.emscripten_abi import globals
from compat.emscripten_abi.libc.time import env
from compat.emscripten_abi.structs import Timeb, Timespec, Timeval, Tm, Tms
from compat.kernel.clock import LocalTime, SteppingClock
from tests.emscripten_abi.world import World

START = 946_684_800
STRUCT = 0x1000


class Berlin(SteppingClock):
    """Central European Time as it was in 2019."""

    def local_time(self, seconds: int) -> LocalTime:
        summer = 1_553_994_000 <= seconds < 1_572_138_000
        return LocalTime(7200, True, "CEST") if summer else LocalTime(3600, False, "CET")


def stored(world: World, tm: Tm) -> int:
    world.memory.write(STRUCT, tm.pack())
    return STRUCT


def loaded(world: World, address: int) -> Tm:
    return Tm.unpack(world.memory.read(address, Tm.sizeof()))


def test_time_is_returned_and_stored(world: World) -> None:
    assert world.function(env, "_time")(0) == START
    assert world.function(env, "_time")(0x100) == world.memory.load_i32(0x100) == START
    assert world.untouched(0x104, 0x120)


def test_clocks(world: World) -> None:
    gettime = world.function(env, "_clock_gettime")
    assert gettime(0, 0x100) == 0
    assert Timespec.unpack(world.memory.read(0x100, 8)).sec == START
    first = world.memory.load_u64(0x100)
    gettime(5, 0x100)
    assert world.memory.load_u64(0x100) != first
    assert gettime(42, 0x100) == -1
    assert world.errno == 22
    assert world.function(env, "_clock_getres")(1, 0x100) == 0
    assert Timespec.unpack(world.memory.read(0x100, 8)).nsec == 1_000_000
    assert world.function(env, "_clock_settime")(0, 0x100) == -1
    assert world.errno == 1
    assert world.function(env, "_gettimeofday")(0x200, 0) == 0
    assert Timeval.unpack(world.memory.read(0x200, 8)).sec == START
    assert world.untouched(0x208, 0x220)
    assert world.function(env, "_ftime")(0x300) == 0
    assert Timeb.unpack(world.memory.read(0x300, 12)).time == START


def test_processor_time(world: World) -> None:
    world.process.clock.sleep(2_000_000_000)
    assert 2_000_000 <= world.function(env, "_clock")() < 2_200_000
    assert world.function(env, "_times")(0x100) == 0
    assert world.memory.read(0x100, Tms.sizeof()) == bytes(16)
    assert world.untouched(0x110, 0x120)


def test_sleeping_lets_the_clock_run(world: World) -> None:
    now = world.function(env, "_emscripten_get_now")
    before = now()
    assert world.function(env, "_usleep")(1_500_000) == 0
    world.memory.write(0x100, Timespec(sec=2).pack())
    assert world.function(env, "_nanosleep")(0x100, 0x200) == 0
    assert world.memory.read(0x200, 12) == bytes(8) + b"????"
    assert now() - before >= 3500
    world.memory.write(0x100, Timespec(nsec=10**9).pack())
    assert world.function(env, "_nanosleep")(0x100, 0) == -1
    assert world.errno == 22


def test_gmtime_and_localtime_share_one_struct(world: World) -> None:
    world.memory.store_32(0x100, 951_782_400)
    address = world.function(env, "_gmtime")(0x100)
    tm = loaded(world, address)
    assert (tm.year, tm.mon, tm.mday, tm.wday, tm.yday) == (100, 1, 29, 2, 59)
    assert world.memory.cstring(tm.zone) == b"GMT"
    assert world.function(env, "_localtime")(0x100) == address
    assert world.memory.cstring(loaded(world, address).zone) == b"UTC"
    assert world.function(env, "_gmtime_r")(0x100, STRUCT) == STRUCT
    assert world.untouched(STRUCT + 44, STRUCT + 60)


def test_mktime_completes_the_struct(world: World) -> None:
    assert world.function(env, "_mktime")(stored(world, Tm(year=100, mon=1, mday=30, hour=25))) == 951_958_800
    tm = loaded(world, STRUCT)
    assert (tm.mon, tm.mday, tm.hour, tm.wday, tm.yday) == (2, 2, 1, 4, 61)
    assert world.function(env, "_mktime")(stored(world, Tm(year=200))) == -1
    assert world.errno == 75
    assert loaded(world, STRUCT).year == 200
    assert world.function(env, "_timegm")(stored(world, Tm(year=70, mday=1))) == 0


@pytest.mark.parametrize(
    ("fields", "isdst", "expected", "zone"),
    [
        ((119, 0, 15, 12), -1, 1_547_550_000, b"CET"),
        ((119, 6, 15, 12), -1, 1_563_184_800, b"CEST"),
        ((119, 9, 27, 2), 1, 1_572_136_200 - 1800, b"CEST"),
        ((119, 9, 27, 2), 0, 1_572_138_000, b"CET"),
    ],
)
def test_local_time_has_rules(fields: tuple[int, int, int, int], isdst: int, expected: int, zone: bytes) -> None:
    world = World()
    world.process.clock = Berlin()
    year, mon, mday, hour = fields
    result = world.function(env, "_mktime")(stored(world, Tm(year=year, mon=mon, mday=mday, hour=hour, isdst=isdst)))
    tm = loaded(world, STRUCT)
    assert (result, tm.hour, world.memory.cstring(tm.zone)) == (expected, hour, zone)
    assert tm.gmtoff == (7200 if zone == b"CEST" else 3600)
    world.process.close()


def test_an_hour_that_is_left_out_moves_on() -> None:
    world = World()
    world.process.clock = Berlin()
    result = world.function(env, "_mktime")(stored(world, Tm(year=119, mon=2, mday=31, hour=2, min=30, isdst=0)))
    assert (result, loaded(world, STRUCT).hour) == (1_553_995_800, 3)
    world.process.close()


def test_tzset_fills_the_variables_of_the_program() -> None:
    world = World()
    world.process.clock = Berlin()
    world.process.clock.sleep((1_560_000_000 - START) * 10**9)
    addresses = {"__get_timezone": 0x100, "__get_daylight": 0x110, "__get_tzname": 0x120}
    world.guest.exports = {name: lambda address=address: address for name, address in addresses.items()}
    world.function(env, "_tzset")()
    assert (world.memory.load_i32(0x100), world.memory.load_i32(0x110)) == (-3600, 1)
    names = [world.memory.cstring(world.memory.load_u32(at)) for at in (0x120, 0x124)]
    assert names == [b"CET", b"CEST"]
    world.process.close()


def test_tzset_fills_the_variables_that_an_old_program_is_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    world.process.clock = Berlin()
    world.process.clock.sleep((1_560_000_000 - START) * 10**9)
    monkeypatch.setattr(world.guest, "imports", {"_timezone", "_tzname"}.__contains__)
    world.function(env, "_tzset")()
    values = {row.name: row.body(world.guest) for row in globals.env.rows if world.guest.imports(row.name) and row.body}
    assert world.memory.load_i32(values["_timezone"]) == -3600
    assert world.memory.cstring(world.memory.load_u32(values["_tzname"] + 4)) == b"CEST"
    world.process.close()


def test_dates_as_text(world: World) -> None:
    world.memory.store_32(0x100, 0)
    address = world.function(env, "_ctime")(0x100)
    assert world.memory.read(address, 26) == b"Thu Jan  1 00:00:00 1970\n\0"
    assert world.function(env, "_asctime_r")(stored(world, Tm(year=10_000, mday=1)), 0x2000) == 0
    assert world.untouched(0x2000, 0x2020)


def test_strftime_counts_without_the_nul_and_writes_nothing_that_does_not_fit(world: World) -> None:
    tm = stored(world, Tm(year=121, mon=2, mday=4))
    strftime = world.function(env, "_strftime")
    assert strftime(0x2000, 11, world.text("%Y-%m-%d"), tm) == 10
    assert world.memory.read(0x2000, 12) == b"2021-03-04\0?"
    assert strftime(0x2100, 10, world.text("%Y-%m-%d"), tm) == 0
    assert world.untouched(0x2100, 0x2120)
    assert world.function(env, "_strftime_l")(0x2000, 11, world.text("é"), tm, 0) == 2


def test_strptime_returns_where_it_stopped(world: World) -> None:
    tm = stored(world, Tm(hour=7))
    text = world.text("é 2021-03-04 rest", 0x2000)
    strptime = world.function(env, "_strptime")
    assert strptime(text, world.text("é %F"), tm) == text + len("é 2021-03-04".encode())
    result = loaded(world, tm)
    assert (result.year, result.mon, result.mday, result.wday, result.hour) == (121, 2, 4, 4, 7)
    assert strptime(text, world.text("%H"), tm) == 0
