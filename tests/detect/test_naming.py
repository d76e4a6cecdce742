from __future__ import annotations

from pathlib import Path

import pytest

from compat.detect import names as names_module
from compat.detect.detect import detect
from compat.detect.facts import Facts
from compat.detect.naming import Naming, naming
from compat.wasm.reader import read
from tests.detect.javascript_text import Style, glue
from tests.detect.test_emscripten import CONSTANTS, EXPORTS, HOST, KEYS, MINIFIED_PROGRAM, write
from tests.wasm import builder as b

FACTS = Facts(read(MINIFIED_PROGRAM))
TEXT = glue(Style.UGLIFIED, KEYS, EXPORTS, rest=CONSTANTS)
FOUND = Naming(frozenset(KEYS), KEYS, EXPORTS)


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("COMPAT_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def no_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("the glue was read again")

    naming(FACTS, TEXT, None)
    monkeypatch.setattr(names_module, "names", refuse)


def test_what_was_found_is_found_again(no_reading: None) -> None:
    assert naming(FACTS, TEXT, None) == FOUND


def test_everything_that_closure_left_is_kept() -> None:
    text = glue(Style.CLOSURE, KEYS, EXPORTS, rest=CONSTANTS)
    first = naming(FACTS, text, None)
    assert first.closure
    assert naming(FACTS, text, None) == first


@pytest.mark.parametrize("other", [(FACTS, TEXT + " "), (Facts(read(MINIFIED_PROGRAM + b"\0\2\1x")), TEXT)])
def test_another_text_or_module_is_another_matter(other: tuple[Facts, str], no_reading: None) -> None:
    with pytest.raises(AssertionError, match="read again"):
        naming(*other, None)


def test_another_version_of_compat_reads_anew(no_reading: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("compat.detect.naming._us", lambda: "newer")
    with pytest.raises(AssertionError, match="read again"):
        naming(FACTS, TEXT, None)


def test_a_damaged_entry_is_replaced(cache: Path) -> None:
    naming(FACTS, TEXT, None)
    [entry] = cache.glob("*.names")
    entry.write_bytes(entry.read_bytes()[:-5])
    assert naming(FACTS, TEXT, None) == FOUND


def test_glue_that_does_not_fit_leaves_nothing(cache: Path) -> None:
    naming(FACTS, "var a=1", None)
    assert not cache.exists()


def test_a_cache_that_cannot_be_written_costs_time_only(cache: Path) -> None:
    cache.write_text("a file")
    with pytest.warns(RuntimeWarning, match="not kept"):
        assert naming(FACTS, TEXT, None) == FOUND


@pytest.mark.parametrize("place", ["debug/x.js", "x-debug.js", "x.debug.js"])
def test_a_build_for_debugging_beside_the_glue_has_the_names(tmp_path: Path, place: str) -> None:
    types = {"_alpha": "v(id)", "_time": "i(i)", "_zeta": "i(ii)"}
    clear, minified = (
        b.build(imports=[*HOST, *(("env", name, type_) for name, type_ in zip(names, types.values(), strict=True))])
        for names in (types, "abc")
    )
    literal = '{a:function(p,q){m.x(p)},b:function(){n("missing function: time");k(-1)},c:function(p,q){return m.y}}'
    write(tmp_path / "x.wasm", minified)
    write(tmp_path / "x.js", f"WebAssembly;m.asm({{}},{literal},buffer)")
    assert detect(tmp_path / "x.wasm").glue.import_names == {"b": "_time"}
    other = tmp_path / place
    other.parent.mkdir(exist_ok=True)
    write(other.with_suffix(".wasm"), clear)
    write(other, glue(Style.PRETTY, {name: name for name in types}, {}, rest=f'var f="{other.stem}.wasm"'))
    detection = detect(tmp_path / "x.wasm")
    assert detection.glue.import_names == {"a": "_alpha", "b": "_time", "c": "_zeta"}
    assert any(f"2 more named by {place}, another build" in evidence.sentence for evidence in detection.evidence)
