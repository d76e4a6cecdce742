"""`python -m bench.load FILE GLUE [cold]` prints how many milliseconds it takes to load a library and to call it once.

`cold` is with an empty cache. The time to import compat counts; that to start Python does not.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time


def main() -> None:
    file, glue, *cold = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        if cold:
            os.environ["COMPAT_CACHE_DIR"] = folder
        start = time.perf_counter()
        import compat

        module = compat.load(file, glue=glue)
        module.call("_malloc", 16)
        print(1000 * (time.perf_counter() - start))
        module.close()
        while cold and any(name.endswith(".report") for name in os.listdir(folder)):
            time.sleep(0.01)  # what a first run leaves to another process would count against the next row


if __name__ == "__main__":
    main()
