"""Loads a program of the corpus and calls it: `python -m bench.drive PROGRAM DRIVER ARGUMENTS…` (corpus/drivers)."""

from __future__ import annotations

import sys

import compat
from compat import corpus
from corpus.drivers import driver


def main() -> None:
    program, name, *arguments = sys.argv[1:]
    found = corpus.find(program)
    with compat.load(corpus.path(found), glue=corpus.glue(found), deterministic=False) as module:
        driver(name).run(module, arguments)


if __name__ == "__main__":
    main()
