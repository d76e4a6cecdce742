"""Sockets of the host, by descriptor. Import it late: Python's `socket` takes as long as half a warm run."""

from __future__ import annotations

import os
import socket
import struct
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from compat._typing import Any
from compat.kernel.addresses import Address, Family, Received, SocketOption
from compat.kernel.errno import Errno, SysError
from compat.kernel.host.errors import neutral_errno, translated

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


@translated
def listen(host: str, port: int) -> socket.socket:
    """A TCP socket that listens at a name or address of this host. Errors: EADDRINUSE, EADDRNOTAVAIL, EACCES."""
    family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0][0]
    return socket.create_server((host, port), family=family, backlog=BACKLOG)


def take(listener: socket.socket) -> int:
    """The descriptor of a socket, which is the caller's from now on. It never blocks: who waits, polls."""
    if sys.platform == "win32":
        # There, a socket is no descriptor, and nothing else here could use it.
        raise SysError(Errno.ENOTSUP)
    listener.setblocking(False)
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
        borrowed.connect(_host_address(address))


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
def receive(fd: int, buffers: Sequence[memoryview], peek: bool) -> Received:
    """Receive into `buffers`; `peek` leaves what is received to be received again. Errors: EAGAIN, ENOTCONN."""
    with _borrowed(fd) as connection:
        count, _, flags, sender = connection.recvmsg_into(buffers, 0, socket.MSG_PEEK if peek else 0)
        return Received(count, _address(sender), bool(flags & socket.MSG_TRUNC))


@translated
def send(fd: int, buffers: Sequence[memoryview], to: Address | None = None) -> int:
    """Send `buffers` as one message, or as much as there is room for in a stream.

    Errors: EAGAIN, ECONNREFUSED, EDESTADDRREQ, EMSGSIZE, ENETUNREACH, ENOTCONN, EPIPE.
    """
    with _borrowed(fd) as borrowed:
        if to is None:
            return borrowed.sendmsg(buffers)
        return borrowed.sendmsg(buffers, (), 0, _host_address(to))


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
    with _borrowed(fd) as borrowed:
        borrowed.setsockopt(*_host_option(option), value)


@translated
def set_abortive(fd: int, abortive: bool) -> None:
    """Whether closing drops what was not sent yet, and resets the connection. Either way it does not wait."""
    with _borrowed(fd) as borrowed:
        borrowed.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", abortive, 0))


@translated
def take_error(fd: int) -> Errno | None:
    """What has gone wrong meanwhile, which is then forgotten."""
    with _borrowed(fd) as borrowed:
        number = borrowed.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    return neutral_errno(OSError(number, "")) if number else None


@translated
def resolve(name: str) -> list[Address]:
    """The addresses of a name or of an address in text, at port 0; none if it has none. Errors: EAGAIN (no answer)."""
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
    borrowed = socket.socket(fileno=fd)
    # Python would wait by itself on a descriptor that does not block, for as long as its default time-out says.
    borrowed.settimeout(None if os.get_blocking(fd) else 0)
    try:
        yield borrowed
    finally:
        borrowed.detach()


def _host_option(option: SocketOption) -> tuple[int, int]:
    """Its level and number. Errors: ENOPROTOOPT (the host has no such option)."""
    number = getattr(socket, option.name, None)
    if number is None:
        raise SysError(Errno.ENOPROTOOPT)
    return _LEVELS[option.name.partition("_")[0]], number


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
