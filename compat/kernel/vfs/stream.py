"""Standard streams: a host's descriptor, bytes given, output captured. Byte-exact and unbuffered."""

from __future__ import annotations

from collections.abc import Sequence

from compat.kernel.errno import Errno, SysError
from compat.kernel.files import NO_FLAGS, OpenFile, OpenFlags
from compat.kernel.host import platform
from compat.kernel.stat import FileType, Readiness, Stat
from compat.kernel.vfs.hostfile import HostFile
from compat.native.process import Capture, Constant, Position, memory_file

CAPTURE_LIMIT = 1 << 30
"""Bytes that a captured stream may take, by default."""


class HostStream(HostFile):
    """A descriptor of the host, such as its standard output. Not closed with it unless `owned`.

    Raises SysError EBADF if the descriptor is not open.
    """

    def __init__(self, descriptor: int, *, readable: bool = False, writable: bool = False, owned: bool = False) -> None:
        flags = (OpenFlags.READ if readable else NO_FLAGS) | (OpenFlags.WRITE if writable else NO_FLAGS)
        super().__init__(descriptor, flags, owned=owned)
        platform.prepare_stream(descriptor)
        if self._type is not FileType.SOCKET:
            self._serve_natively(writes=True, stream=True)

    def set_flags(self, flags: OpenFlags) -> None:
        """Replace the status flags, for the guest alone: the host's are not its to change."""
        super().set_flags(flags)
        if self.native is not None:
            self._serve_natively(writes=True, stream=True)

    def stat(self) -> Stat:
        """A file's own attributes; of a terminal or pipe only the type, as the rest differs from run to run."""
        if self._type is FileType.REGULAR:
            return super().stat()
        return Stat(dev=0, ino=self._fd, type=self._type, mode=0o600, nlink=1)


def standard_stream(descriptor: int, *, readable: bool = False, writable: bool = False) -> HostStream:
    """One of this process's own streams, which may be a socket: inetd and its kind start programs so."""
    stream = HostStream(descriptor, readable=readable, writable=writable)
    if stream.stat().type is not FileType.SOCKET:
        return stream
    # Few programs have one, and Python's sockets take long to import.
    from compat.kernel.vfs.socket import HostSocket

    return HostSocket(descriptor, readable=readable, writable=writable)


class BytesInput(OpenFile):
    """Bytes to be read once, like a pipe whose other end is closed."""

    def __init__(self, data: bytes) -> None:
        super().__init__(OpenFlags.READ)
        self._data = memoryview(data)
        self._content, self._position = Constant(data), Position()
        self.native = memory_file(self._content, self._position, readable=True, writable=False, seekable=False)

    def stat(self) -> Stat:
        """A FIFO's."""
        return Stat(dev=0, ino=0, type=FileType.FIFO, mode=0o600, nlink=1)

    def poll(self) -> Readiness:
        """Always readable; hung up when all is read."""
        return Readiness(readable=True, hangup=not self.available())

    def available(self) -> int:
        """Bytes left."""
        return len(self._data) - self._position.value

    def _readv(self, buffers: Sequence[memoryview]) -> int:
        total = 0
        for buffer in buffers:
            part = self._data[self._position.value :][: len(buffer)]
            buffer[: len(part)] = part
            self._position.value += len(part)
            total += len(part)
        return total


class CapturedOutput(OpenFile):
    """Collects what is written. Beyond `limit` bytes it takes what fits, then raises ENOSPC, as a full disk does."""

    def __init__(self, limit: int = CAPTURE_LIMIT) -> None:
        super().__init__(OpenFlags.WRITE)
        self._content = Capture(limit)
        self.native = self._content.native

    def getvalue(self) -> bytes:
        """All that was written, also after closing."""
        return self._content.getvalue()

    def stat(self) -> Stat:
        """A FIFO's."""
        return Stat(dev=0, ino=0, type=FileType.FIFO, mode=0o600, nlink=1)

    def poll(self) -> Readiness:
        """Always writable."""
        return Readiness(writable=True)

    def _writev(self, buffers: Sequence[memoryview]) -> int:
        written = sum(map(self._content.append, buffers))
        if not written and any(map(len, buffers)):
            raise SysError(Errno.ENOSPC)
        return written
