"""A running WASI program: its descriptors with their rights, and how it is started."""

from __future__ import annotations

from compat._typing import TYPE_CHECKING
from compat.abi.guest import Exit, Guest
from compat.kernel.errno import Errno, SysError
from compat.kernel.files import OpenFile, OpenFlags
from compat.kernel.process import Process
from compat.kernel.vfs.node import Directory
from compat.wasi_p1 import rights
from compat.wasi_p1.attributes import FILETYPES

if TYPE_CHECKING:
    from compat.wasi_p1.http import Response


class Descriptor:
    """What WASI knows of a descriptor beyond the open file that the process has there."""

    __slots__ = ("base", "inheriting", "preopen")

    def __init__(self, base: int, inheriting: int, preopen: bytes | None = None) -> None:
        self.base = base
        """The rights to act on it."""
        self.inheriting = inheriting
        """The most rights that what is opened through it can get."""
        self.preopen = preopen
        """The name that the program was given it under, if it was."""


class WasiGuest(Guest):
    """A command (`_start`) or a reactor (`_initialize`, then calls) of either module name.

    The standard streams are descriptors 0 to 2, the preopened directories follow without a gap, then the sockets.
    """

    def __init__(self, process: Process) -> None:
        super().__init__(process)
        self.descriptors: dict[int, Descriptor] = {}
        """The state of each descriptor that is open in `process.files`."""
        self.responses: dict[int, Response] = {}
        """The answers to HTTP requests that are not closed, by handle."""

    def prepare(self) -> None:
        """Open the standard streams, the directories (the session may still have added some) and the sockets."""
        process = self.process
        for stream in (process.stdin, process.stdout, process.stderr):
            self.open(stream)
        for name, directory in process.preopens:
            fd = self.open(directory.open(OpenFlags.READ | OpenFlags.DIRECTORY))
            self.descriptors[fd].preopen = name.encode("utf-8", "surrogateescape")
        for socket in process.sockets:
            self.open(socket)

    def initialise(self) -> None:
        """Call `_initialize`, which a reactor has and a command has not."""
        start = self.exports.get("_initialize")
        if start is not None:
            start()

    def main(self) -> int:
        """Call `_start`. The status is what `proc_exit` was given (unsigned, 32 bits), and 0 if it was not called."""
        start = self.exports.get("_start")
        if start is None:
            return super().main()
        try:
            start()
        except Exit as exit:
            return exit.status
        return 0

    def open(self, file: OpenFile, base: int = -1, inheriting: int = -1) -> int:
        """A descriptor for `file` with those of the rights that make sense for it. Errors: EMFILE."""
        possible_base, possible_inheriting = rights.possible(file)
        fd = self.process.files.open(file)
        self._hold(fd, Descriptor(base & possible_base, inheriting & possible_inheriting))
        return fd

    def close(self, fd: int) -> None:
        """Close a descriptor. Errors: EBADF, EIO."""
        self.process.files[fd]
        del self.descriptors[fd]
        self.process.files.close(fd)

    def renumber(self, fd: int, to: int) -> None:
        """Move a descriptor onto another, which is closed. Errors: EBADF."""
        self.process.files.renumber(fd, to)
        self._hold(to, self.descriptors.pop(fd) if fd != to else self.descriptors[fd])

    def restrict(self, fd: int, base: int, inheriting: int) -> None:
        """Give rights up for ever. Errors: EBADF, ENOTCAPABLE (one that the descriptor has not)."""
        held = self.descriptor(fd)
        if base & ~held.base or inheriting & ~held.inheriting:
            raise SysError(Errno.ENOTCAPABLE)
        self._hold(fd, Descriptor(base, inheriting, held.preopen))

    def _hold(self, fd: int, descriptor: Descriptor) -> None:
        """Keep the state of an open descriptor, here and where C looks for it."""
        self.descriptors[fd] = descriptor
        type = FILETYPES[self.process.files[fd].stat().type]
        self.process.native.describe(fd, type, descriptor.base, descriptor.inheriting)

    def descriptor(self, fd: int) -> Descriptor:
        """The state of `fd`. Errors: EBADF."""
        try:
            return self.descriptors[fd]
        except KeyError:
            raise SysError(Errno.EBADF) from None

    def file(self, fd: int, needed: int) -> OpenFile:
        """The open file at `fd`, for a call that needs these rights. Errors: EBADF, ENOTCAPABLE."""
        file = self.process.files[fd]
        self._check(fd, needed)
        return file

    def directory(self, fd: int, needed: int) -> Directory:
        """The directory at `fd`, for a call that needs these rights. Errors: EBADF, ENOTDIR, ENOTCAPABLE."""
        node = self.process.files[fd].node
        if not isinstance(node, Directory):
            raise SysError(Errno.ENOTDIR)
        self._check(fd, needed)
        return node

    def _check(self, fd: int, needed: int) -> None:
        if needed & ~self.descriptors[fd].base:
            raise SysError(Errno.ENOTCAPABLE)


def entry_types(name: str) -> tuple[str, ...]:
    """The type under which the host calls the export of that name; none if it never does."""
    return ("v()",) if name in ("_start", "_initialize") else ()
