from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def nobodys_cache(own_cache: Path) -> Path:
    """What is found about minified names is kept."""
    return own_cache
