"""Sockets of the host, by descriptor. Import it late: Python's `socket` takes as long as half a warm run."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from compat.kernel.errno import Errno, SysError
from compat.kernel.host.errors import translated

PORT_MAX = 65_535
BACKLOG = 128
"""Connections that wait to be accepted."""


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
def receive(fd: int, buffers: Sequence[memoryview], peek: bool) -> int:
    """Receive into `buffers`; `peek` leaves what is received to be received again. Errors: EAGAIN, ENOTCONN."""
    with _borrowed(fd) as connection:
        return connection.recvmsg_into(buffers, 0, socket.MSG_PEEK if peek else 0)[0]


@translated
def shutdown(fd: int, receiving: bool, sending: bool) -> None:
    """End one direction of a connection or both. Errors: EINVAL (neither), ENOTCONN."""
    if not receiving and not sending:
        raise SysError(Errno.EINVAL)
    one = socket.SHUT_RD if receiving else socket.SHUT_WR
    with _borrowed(fd) as connection:
        connection.shutdown(socket.SHUT_RDWR if receiving and sending else one)


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
