"""Directories of the host, mounted."""

from __future__ import annotations

from compat.kernel.clock import Clock
from compat.kernel.stat import StatFs
from compat.kernel.vfs.node import Directory, Volume


class HostVolume(Volume):
    """The directory at `path` of the host and what is in it.

    Read-only: every change is EROFS, before the host is asked. Deterministic: device and inode numbers count from 1 in the
    order seen, times are the clock's (see RATIONALE), link counts of directories are 1.
    """

    def __init__(self, path: str, clock: Clock, *, read_only: bool = False, deterministic: bool = False) -> None:
        raise NotImplementedError

    @property
    def root(self) -> Directory:
        """The mounted directory."""
        raise NotImplementedError

    def statfs(self) -> StatFs:
        """The host's own figures, or fixed ones if deterministic."""
        raise NotImplementedError
