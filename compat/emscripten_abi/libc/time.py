"""Clocks, calendar dates and sleeping: time.h, sys/time.h, sys/timeb.h, sys/times.h.

The local time zone is the process clock's: UTC where the run is deterministic, the host's otherwise.
"""

from __future__ import annotations

from compat._enum import Enum
from compat.abi.kinds import F64, I32, U32, In, InOut, Out, Pointer, Text
from compat.abi.memory import Memory
from compat.abi.row import PARTIAL, STUB, Table
from compat.emscripten_abi.errno import positive_errno, returns, set_errno
from compat.emscripten_abi.globals import ZONE_VARIABLES
from compat.emscripten_abi.guest import EmscriptenGuest
from compat.emscripten_abi.libc import calendar
from compat.emscripten_abi.libc.signals import Signals
from compat.emscripten_abi.libc.texts import static_text
from compat.emscripten_abi.structs import Timeb, Timespec, Timeval, Timezone, Tm, Tms
from compat.kernel.clock import ClockId
from compat.kernel.errno import Errno, SysError
from compat.kernel.process import Process

env = Table("env", "time", failure=set_errno(-1))

SECOND = 1_000_000_000
"""Nanoseconds."""
CLOCKS_PER_SEC = 1_000_000
TICKS_PER_SECOND = 100
"""sysconf(_SC_CLK_TCK), the unit of times(2)."""
TIME_MAX = 2**31 - 1
TIME_UTC = 1
"""The one base of timespec_get."""


class ClockName(Enum):
    """Linux's numbers of the clocks; the coarse and the raw ones read as the fine ones."""

    REALTIME = 0
    MONOTONIC = 1
    PROCESS_CPUTIME = 2
    THREAD_CPUTIME = 3
    MONOTONIC_RAW = 4
    REALTIME_COARSE = 5
    MONOTONIC_COARSE = 6
    BOOTTIME = 7

    @property
    def kernel(self) -> ClockId:
        """The kernel's clock behind the name."""
        return _CLOCKS[self]


_CLOCKS = {
    ClockName.REALTIME: ClockId.REALTIME,
    ClockName.MONOTONIC: ClockId.MONOTONIC,
    ClockName.PROCESS_CPUTIME: ClockId.PROCESS_CPUTIME,
    ClockName.THREAD_CPUTIME: ClockId.THREAD_CPUTIME,
    ClockName.MONOTONIC_RAW: ClockId.MONOTONIC,
    ClockName.REALTIME_COARSE: ClockId.REALTIME,
    ClockName.MONOTONIC_COARSE: ClockId.MONOTONIC,
    ClockName.BOOTTIME: ClockId.MONOTONIC,
}


def timespec(nanoseconds: int) -> Timespec:
    """`nanoseconds` as a struct."""
    return Timespec(sec=nanoseconds // SECOND, nsec=nanoseconds % SECOND)


def timeval(nanoseconds: int) -> Timeval:
    """`nanoseconds` as a struct, rounded down to microseconds."""
    return Timeval(sec=nanoseconds // SECOND, usec=nanoseconds % SECOND // 1000)


def duration(request: Timespec) -> int:
    """Nanoseconds of a relative time. Errors: EINVAL (negative, or `nsec` out of range)."""
    if request.sec < 0 or not 0 <= request.nsec < SECOND:
        raise SysError(Errno.EINVAL)
    return request.sec * SECOND + request.nsec


# --- reading clocks


@env.function("_time")
def time(process: Process, result: Out[I32] | None) -> I32:
    """Seconds since the epoch."""
    seconds = process.clock.realtime() // SECOND
    if result:
        result.set(seconds)
    return seconds


@env.function("_clock")
def clock(process: Process) -> I32:
    """Processor time in units of CLOCKS_PER_SEC = 1,000,000; it wraps, as clock_t has 32 bits."""
    return process.clock.cputime() * CLOCKS_PER_SEC // SECOND


@env.function("_gettimeofday", native="gettimeofday")
def gettimeofday(process: Process, result: Out[Timeval] | None, zone: Out[Timezone] | None) -> I32:
    """Time of day; the zone is reported as Greenwich without summer time, as Linux does."""
    if result:
        result.set(timeval(process.clock.realtime()))
    if zone:
        zone.set(Timezone())
    return 0


@env.function("_clock_gettime", native="clock_gettime")
@env.function("___clock_gettime", native="clock_gettime")
def clock_gettime(process: Process, clock: ClockName, result: Out[Timespec]) -> I32:
    """Read a clock. Errors: EINVAL (no such clock)."""
    result.set(timespec(process.clock.now(clock.kernel)))
    return 0


@env.function("_clock_getres")
def clock_getres(process: Process, clock: ClockName, result: Out[Timespec] | None) -> I32:
    """The resolution of a clock. Errors: EINVAL."""
    if result:
        result.set(timespec(process.clock.resolution(clock.kernel)))
    return 0


@env.function("_clock_settime", level=STUB, note="-1 and EPERM: the guest may not set the clock, as an ordinary user")
def clock_settime(clock: ClockName, value: In[Timespec]) -> I32:
    """Set a clock. Errors: EINVAL, EPERM."""
    raise SysError(Errno.EPERM)


@env.function("_stime", level=STUB, note="-1 and EPERM: the guest may not set the clock, as an ordinary user")
def stime(value: In[I32]) -> I32:
    """Set the time of day. Errors: EPERM."""
    raise SysError(Errno.EPERM)


@env.function("_clock_getcpuclockid", failure=positive_errno)
def clock_getcpuclockid(process: Process, pid: I32, result: Out[I32]) -> I32:
    """The clock of a process' processor time; it returns an error number. Errors: ESRCH (another process)."""
    if pid not in (0, process.pid):
        raise SysError(Errno.ESRCH)
    result.set(ClockName.PROCESS_CPUTIME.value)
    return 0


@env.function("_timespec_get", failure=returns(0))
def timespec_get(process: Process, result: Out[Timespec], base: I32) -> I32:
    """C11's reading of the time of day: it returns `base`, or 0 if that is not TIME_UTC."""
    if base != TIME_UTC:
        return 0
    result.set(timespec(process.clock.realtime()))
    return base


@env.function("_ftime")
def ftime(process: Process, result: Out[Timeb]) -> I32:
    """Time of day in milliseconds; the zone is reported as Greenwich."""
    now = process.clock.realtime()
    result.set(Timeb(time=now // SECOND, millitm=now % SECOND // 1_000_000))
    return 0


@env.function("_times", level=STUB, note="no time has passed, as the glue of every release says: programs print it")
def times(result: Out[Tms] | None) -> I32:
    """Processor time, and the ticks of 1/100 s since some past instant as the result."""
    if result:
        result.set(Tms())
    return 0


@env.function("_emscripten_get_now", native="emscripten_get_now")
@env.function("_emscripten_performance_now", native="emscripten_get_now")
def emscripten_get_now(process: Process) -> F64:
    """Milliseconds, with a fraction, since an unspecified start."""
    return process.clock.monotonic() / 1e6


@env.function("_emscripten_date_now")
def emscripten_date_now(process: Process) -> F64:
    """Milliseconds since 1970, without a fraction."""
    return process.clock.realtime() // 1_000_000


@env.function("_emscripten_get_now_res")
def emscripten_get_now_res(process: Process) -> I32:
    """Resolution of `emscripten_get_now`, in nanoseconds."""
    return process.clock.resolution(ClockId.MONOTONIC)


@env.function("_emscripten_get_now_is_monotonic")
def emscripten_get_now_is_monotonic() -> I32:
    """It is."""
    return 1


@env.function("_difftime")
def difftime(end: I32, start: I32) -> F64:
    """Seconds between two times."""
    return float(end - start)


# --- sleeping


@env.function("_usleep")
def usleep(guest: EmscriptenGuest, microseconds: U32) -> I32:
    """Wait. The JavaScript spun; this sleeps. Errors: EINTR (an alarm came)."""
    if guest.part(Signals).sleep(microseconds * 1000):
        raise SysError(Errno.EINTR)
    return 0


@env.function("_nanosleep")
def nanosleep(guest: EmscriptenGuest, request: In[Timespec] | None, remaining: Out[Timespec] | None) -> I32:
    """Wait. Errors: EINTR (an alarm came; `remaining` gets the rest), EINVAL."""
    if request is None:
        raise SysError(Errno.EINVAL)
    rest = guest.part(Signals).sleep(duration(request))
    if remaining:
        remaining.set(Timespec(sec=rest // SECOND, nsec=rest % SECOND))
    if rest:
        raise SysError(Errno.EINTR)
    return 0


# --- calendar


def local(guest: EmscriptenGuest, seconds: int) -> Tm:
    """Local date and time at `seconds` since the epoch."""
    zone = guest.process.clock.local_time(seconds)
    tm = calendar.break_down(seconds + zone.offset)
    tm.isdst = int(zone.dst)
    tm.gmtoff = zone.offset
    tm.zone = static_text(guest, f"zone {zone.zone}", zone.zone)
    return tm


def _utc(guest: EmscriptenGuest, seconds: int) -> Tm:
    tm = calendar.break_down(seconds)
    tm.zone = static_text(guest, "zone GMT", "GMT")
    return tm


def _time_of_local(process: Process, tm: Tm) -> int:
    """Seconds since the epoch of a local date; where a clock change repeats an hour, `isdst` chooses."""
    wall = calendar.seconds_since_epoch(tm)
    offsets = {process.clock.local_time(wall + shift) for shift in (-calendar.DAY, 0, calendar.DAY)}
    matching = [zone for zone in offsets if process.clock.local_time(wall - zone.offset).offset == zone.offset]
    # An hour that a clock change leaves out has no match: any reading of it is as good.
    candidates = sorted(matching or offsets, key=lambda zone: (zone.dst != (tm.isdst > 0), zone.offset))
    return wall - candidates[0].offset


def _fits(seconds: int) -> int:
    if not -TIME_MAX - 1 <= seconds <= TIME_MAX:
        raise SysError(Errno.EOVERFLOW)
    return seconds


def _static_tm(guest: EmscriptenGuest, tm: Tm) -> int:
    """Put `tm` where gmtime and localtime have theirs, the same place at each call."""
    address = guest.owned("tm", Tm.sizeof())
    guest.memory.write(address, tm.pack())
    return address


@env.function("_gmtime", failure=set_errno(0))
def gmtime(guest: EmscriptenGuest, seconds: In[I32]) -> Pointer:
    """Break a time down as UTC, into a struct that the next call overwrites."""
    return _static_tm(guest, _utc(guest, seconds))


@env.function("_gmtime_r", failure=set_errno(0))
def gmtime_r(guest: EmscriptenGuest, seconds: In[I32], result: Pointer) -> Pointer:
    """Break a time down as UTC."""
    guest.memory.write(result, _utc(guest, seconds).pack())
    return result


@env.function("_localtime", failure=set_errno(0))
def localtime(guest: EmscriptenGuest, seconds: In[I32]) -> Pointer:
    """Break a time down as local time, into a struct that the next call overwrites."""
    return _static_tm(guest, local(guest, seconds))


@env.function("_localtime_r", failure=set_errno(0))
def localtime_r(guest: EmscriptenGuest, seconds: In[I32], result: Pointer) -> Pointer:
    """Break a time down as local time."""
    guest.memory.write(result, local(guest, seconds).pack())
    return result


@env.function("_mktime")
@env.function("_timelocal")
def mktime(guest: EmscriptenGuest, tm: InOut[Tm]) -> I32:
    """The time of a local date; its fields are brought into their ranges. Errors: EOVERFLOW."""
    seconds = _fits(_time_of_local(guest.process, tm.get()))
    tm.set(local(guest, seconds))
    return seconds


@env.function("_timegm")
def timegm(guest: EmscriptenGuest, tm: InOut[Tm]) -> I32:
    """The time of a UTC date; its fields are brought into their ranges. Errors: EOVERFLOW."""
    seconds = _fits(calendar.seconds_since_epoch(tm.get()))
    tm.set(_utc(guest, seconds))
    return seconds


@env.function("_tzset")
def tzset(guest: EmscriptenGuest) -> None:
    """Fill `timezone`, `daylight` and `tzname` of the C library, where the program has them."""
    clock = guest.process.clock
    year = calendar.break_down(clock.realtime() // SECOND).year + 1900
    zones = [clock.local_time(calendar.days_since_epoch(year, day) * calendar.DAY) for day in (0, 182)]
    standard, summer = sorted(zones, key=lambda zone: (zone.dst, zone.offset))
    _store_variable(guest, "timezone", 0, -standard.offset)
    _store_variable(guest, "daylight", 0, int(standard != summer))
    for index, zone in enumerate((standard, summer)):
        _store_variable(guest, "tzname", 4 * index, static_text(guest, f"zone {zone.zone}", zone.zone))


def _store_variable(guest: EmscriptenGuest, name: str, offset: int, value: int) -> None:
    """Store a word of a variable that the program says the address of, or up to 1.37.40 is told by its host."""
    get_address = guest.exports.get(f"__get_{name}")
    if get_address is not None:
        guest.memory.store_32((int(get_address() or 0) & 0xFFFF_FFFF) + offset, value)
    elif guest.imports(f"_{name}"):
        guest.memory.store_32(guest.owned(name, ZONE_VARIABLES[name]) + offset, value)


@env.function("_dysize")
def dysize(year: I32) -> I32:
    """Days in a year."""
    return calendar.year_length(year)


# --- dates as text


@env.function("_asctime", failure=set_errno(0))
def asctime(guest: EmscriptenGuest, tm: In[Tm]) -> Pointer:
    r"""A date as `Thu Jan  1 00:00:00 1970\n`, in a buffer that the next call overwrites. Errors: EOVERFLOW."""
    return asctime_r(guest, tm, guest.owned("asctime", 26))


@env.function("_asctime_r", failure=set_errno(0))
def asctime_r(guest: EmscriptenGuest, tm: In[Tm], buffer: Pointer) -> Pointer:
    """A date as 26 characters. Errors: EOVERFLOW (it takes more)."""
    text = calendar.asctime(tm).encode() + b"\0"
    if len(text) > 26:
        raise SysError(Errno.EOVERFLOW)
    guest.memory.write(buffer, text)
    return buffer


@env.function("_ctime", failure=set_errno(0))
def ctime(guest: EmscriptenGuest, seconds: In[I32]) -> Pointer:
    """`asctime` of the local time."""
    return asctime(guest, local(guest, seconds))


@env.function("_ctime_r", failure=set_errno(0))
def ctime_r(guest: EmscriptenGuest, seconds: In[I32], buffer: Pointer) -> Pointer:
    """`asctime_r` of the local time."""
    return asctime_r(guest, local(guest, seconds), buffer)


@env.function("_strftime", failure=returns(0))
def strftime(memory: Memory, buffer: Pointer, size: U32, template: Text, tm: In[Tm]) -> I32:
    """A date as text, in the C locale; 0 if it does not fit into `size` bytes with its NUL.

    Where the JavaScript deviated (`%c` padded the day with zero, `%W` and `%g` were off in some years), this is POSIX.
    """
    zone = memory.cstring(tm.zone).decode("utf-8", "surrogateescape") if tm.zone and tm.isdst >= 0 else ""
    text = calendar.format_time(template, tm, zone).encode("utf-8", "surrogateescape")
    if len(text) >= size:
        return 0
    memory.write(buffer, text + b"\0")
    return len(text)


@env.function("_strftime_l", failure=returns(0), level=PARTIAL, note="the only locale is C")
def strftime_l(memory: Memory, buffer: Pointer, size: U32, template: Text, tm: In[Tm], locale: Pointer) -> I32:
    """`strftime` in a given locale."""
    return strftime(memory, buffer, size, template, tm)


@env.function("_strptime", failure=returns(0))
def strptime(memory: Memory, text: Pointer, template: Text, tm: InOut[Tm]) -> Pointer:
    """Read a date, in the C locale; returns where reading stopped, or NULL where the text does not match."""
    fields = tm.get()
    # One character a byte, so that the count of what was read is one of bytes.
    subject = memory.cstring(text).decode("latin-1")
    length = calendar.parse_time(subject, template.encode("utf-8", "surrogateescape").decode("latin-1"), fields)
    if length is None:
        return 0
    tm.set(fields)
    return text + length


@env.function("_strptime_l", failure=returns(0), level=PARTIAL, note="the only locale is C")
def strptime_l(memory: Memory, text: Pointer, template: Text, tm: InOut[Tm], locale: Pointer) -> Pointer:
    """`strptime` in a given locale."""
    return strptime(memory, text, template, tm)


@env.function("_getdate", failure=returns(0), level=STUB, note="NULL: no file of templates is given by DATEMSK")
def getdate(text: Text) -> Pointer:
    """Read a date by the templates in a file; getdate_err is left alone."""
    return 0
