"""Imports that are answered by whoever runs or loads the binary."""

from __future__ import annotations

from pathlib import Path

import pytest

import compat
from compat.abi.memory import Memory
from compat.engine import default_engine

ASKING = """(module
  (import "wasi_snapshot_preview1" "sched_yield" (func (result i32)))
  (import "shop" "price" (func $price (param i32 i32) (result f64)))
  (import "shop.till" "ring" (func $ring (param i64)))
  (memory (export "memory") 1)
  (data (i32.const 16) "plums")
  (func (export "total") (param i32) (result f64)
    (f64.mul (f64.convert_i32_s (local.get 0)) (call $price (i32.const 16) (i32.const 5))))
  (func (export "ring") (call $ring (i64.const -3))))"""


@pytest.fixture
def asking(tmp_path: Path) -> Path:
    """A library that imports two functions of whoever loads it."""
    path = tmp_path / "asking.wasm"
    path.write_bytes(default_engine().assemble(ASKING))
    return path


def price(memory: Memory, name: int, size: int) -> float:
    return {b"plums": 2.5}[memory.read(name, size)]


def test_own_function_gets_memory_and_numbers_and_answers(asking: Path) -> None:
    with compat.load(asking, imports={"shop.price": price}) as module:
        assert module.call("total", 3) == 7.5


def test_own_function_without_a_result(asking: Path) -> None:
    rung: list[object] = []
    with compat.load(asking, imports={"shop.till.ring": lambda _, amount: rung.append(amount)}) as module:
        assert module.call("ring") is None
    assert rung == [-3]


def test_own_function_may_call_the_guest(asking: Path) -> None:
    totals = []

    def ring(_: Memory, amount: int | float) -> None:
        totals.append(module.call("total", amount))

    with compat.load(asking, imports={"shop.price": price, "shop.till.ring": ring}) as module:
        module.call("ring")
    assert totals == [-7.5]


def test_what_an_own_function_raises_passes_as_it_is(asking: Path) -> None:
    def refuse(_: Memory, *__: int | float) -> float:
        raise LookupError("sold out")

    with compat.load(asking, imports={"shop.price": refuse}) as module, pytest.raises(LookupError, match="sold out"):
        module.call("total", 1)


def test_address_outside_memory_ends_the_guest(asking: Path) -> None:
    with (
        compat.load(asking, imports={"shop.price": lambda memory, name, _: memory.load_u8(name + 65536)}) as module,
        pytest.raises(compat.Abort, match=r"shop\.price failed: EFAULT"),
    ):
        module.call("total", 1)


def test_own_function_is_traced(asking: Path) -> None:
    lines: list[str] = []
    with compat.load(asking, imports={"shop.price": price}, trace=lines.append) as module:
        module.call("total", 1)
    assert lines == ["price(16, 5) = 2.5"]


def test_without_it_the_call_ends_the_guest(asking: Path) -> None:
    with compat.load(asking) as module, pytest.raises(compat.MissingImport, match=r"shop\.price is not known"):
        module.call("total", 1)


def test_own_function_that_nothing_imports_is_refused(asking: Path) -> None:
    with pytest.raises(compat.Unsupported, match=r"imports no function shop\.prize$"):
        compat.load(asking, imports={"shop.prize": price, "shop.price": price})


def test_own_function_goes_before_what_the_abi_has(tmp_path: Path) -> None:
    path = tmp_path / "program.wasm"
    path.write_bytes(
        default_engine().assemble("""(module
          (import "wasi_snapshot_preview1" "sched_yield" (func $yield (result i32)))
          (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
          (memory (export "memory") 1)
          (func (export "_start") (call $exit (call $yield))))""")
    )
    assert compat.run(path).status == 0
    assert compat.run(path, imports={"wasi_snapshot_preview1.sched_yield": lambda _: 7}).status == 7
