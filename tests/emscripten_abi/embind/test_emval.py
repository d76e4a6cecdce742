"""The rows of emval, played: a program holds values of its host's, and calls them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compat import Abort, BindingError, CompatError, SysError, ThrownValue
from compat.abi.bind import row_type
from compat.emscripten_abi.embind import emval, register
from compat.emscripten_abi.embind.bindings import Bindings
from compat.emscripten_abi.embind.handles import MOST
from compat.emscripten_abi.embind.types import MOST as MOST_REGISTERED
from compat.emscripten_abi.embind.values import undefined
from tests.emscripten_abi.world import World

UNDEFINED, NULL, TRUE, FALSE = 1, 2, 3, 4
INT, DOUBLE, STRING, VAL, VOID, BOOL = (0x200 + 8 * place for place in range(6))
ARGUMENTS, TYPES, SLOT, NAME = 0x3_0000, 0x3_1000, 0x3_2000, 0x3_3000


class Program:
    """A program that has registered the fundamental types."""

    def __init__(self) -> None:
        self.world = World()
        self.bindings = self.world.guest.part(Bindings)
        name = self.world.text("name", NAME)
        self("__embind_register_integer", INT, name, 4, -(2**31), 2**31 - 1)
        self("__embind_register_float", DOUBLE, name, 8)
        self("__embind_register_std_string", STRING, name)
        self("__embind_register_emval", VAL, name)
        self("__embind_register_void", VOID, name)
        self("__embind_register_bool", BOOL, name, 1, 1, 0)

    def __call__(self, name: str, *arguments: int) -> Any:
        table = emval.env if name.startswith("__emval") else register.env
        return self.world.function(table, name)(*arguments)

    def new(self, value: Any) -> int:
        return self.bindings.handles.add(value)

    def value(self, handle: int) -> Any:
        return self.bindings.handles[handle]

    def cstring(self, text: str) -> int:
        return self.world.text(text, NAME)

    def types(self, *types: int) -> tuple[int, int]:
        for place, type in enumerate(types):
            self.world.memory.store_32(TYPES + 4 * place, type)
        return len(types), TYPES

    def arguments(self, *values: int | float) -> int:
        for place, value in enumerate(values):
            store = self.world.memory.store_f64 if isinstance(value, float) else self.world.memory.store_32
            store(ARGUMENTS + 8 * place, value)  # type: ignore[operator]
        return ARGUMENTS

    def method(self, target: Any, name: str, types: tuple[int, ...], *values: int | float) -> float:
        caller = self("__emval_get_method_caller", *self.types(*types))
        result = self(
            "__emval_call_method", caller, self.new(target), self.cstring(name), SLOT, self.arguments(*values)
        )
        assert isinstance(result, int | float)
        return result


@pytest.fixture
def program() -> Iterator[Program]:
    made = Program()
    yield made
    made.world.process.close()


def test_handles_are_counted(program: Program) -> None:
    value = object()
    handle = program.new(value)
    program("__emval_incref", handle)
    program("__emval_decref", handle)
    assert program.value(handle) is value
    program("__emval_decref", handle)
    with pytest.raises(BindingError, match="given back"):
        program.value(handle)
    assert program.new("next") == handle
    for fixed in (0, UNDEFINED, NULL, TRUE, FALSE):
        program("__emval_decref", fixed)
    assert [program.new(value) for value in (undefined, None, True, False)] == [1, 2, 3, 4]
    assert program.new(1) > 4


def test_a_program_holds_so_many_and_no_more(program: Program) -> None:
    program.bindings.handles._held = {handle: [0, 1] for handle in range(5, MOST + 5)}
    with pytest.raises(Abort, match="holds 1048576 values"):
        program("__emval_new_array")


def test_a_program_registers_so_many_and_no_more(program: Program) -> None:
    program.bindings.types._registered = MOST_REGISTERED
    with pytest.raises(Abort, match="registers more than"):
        program("__emval_get_method_caller", *program.types(VOID))


def test_what_it_makes(program: Program) -> None:
    assert program.value(program("__emval_new_array")) == []
    assert program.value(program("__emval_new_object")) == {}
    assert program.value(program("__emval_new_cstring", program.cstring("text"))) == "text"
    program("__emval_register_symbol", NAME)
    assert program.value(program("__emval_take_value", DOUBLE, program.arguments(1.5))) == 1.5
    with pytest.raises(BindingError, match="registers no type"):
        program("__emval_take_value", 0x999, ARGUMENTS)


def test_properties(program: Program) -> None:
    target, key, value = program.new({}), program.new("key"), program.new([1])
    program("__emval_set_property", target, key, value)
    assert program.value(program("__emval_get_property", target, key)) == [1]
    assert program("__emval_in", key, target) == 1
    assert program("__emval_delete", target, key) == 1
    assert program("__emval_in", key, target) == 0
    assert program("__emval_get_property", target, key) == UNDEFINED


def test_operators(program: Program) -> None:
    one, text, two = program.new(1), program.new("1"), program.new(2)
    assert (program("__emval_equals", one, text), program("__emval_strictly_equals", one, text)) == (1, 0)
    assert (program("__emval_less_than", one, two), program("__emval_greater_than", one, two)) == (1, 0)
    assert (program("__emval_not", NULL), program("__emval_not", one)) == (1, 0)
    assert program.value(program("__emval_typeof", text)) == "string"
    assert (program("__emval_is_number", one), program("__emval_is_number", text)) == (1, 0)
    assert (program("__emval_is_string", one), program("__emval_is_string", text)) == (0, 1)
    array = program("__emval_get_global", program.cstring("Array"))
    assert program("__emval_instanceof", program.new([]), array) == 1
    assert program("__emval_instanceof", one, array) == 0


def test_calls(program: Program) -> None:
    seen: list[Any] = []
    function = program.new(lambda *arguments: seen.append(arguments))
    values = program.arguments(-5, 2.5, program.new("x"))
    assert program("__emval_call", function, *program.types(INT, DOUBLE, VAL), values) == UNDEFINED
    assert seen == [(-5, 2.5, "x")]
    assert program.method({"add": lambda x, y: x + y}, "add", (INT, INT, INT), 3, 4) == 7
    assert program.method("a-b", "indexOf", (INT, VAL), program.new("b")) == 2
    program("__emval_run_destructors", program.world.memory.load_u32(SLOT))
    caller = program("__emval_get_method_caller", *program.types(VOID, INT))
    program("__emval_call_void_method", caller, function, program.cstring("call"), program.arguments(0))
    with pytest.raises(BindingError, match="no method caller 9"):
        program("__emval_call_void_method", 9, function, program.cstring("call"), ARGUMENTS)


def test_a_result_is_given_back_by_the_program(program: Program) -> None:
    address = int(program("__emval_as", program.new("text"), STRING, SLOT))
    assert program.world.memory.read(address + 4, 4) == b"text"
    program("__emval_run_destructors", program.world.memory.load_u32(SLOT))
    assert program.world.freed == [address]
    assert program("__emval_as", program.new(2.75), INT, SLOT) == 2
    assert program("__emval_as", program.new([]), BOOL, SLOT) == 1


def test_throwing(program: Program) -> None:
    error = KeyError("python's own")
    with pytest.raises(KeyError) as caught:
        program("__emval_throw", program.new(error))
    assert caught.value is error
    made = program("__emval_new", program("__emval_get_global", program.cstring("RangeError")), *program.types(VAL),
                   program.arguments(program.new("too far")))  # fmt: skip
    with pytest.raises(ThrownValue, match="RangeError: too far"):
        program("__emval_throw", made)
    with pytest.raises(ThrownValue) as thrown:
        program("__emval_throw", program.new([1]))
    assert thrown.value.value == [1]


def test_module_properties(program: Program) -> None:
    program.bindings["callback"] = print
    assert program.value(program("__emval_get_module_property", program.cstring("callback"))) is print
    assert program("__emval_get_module_property", program.cstring("nothing")) == UNDEFINED
    del program.bindings["callback"]
    assert "callback" not in program.bindings


class TestGlobals:
    @pytest.fixture
    def find(self, program: Program) -> Callable[[str], Any]:
        return lambda name: program.value(program("__emval_get_global", program.cstring(name)))

    def new(self, program: Program, name: str, *values: Any) -> Any:
        types = program.types(*[VAL for _ in values])
        held = program.arguments(*map(program.new, values))
        return program.value(program("__emval_new", program("__emval_get_global", program.cstring(name)), *types, held))

    def test_what_is_not_there(self, program: Program, find: Callable[[str], Any]) -> None:
        for name in ("window", "document", "process", "require", "eval", "__builtins__", "XMLHttpRequest"):
            assert find(name) is undefined
        root = program("__emval_get_global", 0)
        assert program.value(program("__emval_get_property", root, program.new("Math"))) is find("Math")

    def test_arrays(self, program: Program) -> None:
        assert self.new(program, "Array", 2) == [undefined, undefined]
        assert self.new(program, "Array", 1, "b") == [1, "b"]
        words = self.new(program, "Uint16Array", [1, 65536 + 2, -1])
        assert (words.format, words.tolist()) == ("H", [1, 2, 65535])
        copy = self.new(program, "Uint8Array", words)
        assert copy.tolist() == [1, 2, 255]
        buffer = self.new(program, "ArrayBuffer", 8)
        part = self.new(program, "Int32Array", buffer, 4, 1)
        part[0] = -1
        assert bytes(buffer) == b"\0\0\0\0\xff\xff\xff\xff"
        for name in ("Array", "Uint8Array", "ArrayBuffer"):
            with pytest.raises(Abort, match="asked its host for"):
                self.new(program, name, 1 << 40)

    def test_own_properties(self, program: Program, find: Callable[[str], Any]) -> None:
        prototype = find("Object").properties["prototype"].properties["hasOwnProperty"]
        assert program.method(prototype, "call", (BOOL, VAL, VAL), program.new({"a": 1}), program.new("a")) == 1
        assert program.method(prototype, "call", (BOOL, VAL, VAL), program.new({"a": 1}), program.new("b")) == 0
        keys = program.method(find("Object"), "keys", (VAL, VAL), program.new({"a": 1, "b": 2}))
        assert program.value(int(keys)) == ["a", "b"]

    def test_numbers(self, program: Program, find: Callable[[str], Any]) -> None:
        assert program.method(find("Math"), "floor", (DOUBLE, DOUBLE), -1.5) == -2
        assert program.method(find("Math"), "max", (DOUBLE, INT, INT), 3, 9) == 9
        assert math.isnan(program.method(find("Math"), "sqrt", (DOUBLE, INT), -1))
        assert 0 <= program.method(find("Math"), "random", (DOUBLE,)) < 1
        assert program.method(find("Date"), "now", (DOUBLE,)) > 0

    def test_json(self, program: Program, find: Callable[[str], Any]) -> None:
        value = {"a": [1, None, True], "b": "ö"}
        text = program.method(find("JSON"), "stringify", (VAL, VAL), program.new(value))
        assert program.value(int(text)) == '{"a":[1,null,true],"b":"ö"}'
        again = program.method(find("JSON"), "parse", (VAL, VAL), int(text))
        assert program.value(int(again)) == value
        with pytest.raises(BindingError, match=r"JSON\.parse"):
            program.method(find("JSON"), "parse", (VAL, VAL), program.new("[" * 100_000))

    def test_the_console_is_the_standard_streams(self, program: Program, find: Callable[[str], Any]) -> None:
        caller = program("__emval_get_method_caller", *program.types(VOID, VAL, INT))
        for name in ("log", "error"):
            values = program.arguments(program.new("told"), 5)
            program("__emval_call_void_method", caller, program.new(find("console")), program.cstring(name), values)
        assert program.world.stdout.getvalue() == program.world.stderr.getvalue() == b"told 5\n"

    def test_random_bytes(self, program: Program, find: Callable[[str], Any]) -> None:
        array = bytearray(16)
        program.method(find("crypto"), "getRandomValues", (VAL, VAL), program.new(array))
        assert any(array)
        with pytest.raises(BindingError, match="at most 65536"):
            program.method(find("crypto"), "getRandomValues", (VAL, VAL), program.new(bytes(4)))


ROWS = [*register.env.rows, *emval.env.rows]


@settings(max_examples=50)
@given(calls=st.lists(st.tuples(st.sampled_from(ROWS), st.lists(
    st.one_of(st.integers(0, 8), st.sampled_from([INT, DOUBLE, STRING, VAL, VOID, ARGUMENTS, TYPES, NAME]),
              st.integers(-(2**31), 2**31 - 1)), min_size=14, max_size=14)), max_size=12))  # fmt: skip
def test_whatever_a_program_says_is_refused_or_taken(calls: list[tuple[Any, list[int]]]) -> None:
    """Nothing but errors of this package comes of it."""
    program = Program()
    program.types(INT, VAL, STRING, DOUBLE)
    program.arguments(5, 6, 7)
    for row, numbers in calls:
        count = len((row_type(row) or "v()").partition("(")[2]) - 1
        try:
            program(row.name, *numbers[:count])
        except CompatError:
            continue
    for name in list(program.bindings):
        try:
            _ = program.bindings[name]
        except (CompatError, SysError):
            continue
    program.world.process.close()
