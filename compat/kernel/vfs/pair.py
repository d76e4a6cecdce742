"""Pairs of connected sockets in memory (socketpair)."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from compat.kernel.addresses import Address, Control, Family, Received, SocketOption
from compat.kernel.clock import Clock
from compat.kernel.errno import Errno, SysError
from compat.kernel.files import NO_FLAGS, OpenFlags, PassedFile
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


class _Message:
    """One message, or a run of bytes in a stream, with the files that were sent along."""

    def __init__(self, files: Sequence[PassedFile] = ()) -> None:
        self.data = bytearray()
        self.files = files

    @property
    def size(self) -> int:
        """Bytes that it takes: a file counts as a message does."""
        return len(self.data) + OVERHEAD * (1 + len(self.files))

    def drop_files(self) -> None:
        for file in self.files:
            file.drop()
        self.files = ()


class _Direction:
    """What was sent one way and not received yet."""

    def __init__(self) -> None:
        self.messages: deque[_Message] = deque()
        self.sender_open = True
        self.receiver_open = True

    def room(self) -> int:
        """Bytes that there is room for; a new message takes `OVERHEAD` of them."""
        return PIPE_CAPACITY - sum(message.size for message in self.messages)


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
        for message in self._in.messages:
            message.drop_files()

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
        return len(self._in.messages[0].data) if self._in.messages else 0

    def receive(
        self,
        buffers: Sequence[memoryview],
        *,
        peek: bool = False,
        wait_all: bool = False,
        wait: bool = True,
        urgent: bool = False,
        control: bool = False,
    ) -> Received:
        if urgent:
            raise SysError(Errno.ENOTSUP)
        messages = self._in.messages
        size = sum(map(len, buffers))
        while not messages:
            if not (self._in.sender_open and self._in.receiver_open and (size or not self.stream)):
                return Received(0)
            self._block(wait, reading=True)
        message = messages[0]
        taken = memoryview(message.data[:size])
        left = len(message.data) - len(taken)
        start = 0
        for buffer in buffers:
            part = taken[start : start + len(buffer)]
            buffer[: len(part)] = part
            start += len(part)
        files: Sequence[PassedFile] = ()
        if not peek:
            if control:
                files, message.files = message.files, ()
            else:
                message.drop_files()
            del message.data[: len(taken)]
            if not (self.stream and left):
                messages.popleft()
        return Received(len(taken), truncated=left > 0 and not self.stream, files=files)

    def send(
        self,
        buffers: Sequence[memoryview],
        *,
        to: Address | None = None,
        wait: bool = True,
        urgent: bool = False,
        control: Sequence[tuple[Control, bytes]] = (),
        files: Sequence[PassedFile] = (),
    ) -> int:
        if urgent or control:
            raise SysError(Errno.ENOTSUP)
        out = self._out
        size = sum(map(len, buffers))
        if not self.stream and (to or size + OVERHEAD * len(files) > MESSAGE_MAX):
            raise SysError(Errno.EISCONN if to else Errno.EMSGSIZE)
        needed = OVERHEAD * (1 + len(files)) + (1 if self.stream else size)
        while out.sender_open and out.receiver_open and out.room() < needed and (size or not self.stream):
            if out.room() > OVERHEAD:
                # Enough room for others, so that nobody can wait for more.
                raise SysError(Errno.EAGAIN)
            self._block(wait, reading=False)
        if not out.sender_open:
            raise SysError(Errno.EPIPE)
        if not out.receiver_open:
            raise SysError(Errno.EPIPE if self.stream else Errno.ECONNREFUSED)
        if self.stream and not size:
            # There is no byte that they could come with.
            _Message(files).drop_files()
            return 0
        if files or not self.stream or not out.messages or out.messages[-1].files:
            out.messages.append(_Message(files))
        data = out.messages[-1].data
        before = len(data)
        for buffer in buffers:
            data += buffer[: max(out.room(), 0)]
        return len(data) - before

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

    def set_membership(self, group: Address, interface: bytes, joined: bool) -> None:
        raise SysError(Errno.ENOPROTOOPT)

    def set_multicast_interface(self, interface: bytes) -> None:
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
