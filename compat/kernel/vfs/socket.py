"""Sockets that a guest was handed, and the connections that it accepts on them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from compat._typing import Self
from compat.kernel.files import NO_FLAGS, OpenFile, OpenFlags
from compat.kernel.host import sockets
from compat.kernel.vfs.stream import HostStream


class HostSocket(HostStream):
    """A stream socket of the host, one that listens or a connection."""

    @classmethod
    def owning(cls, descriptor: int) -> Self:
        """A socket that does not block, nobody else uses, and is closed with this one (`host.sockets.take`)."""
        socket = cls(descriptor, readable=True, writable=True, owned=True)
        socket._may_block = False
        return socket

    def accept(self, flags: OpenFlags = NO_FLAGS) -> OpenFile:
        """The next connection, opened with these status flags. Errors: EAGAIN, ECONNABORTED, EINVAL, EMFILE."""
        descriptor = self._patiently(partial(sockets.accept, self._fd), reading=True)
        connection = HostSocket.owning(descriptor)
        connection.set_flags(flags)
        connection.clock = self.clock
        return connection

    def receive(self, buffers: Sequence[memoryview], *, peek: bool = False, wait_all: bool = False) -> int:
        """Receive into `buffers`; the number of bytes, 0 at the end. Errors: EAGAIN, ECONNRESET, ENOTCONN."""
        if wait_all and not peek:
            return self._completely(buffers, partial(sockets.receive, peek=False), reading=True)
        if not any(map(len, buffers)):
            # The host would wait for data all the same.
            return 0
        return self._patiently(partial(sockets.receive, self._fd, buffers, peek), reading=True)

    def shutdown(self, *, receiving: bool, sending: bool) -> None:
        """End one direction of a connection or both. Errors: EINVAL (neither), ENOTCONN."""
        sockets.shutdown(self._fd, receiving, sending)
