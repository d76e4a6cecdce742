"""Detection is right about every program of the corpus."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

from compat import corpus
from compat.cli.main import main
from compat.detect.detect import detect
from compat.detect.model import Release
from compat.wasm.model import FuncType

IDS = list(corpus.index())
SNAPSHOTS = Path(__file__).parent / "__snapshots__" / "test_inspect.ambr"


@pytest.mark.parametrize("program_id", IDS)
def test_verdict(program_id: str, fetched: Callable[[str], corpus.Program]) -> None:
    program = fetched(program_id)
    detection = detect(corpus.path(program), glue=corpus.glue(program))
    assert detection.abi.value == program.abi
    if program.epoch:
        lowest, highest = map(Release.parse, program.epoch)
        assert detection.epoch
        assert lowest <= detection.epoch.lowest <= detection.epoch.highest <= highest
    functions = [item for item in detection.module.imports if isinstance(item.type, FuncType)]
    recovered, total = program.recovered
    assert len(functions) == total
    if program.names == "closure":
        assert detection.names_known == program.recovered
    if program.names == "minified":
        # Only those of module `env` are minified.
        named = [item for item in functions if item.module != "env" or item.name in detection.glue.import_names]
        assert len(named) == recovered


@pytest.mark.parametrize("program_id", IDS)
def test_report(
    program_id: str,
    fetched: Callable[[str], corpus.Program],
    snapshot: SnapshotAssertion,
    capsys: pytest.CaptureFixture[str],
) -> None:
    program = fetched(program_id)
    glue = corpus.glue(program)
    assert main(["inspect", "--json", *([f"--glue={glue}"] if glue else []), str(corpus.path(program))]) == 0
    assert relative(json.loads(capsys.readouterr().out)) == snapshot


def test_every_program_has_its_snapshot() -> None:
    text = SNAPSHOTS.read_text("utf-8")
    assert [program_id for program_id in IDS if f"# name: test_report[{program_id}]\n" not in text] == []


def relative(value: object) -> object:
    """The report without the place of the cache, with POSIX separators in what lies below it."""
    match value:
        case dict():
            return {name: relative(item) for name, item in value.items()}
        case list():
            return [relative(item) for item in value]
        case str() if str(corpus.cache_dir()) in value:
            return value.replace(str(corpus.cache_dir()), "CORPUS").replace("\\", "/")
    return value
