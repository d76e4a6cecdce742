"""C functions as Python callables: what arrives in the guest, what comes back, and what is left behind."""

from __future__ import annotations

import copy
from array import array
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import compat
from compat import I64, U32, U64, Callback
from tests.conftest import Build
from tests.programs import emscripten, wasi

HALVES = """(import "env" "setTempRet0" (func $setTempRet0 (param i32)))"""
TABLE = '(import "env" "table" (table $table 8 funcref))'
LIBRARY = r"""
  (type $ii (func (param i32) (result i32)))
  (data (i32.const 2048) "gr\c3\bcn\00\ff\00")
  (func (export "_green") (result i32) (i32.const 2048))
  (func (export "_latin") (result i32) (i32.const 2054))
  (func (export "_null") (result i32) (i32.const 0))
  (func (export "_same") (param i32) (result i32) (local.get 0))
  (func (export "_twice") (param f64) (result f64) (f64.mul (local.get 0) (f64.const 2)))
  (func (export "_single") (param f32) (result f32) (local.get 0))
  (func (export "_nothing"))
  (func (export "_byte") (param i32 i32) (result i32) (i32.load8_u (i32.add (local.get 0) (local.get 1))))
  (func (export "_increment") (param $at i32) (param $count i32)
    (block $done (loop $next
      (br_if $done (i32.eqz (local.get $count)))
      (i32.store8 (local.get $at) (i32.add (i32.load8_u (local.get $at)) (i32.const 1)))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (local.set $count (i32.sub (local.get $count) (i32.const 1)))
      (br $next))))
  (func (export "_negated") (param $low i32) (param $high i32) (result i32) (local $n i64)
    (local.set $n (i64.sub (i64.const 0) (i64.or
      (i64.extend_i32_u (local.get $low)) (i64.shl (i64.extend_i32_u (local.get $high)) (i64.const 32)))))
    (call $setTempRet0 (i32.wrap_i64 (i64.shr_u (local.get $n) (i64.const 32))))
    (i32.wrap_i64 (local.get $n)))
  (func (export "_wide") (param i64) (result i64) (local.get 0))
  (func (export "_apply") (param $f i32) (param $x i32) (result i32)
    (call_indirect (type $ii) (local.get $x) (local.get $f)))
  (func (export "_trap") (param i32) (result i32) unreachable)"""


@pytest.fixture
def module(build: Build) -> Iterator[compat.Module]:
    with compat.load(build(emscripten(LIBRARY, imports=HALVES, table=TABLE))) as module:
        yield module


def stack(module: compat.Module) -> int | float | None:
    return module.call("stackSave")


class TestNames:
    def test_with_and_without_the_underscore(self, module: compat.Module) -> None:
        assert [module.function(name)(7) for name in ("same", "_same")] == [7, 7]
        assert module.c.same(7) == 7
        assert module.function("stackSave")() == stack(module)

    def test_names_near_one_that_is_not_there(self, module: compat.Module) -> None:
        with pytest.raises(KeyError, match="exports no function incremnt; near it are increment"):
            module.function("incremnt")
        with pytest.raises(AttributeError, match=r"exports no function qqqq$"):
            module.c.qqqq  # noqa: B018

    def test_dir_has_the_functions_of_c(self, module: compat.Module) -> None:
        assert {"same", "increment", "malloc"} <= set(dir(module.c))
        assert not {"_same", "stackSave", "dynCall_v"} & set(dir(module.c))

    def test_of_wasi(self, build: Build) -> None:
        text = wasi('(func (export "_initialize")) (func (export "one") (result i32) (i32.const 1))')
        with compat.load(build(text)) as module:
            assert (module.c.one(), dir(module.c)) == (1, ["one"])

    def test_a_function_says_its_signature(self, module: compat.Module) -> None:
        assert repr(module.c.increment) == "<C function increment(int, int) -> None>"
        apply = module.function("apply", params=[Callback("ii"), U32], returns=bool)
        assert repr(apply) == "<C function apply(Callback('ii'), U32) -> bool>"


class TestNumbers:
    @pytest.mark.parametrize(
        ("name", "kind", "given", "taken"),
        [
            ("same", int, 2**31, -(2**31)), ("same", U32, -1, 2**32 - 1), ("same", bool, 2, True),
            ("same", bool, 0, False), ("twice", float, 1, 2.0), ("single", float, 0.5, 0.5),
            ("wide", int, -1, -1), ("wide", I64, 2**63, -(2**63)), ("wide", U64, -1, 2**64 - 1),
        ],
    )  # fmt: skip
    def test_there_and_back(self, module: compat.Module, name: str, kind: type, given: float, taken: float) -> None:
        result = module.function(name, params=[kind], returns=kind)(given)
        assert (result, type(result)) == (taken, type(taken))

    @given(st.integers(-(2**63), 2**64 - 1))
    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
    def test_halves(self, module: compat.Module, number: int) -> None:
        wanted = -number % 2**64
        assert module.function("negated", params=[U64], returns=U64)(number) == wanted
        signed = module.function("negated", params=[I64], returns=I64)(number)
        assert signed == (wanted ^ 1 << 63) - (1 << 63)

    def test_nothing_comes_back_of_nothing(self, module: compat.Module) -> None:
        assert module.c.nothing() is None

    def test_halves_where_there_is_no_register(self, build: Build) -> None:
        text = wasi('(func (export "_initialize")) (func (export "one") (result i32) (i32.const 1))')
        with compat.load(build(text)) as module, pytest.raises(compat.Unsupported, match="halves"):
            module.function("one", returns=I64)()


class TestTextsAndBuffers:
    def test_a_text_that_is_returned(self, module: compat.Module) -> None:
        assert module.function("green", returns=str)() == "grün"
        assert module.function("latin", returns=bytes)() == b"\xff"
        assert [module.function("null", returns=kind)() for kind in (str, bytes)] == [None, None]
        with pytest.raises(UnicodeDecodeError):
            module.function("latin", returns=str)()

    @pytest.mark.parametrize("kinds", [None, [str]])
    @pytest.mark.parametrize("text", ["", "grün\0", "x" * 5000])
    def test_a_text_goes_in_and_leaves_nothing(
        self, module: compat.Module, kinds: list[type] | None, text: str
    ) -> None:
        before = stack(module)
        whole = module.function("same", params=kinds, returns=str)
        assert whole(text) == text.partition("\0")[0]
        assert whole(None) is None
        assert stack(module) == before

    @given(st.text().filter(lambda text: "\0" not in text))
    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
    def test_any_text(self, module: compat.Module, text: str) -> None:
        before = stack(module)
        try:
            text.encode()
        except UnicodeEncodeError:
            with pytest.raises(UnicodeEncodeError):
                module.c.same(text)
        else:
            assert module.function("same", params=[str], returns=str)(text) == text
            assert module.function("same", params=[bytes], returns=bytes)(text.encode()) == text.encode()
        assert stack(module) == before

    @pytest.mark.parametrize("size", [1, 4095, 100_000])
    def test_a_buffer_is_written_back(self, module: compat.Module, size: int) -> None:
        data = bytearray(size)
        module.function("increment", params=[bytearray, U32])(data, size)
        assert data == b"\1" * size
        module.c.increment(data, size - 1)
        assert data == b"\2" * (size - 1) + b"\1"

    def test_one_that_is_only_read_is_not(self, module: compat.Module) -> None:
        data = bytearray(3)
        module.function("increment", params=[bytes, int])(data, 3)
        module.c.increment(bytes(data), 3)
        assert data == b"\0\0\0"

    def test_buffers_of_numbers(self, module: compat.Module) -> None:
        numbers = array("i", [0, 255, -1])
        module.c.increment(numbers, 12)
        assert numbers == array("i", [0x01010101, 0x01010100, 0])
        module.c.increment(memoryview(numbers)[1:2], 4)
        assert numbers[:2] == array("i", [0x01010101, 0x02020201])

    def test_numpy(self, module: compat.Module) -> None:
        numpy = pytest.importorskip("numpy")
        pixels = numpy.zeros((2, 3), numpy.uint8)
        module.c.increment(pixels, pixels.size)
        assert pixels.tolist() == [[1, 1, 1], [1, 1, 1]]
        assert module.c.same(numpy.int64(-3)) == -3
        with pytest.raises(TypeError, match="argument 1: its items do not lie one after the other"):
            module.c.increment(pixels.T, pixels.size)

    def test_an_empty_buffer_is_not_null(self, module: compat.Module) -> None:
        assert module.c.same(bytearray())
        assert module.c.same(b"")

    def test_several_do_not_overlap(self, module: compat.Module) -> None:
        first, second = bytearray(b"a" * 16), bytearray(b"b" * 17)
        module.function("increment", params=[bytearray, U32])(first, 16)
        at = module.function("byte", params=[bytes, int], returns=int)
        assert (at(first, 15), at(second, 16), at(b"", 0)) == (ord("b"), ord("b"), 0)

    def test_what_was_lent_is_taken_back_after_a_trap(self, module: compat.Module) -> None:
        before = stack(module)
        for _ in range(3):
            with pytest.raises(compat.Trap):
                module.c.trap("x" * 100)
        assert stack(module) == before

    def test_a_guest_without_room(self, build: Build) -> None:
        text = wasi('(func (export "_initialize")) (func (export "same") (param i32) (result i32) (local.get 0))')
        with compat.load(build(text)) as module, pytest.raises(compat.Unsupported, match="exports neither malloc"):
            module.c.same("text")

    def test_a_guest_whose_allocator_has_none_left(self, build: Build) -> None:
        fields = """(func (export "_initialize")) (func (export "same") (param i32) (result i32) (local.get 0))
          (func (export "malloc") (param i32) (result i32) (i32.const 0)) (func (export "free") (param i32))"""
        with compat.load(build(wasi(fields))) as module, pytest.raises(MemoryError, match="no room for 16 bytes"):
            module.c.same("text")

    def test_a_guest_whose_allocator_lies(self, build: Build) -> None:
        fields = """(func (export "_initialize")) (func (export "same") (param i32) (result i32) (local.get 0))
          (func (export "malloc") (param i32) (result i32) (i32.const -8)) (func (export "free") (param i32))"""
        with compat.load(build(wasi(fields))) as module, pytest.raises(compat.Trap, match="memory that is not there"):
            module.c.same("text")


class TestCallbacks:
    def test_a_python_function_is_called(self, module: compat.Module) -> None:
        apply = module.function("apply", params=[Callback("ii"), int], returns=int)
        assert apply(lambda x: x * x, 12) == 144
        with pytest.raises(compat.Trap):
            apply(None, 12)

    def test_its_pointer_is_gone_after_the_call(self, module: compat.Module) -> None:
        kept = []
        apply = module.function("apply", params=[Callback("ii"), int], returns=int)
        for _ in range(3):
            first = module.add_function(lambda x: x, "ii")
            module.remove_function(first)
            kept.append(first)
            apply(lambda x: x, 1)
        assert len(set(kept)) == 1

    def test_what_it_raises_comes_out(self, module: compat.Module) -> None:
        apply = module.function("apply", params=[Callback("ii"), int], returns=int)
        with pytest.raises(ZeroDivisionError):
            apply(lambda x: x // 0, 1)
        assert apply(lambda x: apply(lambda y: y + 1, x) * 2, 1) == 4


class TestMistakes:
    @pytest.mark.parametrize("arguments", [(), (1,), (1, 2, 3)])
    def test_the_number_of_arguments(self, module: compat.Module, arguments: tuple[int, ...]) -> None:
        message = rf"^byte\(int, int\) -> int takes 2 arguments, {len(arguments)} given$"
        with pytest.raises(TypeError, match=message):
            module.c.byte(*arguments)

    @pytest.mark.parametrize(
        ("kind", "given", "wanted"),
        [
            (None, 1.5, "an int, a str, a buffer or None is needed, not float"),
            (None, print, r"say Callback\(SIGNATURE\)"),
            (None, object(), "a buffer is needed, not object"),
            (int, "1", "integer"),
            (str, b"1", "a str or None is needed, not bytes"),
            (bytes, "1", "a buffer is needed, not str"),
            (bytearray, b"1", "a buffer that can be written is needed, not bytes"),
            (Callback("ii"), 1, "a function or None is needed, not int"),
        ],
    )
    def test_arguments_that_do_not_fit(
        self, module: compat.Module, kind: type | None, given: object, wanted: str
    ) -> None:
        function = module.function("same", params=None if kind is None else [kind])
        with pytest.raises(TypeError, match=f"^same: argument 1: .*{wanted}"):
            function(given)

    def test_a_function_of_no_numbers(self, build: Build) -> None:
        library = emscripten('(func (export "_vector") (param v128))')
        message = r"vector is .*: only numbers can be passed"
        with compat.load(build(library)) as module, pytest.raises(compat.Unsupported, match=message):
            module.c.vector(1)

    def test_the_functions_can_be_copied(self, module: compat.Module) -> None:
        assert copy.copy(module.c).same(1) == 1

    def test_a_text_is_no_float(self, module: compat.Module) -> None:
        with pytest.raises(TypeError, match="twice: argument 1: a number is needed, not str"):
            module.c.twice("1")

    @pytest.mark.parametrize(
        ("name", "params", "returns", "message"),
        [
            ("same", [], None, "params names 0 and leaves 1 numbers"),
            ("same", [int, int], None, "parameter 2 cannot be int"),
            ("same", [float], None, r"same is i\(i\): parameter 1 cannot be float"),
            ("twice", [str], None, "parameter 1 cannot be str"),
            ("same", [I64], None, "parameter 1 cannot be I64"),
            ("same", [list], None, "nothing is passed as <class 'list'>"),
            ("same", None, float, "its result cannot be float"),
            ("nothing", None, int, "its result cannot be int"),
            ("twice", None, str, "its result cannot be str"),
            ("same", None, list, "nothing is returned as <class 'list'>"),
        ],
    )
    def test_signatures_that_cannot_be(
        self, module: compat.Module, name: str, params: list[type] | None, returns: type | None, message: str
    ) -> None:
        with pytest.raises(TypeError, match=message):
            module.function(name, params=params, returns=returns)
