"""Standard streams: a host's descriptor, bytes given, output captured. Byte-exact and unbuffered."""

from __future__ import annotations

from compat.kernel.files import OpenFile
from compat.kernel.stat import Stat

CAPTURE_LIMIT = 1 << 30
"""Bytes that a captured stream may take, by default."""


class HostStream(OpenFile):
    """A descriptor of the host, such as its standard output. Not closed with it unless `owned`."""

    def __init__(self, descriptor: int, *, readable: bool = False, writable: bool = False, owned: bool = False) -> None:
        raise NotImplementedError

    def stat(self) -> Stat:
        """Attributes of what the descriptor refers to."""
        raise NotImplementedError


class BytesInput(OpenFile):
    """Bytes to be read once, like a pipe whose other end is closed."""

    def __init__(self, data: bytes) -> None:
        raise NotImplementedError

    def stat(self) -> Stat:
        """A FIFO's."""
        raise NotImplementedError


class CapturedOutput(OpenFile):
    """Collects what is written. Writing beyond `limit` bytes takes what fits, then raises ENOSPC."""

    def __init__(self, limit: int = CAPTURE_LIMIT) -> None:
        raise NotImplementedError

    def getvalue(self) -> bytes:
        """All that was written."""
        raise NotImplementedError

    def stat(self) -> Stat:
        """A FIFO's."""
        raise NotImplementedError
