"""Start-up and shut-down, memory that the host owns, growth, and calls through function pointers, on the engine."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from compat.abi.guest import Exit
from compat.detect.model import AbiName, Detection, Epoch, Glue, Layout, Release
from compat.emscripten_abi import EmscriptenGuest
from compat.emscripten_abi.guest import OWNED, PAGE
from compat.errors import Abort, Unsupported
from compat.wasm.model import Module
from tests.emscripten_abi.linking import LAYOUT, linked, process

MEMORY = '(import "env" "memory" (memory 256 256))'
STACK = """
  (global $top (mut i32) (i32.const 4096))
  (func (export "stackAlloc") (param i32) (result i32)
    (global.get $top) (global.set $top (i32.add (global.get $top) (local.get 0))))
"""
LOG = """
  (global $log (mut i32) (i32.const 0))
  (func (export "log") (result i32) (global.get $log))
  (func $note (param i32)
    (global.set $log (i32.add (i32.mul (global.get $log) (i32.const 10)) (local.get 0))))
"""


def noting(*names: str) -> str:
    """Exports that each append their number, from 1 on, to a decimal log."""
    return "".join(f'(func (export "{name}") (call $note (i32.const {n})))' for n, name in enumerate(names, 1))


# --- constructors


def order(exports: Sequence[str], glue: Glue | None = None) -> str:
    """The order in which constructors run, as the numbers of their names."""
    with linked(f"(module {MEMORY} {LOG} {noting(*exports)})", glue=glue) as guest:
        guest.initialise()
        return str(guest.call("log"))


def test_constructors_run_in_the_order_of_the_glue() -> None:
    glue = Glue(constructors=("__GLOBAL__sub_I_b_cpp", "__GLOBAL__I_000101"))
    assert order(["runPostSets", "__GLOBAL__I_000101", "__GLOBAL__sub_I_b_cpp"], glue) == "132"


def test_one_export_is_all_constructors_from_1_38_26_on() -> None:
    assert order(["globalCtors", "__GLOBAL__sub_I_b_cpp"]) == "1"


def test_without_glue_the_environment_goes_first_then_priorities_then_the_rest() -> None:
    names = ["__GLOBAL__I_000102", "__GLOBAL__I_000101", "__GLOBAL__sub_I_a", "___emscripten_environ_constructor"]
    assert order(names) == "4213"


# --- main


def main_program(declared: str, body: str, more: str = "") -> str:
    return f'(module {MEMORY} {STACK} {more} (func (export "_main") {declared} {body}))'


def test_main_gets_its_arguments_as_utf_8() -> None:
    program = main_program("(param $argc i32) (param $argv i32) (result i32)", "(local.get $argv)")
    with linked(program, args=["prog", "zwei", "grüße"]) as guest:
        block = guest.main()
        pointers = [guest.memory.load_u32(block + 4 * i) for i in range(4)]
        assert [guest.memory.cstring(p) for p in pointers[:3]] == [b"prog", b"zwei", "grüße".encode()]
        assert pointers[3] == 0


@pytest.mark.parametrize(
    ("declared", "result"),
    [("(result i32)", 5), ("(param i32 i32) (result i32)", 5), ("(param i32 i32 i32) (result i32)", 5), ("", 0)],
)
def test_main_may_have_any_number_of_parameters(declared: str, result: int) -> None:
    body = "(i32.const 5)" if "result" in declared else ""
    with linked(main_program(declared, body)) as guest:
        assert guest.main() == result


def test_a_library_has_no_main() -> None:
    with linked(f"(module {MEMORY})") as guest, pytest.raises(Unsupported, match="library"):
        guest.main()


IMPORTS = """
  (import "env" "_atexit" (func $atexit (param i32) (result i32)))
  (import "env" "___cxa_atexit" (func $cxa_atexit (param i32 i32 i32) (result i32)))
  (import "env" "_exit" (func $exit (param i32)))
  (import "env" "__exit" (func $_exit (param i32)))
  (import "env" "_emscripten_exit_with_live_runtime" (func $stay))
"""
HANDLERS = f"""
  {LOG}
  (table 4 4 funcref)
  (elem (i32.const 0) $one $with $exits)
  (func $one (call $note (i32.const 1)))
  (func $with (param i32) (call $note (local.get 0)))
  (func $exits (call $note (i32.const 3)) (call $exit (i32.const 9)))
  (func (export "_fflush") (param i32) (result i32) (call $note (i32.const 8)) (i32.const 0))
  (func (export "dynCall_v") (param i32) (call_indirect (local.get 0)))
  (func (export "dynCall_vi") (param i32 i32) (call_indirect (param i32) (local.get 1) (local.get 0)))
  (func $register
    (drop (call $atexit (i32.const 0)))
    (drop (call $cxa_atexit (i32.const 1) (i32.const 5) (i32.const 0))))
"""


def ended(body: str, glue: Glue | None = None) -> tuple[int, int | float | None]:
    """The status of a program with exit handlers 1 and 5, and what ran: 8 is the flush."""
    text = f"""(module {MEMORY} {IMPORTS} {HANDLERS} {STACK}
      (func (export "_main") (result i32) (call $register) {body} (i32.const 4)))"""
    with linked(text, glue=glue) as guest:
        return guest.main(), guest.call("log")


def test_handlers_run_last_first_and_output_is_flushed_after() -> None:
    assert ended("") == (4, 518)


@pytest.mark.parametrize("name", ["___cxa_thread_atexit", "___cxa_thread_atexit_impl"])
def test_handlers_of_the_thread_are_the_programs(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(globals(), "IMPORTS", IMPORTS.replace("___cxa_atexit", name))
    assert ended("") == (4, 518)


def test_exit_does_the_same_with_its_status() -> None:
    assert ended("(call $exit (i32.const 7))") == (7, 518)


def test_an_exit_in_a_handler_sets_the_status_and_the_others_still_run() -> None:
    assert ended("(drop (call $atexit (i32.const 2)))") == (9, 3518)


def test_immediate_exit_runs_nothing() -> None:
    assert ended("(call $_exit (i32.const 6))") == (6, 0)


def test_a_program_that_stays_alive_runs_nothing() -> None:
    assert ended("(call $stay)") == (0, 0)


def test_a_program_without_an_exit_runtime_is_flushed_only() -> None:
    assert ended("", Glue(exit_runtime=False)) == (4, 8)


def test_an_exit_in_a_constructor_is_an_end_like_any_other() -> None:
    text = f"""(module {MEMORY} {IMPORTS} {HANDLERS}
      (func (export "globalCtors") (call $register) (call $exit (i32.const 2))))"""
    with linked(text) as guest:
        with pytest.raises(Exit) as caught:
            guest.initialise()
        assert (caught.value.status, guest.call("log")) == (2, 518)


# --- timers


def test_calls_that_were_put_off_are_made_in_time_and_order() -> None:
    text = f"""(module {MEMORY}
      (import "env" "_emscripten_async_call" (func $later (param i32 i32 i32)))
      {LOG} {STACK}
      (table 2 2 funcref)
      (elem (i32.const 0) $note $again)
      (func $again (param i32) (call $note (local.get 0)) (call $later (i32.const 0) (i32.const 7) (i32.const 0)))
      (func (export "dynCall_vi") (param i32 i32) (call_indirect (param i32) (local.get 1) (local.get 0)))
      (func (export "_main") (result i32)
        (call $later (i32.const 0) (i32.const 1) (i32.const 300))
        (call $later (i32.const 0) (i32.const 2) (i32.const 100))
        (call $later (i32.const 1) (i32.const 3) (i32.const 100))
        (call $later (i32.const 0) (i32.const 4) (i32.const -1))
        (call $note (i32.const 9)) (i32.const 0)))"""
    with linked(text) as guest:
        before = guest.process.clock.monotonic()
        guest.main()
        assert guest.call("log") == 942371
        assert guest.process.clock.monotonic() - before >= 300_000_000


# --- memory


def test_the_heap_starts_behind_what_the_host_owns() -> None:
    with linked(f"(module {MEMORY})") as guest:
        assert guest.heap_start == LAYOUT.dynamic_base + OWNED
        assert guest.memory.load_u32(guest.dynamic_top) == guest.heap_start
        first = guest.owned("first", 5)
        assert guest.owned("second", 4) == first + 16
        assert guest.owned("first", 5) == first
        with pytest.raises(Abort, match="no space for large"):
            guest.owned("large", OWNED)


def test_a_program_whose_layout_is_unknown_is_refused() -> None:
    detection = Detection(Module(b""), AbiName.EMSCRIPTEN, 1.0, ())
    with process() as running, pytest.raises(Unsupported, match="stack and heap"):
        EmscriptenGuest(running, detection)


GROWTH = """(module
  (import "env" "memory" (memory {limits}))
  (import "env" "_emscripten_get_heap_size" (func $size (result i32)))
  (import "env" "_emscripten_resize_heap" (func $resize (param i32) (result i32)))
  {abort}
  (func (export "size") (result i32) (call $size))
  (func (export "resize") (param i32) (result i32) (call $resize (local.get 0))))"""
ABORTING = '(import "env" "abortOnCannotGrowMemory" (func (param i32) (result i32)))'
MIB = 1 << 20


def test_memory_doubles_from_16_mib_on() -> None:
    with linked(GROWTH.format(limits="256", abort="")) as guest:
        assert guest.call("resize", 16 * MIB + 1) == 1
        assert guest.call("size") == 32 * MIB
        assert guest.memory.load_u32(guest.dynamic_top) == 16 * MIB + 1


def test_memory_grows_to_the_declared_maximum_and_no_further() -> None:
    with linked(GROWTH.format(limits="256 300", abort=ABORTING)) as guest:
        assert guest.call("resize", 17 * MIB) == 1
        assert guest.call("size") == 300 * PAGE
        assert guest.call("resize", 300 * PAGE + 1) == 0


def test_a_limit_in_the_way_of_doubling_leaves_what_is_needed() -> None:
    with linked(GROWTH.format(limits="256", abort=""), memory_limit=20 * MIB) as guest:
        assert guest.call("resize", 19 * MIB) == 1
        assert guest.call("size") == 19 * MIB
        assert guest.call("resize", 21 * MIB) == 0


def test_a_program_with_fixed_memory_aborts_or_hears_of_it() -> None:
    with linked(GROWTH.format(limits="256 256", abort="")) as guest:
        assert guest.call("resize", 17 * MIB) == 0
    with linked(GROWTH.format(limits="256 256", abort=ABORTING)) as guest, pytest.raises(Abort, match="out of memory"):
        guest.call("resize", 17 * MIB)


def test_the_older_protocol_has_the_wish_in_memory() -> None:
    text = """(module
      (import "env" "memory" (memory 256))
      (import "env" "enlargeMemory" (func $enlarge (result i32)))
      (import "env" "getTotalMemory" (func $total (result i32)))
      (func (export "enlarge") (result i32) (call $enlarge))
      (func (export "total") (result i32) (call $total)))"""
    with linked(text) as guest:
        guest.memory.store_32(guest.dynamic_top, 20 * MIB)
        assert (guest.call("enlarge"), guest.call("total")) == (1, 32 * MIB)


def test_the_heap_ends_below_a_stack_that_lies_above_it() -> None:
    layout = Layout(1024, stack_base=8 * MIB, stack_max=16 * MIB, dynamic_base=65536, source="glue")
    with linked(GROWTH.format(limits="256 512", abort=""), layout=layout) as guest:
        assert guest.call("size") == guest.heap_end == 8 * MIB
        assert guest.call("resize", 9 * MIB) == 0


# --- calls


def test_a_64_bit_number_goes_through_a_function_pointer_in_halves() -> None:
    text = f"""(module {MEMORY}
      (import "env" "setTempRet0" (func $setTempRet0 (param i32)))
      (import "env" "getTempRet0" (func $getTempRet0 (result i32)))
      (func (export "dynCall_jij") (param $pointer i32) (param $i i32) (param $low i32) (param $high i32) (result i32)
        (call $setTempRet0 (i32.sub (local.get $high) (local.get $i)))
        (i32.add (local.get $low) (local.get $i)))
      (func (export "high") (result i32) (call $getTempRet0)))"""
    with linked(text) as guest:
        assert guest.call_pointer("jij", 0, 1, (5 << 32) + 7) == (4 << 32) + 8
        assert guest.call_pointer("jij", 0, 1, -1) == -(2 << 32)
        guest.set_temp_ret0(77)
        assert guest.call("high") == 77


def test_errno_is_set_where_the_program_keeps_it() -> None:
    text = f"""(module {MEMORY}
      (import "env" "___setErrNo" (func $set (param i32)))
      (func (export "___errno_location") (result i32) (i32.const 2000))
      (func (export "fail") (call $set (i32.const 12))))"""
    with linked(text) as guest:
        guest.call("fail")
        assert guest.memory.load_i32(2000) == 12
        assert guest.memory.load_i32(2004) == 0


def test_a_missing_export_is_named() -> None:
    with linked(f"(module {MEMORY})") as guest, pytest.raises(Unsupported, match="dynCall_vi,"):
        guest.call_pointer("vi", 1, 2)


@pytest.mark.parametrize(
    ("release", "large", "enoent"), [("1.38.30", False, 2), ("1.38.31", True, 2), ("1.38.47", True, 44)]
)
def test_what_depends_on_the_release(release: str, large: bool, enoent: int) -> None:
    from compat.kernel.errno import Errno

    epoch = Epoch(Release.parse(release), Release.parse(release))
    with linked(f"(module {MEMORY})", epoch=epoch) as guest:
        assert guest.large_files is large
        assert guest.errno_numbers[Errno.ENOENT] == enoent


def test_what_cannot_be_told_of_the_release_is_asked_for_when_it_matters() -> None:
    epoch = Epoch(Release.parse("1.38.30"), Release.parse("1.38.31"))
    with linked(f"(module {MEMORY})", epoch=epoch) as guest, pytest.raises(Unsupported, match="--epoch"):
        _ = guest.large_files
