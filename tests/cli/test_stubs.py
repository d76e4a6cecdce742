"""`compat stubs`: a stub that Python can read, and in which a type checker finds mistakes."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.cli.conftest import Said
from tests.conftest import Build
from tests.emscripten_abi.embind.library import Library
from tests.programs import emscripten
from tests.type_checking import mistakes

LIBRARY = """
  (func (export "_open") (param i32 i64 f32 f64) (result i32) (i32.const 0))
  (func (export "_half") (param f64) (result f64) (local.get 0))
  (func (export "__Z3addii") (param i32 i32))
  (func (export "_import"))
  (func (export "_not a name"))
  (func (export "_takes_a_vector") (param v128))"""


def test_functions_have_their_types(said: Said, build: Build) -> None:
    status, out, err = said("stubs", build(emscripten(LIBRARY)))
    assert (status, err) == (0, "")
    ast.parse(out)
    assert "    def open(self, p0: Word, p1: int, p2: float, p3: float, /) -> int: ...\n" in out
    assert "    def half(self, p0: float, /) -> float: ...\n" in out
    assert "    def _Z3addii(self, p0: Word, p1: Word, /) -> None: ...  # add\n" in out
    assert "    def malloc(self, p0: Word, /) -> int: ...\n" in out
    for name in ("stackSave", "import(", "not a name", "takes_a_vector"):
        assert name not in out


def test_the_file_may_stand_on_either_side(said: Said, build: Build, tmp_path: Path) -> None:
    library, before, after = build(emscripten(LIBRARY)), tmp_path / "before.pyi", tmp_path / "after.pyi"
    assert said("stubs", library, "-o", after) == (0, "", "")
    assert said("stubs", "--output", before, library) == (0, "", "")
    assert before.read_text() == after.read_text() == said("stubs", library)[1]


def test_without_any_function(said: Said, build: Build) -> None:
    ast.parse(said("stubs", build('(module (memory (export "memory") 1))'))[1])


@pytest.mark.parametrize("arguments", [(), ("a", "b"), ("a", "--json")])
def test_wrong_use(said: Said, arguments: tuple[str, ...]) -> None:
    assert said("stubs", *arguments)[0] == 125


def test_a_type_checker_finds_mistakes(said: Said, build: Build, tmp_path: Path) -> None:
    said("stubs", build(emscripten(LIBRARY)), "-o", tmp_path / "library.pyi")
    lines = [
        "import compat",
        "import library",
        "c: library.Functions = compat.load('').c",
        "c.open('x', 1, 1.0, 1.0)",
        "c.opne()",
        "c.open(1.5, 1, 1.0, 1.0)",
        "c.half(bytearray())",
    ]
    assert mistakes(tmp_path, lines, "library") == [5, 6, 7]


def cxx() -> Library:
    library = Library()
    library.basics()
    library.class_("Base")
    library.class_("Counter", "Base")
    library.constructor("Counter", [], "ii", "(i32.const 16)")
    library.constructor("Counter", ["int", "std::string"], "iiii", "(i32.const 16)")
    library.method("Base", "base", "void", [], "vii", "")
    library.method("Counter", "add", "int", ["int"], "iiii", "(i32.const 1)")
    library.method("Counter", "add", "int", ["int", "Counter*"], "iiiii", "(i32.const 1)")
    library.method("Counter", "int", "Counter*", [], "iii", "(i32.const 0)")
    library.method("Counter", "lost", "Nowhere", [], "iii", "(i32.const 0)")
    library.static_method("Counter", "make", "Counter", ["Counter const*"], "iii", "(i32.const 16)")
    library.method("Counter", "both", "void", [], "vii", "")
    library.static_method("Counter", "both", "int", ["int"], "iii", "(i32.const 1)")
    library.property("Counter", "count", "int", "i", "(i32.const 1)", "")
    library.property("Counter", "name", "std::string", "i", "(i32.const 1)", "(drop (local.get 0))")
    library.static_property("Counter", "total", "int", 1024)
    library.enumeration("Color", [("RED", 1), ("class", 2)])
    library.struct("Point", [("x", "float", "f"), ("y", "float", "f")])
    library.struct("#pair", [("", "int", "i"), ("", "int", "i")], named=False)
    library.struct("#odd", [("", "int", "i"), ("", "float", "f")], named=False)
    library.constant("LIMIT", "int", 5.0)
    library.function("paint", "Color", ["Color", "Point"], "iiii", "(i32.const 1)")
    library.function("pair", "#pair", ["#pair"], "iii", "(i32.const 16)")
    library.function("odd", "#odd", ["val"], "iii", "(i32.const 16)")
    library.function("float", "float", ["float"], "fif", "(local.get 1)")
    library.function("data", "memory_view<uint8_t>", [], "ii", "(i32.const 16)")
    return library


def test_what_c_plus_plus_registers_is_told_when_it_is_run(said: Said, build: Build) -> None:
    path = build(cxx().module())
    status, out, err = said("stubs", "--abi", "emscripten", path)
    assert (status, err) == (0, "")
    assert "compat stubs --run" in out
    assert "class Bindings" not in out
    status, out, err = said("stubs", "--run", "--abi", "emscripten", path)
    assert (status, err) == (0, "")
    ast.parse(out)
    lines = {line.strip() for line in out.splitlines()}
    assert lines >= {
        "class Counter(Base):",
        "def __init__(self, arg0: builtins.int, arg1: str | Buffer, /) -> None: ...",
        "def add(self, arg0: builtins.int, arg1: Counter | None, /) -> builtins.int: ...",
        "def int(self, /) -> Counter | None: ...",
        "# lost: cannot call Counter.lost: the program registers no type Nowhere",
        "def make(arg0: Counter | None, /) -> Counter: ...",
        "def both(arg0: builtins.int, /) -> builtins.int: ...",
        "def count(self) -> builtins.int: ...",
        "def name(self, value: str | Buffer) -> None: ...",
        "total: typing.ClassVar[builtins.int]",
        "class Color(enum.Enum):",
        "RED = 1",
        "x: float",
        "Counter: type[_Counter]",
        "LIMIT: int",
        "def paint(self, arg0: _Color | int, arg1: Point | collections.abc.Mapping[str, typing.Any], /)"
        " -> _Color | int: ...",
        "def pair(self, arg0: collections.abc.Sequence[int], /) -> list[int]: ...",
        "def odd(self, arg0: typing.Any, /) -> list[typing.Any]: ...",
        "def float(self, arg0: builtins.float, /) -> builtins.float: ...",
        "def data(self, /) -> memoryview: ...",
    }
    assert "Value" not in out


def test_a_type_checker_finds_mistakes_in_c_plus_plus(said: Said, build: Build, tmp_path: Path) -> None:
    said("stubs", "--run", "--abi", "emscripten", build(cxx().module()), "-o", tmp_path / "library.pyi")
    lines = [
        "import compat",
        "import library",
        "with compat.load('') as module:",
        "    own: library.Bindings = module",
        "    with own.Counter(1, 'x') as counter:",
        "        counter.base()",
        "        counter.add(1, counter) + counter.count",
        "        counter.add('1')",
        "        counter.count = 5",
        "        counter.name = b'bytes'",
        "        counter.cuont",
        "        own.Counter.make(None).add(own.Counter.total)",
        "        own.Counter(5)",
        "    own.paint(own.Color.RED, {'x': 1, 'y': 2})",
        "    own.paint(1, 2)",
        "    own.pair([1, 2])[0] + own.LIMIT",
        "    own.pair(['1', '2'])",
        "    own.missing()",
        "    print(own.data()[0], own.float(1))",
        "counted: list[library.Counter] = []",
    ]
    assert mistakes(tmp_path, lines, "library") == [8, 9, 11, 13, 15, 17, 18]


def test_what_the_webidl_binder_bound(said: Said, build: Build, tmp_path: Path) -> None:
    library = Library()
    library.extra = """
      (func (export "_emscripten_bind_Shape_Shape_1") (param i32) (result i32) (i32.const 16))
      (func (export "_emscripten_bind_Shape_area_0") (param i32) (result f32) (f32.const 1))
      (func (export "_emscripten_bind_Shape_scale_1") (param i32 f32))
      (func (export "_emscripten_bind_Shape_scale_2") (param i32 f32 i32))
      (func (export "_emscripten_bind_Shape_get_width_0") (param i32) (result i32) (i32.const 1))
      (func (export "_emscripten_bind_Shape_set_width_1") (param i32 i32))"""
    said("stubs", "--run", "--abi", "emscripten", build(library.module()), "-o", tmp_path / "library.pyi")
    lines = [
        "import compat",
        "import library",
        "own: library.Bindings = compat.load('')",
        "shape = own.Shape(5)",
        "shape.scale(1.5)",
        "shape.scale(shape.area(), b'data')",
        "shape.scale('1')",
        "shape.width = shape.width + 1",
        "shape.size()",
        "own.Shape(print)",
    ]
    assert mistakes(tmp_path, lines, "library") == [7, 9, 10]
