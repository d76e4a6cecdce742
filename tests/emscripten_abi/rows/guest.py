"""The program that makes the calls of a case: made by a release of each epoch, and telling what its host calls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import IntEnum
from typing import Any

import compat
from tests.calls import HEAP, PAGES, Call, Case, Content, Guest, clauses, imports_and_exports, u32

ERRNO, THREW, ENVIRON, TIMEZONE, DAYLIGHT, TZNAME = 1200, 1208, 1300, 1304, 1308, 1312
"""Addresses of variables of the program's C library. THREW is two: why a function was left, and a value."""
STACK, OWNED = range(4096, 69632), range(69632, 69632 + 8192)
"""Where the program's stack is, and behind it what is the host's."""
_LOG, _NOTE = 0x6_0000, 20
"""Where the program notes which functions its host calls, and the size of a note."""
NOTED = ("v", "vi", "vii", "viii", "free")
"""Function pointers by their signature, and `free`, of which it takes note."""

EPOCHS = {
    "1.38.24": ('(import "env" "getTotalMemory" (func (result i32)))', ""),
    "1.38.43": (
        """(import "env" "___syscall146" (func (param i32 i32) (result i32)))
      (import "env" "_emscripten_get_heap_size" (func $heap_size (result i32)))""",
        '(func (export "_sbrk") (param i32) (result i32) (call $heap_size))',
    ),
    "1.38.48": ('(import "env" "___wasi_fd_read" (func (param i32 i32 i32 i32) (result i32)))', ""),
}
"""What tells detection that a program was made before 1.38.31, up to 1.38.43, or when WASI had come in: imports, and
exports.
"""
OLD, MIDDLE, LATE = EPOCHS


def errno(number: int) -> Mapping[int, Content]:
    """What a function that fails so writes."""
    return {ERRNO: u32(number)}


def _module(case: Case) -> str:
    imports, exports = imports_and_exports(case, case.module.get("imports", "env"))
    epoch_imports, epoch_exports = EPOCHS[case.module.get("release", MIDDLE)]
    memory = case.module.get("memory", f"{PAGES} {PAGES}")
    invoked = {name.removeprefix("invoke_") for name, _ in case.imports if name.startswith("invoke_")}
    invoked |= {*case.module.get("called", ())}
    return f"""(module
      (import "env" "memory" (memory {memory}))
      {epoch_imports}
      {imports}
      (global $STACKTOP (mut i32) (i32.const {STACK.start}))
      (global $STACK_MAX (mut i32) (i32.const {STACK.stop}))
      (global $heap (mut i32) (i32.const {HEAP}))
      {epoch_exports}
      (func (export "heap") (result i32) (global.get $heap))
      (func (export "_malloc") (param i32) (result i32)
        (global.get $heap)
        (global.set $heap
          (i32.and (i32.add (i32.add (global.get $heap) (local.get 0)) (i32.const 31)) (i32.const -16))))
      (func (export "_free") (param i32)
        (call $note (i32.const {NOTED.index("free")}) (local.get 0) (i32.const 0) (i32.const 0) (i32.const 0)))
      (func (export "___errno_location") (result i32) (i32.const {ERRNO}))
      (func (export "__get_environ") (result i32) (i32.const {ENVIRON}))
      (func (export "__get_timezone") (result i32) (i32.const {TIMEZONE}))
      (func (export "__get_daylight") (result i32) (i32.const {DAYLIGHT}))
      (func (export "__get_tzname") (result i32) (i32.const {TZNAME}))
      (func (export "stackSave") (result i32) (global.get $STACKTOP))
      (func (export "stackRestore") (param i32) (global.set $STACKTOP (local.get 0)))
      (func (export "_setThrew") (param i32 i32)
        (if (i32.eqz (i32.load (i32.const {THREW}))) (then
          (i32.store (i32.const {THREW}) (local.get 0))
          (i32.store (i32.const {THREW + 4}) (local.get 1)))))
      (func (export "___cxa_can_catch") (param i32 i32 i32) (result i32) (i32.eq (local.get 0) (local.get 1)))
      (func $note (param $kind i32) (param $a i32) (param $b i32) (param $c i32) (param $d i32) (local $at i32)
        (local.set $at (i32.add (i32.const {_LOG + 4}) (i32.mul (i32.load (i32.const {_LOG})) (i32.const {_NOTE}))))
        (i32.store (local.get $at) (local.get $kind))
        (i32.store offset=4 (local.get $at) (local.get $a))
        (i32.store offset=8 (local.get $at) (local.get $b))
        (i32.store offset=12 (local.get $at) (local.get $c))
        (i32.store offset=16 (local.get $at) (local.get $d))
        (i32.store (i32.const {_LOG}) (i32.add (i32.load (i32.const {_LOG})) (i32.const 1))))
      (func $do (param $function i32) {"".join(_function(*item) for item in case.functions.items())})
      {"".join(_noted(count) for count in range(len(NOTED) - 1))}
      {"".join(_added(sig) for sig in sorted(invoked - {*NOTED}))}
      {exports})"""


def _function(pointer: int, step: Call) -> str:
    values = " ".join(f"(i32.const {value})" for value in step.arguments)
    result = "" if step.gives is None else "(drop)"
    return f"""
        (if (i32.eq (local.get $function) (i32.const {pointer}))
          (then (call $"{step.name} {step.type}" {values}) {result}))"""


def _noted(parameters: int) -> str:
    """What the host calls a function pointer by, for a function of so many i32, none of which it returns."""
    values = "".join(f" (local.get {index})" for index in range(1 + parameters)) + " (i32.const 0)" * (3 - parameters)
    return f"""
      (func (export "dynCall_v{"i" * parameters}") (param i32{" i32" * parameters})
        (call $note (i32.const {parameters}) {values}) (call $do (local.get 0)))"""


def _added(signature: str) -> str:
    """The same for a function of any other signature: it returns the sum of what it is given, its pointer included."""
    letters = "i" + legal(signature[1:])
    type = f"{legal(signature[0])[0]}({letters})"
    total = "(f64.const 0)"
    for index, letter in enumerate(letters):
        value = f"(local.get {index})"
        total = f"(f64.add {total} {value if letter == 'd' else f'(f64.convert_i32_s {value})'})"
    result = {"v": f"(drop {total})", "d": total}.get(type[0], f"(i32.trunc_f64_s {total})")
    return f"""
      (func (export "dynCall_{signature}") {clauses(type)} (call $do (local.get 0)) {result})"""


def legal(letters: str) -> str:
    """The types by which numbers pass between a program and its host: a 64-bit integer as two halves, floats as f64."""
    return letters.replace("j", "ii").replace("f", "d")


def _unchecked(module: compat.Module) -> Sequence[range]:
    top = module.exports["heap"]()
    assert isinstance(top, int)
    return OWNED, range(HEAP, top), range(_LOG, _LOG + 0x1_0000)


def _called(module: compat.Module) -> Sequence[tuple[Any, ...]]:
    made = []
    for at in range(_LOG + 4, _LOG + 4 + _NOTE * module.memory.load_i32(_LOG), _NOTE):
        kind, *values = (module.memory.load_i32(at + 4 * word) for word in range(5))
        signature = NOTED[kind]
        made.append((signature, *values[: len(signature) if signature.startswith("v") else 1]))
    module.memory.store_32(_LOG, 0)
    return made


GUEST = Guest(_module, _unchecked, _called, range(ERRNO, ERRNO + 4))


class E(IntEnum):
    """Numbers of errors up to 1.38.46, those of Linux: arch/emscripten/bits/errno.h."""

    PERM = 1
    NOENT = 2
    SRCH = 3
    INTR = 4
    IO = 5
    BADF = 9
    CHILD = 10
    AGAIN = 11
    NOMEM = 12
    ACCES = 13
    FAULT = 14
    EXIST = 17
    NOTDIR = 20
    ISDIR = 21
    INVAL = 22
    NOTTY = 25
    SPIPE = 29
    RANGE = 34
    NOTEMPTY = 39
    OVERFLOW = 75
    TIMEDOUT = 110
    NOTSOCK = 88
    NOTSUP = 95
