from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compat.kernel.addresses import Address, Family, SocketOption
from compat.kernel.clock import SteppingClock
from compat.kernel.errno import Errno
from compat.kernel.files import OpenFlags
from compat.kernel.stat import FileType, Readiness
from compat.kernel.vfs.pair import MESSAGE_MAX, socket_pair
from compat.kernel.vfs.pipe import PIPE_CAPACITY
from compat.kernel.vfs.socket import Socket
from tests.kernel.support import raises

ELSEWHERE = Address(bytes(4), 80)


def receive(end: Socket, *sizes: int, peek: bool = False) -> tuple[bytes, bool]:
    """The bytes that came, and whether some were lost."""
    buffers = [bytearray(size) for size in sizes]
    received = end.receive([memoryview(buffer) for buffer in buffers], peek=peek)
    return b"".join(buffers)[: received.size], received.truncated


def test_a_stream_goes_both_ways() -> None:
    one, other = socket_pair(SteppingClock(), stream=True)
    assert one.writev([memoryview(b"ab"), memoryview(b""), memoryview(b"cde")]) == 5
    assert one.send([memoryview(b"f")], to=ELSEWHERE) == 1
    assert other.available() == 6
    assert receive(other, 1, 2, peek=True) == (b"abc", False)
    assert (receive(other, 4), receive(other, 9)) == ((b"abcd", False), (b"ef", False))
    other.write(b"back")
    assert one.read(9) == b"back"
    assert (one.stat().type, one.family, one.local_address(), one.peer_address()) == (
        FileType.SOCKET,
        Family.LOCAL,
        None,
        None,
    )


def test_messages_stay_apart() -> None:
    one, other = socket_pair(SteppingClock(), stream=False)
    for message in (b"first", b"", b"third"):
        assert one.write(message) == len(message)
    assert (other.available(), receive(other, 2, peek=True)) == (5, (b"fi", True))
    assert [receive(other, 2, 1), receive(other, 9), receive(other, 9)] == [
        (b"fir", True),
        (b"", False),
        (b"third", False),
    ]
    with raises(Errno.EMSGSIZE):
        one.write(bytes(MESSAGE_MAX + 1))
    with raises(Errno.EISCONN):
        one.send([memoryview(b"x")], to=ELSEWHERE)
    assert one.write(bytes(MESSAGE_MAX)) == MESSAGE_MAX


@pytest.mark.parametrize("stream", [True, False])
def test_nothing_blocks(stream: bool) -> None:
    one, other = socket_pair(SteppingClock(), stream, OpenFlags.NONBLOCK)
    assert one.flags == OpenFlags.READ | OpenFlags.WRITE | OpenFlags.NONBLOCK
    with raises(Errno.EAGAIN):
        other.read(1)
    assert one.poll() == Readiness(writable=True)
    written = 0
    with raises(Errno.EAGAIN):
        while True:
            written += one.write(bytes(1000))
    assert written <= PIPE_CAPACITY
    assert (one.poll(), other.poll()) == (Readiness(), Readiness(readable=True, writable=True))


def test_empty_messages_come_to_an_end() -> None:
    one, _ = socket_pair(SteppingClock(), stream=False)
    with raises(Errno.EAGAIN):
        for _ in range(PIPE_CAPACITY):
            one.write(b"")


def test_when_the_other_end_is_closed() -> None:
    one, other = socket_pair(SteppingClock(), stream=True)
    other.write(b"last")
    other.close()
    assert one.poll() == Readiness(readable=True, writable=True, hangup=True)
    assert (one.read(9), one.read(9)) == (b"last", b"")
    with raises(Errno.EPIPE):
        one.write(b"x")
    one, other = socket_pair(SteppingClock(), stream=False)
    other.close()
    with raises(Errno.ECONNREFUSED):
        one.write(b"x")


def test_each_direction_ends_on_its_own() -> None:
    one, other = socket_pair(SteppingClock(), stream=True)
    one.shutdown(receiving=False, sending=True)
    with raises(Errno.EPIPE):
        one.write(b"x")
    assert (other.read(1), other.write(b"still"), one.read(9)) == (b"", 5, b"still")
    one.shutdown(receiving=True, sending=False)
    assert one.read(1) == b""
    with raises(Errno.EPIPE):
        other.write(b"x")
    with raises(Errno.EINVAL):
        one.shutdown(receiving=False, sending=False)


def test_what_a_pair_has_not() -> None:
    one, _ = socket_pair(SteppingClock(), stream=True)
    for call, errno in (
        (lambda: one.bind(ELSEWHERE), Errno.EAFNOSUPPORT),
        (lambda: one.connect(ELSEWHERE), Errno.EISCONN),
        (lambda: one.listen(1), Errno.EINVAL),
        (lambda: one.accept(), Errno.EINVAL),
        (lambda: one.get_option(SocketOption.SO_SNDBUF), Errno.ENOPROTOOPT),
        (lambda: one.set_option(SocketOption.SO_SNDBUF, 1), Errno.ENOPROTOOPT),
    ):
        with raises(errno):
            call()
    one.set_linger(3)
    assert (one.linger, one.take_error()) == (3, None)


@given(st.lists(st.one_of(st.binary(min_size=1, max_size=500), st.integers(0, 700))))
def test_a_stream_loses_nothing(steps: list[bytes | int]) -> None:
    """Written (bytes) and read (a number of them) in any order."""
    one, other = socket_pair(SteppingClock(), stream=True)
    sent = received = b""
    for step in steps:
        if isinstance(step, bytes):
            sent += step[: one.write(step)]
        elif received != sent:
            received += other.read(step)
    while received != sent:
        received += other.read(1000)
