from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compat.errors import Frame
from compat.wasm.instructions import instructions
from compat.wasm.model import Kind, Module
from compat.wasm.reader import read
from compat.wasm.symbols import Symbols
from tests.wasm import builder as b

DATA = Path(__file__).parent / "data"
BINARIES = ["trap-dwarf4.wasm", "trap-dwarf5.wasm"]


def place(file: str, text: str) -> str:
    """`file:line` of the one line in `file` with `text` in it."""
    lines = (DATA / file).read_text().splitlines()
    (line,) = [number for number, content in enumerate(lines, 1) if text in content]
    return f"{file}:{line}"


def named(*parts: tuple[int, bytes]) -> Module:
    """Function 0 is imported and exported, 1 is exported twice, 2 has no name but that of the section."""
    return read(
        b.build(
            imports=[("env", "_puts", "v()")],
            functions=[("v()", b.END)] * 3,
            exports=[("_puts", Kind.FUNC, 0), ("__ZN3Foo3runEv", Kind.FUNC, 1), ("_run", Kind.FUNC, 1)],
            last=[b.custom("name", *(b.section(kind, part) for kind, part in parts))],
        )
    )


class TestNames:
    def test_name_section(self) -> None:
        functions = b.vector([b.u(1) + b.name("_ZN3Bar3runEv"), b.u(2) + b.name("helper")])
        symbols = Symbols(named((0, b.name("program")), (1, functions), (2, b"\xff"), (7, b"")))
        assert symbols.module_name == "program"
        assert [symbols.name(index) for index in range(5)] == [
            "env._puts",
            "Bar::run",
            "helper",
            "function[3]",
            "function[4]",
        ]
        assert symbols.problems == []

    def test_exports(self) -> None:
        symbols = Symbols(named())
        assert symbols.module_name is None
        assert [symbols.name(index) for index in range(3)] == ["env._puts", "Foo::run", "function[2]"]

    def test_names_before_a_fault_are_kept(self) -> None:
        symbols = Symbols(named((1, b"\2" + b.u(2) + b.name("helper") + b.u(3) + b"\x09xx")))
        assert [symbols.name(index) for index in (2, 3)] == ["helper", "function[3]"]
        assert len(symbols.problems) == 1
        assert symbols.problems[0].startswith("Function names are missing: the name section ends")

    def test_cut_off_section(self) -> None:
        symbols = Symbols(read(b.module(b.custom("name", b"\1\x40"))))
        assert symbols.frame(5, 9) == Frame("function[5]", 9)
        assert symbols.problems[0].startswith("Names are missing")


@pytest.mark.parametrize("binary", BINARIES)
class TestLines:
    def test_trap(self, binary: str) -> None:
        """The place that would trap, and the calls that lead to it."""
        module = read((DATA / binary).read_bytes())
        symbols = Symbols(module)
        found = {}
        for index, code in enumerate(module.codes):
            for instruction in instructions(module, code):
                if instruction.name in ("i32.div_s", "call"):
                    frame = symbols.frame(index, instruction.offset)
                    assert frame.offset == instruction.offset
                    found[frame.function] = frame.location
        assert found == {
            "divide": "./" + place("lib/divide.h", "value / zero"),
            "outer": place("trap.c", "= divide(value)"),
            "run": place("trap.c", "outer(value + 1)"),
        }
        assert symbols.problems == []

    def test_dropped_function_has_no_addresses(self, binary: str) -> None:
        symbols = Symbols(read((DATA / binary).read_bytes()))
        assert place("trap.c", "value * zero") not in {row.location for row in symbols._rows}

    def test_outside_of_code(self, binary: str) -> None:
        data = (DATA / binary).read_bytes()
        symbols = Symbols(read(data))
        assert symbols.location(0) is None
        assert symbols.location(len(data)) is None

    @given(st.data())
    @settings(max_examples=60)
    def test_damaged_dwarf_costs_lines_only(self, binary: str, data: st.DataObject) -> None:
        original = (DATA / binary).read_bytes()
        sections = [s for s in read(original).customs if s.name.startswith(".debug")]
        section = data.draw(st.sampled_from(sections))
        damaged = bytearray(original)
        for offset in data.draw(st.lists(st.integers(section.start, section.end - 1), min_size=1, max_size=5)):
            damaged[offset] = data.draw(st.integers(0, 255))
        module = read(bytes(damaged))
        frame = Symbols(module).frame(1, module.codes[1].start)
        assert frame.function == "divide"


def test_no_dwarf() -> None:
    module = named()
    assert Symbols(module).frame(2, module.codes[1].start) == Frame("function[2]", module.codes[1].start, None)
