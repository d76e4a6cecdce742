from __future__ import annotations

from compat.kernel.clock import SteppingClock
from compat.kernel.errno import Errno
from compat.kernel.stat import FileType, Readiness
from compat.kernel.vfs.pipe import pipe
from tests.kernel.support import raises


def test_bytes_come_out_in_order() -> None:
    reader, writer = pipe(SteppingClock())
    assert writer.writev([memoryview(b"ab"), memoryview(b""), memoryview(b"cde")]) == 5
    assert (reader.read(2), reader.read(10)) == (b"ab", b"cde")
    assert reader.stat().type is FileType.FIFO


def test_an_empty_pipe_would_block_until_the_writer_closes() -> None:
    reader, writer = pipe(SteppingClock())
    with raises(Errno.EAGAIN):
        reader.read(1)
    assert reader.read(0) == b""
    writer.close()
    assert reader.read(1) == b""
    assert reader.poll() == Readiness(readable=True, hangup=True)


def test_a_full_pipe_takes_a_part_then_nothing() -> None:
    reader, writer = pipe(SteppingClock(), capacity=4)
    assert writer.write(b"abcdef") == 4
    with raises(Errno.EAGAIN):
        writer.write(b"g")
    assert not writer.poll().writable
    assert reader.read(9) == b"abcd"


def test_writing_without_a_reader_is_epipe() -> None:
    reader, writer = pipe(SteppingClock())
    reader.close()
    with raises(Errno.EPIPE):
        writer.write(b"x")


def test_each_end_has_its_direction() -> None:
    reader, writer = pipe(SteppingClock())
    with raises(Errno.EBADF):
        reader.write(b"x")
    with raises(Errno.EBADF):
        writer.read(1)
    with raises(Errno.ESPIPE):
        reader.pread(1, 0)
