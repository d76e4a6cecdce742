"""`compat cache`: where compiled modules are kept, which there are, and away with them."""

from __future__ import annotations

from collections.abc import Sequence

from compat.cli.options import UsageError, parse, usage
from compat.engine import cache

_USAGE = usage("compat cache dir | ls | clean", "Compiled modules are kept, so that a program starts at once.", ())


def main(argv: Sequence[str]) -> int:
    given = parse(argv, ())
    match given.operands:
        case _ if "help" in given:
            print(_USAGE, end="")
        case ["dir"]:
            print(cache.directory())
        case ["ls"]:
            for entry in cache.entries():
                print(f"{entry.size:>12}  {entry.name}")
        case ["clean"]:
            count, size = cache.clean()
            print(f"removed {count} modules, {size} bytes")
        case _:
            raise UsageError("cache takes one of dir, ls, clean")
    return 0
