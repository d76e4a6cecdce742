"""Every case of the corpus comes out as its oracle said."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import compat
from compat import corpus
from corpus.case import Case, Outcome, content, load_cases, load_outcome
from corpus.drivers import driver, host_functions

CASES = load_cases()
FIRST_OF_EACH = {case.program: case for case in reversed(CASES) if not case.driver}
"""Running them all once more, in processes of their own, would only take longer."""


@pytest.fixture(autouse=True)
def expect_difference(request: pytest.FixtureRequest) -> None:
    """A case that says it differs on this platform must go on doing so."""
    case: Case = request.getfixturevalue("case")
    if reason := case.differs.get(sys.platform):
        request.applymarker(pytest.mark.xfail(reason=reason, strict=True))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_case(case: Case, fetched: Callable[[str], corpus.Program], tmp_path: Path) -> None:
    program = fetched(case.program)
    mounts = mount(case, tmp_path)
    if case.driver:
        libraries = [corpus.path(fetched(library)) for library in case.libraries]
        assert call_library(case, program, mounts, libraries) == load_outcome(case)
    else:
        assert run_program(case, program, mounts) == load_outcome(case)


@pytest.mark.parametrize("case", FIRST_OF_EACH.values(), ids=lambda case: case.id)
def test_command_line(case: Case, fetched: Callable[[str], corpus.Program], tmp_path: Path) -> None:
    program = fetched(case.program)
    mounts = mount(case, tmp_path)
    # With a time limit, so that what was compiled for `test_case` serves here too.
    options = [f"--timeout={case.timeout}"] * bool(case.timeout)
    options += [*(f"--dir={host.host}::{host.guest}" for host in mounts)]
    options += [f"--env={name}={value}" for name, value in case.env.items()]
    if glue := corpus.glue(program):
        options.append(f"--glue={glue}")
    if case.import_map:
        options.append(f"--import-map={case.import_map_path}")
    command = [sys.executable, "-m", "compat", "run", *options, str(corpus.path(program)), *case.args]
    done = subprocess.run(command, input=case.stdin, capture_output=True, timeout=case.timeout, check=False)
    assert outcome(case, mounts, done.returncode, (done.stdout, done.stderr)) == load_outcome(case)


def mount(case: Case, folder: Path) -> list[compat.Mount]:
    """The directories that the case mounts, with its files in them."""
    mounts = [compat.Mount(str(folder / guest.lstrip("/")), guest) for guest in case.mounts]
    for host in mounts:
        Path(host.host).mkdir(parents=True)
    for guest, source in case.inputs.items():
        copy = folder / guest.lstrip("/")
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, copy)
    return mounts


def run_program(case: Case, program: corpus.Program, mounts: list[compat.Mount]) -> Outcome:
    result = compat.run(
        corpus.path(program),
        case.args,
        abi=case.abi,
        env=case.env,
        stdin=case.stdin,
        mounts=mounts,
        glue=corpus.glue(program),
        import_map=case.import_map_path,
        timeout=case.timeout,
    ).check()
    return outcome(case, mounts, result.status, (result.stdout, result.stderr))


def call_library(case: Case, program: corpus.Program, mounts: list[compat.Mount], libraries: list[Path]) -> Outcome:
    assert case.driver
    told: list[str] = []
    with compat.load(
        corpus.path(program),
        abi=case.abi,
        imports=host_functions(case.driver, told),
        env=case.env,
        stdin=case.stdin,
        mounts=mounts,
        glue=corpus.glue(program),
        import_map=case.import_map_path,
        timeout=case.timeout,
    ) as module:
        result = driver(case.driver).run(module, [*map(str, libraries), *case.args]) + "".join(told)
        return outcome(case, mounts, 0, (module.stdout, module.stderr), result)


def outcome(
    case: Case, mounts: list[compat.Mount], status: int, streams: tuple[bytes, bytes], result: str | None = None
) -> Outcome:
    stdout, stderr = streams
    # A file that is not there is an outcome too, and the error message beside it says more than its absence.
    files = {guest: path for guest in case.outputs if (path := on_host(guest, mounts)).is_file()}
    outputs = {guest: content(path.read_bytes()) for guest, path in files.items()}
    return Outcome(status, content(case.stable(stdout)), content(case.stable(stderr)), result, outputs)


def on_host(guest: str, mounts: list[compat.Mount]) -> Path:
    [(host, rest)] = [(m.host, guest.removeprefix(m.guest)) for m in mounts if guest.startswith(f"{m.guest}/")]
    return Path(host) / rest.lstrip("/")
