"""A program that calls every row of embind and emval through the engine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from compat.emscripten_abi.embind import emval, register
from tests.emscripten_abi.embind.library import Library, loaded

VALUE, SLOT = 2048, 2064
"""Where the program keeps an argument, and the handle of destructors."""


class Everything(Library):
    """A library that registers one of each, and functions that do everything with a value."""

    def __init__(self) -> None:
        super().__init__()
        self.extra = """(func $shared (param i32 i32) (result i32) (local.get 0)) (func $released (param i32))"""
        self.basics()
        self.enumeration("Colour", [("RED", 1)])
        self.struct("Point", [("x", "int", "i")])
        self.struct("Pair", [("", "int", "i")], named=False)
        self.constant("ANSWER", "int", 42.0)
        self.class_("Thing")
        self.constructor("Thing", [], "ii", "(call $malloc (i32.const 16))")
        self.method("Thing", "get", "int", [], "iii", "(i32.const 7)")
        self.property("Thing", "value", "int", "i", "(i32.const 8)")
        self.static_method("Thing", "make", "int", [], "ii", "(i32.const 9)")
        self.static_property("Thing", "limit", "int", VALUE)
        self.smart_pointer("thing_ptr", "Thing", 1)
        self.class_("Wrapper", "Thing")
        text = self.text
        call = self.emval
        derived = (text("Derived"), self.type("Wrapper"), call("new_object", "i"))
        self.function("derive", "val", [], "ii", self.row("__embind_create_inheriting_constructor", "iiii", *derived))
        self.function("fail", "void", ["val"], "vii", f"(drop {call('throw', 'ii', '(local.get 1)')})")
        given, types, none = "(local.get 1)", self.types("int", "int"), self.types("void", "int")
        five = call("take_value", "iii", self.type("int"), VALUE)
        method = call("get_method_caller", "iii", 2, types)
        array = call("get_global", "ii", text("Array"))
        steps = [
            call("register_symbol", "vi", text("unused")),
            call("incref", "vi", given),
            call("decref", "vi", given),
            f"(i32.store (i32.const {VALUE}) (i32.const 5))",
            call("set_property", "viii", given, self.cstring("five"), five),
            call("set_property", "viii", given, self.cstring("list"), call("new_array", "i")),
            call("set_property", "viii", given, self.cstring("same"), self.property_of(given, "five")),
            call("set_property", "viii", given, self.cstring("Array"), array),
            call("set_property", "viii", given, self.cstring("made"), call("new", "iiiii", array, 1, types, VALUE)),
            call("set_property", "viii", given, self.cstring("module"),
                 call("get_module_property", "ii", text("given"))),
            call("set_property", "viii", given, self.cstring("kind"), call("typeof", "ii", five)),
            call("set_property", "viii", given, self.cstring("called"),
                 call("call", "iiiii", self.property_of(given, "function"), 1, types, VALUE)),
            f"(drop {call('delete', 'iii', given, self.cstring('gone'))})",
            call("call_void_method", "viiii", call("get_method_caller", "iii", 2, none), given, text("tell"), VALUE),
            f"(i32.store (i32.const {SLOT + 8}) (i32.trunc_f64_s "
            f"{call('call_method', 'diiiii', method, given, text('twice'), SLOT, VALUE)}))",
            call("run_destructors", "vi", f"(i32.load (i32.const {SLOT}))"),
            f"(i32.store (i32.const {SLOT + 12}) (i32.trunc_f64_s {call('as', 'diii', five, self.type('int'), SLOT)}))",
            call("run_destructors", "vi", f"(i32.load (i32.const {SLOT}))"),
        ]  # fmt: skip
        text_value = self.cstring("text")
        truths = [
            call("equals", "iii", five, five), call("strictly_equals", "iii", five, five),
            call("greater_than", "iii", five, five), call("less_than", "iii", five, five), call("not", "ii", five),
            call("is_number", "ii", five), call("is_string", "ii", text_value), call("in", "iii", text_value, given),
            call("instanceof", "iii", given, array),
        ]  # fmt: skip
        bits = "(i32.const 0)"
        for truth in truths:
            bits = f"(i32.or (i32.shl {bits} (i32.const 1)) {truth})"
        self.function("exercise", "int", ["val"], "iii", "\n".join([*steps, bits]))

    def row(self, name: str, signature: str, *arguments: int | str) -> str:
        """A call of a row, with numbers or other calls."""
        values = " ".join(f"(i32.const {item})" if isinstance(item, int) else item for item in arguments)
        return f"(call {self.imported(name, signature)} {values})"

    def emval(self, name: str, signature: str, *arguments: int | str) -> str:
        return self.row(f"__emval_{name}", signature, *arguments)

    def cstring(self, text: str) -> str:
        return self.emval("new_cstring", "ii", self.text(text))

    def property_of(self, target: str, name: str) -> str:
        return self.emval("get_property", "iii", target, self.cstring(name))


def test_every_row_is_called(tmp_path: Path) -> None:
    library = Everything()
    told: list[Any] = []
    given: dict[str, Any] = {
        "gone": 1,
        "function": lambda number: number * number,
        "tell": told.append,
        "twice": lambda number: 2 * number,
    }
    with loaded(library, tmp_path) as module:
        module.bindings["given"] = print
        assert module.exercise(given) == 0b110001100
        assert [given[name] for name in ("five", "list", "same", "made", "module", "kind", "called")] == [
            5, [], 5, given["made"], print, "number", 25,
        ]  # fmt: skip
        assert len(given["made"]) == 5
        assert "gone" not in given
        assert told == [5]
        assert [module.memory.load_i32(SLOT + 8), module.memory.load_i32(SLOT + 12)] == [10, 5]
        with pytest.raises(LookupError):
            module.fail(LookupError())
        assert issubclass(module.derive(), module.Thing)
        thing = module.Thing()
        assert (thing.get(), thing.value, module.Thing.make(), module.ANSWER) == (7, 8, 9, 42)
    rows = {row.name for row in (*register.env.rows, *emval.env.rows)}
    assert rows == library.imports
