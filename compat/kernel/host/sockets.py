"""Sockets of the host, by descriptor. Import it late: Python's `socket` takes as long as half a warm run."""

from __future__ import annotations

import os
import socket
import struct
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from compat._typing import Any
from compat.kernel.addresses import Address, Control, Family, Received, SocketOption
from compat.kernel.errno import Errno, SysError
from compat.kernel.host.errors import neutral_errno, translated

if sys.platform == "win32":
    from compat.kernel.host import windows

PORT_MAX = 65_535
BACKLOG = 128
"""Connections that wait to be accepted."""

_FAMILIES = {Family.INET: socket.AF_INET, Family.INET6: socket.AF_INET6}
_LEVELS = {
    "SO": socket.SOL_SOCKET,
    "TCP": socket.IPPROTO_TCP,
    "IP": socket.IPPROTO_IP,
    "IPV6": socket.IPPROTO_IPV6,
}
"""By what the names of their options begin with."""
_LINUX = {"IP_PKTINFO": 8, "IP_RECVTTL": 12}
"""Numbers that Python does not have before 3.14."""
_SIOCATMARK = 0x8905 if sys.platform == "linux" else 0x4004_7307
_CONTROL_MAX = 512
"""Bytes: more than all kinds of control messages together."""

_DATAGRAM_MAX = 65_535
_LINGER = struct.Struct("HH" if sys.platform == "win32" else "ii")


@translated
def listen(host: str, port: int) -> socket.socket:
    """A TCP socket that listens at a name or address of this host. Errors: EADDRINUSE, EADDRNOTAVAIL, EACCES."""
    family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0][0]
    return socket.create_server((host, port), family=family, backlog=BACKLOG)


def take(listener: socket.socket) -> int:
    """The descriptor of a socket, which is the caller's from now on. It never blocks: who waits, polls."""
    listener.setblocking(False)
    if sys.platform == "win32":
        return windows.adopt_socket(listener)
    return listener.detach()


@translated
def accept(fd: int) -> int:
    """The descriptor of the next connection, which never blocks. Errors: EAGAIN, ECONNABORTED, EINVAL, ENOTSOCK."""
    with _borrowed(fd) as listener:
        connection, _ = listener.accept()
        return take(connection)


@translated
def create(family: Family, stream: bool) -> int:
    """The descriptor of a new socket, which never blocks. Errors: EAFNOSUPPORT, EMFILE, ENFILE."""
    return take(socket.socket(_FAMILIES[family], socket.SOCK_STREAM if stream else socket.SOCK_DGRAM))


@translated
def kind_of(fd: int) -> tuple[Family, bool]:
    """A socket's family, and whether it is a stream. Errors: ENOTSOCK."""
    with _borrowed(fd) as borrowed:
        family = next((ours for ours, host in _FAMILIES.items() if host == borrowed.family), Family.LOCAL)
        return family, borrowed.type == socket.SOCK_STREAM


@translated
def bind(fd: int, address: Address) -> None:
    """Give a socket its address. Errors: EACCES, EADDRINUSE, EADDRNOTAVAIL, EINVAL (it has one)."""
    with _borrowed(fd) as borrowed:
        borrowed.bind(_host_address(address))


@translated
def connect(fd: int, address: Address) -> None:
    """Connect, or begin to. Errors: EINPROGRESS (begun), EALREADY, ECONNREFUSED, EISCONN, ENETUNREACH."""
    with _borrowed(fd) as borrowed:
        try:
            borrowed.connect(_host_address(address))
        except BlockingIOError as error:
            if sys.platform == "win32" and neutral_errno(error) is Errno.EAGAIN:
                raise SysError(Errno.EINPROGRESS) from error
            raise


@translated
def set_listening(fd: int, backlog: int) -> None:
    """Let connections come, of which `backlog` may wait. Errors: EADDRINUSE, EINVAL (connected), ENOTSUP."""
    with _borrowed(fd) as borrowed:
        borrowed.listen(backlog)


@translated
def local_address(fd: int) -> Address | None:
    """Where a socket is; None if that is no place on a network."""
    with _borrowed(fd) as borrowed:
        return _address(borrowed.getsockname())


@translated
def peer_address(fd: int) -> Address | None:
    """Where the other end is; None if that is no place on a network. Errors: EINVAL, ENOTCONN."""
    with _borrowed(fd) as borrowed:
        return _address(borrowed.getpeername())


@translated
def receive(
    fd: int, buffers: Sequence[memoryview], peek: bool = False, urgent: bool = False, control: bool = False
) -> Received:
    """Receive into `buffers`; `peek` leaves what is received to be received again, `urgent` is for out of band.

    With `control`, which is for datagrams of a network only, it tells what the options of the socket ask for. Errors:
    EAGAIN, EINVAL (nothing is out of band), ENOTCONN.
    """
    asked = (socket.MSG_PEEK if peek else 0) | (socket.MSG_OOB if urgent else 0)
    with _borrowed(fd) as connection:
        if sys.platform == "win32":
            # It has no vectors and no control messages here, and would lose where a datagram is from that does not fit.
            if connection.type == socket.SOCK_STREAM:
                size = min(sum(map(len, buffers)), windows.LONGEST_TRANSFER)
                try:
                    return Received(windows.scatter(connection.recv(size, asked), buffers))
                except BrokenPipeError:
                    return Received(0)  # after `shutdown`
            data, source = connection.recvfrom(_DATAGRAM_MAX, asked)
            taken = windows.scatter(data, buffers)
            return Received(taken, _address(source), taken < len(data))
        # Without room for it, no descriptor of another process can come in.
        count, told, flags, sender = connection.recvmsg_into(buffers, _CONTROL_MAX if control else 0, asked)
        known = [(_CONTROLS.get((level, kind)), data) for level, kind, data in told]
        return Received(
            count,
            _address(sender),
            bool(flags & socket.MSG_TRUNC),
            [(kind, data) for kind, data in known if kind is not None],
        )


@translated
def send(
    fd: int,
    buffers: Sequence[memoryview],
    to: Address | None = None,
    urgent: bool = False,
    control: Sequence[tuple[Control, bytes]] = (),
) -> int:
    """Send `buffers` as one message, or as much as there is room for in a stream.

    Errors: EAGAIN, ECONNREFUSED, EDESTADDRREQ, EMSGSIZE, ENETUNREACH, ENOTCONN, ENOTSUP, EPIPE.
    """
    numbers = {kind: number for number, kind in _CONTROLS.items()}
    if not all(kind in numbers for kind, _ in control):
        raise SysError(Errno.ENOTSUP)
    told = [(*numbers[kind], data) for kind, data in control]
    with _borrowed(fd) as borrowed:
        flags, where = socket.MSG_OOB if urgent else 0, None if to is None else _host_address(to)
        if sys.platform == "win32":
            message = windows.gather(buffers)
            return borrowed.send(message, flags) if where is None else borrowed.sendto(message, flags, where)
        return borrowed.sendmsg(buffers, told, flags, where)


@translated
def at_mark(fd: int) -> bool:
    """Whether what was sent out of band comes next. Errors: ENOTTY."""
    if sys.platform == "win32":
        raise SysError(Errno.ENOTTY)  # Python has no way to ask
    import fcntl  # not above: Windows has none

    return any(fcntl.ioctl(fd, _SIOCATMARK, bytes(4)))


@translated
def set_membership(fd: int, group: Address, interface: bytes, joined: bool) -> None:
    """Join a multicast group, or leave it.

    `interface` is an address of it, for IPv4; for IPv6, it is the group's scope. Errors: EADDRINUSE (it has joined),
    EADDRNOTAVAIL (it has not), EINVAL, ENODEV.
    """
    with _borrowed(fd) as borrowed:
        if group.family is Family.INET:
            option = socket.IP_ADD_MEMBERSHIP if joined else socket.IP_DROP_MEMBERSHIP
            borrowed.setsockopt(socket.IPPROTO_IP, option, group.ip + interface)
        else:
            option = socket.IPV6_JOIN_GROUP if joined else socket.IPV6_LEAVE_GROUP
            borrowed.setsockopt(socket.IPPROTO_IPV6, option, group.ip + struct.pack("=I", group.scope))


@translated
def set_multicast_interface(fd: int, interface: bytes) -> None:
    """Send to IPv4 groups by the interface that has this address. Errors: EADDRNOTAVAIL."""
    with _borrowed(fd) as borrowed:
        borrowed.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, interface)


@translated
def shutdown(fd: int, receiving: bool, sending: bool) -> None:
    """End one direction of a connection or both. Errors: EINVAL (neither), ENOTCONN."""
    if not receiving and not sending:
        raise SysError(Errno.EINVAL)
    one = socket.SHUT_RD if receiving else socket.SHUT_WR
    with _borrowed(fd) as connection:
        connection.shutdown(socket.SHUT_RDWR if receiving and sending else one)


@translated
def get_option(fd: int, option: SocketOption) -> int:
    """The value of an option. Errors: ENOPROTOOPT."""
    with _borrowed(fd) as borrowed:
        return borrowed.getsockopt(*_host_option(option))


@translated
def set_option(fd: int, option: SocketOption, value: int) -> None:
    """Set an option. Errors: EINVAL, ENOPROTOOPT."""
    if sys.platform == "win32" and option is SocketOption.SO_REUSEADDR:
        # There it would take the address from whoever has it; what it is for elsewhere, Windows does unasked.
        return
    with _borrowed(fd) as borrowed:
        borrowed.setsockopt(*_host_option(option), value)


@translated
def set_abortive(fd: int, abortive: bool) -> None:
    """Whether closing drops what was not sent yet, and resets the connection. Either way it does not wait."""
    with _borrowed(fd) as borrowed:
        borrowed.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER.pack(abortive, 0))


@translated
def take_error(fd: int) -> Errno | None:
    """What has gone wrong meanwhile, which is then forgotten."""
    with _borrowed(fd) as borrowed:
        number = borrowed.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    return neutral_errno(OSError(number, "")) if number else None


@translated
def resolve(name: str) -> list[Address]:
    """The addresses of a name or of an address in text, at port 0; none if it has none. Errors: EAGAIN (no answer)."""
    if not name:
        return []  # for Windows it would be this host
    try:
        found = socket.getaddrinfo(name.encode("ascii"), None, type=socket.SOCK_STREAM)
    except UnicodeEncodeError:
        return []
    except socket.gaierror as error:
        if error.errno == socket.EAI_AGAIN:
            raise SysError(Errno.EAGAIN) from error
        return []
    families = _FAMILIES.values()
    return list(dict.fromkeys(_numeric(where) for family, *_, where in found if family in families))


@translated
def name_of(address: Address) -> str | None:
    """The name of an address, None if it has none. Errors: EAGAIN (no answer)."""
    try:
        return socket.getnameinfo(_host_address(address), socket.NI_NAMEREQD)[0]
    except socket.gaierror as error:
        if error.errno == socket.EAI_AGAIN:
            raise SysError(Errno.EAGAIN) from error
        return None


@contextmanager
def _borrowed(fd: int) -> Iterator[socket.socket]:
    """Python's object for a descriptor, which it does not close. Errors: ENOTSOCK."""
    if sys.platform == "win32":
        yield windows.socket_of(fd)
        return
    borrowed = socket.socket(fileno=fd)
    # Python would wait by itself on a descriptor that does not block, for as long as its default time-out says.
    borrowed.settimeout(None if os.get_blocking(fd) else 0)
    try:
        yield borrowed
    finally:
        borrowed.detach()


def _host_option(option: SocketOption) -> tuple[int, int]:
    """Its level and number. Errors: ENOPROTOOPT (the host has no such option)."""
    found = _number(option)
    if found is None:
        raise SysError(Errno.ENOPROTOOPT)
    return found


def _number(name: SocketOption | Control) -> tuple[int, int] | None:
    """Level and number of an option, or of a control message, on this host; None if it has none of that name."""
    number = getattr(socket, name.name, _LINUX.get(name.name) if sys.platform == "linux" else None)
    return None if number is None else (_LEVELS[name.name.partition("_")[0]], number)


# Python on Windows neither sends nor receives them.
_CONTROLS = {number: kind for kind in Control if (number := _number(kind)) and sys.platform != "win32"}


def _host_address(address: Address) -> tuple[str, int] | tuple[str, int, int, int]:
    """An address as Python takes it. It is written in numbers: Python would ask a server for a name."""
    text = socket.inet_ntop(_FAMILIES[address.family], address.ip)
    return (text, address.port) if address.family is Family.INET else (text, address.port, 0, address.scope)


def _address(where: object) -> Address | None:
    """The address that Python gives for a socket of any family."""
    return _numeric(where) if isinstance(where, tuple) and len(where) in (2, 4) else None


def _numeric(where: tuple[Any, ...]) -> Address:
    text, port, *rest = where
    if not rest:
        return Address(socket.inet_pton(socket.AF_INET, text), port)
    return Address(socket.inet_pton(socket.AF_INET6, text.partition("%")[0]), port, rest[1])
