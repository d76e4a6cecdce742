"""Pipes in memory."""

from __future__ import annotations

from collections.abc import Sequence

from compat.kernel.clock import Clock
from compat.kernel.errno import Errno, SysError
from compat.kernel.files import NO_FLAGS, OpenFile, OpenFlags
from compat.kernel.poll import block
from compat.kernel.stat import FileType, Readiness, Stat

PIPE_CAPACITY = 1 << 16
"""Bytes that a pipe holds, as on Linux."""


def pipe(clock: Clock, flags: OpenFlags = NO_FLAGS, capacity: int = PIPE_CAPACITY) -> tuple[OpenFile, OpenFile]:
    """The reading and the writing end of a new pipe; `flags` may have NONBLOCK.

    A guest is one thread, and both ends are its own: a call that would block could never return, so it raises EAGAIN
    whether NONBLOCK is set or not, unless an alarm is set, whose handler can do what it waits for. Writing without a
    reader: EPIPE. Reading without a writer: the end of the file.
    """
    shared = _Pipe(clock, capacity)
    return _ReadEnd(shared, OpenFlags.READ | flags), _WriteEnd(shared, OpenFlags.WRITE | flags)


class _Pipe:
    """What both ends share."""

    def __init__(self, clock: Clock, capacity: int) -> None:
        self.clock = clock
        self.created = clock.realtime()
        self.capacity = capacity
        self.content = bytearray()
        self.read_open = True
        self.write_open = True

    def stat(self) -> Stat:
        times = self.created
        return Stat(0, 0, FileType.FIFO, 0o600, 1, size=len(self.content), atime=times, mtime=times, ctime=times)


class _ReadEnd(OpenFile):
    def __init__(self, shared: _Pipe, flags: OpenFlags) -> None:
        super().__init__(flags)
        self._pipe = shared

    def close(self) -> None:
        self._pipe.read_open = False

    def stat(self) -> Stat:
        return self._pipe.stat()

    def poll(self) -> Readiness:
        hangup = not self._pipe.write_open
        return Readiness(readable=bool(self._pipe.content) or hangup, hangup=hangup)

    def available(self) -> int:
        return len(self._pipe.content)

    def _readv(self, buffers: Sequence[memoryview]) -> int:
        content = self._pipe.content
        while not content and self._pipe.write_open and any(map(len, buffers)):
            block(self, True, self._pipe.clock)
        total = 0
        for buffer in buffers:
            part = content[: len(buffer)]
            buffer[: len(part)] = part
            del content[: len(part)]
            total += len(part)
        return total


class _WriteEnd(OpenFile):
    def __init__(self, shared: _Pipe, flags: OpenFlags) -> None:
        super().__init__(flags)
        self._pipe = shared

    def close(self) -> None:
        self._pipe.write_open = False

    def stat(self) -> Stat:
        return self._pipe.stat()

    def poll(self) -> Readiness:
        hangup = not self._pipe.read_open
        return Readiness(writable=hangup or len(self._pipe.content) < self._pipe.capacity, hangup=hangup)

    def _writev(self, buffers: Sequence[memoryview]) -> int:
        content = self._pipe.content
        while self._pipe.read_open and len(content) >= self._pipe.capacity and any(map(len, buffers)):
            block(self, False, self._pipe.clock)
        if not self._pipe.read_open:
            raise SysError(Errno.EPIPE)
        before = len(content)
        for buffer in buffers:
            content += buffer[: self._pipe.capacity - len(content)]
        return len(content) - before
