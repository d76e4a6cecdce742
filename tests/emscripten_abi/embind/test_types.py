"""Values of every type, there and back."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from types import SimpleNamespace

import pytest

import compat
from compat import BindingError, UnboundTypeError
from tests.emscripten_abi.embind.library import BASIC, VIEWS, Library, loaded

IDENTITY = "(local.get 1)"
COPY = """(local i32) (local.set 2 (call $malloc (i32.const 256)))
  (memory.copy (local.get 2) (local.get 1) (i32.const 256)) (local.get 2)"""


@pytest.fixture
def module(tmp_path: Path) -> Iterator[compat.Module]:
    library = Library()
    library.basics()
    for name in BASIC:
        library.function(f"same {name}", name, [name], "iii", IDENTITY)
    library.function("same", "bool", ["bool"], "iii", "(i32.shl (local.get 1) (i32.const 3))")
    library.function("half", "double", ["double"], "did", "(f64.div (local.get 1) (f64.const 2))")
    library.function("single", "float", ["float"], "fif", "(local.get 1)")
    for name in ("std::string", "std::wstring", "std::u16string"):
        library.function(name, name, [name], "iii", COPY)
    library.function("nothing", "void", [], "vi", "")
    library.function("give", "void", ["val"], "vii", "")
    library.function(
        "view",
        "val",
        ["int"],
        "iii",
        f"""
      (i32.store (i32.const 2048) (i32.const 3)) (i32.store (i32.const 2052) (i32.const 4096))
      (call {library.imported("__emval_take_value", "iii")}
        (i32.load (i32.add (i32.const {library.types(*(f"memory_view<{name}>" for name in VIEWS))})
          (i32.shl (local.get 1) (i32.const 2)))) (i32.const 2048))""",
    )
    library.enumeration("Colour", [("RED", 0), ("GREEN", 5), ("None", -1)])
    library.enumeration("Small", [("LOW", 1), ("HIGH", 255)], size=1, signed=0)
    library.function("paint", "Colour", ["Colour"], "iii", IDENTITY)
    library.function("shrink", "Small", ["int"], "iii", IDENTITY)
    library.struct("Point", [("x", "int", "i"), ("y", "float", "f")])
    library.struct("Pair", [("", "int", "i"), ("", "Point", "i")], named=False)
    library.function("move", "Point", ["Point"], "iii", COPY)
    library.struct("Options", [("pass", "int", "i"), ("level", "int", "i")])
    library.function("choose", "Options", ["Options"], "iii", COPY)
    library.function(
        "swap",
        "Pair",
        ["int"],
        "iii",
        """(local i32)
      (local.set 2 (call $malloc (i32.const 8))) (i32.store (local.get 2) (local.get 1))
      (i32.store offset=4 (local.get 2) (i32.const 8192)) (i32.store (i32.const 8192) (i32.const 7)) (local.get 2)""",
    )
    library.constant("ANSWER", "int", 42.0)
    library.constant("BIG", "unsigned int", -1.0)
    library.constant("FAVOURITE", "Colour", 5.0)
    library.constant("LATE", "Later", 1.0)
    library.enumeration("Later", [("ONE", 1)])
    library.function("missing", "void", ["Unknown", "int"], "viii", "")
    with loaded(library, tmp_path) as module:
        yield module


@pytest.mark.parametrize("name", BASIC)
def test_integers_keep_to_their_range(module: compat.Module, name: str) -> None:
    _, low, high = BASIC[name]
    high = (1 << 32) - 1 if high == -1 else high
    same = module.bindings[f"same${name}".replace(" ", "$")]
    assert [same(value) for value in (low, 0, 1, high, True)] == [low, 0, 1, high, 1]
    for value in (low - 1, high + 1, 1 << 70, float("inf") if low > 0 else high + 0.5 + 1):
        with pytest.raises(BindingError, match="outside"):
            same(value)
    for value in ("1", None, b"1", [1]):
        with pytest.raises(TypeError, match="cannot convert"):
            same(value)


def test_other_numbers(module: compat.Module) -> None:
    assert module.same(2) is True
    assert module.same("") is False
    assert module.half(3) == 1.5
    assert module.single(0.1) == pytest.approx(0.1)
    assert module.single(1e300) == float("inf")
    with pytest.raises(BindingError, match="cannot convert '1' to double"):
        module.half("1")
    assert module.nothing() is None


def test_strings(module: compat.Module) -> None:
    bindings = module.bindings
    for name in ("std$$string", "std$$wstring", "std$$u16string"):
        for text in ("", "abc", "a\0b", "größe", "€", "🙂"):
            assert bindings[name](text) == text
        with pytest.raises(BindingError, match="cannot convert 5"):
            bindings[name](5)
    same = bindings["std$$string"]
    assert same(b"a\xff") == "a\udcff"
    assert same(same(b"a\xff")) == "a\udcff"
    assert same(memoryview(b"abc")) == same(bytearray(b"abc")) == "abc"
    assert module.call("balance") == 0


def test_strings_before_1_38_11_are_latin_1(tmp_path: Path) -> None:
    library = Library()
    library.basics()
    library.function("same", "std::string", ["std::string"], "iii", COPY)
    with loaded(library, tmp_path) as module:
        module.bindings.types.encoding = "latin-1"  # type: ignore[attr-defined]
        assert module.same("größe") == "größe"
        with pytest.raises(BindingError, match=r"before 1\.38\.11"):
            module.same("€")


def test_memory_views_are_the_memory_itself(module: compat.Module) -> None:
    sizes = (1, 1, 2, 2, 4, 4, 4, 8)
    for number, size in enumerate(sizes):
        view = module.view(number)
        assert (view.format, view.itemsize, len(view)) == ("bBhHiIfd"[number], size, 3)
    module.view(1)[2] = 200
    assert module.memory.load_u8(4098) == 200
    assert module.view(0)[2] == -56


def test_enumerations(module: compat.Module) -> None:
    colour = module.Colour
    assert issubclass(colour, Enum)
    assert [member.name for member in colour] == ["RED", "GREEN", "None_"]
    assert module.paint(colour.GREEN) is colour.GREEN
    assert module.paint(-1) is colour.None_
    assert module.paint(3) == 3
    assert module.shrink(255) is module.Small.HIGH
    for wrong in ("RED", None, module.Small.LOW, 1.5):
        with pytest.raises(BindingError, match="to Colour"):
            module.paint(wrong)


def test_structs(module: compat.Module) -> None:
    point = module.move({"x": 3, "y": 0.5, "z": "not its business"})
    assert (point.x, point.y, repr(point)) == (3, 0.5, "Point(x=3, y=0.5)")
    point.x = 4
    assert module.move(point) == point
    assert module.move(SimpleNamespace(x=1, y=2)).y == 2
    for wrong in ({"x": 1}, None, 5, [1, 2]):
        with pytest.raises(BindingError, match="is not a Point"):
            module.move(wrong)
    with pytest.raises(BindingError, match="to float"):
        module.move({"x": 1, "y": "2"})
    number, point = module.swap(5)
    assert (number, point.x) == (5, 7)


def test_a_field_whose_name_means_something_to_python(module: compat.Module) -> None:
    """A mapping has it as C++ does, and an object with an underscore, since it could have no other attribute."""
    options = module.choose({"pass": 2, "level": 3})
    assert (options.pass_, options.level) == (2, 3)
    assert module.choose(options) == options
    with pytest.raises(BindingError, match="it has no 'pass'"):
        module.choose({"pass_": 2, "level": 3})


def test_what_arguments_take_is_given_back(module: compat.Module) -> None:
    module.bindings["std$$string"]("text")
    module.move({"x": 1, "y": 1})
    assert module.call("balance") == 0
    with pytest.raises(BindingError):
        module.move({"x": 1, "y": "2"})
    assert module.call("balance") == 0


def test_constants(module: compat.Module) -> None:
    assert (module.ANSWER, module.BIG) == (42, (1 << 32) - 1)
    assert module.FAVOURITE is module.Colour.GREEN
    assert module.LATE is module.Later.ONE


def test_a_type_that_is_missing_is_named(module: compat.Module) -> None:
    with pytest.raises(UnboundTypeError, match="cannot call missing: the program registers no type Unknown"):
        module.missing(1, 2)
    assert module.call("balance") == 0


def test_functions_say_what_they_take(module: compat.Module) -> None:
    assert str(inspect.signature(module.half)) == "(arg0: float, /) -> float"
    assert module.move.__doc__ == "move(Point) -> Point"
    assert module.half.__name__ == "half"
    with pytest.raises(TypeError, match="positional argument"):
        module.half()
    assert {"half", "Colour", "bindings", "call"} <= set(dir(module))
    with pytest.raises(AttributeError, match="no attribute 'halve'"):
        _ = module.halve
