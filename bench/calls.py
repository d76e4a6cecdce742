"""A WASI program, and a C program, that time one host call: each prints the nanoseconds that one takes.

What is written goes to standard error, which the benchmark makes the null device; what is read is a file in `FOLDER`.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

from bench import peers
from compat.engine import default_engine

TIMES = 1_000_000
DATA = "data"
"""The file that is read, of the first directory that the program is given."""


def wasi_program(folder: Path, name: str, size: int) -> Path:
    """The program that calls `name`, fd_write or fd_pread, with one vector of `size` bytes."""
    path = folder / f"{name}-{size}.wasm"
    reads = name == "fd_pread"
    at, param = ("(i64.const 0)", "i64") if reads else ("", "")
    descriptor = "(call $open_data)" if reads else "(i32.const 2)"
    (folder / DATA).write_bytes(bytes(65536))
    path.write_bytes(
        default_engine().assemble(f"""(module
  (import "wasi_snapshot_preview1" "clock_time_get" (func $clock (param i32 i64 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "{name}" (func $call (param i32 i32 i32 {param} i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_open"
    (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (memory (export "memory") 4)
  (data (i32.const 32) "{DATA}")
  (func $open_data (result i32)
    (if (call $open (i32.const 3) (i32.const 0) (i32.const 32) (i32.const {len(DATA)}) (i32.const 0)
                    (i64.const 6) (i64.const 0) (i32.const 0) (i32.const 24)) (then unreachable))
    (i32.load (i32.const 24)))
  (func $now (result i64) (drop (call $clock (i32.const 1) (i64.const 1) (i32.const 16))) (i64.load (i32.const 16)))
  (func $turns (param $fd i32) (param $n i32)
    (loop $again
      (if (call $call (local.get $fd) (i32.const 0) (i32.const 1) {at} (i32.const 8)) (then unreachable))
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))
  (func (export "_start") (local $value i64) (local $to i32) (local $fd i32)
    (local.set $fd {descriptor})
    (i32.store (i32.const 0) (i32.const 65536)) (i32.store (i32.const 4) (i32.const {size}))
    (call $turns (local.get $fd) (i32.const 1000))
    (local.set $value (call $now))
    (call $turns (local.get $fd) (i32.const {TIMES}))
    (local.set $value (i64.div_u (i64.sub (call $now) (local.get $value)) (i64.const {TIMES})))
    (local.set $to (i32.const 64))
    (loop $digit
      (local.set $to (i32.sub (local.get $to) (i32.const 1)))
      (i64.store8 (local.get $to) (i64.add (i64.rem_u (local.get $value) (i64.const 10)) (i64.const 48)))
      (br_if $digit (i64.ne (local.tee $value (i64.div_u (local.get $value) (i64.const 10))) (i64.const 0))))
    (i32.store (i32.const 0) (local.get $to)) (i32.store (i32.const 4) (i32.sub (i32.const 64) (local.get $to)))
    (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))))""")
    )
    return path


def native_program(folder: Path, call: str, size: int) -> list[str] | None:
    """The same in C, for the host itself; None where there is no C compiler."""
    compiler = peers.c_compiler()
    if compiler is None:
        return None
    source, program = folder / f"{call}-{size}.c", folder / f"{call}-{size}"
    expression = "preadv(data, &vector, 1, 0)" if call == "preadv" else "writev(2, &vector, 1)"
    source.write_text(f"""#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <sys/uio.h>
#include <time.h>
static char buffer[65536];
static double now(void) {{ struct timespec t; clock_gettime(CLOCK_MONOTONIC, &t); return t.tv_sec * 1e9 + t.tv_nsec; }}
int main(void)
{{
    struct iovec vector = {{buffer, {size}}};
    int data = open("{folder / DATA}", O_RDONLY);
    double start = now();
    for (int i = 0; i < {TIMES}; i++)
        if (data < 0 || {expression} < 0) return 1;
    printf("%.0f", (now() - start) / {TIMES});
}}
""")
    subprocess.run([compiler, "-O2", "-o", program, source], check=True)
    return [str(program)]
