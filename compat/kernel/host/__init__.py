"""The host's operating system. Nothing outside this folder imports os, time or random.

`system` is the same everywhere; `platform` is the module for this platform's directories and waiting.
"""

from __future__ import annotations

import sys

if sys.platform == "win32":
    from compat.kernel.host import windows as platform
else:
    from compat.kernel.host import posix as platform

__all__ = ["platform"]
