"""Pipes in memory."""

from __future__ import annotations

from compat.kernel.clock import Clock
from compat.kernel.files import OpenFile, OpenFlags

PIPE_CAPACITY = 1 << 20
"""Bytes that a pipe holds."""


def pipe(clock: Clock, flags: OpenFlags = OpenFlags(0), capacity: int = PIPE_CAPACITY) -> tuple[OpenFile, OpenFile]:
    """The reading and the writing end of a new pipe.

    A guest is one thread, and both ends are its own: a call that would block could never return, so it raises EAGAIN
    whether NONBLOCK is set or not. Writing without a reader: EPIPE. Reading without a writer: the end of the file.
    """
    raise NotImplementedError
