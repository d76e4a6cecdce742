"""Frames for small programs in WebAssembly text: what detection and start-up need, around what a test is about."""

from __future__ import annotations

TABLE = "(table 4 funcref)"


def wasi(body: str, imports: str = "", memory: str = '(memory (export "memory") 1)') -> str:
    """A command for preview 1. `body` is its fields, with a `(func (export "_start") …)`."""
    return f"""(module
      (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
      (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
      {imports} {memory} {body})"""


def emscripten(body: str, imports: str = "", memory: str = "256 256", table: str = TABLE) -> str:
    """A program of 1.38.31 to 1.38.43, its stack from 4096 to 69632. `body` has a `(func (export "_main") …)`."""
    return f"""(module
      (type $v (func))
      (import "env" "memory" (memory {memory}))
      (import "env" "DYNAMICTOP_PTR" (global $DYNAMICTOP_PTR i32))
      (import "env" "abort" (func $abort (param i32)))
      (import "env" "abortOnCannotGrowMemory" (func $cannot_grow (param i32) (result i32)))
      (import "env" "_emscripten_get_heap_size" (func $heap_size (result i32)))
      (import "env" "_emscripten_resize_heap" (func $resize_heap (param i32) (result i32)))
      (import "env" "___syscall146" (func $writev (param i32 i32) (result i32)))
      (import "env" "invoke_v" (func $invoke_v (param i32)))
      (import "env" "_exit" (func $exit (param i32)))
      (import "env" "___cxa_throw" (func $throw (param i32 i32 i32)))
      {imports} {table}
      (global $STACKTOP (mut i32) (i32.const 4096))
      (global $STACK_MAX (mut i32) (i32.const 69632))
      (global $threw (mut i32) (i32.const 0))
      (func (export "_sbrk") (param i32) (result i32) (call $heap_size))
      (func (export "_malloc") (param i32) (result i32) (i32.const 70000))
      (func (export "_free") (param i32))
      (func (export "_fflush") (param i32) (result i32) (i32.const 0))
      (func (export "_setThrew") (param i32 i32) (global.set $threw (local.get 0)))
      (func (export "___errno_location") (result i32) (i32.const 1200))
      (func (export "stackSave") (result i32) (global.get $STACKTOP))
      (func (export "stackRestore") (param i32) (global.set $STACKTOP (local.get 0)))
      (func $stackAlloc (export "stackAlloc") (param $size i32) (result i32)
        (global.get $STACKTOP)
        (global.set $STACKTOP
          (i32.and (i32.add (i32.add (global.get $STACKTOP) (local.get $size)) (i32.const 15)) (i32.const -16))))
      (func (export "dynCall_v") (param i32) (call_indirect (type $v) (local.get 0)))
      {body})"""


def start(code: str) -> str:
    """The entry point of a command."""
    return f'(func (export "_start") {code})'


def main(code: str) -> str:
    """The entry point of an Emscripten program that returns 0."""
    return f'(func (export "_main") (result i32) {code} (i32.const 0))'
