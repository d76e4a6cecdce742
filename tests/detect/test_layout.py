from __future__ import annotations

import pytest

from compat.detect.facts import Facts
from compat.detect.layout import layout
from compat.detect.model import Glue, Layout
from compat.engine import default_engine
from compat.wasm.model import GlobalType, ValType
from compat.wasm.reader import read
from tests.detect.modules import module
from tests.wasm import builder as b

MIB = 1 << 20


def of(*globals_: int, **glue: int) -> Layout | None:
    return layout(Facts(module(globals_=globals_), Glue(**glue)))


@pytest.mark.parametrize("globals_", [(160240, 5403120), (0, 0, 160240, 5403120, 0), (0, 160240, 5403120, 0, 7)])
def test_two_globals_in_a_row_are_the_stack(globals_: tuple[int, ...]) -> None:
    assert of(*globals_) == Layout(1024, 160240, 5403120, 5403120, "globals")


@pytest.mark.parametrize(
    "globals_",
    [(0, 0), (160240, 160256), (160241, 5403120), (1024, 5403120), (160240, 0, 5403120), (5403120, 160240), (17,)],
)
def test_other_globals_are_not(globals_: tuple[int, ...]) -> None:
    assert of(*globals_) is None


def test_a_global_alone_is_the_stacks_start() -> None:
    assert of(0, 5648) == Layout(1024, 5648, 5648 + 5 * MIB, 5648 + 5 * MIB, "globals")


def test_the_glue_says_where_such_a_stack_ends() -> None:
    assert of(5648, dynamic_base=70000) == Layout(1024, 5648, 70000, 70000, "globals")
    assert of(5648, total_stack=65536) == Layout(1024, 5648, 71184, 71184, "globals")


def test_globals_of_other_types_are_passed_over() -> None:
    constant, mutable = GlobalType(ValType.I32, mutable=False), GlobalType(ValType.F32, mutable=True)
    binary = read(b.build(globals_=[(constant, 160240), (mutable, 5403120.0)]))
    assert layout(Facts(binary)) is None


def test_the_glue_counts_from_the_size_of_static_data() -> None:
    assert of(static_bump=1212304) == Layout(1024, 1213328, 1213328 + 5 * MIB, 1213328 + 5 * MIB, "glue")
    assert of(static_bump=1, total_stack=2 * MIB) == Layout(1024, 1040, 1040 + 2 * MIB, 1040 + 2 * MIB, "glue")


def test_the_glue_may_have_the_addresses_themselves() -> None:
    assert of(stack_base=8048, dynamic_base=90000, static_bump=1) == Layout(1024, 8048, 90000, 90000, "glue")


def test_the_module_goes_before_the_glue() -> None:
    found = of(160240, 5403120, static_bump=1)
    assert found is not None
    assert found.source == "globals"


def test_metadata_adds_its_bases() -> None:
    fields = b"".join(map(b.u, [0, 1, 0, 3, 256, 10, 2048, 6_000_000, 100, 116]))
    stack = GlobalType(ValType.I32, mutable=True)
    section = b.custom("emscripten_metadata", fields)
    binary = read(b.build(globals_=[(stack, 160240), (stack, 5403120)], first=[section]))
    assert layout(Facts(binary)) == Layout(2048, 160240, 5403120, 6_000_000, "metadata")


def test_nothing_is_guessed() -> None:
    assert of(dynamic_base=90000, total_stack=MIB) is None


SBRK = """(module
  (import "env" "_emscripten_resize_heap" (func $resize (param i32) (result i32)))
  {imports}
  (func (param i32) (result i32)
    (drop (i32.load offset=4 (i32.const 4000)))
    (i32.store (i32.const 4008) (i32.add (local.get 0) (i32.load offset=8 (i32.const 4096))))
    (drop (call $resize (local.get 0)))
    (i32.load (i32.const 4200)))
  (global (mut i32) (i32.const 8192)) (global (mut i32) (i32.const 139264)))"""


@pytest.mark.parametrize(
    ("imports", "address"),
    [("", 4104), ('(import "env" "DYNAMICTOP_PTR" (global i32))', None)],
    ids=["constant", "import"],
)
def test_the_end_of_the_heap_is_where_sbrk_loads_it_from(imports: str, address: int | None) -> None:
    found = layout(Facts(read(default_engine().assemble(SBRK.replace("{imports}", imports)))))
    assert found
    assert found.dynamic_top == address
