from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from compat.kernel.errno import Errno
from compat.kernel.files import OpenFlags, Whence
from compat.kernel.stat import FileType
from compat.kernel.vfs.stream import BytesInput, CapturedOutput, HostStream
from tests.kernel.support import raises

ALL_BYTES = bytes(range(256)) + b"\r\n\x1a\x00"


def test_input_is_read_once() -> None:
    stream = BytesInput(ALL_BYTES)
    first, second = bytearray(3), bytearray(2)
    assert stream.readv([memoryview(first), memoryview(second)]) == 5
    assert (first, second) == (ALL_BYTES[:3], ALL_BYTES[3:5])
    assert stream.read(1000) == ALL_BYTES[5:]
    assert stream.read(1000) == b""
    with raises(Errno.ESPIPE):
        stream.seek(0, Whence.SET)


def test_output_is_captured_exactly_and_up_to_the_limit() -> None:
    stream = CapturedOutput(limit=300)
    assert stream.write(ALL_BYTES) == 260
    assert stream.writev([memoryview(b"x" * 30), memoryview(b"y" * 30)]) == 40
    with raises(Errno.ENOSPC):
        stream.write(b"z")
    assert stream.write(b"") == 0
    stream.close()
    assert stream.getvalue() == ALL_BYTES + b"x" * 30 + b"y" * 10


def test_a_host_file_as_stream_is_byte_exact_and_unbuffered(tmp_path: Path) -> None:
    path = tmp_path / "out"
    fd = os.open(path, os.O_RDWR | os.O_CREAT)
    stream = HostStream(fd, writable=True)
    assert stream.write(ALL_BYTES) == len(ALL_BYTES)
    assert path.read_bytes() == ALL_BYTES
    stream.seek(1, Whence.SET)
    stream.write(b"!")
    stream.close()
    os.close(fd)
    assert path.read_bytes() == ALL_BYTES[:1] + b"!" + ALL_BYTES[2:]


def test_the_hosts_descriptor_stays_open_unless_owned() -> None:
    reader, writer = os.pipe()
    HostStream(writer, writable=True).close()
    os.write(writer, b"x")
    HostStream(writer, writable=True, owned=True).close()
    with pytest.raises(OSError, match="Bad file"):
        os.write(writer, b"x")
    os.close(reader)


def test_a_broken_pipe_is_epipe() -> None:
    reader, writer = os.pipe()
    stream = HostStream(writer, writable=True, owned=True)
    os.close(reader)
    with raises(Errno.EPIPE):
        stream.write(b"x")
    stream.close()


@pytest.mark.posix("pipes of the C run-time always block")
@pytest.mark.parametrize("blocking", [True, False])
def test_a_large_write_is_whole_even_where_the_host_takes_parts(blocking: bool) -> None:
    reader, writer = os.pipe()
    os.set_blocking(writer, blocking)
    data = [bytes([i]) * 100_000 for i in range(20)]
    received = bytearray()

    def drain() -> None:
        while part := os.read(reader, 7919):
            received.extend(part)

    thread = threading.Thread(target=drain)
    thread.start()
    stream = HostStream(writer, writable=True, owned=True)
    assert stream.writev([memoryview(part) for part in data] * 1) == 2_000_000
    stream.close()
    thread.join()
    os.close(reader)
    assert received == b"".join(data)


def test_more_buffers_than_the_host_takes_at_once(tmp_path: Path) -> None:
    fd = os.open(tmp_path / "out", os.O_RDWR | os.O_CREAT)
    stream = HostStream(fd, writable=True, owned=True)
    assert stream.writev([memoryview(b"ab")] * 5000) == 10_000
    stream.close()
    assert (tmp_path / "out").read_bytes() == b"ab" * 5000


@pytest.mark.posix("pipes of the C run-time always block")
def test_a_guests_nonblocking_read_does_not_touch_the_hosts_flags() -> None:
    reader, writer = os.pipe()
    stream = HostStream(reader, readable=True, owned=True)
    stream.set_flags(OpenFlags.NONBLOCK)
    with raises(Errno.EAGAIN):
        stream.read(1)
    assert os.get_blocking(reader)
    os.write(writer, b"abc")
    assert stream.available() == 3
    assert stream.read(9) == b"abc"
    os.close(writer)
    assert stream.read(9) == b""
    stream.close()


def test_a_terminal_has_a_size() -> None:
    pty = pytest.importorskip("pty")
    master, slave = pty.openpty()
    import fcntl
    import struct
    import termios

    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("4H", 33, 99, 0, 0))
    stream = HostStream(slave, readable=True, writable=True, owned=True)
    assert stream.isatty()
    assert stream.window_size() == (33, 99)
    assert stream.stat().type is FileType.CHARACTER_DEVICE
    stream.close()
    os.close(master)
    with raises(Errno.ENOTTY):
        CapturedOutput().window_size()


def test_a_closed_descriptor_is_ebadf() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    os.close(writer)
    with raises(Errno.EBADF):
        HostStream(reader, readable=True)
