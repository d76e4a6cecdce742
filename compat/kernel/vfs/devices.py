"""Character devices: null, zero, full, random, and names for open streams."""

from __future__ import annotations

from compat.kernel.entropy import Entropy
from compat.kernel.files import OpenFile
from compat.kernel.vfs.memory import MemoryVolume
from compat.kernel.vfs.node import Node


def device_number(major: int, minor: int) -> int:
    """`st_rdev` of a device."""
    return major << 8 | minor


def null(volume: MemoryVolume) -> Node:
    """Reads nothing, takes everything (null(4))."""
    raise NotImplementedError


def zero(volume: MemoryVolume) -> Node:
    """Reads zeros, takes everything (zero(4))."""
    raise NotImplementedError


def full(volume: MemoryVolume) -> Node:
    """Reads zeros, writes raise ENOSPC (full(4))."""
    raise NotImplementedError


def random(volume: MemoryVolume, entropy: Entropy, minor: int = 9) -> Node:
    """Reads random bytes, takes everything (random(4)); minor 8 is /dev/random, 9 /dev/urandom."""
    raise NotImplementedError


def stream(volume: MemoryVolume, source: OpenFile, sink: OpenFile, rdev: int) -> Node:
    """A name for open streams, such as /dev/tty: reads come from `source`, writes go to `sink`."""
    raise NotImplementedError
