"""Every call of sockets, from a program on the engine, to real peers on the loopback interface."""

from __future__ import annotations

import os
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import compat
from compat.cli.main import main as command
from compat.emscripten_abi.structs import Linger, Mmsghdr, Msghdr, Pollfd, Stat, Timespec, Timeval
from compat.emscripten_abi.syscalls.sockets import SocketCall
from compat.emscripten_abi.syscalls.sockets import syscalls as SYSCALLS  # noqa: N812 - a constant here
from compat.engine import default_engine
from tests.emscripten_abi.networking import (
    ARGUMENTS,
    CLOEXEC,
    DATA,
    DGRAM,
    EACCES,
    EADDRINUSE,
    EAFNOSUPPORT,
    EAGAIN,
    EALREADY,
    EBADF,
    ECONNREFUSED,
    EDESTADDRREQ,
    EDOM,
    EFAULT,
    EINPROGRESS,
    EINVAL,
    EISCONN,
    EMFILE,
    EMSGSIZE,
    ENOPROTOOPT,
    ENOTCONN,
    ENOTSOCK,
    ENOTSUP,
    EPIPE,
    EPROTONOSUPPORT,
    EPROTOTYPE,
    INET,
    INET6,
    LENGTH,
    LOOPBACK,
    NONBLOCK,
    RESULT,
    SOCKADDR,
    STREAM,
    UNIX,
    Program,
    datagrams,
    free_port,
    listening,
    place,
    program,
)
from tests.emscripten_abi.world import World
from tests.programs import emscripten

FAMILIES = [(socket.AF_INET, INET), (socket.AF_INET6, INET6)]
PEEK, TRUNC, DONTWAIT, WAITALL, NOSIGNAL, OOB, WAITFORONE = 0x2, 0x20, 0x40, 0x100, 0x4000, 0x1, 0x10000
POLLIN, POLLOUT, POLLERR, POLLHUP = 1, 4, 8, 16
SOL_SOCKET, SO_TYPE, SO_ERROR, SO_LINGER, SO_RCVTIMEO, SO_SNDTIMEO, SO_PROTOCOL, SO_DOMAIN = 1, 3, 4, 13, 20, 21, 38, 39
SO_REUSEADDR, SO_KEEPALIVE, SO_BINDTODEVICE = 2, 9, 25
ELSEWHERE = ("192.0.2.1", 80)
"""A place for documentation only, where nobody is (RFC 5737)."""

Connected = tuple[Program, int, socket.socket]


@pytest.fixture
def connected(tmp_path: Path) -> Iterator[Connected]:
    """A program that is connected to a peer: its descriptor, and the peer's end."""
    with listening() as server, program(tmp_path, place(server)) as made:
        fd = made.socket()
        assert made.connect(fd, server.getsockname()) == 0
        peer, _ = server.accept()
        peer.settimeout(10)
        with peer:
            yield made, fd, peer


# --- connections


@pytest.mark.parametrize(("host", "guest"), FAMILIES)
def test_a_client_talks_to_a_server(tmp_path: Path, host: socket.AddressFamily, guest: int) -> None:
    with listening(host) as server, program(tmp_path, place(server)) as made:
        fd = made.socket(guest)
        assert made.connect(fd, server.getsockname()) == 0
        peer, address = server.accept()
        assert made.name(SocketCall.GETSOCKNAME, fd) == address[:2]
        assert made.name(SocketCall.GETPEERNAME, fd) == server.getsockname()[:2]
        assert made.send(fd, b"question", NOSIGNAL) == 8
        assert peer.recv(100) == b"question"
        peer.sendall(b"answer")
        peer.close()
        assert (made.receive(fd, 6, WAITALL), made.receive(fd)) == (b"answer", b"")
        assert made.syscall(6, fd) == 0
        assert made.receive(fd) == -EBADF


@pytest.mark.parametrize(("host", "guest"), FAMILIES)
def test_a_server_talks_to_a_client(tmp_path: Path, host: socket.AddressFamily, guest: int) -> None:
    bracketed = f"[{LOOPBACK[host]}]" if host == socket.AF_INET6 else LOOPBACK[host]
    with program(tmp_path, bracketed) as made:
        fd = made.socket(guest)
        assert made.bind(fd, (LOOPBACK[host], 0)) == 0
        assert made.listen(fd) == 0
        where = made.name(SocketCall.GETSOCKNAME, fd)
        with (
            socket.create_connection(where, timeout=10) as client,
            socket.create_connection(where, timeout=10) as other,
        ):
            first = made.socketcall(SocketCall.ACCEPT, fd, *made.room())
            assert made.found() == client.getsockname()[:2]
            second = made.socketcall(SocketCall.ACCEPT4, fd, 0, 0, NONBLOCK | CLOEXEC)
            assert (made.syscall(221, second, 3, 0), made.syscall(221, second, 1, 0)) == (2 | NONBLOCK, 1)
            assert made.receive(second) == -EAGAIN
            client.sendall(b"one")
            assert made.receive(first) == b"one"
            assert made.send(second, b"two") == 3
            assert other.recv(10) == b"two"
        assert made.socketcall(SocketCall.ACCEPT4, fd, 0, 0, 1) == -EINVAL


def test_a_name_is_cut_to_its_room(connected: Connected) -> None:
    made, fd, peer = connected
    assert made.socketcall(SocketCall.GETPEERNAME, fd, *made.room(4)) == 0
    assert made.memory.load_u32(LENGTH) == 16
    assert made.memory.read(SOCKADDR, 8) == b"\2\0" + peer.getsockname()[1].to_bytes(2, "big") + b"????"
    assert made.socketcall(SocketCall.GETPEERNAME, fd, *made.room(0xFFFF_FFFF)) == -EINVAL


def test_connecting_without_waiting(tmp_path: Path) -> None:
    with listening() as server, program(tmp_path, place(server)) as made:
        fd = made.socket(kind=STREAM | NONBLOCK)
        assert made.connect(fd, server.getsockname()) == -EINPROGRESS
        assert polled(made, -1, (fd, POLLOUT)) == [POLLOUT]
        assert option(made, fd, SO_ERROR) == 0
        server.accept()[0].close()
        assert made.connect(fd, server.getsockname()) in (0, -EISCONN)
        assert made.connect(fd, server.getsockname()) == -EISCONN


def test_nobody_listens(tmp_path: Path) -> None:
    port = free_port()
    with program(tmp_path, f"127.0.0.1:{port}") as made:
        assert made.connect(made.socket(), ("127.0.0.1", port)) == -ECONNREFUSED
        fd = made.socket(kind=STREAM | NONBLOCK)
        assert made.connect(fd, ("127.0.0.1", port)) == -EINPROGRESS
        assert polled(made, -1, (fd, POLLOUT)) == [POLLOUT | POLLERR | POLLHUP]
        assert (option(made, fd, SO_ERROR), option(made, fd, SO_ERROR)) == (ECONNREFUSED, 0)


def full(server: socket.socket) -> Iterator[socket.socket]:
    """Clients that fill the queue of a server, which accepts nobody, so that the next one has to wait."""
    while True:
        client = socket.socket()
        client.settimeout(0.3)
        yield client
        try:
            client.connect(server.getsockname())
        except TimeoutError:
            return


@pytest.mark.skipif(sys.platform != "linux", reason="a full queue refuses connections elsewhere")
def test_waiting_for_a_connection_ends(tmp_path: Path) -> None:
    """With the socket's own time-out, and with the run's time limit, after which the host is as before."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as server:
        clients = list(full(server))
        with program(tmp_path, place(server), timeout=2) as made:
            fd = made.socket()
            assert set_option(made, fd, SO_SNDTIMEO, Timeval(usec=50_000).pack()) == 0
            assert made.connect(fd, server.getsockname()) == -EINPROGRESS
            assert made.connect(fd, server.getsockname()) == -EINPROGRESS
            made.syscall(221, fd, 4, NONBLOCK)
            assert made.connect(fd, server.getsockname()) == -EALREADY
            with pytest.raises(compat.TimeLimit):
                made.connect(made.socket(), server.getsockname())
        for client in clients:
            client.close()


def test_shutting_down_one_side_and_the_other(connected: Connected) -> None:
    made, fd, peer = connected
    assert made.socketcall(SocketCall.SHUTDOWN, fd, 3) == -EINVAL
    assert made.socketcall(SocketCall.SHUTDOWN, fd, 1) == 0
    assert peer.recv(10) == b""
    assert made.send(fd, b"x") == -EPIPE
    peer.sendall(b"still")
    assert made.receive(fd) == b"still"
    assert made.socketcall(SocketCall.SHUTDOWN, fd, 0) == 0
    assert made.receive(fd) == b""
    assert made.socketcall(SocketCall.SHUTDOWN, made.socket(), 2) == -ENOTCONN


def test_a_lot_goes_through(connected: Connected) -> None:
    """More than any buffer between the two: sending waits for the reader."""
    made, fd, peer = connected
    data = bytes(range(256)) * (1 << 14)
    made.memory.write(0x10_0000, data)
    with ThreadPoolExecutor() as pool:
        heard = pool.submit(lambda: peer.makefile("rb").read(len(data)))
        assert made.socketcall(SocketCall.SEND, fd, 0x10_0000, len(data), 0) == len(data)
        assert heard.result() == data
    while (sent := made.socketcall(SocketCall.SEND, fd, 0x10_0000, len(data), DONTWAIT)) > 0:
        pass
    assert sent == -EAGAIN


def test_peeking_and_not_waiting(connected: Connected) -> None:
    made, fd, peer = connected
    assert made.receive(fd, 10, DONTWAIT) == -EAGAIN
    peer.sendall(b"once")
    assert (made.receive(fd, 2, PEEK), made.receive(fd)) == (b"on", b"once")


def test_waiting_for_bytes_ends_at_the_time_limit(tmp_path: Path) -> None:
    with listening() as server, program(tmp_path, place(server), timeout=1) as made:
        fd = made.socket()
        assert made.connect(fd, server.getsockname()) == 0
        with pytest.raises(compat.TimeLimit):
            made.receive(fd)


# --- sockets as files


def test_a_socket_is_a_file(connected: Connected) -> None:
    made, fd, peer = connected
    made.memory.write(DATA, b"written")
    assert made.syscall(4, fd, DATA, 7) == 7
    assert peer.recv(100) == b"written"
    peer.sendall(b"to be read")
    assert polled(made, -1, (fd, POLLIN)) == [POLLIN]
    made.memory.write(RESULT, struct.pack("<4I", DATA, 2, DATA + 8, 100))
    assert (made.syscall(54, fd, 0x541B, SOCKADDR), made.memory.load_i32(SOCKADDR)) == (0, 10)
    assert made.syscall(145, fd, RESULT, 2) == 10
    assert (made.memory.read(DATA, 2), made.memory.read(DATA + 8, 8)) == (b"to", b" be read")
    assert made.syscall(197, fd, RESULT) == 0
    assert Stat.unpack(made.memory.read(RESULT, Stat.sizeof())).mode & 0o170000 == 0o140000
    assert made.syscall(54, fd, 0x5401, RESULT) == -25
    copy = made.syscall(41, fd)
    assert made.syscall(6, fd) == 0
    assert made.send(copy, b"still open") == 10
    assert peer.recv(100) == b"still open"
    assert made.syscall(6, copy) == 0
    assert peer.recv(1) == b""


def test_blocking_is_the_descriptions(connected: Connected) -> None:
    made, fd, _ = connected
    made.memory.store_32(RESULT, 1)
    assert made.syscall(54, fd, 0x5421, RESULT) == 0
    assert made.syscall(221, fd, 3, 0) == 2 | NONBLOCK
    assert made.receive(fd) == made.syscall(3, fd, DATA, 10) == -EAGAIN


def polled(made: Program, timeout: int, *wanted: tuple[int, int]) -> list[int]:
    size = Pollfd.sizeof()
    for i, (fd, events) in enumerate(wanted):
        made.memory.write(RESULT + i * size, Pollfd(fd=fd, events=events).pack())
    count = made.syscall(168, RESULT, len(wanted), timeout)
    found = [Pollfd.unpack(made.memory.read(RESULT + i * size, size)).revents for i in range(len(wanted))]
    assert count == sum(map(bool, found))
    return found


@pytest.mark.parametrize("deterministic", [False, True])
def test_poll_waits_for_the_network(tmp_path: Path, deterministic: bool) -> None:
    """On a clock that steps, too: its time-outs pass at once, but who is out there lives in real time."""
    with listening() as server, program(tmp_path, place(server), deterministic=deterministic) as made:
        fd = made.socket()
        assert made.connect(fd, server.getsockname()) == 0
        peer, _ = server.accept()
        assert polled(made, 50, (fd, POLLIN)) == [0]
        assert polled(made, 50, (fd, POLLIN | POLLOUT)) == [POLLOUT]
        late = threading.Timer(0.2, peer.sendall, [b"x"])
        late.start()
        assert polled(made, 20_000, (fd, POLLIN)) == [POLLIN]
        late.join()
        peer.close()
        assert made.receive(fd) == b"x"
        made.memory.write(RESULT, (1 << fd).to_bytes(4, "little"))
        made.memory.write(DATA, Timeval(sec=20).pack())
        assert made.syscall(142, fd + 1, RESULT, 0, 0, DATA) == 1
        assert made.memory.load_u32(RESULT) == 1 << fd
        assert made.receive(fd) == b""


def test_poll_ends_at_the_time_limit(tmp_path: Path) -> None:
    with listening() as server, program(tmp_path, place(server), timeout=1) as made:
        fd = made.socket()
        assert made.connect(fd, server.getsockname()) == 0
        with pytest.raises(compat.TimeLimit):
            polled(made, -1, (fd, POLLIN))


# --- datagrams


@pytest.mark.parametrize(("host", "guest"), FAMILIES)
def test_datagrams_to_a_granted_place(tmp_path: Path, host: socket.AddressFamily, guest: int) -> None:
    with datagrams(host) as peer, program(tmp_path, place(peer)) as made:
        fd = made.socket(guest, DGRAM)
        assert made.send(fd, b"x") == -EDESTADDRREQ
        assert made.send_to(fd, b"ask", peer.getsockname()) == 3
        data, address = peer.recvfrom(10)
        assert data == b"ask"
        peer.sendto(b"answer", address)
        assert made.socketcall(SocketCall.RECVFROM, fd, DATA, 100, 0, *made.room()) == 6
        assert (made.memory.read(DATA, 6), made.found()) == (b"answer", peer.getsockname()[:2])
        assert made.send_to(fd, b"", peer.getsockname()) == 0
        assert peer.recv(10) == b""
        assert made.syscall(4, fd, DATA, 2) == -EDESTADDRREQ
        assert made.connect(fd, peer.getsockname()) == 0
        assert made.syscall(4, fd, DATA, 2) == 2
        assert peer.recv(10) == b"an"
        made.memory.write(DATA, b"x" * 70_000)
        assert made.socketcall(SocketCall.SEND, fd, DATA, 70_000, 0) == -EMSGSIZE


def test_who_serves_datagrams_may_answer_whoever_asks(tmp_path: Path) -> None:
    port = free_port()
    with program(tmp_path, f"127.0.0.1:{port}") as made, datagrams() as client, datagrams() as stranger:
        fd = made.socket(INET, DGRAM)
        assert made.bind(fd, ("127.0.0.1", port)) == 0
        assert made.send_to(fd, b"first", client.getsockname()) == -EACCES
        client.sendto(b"hello", ("127.0.0.1", port))
        assert made.receive(fd) == b"hello"
        assert made.send_to(fd, b"welcome", client.getsockname()) == 7
        assert client.recv(10) == b"welcome"
        assert made.send_to(fd, b"you?", stranger.getsockname()) == -EACCES


# --- messages


def message(made: Program, *sizes: int, at: int = RESULT, name: tuple[int, int] = (0, 0)) -> int:
    """A `struct msghdr` with buffers of these sizes, one after the other from DATA on, each in its own 256 bytes."""
    vectors = b"".join(struct.pack("<II", DATA + 256 * i, size) for i, size in enumerate(sizes))
    made.memory.write(at + 0x100, vectors)
    header = Msghdr(name=name[0], namelen=name[1], iov=at + 0x100, iovlen=len(sizes), flags=-1)
    made.memory.write(at, header.pack())
    return at


def header(made: Program) -> Msghdr:
    return Msghdr.unpack(made.memory.read(RESULT, Msghdr.sizeof()))


def test_messages_gather_and_scatter(tmp_path: Path) -> None:
    with datagrams() as peer, program(tmp_path, place(peer)) as made:
        fd = made.socket(INET, DGRAM)
        made.memory.write(DATA, b"ab".ljust(256) + b"cde")
        place_and_size = made.put(peer.getsockname())
        assert made.socketcall(SocketCall.SENDMSG, fd, message(made, 2, 3, name=place_and_size), NOSIGNAL) == 5
        data, address = peer.recvfrom(10)
        assert data == b"abcde"
        peer.sendto(b"12345678", address)
        made.memory.write(DATA, b"?" * 512)
        made.room()
        assert made.socketcall(SocketCall.RECVMSG, fd, message(made, 2, 3, name=(SOCKADDR, 64)), 0) == 5
        assert made.memory.read(DATA, 4) + made.memory.read(DATA + 256, 5) == b"12??345??"
        told = header(made)
        assert (told.namelen, told.controllen, told.flags) == (16, 0, TRUNC)
        made.memory.store_32(LENGTH, told.namelen)
        assert made.found() == peer.getsockname()


def test_messages_on_a_stream(connected: Connected) -> None:
    made, fd, peer = connected
    peer.sendall(b"stream")
    made.room()
    assert made.socketcall(SocketCall.RECVMSG, fd, message(made, 100, name=(SOCKADDR, 64)), 0) == 6
    assert (header(made).namelen, header(made).flags) == (0, 0)
    assert made.socketcall(SocketCall.RECVFROM, fd, DATA, 9, DONTWAIT, 0, 0) == -EAGAIN
    peer.sendall(b"x")
    assert made.socketcall(SocketCall.RECVFROM, fd, DATA, 9, 0, *made.room()) == 1
    assert made.memory.load_u32(LENGTH) == 0


def test_messages_that_cannot_be_sent(connected: Connected) -> None:
    made, fd, peer = connected
    with_control = Msghdr(iov=RESULT + 0x100, iovlen=0, control=DATA, controllen=12)
    made.memory.write(RESULT, with_control.pack())
    assert made.socketcall(SocketCall.SENDMSG, fd, RESULT, 0) == -EINVAL
    for count, errno in ((1025, EMSGSIZE), (-1, EMSGSIZE)):
        made.memory.write(RESULT, Msghdr(iov=DATA, iovlen=count).pack())
        assert made.socketcall(SocketCall.SENDMSG, fd, RESULT, 0) == -errno
    made.memory.write(RESULT, Msghdr(iov=0xFFFF_FFF0, iovlen=2).pack())
    assert made.socketcall(SocketCall.RECVMSG, fd, RESULT, 0) == -EFAULT
    made.memory.write(DATA, struct.pack("<II", 0, 0xFF_0000) * 1024)
    made.memory.write(RESULT, Msghdr(iov=DATA, iovlen=1024).pack())
    assert made.socketcall(SocketCall.SENDMSG, fd, RESULT, 0) == -EINVAL
    peer.setblocking(False)
    with pytest.raises(BlockingIOError):
        peer.recv(1)


def messages(made: Program, *sizes: int) -> int:
    """An array of `struct mmsghdr`, each with one buffer, in its own 256 bytes from DATA on."""
    for i, size in enumerate(sizes):
        made.memory.write(SOCKADDR + 8 * i, struct.pack("<II", DATA + 256 * i, size))
        one = Mmsghdr(hdr=Msghdr(iov=SOCKADDR + 8 * i, iovlen=1), len=99)
        made.memory.write(RESULT + i * Mmsghdr.sizeof(), one.pack())
    return RESULT


def lengths(made: Program, count: int) -> list[int]:
    size = Mmsghdr.sizeof()
    return [Mmsghdr.unpack(made.memory.read(RESULT + i * size, size)).len for i in range(count)]


def test_several_messages(tmp_path: Path) -> None:
    with datagrams() as peer, program(tmp_path, place(peer)) as made:
        fd = made.socket(INET, DGRAM)
        assert made.connect(fd, peer.getsockname()) == 0
        made.memory.write(DATA, b"a".ljust(256) + b"bb".ljust(256) + b"ccc")
        assert made.syscall(345, fd, messages(made, 1, 2, 3), 3, 0) == 3
        assert ([peer.recv(10) for _ in range(3)], lengths(made, 3)) == ([b"a", b"bb", b"ccc"], [1, 2, 3])
        own = made.name(SocketCall.GETSOCKNAME, fd)
        for data in (b"1", b"22"):
            peer.sendto(data, own)
        assert made.syscall(337, fd, messages(made, 9, 9, 9), 3, WAITFORONE, 0) == 2
        assert (lengths(made, 3), made.memory.read(DATA + 256, 2)) == ([1, 2, 99], b"22")
        assert made.syscall(337, fd, messages(made, 9), 1, DONTWAIT, 0) == -EAGAIN
        peer.sendto(b"3", own)
        made.memory.write(LENGTH, Timespec(nsec=1).pack())
        assert made.syscall(337, fd, messages(made, 9, 9), 2, 0, LENGTH) == 1
        made.memory.write(LENGTH, Timespec(nsec=-1).pack())
        assert made.syscall(337, fd, messages(made, 9), 1, 0, LENGTH) == -EINVAL
        assert made.syscall(337, fd, 0xFFFF_FFF0, 1, 0, 0) == -EFAULT
        assert made.socketcall(SocketCall.SENDMMSG, fd, messages(made, 1, 1), 2, 0) == 2


# --- options


def set_option(made: Program, fd: int, name: int, value: bytes, level: int = SOL_SOCKET) -> int:
    made.memory.write(DATA, value)
    return made.socketcall(SocketCall.SETSOCKOPT, fd, level, name, DATA, len(value))


def option(made: Program, fd: int, name: int, level: int = SOL_SOCKET) -> int:
    """The value of an option that is an `int`; negative where asking failed."""
    made.memory.write(DATA, b"?" * 16)
    made.memory.store_32(LENGTH, 16)
    failed = made.socketcall(SocketCall.GETSOCKOPT, fd, level, name, DATA, LENGTH)
    if failed:
        return failed
    assert (made.memory.load_u32(LENGTH), made.memory.read(DATA + 4, 12)) == (4, b"?" * 12)
    return made.memory.load_i32(DATA)


ONE = (1).to_bytes(4, "little")


@pytest.mark.parametrize(
    ("level", "name"),
    [(1, 2), (1, 9), (1, 10), (6, 1), *([(1, 15)] if hasattr(socket, "SO_REUSEPORT") else [])],
)
def test_switches(connected: Connected, level: int, name: int) -> None:
    made, fd, _ = connected
    assert option(made, fd, name, level) == 0
    assert set_option(made, fd, name, ONE, level) == 0
    assert option(made, fd, name, level) != 0


def test_numbers(connected: Connected) -> None:
    made, fd, _ = connected
    assert set_option(made, fd, 7, (10_000).to_bytes(4, "little")) == 0
    assert option(made, fd, 7) >= 10_000
    assert set_option(made, fd, 2, (7).to_bytes(4, "little"), 0) == 0
    assert option(made, fd, 2, 0) == 7
    six = made.socket(INET6)
    assert set_option(made, six, 26, ONE, 41) == 0
    assert option(made, six, 26, 41) == 1
    assert (option(made, fd, 30), set_option(made, fd, 30, ONE)) == (0, -ENOPROTOOPT)


def test_what_a_socket_is(connected: Connected) -> None:
    made, fd, _ = connected
    assert [option(made, fd, name) for name in (SO_TYPE, SO_DOMAIN, SO_PROTOCOL)] == [STREAM, INET, 6]
    six = made.socket(INET6, DGRAM)
    assert [option(made, six, name) for name in (SO_TYPE, SO_DOMAIN, SO_PROTOCOL)] == [DGRAM, INET6, 17]


def test_time_outs(connected: Connected) -> None:
    made, fd, peer = connected
    assert set_option(made, fd, SO_RCVTIMEO, Timeval(usec=20_000).pack()) == 0
    assert made.receive(fd) == -EAGAIN
    made.memory.store_32(LENGTH, 8)
    assert made.socketcall(SocketCall.GETSOCKOPT, fd, SOL_SOCKET, SO_RCVTIMEO, DATA, LENGTH) == 0
    assert (made.memory.read(DATA, 8), made.memory.load_u32(LENGTH)) == (Timeval(usec=20_000).pack(), 8)
    assert set_option(made, fd, SO_RCVTIMEO, Timeval().pack()) == 0
    late = threading.Timer(0.1, peer.sendall, [b"x"])
    late.start()
    assert made.receive(fd) == b"x"
    late.join()
    assert set_option(made, fd, SO_SNDTIMEO, Timeval(usec=1_000_000).pack()) == -EDOM
    assert set_option(made, fd, SO_SNDTIMEO, Timeval(usec=20_000).pack()) == 0
    made.memory.write(0x10_0000, bytes(1 << 23))
    assert 0 < made.socketcall(SocketCall.SEND, fd, 0x10_0000, 1 << 23, 0) < 1 << 23


@pytest.mark.parametrize(("linger", "end"), [(0, ConnectionResetError), (30_000, None)])
def test_closing_with_linger(connected: Connected, linger: int, end: type[Exception] | None) -> None:
    """Of 0, the connection is reset; for any other, nobody waits, and all arrives."""
    made, fd, peer = connected
    data = Linger(onoff=1, linger=linger).pack()
    assert set_option(made, fd, SO_LINGER, data) == 0
    made.memory.store_32(LENGTH, 8)
    assert made.socketcall(SocketCall.GETSOCKOPT, fd, SOL_SOCKET, SO_LINGER, DATA, LENGTH) == 0
    assert made.memory.read(DATA, 8) == data
    made.memory.write(0x10_0000, b"x" * (1 << 23))
    sent = made.socketcall(SocketCall.SEND, fd, 0x10_0000, 1 << 23, DONTWAIT)
    assert made.syscall(6, fd) == 0
    if end:
        with pytest.raises(end):
            peer.makefile("rb").read()
    else:
        assert len(peer.makefile("rb").read()) == sent


def test_options_that_are_none(connected: Connected) -> None:
    made, fd, _ = connected
    assert set_option(made, fd, SO_BINDTODEVICE, b"lo\0\0") == option(made, fd, SO_BINDTODEVICE) == -ENOPROTOOPT
    assert set_option(made, fd, SO_ERROR, ONE) == -ENOPROTOOPT
    assert option(made, fd, 1, 99) == -ENOPROTOOPT
    assert set_option(made, fd, SO_KEEPALIVE, b"\1\0\0") == set_option(made, fd, SO_LINGER, ONE) == -EINVAL
    made.memory.store_32(LENGTH, -1)
    assert made.socketcall(SocketCall.GETSOCKOPT, fd, SOL_SOCKET, SO_TYPE, DATA, LENGTH) == -EINVAL
    made.memory.write(DATA, b"????")
    made.memory.store_32(LENGTH, 2)
    assert made.socketcall(SocketCall.GETSOCKOPT, fd, SOL_SOCKET, SO_TYPE, DATA, LENGTH) == 0
    assert (made.memory.read(DATA, 4), made.memory.load_u32(LENGTH)) == (b"\1\0??", 2)


# --- pairs


def test_a_pair_needs_no_grant(tmp_path: Path) -> None:
    with program(tmp_path) as made:
        assert made.socketcall(SocketCall.SOCKETPAIR, UNIX, STREAM | NONBLOCK | CLOEXEC, 0, RESULT) == 0
        one, other = made.memory.load_i32(RESULT), made.memory.load_i32(RESULT + 4)
        assert (made.syscall(221, one, 3, 0), made.syscall(221, other, 1, 0)) == (2 | NONBLOCK, 1)
        assert made.send(one, b"across") == 6
        assert polled(made, 0, (one, POLLIN | POLLOUT), (other, POLLIN)) == [POLLOUT, POLLIN]
        assert (made.receive(other, 3, PEEK), made.receive(other)) == (b"acr", b"across")
        assert made.receive(other) == -EAGAIN
        assert made.socketcall(SocketCall.GETSOCKNAME, one, *made.room()) == 0
        assert (made.memory.load_u32(LENGTH), made.memory.read(SOCKADDR, 4)) == (2, b"\1\0??")
        assert [option(made, one, name) for name in (SO_TYPE, SO_DOMAIN, SO_PROTOCOL, SO_ERROR)] == [STREAM, UNIX, 0, 0]
        assert made.connect(one, ELSEWHERE) == -EISCONN
        assert made.syscall(6, other) == 0
        assert (made.receive(one), made.send(one, b"x")) == (b"", -EPIPE)


@pytest.mark.parametrize(
    ("domain", "kind", "protocol", "errno"),
    [
        (INET, STREAM, 0, ENOTSUP),
        (7, STREAM, 0, EAFNOSUPPORT),
        (UNIX, 5, 0, EPROTOTYPE),
        (UNIX, STREAM | 0x10, 0, EINVAL),
        (UNIX, STREAM, 6, EPROTONOSUPPORT),
    ],
)
def test_pairs_that_are_none(tmp_path: Path, domain: int, kind: int, protocol: int, errno: int) -> None:
    with program(tmp_path) as made:
        assert made.socketcall(SocketCall.SOCKETPAIR, domain, kind, protocol, RESULT) == -errno


# --- what is not granted, and what is wrong


def test_nothing_is_granted_unasked(tmp_path: Path) -> None:
    with program(tmp_path) as made:
        assert [made.socket(family, kind) for family in (INET, INET6) for kind in (STREAM, DGRAM)] == [-EACCES] * 4
        for call in SocketCall:
            if call not in (SocketCall.SOCKET, SocketCall.SOCKETPAIR):
                assert made.socketcall(call, 1, 0, 0, 0, 0, 0) == -ENOTSOCK, call
                assert made.socketcall(call, 77, 0, 0, 0, 0, 0) == -EBADF, call
        assert made.syscall(102, 99, ARGUMENTS) == -EINVAL
        assert made.syscall(337, 1, 0, 0, 0, 0) == made.syscall(345, 1, 0, 0, 0) == -ENOTSOCK


@pytest.mark.parametrize(
    ("family", "kind", "protocol", "errno"),
    [
        (UNIX, STREAM, 0, EAFNOSUPPORT),
        (17, 3, 0, EAFNOSUPPORT),
        (INET, 3, 1, EPROTOTYPE),
        (INET, STREAM, 17, EPROTONOSUPPORT),
        (INET, STREAM | 0x100, 0, EINVAL),
    ],
)
def test_sockets_that_are_none(tmp_path: Path, family: int, kind: int, protocol: int, errno: int) -> None:
    with program(tmp_path, "*") as made:
        assert made.socketcall(SocketCall.SOCKET, family, kind, protocol) == -errno


def test_every_other_place_is_denied(tmp_path: Path) -> None:
    """Another port, another address, an address in another guise; and the peers hear nothing."""
    with listening() as granted, listening() as other, datagrams() as ear, program(tmp_path, place(granted)) as made:
        port = granted.getsockname()[1]
        for where in (other.getsockname(), ("127.0.0.2", port), ("0.0.0.0", port), ELSEWHERE):
            assert made.connect(made.socket(), where) == -EACCES
            assert made.connect(made.socket(INET, DGRAM), where) == -EACCES
            assert made.send_to(made.socket(INET, DGRAM), b"x", where) == -EACCES
        six = made.socket(INET6)
        for where in ("::ffff:127.0.0.1", other.getsockname()[1]), ("::1", port), ("::", port):
            assert made.connect(six, where) == -EACCES
        assert made.send_to(made.socket(INET, DGRAM), b"x", ear.getsockname()) == -EACCES
        assert made.connect(six, ("::ffff:127.0.0.1", port)) == 0
        for silent in (other, ear):
            silent.setblocking(False)
        with pytest.raises(BlockingIOError):
            other.accept()
        with pytest.raises(BlockingIOError):
            ear.recv(1)


def test_a_message_to_a_denied_place(tmp_path: Path) -> None:
    with datagrams() as granted, datagrams() as other, program(tmp_path, place(granted)) as made:
        fd = made.socket(INET, DGRAM)
        assert made.connect(fd, granted.getsockname()) == 0
        to_other = message(made, 1, name=made.put(other.getsockname()))
        assert made.socketcall(SocketCall.SENDMSG, fd, to_other, 0) == -EACCES
        to_its_peer = message(made, 1, name=(SOCKADDR, 0))
        assert made.socketcall(SocketCall.SENDMSG, fd, to_its_peer, 0) == 1
        assert len(granted.recv(10)) == 1
        other.setblocking(False)
        with pytest.raises(BlockingIOError):
            other.recv(1)


def test_listening_is_granted_like_connecting(tmp_path: Path) -> None:
    port = free_port()
    with program(tmp_path, f"127.0.0.1:{port}") as made:
        for where in (("127.0.0.1", 0), ("127.0.0.1", port + 1), ("0.0.0.0", port), ("127.0.0.2", port)):
            assert made.bind(made.socket(), where) == -EACCES
        # Any port at no address is what a socket gets that connects unbound. It does not make a server.
        fd = made.socket()
        assert made.bind(fd, ("0.0.0.0", 0)) == 0
        assert made.listen(fd) == made.listen(made.socket()) == -EACCES
        fd = made.socket()
        assert made.bind(fd, ("127.0.0.1", port)) == 0
        assert made.listen(fd) == 0
        assert made.bind(made.socket(), ("127.0.0.1", port)) == -EADDRINUSE
        assert made.socketcall(SocketCall.ACCEPT, made.socket(), 0, 0) == -EINVAL
        assert made.listen(made.socket(INET, DGRAM)) in (-EACCES, -ENOTSUP)


@pytest.mark.parametrize("grant", ["*", "0.0.0.0"])
def test_all_of_a_hosts_addresses_at_once(tmp_path: Path, grant: str) -> None:
    with program(tmp_path, grant) as made:
        fd = made.socket()
        assert made.bind(fd, ("0.0.0.0", 0)) == 0
        assert made.listen(fd) == 0
        with socket.create_connection(("127.0.0.1", made.name(SocketCall.GETSOCKNAME, fd)[1]), timeout=10):
            assert made.socketcall(SocketCall.ACCEPT, fd, 0, 0) > 0


def test_a_grant_of_one_port_everywhere(tmp_path: Path) -> None:
    with listening() as granted, listening() as other, program(tmp_path, f"*:{granted.getsockname()[1]}") as made:
        assert made.connect(made.socket(), granted.getsockname()) == 0
        assert made.connect(made.socket(), other.getsockname()) == -EACCES


def test_bad_addresses(tmp_path: Path) -> None:
    with program(tmp_path, "*") as made:
        fd = made.socket()
        pointer, size = made.put(("127.0.0.1", 1))
        connect = SocketCall.CONNECT
        assert made.socketcall(connect, fd, pointer, size - 1) == made.socketcall(connect, fd, pointer, 0) == -EINVAL
        assert made.socketcall(connect, fd, 0xFFFF_FFF8, size) == -EFAULT
        assert made.connect(fd, ("::1", 1)) == made.bind(fd, ("::", 0)) == -EAFNOSUPPORT
        made.memory.store_16(pointer, 77)
        assert made.socketcall(connect, fd, pointer, size) == -EAFNOSUPPORT
        assert made.bind(fd, ("192.0.2.1", 0)) == -99
        assert made.connect(made.socket(INET, DGRAM), ("127.0.0.1", 0)) in (0, -99)


def test_bad_pointers_change_nothing(connected: Connected) -> None:
    made, fd, peer = connected
    outside = 0xFFFF_FF00
    peer.sendall(b"kept")
    for call, arguments in (
        (SocketCall.RECV, (outside, 4, 0)),
        (SocketCall.RECVFROM, (DATA, 4, 0, outside, LENGTH)),
        (SocketCall.RECVFROM, (DATA, 4, 0, SOCKADDR, outside)),
        (SocketCall.RECVMSG, (outside, 0)),
        (SocketCall.SEND, (outside, 4, 0)),
        (SocketCall.SENDTO, (DATA, 0xFFFF_FFFF, 0, 0, 0)),
        (SocketCall.SENDMSG, (outside, 0)),
        (SocketCall.GETSOCKNAME, (SOCKADDR, outside)),
        (SocketCall.GETPEERNAME, (outside, LENGTH)),
        (SocketCall.SETSOCKOPT, (1, 2, outside, 4)),
        (SocketCall.GETSOCKOPT, (1, 2, DATA, outside)),
    ):
        made.room()
        assert made.socketcall(call, fd, *arguments) == -EFAULT, call
    assert made.syscall(102, SocketCall.RECV.value, outside + 0xF8) == -EFAULT
    assert made.receive(fd) == b"kept"
    peer.setblocking(False)
    with pytest.raises(BlockingIOError):
        peer.recv(1)


def test_descriptors_run_out(tmp_path: Path) -> None:
    with program(tmp_path, "*") as made:
        pairs = [made.socketcall(SocketCall.SOCKETPAIR, UNIX, STREAM, 0, RESULT) for _ in range(2047)]
        assert set(pairs[:-1]) == {0}
        assert pairs[-1] == -EMFILE
        assert (made.socket(), made.socket()) == (4095, -EMFILE)
        assert made.syscall(6, 4000) == 0
        assert made.socket() == 4000


@settings(max_examples=300)
@given(
    call=st.sampled_from(list(SocketCall)),
    arguments=st.lists(
        st.one_of(
            st.integers(0, 8),
            st.sampled_from([0x200, 0x240, 0x280, 0x3_FFF0, 0x4_0000, 0xFFFF_FFFF, 0x8000_0000, 16, 28, 0x40]),
            st.integers(0, 0xFFFF_FFFF),
        ),
        min_size=6,
        max_size=6,
    ),
    memory=st.binary(max_size=0x100),
)
def test_any_arguments(call: SocketCall, arguments: list[int], memory: bytes) -> None:
    """An answer, whatever is asked. Nothing is granted but a place where nobody is: all that is left are pairs."""
    world = World()
    with world.process:
        for kind in (STREAM, DGRAM):
            world.memory.write(0x100, struct.pack("<4I", UNIX, kind, 0, 0x180))
            assert world.syscall(SYSCALLS, 102, SocketCall.SOCKETPAIR.value, 0x100) == 0
        world.memory.write(0x200, memory)
        world.memory.write(0x100, struct.pack("<6I", *arguments))
        assert isinstance(world.syscall(SYSCALLS, 102, call.value, 0x100), int)


def test_the_trace_tells_the_call(tmp_path: Path) -> None:
    lines: list[str] = []
    world = World()
    world.guest.trace = lines.append
    world.memory.write(0x100, struct.pack("<3I", INET, STREAM, 0))
    assert world.syscall(SYSCALLS, 102, 1, 0x100) == -EACCES
    assert lines[0] == "socket(domain=2, kind=1, protocol=0) -> EACCES"
    world.process.close()


# --- a whole program

CLIENT = """
  (func $call (param $number i32) (param $a i32) (param $b i32) (param $c i32) (result i32)
    (i32.store (i32.const 0) (local.get $a)) (i32.store (i32.const 4) (local.get $b))
    (i32.store (i32.const 8) (local.get $c)) (i32.store (i32.const 12) (i32.const 0))
    (i32.store (i32.const 64) (local.get $number)) (i32.store (i32.const 68) (i32.const 0))
    (call $socketcall (i32.const 102) (i32.const 64)))
  (func (export "_main") (result i32) (local $fd i32) (local $result i32)
    (local.set $fd (local.tee $result (call $call (i32.const 1) (i32.const 2) (i32.const 1) (i32.const 0))))
    (if (i32.ge_s (local.get $result) (i32.const 0)) (then
      (local.set $result (call $call (i32.const 3) (local.get $fd) (i32.const 128) (i32.const 16)))))
    (if (i32.ge_s (local.get $result) (i32.const 0)) (then
      (drop (call $call (i32.const 9) (local.get $fd) (i32.const 144) (i32.const 5)))))
    (i32.sub (i32.const 0) (local.get $result)))"""
"""Connects to the address at 128, and sends the five bytes behind it. Its status is the error number."""


def client(folder: Path, port: int) -> Path:
    address = b"\2\0" + port.to_bytes(2, "big") + bytes([127, 0, 0, 1]) + bytes(8)
    data = "".join(f"\\{byte:02x}" for byte in address + b"hello")
    text = emscripten(
        f'(data (i32.const 128) "{data}") {CLIENT}',
        '(import "env" "___syscall102" (func $socketcall (param i32 i32) (result i32)))',
    )
    path = folder / "client.wasm"
    path.write_bytes(default_engine().assemble(text))
    return path


@pytest.mark.parametrize("grant", ["127.0.0.1:{}", "127.0.0.1", "*:{}", "*", "localhost:{}"])
def test_the_command_line_grants(tmp_path: Path, grant: str) -> None:
    with listening() as server:
        port = server.getsockname()[1]
        arguments = ["run", "--allow-net", grant.format(port), "--deterministic", str(client(tmp_path, port))]
        subprocess.run([sys.executable, "-m", "compat", *arguments], timeout=60, check=True)
        assert server.accept()[0].recv(10) == b"hello"


@pytest.mark.parametrize(
    ("grant", "status"),
    [("", 125), ("::1", 125), ("127.0.0.1:http", 125), ("127.0.0.1:0", 125), ("nowhere.invalid", 126)],
)
def test_grants_that_are_none(tmp_path: Path, grant: str, status: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert command(["run", "--allow-net", grant, str(client(tmp_path, 1))]) == status
    assert grant in capsys.readouterr().err


def test_the_library_grants(tmp_path: Path) -> None:
    with listening() as server:
        port = server.getsockname()[1]
        path = client(tmp_path, port)
        assert compat.run(path).check().status == EACCES
        assert compat.run(path, allow_net=["192.0.2.1", f"127.0.0.1:{port + 1}"]).check().status == EACCES
        assert compat.run(path, allow_net=["192.0.2.1", f"127.0.0.1:{port}"]).check().status == 0
        assert server.accept()[0].recv(10) == b"hello"
        with pytest.raises(ValueError, match="not of the form"):
            compat.run(path, allow_net=["127.0.0.1:http"])
        with pytest.raises(compat.Unsupported, match=r"cannot look up nowhere\.invalid"):
            compat.run(path, allow_net=["nowhere.invalid"])


def open_sockets() -> int:
    descriptors = Path("/proc/self/fd").iterdir()
    return sum(os.path.islink(path) and os.readlink(path).startswith("socket:") for path in descriptors)


@pytest.mark.skipif(sys.platform != "linux", reason="counts descriptors in /proc")
def test_sockets_that_a_program_leaves_open_are_closed(tmp_path: Path) -> None:
    with listening() as server:
        path = client(tmp_path, server.getsockname()[1])
        before = open_sockets()
        for _ in range(5):
            assert compat.run(path, allow_net=[place(server)], timeout=20).check().status == 0
            server.accept()[0].close()
        assert open_sockets() == before
