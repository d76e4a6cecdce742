from __future__ import annotations

import pytest

from compat.detect.container import Container
from compat.detect.sibling import Slot, names_in_clear
from compat.wasm.model import FuncType, GlobalType, ValType
from tests.detect.javascript_text import IN_CLEAR, Style, glue
from tests.wasm import builder as b

ADDRESS = GlobalType(ValType.I32, mutable=False)
THEIRS = {
    **{"abort": "v(i)", "assert": "v(i)", "nullFunc_ii": "v(i)", "jsCall_ii": "i(ii)", "___lock": "v(i)"},
    **{"___syscall5": "i(ii)", "___syscall6": "i(ii)", "_application": "v(id)", "_time": "i(i)", "_utimes": "i(ii)"},
}


def build(names: dict[str, str] = THEIRS, style: Style = Style.PLAIN) -> Container:
    imports = [("env", name, type_) for name, type_ in reversed(names.items())]
    wasm = b.build(imports=[*imports, ("env", "DYNAMICTOP_PTR", ADDRESS)])
    return Container(wasm, glue(style, {name: name for name in [*names, "DYNAMICTOP_PTR"]}, {}))


def slots(**types: str) -> list[Slot]:
    return [(key, FuncType.parse(type_)) for key, type_ in types.items()]


OURS: list[Slot] = [
    *slots(e="v(i)", f="i(ii)", a="v(i)", c="i(ii)", d="i(ii)", h="v(id)", b="i(i)", g="i(ii)"),
    ("z", ADDRESS),
]


@pytest.mark.parametrize("style", IN_CLEAR)
def test_what_lies_between_known_names_is_named(style: Style) -> None:
    """Of what only builds with assertions have, nothing is in the way."""
    known = {"c": "___syscall5", "d": "___syscall6", "b": "_time"}
    assert names_in_clear(build(style=style), OURS, known) == {
        **{"e": "abort", "f": "jsCall_ii", "a": "___lock", "h": "_application", "g": "_utimes", "z": "DYNAMICTOP_PTR"},
    }


def test_a_place_where_types_differ_says_nothing() -> None:
    ours = [slot if slot[0] != "h" else ("h", FuncType.parse("v(i)")) for slot in OURS]
    found = names_in_clear(build(), ours, {"d": "___syscall6", "b": "_time"})
    assert "h" not in found
    assert found["g"] == "_utimes"


def test_a_place_where_one_is_missing_says_nothing() -> None:
    ours = [slot for slot in OURS if slot[0] != "a"]
    assert names_in_clear(build(), ours, {"d": "___syscall6", "b": "_time"}) == {
        "h": "_application",
        "g": "_utimes",
        "z": "DYNAMICTOP_PTR",
    }


def test_a_known_name_stays() -> None:
    assert "g" not in names_in_clear(build(), OURS, {"g": "_utime", "b": "_time"})


@pytest.mark.parametrize(
    "other",
    [
        Container(b"\0asm\1\0\0\0\xff", "x"),
        Container(b.build(), "var a"),
        Container(build().wasm, None),
        Container(build().wasm, "Module.asm({},{a:1},b)"),
        Container(b.build(imports=[("env", "a", "v(i)"), ("env", "b", "i(ii)")]), "asm(g,{a:x,b:y},h)"),
    ],
    ids=["malformed", "no imports", "no glue", "another glue", "minified"],
)
def test_what_is_no_such_build_says_nothing(other: Container) -> None:
    assert names_in_clear(other, OURS, {}) == {}


def test_between_names_in_another_order_lies_nothing() -> None:
    assert names_in_clear(build(), OURS, {"f": "___syscall6", "d": "jsCall_ii", "b": "_time"}) == {
        "g": "_utimes",
        "z": "DYNAMICTOP_PTR",
    }
