"""The rows that WebAssembly answers, called with numbers that make no sense."""

from __future__ import annotations

import itertools

import pytest

import compat
from compat.abi.row import Row, Serves
from compat.emscripten_abi.tables import TABLES
from compat.wasm.model import FuncType, ValType
from tests.conftest import Build
from tests.programs import emscripten

ROWS = [
    row for row in TABLES if row.serves is Serves.BRIDGE and row.type and "{" not in row.name and row.module == "env"
]
WORDS = {ValType.I32: "i32", ValType.I64: "i64", ValType.F32: "f32", ValType.F64: "f64"}
INTEGERS = (0, 1, -1, 8, 70000, 0x7FFFFFFF, -0x80000000, (256 << 16) - 4, 256 << 16)
REALS = (0.0, -1.5, float("inf"), float("nan"), 1e300)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.name}.{row.type}")
def test_any_numbers(build: Build, row: Row) -> None:
    type = FuncType.parse(row.type or "")
    words = [" ".join(WORDS[t] for t in types) for types in (type.params, type.results)]
    signature = " ".join(f"({name} {types})" for name, types in zip(("param", "result"), words, strict=True) if types)
    values = " ".join(f"(local.get {index})" for index in range(len(type.params)))
    text = emscripten(
        f'(func (export "go") {signature} (call $row {values}))',
        imports=f'(import "env" "{row.name}" (func $row {signature}))',
    )
    if row.name in ("_emscripten_get_heap_size",):
        pytest.skip("every program of these imports it already")
    choices = [INTEGERS if t in (ValType.I32, ValType.I64) else REALS for t in type.params]
    with compat.load(build(text), timeout=60) as module:
        for arguments in itertools.islice(itertools.product(*choices), 0, None, max(1, 9 ** len(choices) // 40)):
            try:
                module.call("go", *(a % 3.4e38 if abs(a) > 3.4e38 else a for a in arguments))
            except compat.GuestError:
                continue
