from __future__ import annotations

import struct

import pytest

from compat.emscripten_abi.libc.emscripten import env, format_printf, shortest
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
