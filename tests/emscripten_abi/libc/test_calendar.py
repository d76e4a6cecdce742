"""The C library and Python's own calendar are the oracles."""

from __future__ import annotations

import ctypes
import ctypes.util
import sys
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compat.emscripten_abi.libc import calendar
from compat.emscripten_abi.structs import Tm

DIRECTIVES = "%a %A %b %B %C %d %D %e %F %g %G %H %I %j %m %M %n %p %r %R %S %t %T %u %U %V %w %W %x %X %y %Y %c %%"
moments = st.integers(-(2**31), 2**33)
modest = settings(max_examples=100)


@modest
@given(moments)
def test_breaking_down_agrees_with_python(seconds: int) -> None:
    tm, expected = calendar.break_down(seconds), time.gmtime(seconds)
    assert (tm.year + 1900, tm.mon + 1, tm.mday, tm.hour, tm.min, tm.sec) == expected[:6]
    assert (tm.wday, tm.yday) == ((expected.tm_wday + 1) % 7, expected.tm_yday - 1)
    assert calendar.seconds_since_epoch(tm) == seconds


@given(st.integers(-(10**12), 10**12))
@modest
def test_any_year_goes_there_and_back(seconds: int) -> None:
    assert calendar.seconds_since_epoch(calendar.break_down(seconds)) == seconds


@given(moments, st.integers(-1000, 1000), st.integers(-1000, 1000))
@modest
def test_fields_out_of_range_carry_over(seconds: int, days: int, minutes: int) -> None:
    tm = calendar.break_down(seconds)
    tm.mday += days
    tm.min += minutes
    assert calendar.seconds_since_epoch(tm) == seconds + days * 86400 + minutes * 60


def test_months_out_of_range_change_the_year() -> None:
    moved = calendar.break_down(calendar.seconds_since_epoch(Tm(year=100, mon=25, mday=1)))
    assert (moved.year, moved.mon, moved.mday) == (102, 1, 1)
    moved = calendar.break_down(calendar.seconds_since_epoch(Tm(year=100, mon=-1, mday=31)))
    assert (moved.year, moved.mon, moved.mday) == (99, 11, 31)


@given(moments)
@modest
def test_formatting_agrees_with_python(seconds: int) -> None:
    expected = time.strftime(DIRECTIVES, time.gmtime(seconds))
    assert calendar.format_time(DIRECTIVES, calendar.break_down(seconds), "UTC") == expected


def test_formatting_of_zones() -> None:
    tm = calendar.break_down(0)
    tm.gmtoff = -(3 * 3600 + 30 * 60)
    assert calendar.format_time("%z %Z %s", tm, "NST") == "-0330 NST 12600"
    tm.isdst = -1
    assert calendar.format_time("%z", tm, "") == ""


def test_unknown_and_modified_conversions() -> None:
    assert calendar.format_time("%Ey %Od %Q %", calendar.break_down(0), "") == "70 01 %Q %"


def test_fields_that_mean_nothing_have_no_name() -> None:
    assert calendar.format_time("%a %b", Tm(wday=9, mon=-1), "") == "? ?"
    assert calendar.asctime(Tm(wday=4, mday=1, year=70)) == "Thu Jan  1 00:00:00 1970\n"


class CTm(ctypes.Structure):
    names = ("sec", "min", "hour", "mday", "mon", "year", "wday", "yday", "isdst")
    _fields_ = [*((name, ctypes.c_int) for name in names), ("gmtoff", ctypes.c_long), ("zone", ctypes.c_char_p)]


CASES = [
    ("2021-03-04 05:06:07", "%Y-%m-%d %H:%M:%S"),
    ("  12 Feb 2004", "%e %b %Y"),
    ("February 29, 2000 trailing", "%B %d, %Y"),
    ("11:59:59 PM", "%I:%M:%S %p"),
    ("12:00:00 AM", "%r"),
    ("2020 366", "%Y %j"),
    ("03/04/21", "%D"),
    ("23:15", "%R"),
    ("Wed, 21 Oct 2015 07:28:00", "%a, %d %b %Y %T"),
    ("100%", "100%%"),
    ("nonsense", "%Y"),
    ("25:00", "%H:%M"),
    ("2021-13-01", "%Y-%m-%d"),
    ("a  b", "a b"),
    ("tuesDAY", "%A"),
]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the oracle is glibc's strptime")
@pytest.mark.parametrize(("text", "template"), CASES)
def test_reading_agrees_with_the_c_library(text: str, template: str) -> None:
    strptime = ctypes.CDLL(ctypes.util.find_library("c")).strptime
    strptime.restype = ctypes.c_void_p
    strptime.argtypes = [ctypes.c_char_p, ctypes.c_char_p, ctypes.POINTER(CTm)]
    expected, subject = CTm(), ctypes.create_string_buffer(text.encode())
    end = strptime(ctypes.cast(subject, ctypes.c_char_p), template.encode(), ctypes.byref(expected))
    tm = Tm()
    read = calendar.parse_time(text, template, tm)
    assert read == (None if end is None else end - ctypes.addressof(subject))
    if read is not None:
        assert [getattr(tm, name) for name in CTm.names] == [getattr(expected, name) for name in CTm.names]


@pytest.mark.parametrize(
    ("text", "template", "year"), [("69 20", "%y %C", 2069), ("69", "%y", 1969), ("68", "%y", 2068), ("18", "%C", 1800)]
)
def test_years_without_a_century(text: str, template: str, year: int) -> None:
    tm = Tm(year=100)
    calendar.parse_time(text, template, tm)
    assert tm.year + 1900 == year


@given(moments)
@modest
def test_what_was_formatted_is_read_back(seconds: int) -> None:
    written = calendar.format_time("%Y-%m-%d %H:%M:%S", calendar.break_down(seconds), "")
    tm = Tm()
    assert calendar.parse_time(written, "%Y-%m-%d %H:%M:%S", tm) == len(written)
    assert calendar.seconds_since_epoch(tm) == seconds


@given(st.text(), st.text())
@modest
def test_no_text_makes_reading_fail_otherwise(text: str, template: str) -> None:
    read = calendar.parse_time(text, template, Tm())
    assert read is None or 0 <= read <= len(text)
