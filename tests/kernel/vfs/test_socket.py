"""Sockets against a real client on the loopback interface."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import pytest

from compat.errors import TimeLimit
from compat.kernel.addresses import Address, Family
from compat.kernel.clock import SystemClock
from compat.kernel.errno import Errno
from compat.kernel.files import NO_FLAGS, OpenFlags
from compat.kernel.host import sockets, system
from compat.kernel.network import Network
from compat.kernel.poll import Interest, poll
from compat.kernel.stat import FileType, Readiness
from compat.kernel.vfs.socket import HostSocket
from compat.kernel.vfs.stream import BytesInput, standard_stream
from tests.kernel.support import raises

Pair = tuple[HostSocket, socket.socket]


@pytest.fixture
def listener() -> Iterator[Pair]:
    """A socket that listens, and a client that is connected to it."""
    host = sockets.listen("127.0.0.1", 0)
    with socket.create_connection(host.getsockname(), timeout=10) as client:
        file = HostSocket.owning(sockets.take(host))
        yield file, client
        file.close()


@pytest.fixture
def connection(listener: Pair) -> Iterator[Pair]:
    """Both ends of a connection."""
    file = listener[0].accept()
    assert isinstance(file, HostSocket)
    yield file, listener[1]
    file.close()


def receive(file: HostSocket, *sizes: int, peek: bool = False, wait_all: bool = False) -> list[bytes]:
    """What came, cut to the buffers of these sizes."""
    buffers = [bytearray(size) for size in sizes]
    left = file.receive([memoryview(buffer) for buffer in buffers], peek=peek, wait_all=wait_all).size
    filled = []
    for buffer in buffers:
        filled.append(bytes(buffer[:left]))
        left -= len(filled[-1])
    return filled


def test_a_connection_carries_bytes_both_ways(connection: Pair) -> None:
    file, client = connection
    client.sendall(b"question")
    assert receive(file, 3, 20) == [b"que", b"stion"]
    assert file.writev([memoryview(b"ans"), memoryview(b"wer")]) == 6
    assert client.recv(20) == b"answer"
    assert (file.stat().type, file.seekable, file.isatty()) == (FileType.SOCKET, False, False)


def test_peeking_leaves_what_came(connection: Pair) -> None:
    file, client = connection
    client.sendall(b"once")
    assert receive(file, 10, peek=True) == [b"once"]
    assert receive(file, 10) == [b"once"]


def test_waiting_for_all_ends_when_the_buffers_are_full_or_the_peer_is_done(connection: Pair) -> None:
    file, client = connection
    client.sendall(b"ab")
    late = threading.Timer(0.05, lambda: (client.sendall(b"cdefg"), client.shutdown(socket.SHUT_WR)))
    late.start()
    assert receive(file, 1, 3, wait_all=True) == [b"a", b"bcd"]
    assert receive(file, 100, wait_all=True) == [b"efg"]
    assert receive(file, 100, wait_all=True) == [b""]
    late.join()


def test_receiving_into_nothing_does_not_wait(connection: Pair) -> None:
    assert receive(connection[0]) == []
    assert receive(connection[0], 0, wait_all=True) == [b""]


def test_without_blocking_there_is_nothing_yet(listener: Pair) -> None:
    file, _ = listener
    connection = file.accept(OpenFlags.NONBLOCK)
    with raises(Errno.EAGAIN):
        connection.read(1)
    with raises(Errno.EAGAIN):
        connection.receive([memoryview(bytearray(1))])
    file.set_flags(OpenFlags.NONBLOCK)
    with raises(Errno.EAGAIN):
        file.accept()
    connection.close()


def test_each_direction_ends_on_its_own(connection: Pair) -> None:
    file, client = connection
    file.shutdown(receiving=False, sending=True)
    assert client.recv(1) == b""
    with raises(Errno.EPIPE):
        file.write(b"x")
    client.sendall(b"still")
    assert receive(file, 10) == [b"still"]
    file.shutdown(receiving=True, sending=False)
    assert receive(file, 10) == [b""]


def test_what_cannot_be_done(listener: Pair, connection: Pair) -> None:
    with raises(Errno.ENOTCONN):
        receive(listener[0], 1)
    with raises(Errno.EINVAL):
        connection[0].accept()
    with raises(Errno.EINVAL):
        connection[0].shutdown(receiving=False, sending=False)


def test_readiness_is_the_sockets(listener: Pair) -> None:
    file, client = listener
    clock = SystemClock()
    assert poll([Interest(file, read=True, write=False)], None, clock) == [Readiness(readable=True)]
    connection = file.accept()
    both = [Interest(file, read=True, write=False), Interest(connection, read=True, write=False)]
    assert poll(both, 1_000_000, clock) == [Readiness(), Readiness()]
    late = threading.Timer(0.05, client.sendall, [b"now"])
    late.start()
    assert poll(both, None, clock) == [Readiness(), Readiness(readable=True)]
    assert connection.available() == 3
    late.join()
    connection.close()


def test_waiting_for_a_connection_ends_at_the_deadline() -> None:
    file = HostSocket.owning(sockets.take(sockets.listen("127.0.0.1", 0)))
    file.clock = SystemClock()
    file.clock.deadline = system.monotonic() + 50_000_000
    with pytest.raises(TimeLimit):
        file.accept()
    file.close()


def test_closing_ends_the_listening() -> None:
    host = sockets.listen("127.0.0.1", 0)
    address = host.getsockname()
    HostSocket.owning(sockets.take(host)).close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(address, timeout=10)


@pytest.mark.posix("a socket is no descriptor there")
def test_a_standard_stream_may_be_a_socket() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        stream = standard_stream(ours.fileno(), readable=True)
        theirs.sendall(b"in")
        assert stream.receive([memoryview(bytearray(9))]).size == 2
        theirs.shutdown(socket.SHUT_WR)
        assert stream.receive([memoryview(bytearray(9))]).size == 0
        stream.close()
        ours.sendall(b"open")
        assert ours.getblocking()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_where_to_listen(host: str) -> None:
    with sockets.listen(host, 0) as listener, socket.create_connection(listener.getsockname()[:2], timeout=10):
        pass


def test_what_was_handed_over_leads_nowhere_else(listener: Pair) -> None:
    """Its owner gave a place to accept connections at; for others, and for new ones, nothing is granted."""
    file, client = listener
    place = Address(bytes([127, 0, 0, 1]), client.getsockname()[1])
    assert (file.family, file.stream) == (Family.INET, True)
    assert file.local_address() == Address(bytes([127, 0, 0, 1]), client.getpeername()[1])
    connection = file.accept()
    assert connection.peer_address() == place
    for call in (
        lambda: connection.connect(place),
        lambda: connection.bind(place),
        lambda: file.listen(1),
        lambda: HostSocket.create(Family.INET, stream=True, network=Network(), clock=SystemClock()),
    ):
        with raises(Errno.EACCES):
            call()
    connection.close()


@pytest.mark.posix("socket pairs are of the network there")
def test_a_socket_that_has_no_address() -> None:
    ours, theirs = socket.socketpair()
    with theirs:
        file = HostSocket.owning(sockets.take(ours))
        assert (file.family, file.local_address(), file.peer_address()) == (Family.LOCAL, None, None)
        with raises(Errno.EACCES):
            file.listen(1)
        file.close()


def test_two_cannot_listen_at_one_place() -> None:
    with sockets.listen("127.0.0.1", 0) as listener, raises(Errno.EADDRINUSE):
        sockets.listen("127.0.0.1", listener.getsockname()[1])


def test_other_files_are_no_sockets() -> None:
    file = BytesInput(b"")
    for call in (
        lambda: file.accept(NO_FLAGS),
        lambda: file.receive([]),
        lambda: file.shutdown(receiving=True, sending=True),
    ):
        with raises(Errno.ENOTSOCK):
            call()
