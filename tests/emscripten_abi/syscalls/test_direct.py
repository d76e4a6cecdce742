"""System calls of 1.39.9 and later, which bring their arguments themselves."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import compat
from compat.emscripten_abi import EmscriptenGuest
from tests.emscripten_abi.linking import linked
from tests.emscripten_abi.loading import MEMORY, STACK, write_program

PROGRAM = """(module
  (import "env" "memory" (memory 2 2))
  (import "env" "___syscall5" (func $open (param i32 i32 i32) (result i32)))
  (import "env" "___syscall4" (func $write (param i32 i32 i32) (result i32)))
  (import "env" "___syscall194" (func $truncate (param i32 i32 i32 i32) (result i32)))
  (import "env" "___syscall15" (func $chmod (param i32 i32) (result i32)))
  (import "env" "___syscall221" (func $fcntl (param i32 i32 i32) (result i32)))
  (export "open" (func $open)) (export "write" (func $write)) (export "truncate" (func $truncate))
  (export "chmod" (func $chmod)) (export "fcntl" (func $fcntl)))"""
O_WRONLY, O_CREAT = 1, 0o100
PATH, MODE = 0x100, 0x200


@pytest.fixture
def guest() -> Iterator[EmscriptenGuest]:
    with linked(PROGRAM) as guest:
        guest.memory.write(PATH, b"/tmp/file\0")
        yield guest


def test_arguments_come_themselves(guest: EmscriptenGuest) -> None:
    assert guest.call("open", PATH, O_WRONLY | O_CREAT, 0) == 3
    guest.memory.write(MODE, b"hello")
    assert guest.call("write", 3, MODE, 5) == 5
    # Two arguments, as many as a call with an address has.
    assert guest.call("chmod", PATH, 0o600) == 0
    # After a slot for alignment, a 64-bit number as two.
    assert guest.call("truncate", 3, 0, 2, 0) == 0
    stat = guest.process.fs.resolve("/tmp/file", base=guest.process.cwd).node
    assert stat
    assert (stat.stat().mode, stat.stat().size) == (0o600, 2)
    assert guest.call("write", 77, MODE, 5) == -9


def test_what_is_variable_is_pointed_to(guest: EmscriptenGuest) -> None:
    guest.memory.store_32(MODE, 0o640)
    assert guest.call("open", PATH, O_WRONLY | O_CREAT, MODE) == 3
    node = guest.process.fs.resolve("/tmp/file", base=guest.process.cwd).node
    assert node
    assert node.stat().mode == 0o640
    guest.memory.store_32(MODE, 9)
    assert guest.call("fcntl", 3, 0, MODE) == 9  # F_DUPFD: the lowest from there on


def test_what_c_serves_it_serves_only_by_address(tmp_path: Path) -> None:
    """What is written looks like the arguments of another call."""
    text = f"""
      (import "env" "___syscall5" (func $open (param i32 i32 i32) (result i32)))
      (import "env" "___syscall4" (func $write (param i32 i32 i32) (result i32)))
      {MEMORY} {STACK}
      (data (i32.const 2048) "\\03\\00\\00\\00\\00\\10\\00\\00\\05\\00\\00\\00")
      (data (i32.const 4096) "wrong")
      (data (i32.const 2064) "/host/file\\00")
      (func (export "_main") (result i32)
        (call $write (call $open (i32.const 2064) (i32.const 0x41) (i32.const 0)) (i32.const 2048) (i32.const 12)))"""
    program = write_program(tmp_path / "program.wasm", text)
    assert (
        compat.run(program, abi="emscripten", mounts=[compat.Mount(str(tmp_path), "/host")], deterministic=False).status
        == 12
    )
    assert (tmp_path / "file").read_bytes() == bytes([3, 0, 0, 0, 0, 16, 0, 0, 5, 0, 0, 0])
