"""What goes besides the bytes of a message: data out of band, descriptors, credentials, what is told of a datagram."""

from __future__ import annotations

import socket
import struct
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from compat.emscripten_abi.structs import Msghdr, Pollfd
from compat.emscripten_abi.syscalls.sockets import SocketCall
from tests.emscripten_abi.networking import (
    DATA,
    DGRAM,
    EACCES,
    EAGAIN,
    EBADF,
    EINVAL,
    EMFILE,
    ENOTSUP,
    INET,
    INET6,
    RESULT,
    STREAM,
    TEXT,
    UNIX,
    Program,
    datagrams,
    listening,
    place,
    program,
)
from tests.emscripten_abi.syscalls.test_sockets import option, set_option

OOB, CTRUNC, PEEK = 0x1, 0x8, 0x2
SIOCATMARK, POLLPRI = 0x8905, 2
SOL_IP, SOL_SOCKET, SOL_IPV6, SCM_RIGHTS, SCM_CREDENTIALS = 0, 1, 41, 1, 2
SO_OOBINLINE, SO_PASSCRED, SO_PEERCRED = 10, 16, 17
IP_TTL, IP_PKTINFO, IP_RECVTTL, IPV6_RECVPKTINFO, IPV6_PKTINFO, IPV6_RECVHOPLIMIT, IPV6_HOPLIMIT = (
    2,
    8,
    12,
    49,
    50,
    51,
    52,
)
EPERM, ENOTTY = 1, 25
VECTOR, CONTROL, ROOM = RESULT + 0x100, RESULT + 0x200, 256
GROUP = "239.1.2.3"

Message = tuple[int, int, bytes]

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="Python has no such option elsewhere")


def packed(*messages: Message) -> bytes:
    """Control messages as C has them."""
    return b"".join(
        struct.pack("<Iii", 12 + len(data), level, kind) + data.ljust(-(-len(data) // 4) * 4, b"\0")
        for level, kind, data in messages
    )


def send(made: Program, fd: int, data: bytes, control: bytes, to: tuple | None = None) -> int:
    name = made.put(to) if to else (0, 0)
    made.memory.write(DATA, data)
    made.memory.write(CONTROL, control)
    made.memory.write(VECTOR, struct.pack("<II", DATA, len(data)))
    header = Msghdr(name=name[0], namelen=name[1], iov=VECTOR, iovlen=1, control=CONTROL, controllen=len(control))
    made.memory.write(RESULT, header.pack())
    return made.socketcall(SocketCall.SENDMSG, fd, RESULT, 0)


def receive(made: Program, fd: int, room: int = ROOM, flags: int = 0) -> tuple[bytes, Sequence[Message], int]:
    """The bytes, the control messages, and the flags; nothing beyond the room is touched."""
    made.memory.write(CONTROL, b"?" * (room + 8))
    made.memory.write(VECTOR, struct.pack("<II", DATA, 100))
    made.memory.write(RESULT, Msghdr(iov=VECTOR, iovlen=1, control=CONTROL, controllen=room).pack())
    size = made.socketcall(SocketCall.RECVMSG, fd, RESULT, flags)
    assert size >= 0
    header = Msghdr.unpack(made.memory.read(RESULT, Msghdr.sizeof()))
    assert made.memory.read(CONTROL + room, 8) == b"?" * 8
    return made.memory.read(DATA, size), list(unpacked(made.memory.read(CONTROL, header.controllen))), header.flags


def unpacked(data: bytes) -> Iterator[Message]:
    while data:
        size, level, kind = struct.unpack_from("<Iii", data)
        yield level, kind, data[12:size]
        data = data[-(-size // 4) * 4 :]


def rights(*fds: int) -> bytes:
    return packed((SOL_SOCKET, SCM_RIGHTS, struct.pack(f"<{len(fds)}i", *fds)))


def pair(made: Program, kind: int = STREAM) -> tuple[int, int]:
    assert made.socketcall(SocketCall.SOCKETPAIR, UNIX, kind, 0, RESULT) == 0
    return made.memory.load_i32(RESULT), made.memory.load_i32(RESULT + 4)


def ioctl(made: Program, fd: int, request: int) -> int:
    """What it answers in memory; or a negative error."""
    made.memory.write(TEXT, b"?" * 4)
    return made.syscall(54, fd, request, TEXT) or made.memory.load_i32(TEXT)


# --- out of band


@pytest.fixture
def connected(tmp_path: Path) -> Iterator[tuple[Program, int, socket.socket]]:
    with listening() as server, program(tmp_path, place(server)) as made:
        fd = made.socket()
        assert made.connect(fd, server.getsockname()) == 0
        peer, _ = server.accept()
        with peer:
            peer.settimeout(10)
            yield made, fd, peer


def polled(made: Program, fd: int, events: int, timeout: int) -> int:
    made.memory.write(TEXT, Pollfd(fd=fd, events=events).pack())
    assert made.syscall(168, TEXT, 1, timeout) >= 0
    return Pollfd.unpack(made.memory.read(TEXT, Pollfd.sizeof())).revents


def test_a_byte_out_of_band_overtakes_the_others(connected: tuple[Program, int, socket.socket]) -> None:
    made, fd, peer = connected
    assert polled(made, fd, POLLPRI, 0) == 0
    assert made.receive(fd, 1, OOB) == -EINVAL
    peer.sendall(b"ab")
    peer.send(b"!", socket.MSG_OOB)
    assert polled(made, fd, POLLPRI, 10_000) == POLLPRI
    made.memory.write(DATA, struct.pack("<I", 1 << fd))
    assert made.syscall(142, fd + 1, 0, 0, DATA, 0) == 1
    assert made.memory.load_u32(DATA) == 1 << fd
    assert ioctl(made, fd, SIOCATMARK) == 0
    assert receive(made, fd, flags=OOB) == (b"!", [], OOB)
    peer.sendall(b"cd")
    assert made.receive(fd) == b"ab"
    assert ioctl(made, fd, SIOCATMARK) == 1
    assert made.receive(fd) == b"cd"
    assert ioctl(made, fd, SIOCATMARK) == 0


def test_a_byte_is_sent_out_of_band(connected: tuple[Program, int, socket.socket]) -> None:
    made, fd, peer = connected
    assert made.send(fd, b"x!", OOB) == 2
    assert peer.recv(10) == b"x"
    peer.settimeout(None)  # with one, Python would wait for what is in band
    assert peer.recv(1, socket.MSG_OOB) == b"!"


def test_what_is_out_of_band_may_come_in_line(connected: tuple[Program, int, socket.socket]) -> None:
    made, fd, peer = connected
    assert set_option(made, fd, SO_OOBINLINE, struct.pack("<i", 1)) == 0
    peer.send(b"a!", socket.MSG_OOB)
    assert polled(made, fd, POLLPRI, 10_000) == POLLPRI
    assert made.receive(fd, 1, OOB) == -EINVAL
    assert made.receive(fd) == b"a"
    assert ioctl(made, fd, SIOCATMARK) == 1
    assert made.receive(fd) == b"!"


def test_what_has_nothing_out_of_band(tmp_path: Path) -> None:
    with program(tmp_path) as made:
        one, _ = pair(made)
        assert made.send(one, b"x", OOB) == made.receive(one, 1, OOB) == -ENOTSUP
        assert ioctl(made, one, SIOCATMARK) == ioctl(made, 0, SIOCATMARK) == -ENOTTY
        assert ioctl(made, 77, SIOCATMARK) == -EBADF


# --- descriptors


@pytest.mark.parametrize("kind", [STREAM, DGRAM])
def test_a_descriptor_goes_through_a_pair(tmp_path: Path, kind: int) -> None:
    with program(tmp_path) as made:
        one, other = pair(made, kind)
        inner, end = pair(made)
        assert send(made, one, b"take it", rights(inner, end)) == 7
        assert (made.syscall(6, inner), made.syscall(6, end)) == (0, 0)
        data, [(level, type, fds)], flags = receive(made, other)
        assert (data, level, type, flags) == (b"take it", SOL_SOCKET, SCM_RIGHTS, 0)
        first, second = struct.unpack("<2i", fds)
        assert made.send(first, b"through") == 7
        assert made.receive(second) == b"through"
        assert (made.syscall(221, first, 1, 0), made.syscall(6, second)) == (0, 0)


def test_descriptors_come_with_the_byte_that_they_were_sent_with(tmp_path: Path) -> None:
    with program(tmp_path) as made:
        one, other = pair(made)
        made.send(one, b"before")
        assert send(made, one, b"with", rights(one)) == 4
        made.send(one, b"after")
        assert receive(made, other) == (b"before", [], 0)
        data, [(*_, fds)], _ = receive(made, other)
        assert (data, struct.unpack("<i", fds)) == (b"with", (5,))
        assert receive(made, other) == (b"after", [], 0)


def test_descriptors_that_find_no_room_are_closed(tmp_path: Path) -> None:
    with program(tmp_path) as made:
        one, other = pair(made)
        inner, end = pair(made)
        assert send(made, one, b"x", rights(inner, inner)) == 1
        made.syscall(6, inner)
        assert receive(made, other, room=19) == (b"x", [(SOL_SOCKET, SCM_RIGHTS, struct.pack("<i", inner))], CTRUNC)
        assert send(made, one, b"x", rights(inner)) == 1
        made.syscall(6, inner)
        assert made.receive(other) == b"x"
        assert made.receive(end) == b""


def test_descriptors_without_a_byte_are_closed(tmp_path: Path) -> None:
    with program(tmp_path) as made:
        one, other = pair(made)
        inner, end = pair(made)
        assert send(made, one, b"", rights(inner)) == 0
        made.syscall(6, inner)
        assert made.receive(end) == b""
        assert made.receive(other, flags=0x40) == -EAGAIN


def test_descriptors_under_way_are_closed_with_the_pair_and_are_not_without_number(tmp_path: Path) -> None:
    with program(tmp_path) as made:
        one, other = pair(made)
        inner, end = pair(made)
        assert send(made, one, b"x", rights(inner)) == 1
        assert (made.syscall(6, inner), made.receive(end, flags=0x40)) == (0, -EAGAIN)
        assert (made.syscall(6, one), made.syscall(6, other)) == (0, 0)
        assert made.receive(end) == b""
        answers = []
        for _ in range(20):
            one, _ = pair(made, DGRAM)
            answers += [send(made, one, b"x", rights(*[end] * 250))]
        assert answers == [1] * 16 + [-EMFILE] * 4


def test_pairs_in_pairs_are_all_closed(tmp_path: Path) -> None:
    """Each has the one before under way: nobody else has it."""
    with program(tmp_path) as made:
        inner, watched = pair(made)
        for _ in range(3000):
            one, other = pair(made)
            assert send(made, one, b"x", rights(inner)) == 1
            assert (made.syscall(6, inner), made.syscall(6, one)) == (0, 0)
            inner = other
        assert made.receive(watched, flags=0x40) == -EAGAIN
        assert made.syscall(6, inner) == 0
        assert made.receive(watched) == b""


def test_control_messages_that_cannot_be_sent(connected: tuple[Program, int, socket.socket]) -> None:
    made, fd, _ = connected
    one, _ = pair(made)
    assert send(made, one, b"x", rights(77)) == -EBADF
    assert send(made, one, b"x", rights(one, 77)) == -EBADF
    assert send(made, one, b"x", rights(*[one] * 254)) == -EINVAL
    assert send(made, one, b"x", packed((SOL_IP, IP_TTL, bytes(4)))) == -EINVAL
    assert send(made, one, b"x", struct.pack("<Iii", 11, SOL_SOCKET, SCM_RIGHTS)) == -EINVAL
    assert send(made, one, b"x", struct.pack("<Iii", 99, SOL_SOCKET, SCM_RIGHTS)) == -EINVAL
    assert send(made, fd, b"x", rights(one)) == -ENOTSUP
    assert send(made, fd, b"x", packed((SOL_IP, IP_TTL, struct.pack("<i", 9)))) == -ENOTSUP
    assert send(made, one, b"x", packed((SOL_SOCKET, SCM_CREDENTIALS, struct.pack("<3i", 43, 0, 0)))) == -EPERM


def test_credentials(tmp_path: Path) -> None:
    own = struct.pack("<3i", 42, 0, 0)
    with program(tmp_path) as made:
        one, other = pair(made)
        assert option(made, one, SO_PASSCRED) == 0
        assert set_option(made, other, SO_PASSCRED, struct.pack("<i", 1)) == 0
        assert option(made, other, SO_PASSCRED) == 1
        assert send(made, one, b"x", packed((SOL_SOCKET, SCM_CREDENTIALS, own))) == 1
        assert receive(made, other) == (b"x", [(SOL_SOCKET, SCM_CREDENTIALS, own)], 0)
        made.memory.store_32(TEXT, 12)
        assert made.socketcall(SocketCall.GETSOCKOPT, one, SOL_SOCKET, SO_PEERCRED, DATA, TEXT) == 0
        assert made.memory.read(DATA, 12) == own


# --- what is told of a datagram


@linux_only
def test_where_a_datagram_came_in(tmp_path: Path) -> None:
    with datagrams() as peer, program(tmp_path, "127.0.0.1") as made:
        fd = made.socket(INET, DGRAM)
        assert made.bind(fd, ("127.0.0.1", 0)) == 0
        for name in (IP_PKTINFO, IP_RECVTTL):
            assert set_option(made, fd, name, struct.pack("<i", 1), SOL_IP) == 0
        peer.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, 17)
        peer.sendto(b"x", made.name(SocketCall.GETSOCKNAME, fd))
        data, messages, flags = receive(made, fd)
        assert (data, flags) == (b"x", 0)
        told = {(level, kind): content for level, kind, content in messages}
        loopback = socket.if_nametoindex("lo")
        assert told[SOL_IP, IP_PKTINFO] == struct.pack("<I4s4s", loopback, b"\x7f\0\0\1", b"\x7f\0\0\1")
        assert told[SOL_IP, IP_TTL] == struct.pack("<i", 17)
        peer.sendto(b"x", made.name(SocketCall.GETSOCKNAME, fd))
        assert receive(made, fd, room=20)[2] == CTRUNC


def test_where_a_datagram_of_ipv6_came_in(tmp_path: Path) -> None:
    with datagrams(socket.AF_INET6) as peer, program(tmp_path, "[::1]") as made:
        fd = made.socket(INET6, DGRAM)
        assert made.bind(fd, ("::1", 0)) == 0
        for name in (IPV6_RECVPKTINFO, IPV6_RECVHOPLIMIT):
            assert set_option(made, fd, name, struct.pack("<i", 1), SOL_IPV6) == 0
        hops = packed((SOL_IPV6, IPV6_HOPLIMIT, struct.pack("<i", 9)))
        assert send(made, fd, b"x", hops, made.name(SocketCall.GETSOCKNAME, fd)) == 1
        _, messages, _ = receive(made, fd)
        told = {(level, kind): content for level, kind, content in messages}
        assert told[SOL_IPV6, IPV6_PKTINFO][:16] == socket.inet_pton(socket.AF_INET6, "::1")
        assert told[SOL_IPV6, IPV6_HOPLIMIT] == struct.pack("<i", 9)
        where = packed((SOL_IPV6, IPV6_PKTINFO, bytes(20)))
        assert send(made, fd, b"x", where, peer.getsockname()[:2]) == -ENOTSUP


# --- multicast

IP_MULTICAST_IF, IP_MULTICAST_TTL, IP_MULTICAST_LOOP, IP_ADD_MEMBERSHIP, IP_DROP_MEMBERSHIP = 32, 33, 34, 35, 36
IPV6_JOIN_GROUP, IPV6_LEAVE_GROUP = 20, 21
LOOPBACK = bytes([127, 0, 0, 1])


def test_a_group_that_is_granted(tmp_path: Path) -> None:
    group = socket.inet_aton(GROUP)
    with program(tmp_path, GROUP, "0.0.0.0") as made:
        fd = made.socket(INET, DGRAM)
        assert made.bind(fd, ("0.0.0.0", 0)) == 0
        assert set_option(made, fd, IP_ADD_MEMBERSHIP, group + LOOPBACK + bytes(4), SOL_IP) == 0
        assert set_option(made, fd, IP_MULTICAST_IF, LOOPBACK, SOL_IP) == 0
        assert set_option(made, fd, IP_MULTICAST_LOOP, b"\1", SOL_IP) == 0
        assert set_option(made, fd, IP_MULTICAST_TTL, struct.pack("<i", 0), SOL_IP) == 0
        assert [option(made, fd, name, SOL_IP) for name in (IP_MULTICAST_LOOP, IP_MULTICAST_TTL)] == [1, 0]
        port = made.name(SocketCall.GETSOCKNAME, fd)[1]
        assert made.send_to(fd, b"to all", (GROUP, port)) == 6
        assert made.receive(fd) == b"to all"
        assert set_option(made, fd, IP_DROP_MEMBERSHIP, group + LOOPBACK, SOL_IP) == 0
        assert set_option(made, fd, IP_DROP_MEMBERSHIP, group + LOOPBACK, SOL_IP) < 0
        assert set_option(made, fd, IP_ADD_MEMBERSHIP, group + LOOPBACK + b"\1\0\0\0", SOL_IP) == -ENOTSUP
        assert set_option(made, fd, IP_ADD_MEMBERSHIP, group, SOL_IP) == -EINVAL


def test_a_group_that_is_not_granted(tmp_path: Path) -> None:
    with program(tmp_path, f"{GROUP}:9", "0.0.0.0", "[::]") as made:
        fd = made.socket(INET, DGRAM)
        assert made.bind(fd, ("0.0.0.0", 0)) == 0
        assert set_option(made, fd, IP_ADD_MEMBERSHIP, socket.inet_aton(GROUP) + LOOPBACK, SOL_IP) == -EACCES
        fd = made.socket(INET6, DGRAM)
        group = socket.inet_pton(socket.AF_INET6, "ff02::77") + bytes(4)
        assert set_option(made, fd, IPV6_JOIN_GROUP, group, SOL_IPV6) == -EACCES
        assert set_option(made, fd, IPV6_JOIN_GROUP, group[:16], SOL_IPV6) == -EINVAL
