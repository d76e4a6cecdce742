from __future__ import annotations

import pytest

from compat.detect import facts as f
from compat.detect.model import Glue
from tests.detect.modules import facts, module


@pytest.mark.parametrize(
    ("imports", "minified"),
    [
        (["env.a global", "env.b", "env.c", "env.__table_base global", "env.memory memory"], True),
        (["env.a", "asm2wasm.f64-rem"], True),
        (["env._a", "env.abort"], False),
        (["env.a", "env._main_loop"], False),
        (["env.now", "env.log"], False),
        (["wasi_unstable.a"], False),
        ([], False),
    ],
)
def test_minified_names_are_those_of_binaryens_sequence(imports: list[str], minified: bool) -> None:
    assert facts(*imports).minified is minified


def test_names_are_in_clear_once_glue_gives_them() -> None:
    without = facts("env.a global", "env.b", "env.c", exports=["d"])
    assert list(without.env) == []
    glue = Glue(import_names={"a": "STACKTOP", "b": "abort"}, export_names={"d": "_main"})
    named = without.with_glue(glue, "text")
    assert (named.functions, named.globals, list(named.exports)) == (("abort",), ("STACKTOP",), ["_main"])
    assert (named.glue, named.text) == (glue, "text")


def test_glue_changes_nothing_in_names_in_clear() -> None:
    bare = facts("env._exit", "env.STACKTOP global")
    assert bare.functions == ("_exit",)
    glued = bare.with_glue(Glue(static_bump=1), "text")
    assert (glued.functions, glued.glue.static_bump, glued.text) == (("_exit",), 1, "text")


@pytest.mark.parametrize(
    ("look", "seen"),
    [
        (f.imports("_exit", "STACKTOP", "no"), ["_exit", "STACKTOP"]),
        (f.functions("_"), ["_exit"]),
        (f.functions("_", "_ex"), []),
        (f.typed("i(i)", "_exit"), ["_exit i(i)"]),
        (f.typed("v()", "_exit"), []),
        (f.exports("_main"), ["_main"]),
        (f.exported("dynCall_"), ["dynCall_v"]),
        (f.namespaces("global", "go"), ["global"]),
        (f.sections("dylink"), ["dylink"]),
        (f.unless(f.imports("_exit"), f.exports("_main")), []),
        (f.unless(f.imports("_exit"), f.exports("_other")), ["_exit"]),
        (f.given(f.imports("no"), f.imports("_exit")), []),
        (f.given(f.exports("_main"), f.imports("_exit")), ["_exit"]),
    ],
)
def test_a_look_gives_the_names_it_saw(look: f.Look, seen: list[str]) -> None:
    binary = module(
        "env._exit", "env.STACKTOP global", "global.NaN global", exports=["_main", "dynCall_v"], customs=["dylink"]
    )
    assert list(look(f.Facts(binary))) == seen


def test_long_lists_are_shortened() -> None:
    assert f.listed("abcde") == "a, b, c, d, e"
    assert f.listed("abcdef") == "a, b, c, d and 2 more"
