"""Files in memory."""

from __future__ import annotations

from compat.kernel.clock import Clock
from compat.kernel.stat import StatFs
from compat.kernel.vfs.node import Directory, Node, Volume

MEMORY_LIMIT = 1 << 30
"""Bytes that the files of one volume may take, by default."""


class MemoryVolume(Volume):
    """A file system in memory. Everything in it together takes at most `limit` bytes (ENOSPC)."""

    private = True

    def __init__(self, clock: Clock, limit: int = MEMORY_LIMIT) -> None:
        raise NotImplementedError

    @property
    def root(self) -> Directory:
        """Its topmost directory."""
        raise NotImplementedError

    def add(self, directory: Directory, name: str, node: Node) -> None:
        """Put a node of another kind, such as a device, into `directory` of this volume. Errors: EEXIST, ENOSPC."""
        raise NotImplementedError

    def statfs(self) -> StatFs:
        """Its limit and what is free."""
        raise NotImplementedError
