"""Calendar arithmetic and the text forms of a date, in the C locale: the Gregorian calendar, for any year.

Python's own `datetime` stops at the years 1 and 9999 and refuses fields out of range, both of which C allows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache

from compat._typing import TYPE_CHECKING
from compat.emscripten_abi.structs import Tm

if TYPE_CHECKING:
    import re

DAY = 86400
"""Seconds."""
WEEKDAYS = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_CUMULATIVE = (0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334)


def is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def year_length(year: int) -> int:
    """Days in `year`."""
    return 366 if is_leap(year) else 365


def day_of_year(year: int, month: int, day: int) -> int:
    """Days from 1 January, 0 being that day; `month` counts from 0, `day` from 1 and may be any number."""
    return _CUMULATIVE[month] + (month > 1 and is_leap(year)) + day - 1


def days_since_epoch(year: int, yday: int) -> int:
    """Days from 1 January 1970 to the day `yday` (from 0) of `year`."""
    before = year - 1
    return 365 * (year - 1970) + before // 4 - before // 100 + before // 400 - 477 + yday


def break_down(seconds: int) -> Tm:
    """The UTC date and time of `seconds` since the epoch."""
    days, rest = divmod(seconds, DAY)
    # An estimate that is never too late, by the mean length of a year.
    year = 1970 + days * 400 // 146097 - 1
    while days_since_epoch(year + 1, 0) <= days:
        year += 1
    yday = days - days_since_epoch(year, 0)
    month = max(m for m in range(12) if day_of_year(year, m, 1) <= yday)
    return Tm(
        sec=rest % 60,
        min=rest // 60 % 60,
        hour=rest // 3600,
        mday=yday - day_of_year(year, month, 1) + 1,
        mon=month,
        year=year - 1900,
        wday=(days + 4) % 7,
        yday=yday,
        isdst=0,
        gmtoff=0,
        zone=0,
    )


def seconds_since_epoch(tm: Tm) -> int:
    """The inverse of `break_down`. Fields may be out of range, as mktime(3) allows; `wday` and `yday` are ignored."""
    years, month = divmod(tm.mon, 12)
    year = tm.year + 1900 + years
    days = days_since_epoch(year, day_of_year(year, month, tm.mday))
    return ((days * 24 + tm.hour) * 60 + tm.min) * 60 + tm.sec


def iso_week(tm: Tm) -> tuple[int, int]:
    """Year and number of the ISO 8601 week, which belongs to the year that its Thursday is in."""
    year = tm.year + 1900
    thursday = tm.yday - (tm.wday + 6) % 7 + 3
    if thursday < 0:
        year -= 1
        thursday += year_length(year)
    elif thursday >= year_length(year):
        thursday -= year_length(year)
        year += 1
    return year, thursday // 7 + 1


# --- strftime

_SHORTHANDS = {
    "c": "%a %b %e %H:%M:%S %Y",
    "D": "%m/%d/%y",
    "F": "%Y-%m-%d",
    "h": "%b",
    "r": "%I:%M:%S %p",
    "R": "%H:%M",
    "T": "%H:%M:%S",
    "x": "%m/%d/%y",
    "X": "%H:%M:%S",
}


def _name(names: Sequence[str], index: int) -> str:
    return names[index] if 0 <= index < len(names) else "?"


def _utc_offset(tm: Tm) -> str:
    if tm.isdst < 0:
        return ""
    hours, minutes = divmod(abs(tm.gmtoff) // 60, 60)
    return f"{'-' if tm.gmtoff < 0 else '+'}{hours:02}{minutes:02}"


_CONVERSIONS: dict[str, Callable[[Tm], str]] = {
    "a": lambda tm: _name(WEEKDAYS, tm.wday)[:3],
    "A": lambda tm: _name(WEEKDAYS, tm.wday),
    "b": lambda tm: _name(MONTHS, tm.mon)[:3],
    "B": lambda tm: _name(MONTHS, tm.mon),
    "C": lambda tm: f"{(tm.year + 1900) // 100:02}",
    "d": lambda tm: f"{tm.mday:02}",
    "e": lambda tm: f"{tm.mday:2}",
    "g": lambda tm: f"{iso_week(tm)[0] % 100:02}",
    "G": lambda tm: f"{iso_week(tm)[0]}",
    "H": lambda tm: f"{tm.hour:02}",
    "I": lambda tm: f"{(tm.hour + 11) % 12 + 1:02}",
    "j": lambda tm: f"{tm.yday + 1:03}",
    "m": lambda tm: f"{tm.mon + 1:02}",
    "M": lambda tm: f"{tm.min:02}",
    "n": lambda tm: "\n",
    "p": lambda tm: "AM" if tm.hour < 12 else "PM",
    "s": lambda tm: f"{seconds_since_epoch(tm) - tm.gmtoff}",
    "S": lambda tm: f"{tm.sec:02}",
    "t": lambda tm: "\t",
    "u": lambda tm: f"{(tm.wday + 6) % 7 + 1}",
    "U": lambda tm: f"{(tm.yday + 7 - tm.wday) // 7:02}",
    "V": lambda tm: f"{iso_week(tm)[1]:02}",
    "w": lambda tm: f"{tm.wday}",
    "W": lambda tm: f"{(tm.yday + 7 - (tm.wday + 6) % 7) // 7:02}",
    "y": lambda tm: f"{(tm.year + 1900) % 100:02}",
    "Y": lambda tm: f"{tm.year + 1900}",
    "z": _utc_offset,
    "%": lambda tm: "%",
}

_SPECIFICATION = "%[EO]?([a-zA-Z%])"


@cache
def _pattern(text: str) -> re.Pattern[str]:
    import re  # not above: few programs write or read dates, and all would wait for it

    return re.compile(text)


def format_time(template: str, tm: Tm, zone: str) -> str:
    """What strftime(3) makes of `template` in the C locale; `zone` is the abbreviation for `%Z`.

    A conversion that does not exist stays as it is.
    Source: https://pubs.opengroup.org/onlinepubs/9699919799/functions/strftime.html
    """

    def expand(match: re.Match[str]) -> str:
        letter = match[1]
        if letter in _SHORTHANDS:
            return format_time(_SHORTHANDS[letter], tm, zone)
        if letter == "Z":
            return zone
        convert = _CONVERSIONS.get(letter)
        return convert(tm) if convert else match[0]

    return _pattern(_SPECIFICATION).sub(expand, template)


def asctime(tm: Tm) -> str:
    """A date in the 26 characters of asctime, without the final NUL; more for years beyond 9999."""
    date = f"{_name(WEEKDAYS, tm.wday)[:3]} {_name(MONTHS, tm.mon)[:3]} {tm.mday:2}"
    return f"{date} {tm.hour:02}:{tm.min:02}:{tm.sec:02} {tm.year + 1900}\n"


# --- strptime

_NUMBERS: dict[str, tuple[int, int, int]] = {
    # letter: most digits, lowest, highest
    "C": (2, 0, 99),
    "d": (2, 1, 31),
    "e": (2, 1, 31),
    "H": (2, 0, 23),
    "I": (2, 1, 12),
    "j": (3, 1, 366),
    "m": (2, 1, 12),
    "M": (2, 0, 59),
    "S": (2, 0, 60),
    "U": (2, 0, 53),
    "W": (2, 0, 53),
    "w": (1, 0, 6),
    "u": (1, 1, 7),
    "y": (2, 0, 99),
    "Y": (4, 0, 9999),
}
_NAMES: dict[str, tuple[str, ...]] = {"a": WEEKDAYS, "A": WEEKDAYS, "b": MONTHS, "B": MONTHS, "p": ("AM", "PM")}
_PARSE_SHORTHANDS = {**_SHORTHANDS, "F": "%Y-%m-%d"}


class _Mismatch(Exception):
    pass


class _Parser:
    """One run of strptime: the text, how far it has been read, and the values seen, by conversion letter."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0
        self.seen: dict[str, int] = {}

    def match(self, template: str) -> None:
        i = 0
        while i < len(template):
            character = template[i]
            specification = _pattern(_SPECIFICATION).match(template, i)
            if specification:
                self.convert(specification[1])
                i = specification.end()
                continue
            if character.isspace():
                self.skip_space()
            else:
                self.literal(character)
            i += 1

    def convert(self, letter: str) -> None:
        if letter == "h":
            letter = "b"
        if letter in _PARSE_SHORTHANDS:
            self.match(_PARSE_SHORTHANDS[letter])
        elif letter in _NUMBERS:
            self.skip_space()
            self.seen[letter] = self.number(*_NUMBERS[letter])
        elif letter in _NAMES:
            self.seen[letter.lower()] = self.name(_NAMES[letter])
        elif letter in "nt":
            self.skip_space()
        elif letter == "z":
            self.skip_space()
            self.seen["z"] = self.utc_offset()
        elif letter == "%":
            self.literal("%")
        else:
            raise _Mismatch

    def skip_space(self) -> None:
        while self.text[self.position : self.position + 1].isspace():
            self.position += 1

    def literal(self, character: str) -> None:
        if self.text[self.position : self.position + 1] != character:
            raise _Mismatch
        self.position += 1

    def number(self, digits: int, lowest: int, highest: int) -> int:
        match = _pattern(rf"[+-]?[0-9]{{1,{digits}}}").match(self.text, self.position)
        if not match or not lowest <= int(match[0]) <= highest:
            raise _Mismatch
        self.position = match.end()
        return int(match[0])

    def name(self, names: Sequence[str]) -> int:
        rest = self.text[self.position :].lower()
        for index, name in enumerate(names):
            for form in (name, name[:3]):
                if rest.startswith(form.lower()):
                    self.position += len(form)
                    return index
        raise _Mismatch

    def utc_offset(self) -> int:
        match = _pattern(r"([+-])([0-9]{2}):?([0-9]{2})").match(self.text, self.position)
        if not match:
            raise _Mismatch
        self.position = match.end()
        return int(match[1] + "1") * (int(match[2]) * 3600 + int(match[3]) * 60)


def parse_time(text: str, template: str, tm: Tm) -> int | None:
    """Read a date from `text` into `tm`, and return how many characters it took, or None where they do not match.

    Fields that `template` does not give stay as they are; the day of the week and of the year follow from a date.
    Source: https://pubs.opengroup.org/onlinepubs/9699919799/functions/strptime.html
    """
    parser = _Parser(text)
    try:
        parser.match(template)
    except _Mismatch:
        return None
    _apply(parser.seen, tm)
    return parser.position


def _apply(seen: dict[str, int], tm: Tm) -> None:
    for letter, field in (("M", "min"), ("S", "sec"), ("H", "hour"), ("d", "mday"), ("e", "mday"), ("a", "wday")):
        if letter in seen:
            setattr(tm, field, seen[letter])
    if "w" in seen:
        tm.wday = seen["w"]
    if "u" in seen:
        tm.wday = seen["u"] % 7
    if "z" in seen:
        tm.gmtoff = seen["z"]
    if "I" in seen:
        tm.hour = seen["I"] % 12
    if "p" in seen:
        tm.hour = tm.hour % 12 + 12 * seen["p"]
    if "m" in seen:
        tm.mon = seen["m"] - 1
    if "b" in seen:
        tm.mon = seen["b"]
    if "j" in seen:
        tm.yday = seen["j"] - 1
    _apply_year(seen, tm)
    _complete_date(seen, tm)


def _apply_year(seen: dict[str, int], tm: Tm) -> None:
    if "Y" in seen:
        tm.year = seen["Y"] - 1900
    elif "y" in seen:
        # POSIX: without a century, 69 to 99 are of the twentieth.
        century = seen["C"] if "C" in seen else (19 if seen["y"] >= 69 else 20)
        tm.year = century * 100 + seen["y"] - 1900
    elif "C" in seen:
        tm.year = seen["C"] * 100 + (tm.year + 1900) % 100 - 1900


def _complete_date(seen: dict[str, int], tm: Tm) -> None:
    has_year = bool(seen.keys() & {"Y", "y", "C"})
    has_day = bool(seen.keys() & {"d", "e"}) and bool(seen.keys() & {"m", "b"})
    if has_year and has_day:
        date = break_down(seconds_since_epoch(Tm(year=tm.year, mon=tm.mon, mday=tm.mday, hour=0, min=0, sec=0)))
        tm.wday, tm.yday = date.wday, date.yday
    elif has_year and "j" in seen:
        date = break_down(seconds_since_epoch(Tm(year=tm.year, mon=0, mday=seen["j"], hour=0, min=0, sec=0)))
        tm.mon, tm.mday, tm.wday = date.mon, date.mday, date.wday
