"""The two compilers, for tests of what must not depend on which it was."""

from __future__ import annotations

import pytest
from compat.engine._libwasmtime import lib

COMPILERS = [
    pytest.param(False, id="optimising"),
    pytest.param(True, id="baseline", marks=pytest.mark.skipif(not lib.HAS_BASELINE, reason="there is none here")),
]
"""Whether an engine is a baseline engine."""
