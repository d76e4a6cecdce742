"""From annotations to calls: what a body receives, what the guest gets back, and what is left untouched."""

from __future__ import annotations

import pytest

from compat._enum import Enum
from compat._typing import Annotated, Any, NoReturn
from compat.abi.bind import Signature, bind, row_type
from compat.abi.guest import Guest, Value
from compat.abi.kinds import (
    F64,
    I32,
    I64,
    U8,
    U32,
    U64,
    Bytes,
    Chars,
    CountedText,
    CString,
    Out,
    Pad,
    Pointer,
    Struct,
    Text,
    Vectors,
)
from compat.abi.memory import Memory
from compat.abi.row import ABSENT, PARTIAL, Serves, Table, Tables
from compat.errors import Abort
from compat.kernel.clock import SteppingClock
from compat.kernel.errno import Errno, SysError
from compat.kernel.process import Process
from compat.kernel.vfs.stream import BytesInput, CapturedOutput


class Colour(Enum):
    RED = 1
    GREEN = 2


class Times(Struct):
    seconds: I32
    nanoseconds: I32


class Record(Struct):
    tag: Annotated[bytes, Chars(3)]
    size: U64
    changed: Times


class Fixture:
    """A guest whose memory is 256 question marks."""

    def __init__(self) -> None:
        process = Process.create(stdin=BytesInput(b""), stdout=CapturedOutput(), stderr=CapturedOutput())
        self.data = bytearray(b"?" * 256)
        self.guest = Guest(process)
        self.guest.memory.buffer = lambda: memoryview(self.data)
        self.table = Table("env", "tests", failure=lambda _, errno: -list(Errno).index(errno) - 1)

    def call(self, name: str, *args: Value) -> Value | None:
        ((row, sig),) = Tables(self.table).find("env", name)
        return bind(row, self.guest, name, sig)(*args)

    def type(self) -> str | None:
        return row_type(self.table.rows[-1])


@pytest.fixture
def env() -> Fixture:
    return Fixture()


def failed(errno: Errno) -> int:
    return -list(Errno).index(errno) - 1


def test_scalars_arrive_with_their_sign(env: Fixture) -> None:
    @env.table.function("f")
    def body(a: I32, b: U32, c: I64, d: U64, e: F64) -> I64:
        seen.append((a, b, c, d, e))
        return -5

    seen: list[Any] = []
    assert env.type() == "j(iijjd)"
    assert env.call("f", -1, -1, -1, -1, 0.5) == -5
    assert seen == [(-1, 0xFFFF_FFFF, -1, (1 << 64) - 1, 0.5)]


def test_context_is_supplied_and_takes_no_values(env: Fixture) -> None:
    @env.table.function("f")
    def body(process: Process, memory: Memory, guest: Guest, a: I32) -> None:
        seen.append((process, memory, guest, a))

    seen: list[Any] = []
    assert env.type() == "v(i)"
    env.call("f", 3)
    assert seen == [(env.guest.process, env.guest.memory, env.guest, 3)]


def test_strings_and_buffers(env: Fixture) -> None:
    @env.table.function("f")
    def body(a: CString, b: Text, c: CountedText, d: Bytes) -> None:
        seen.append((a, b, c, bytes(d)))
        d[:] = b"!" * len(d)

    seen: list[Any] = []
    env.data[10:17] = b"caf\xc3\xa9\xff\0"
    env.call("f", 10, 10, 10, 5, 20, 2)
    assert seen == [(b"caf\xc3\xa9\xff", "caf\xe9\udcff", "caf\xe9", b"??")]
    assert env.data[19:23] == b"?!!?"


def test_vectors_are_views_of_the_guest(env: Fixture) -> None:
    @env.table.function("f")
    def body(vectors: Vectors) -> I32:
        for vector in vectors:
            vector[:] = b"x" * len(vector)
        return sum(map(len, vectors))

    env.data[0:16] = (100).to_bytes(4, "little") + (2).to_bytes(4, "little") + (200).to_bytes(4, "little") + bytes(4)
    assert env.call("f", 0, 2) == 2
    assert env.data[99:103] == b"?xx?"
    assert env.call("f", 0, 1 << 31) == failed(Errno.EINVAL)
    assert env.call("f", 255, 1) == failed(Errno.EFAULT)


def test_a_bad_result_pointer_stops_the_call_before_it_acts(env: Fixture) -> None:
    @env.table.function("f")
    def body(result: Out[U32]) -> I32:
        seen.append(1)
        result.set(7)
        return 0

    seen: list[int] = []
    assert env.call("f", 253) == failed(Errno.EFAULT)
    assert env.call("f", -4) == failed(Errno.EFAULT)
    assert not seen
    assert env.call("f", 252) == 0
    assert env.data[250:] == b"??\x07\0\0\0"


def test_a_result_pointer_may_be_null_where_the_row_says_so(env: Fixture) -> None:
    @env.table.function("f")
    def body(result: Out[Times] | None) -> I32:
        if result:
            result.set(Times(seconds=1, nanoseconds=2))
        return bool(result)

    assert env.call("f", 0) == 0
    assert env.call("f", 8) == 1
    assert env.data[7:17] == b"?\1\0\0\0\2\0\0\0?"


def test_enums_refuse_numbers_that_mean_nothing(env: Fixture) -> None:
    @env.table.function("f")
    def body(colour: Colour) -> I32:
        return colour.value

    assert env.call("f", 2) == 2
    assert env.call("f", 3) == failed(Errno.EINVAL)


def test_varargs_are_slots_in_memory(env: Fixture) -> None:
    @env.table.varargs("f")
    def body(fd: I32, _: Pad, offset: I64, address: Pointer) -> None:
        seen.append((fd, offset, address))

    seen: list[Any] = []
    assert env.type() == "i(ii)"
    env.data[40:60] = b"\x03\0\0\0" + b"\xee\0\0\0" + b"\xff" * 8 + b"\xf0\xff\xff\xff"
    assert env.call("f", 180, 40) == 0
    assert seen == [(3, -1, 0xFFFF_FFF0)]
    assert env.call("f", 180, 250) == failed(Errno.EFAULT)


def test_families_get_what_their_name_says(env: Fixture) -> None:
    @env.table.function("nullFunc_{sig}")
    def body(sig: Signature, *values: Value) -> NoReturn:
        raise Abort(f"{sig} {values}")

    assert env.type() is None
    with pytest.raises(Abort, match=r"viij \(1, 2\)"):
        env.call("nullFunc_viij", 1, 2)


def test_a_failure_that_cannot_be_told_aborts(env: Fixture) -> None:
    table = Table("env", "tests")

    @table.function("f")
    def body() -> None:
        raise SysError(Errno.EIO)

    with pytest.raises(Abort, match=r"env\.f failed: EIO"):
        bind(table.rows[0], env.guest, "f")()


def test_a_trace_line_tells_the_call_and_its_outcome(env: Fixture) -> None:
    @env.table.function("f")
    def body(guest: Guest, a: U32, b: CString) -> I32:
        if a:
            raise SysError(Errno.EBADF)
        return 9

    lines: list[str] = []
    env.guest.trace = lines.append
    env.data[5] = 0
    env.call("f", 0, 3)
    env.call("f", 1, 3)
    assert lines == ["f(a=0, b=b'??') = 9", "f(a=1, b=b'??') -> EBADF"]


def test_a_trace_shows_buffers_enums_and_results(env: Fixture) -> None:
    @env.table.function("f")
    def body(colour: Colour, data: Bytes, result: Out[Times]) -> None:
        result.set(Times(seconds=1, nanoseconds=2))

    lines: list[str] = []
    env.guest.trace = lines.append
    env.call("f", 2, 100, 40, 8)
    assert lines == [f"f(colour=GREEN, data={b'?' * 32!r}…, result=Times(seconds=1, nanoseconds=2)) = None"]


def test_structs_have_the_layout_of_c() -> None:
    record = Record(tag=b"ab", size=2, changed=Times(seconds=3, nanoseconds=4))
    assert Record.sizeof() == 24
    assert record.pack() == b"ab\0" + bytes(5) + b"\2" + bytes(7) + b"\3\0\0\0\4\0\0\0"
    assert repr(Record.unpack(record.pack())) == repr(Record(tag=b"ab\0", size=2, changed=record.changed))
    assert Record().pack() == bytes(24)


def test_numbers_that_do_not_fit_keep_their_low_bits() -> None:
    """As an assignment in C does; whoever must not lose any checks before."""
    assert [kind.pack(value) for kind, value in ((I32, 0x8000_0001), (U32, -1), (U8, 0x1FF), (I64, 1 << 63))] == [
        b"\1\0\0\x80",
        b"\xff" * 4,
        b"\xff",
        bytes(7) + b"\x80",
    ]
    assert Times(seconds=-1, nanoseconds=0x1_0000_0002).pack() == Times(seconds=0xFFFF_FFFF, nanoseconds=2).pack()


def test_a_row_that_is_not_full_says_why() -> None:
    with pytest.raises(AssertionError, match="f: a row that is not FULL"):
        Table("env", "tests").function("f", level=PARTIAL)


def test_names_that_are_known_but_absent() -> None:
    table = Table("env", "gl")
    table.absent("_glClear", "_glFlush", note="there is no display")
    ((row, _),) = Tables(table).find("env", "_glFlush")
    assert (row.level, row.serves, row.group, row.doc) == (ABSENT, Serves.NOTHING, "gl", "there is no display")
    assert Tables(table).find("env", "_glFinish") == []


def test_releases_may_give_one_name_two_types() -> None:
    table = Table("env", "tests")

    @table.function("abort")
    def plain() -> NoReturn:
        raise Abort("plain")

    @table.function("abort")
    def in_table(what: I32) -> NoReturn:
        raise Abort(f"table {what}")

    rows = Tables(table).find("env", "abort")
    assert [row_type(row) for row, _ in rows] == ["v()", "v(i)"]


def test_the_clock_of_a_fixture_steps() -> None:
    """The bound functions of these tests are given a deterministic process."""
    assert isinstance(Fixture().guest.process.clock, SteppingClock)
