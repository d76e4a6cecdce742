"""`python -m bench.compile [--native] FILE` prints how many milliseconds it takes to compile a program, in a new cache.

The time to import compat counts; that to start Python does not.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.environ["COMPAT_CACHE_DIR"] = folder
        start = time.perf_counter()
        from compat.cli.main import main as command

        if status := command(["compile", *sys.argv[1:]]):
            raise SystemExit(status)
        print(1000 * (time.perf_counter() - start))


if __name__ == "__main__":
    main()
