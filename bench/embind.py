"""Times calls of what embind.wat registers: `python -m bench.embind FILE TIMES` prints nanoseconds a call."""

from __future__ import annotations

import sys
import time

import compat


def main() -> None:
    file, times = sys.argv[1], int(sys.argv[2])
    with compat.load(file, abi="emscripten") as module:
        increment = module.increment
        for _ in range(times // 10):
            increment(1)
        number = 0
        start = time.perf_counter_ns()
        for _ in range(times):
            number = increment(number)
        elapsed = time.perf_counter_ns() - start
        if number != times:
            raise SystemExit("increment did not count right")
        print(elapsed / times)


if __name__ == "__main__":
    main()
