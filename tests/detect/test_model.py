from __future__ import annotations

import pytest

from compat.detect.model import AbiName, Detection, Epoch, Glue, Release
from tests.detect.modules import module


def test_releases_are_ordered_by_number() -> None:
    assert Release.parse("1.38.9") < Release.parse("1.38.31") < Release.parse("1.39.0")
    assert str(Release.parse("1.38.31")) == "1.38.31"


@pytest.mark.parametrize("text", ["", "1.38", "1.38.x", "1.2.3.4"])
def test_what_is_no_release_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  Its message is Python's.
        Release.parse(text)


def test_an_epoch_is_written_as_a_range() -> None:
    assert str(Epoch(Release(1, 38, 9), Release(1, 38, 17))) == "1.38.9 to 1.38.17"
    assert str(Epoch(Release(1, 39, 0), Release(1, 39, 0))) == "1.39.0"


@pytest.mark.parametrize(
    ("glue", "minified", "known"),
    [
        (Glue(), False, (3, 3)),
        (Glue(), True, (1, 3)),
        (Glue(import_names={"a": "abort"}), True, (2, 3)),
        (Glue(import_names={"a": "abort", "b": "_exit", "c": "STACKTOP"}), True, (3, 3)),
    ],
)
def test_names_known_counts_functions(glue: Glue, minified: bool, known: tuple[int, int]) -> None:
    binary = module("env.a", "env.b", "asm2wasm.f64-rem", "env.c global")
    assert Detection(binary, AbiName.EMSCRIPTEN, 1.0, (), glue=glue, minified=minified).names_known == known
