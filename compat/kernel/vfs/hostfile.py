"""Open files that a descriptor of the host stands behind. Position and data are the host's: nothing is buffered."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from compat._typing import TypeVar
from compat.kernel.clock import Clock, SystemClock
from compat.kernel.errno import Errno, SysError
from compat.kernel.files import FILE_OFFSET_MAX, OpenFile, OpenFlags, Whence
from compat.kernel.host import descriptors, platform
from compat.kernel.stat import FileType, InputModes, Readiness, Stat, WindowSize
from compat.kernel.vfs.node import Node
from compat.native import process as native

T = TypeVar("T")

_WHENCE = {
    Whence.SET: descriptors.SEEK_SET,
    Whence.CUR: descriptors.SEEK_CUR,
    Whence.END: descriptors.SEEK_END,
}


class HostFile(OpenFile):
    """What a host's descriptor can do. `owned`: close it with this file."""

    def __init__(self, descriptor: int, flags: OpenFlags, node: Node | None = None, *, owned: bool = True) -> None:
        super().__init__(flags, node)
        self._former_modes: object = None
        """What the host's terminal was set to, where that was changed."""
        self._fd = descriptor
        self._owned = owned
        self.clock: Clock | None = None
        """Whose deadline ends a read or write that blocks."""
        self._may_block = True
        """Whether the host's own calls may block: not where nobody else has the descriptor, and it was made not to."""
        stat = platform.fstat(descriptor)
        self._type = stat.type
        self._key = (stat.dev, stat.ino)
        self.seekable = self._type in (FileType.REGULAR, FileType.BLOCK_DEVICE)

    def _serve_natively(self, *, writes: bool, stream: bool = False) -> None:
        """Let C read and write what is all that this class would do. To be called again when the flags have changed."""
        if self.native is None:
            self.native = native.host_file(
                self._fd,
                readable=self.readable,
                writable=self.writable,
                seekable=self.seekable,
                regular=self._type is FileType.REGULAR,
                stream=stream,
            )
        self.native.writes = writes
        self.native.flags = native.status(
            append=OpenFlags.APPEND in self.flags,
            nonblock=OpenFlags.NONBLOCK in self.flags,
            sync=OpenFlags.SYNC in self.flags,
            data_sync=OpenFlags.DATA_SYNC in self.flags,
        )

    def close(self) -> None:
        """Close it. The host's descriptor stays open where it is not ours."""
        if self._former_modes is not None:
            platform.restore_terminal(self._fd, self._former_modes)
            self._former_modes = None
        fd, self._fd = self._fd, -1
        if fd >= 0 and self._owned:
            platform.close(fd)

    def __del__(self) -> None:
        # Whoever drops a process without closing it must not lose the host's descriptors.
        if getattr(self, "_fd", -1) >= 0:
            self.close()

    def seek(self, offset: int, whence: Whence) -> int:
        """Move the position. Errors: EINVAL, EOVERFLOW, ESPIPE."""
        if not self.seekable:
            raise SysError(Errno.ESPIPE)
        return descriptors.seek(self._fd, offset, _WHENCE[whence])

    def sync(self, data_only: bool = False) -> None:
        """Bring what was written to the storage. Errors: EINVAL, EIO."""
        platform.sync(self._fd, data_only)

    def stat(self) -> Stat:
        """Attributes, as the host has them."""
        return platform.fstat(self._fd)

    def poll(self) -> Readiness:
        """What would not block now."""
        if self._type is FileType.REGULAR:
            return Readiness(readable=True, writable=True)
        return platform.readiness(self._fd)

    def available(self) -> int:
        """Bytes that can be read at once."""
        return platform.available(self._fd)

    def host_descriptor(self) -> int | None:
        """The host's descriptor."""
        return self._fd

    def isatty(self) -> bool:
        """Whether it is a terminal."""
        return self._type is FileType.CHARACTER_DEVICE and platform.isatty(self._fd)

    def set_input_modes(self, modes: InputModes) -> None:
        """Set the host's terminal so. Errors: ENOTTY."""
        if not self.isatty():
            raise SysError(Errno.ENOTTY)
        former = platform.set_terminal(self._fd, modes)
        if self._former_modes is None:
            self._former_modes = former

    def window_size(self) -> WindowSize:
        """The terminal's size. Errors: ENOTTY."""
        return platform.window_size(self._fd)

    def _readv(self, buffers: Sequence[memoryview]) -> int:
        return self._patiently(partial(platform.readv, self._fd, buffers), reading=True)

    def _writev(self, buffers: Sequence[memoryview]) -> int:
        return self._completely(buffers, platform.writev, reading=False)

    def _preadv(self, buffers: Sequence[memoryview], offset: int) -> int:
        return platform.preadv(self._fd, buffers, offset)

    def _pwritev(self, buffers: Sequence[memoryview], offset: int) -> int:
        if offset + sum(map(len, buffers)) > FILE_OFFSET_MAX:
            raise SysError(Errno.EFBIG)
        return platform.pwritev(self._fd, buffers, offset)

    def _truncate(self, size: int) -> None:
        platform.truncate(self._fd, size)

    def _allocate(self, offset: int, length: int) -> None:
        if self._type is not FileType.REGULAR:
            raise SysError(Errno.ENODEV if self.seekable else Errno.ESPIPE)
        platform.allocate(self._fd, offset, length)

    def _completely(
        self,
        buffers: Sequence[memoryview],
        transfer: Callable[[int, Sequence[memoryview]], int],
        *,
        reading: bool,
        wait: bool = True,
    ) -> int:
        """Transfer everything, unless the end or an error stops it: what went before an error is then the result."""
        pending = [buffer for buffer in buffers if len(buffer)]
        done = 0
        while pending:
            try:
                part = _up_to(pending, descriptors.PIPE_BUF) if self._may_block and self._interrupts else pending
                count = self._patiently(partial(transfer, self._fd, part), reading=reading, wait=wait)
            except SysError:
                if done:
                    return done
                raise
            if not count:
                break
            done += count
            pending = _behind(pending, count)
        return done

    def _patiently(self, attempt: Callable[[], T], *, reading: bool, wait: bool = True) -> T:
        """Do `attempt` with the guest's idea of blocking: whoever shares the host's descriptor may have another."""
        if self._type is FileType.REGULAR:
            return attempt()
        patient = wait and OpenFlags.NONBLOCK not in self.flags
        if self._may_block or self._type is FileType.FIFO:
            self._wait_beforehand(reading, patient)
        while True:
            try:
                return attempt()
            except SysError as error:
                if error.errno is not Errno.EAGAIN or not patient:
                    raise
            self._wait(reading)

    @property
    def _interrupts(self) -> bool:
        """Whether something else may end a wait for this file."""
        return self._type is not FileType.REGULAR and self.clock is not None and self.clock.interrupts

    def _wait_beforehand(self, reading: bool, patient: bool) -> None:
        if not patient:
            ready = platform.readiness(self._fd)
            if not (ready.readable if reading else ready.writable):
                raise SysError(Errno.EAGAIN)
        elif not self._may_block or self._interrupts:
            # A FIFO that does not block has an end, to who reads, before anybody has opened it to write.
            self._wait(reading)

    def _wait(self, reading: bool) -> None:
        """Wait until the host's descriptor is ready. Errors: EINTR. Raises TimeLimit at the clock's deadline."""
        # Imported here: few programs wait.
        from compat.kernel.poll import Interest, poll

        poll([Interest(self, reading, not reading)], None, self.clock or SystemClock(), restarts=True)


def _up_to(buffers: Sequence[memoryview], count: int) -> list[memoryview]:
    """The first `count` bytes of `buffers`."""
    part = []
    for buffer in buffers:
        if count > 0:
            part.append(buffer[:count])
            count -= len(buffer)
    return part


def _behind(buffers: Sequence[memoryview], count: int) -> list[memoryview]:
    """What of `buffers` remains behind their first `count` bytes."""
    rest = list(buffers)
    for i, buffer in enumerate(buffers):
        if count < len(buffer):
            rest[i] = buffer[count:]
            return rest[i:]
        count -= len(buffer)
    return []
