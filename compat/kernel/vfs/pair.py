"""Pairs of connected sockets in memory (socketpair)."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from compat.kernel.addresses import Address, Family, Received, SocketOption
from compat.kernel.clock import Clock
from compat.kernel.errno import Errno, SysError
from compat.kernel.files import NO_FLAGS, OpenFlags
from compat.kernel.poll import block
from compat.kernel.stat import FileType, Readiness, Stat
from compat.kernel.vfs.pipe import PIPE_CAPACITY
from compat.kernel.vfs.socket import Socket

OVERHEAD = 256
"""Bytes that a message takes besides its own, so that there is no room for empty ones without end."""
MESSAGE_MAX = PIPE_CAPACITY - OVERHEAD


def socket_pair(clock: Clock, stream: bool, flags: OpenFlags = NO_FLAGS) -> tuple[Socket, Socket]:
    """Two connected sockets; `flags` may have NONBLOCK.

    Both ends are the guest's own, so that a call that would block could never return: it raises EAGAIN, as with pipes.
    """
    one, other = _Direction(), _Direction()
    return _End(clock, stream, flags, one, other), _End(clock, stream, flags, other, one)


class _Direction:
    """What was sent one way and not received yet: messages, or of a stream one run of bytes."""

    def __init__(self) -> None:
        self.messages: deque[bytearray] = deque()
        self.sender_open = True
        self.receiver_open = True

    def room(self) -> int:
        """Bytes that there is room for; a new message takes `OVERHEAD` of them."""
        return PIPE_CAPACITY - sum(len(message) + OVERHEAD for message in self.messages)


class _End(Socket):
    family = Family.LOCAL

    def __init__(
        self, clock: Clock, stream: bool, flags: OpenFlags, incoming: _Direction, outgoing: _Direction
    ) -> None:
        super().__init__(OpenFlags.READ | OpenFlags.WRITE | flags)
        self._clock = clock
        self.stream = stream
        self._in = incoming
        self._out = outgoing

    def close(self) -> None:
        self._in.receiver_open = self._out.sender_open = False

    def stat(self) -> Stat:
        return Stat(dev=0, ino=0, type=FileType.SOCKET, mode=0o600, nlink=1)

    def poll(self) -> Readiness:
        ended = not (self._in.sender_open and self._in.receiver_open)
        broken = not (self._out.sender_open and self._out.receiver_open)
        return Readiness(
            readable=bool(self._in.messages) or ended,
            writable=broken or self._out.room() > OVERHEAD,
            hangup=ended and broken,
        )

    def available(self) -> int:
        return len(self._in.messages[0]) if self._in.messages else 0

    def receive(
        self, buffers: Sequence[memoryview], *, peek: bool = False, wait_all: bool = False, wait: bool = True
    ) -> Received:
        messages = self._in.messages
        size = sum(map(len, buffers))
        while not messages:
            if not (self._in.sender_open and self._in.receiver_open and (size or not self.stream)):
                return Received(0)
            self._block(wait, reading=True)
        taken = memoryview(messages[0][:size])
        left = len(messages[0]) - len(taken)
        start = 0
        for buffer in buffers:
            part = taken[start : start + len(buffer)]
            buffer[: len(part)] = part
            start += len(part)
        if not peek:
            del messages[0][: len(taken)]
            if not (self.stream and left):
                messages.popleft()
        return Received(len(taken), truncated=left > 0 and not self.stream)

    def send(self, buffers: Sequence[memoryview], *, to: Address | None = None, wait: bool = True) -> int:
        out = self._out
        size = sum(map(len, buffers))
        while out.sender_open and out.receiver_open and out.room() <= OVERHEAD and (size or not self.stream):
            self._block(wait, reading=False)
        if not out.sender_open:
            raise SysError(Errno.EPIPE)
        if not out.receiver_open:
            raise SysError(Errno.EPIPE if self.stream else Errno.ECONNREFUSED)
        if self.stream:
            return self._append(buffers) if size else 0
        if to or size > MESSAGE_MAX:
            raise SysError(Errno.EISCONN if to else Errno.EMSGSIZE)
        if size + OVERHEAD > out.room():
            raise SysError(Errno.EAGAIN)
        out.messages.append(bytearray().join(buffers))
        return size

    def _append(self, buffers: Sequence[memoryview]) -> int:
        out = self._out
        if not out.messages:
            out.messages.append(bytearray())
        run = out.messages[0]
        before = len(run)
        for buffer in buffers:
            run += buffer[: out.room()]
        return len(run) - before

    def shutdown(self, *, receiving: bool, sending: bool) -> None:
        if not receiving and not sending:
            raise SysError(Errno.EINVAL)
        if receiving:
            self._in.receiver_open = False
        if sending:
            self._out.sender_open = False

    def bind(self, address: Address) -> None:
        raise SysError(Errno.EAFNOSUPPORT)

    def connect(self, address: Address) -> None:
        raise SysError(Errno.EISCONN)

    def listen(self, backlog: int) -> None:
        raise SysError(Errno.EINVAL)

    def accept(self, flags: OpenFlags = NO_FLAGS) -> Socket:
        raise SysError(Errno.EINVAL)

    def local_address(self) -> None:
        return None

    def peer_address(self) -> None:
        return None

    def get_option(self, option: SocketOption) -> int:
        raise SysError(Errno.ENOPROTOOPT)

    def set_option(self, option: SocketOption, value: int) -> None:
        raise SysError(Errno.ENOPROTOOPT)

    def set_linger(self, seconds: int | None) -> None:
        self.linger = seconds

    def take_error(self) -> None:
        return None

    def _block(self, wait: bool, *, reading: bool) -> None:
        if not wait:
            raise SysError(Errno.EAGAIN)
        block(self, reading, self._clock)

    def _readv(self, buffers: Sequence[memoryview]) -> int:
        return self.receive(buffers).size

    def _writev(self, buffers: Sequence[memoryview]) -> int:
        return self.send(buffers)
