"""Random bytes: the host's, or a stream that a seed determines."""

from __future__ import annotations

from abc import ABC, abstractmethod

from compat.kernel.host import system


class Entropy(ABC):
    """A source of random bytes."""

    @abstractmethod
    def bytes(self, n: int) -> bytes:
        """The next `n` bytes."""


class SystemEntropy(Entropy):
    """The host's generator for cryptography."""

    def bytes(self, n: int) -> bytes:
        """`n` unpredictable bytes."""
        return system.random_bytes(n)


class SeededEntropy(Entropy):
    """SHA-256 in counter mode, the same on every Python and platform.

    Block i is SHA-256(seed || i as 8 bytes, big-endian). The bytes come as one stream: two readings of 8 give what one
    of 16 gives.
    """

    def __init__(self, seed: bytes = b"") -> None:
        from hashlib import sha256

        self._sha256 = sha256
        self._seed = seed
        self._counter = 0
        self._rest = b""

    def bytes(self, n: int) -> bytes:
        """The next `n` bytes of the stream."""
        blocks = [self._rest]
        size = len(self._rest)
        while size < n:
            block = self._sha256(self._seed + self._counter.to_bytes(8, "big")).digest()
            self._counter += 1
            blocks.append(block)
            size += len(block)
        stream = b"".join(blocks)
        self._rest = stream[n:]
        return stream[:n]
