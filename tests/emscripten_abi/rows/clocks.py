"""time.h and its neighbours: clocks, sleeping, the calendar, dates as text. Local time is UTC."""

from __future__ import annotations

from tests.calls import ANY, BEYOND, Arg, Between, Filled, Out, Points, Words, call, case, u32

from .guest import DAYLIGHT, TIMEZONE, TZNAME, E, errno
from .layouts import TIMEB, TIMESPEC, TIMEVAL, TM
from .layouts import TIMEZONE as ZONE
from .paths import NOW

LEAP = 951_827_696
"""Tue Feb 29 12:34:56 2000."""
TEXT = "Tue Feb 29 12:34:56 2000\n"


def date(**fields: object) -> Filled:
    """`struct tm` of LEAP, as text for `asctime` sees it, with other fields."""
    leap = {"tm_sec": 56, "tm_min": 34, "tm_hour": 12, "tm_mday": 29, "tm_mon": 1, "tm_year": 100, "tm_wday": 2}
    return TM(**{**leap, **fields})


UTC, GMT = (date(tm_yday=59, tm_zone=Points(zone)) for zone in ("UTC", "GMT"))

CASES = [
    case(
        "time",
        call("_time", Out(u32(NOW)), gives=NOW),
        call("_time", 0, gives=NOW),
        call("_time", BEYOND, gives=-1, writes=errno(E.FAULT)),
    ),
    case(
        "gettimeofday, ftime and timespec_get read the time of day",
        call("_gettimeofday", Out(TIMEVAL(tv_sec=NOW, tv_usec=ANY)), Out(ZONE())),
        call("_gettimeofday", 0, 0),
        call("_gettimeofday", BEYOND, 0, gives=-1, writes=errno(E.FAULT)),
        call("_ftime", Out(TIMEB(time=NOW, millitm=ANY))),
        call("_ftime", BEYOND, gives=-1, writes=errno(E.FAULT)),
        call("_timespec_get", Out(TIMESPEC(tv_sec=NOW, tv_nsec=ANY)), 1, gives=1),
        call("_timespec_get", Out(b"", 8), 2, gives=0),
        call("_timespec_get", BEYOND, 1, gives=0),
    ),
    *(
        case(
            f"{name} reads the clock of a number",
            call(name, 0, Out(TIMESPEC(tv_sec=NOW, tv_nsec=ANY))),
            *(call(name, clock, Out(TIMESPEC(tv_nsec=ANY))) for clock in (1, 2, 3, 4, 6, 7)),
            call(name, 8, Out(b"", 8), gives=-1, writes=errno(E.INVAL)),
            call(name, 0, BEYOND, gives=-1, writes=errno(E.FAULT)),
        )
        for name in ("_clock_gettime", "___clock_gettime")
    ),
    case(
        "resolutions and numbers of clocks",
        call("_clock_getres", 0, Out(TIMESPEC(tv_nsec=1_000_000))),
        call("_clock_getres", 0, 0),
        call("_clock_getres", 8, 0, gives=-1, writes=errno(E.INVAL)),
        call("_clock_getres", 0, BEYOND, gives=-1, writes=errno(E.FAULT)),
        call("_clock_getcpuclockid", 0, Out(u32(2))),
        call("_clock_getcpuclockid", 42, Out(u32(2))),
        call("_clock_getcpuclockid", 7, Out(b"", 4), gives=E.SRCH),
        call("_clock_getcpuclockid", 0, BEYOND, gives=E.FAULT),
        call("_emscripten_get_now_res", gives=1_000_000),
        call("_emscripten_get_now_is_monotonic", gives=1),
    ),
    case(
        "sleeping takes time, and nothing is left of it",
        call("_emscripten_get_now", gives=Between(0.0, 999.0, "d")),
        call("_usleep", 1_500_000),
        call("_emscripten_get_now", gives=Between(1500.0, 2499.0, "d")),
        call("_clock", gives=Between(1_500_000, 2_499_000)),
        call("_nanosleep", TIMESPEC(tv_sec=2, tv_nsec=500_000_000), Out(TIMESPEC())),
        call("_emscripten_get_now", gives=Between(4000.0, 4999.0, "d")),
        call("_nanosleep", TIMESPEC(tv_nsec=10**9), 0, gives=-1, writes=errno(E.INVAL)),
        call("_nanosleep", TIMESPEC(tv_sec=-1), 0, gives=-1, writes=errno(E.INVAL)),
        call("_nanosleep", 0, 0, gives=-1, writes=errno(E.INVAL)),
        call("_nanosleep", BEYOND, 0, gives=-1, writes=errno(E.FAULT)),
        call("_nanosleep", TIMESPEC(), BEYOND, gives=-1, writes=errno(E.FAULT)),
    ),
    case("difftime", call("_difftime", 5, 7, gives=-2.0), call("_difftime", 2**31 - 1, -(2**31), gives=2.0**32 - 1)),
    case("dysize", *(call("_dysize", year, gives=days) for year, days in ((1900, 365), (2000, 366), (2019, 365)))),
    # --- calendar
    case(
        "a time as UTC and as local time",
        call("_gmtime", u32(LEAP), gives=Points(GMT)),
        call("_localtime", u32(LEAP), gives=Points(UTC)),
        call("_gmtime_r", u32(LEAP), Out(GMT), gives=Arg(1)),
        call("_localtime_r", u32(LEAP), Out(UTC), gives=Arg(1)),
        call(
            "_gmtime",
            u32(-1),
            gives=Points(
                TM(
                    tm_sec=59,
                    tm_min=59,
                    tm_hour=23,
                    tm_mday=31,
                    tm_mon=11,
                    tm_year=69,
                    tm_wday=3,
                    tm_yday=364,
                    tm_zone=Points("GMT"),
                )
            ),
        ),
        *(call(name, BEYOND, gives=0, writes=errno(E.FAULT)) for name in ("_gmtime", "_localtime")),
        *(call(f"{name}_r", u32(LEAP), BEYOND, gives=0, writes=errno(E.FAULT)) for name in ("_gmtime", "_localtime")),
    ),
    *(
        case(
            f"{name} brings a date into its ranges",
            call(name, Out(done, before=date()), gives=LEAP),
            call(name, Out(done, before=date(tm_mon=-11, tm_year=101, tm_mday=28, tm_hour=36)), gives=LEAP),
            call(name, TM(tm_year=200), gives=-1, writes=errno(E.OVERFLOW)),
            call(name, BEYOND, gives=-1, writes=errno(E.FAULT)),
        )
        for name, done in (("_mktime", UTC), ("_timelocal", UTC), ("_timegm", GMT))
    ),
    case(
        "tzset fills the variables of the C library",
        call(
            "_tzset",
            gives=None,
            writes={TIMEZONE: u32(0), DAYLIGHT: u32(0), TZNAME: Words(Points("UTC"), Points("UTC"))},
        ),
    ),
    # --- text
    *(
        case(
            f"{name} makes text of 26 bytes",
            call(name, given, gives=Points(TEXT)),
            call(f"{name}_r", given, Out(TEXT, 30), gives=Arg(1)),
            call(name, BEYOND, gives=0, writes=errno(E.FAULT)),
            call(f"{name}_r", given, BEYOND, gives=0, writes=errno(E.FAULT)),
        )
        for name, given in (("_asctime", date()), ("_ctime", u32(LEAP)))
    ),
    case(
        "asctime does not write more than there is room for",
        call("_asctime_r", date(tm_year=8100), Out(b"", 30), gives=0, writes=errno(E.OVERFLOW)),
    ),
    case(
        "strftime",
        call("_strftime", Out("Tue 2000-02-29 12:34:56", 32), 32, "%a %F %T", date(), gives=23),
        call("_strftime", Out("29", 8), 3, "%d", date(), gives=2),
        call("_strftime", Out(b"", 8), 2, "%d", date(), gives=0),
        call("_strftime", Out("", 8), 8, "", date(), gives=0),
        call("_strftime", BEYOND, 8, "%d", date(), gives=0),
        call("_strftime", Out(b"", 8), 8, BEYOND, date(), gives=0),
    ),
    case(
        "strptime",
        call(
            "_strptime",
            "2000-02-29 12:34:56 and on",
            "%Y-%m-%d %H:%M:%S",
            Out(date(tm_yday=59, tm_isdst=3), before=TM(tm_isdst=3)),
            gives=Arg(0, 19),
        ),
        call("_strptime", "2000-xx", "%Y-%m", TM(), gives=0),
        call("_strptime", "2000", "%Y", BEYOND, gives=0),
        call("_strptime", BEYOND, "%Y", TM(), gives=0),
    ),
    case(
        "a page's clocks",
        call("_emscripten_performance_now", gives=Between(0, 1e15, "d")),
        call("_emscripten_date_now", gives=Between(946_684_800_000, 4e12, "d")),
    ),
]
