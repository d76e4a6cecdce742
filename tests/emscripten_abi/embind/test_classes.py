"""Classes: construction, members, inheritance, lifetime, smart pointers, and what derives from them in Python."""

from __future__ import annotations

import copy
import gc
import inspect
import pickle
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import compat
from compat import BindingError, PureVirtualError, UnboundTypeError
from tests.emscripten_abi.embind.library import Library, loaded

NEW = "(local i32) (local.set {here} (call $malloc (i32.const 16))) {init} (local.get {here})"
FIELD = "(i32.load (local.get 1))"


def new(parameters: int, init: str = "") -> str:
    """The body of a constructor of so many parameters; the object is local `here`."""
    here = parameters + 1
    return NEW.format(here=here, init=init.replace("here", str(here)))


def counters(library: Library) -> None:
    """`Counter`, which holds a number."""
    library.class_("Counter")
    library.constructor("Counter", [], "ii", new(0, "(i32.store (local.get here) (i32.const 0))"))
    library.constructor("Counter", ["int"], "iii", new(1, "(i32.store (local.get here) (local.get 1))"))
    library.method(
        "Counter",
        "add",
        "int",
        ["int"],
        "iiii",
        """
      (i32.store (local.get 1) (i32.add (i32.load (local.get 1)) (local.get 2))) (i32.load (local.get 1))""",
    )
    library.method(
        "Counter",
        "add",
        "int",
        [],
        "iii",
        """
      (i32.store (local.get 1) (i32.add (i32.load (local.get 1)) (i32.const 1))) (i32.load (local.get 1))""",
    )
    library.method("Counter", "peek", "int", [], "iii", FIELD, this="Counter const*")
    library.property("Counter", "value", "int", "i", FIELD, "(i32.store (local.get 1) (local.get 2))")
    library.property("Counter", "fixed", "int", "i", FIELD)
    library.static_method("Counter", "twice", "int", ["int"], "iii", "(i32.mul (local.get 1) (i32.const 2))")
    library.static_method("Counter", "add", "int", ["int"], "iii", "(i32.const -1)")
    library.static_property("Counter", "limit", "int", 2048)
    library.static_property("Counter", "kind", "int", 2052, writable=False)
    library.method(
        "Counter",
        "from",
        "Counter",
        [],
        "iii",
        """(local i32)
      (local.set 2 (call $malloc (i32.const 16)))
      (i32.store (local.get 2) (i32.load (local.get 1))) (local.get 2)""",
    )
    library.method("Counter", "self", "Counter*", [], "iii", "(local.get 1)")
    library.method("Counter", "constant", "Counter const*", [], "iii", "(local.get 1)")
    library.function(
        "sum",
        "int",
        ["Counter", "Counter*"],
        "iiii",
        """
      (i32.add (i32.load (local.get 1)) (if (result i32) (local.get 2)
        (then (i32.load (local.get 2))) (else (i32.const 0))))""",
    )


@pytest.fixture
def module(tmp_path: Path) -> Iterator[compat.Module]:
    library = Library()
    library.basics()
    counters(library)
    with loaded(library, tmp_path) as module:
        yield module


class TestMembers:
    def test_overloads_go_by_the_number_of_arguments(self, module: compat.Module) -> None:
        assert module.Counter().value == 0
        counter = module.Counter(5)
        assert (counter.add(), counter.add(4), counter.peek()) == (6, 10, 10)
        with pytest.raises(BindingError, match=r"Counter.add takes 0, 1 arguments, not 2"):
            counter.add(1, 2)
        with pytest.raises(BindingError, match=r"Counter takes 0, 1 arguments, not 3"):
            module.Counter(1, 2, 3)

    def test_properties(self, module: compat.Module) -> None:
        counter = module.Counter(5)
        counter.value = 7
        assert (counter.value, counter.fixed) == (7, 7)
        with pytest.raises(AttributeError):
            counter.fixed = 8
        with pytest.raises(BindingError, match="cannot convert 'x' to int"):
            counter.value = "x"

    def test_static_members(self, module: compat.Module) -> None:
        counter = module.Counter
        assert counter.twice(21) == 42
        assert counter.add(1) == -1
        assert counter(1).add(1) == 2
        counter.limit = 9
        assert counter.limit == module.memory.load_u32(2048) == 9
        with pytest.raises(AttributeError, match=r"Counter.kind cannot be set"):
            counter.kind = 1
        with pytest.raises(AttributeError, match="no attribute 'nothing'"):
            _ = counter.nothing
        assert {"limit", "twice", "value", "delete"} <= set(dir(counter))

    def test_names_that_python_uses_get_an_underscore(self, module: compat.Module) -> None:
        assert module.Counter(3).from_().value == 3

    def test_what_they_say_of_themselves(self, module: compat.Module) -> None:
        counter = module.Counter(5)
        assert repr(counter).startswith("<Counter at 0x")
        assert module.Counter.peek.__doc__ == "peek() -> int"
        assert str(inspect.signature(module.Counter.peek)).startswith("(self, /)")
        assert module.Counter.peek.__qualname__ == "Counter.peek"
        assert module.Counter.__doc__ == "The C++ class Counter."
        counter.delete()
        assert repr(counter) == "<Counter (deleted)>"


def test_a_vector_is_a_sequence(tmp_path: Path) -> None:
    """Of three numbers, each twice its place."""
    library = Library()
    library.basics()
    library.class_("Numbers")
    library.constructor("Numbers", [], "ii", new(0))
    library.method("Numbers", "size", "unsigned int", [], "iii", "(i32.const 3)")
    library.method("Numbers", "get", "int", ["unsigned int"], "iiii", "(i32.mul (local.get 2) (i32.const 2))")
    library.method("Numbers", "set", "bool", ["unsigned int", "int"], "iiiii", "(i32.const 1)")
    library.method("Numbers", "push_back", "void", ["int"], "viii", "")
    library.method("Numbers", "resize", "void", ["unsigned int", "int"], "viiii", "")
    with loaded(library, tmp_path) as module:
        numbers = module.Numbers()
        assert (len(numbers), list(numbers), numbers[-1]) == (3, [0, 2, 4], 4)
        for place in (3, -4):
            with pytest.raises(IndexError, match="of 3"):
                _ = numbers[place]


class TestArguments:
    def test_by_value_and_by_pointer(self, module: compat.Module) -> None:
        one, two = module.Counter(1), module.Counter(2)
        assert module.sum(one, two) == 3
        assert module.sum(one, None) == 1
        with pytest.raises(BindingError, match="cannot convert None to Counter"):
            module.sum(None, two)
        with pytest.raises(BindingError, match="cannot convert 5 to Counter"):
            module.sum(5, two)

    def test_a_constant_object_is_not_changed(self, module: compat.Module) -> None:
        constant = module.Counter(4).constant()
        assert constant.peek() == 4
        with pytest.raises(BindingError, match=r"cannot convert a Counter const\* to Counter\*"):
            constant.add()
        with pytest.raises(BindingError, match=r"Counter const\*"):
            module.sum(constant, None)

    def test_an_object_of_another_program_is_refused(self, module: compat.Module, tmp_path: Path) -> None:
        library = Library()
        library.basics()
        counters(library)
        with loaded(library, tmp_path) as other, pytest.raises(BindingError, match="not a Counter"):
            other.sum(module.Counter(1), None)


class TestLifetime:
    def test_delete(self, module: compat.Module) -> None:
        counter = module.Counter(1)
        counter.delete()
        assert counter.isDeleted()
        assert module.call("destroyed") == 1
        for use in (
            counter.delete,
            counter.clone,
            counter.peek,
            counter.deleteLater,
            lambda: module.sum(counter, None),
        ):
            with pytest.raises(BindingError, match="deleted"):
                use()

    def test_clones_share_one_object(self, module: compat.Module) -> None:
        first = module.Counter(1)
        second = first.clone()
        assert first.isAliasOf(second)
        assert not first.isAliasOf(module.Counter(1))
        assert not first.isAliasOf(5)
        first.delete()
        assert module.call("destroyed") == 0
        assert second.value == 1
        second.delete()
        assert module.call("destroyed") == 1

    def test_a_context_manager_deletes_once(self, module: compat.Module) -> None:
        with module.Counter(1) as counter:
            pass
        assert counter.isDeleted()
        with module.Counter(1) as counter:
            counter.delete()
        assert module.call("destroyed") == 2

    def test_delete_later(self, module: compat.Module) -> None:
        counter = module.Counter(1).deleteLater()
        with pytest.raises(BindingError, match="deleted later"):
            counter.delete()
        assert not counter.isDeleted()
        module.flushPendingDeletes()
        assert counter.isDeleted()

        flushes: list[Callable[[], None]] = []
        module.setDelayFunction(flushes.append)
        counters = [module.Counter(1).deleteLater() for _ in range(2)]
        [flush] = flushes
        flush()
        assert [counter.isDeleted() for counter in counters] == [True, True]
        module.setDelayFunction(None)
        counter = module.Counter(1).deleteLater()
        module.setDelayFunction(lambda flush: flush())
        assert counter.isDeleted()

    def test_what_nothing_refers_to_is_destroyed_when_the_next_is_made(self, module: compat.Module) -> None:
        module.Counter(1)
        module.Counter(2).from_()
        gc.collect()
        module.Counter(3)
        assert module.call("destroyed") == 3

    def test_what_the_program_may_have_kept_is_not(self, module: compat.Module) -> None:
        counter = module.Counter(1)
        module.sum(module.Counter(1), counter)
        borrowed = counter.self()
        del counter
        gc.collect()
        assert borrowed.value == 1
        del borrowed
        module.Counter(3)
        gc.collect()
        module.Counter(4)
        # The argument by value, and the one before; not what was passed as a pointer.
        assert module.call("destroyed") == 2

    def test_a_pointer_keeps_the_object_that_it_came_from(self, module: compat.Module) -> None:
        part = module.Counter(7).self()
        gc.collect()
        module.Counter(1)
        assert module.call("destroyed") == 0
        assert part.value == 7

    def test_closing_the_program_ends_all(self, module: compat.Module) -> None:
        counter = module.Counter(1)
        module.close()
        with pytest.raises(ValueError, match="closed"):
            counter.peek()
        del counter
        gc.collect()

    def test_no_copies(self, module: compat.Module) -> None:
        counter = module.Counter(1)
        for attempt in (pickle.dumps, copy.copy, copy.deepcopy):
            with pytest.raises(TypeError, match="a Counter lies in the memory of its program"):
                attempt(counter)


class TestInheritance:
    @pytest.fixture
    def module(self, tmp_path: Path) -> Iterator[compat.Module]:
        """`Square` derives from `Shape`, which starts 4 bytes into it; the type of an object is its first word."""
        library = Library()
        library.basics()
        square, shape = library.type("Square"), library.type("Shape")
        # The derived class comes first: its base is registered later.
        library.method("Square", "side", "int", [], "iii", "(i32.load offset=8 (local.get 1))")
        library.class_("Square", "Shape", up=4)
        library.constructor(
            "Square",
            ["int"],
            "iii",
            new(
                1,
                f"""
          (i32.store offset=4 (local.get here) (i32.const {square}))
          (i32.store offset=8 (local.get here) (local.get 1))""",
            ),
        )
        library.class_("Shape", actual="(i32.load (local.get 0))")
        library.constructor("Shape", [], "ii", new(0, f"(i32.store (local.get here) (i32.const {shape}))"))
        library.method(
            "Shape",
            "area",
            "int",
            [],
            "iii",
            f"""
          (if (result i32) (i32.eq (i32.load (local.get 1)) (i32.const {square}))
            (then (i32.mul (i32.load offset=4 (local.get 1)) (i32.load offset=4 (local.get 1))))
            (else (i32.const 0)))""",
        )
        library.method("Shape", "same", "Shape*", [], "iii", "(local.get 1)")
        library.method("Shape", "scale", "int", ["int"], "iiii", "(local.get 2)")
        library.method("Square", "scale", "int", ["int", "int"], "iiiii", "(i32.mul (local.get 2) (local.get 3))")
        library.function("area", "int", ["Shape"], "iii", "(i32.load offset=4 (local.get 1))")
        library.class_("Orphan", "Nobody")
        with loaded(library, tmp_path) as module:
            yield module

    def test_methods_of_the_base(self, module: compat.Module) -> None:
        square = module.Square(5)
        assert (square.side(), square.area(), module.area(square)) == (5, 25, 5)
        assert issubclass(module.Square, module.Shape)
        assert module.Shape().area() == 0
        with pytest.raises(BindingError, match=r"expected None or a Square, not a Shape"):
            module.Square.side(module.Shape())

    def test_overloads_of_base_and_derived(self, module: compat.Module) -> None:
        square = module.Square(5)
        assert (square.scale(3), square.scale(3, 4)) == (3, 12)
        assert module.Shape().scale(3) == 3

    def test_a_pointer_to_the_base_comes_back_as_what_it_is(self, module: compat.Module) -> None:
        square = module.Square(5)
        again = square.same()
        assert type(again) is module.Square
        assert again.isAliasOf(square)
        assert again.side() == 5
        assert type(module.Shape().same()) is module.Shape

    def test_a_base_that_is_never_registered(self, module: compat.Module) -> None:
        with pytest.raises(UnboundTypeError, match=r"use Orphan, which derives from it: .* no type Nobody"):
            _ = module.Orphan


class TestSmartPointers:
    @pytest.fixture(params=[1, 2], ids=["intrusive", "by emval"])
    def module(self, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[compat.Module]:
        """`shared_ptr<Counter>`: a block that holds the object; `released` counts destroyed pointers."""
        library = Library()
        library.basics()
        counters(library)
        release = library.imported("__emval_decref", "vi")
        library.extra = f"""
          (global $released (mut i32) (i32.const 0))
          (func $shared (param i32 i32) (result i32) (local i32)
            (local.set 2 (call $malloc (i32.const 8)))
            (i32.store (local.get 2) (local.get 0)) (i32.store offset=4 (local.get 2) (local.get 1)) (local.get 2))
          (func $released (param i32)
            (if (i32.load offset=4 (local.get 0)) (then (call {release} (i32.load offset=4 (local.get 0)))))
            (global.set $released (i32.add (global.get $released) (i32.const 1))))
          (func (export "released") (result i32) (global.get $released))"""
        share = "(call $shared (local.get 1) (i32.const 0))"
        for name in ("shared_ptr", "other_ptr"):
            library.smart_pointer(name, "Counter", request.param)
        library.function("share", "shared_ptr", ["Counter*"], "iii", share)
        library.function("shareOther", "other_ptr", ["Counter*"], "iii", share)
        library.function(
            "read",
            "int",
            ["shared_ptr"],
            "iii",
            """(if (result i32) (i32.load (local.get 1))
              (then (i32.load (i32.load (local.get 1)))) (else (i32.const -1)))""",
        )
        library.function("none", "shared_ptr", [], "ii", "(call $malloc (i32.const 8))")
        with loaded(library, tmp_path) as module:
            yield module

    def test_objects_behind_them(self, module: compat.Module) -> None:
        pointer = module.share(module.Counter(5))
        assert type(pointer) is module.Counter
        assert (pointer.value, pointer.add(2), module.read(pointer)) == (5, 7, 7)
        pointer.delete()
        assert module.call("released") == 1

    def test_null(self, module: compat.Module) -> None:
        assert module.none() is None
        assert module.call("released") == 1
        assert module.read(None) == -1
        assert module.call("released") == 2

    def test_raw_pointers_do_not_become_smart(self, module: compat.Module) -> None:
        with pytest.raises(BindingError, match=r"cannot pass a raw Counter\* as a shared_ptr"):
            module.read(module.Counter(1))

    def test_another_pointer_shares_or_passes(self, module: compat.Module) -> None:
        other = module.shareOther(module.Counter(5))
        assert module.read(other) == 5
        assert not other.isDeleted()

    def test_garbage_is_released(self, module: compat.Module) -> None:
        module.share(module.Counter(5))
        gc.collect()
        module.Counter(1)
        assert module.call("released") == 1


class TestDerivedInPython:
    @pytest.fixture
    def module(self, tmp_path: Path) -> Iterator[compat.Module]:
        """`Task`, whose `run` a class of Python's implements; the C++ part of one holds the handle of its object."""
        library = Library()
        library.basics()
        library.class_("Task")
        name = library.text("run")
        caller, call = (
            library.imported(f"__emval_{what}", type)
            for what, type in (("get_method_caller", "iii"), ("call_method", "diiiii"))
        )
        void, extend = (
            library.imported(what, type)
            for what, type in (
                ("__emval_call_void_method", "viiii"),
                ("__embind_create_inheriting_constructor", "iiii"),
            )
        )
        release = library.imported("__emval_decref", "vi")
        run = f"""(i32.store (i32.const 2056) (local.get {{argument}}))
          (i32.trunc_f64_s (call {call} (call {caller} (i32.const 2) (i32.const {library.types("int", "int")}))
            (i32.load (local.get {{this}})) (i32.const {name}) (i32.const 2048) (i32.const 2056)))"""
        library.method("Task", "run", "int", ["int"], "iiii", run.format(this=1, argument=2), pure=1)
        library.method("Task", "title", "int", [], "iii", "(i32.const 77)")
        library.function("perform", "int", ["Task*", "int"], "iiii", run.format(this=1, argument=2))
        library.class_("TaskWrapper", "Task")
        library.method("TaskWrapper", "notifyOnDestruction", "void", [], "vii", "")
        library.static_method(
            "Task",
            "implement",
            "TaskWrapper*",
            ["val"],
            "iii",
            new(
                1,
                """
          (i32.store (local.get here) (local.get 1))""",
            ),
        )
        library.static_method(
            "Task",
            "extend",
            "val",
            ["std::string", "val"],
            "iiii",
            f"""(call {extend} (i32.const {library.text("Derived")})
              (i32.const {library.type("TaskWrapper")}) (local.get 2))""",
        )
        library.function(
            "end",
            "void",
            ["Task*"],
            "vii",
            f"""
          (call {void} (call {caller} (i32.const 1) (i32.const {library.types("void")}))
            (i32.load (local.get 1)) (i32.const {library.text("__destruct")}) (i32.const 0))
          (call {release} (i32.load (local.get 1)))""",
        )
        library.class_("Final")
        with loaded(library, tmp_path) as module:
            yield module

    def test_a_python_class(self, module: compat.Module) -> None:
        class Double(module.Task):  # type: ignore[misc, name-defined]
            def __init__(self, more: int) -> None:
                super().__init__()
                self.more = more

            def run(self, number: int) -> int:
                return 2 * number + self.more

        task = Double(1)
        assert module.perform(task, 20) == 41
        assert task.title() == 77
        assert module.getLiveInheritedInstances() == [task]
        module.end(task)
        assert task.isDeleted()
        assert module.getInheritedInstanceCount() == 0

    def test_extend_takes_functions_by_name(self, module: compat.Module) -> None:
        derived = module.Task.extend("Derived", {"run": lambda self, number: number + 1})
        assert issubclass(derived, module.Task)
        assert derived.__name__ == "Derived"
        for wrong in (None, 5, "run"):
            with pytest.raises(BindingError, match="functions by name"):
                module.Task.extend("Derived", wrong)
        assert module.perform(derived(), 4) == 5

    def test_implement_takes_any_object(self, module: compat.Module) -> None:
        task = module.Task.implement({"run": lambda number: -number})
        assert module.perform(task, 4) == -4

    def test_what_is_pure_virtual_must_be_there(self, module: compat.Module) -> None:
        class Lazy(module.Task):  # type: ignore[misc, name-defined]
            pass

        with pytest.raises(PureVirtualError, match=r"Lazy has to implement Task.run"):
            Lazy()

    def test_what_python_raises_comes_back(self, module: compat.Module) -> None:
        class Failing(module.Task):  # type: ignore[misc, name-defined]
            def run(self, number: int) -> int:
                raise LookupError(number)

        with pytest.raises(LookupError, match="3"):
            module.perform(Failing(), 3)

    def test_a_class_that_was_not_made_for_it(self, module: compat.Module) -> None:
        class Derived(module.Final):  # type: ignore[misc, name-defined]
            pass

        with pytest.raises(BindingError, match="registered without allow_subclass"):
            Derived()
        with pytest.raises(BindingError, match="Final has no accessible constructor"):
            module.Final()
