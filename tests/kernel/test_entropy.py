from __future__ import annotations

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from compat.kernel.entropy import SeededEntropy, SystemEntropy


def test_a_seed_gives_the_documented_stream() -> None:
    blocks = b"".join(hashlib.sha256(b"seed" + i.to_bytes(8, "big")).digest() for i in range(3))
    assert SeededEntropy(b"seed").bytes(80) == blocks[:80]
    assert SeededEntropy(b"other").bytes(80) != blocks[:80]


@given(st.lists(st.integers(0, 100), max_size=8))
def test_how_it_is_cut_does_not_matter(sizes: list[int]) -> None:
    cut = SeededEntropy()
    assert b"".join(cut.bytes(size) for size in sizes) == SeededEntropy().bytes(sum(sizes))


def test_the_hosts_entropy_differs() -> None:
    assert SystemEntropy().bytes(16) != SystemEntropy().bytes(16)
    assert SystemEntropy().bytes(0) == b""
