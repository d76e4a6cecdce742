"""Every program of the corpus loads and starts, or is refused for a reason that is known."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest
from syrupy.assertion import SnapshotAssertion

import compat
from compat import corpus
from compat.detect.detect import detect
from compat.errors import GuestError, Unsupported
from compat.plan import RUNNABLE, abi_for, make_plan
from corpus.case import load_cases

HAVE_CASES = {case.program for case in load_cases()}
"""To compile them once more, without a time limit, would only take longer."""


@pytest.mark.parametrize("program_id", corpus.index())
def test_load(program_id: str, fetched: Callable[[str], corpus.Program], snapshot: SnapshotAssertion) -> None:
    program = fetched(program_id)
    told = ["has cases"] if program_id in HAVE_CASES else outcome(program).splitlines()
    assert [*told, *missing(program)] == snapshot


def outcome(program: corpus.Program) -> str:
    """What comes of instantiating the program and running its constructors."""
    try:
        with compat.load(corpus.path(program), glue=corpus.glue(program)):
            return "starts"
    except (GuestError, Unsupported) as error:
        return str(error)


def missing(program: corpus.Program) -> list[str]:
    """How many of the program's imports nothing answers, by family; those that are of none by their names."""
    detection = detect(corpus.path(program), glue=corpus.glue(program))
    # What Closure renamed has no family before it has its name.
    if detection.abi not in RUNNABLE or program.names == "closure":
        return []
    bindings = make_plan(detection, abi_for(detection.abi, detection.features).tables).missing
    families = Counter(binding.row.group if binding.row else binding.name for binding in bindings)
    return [f"missing: {count} of {family}" for family, count in sorted(families.items())]
