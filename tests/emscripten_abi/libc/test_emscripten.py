from __future__ import annotations

import re
import struct
from pathlib import Path

import pytest

import compat
from compat.emscripten_abi.libc.emscripten import env, format_printf, shortest
from tests.emscripten_abi import loading
from tests.emscripten_abi.loading import MEMORY
from tests.emscripten_abi.world import World


def test_printf_takes_its_arguments_as_the_compiler_lays_them_out(world: World) -> None:
    world.text("text", 0x800)
    frame = struct.pack("<iIi4xdqiiI", -5, 0x800, 65, 2.5, -(2**40), 6, 42, 255)
    world.memory.write(0x100, frame)
    text = format_printf(world.memory, b"%d|%.2s|%c|%5.1f|%lld|%*d|%#x|100%%", 0x100)
    assert text == b"-5|te|A|  2.5|-1099511627776|    42|0xff|100%"


def test_logging_goes_where_it_belongs(world: World) -> None:
    world.memory.store_32(0x100, world.text("%u bottles"))
    world.memory.store_32(0x104, -1)
    world.function(env, "_emscripten_log")(1, 0x100)
    world.function(env, "_emscripten_log")(4, 0x100)
    assert world.stdout.getvalue() == world.stderr.getvalue() == b"4294967295 bottles\n"


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0.1, "0.1"),
        (-3.0, "-3"),
        (1e21, "1e+21"),
        (123456789012345680000.0, "123456789012345680000"),
        (1.5e-5, "0.000015"),
        (1e-7, "1e-7"),
        (1.25e300, "1.25e+300"),
        (float("inf"), "Infinity"),
        (float("nan"), "NaN"),
    ],
)
def test_numbers_as_javascript_writes_them(number: float, text: str) -> None:
    assert shortest(number) == text


def test_print_double(world: World) -> None:
    assert world.function(env, "_emscripten_print_double")(0.5, 0x100, 3) == 2
    assert world.memory.read(0x100, 4) == b"0.\0?"
    assert world.function(env, "_emscripten_print_double")(0.5, 0, 0) == 3


def test_random_numbers_repeat_with_the_seed(world: World) -> None:
    number = world.function(env, "_emscripten_random")()
    assert 0 <= number < 1
    again = World()
    assert again.function(env, "_emscripten_random")() == number
    again.process.close()


def test_the_console_is_the_standard_streams(world: World) -> None:
    for name in ("log", "warn", "error"):
        world.function(env, f"_emscripten_console_{name}")(world.text(name))
    assert (world.stdout.getvalue(), world.stderr.getvalue()) == (b"log\n", b"warn\nerror\n")


STACK = f"""
  (import "env" "_emscripten_get_callstack" (func $callstack (param i32 i32 i32) (result i32)))
  (import "env" "_emscripten_log" (func $log (param i32 i32)))
  {MEMORY} {loading.STACK}
  (func $inner (param i32 i32 i32) (result i32) (call $callstack (local.get 0) (local.get 1) (local.get 2)))
  (func (export "_outer") (param i32 i32 i32) (result i32)
    (call $inner (local.get 0) (local.get 1) (local.get 2)))
  (data (i32.const 2048) "\\10\\08\\00\\00") (data (i32.const 2064) "here\\00")
  (func (export "_main") (result i32) (call $log (i32.const 16) (i32.const 2048)) (i32.const 0))"""


def test_a_call_stack_has_the_functions_that_are_under_way(tmp_path: Path) -> None:
    path = loading.write_program(tmp_path / "program.wasm", STACK)
    with compat.load(path, abi="emscripten") as module:
        size = module.call("_outer", 0, 0, 0)
        assert isinstance(size, int)
        module.memory.write(0x8000, b"?" * 200)
        assert module.call("_outer", 0, 0x8000, 200) == size
        text = module.memory.cstring(0x8000).decode()
        assert [re.sub("0x[0-9a-f]+", "N", line) for line in text.splitlines()] == [
            "    at function[2] (wasm:N)",
            "    at function[3] (wasm:N)",
        ]
        assert module.memory.read(0x8000 + size, 1) == b"?"
        module.memory.write(0x8100, b"?" * 8)
        assert module.call("_outer", 0, 0x8100, 5) == 5
        assert module.memory.read(0x8100, 6) == b"    \0?"


def test_a_line_of_a_log_can_have_the_call_stack(tmp_path: Path) -> None:
    path = loading.write_program(tmp_path / "program.wasm", STACK)
    output = compat.run(path, abi="emscripten").check().stdout
    assert re.fullmatch(rb"here\n    at function\[4\] \(wasm:0x[0-9a-f]+\)\n", output)


def test_settings_that_show_in_the_program(tmp_path: Path) -> None:
    text = f"""
      (import "env" "_emscripten_get_compiler_setting" (func $setting (param i32) (result i32)))
      {MEMORY} {loading.STACK}
      (data (i32.const 2048) "TOTAL_MEMORY\\00") (data (i32.const 2080) "TOTAL_STACK\\00")
      (data (i32.const 2112) "SDL\\00")
      (func (export "setting") (param i32) (result i32) (call $setting (local.get 0)))"""
    with compat.load(loading.write_program(tmp_path / "program.wasm", text), abi="emscripten") as module:
        assert [module.call("setting", address) for address in (2048, 2080)] == [16 << 20, 131072]
        with pytest.raises(compat.Abort, match="what SDL it was compiled with"):
            module.call("setting", 2112)
