"""The ABI of programs that Emscripten's fastcomp compiled: 1.37.2 to 1.39.x, asm2wasm."""

from compat.abi.row import Tables
from compat.emscripten_abi import asynchronous, atomics, bridge, cxx, globals, javascript, math, runtime, setjmp
from compat.emscripten_abi.bridge import make_bridge
from compat.emscripten_abi.guest import EmscriptenGuest
from compat.emscripten_abi.libc import environment, limits, processes, signals, threads, time, users
from compat.emscripten_abi.libc import files as libc_files
from compat.emscripten_abi.syscalls import (
    directories,
    files,
    identity,
    memory_maps,
    paths,
    polling,
    process,
    sockets,
    terminals,
    wasi,
)

TABLES = Tables(
    runtime.env,
    bridge.env,
    globals.env,
    globals.numbers,
    cxx.env,
    setjmp.env,
    math.env,
    math.js,
    math.asm2wasm,
    atomics.env,
    asynchronous.env,
    files.syscalls,
    directories.syscalls,
    paths.syscalls,
    memory_maps.syscalls,
    polling.syscalls,
    process.syscalls,
    identity.syscalls,
    sockets.syscalls,
    terminals.syscalls,
    wasi.env,
    environment.env,
    libc_files.env,
    limits.env,
    processes.env,
    signals.env,
    threads.env,
    time.env,
    users.env,
    javascript.env,
)

__all__ = ["TABLES", "EmscriptenGuest", "make_bridge"]
