"""Character devices: null, zero, full, random, and names for open streams."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from compat.kernel.entropy import Entropy
from compat.kernel.errno import Errno, SysError
from compat.kernel.files import OpenFile, OpenFlags, Whence
from compat.kernel.stat import FileType, InputModes, Readiness, WindowSize
from compat.kernel.vfs.memory import MemoryNode, MemoryVolume
from compat.kernel.vfs.node import Node, NodeFile
from compat.native.process import without_position

CHUNK = 1 << 16
"""Random bytes made at a time: however long a guest's buffer is, the host needs no more memory than this."""


def device_number(major: int, minor: int) -> int:
    """`st_rdev` of a device (makedev(3), small numbers)."""
    return major << 8 | minor


def null(volume: MemoryVolume) -> Device:
    """Reads nothing, takes everything (null(4))."""
    return Device(volume, device_number(1, 3), NullFile)


def zero(volume: MemoryVolume) -> Device:
    """Reads zeros, takes everything (zero(4))."""
    return Device(volume, device_number(1, 5), ZeroFile)


def full(volume: MemoryVolume) -> Device:
    """Reads zeros, writes raise ENOSPC (full(4))."""
    return Device(volume, device_number(1, 7), FullFile)


def random(volume: MemoryVolume, entropy: Entropy, minor: int = 9) -> Device:
    """Reads random bytes, takes everything (random(4)); minor 8 is /dev/random, 9 /dev/urandom."""
    return Device(volume, device_number(1, minor), lambda flags, node: RandomFile(flags, node, entropy))


def stream(volume: MemoryVolume, source: OpenFile, sink: OpenFile, rdev: int) -> Device:
    """A name for open streams, such as /dev/tty: reads come from `source`, writes go to `sink`."""
    return Device(volume, rdev, lambda flags, node: StreamFile(flags, node, source, sink))


class Device(MemoryNode):
    """A character device. `opener` makes the open file."""

    type = FileType.CHARACTER_DEVICE

    def __init__(self, volume: MemoryVolume, rdev: int, opener: Callable[[OpenFlags, Node], OpenFile]) -> None:
        super().__init__(volume, 0o666)
        self.rdev = rdev
        self._opener = opener

    def open(self, flags: OpenFlags) -> OpenFile:
        """Open it; TRUNCATE means nothing to a device."""
        return self._opener(flags, self)


class NullFile(NodeFile):
    """Reads nothing, takes everything. Its position is always 0."""

    def __init__(self, flags: OpenFlags, node: Node) -> None:
        super().__init__(flags, node)
        self.seekable = True

    def seek(self, offset: int, whence: Whence) -> int:
        """There is only one position."""
        return 0

    def _readv(self, buffers: Sequence[memoryview]) -> int:
        return 0

    def _writev(self, buffers: Sequence[memoryview]) -> int:
        return sum(map(len, buffers))

    def _preadv(self, buffers: Sequence[memoryview], offset: int) -> int:
        return self._readv(buffers)

    def _pwritev(self, buffers: Sequence[memoryview], offset: int) -> int:
        return self._writev(buffers)


class ZeroFile(NullFile):
    """Reads zeros."""

    def _readv(self, buffers: Sequence[memoryview]) -> int:
        for buffer in buffers:
            buffer[:] = bytes(len(buffer))
        return sum(map(len, buffers))


class FullFile(ZeroFile):
    """Reads zeros and has no room."""

    def _writev(self, buffers: Sequence[memoryview]) -> int:
        raise SysError(Errno.ENOSPC)


class RandomFile(NullFile):
    """Reads random bytes."""

    def __init__(self, flags: OpenFlags, node: Node, entropy: Entropy) -> None:
        super().__init__(flags, node)
        self._entropy = entropy

    def _readv(self, buffers: Sequence[memoryview]) -> int:
        for buffer in buffers:
            for start in range(0, len(buffer), CHUNK):
                part = buffer[start : start + CHUNK]
                part[:] = self._entropy.bytes(len(part))
        return sum(map(len, buffers))


class StreamFile(NodeFile):
    """Another way to open streams."""

    def __init__(self, flags: OpenFlags, node: Node, source: OpenFile, sink: OpenFile) -> None:
        super().__init__(flags, node)
        self._source = source
        self._sink = sink
        if self.readable != self.writable:
            self.native = without_position((source if self.readable else sink).native)

    def poll(self) -> Readiness:
        """Readable as the source is, writable as the sink is."""
        source, sink = self._source.poll(), self._sink.poll()
        return Readiness(source.readable, sink.writable, source.hangup if self.readable else sink.hangup)

    def available(self) -> int:
        """Bytes that the source has. Errors: ENOTTY."""
        return self._source.available()

    def host_descriptor(self) -> int | None:
        """The host's descriptor behind the side that it was opened for."""
        return (self._source if self.readable else self._sink).host_descriptor()

    def isatty(self) -> bool:
        """Whether the side that it was opened for is a terminal."""
        return (self._source if self.readable else self._sink).isatty()

    def set_input_modes(self, modes: InputModes) -> None:
        """Those of the stream that it reads."""
        self._source.set_input_modes(modes)

    def window_size(self) -> WindowSize:
        """The terminal's size. Errors: ENOTTY."""
        return (self._sink if self.writable else self._source).window_size()

    def _readv(self, buffers: Sequence[memoryview]) -> int:
        return self._source.readv(buffers)

    def _writev(self, buffers: Sequence[memoryview]) -> int:
        return self._sink.writev(buffers)
