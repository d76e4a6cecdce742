"""Host calls: programs for WASI, for Emscripten and for the host itself, each of which prints the nanoseconds of one.

What is written goes to standard error, which the benchmark makes the null device; what is read is the file DATA.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from bench import peers
from bench.row import Row
from compat.engine import default_engine

TIMES = 200_000
DATA = "data"
"""The file that is read, of the first directory that the program is given: BLOCKS of the largest size read."""
BLOCKS = 1024
LARGEST = 4096


class Call(NamedTuple):
    """A function of WASI's, called with one vector at address 0, and a place for its result at 8."""

    name: str
    size: int
    """Bytes of the vector; 0 for a function that has none."""
    parameters: str
    arguments: str
    native: str | None
    """The same in C, where there is such a thing: an expression that is negative if it fails."""

    @property
    def reads(self) -> bool:
        return self.name.endswith("read")


FD, VECTOR, RESULT = "(local.get $fd)", "(i32.const 0) (i32.const 1)", "(i32.const 8)"
CALLS = (
    Call("args_sizes_get", 0, "i32 i32", "(i32.const 8) (i32.const 12)", None),
    Call(
        "clock_time_get",
        0,
        "i32 i64 i32",
        f"(i32.const 1) (i64.const 1) {RESULT}",
        "clock_gettime(CLOCK_MONOTONIC, &t)",
    ),
    Call("fd_write", 1, "i32 i32 i32 i32", f"{FD} {VECTOR} {RESULT}", "writev(2, &vector, 1)"),
    Call("fd_write", 65536, "i32 i32 i32 i32", f"{FD} {VECTOR} {RESULT}", "writev(2, &vector, 1)"),
    Call("fd_read", LARGEST, "i32 i32 i32 i32", f"{FD} {VECTOR} {RESULT}", "readv(data, &vector, 1)"),
    Call(
        "fd_pread",
        LARGEST,
        "i32 i32 i32 i64 i32",
        f"{FD} {VECTOR} (i64.const 0) {RESULT}",
        "preadv(data, &vector, 1, 0)",
    ),
)


def rows(folder: Path) -> list[Row]:
    (folder / DATA).write_bytes(bytes(BLOCKS * LARGEST))
    return [*(wasi_row(folder, call) for call in CALLS), *(emscripten_row(folder, size) for size in (1, 65536))]


def wasi_row(folder: Path, call: Call) -> Row:
    program = wasi_program(folder, call, TIMES)
    source = native_source(folder, call, TIMES)
    commands = {
        "compat": [*peers.COMPAT, "--dir", str(folder), str(program)],
        "wasmtime": peers.wasmtime_runs("--dir", folder, program),
        "node:wasi": peers.node_runs("wasi.js", f"--dir={folder}", program),
    }
    if source:
        commands["native"] = peers.native(source.with_suffix(""), source)
    size = f", {call.size} bytes" if call.size else ""
    return Row(f"host call: {call.name}{size}", commands, "ns")


def emscripten_row(folder: Path, size: int) -> Row:
    program = emscripten_program(folder, size, TIMES)
    commands = {
        "compat": [*peers.COMPAT, "--abi", "emscripten", str(program)],
        "node": peers.node_runs("emscripten.js", program),
    }
    return Row(f"host call: Emscripten's writev, {size} bytes", commands, "ns")


PRINT = """
  (func $print (param $value i64) (local $to i32)
    (local.set $to (i32.const 64))
    (loop $digit
      (local.set $to (i32.sub (local.get $to) (i32.const 1)))
      (i64.store8 (local.get $to) (i64.add (i64.rem_u (local.get $value) (i64.const 10)) (i64.const 48)))
      (br_if $digit (i64.ne (local.tee $value (i64.div_u (local.get $value) (i64.const 10))) (i64.const 0))))
    (i32.store (i32.const 0) (local.get $to)) (i32.store (i32.const 4) (i32.sub (i32.const 64) (local.get $to)))
    (call $write_vector))"""
"""Writes a number to standard output, from a vector at address 0."""


def wasi_program(folder: Path, call: Call, times: int) -> Path:
    """The program that makes the call `times` times."""
    path = folder / f"{call.name}-{call.size}.wasm"
    rewind = "(drop (call $seek (local.get $fd) (i64.const 0) (i32.const 0) (i32.const 16)))" if call.reads else ""
    complete = f"(if (i32.ne (i32.load {RESULT}) (i32.const {call.size})) (then unreachable))" if call.size else ""
    path.write_bytes(
        default_engine().assemble(f"""(module
  (import "wasi_snapshot_preview1" "clock_time_get" (func $clock (param i32 i64 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_seek" (func $seek (param i32 i64 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "{call.name}" (func $call (param {call.parameters}) (result i32)))
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
    {rewind}
    (loop $again
      (if (call $call {call.arguments}) (then unreachable))
      (if (i32.eqz (i32.rem_u (local.get $n) (i32.const {BLOCKS}))) (then {rewind}))
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    {complete})
  (func $write_vector (drop (call $write (i32.const 1) {VECTOR} {RESULT}))) {PRINT}
  (func (export "_start") (local $start i64) (local $fd i32)
    (local.set $fd {"(call $open_data)" if call.reads else "(i32.const 2)"})
    (i32.store (i32.const 0) (i32.const 65536)) (i32.store (i32.const 4) (i32.const {call.size}))
    (call $turns (local.get $fd) (i32.const {min(times, BLOCKS)}))
    (local.set $start (call $now))
    (call $turns (local.get $fd) (i32.const {times}))
    (call $print (i64.div_u (i64.sub (call $now) (local.get $start)) (i64.const {times})))))""")
    )
    return path


def emscripten_program(folder: Path, size: int, times: int) -> Path:
    """The program that writes `size` bytes to standard error, `times` times, by the system call of fastcomp's musl."""
    path = folder / f"writev-{size}.wasm"
    path.write_bytes(
        default_engine().assemble(f"""(module
  (import "env" "memory" (memory 256 256))
  (import "env" "_emscripten_get_now" (func $now (result f64)))
  (import "env" "___syscall146" (func $writev (param i32 i32) (result i32)))
  (table 1 funcref)
  (global (mut i32) (i32.const 4096))
  (global (mut i32) (i32.const 135168))
  (func $turns (param $n i32)
    (i32.store (i32.const 16) (i32.const 2)) (i32.store (i32.const 24) (i32.const 1))
    (loop $again
      (if (i32.ne (call $writev (i32.const 146) (i32.const 16)) (i32.const {size})) (then unreachable))
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))
  (func $write_vector
    (i32.store (i32.const 16) (i32.const 1))
    (drop (call $writev (i32.const 146) (i32.const 16)))) {PRINT}
  (func (export "_main") (result i32) (local $start f64)
    (i32.store (i32.const 0) (i32.const 65536)) (i32.store (i32.const 4) (i32.const {size}))
    (call $turns (i32.const {min(times, BLOCKS)}))
    (local.set $start (call $now))
    (call $turns (i32.const {times}))
    (call $print (i64.trunc_f64_u (f64.div (f64.mul (f64.sub (call $now) (local.get $start)) (f64.const 1e6))
                                           (f64.const {times}))))
    (i32.const 0)))""")
    )
    return path


def native_source(folder: Path, call: Call, times: int) -> Path | None:
    """The same in C."""
    if call.native is None:
        return None
    path = folder / f"native-{call.name}-{call.size}.c"
    rewind = f"if (i % {BLOCKS} == 0) lseek(data, 0, SEEK_SET);" if call.reads else ""
    path.write_text(f"""#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>
static char buffer[65536];
static double now(void) {{ struct timespec t; clock_gettime(CLOCK_MONOTONIC, &t); return t.tv_sec * 1e9 + t.tv_nsec; }}
int main(void)
{{
    struct iovec vector = {{buffer, {call.size}}};
    struct timespec t;
    int data = open("{folder / DATA}", O_RDONLY);
    (void)vector, (void)t;
    double start = now();
    for (int i = 0; i < {times}; i++) {{
        {rewind}
        if (data < 0 || {call.native} < 0) return 1;
    }}
    printf("%.0f", (now() - start) / {times});
}}
""")
    return path
