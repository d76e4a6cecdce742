"""Times one function of a compiled C++ program: `python -m bench.cxx FILE FUNCTION TIMES` prints nanoseconds a turn."""

from __future__ import annotations

import sys
import time

import compat


def main() -> None:
    file, name, times = sys.argv[1], sys.argv[2], int(sys.argv[3])
    with compat.load(file) as program:
        program.call(name, times // 10)
        start = time.perf_counter_ns()
        if program.call(name, times) != times:
            raise SystemExit(f"{name} did not count right")
        print((time.perf_counter_ns() - start) / times)


if __name__ == "__main__":
    main()
