"""What C knows of a process: Python's side of native.h."""

from __future__ import annotations

from collections.abc import Sequence

from compat._typing import Any
from compat.native._native import ffi, lib

NativeFile = Any
"""An `open_file_t`."""


def function(name: str) -> int:
    """The address of the function that serves the frequent case of a row; 0 where this host has none."""
    return int(ffi.cast("uintptr_t", lib.native_function(name.encode())))


class Capture:
    """Bytes that are written one behind the other, by C or by Python."""

    def __init__(self, limit: int) -> None:
        """`limit` is in bytes: what `append` takes at most, all in all."""
        self._state = ffi.gc(lib.capture_new(limit), lib.capture_delete)
        if self._state == ffi.NULL:
            raise MemoryError
        self.native = ffi.new("open_file_t *", {"host": -1, "capture": self._state, "writable": True, "writes": True})
        """The file that writes to it."""

    def __len__(self) -> int:
        size: int = self._state.size
        return size

    def append(self, data: memoryview) -> int:
        """Take what there is room for; returns how many bytes that is."""
        state, taken = self._state, data[: self._state.limit - self._state.size]
        if not lib.capture_reserve(state, len(taken)):
            raise MemoryError
        ffi.memmove(state.data + state.size, taken, len(taken))
        state.size += len(taken)
        return len(taken)

    def getvalue(self) -> bytes:
        """All of it."""
        return bytes(ffi.buffer(self._state.data, self._state.size)) if len(self) else b""


class Volume:
    """What the files of a volume in memory take together, for C and Python to count."""

    def __init__(self, limit: int) -> None:
        """`limit` is in bytes."""
        self.state = ffi.new("volume_t *", {"limit": limit})

    @property
    def used(self) -> int:
        """Bytes."""
        return int(self.state.used)

    @used.setter
    def used(self, size: int) -> None:
        self.state.used = size


class Content:
    """The bytes of a file in memory, for C and Python to read and write."""

    def __init__(self, volume: Volume) -> None:
        self._volume = volume
        self.state = ffi.gc(lib.content_new(volume.state), lib.content_delete)
        if self.state == ffi.NULL:
            raise MemoryError

    def __len__(self) -> int:
        return int(self.state.size)

    def view(self) -> memoryview:
        """All of it. It is valid until the size changes."""
        return memoryview(ffi.buffer(self.state.data, self.state.size)) if self.state.size else memoryview(b"")

    def resize(self, size: int) -> None:
        """Cut or extend with zeros."""
        if not lib.content_resize(self.state, size):
            raise MemoryError

    def take_time(self) -> int:
        """When C has written last, in nanoseconds since 1970, if that was not asked since; else 0."""
        when, self.state.modified = int(self.state.modified), 0
        return when


class Constant:
    """Bytes that nobody writes, in the form of a `Content`."""

    def __init__(self, data: bytes) -> None:
        self._data = ffi.from_buffer(data)
        self.state = ffi.new("content_t *", {"data": ffi.cast("uint8_t *", self._data), "size": len(data)})


class Position:
    """The position in an open file in memory, for C and Python to move."""

    def __init__(self) -> None:
        self.state = ffi.new("uint64_t *")

    @property
    def value(self) -> int:
        """Bytes from the beginning."""
        return int(self.state[0])

    @value.setter
    def value(self, position: int) -> None:
        self.state[0] = position


def memory_file(
    content: Content | Constant, position: Position, *, readable: bool, writable: bool, seekable: bool
) -> NativeFile:
    """An open file in memory. Both are the caller's to hold. Its `flags` are to be set."""
    return ffi.new(
        "open_file_t *",
        {
            "host": -1,
            "content": content.state,
            "position": position.state,
            "readable": readable,
            "writable": writable,
            "writes": writable,
            "seekable": seekable,
            "regular": seekable,
        },
    )


def without_position(file: NativeFile | None) -> NativeFile | None:
    """The same file for a device that it stands behind: one cannot seek in it."""
    if file is None:
        return None
    copy = ffi.new("open_file_t *", file[0])
    copy.seekable = False
    return copy


def host_file(
    descriptor: int, *, readable: bool, writable: bool, seekable: bool, regular: bool, stream: bool
) -> NativeFile:
    """A file of the host's; `stream` for a standard one. Its `writes` and `flags` are to be set."""
    return ffi.new(
        "open_file_t *",
        {
            "host": descriptor,
            "readable": readable,
            "writable": writable,
            "seekable": seekable,
            "regular": regular,
            "stream": stream,
        },
    )


def status(*, append: bool, nonblock: bool, sync: bool, data_sync: bool) -> int:
    """Status flags, as `flags` of a file has them."""
    flags: int = (
        append * lib.FDFLAGS_APPEND
        | nonblock * lib.FDFLAGS_NONBLOCK
        | sync * lib.FDFLAGS_SYNC
        | data_sync * lib.FDFLAGS_DSYNC
    )
    return flags


class NativeProcess:
    """Descriptors, arguments and environment of one process. What it is told of is there as long as it is."""

    def __init__(
        self, arguments: Sequence[bytes], environment: Sequence[bytes], *, clock: bool, entropy: bool, limited: bool
    ) -> None:
        """`clock` and `entropy`: they are the host's own; `limited`: the process has a time limit."""
        self._process = ffi.gc(lib.process_new(), lib.process_delete)
        if self._process == ffi.NULL:
            raise MemoryError
        self._process.clock, self._process.entropy, self._process.limited = clock, entropy, limited
        self._texts = [
            _fill(self._process.arguments, arguments),
            _fill(self._process.environment, environment),
        ]
        self._files: dict[int, NativeFile] = {}

    @property
    def address(self) -> int:
        """Where its `process_t` is."""
        return int(ffi.cast("uintptr_t", self._process))

    def limit(self) -> None:
        """Leave it to Python to wait, from now on: it knows what else may end that."""
        self._process.limited = True

    def open(self, fd: int, file: NativeFile | None) -> None:
        """`fd` is open; `file` is None for a file that C can do nothing with."""
        self._files[fd] = file
        if not lib.process_open(self._process, fd, ffi.NULL if file is None else file):
            raise MemoryError

    def close(self, fd: int) -> None:
        """`fd`, which was open, is closed."""
        lib.process_close(self._process, fd)
        del self._files[fd]

    def describe(self, fd: int, type: int, base: int, inheriting: int) -> None:
        """What WASI knows of the open `fd`: its file type, and the two sets of rights."""
        lib.process_describe(self._process, fd, type, base, inheriting)


def _fill(strings: Any, texts: Sequence[bytes]) -> Any:
    """C strings in a row. Returns what holds them."""
    data = b"".join(text + b"\0" for text in texts)
    buffer = ffi.new("char[]", data)
    strings.data, strings.count, strings.size = buffer, len(texts), len(data)
    return buffer
