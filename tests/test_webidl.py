"""Libraries that the WebIDL binder bound: their classes in Python."""

from __future__ import annotations

import copy
import gc
import inspect
from array import array
from collections.abc import Iterator
from math import isnan
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import compat
from compat.detect.webidl import interface
from compat.engine import default_engine
from compat.webidl import split
from tests.detect.test_webidl import PLAIN
from tests.emscripten_abi.embind.library import Library, loaded

SHAPES = """
  (func $new (param i32) (result i32) (local i32)
    (local.set 1 (call $malloc (i32.const 64)))
    (i32.store (local.get 1) (local.get 0))
    (local.get 1))
  (func (export "_emscripten_bind_Shape_Shape_1") (param i32) (result i32) (call $new (local.get 0)))
  (func (export "_emscripten_bind_Shape_Shape_3") (param i32 f32 i32) (result i32) (local i32)
    (local.set 3 (call $new (local.get 0)))
    (f32.store offset=4 (local.get 3) (local.get 1))
    (i32.store offset=8 (local.get 3) (local.get 2))
    (local.get 3))
  (func (export "_emscripten_bind_Shape___destroy___0") (param i32) (call $destroyed) (call $free (local.get 0)))
  (func (export "_emscripten_bind_Shape_area_0") (param i32) (result f32) (f32.load offset=4 (local.get 0)))
  (func (export "_emscripten_bind_Shape_scale_1") (param i32 f32)
    (f32.store offset=4 (local.get 0) (f32.mul (f32.load offset=4 (local.get 0)) (local.get 1))))
  (func (export "_emscripten_bind_Shape_scale_2") (param i32 f32 i32) (i32.store (local.get 0) (local.get 2)))
  (func (export "_emscripten_bind_Shape_name_0") (param i32) (result i32) (i32.load offset=8 (local.get 0)))
  (func (export "_emscripten_bind_Shape_rename_1") (param i32 i32) (i32.store offset=8 (local.get 0) (local.get 1)))
  (func (export "_emscripten_bind_Shape_part_0") (param i32) (result i32) (i32.add (local.get 0) (i32.const 16)))
  (func (export "_emscripten_bind_Shape_part_1") (param i32 i32) (result i32) (local.get 1))
  (func (export "_emscripten_bind_Shape_raw_0") (param i32) (result i32) (local.get 0))
  (func (export "_emscripten_bind_Shape_adopt_2") (param i32 i32 i32) (result i32)
    (i32.add (i32.mul (local.get 1) (i32.const 10)) (local.get 2)))
  (func (export "_emscripten_bind_Shape_sum_2") (param i32 i32 i32) (result i32) (local i32)
    (loop $again
      (if (local.get 2) (then
        (local.set 2 (i32.sub (local.get 2) (i32.const 1)))
        (local.set 3 (i32.add (local.get 3) (i32.load8_u (i32.add (local.get 1) (local.get 2)))))
        (br $again))))
    (local.get 3))
  (func (export "_emscripten_bind_Shape_get_width_0") (param i32) (result i32) (i32.load (local.get 0)))
  (func (export "_emscripten_bind_Shape_set_width_1") (param i32 i32) (i32.store (local.get 0) (local.get 1)))
  (func (export "_emscripten_bind_Shape_get_flat_0") (param i32) (result i32) (i32.load (local.get 0)))
  (func (export "_emscripten_bind_Shape_get_weights_1") (param i32 i32) (result f64)
    (f64.load offset=32 (i32.add (local.get 0) (i32.mul (i32.const 8) (local.get 1)))))
  (func (export "_emscripten_bind_Shape_set_weights_2") (param i32 i32 f64)
    (f64.store offset=32 (i32.add (local.get 0) (i32.mul (i32.const 8) (local.get 1))) (local.get 2)))
  (func (export "_emscripten_bind_Shape_traps_0") (param i32) (unreachable))
  (func (export "_emscripten_bind_Round_Shape_Round_Shape_0") (result i32) (call $new (i32.const 7)))
  (func (export "_emscripten_bind_Round_Shape_outer_edge_0") (param i32) (result f64) (f64.const 1.5))
  (func (export "_emscripten_bind_World_step_by_1") (param i32 i32) (result i32) (local.get 1))
  (func (export "_emscripten_bind_VoidPtr___destroy___0") (param i32))
  (func (export "_emscripten_bind_Shape___init___0") (param i32))
  (func (export "_emscripten_bind_a b_c_0") (param i32))
  (func (export "_emscripten_bind_Shape_many_999999999") (param i32))
  (func (export "_emscripten_enum_my_Kind_ROUND") (result i32) (i32.const 1))
  (func (export "_emscripten_enum_my_Kind_VERY_FLAT") (result i32) (i32.const -2))
  (func (export "_emscripten_enum_Shape_Mode_FAST") (result i32) (i32.const 5))
  (func (export "_emscripten_enum_wrong") (param i32))"""


def write(extra: str) -> Library:
    library = Library()
    library.basics()
    library.extra = extra
    return library


@pytest.fixture
def module(tmp_path: Path) -> Iterator[compat.Module]:
    """The library with its glue."""
    (tmp_path / "glue.js").write_text(f"/* WebAssembly */{PLAIN}", "utf-8")
    with loaded(write(SHAPES), tmp_path, glue=tmp_path / "glue.js") as module:
        yield module


@pytest.fixture
def bare(tmp_path: Path) -> Iterator[compat.Module]:
    """The library without glue."""
    with loaded(write(SHAPES), tmp_path) as module:
        yield module


def destroyed(module: compat.Module) -> int:
    count = module.call("destroyed")
    assert isinstance(count, int)
    return count


def test_classes_are_attributes_of_the_module(module: compat.Module) -> None:
    assert {"Shape", "Round_Shape", "World", "VoidPtr", "ROUND", "my_Kind"} <= set(dir(module))
    assert module.bindings["Shape"] is module.Shape
    assert issubclass(module.Round_Shape, module.Shape)
    assert module.Shape.__module__ == "library"
    assert "a b" not in module.bindings


def test_constructors_and_methods_are_overloaded_by_count(module: compat.Module) -> None:
    shape = module.Shape(3, 2, "tür")
    assert [shape.get_width(), shape.area(), shape.name()] == [3, 2.0, "tür"]
    shape.scale(1.5)
    assert shape.area() == 3.0
    shape.scale(1, 9)
    assert shape.width == 9
    with pytest.raises(compat.BindingError, match=r"Shape.scale takes 1 or 2 arguments, not 3"):
        shape.scale(1, 2, 3)
    with pytest.raises(compat.BindingError, match="Shape takes 1 or 3 arguments, not 0"):
        module.Shape()
    assert not hasattr(shape, "many")


def test_signatures_and_docstrings(module: compat.Module) -> None:
    assert str(inspect.signature(module.Shape.sum)) == "(self, arg0, arg1) -> int"
    assert str(inspect.signature(module.Shape.set_weights)) == "(self, arg0, arg1: float) -> None"
    assert inspect.signature(module.Shape.raw).return_annotation == "VoidPtr | None"
    assert module.Shape.scale.__doc__ == "scale(arg0: float) -> None\nscale(arg0: float, arg1) -> None"
    assert module.Shape.part.__doc__ == "part() -> Shape\npart(arg0) -> Shape"
    assert module.Shape.__init__.__doc__ == "Shape(arg0) -> Shape\nShape(arg0, arg1: float, arg2) -> Shape"
    assert module.Shape.scale.__qualname__ == "Shape.scale"


def test_attributes(module: compat.Module) -> None:
    shape = module.Shape(1)
    shape.width = 0
    assert (shape.width, shape.get_width(), shape.flat) == (0, 0, False)
    shape.set_width(4)
    assert (shape.width, shape.flat) == (4, True)
    with pytest.raises(AttributeError):
        shape.flat = True
    shape.weights[0], shape.weights[1] = 0.5, -1
    assert [shape.weights[0], shape.get_weights(1)] == [0.5, -1.0]
    with pytest.raises(IndexError, match="no element -1"):
        shape.weights[-1]
    with pytest.raises(TypeError):
        iter(shape.weights)


def test_pointers_are_objects_of_the_class_that_the_glue_names(module: compat.Module) -> None:
    shape = module.Shape(1)
    part = shape.part()
    assert type(part) is module.Shape
    assert part.ptr == shape.ptr + 16
    assert part != shape
    assert shape.part(None) is None
    assert shape.part(shape) == shape
    assert hash(shape.part(shape)) == hash(shape)
    assert type(shape.raw()) is module.VoidPtr


def test_casts(module: compat.Module) -> None:
    shape = module.Shape(1)
    round_ = module.Round_Shape.at(shape)
    assert type(round_) is module.Round_Shape
    assert round_ == shape
    assert round_.outer_edge() == 1.5
    assert module.Shape.at(shape.ptr) == shape
    assert module.Shape.at(shape.ptr - (1 << 32)) == shape
    assert module.Shape.at(0) is module.Shape.at(None) is None


def test_without_glue_pointers_are_numbers(bare: compat.Module) -> None:
    shape = bare.Shape(3, 2, "tür")
    assert shape.part(shape) == shape.ptr
    assert bare.Shape.at(shape.part()).ptr == shape.ptr + 16
    assert bare.memory.cstring(shape.name()).decode() == "tür"
    assert shape.flat == 3
    assert not issubclass(bare.Round_Shape, bare.Shape)
    assert [bare.my_Kind_ROUND, bare.my_Kind_VERY_FLAT, bare.Shape_Mode_FAST] == [1, -2, 5]
    assert "wrong" not in bare.bindings


def test_names_are_split_where_constructors_and_destructors_say(bare: compat.Module) -> None:
    assert hasattr(bare.Round_Shape, "outer_edge")
    assert "Round" not in bare.bindings
    # Of World, nothing says that it is a class: the first underscore is taken for the end of its name.
    assert bare.World.at(64).step_by(4) == 4


def test_enumerations(module: compat.Module) -> None:
    assert module.ROUND is module.my_Kind.ROUND
    assert repr(module.VERY_FLAT) == "<my_Kind.VERY_FLAT: -2>"
    assert module.Shape.FAST is module.Shape_Mode.FAST
    assert module.Shape(module.ROUND).width == module.ROUND
    assert not hasattr(module, "FAST")


@pytest.mark.parametrize("name", ["mro", "_hidden", "__init__"], ids=["method", "private", "special"])
def test_members_that_python_cannot_have_stand_under_their_whole_names(tmp_path: Path, name: str) -> None:
    exports = SHAPES.replace("Kind_ROUND", f"Kind_{name}")
    (tmp_path / "glue.js").write_text(f"/* WebAssembly */{PLAIN.replace('ROUND', name)}", "utf-8")
    with loaded(write(exports), tmp_path, glue=tmp_path / "glue.js") as module:
        assert module.bindings[f"my_Kind_{name}"] == 1
        assert module.VERY_FLAT == -2


class TestArguments:
    def test_buffers_are_copied_in(self, module: compat.Module) -> None:
        shape = module.Shape(1)
        assert shape.sum(b"\1\2\3", 3) == 6
        assert shape.sum(bytearray(b"\4"), 1) == 4
        assert shape.sum(array("h", [1, 2]), 4) == 3
        assert shape.sum(memoryview(b"\1\2\3\4")[::2], 2) == 4
        assert shape.sum(b"", 0) == 0

    def test_scalars_of_numpy_are_numbers(self, module: compat.Module) -> None:
        numpy = pytest.importorskip("numpy")
        shape = module.Shape(numpy.int32(5))
        shape.scale(numpy.float32(0.5), numpy.uint8(8))
        assert shape.width == 8
        assert shape.sum(numpy.arange(4, dtype="u1"), 4) == 6

    def test_several_copies_in_one_call(self, module: compat.Module) -> None:
        shape = module.Shape(1)
        both = shape.adopt("a", b"b")
        assert both // 11 != both % 11  # other addresses

    def test_a_copy_is_there_until_the_next(self, module: compat.Module) -> None:
        before = module.call("balance")
        shape = module.Shape(1, 1, "first")
        assert [shape.name(), shape.area(), shape.name()] == ["first", 1.0, "first"]
        shape.rename("second")
        shape.rename("third")
        assert shape.name() == "third"
        assert module.call("balance") == int(before or 0) + 2

    def test_nothing_is_lost_when_a_later_argument_is_wrong(self, module: compat.Module) -> None:
        shape = module.Shape(1)
        before = module.call("balance")
        for _ in range(3):
            with pytest.raises(compat.BindingError, match="a list cannot be passed"):
                shape.sum("text", [1])
        assert module.call("balance") == int(before or 0) + 1

    def test_what_is_no_argument(self, module: compat.Module, tmp_path: Path) -> None:
        shape = module.Shape(1)
        with pytest.raises(TypeError, match="an int is needed"):
            shape.set_width(1.5)
        with loaded(write(SHAPES), tmp_path) as other, pytest.raises(compat.BindingError, match="of another program"):
            shape.part(other.Shape(1))

    def test_a_program_without_malloc(self, tmp_path: Path) -> None:
        library = write(SHAPES)
        path = tmp_path / "library.wasm"
        text = library.module().replace('(export "_free")', "")
        path.write_bytes(default_engine().assemble(text))
        with compat.load(path, abi="emscripten") as module:
            with pytest.raises(compat.Unsupported, match="exports no _malloc and _free"):
                module.Shape(1).rename("name")
            assert module.Shape(1).sum(0, 0) == 0


class TestLifetime:
    def test_with(self, module: compat.Module) -> None:
        with module.Shape(1) as shape:
            assert repr(shape) == f"<Shape at 0x{shape.ptr:x}>"
            part = shape.part()
        assert destroyed(module) == 1
        assert repr(shape) == "<Shape (deleted)>"
        assert shape != module.Shape.at(part.ptr - 16)
        for use in (shape.area, shape.delete, lambda: module.Shape.at(shape), lambda: part.part(shape)):
            with pytest.raises(compat.BindingError, match="the Shape was deleted already"):
                use()

    def test_a_deleted_object_is_not_deleted_again(self, module: compat.Module) -> None:
        with module.Shape(1) as shape:
            shape.delete()
        assert destroyed(module) == 1

    def test_what_nobody_refers_to_is_destroyed_when_the_next_is_made(self, module: compat.Module) -> None:
        module.Shape(1)
        gc.collect()
        assert destroyed(module) == 0
        module.Shape(2)
        assert destroyed(module) == 1

    def test_what_the_program_was_passed_is_left_to_it(self, module: compat.Module) -> None:
        keeper = module.Shape(1)
        keeper.adopt(module.Shape(2), None)
        keeper.adopt(module.Shape(3).part(), None)  # with a part, the whole
        gc.collect()
        module.Shape(4)
        assert destroyed(module) == 0

    def test_a_part_keeps_the_whole(self, module: compat.Module) -> None:
        part = module.Round_Shape.at(module.Shape(1).part())
        gc.collect()
        module.Shape(2)
        gc.collect()
        assert part.ptr
        module.Shape(3)
        assert destroyed(module) == 1
        del part
        gc.collect()
        module.Shape(4)
        assert destroyed(module) == 3

    def test_without_a_destructor_nothing_is_destroyed(self, module: compat.Module) -> None:
        round_ = module.Round_Shape()
        with pytest.raises(compat.BindingError, match="no destructor"):
            round_.delete()
        del round_
        gc.collect()
        module.Shape(1)
        assert destroyed(module) == 0

    def test_without_a_constructor_nothing_is_constructed(self, module: compat.Module) -> None:
        for class_ in (module.World, module.VoidPtr):
            with pytest.raises(compat.BindingError, match="cannot be constructed"):
                class_()

    def test_an_object_that_was_not_made(self, module: compat.Module) -> None:
        broken = module.Shape.__new__(module.Shape)
        assert repr(broken) == "<Shape (deleted)>"
        with pytest.raises(compat.BindingError, match="deleted"):
            module.Shape(1).part(broken)

    def test_it_cannot_leave_its_program(self, module: compat.Module) -> None:
        with pytest.raises(TypeError, match="cannot be pickled or copied"):
            copy.copy(module.Shape(1))


def test_errors_of_the_program_pass(module: compat.Module) -> None:
    shape = module.Shape(1)
    with pytest.raises(compat.Trap, match="unreachable"):
        shape.traps()
    shape.rename(-1)
    with pytest.raises(compat.Trap, match="memory that is not there"):
        shape.name()


def test_classes_can_be_derived_from(module: compat.Module) -> None:
    class Square(module.Shape):  # type: ignore[misc, name-defined]
        def __init__(self, side: int) -> None:
            super().__init__(side)
            self.label = f"square {side}"

    square = Square(4)
    assert (square.width, square.label) == (4, "square 4")
    assert repr(square).startswith("<Square at 0x")


def test_classes_that_derive_from_each_other_in_wrong_glue(tmp_path: Path) -> None:
    glue = PLAIN.replace(
        "Shape.prototype = Object.create(WrapperObject.prototype)",
        "Shape.prototype = Object.create(Round_Shape.prototype)",
    )
    assert interface(glue, []).classes["Shape"].base == "Round_Shape"
    (tmp_path / "glue.js").write_text(f"/* WebAssembly */{glue}", "utf-8")
    with loaded(write(SHAPES), tmp_path, glue=tmp_path / "glue.js") as module:
        assert module.Shape(3).width == 3


NAMES = st.lists(
    st.sampled_from(["A", "B", "_", "A_A_1", "__destroy__", "___destroy___0", "_0", "get_x_0", "\0", "é", "-"])
)


@given(st.lists(NAMES.map("".join), max_size=8))
def test_every_export_is_split_once_or_left_out(names: list[str]) -> None:
    exports = {f"_emscripten_bind_{name}" for name in names}
    found = [
        (f"_emscripten_bind_{owner}_{method}_{count}", export)
        for owner, members in split(exports, []).items()
        for method, overloads in members.items()
        for count, export in overloads.items()
    ]
    assert all(spelt == export for spelt, export in found)
    assert len({export for _, export in found}) == len(found)
    assert {export for _, export in found} <= exports


def test_results_that_are_no_pointers_stay_numbers(tmp_path: Path) -> None:
    """Whatever glue says of them."""
    wrong = SHAPES.replace('_name_0") (param i32) (result i32)', '_name_0") (param i32) (result f64)')
    wrong = wrong.replace("(i32.load offset=8 (local.get 0)))", "(f64.const nan))")
    (tmp_path / "glue.js").write_text(f"/* WebAssembly */{PLAIN}", "utf-8")
    with loaded(write(wrong), tmp_path, glue=tmp_path / "glue.js") as module:
        assert isnan(module.Shape(1).name())


def test_a_program_with_embind_is_none_of_these(tmp_path: Path) -> None:
    with loaded(write(""), tmp_path) as module:
        assert "flushPendingDeletes" in module.bindings
