"""Every table of the ABI. To import them all takes long: linking a program needs only the index of their rows."""

from __future__ import annotations

from compat.abi.row import Tables
from compat.emscripten_abi import (
    absent,
    asynchronous,
    atomics,
    bridge,
    coroutines,
    cxx,
    globals,
    javascript,
    mainloop,
    math,
    runtime,
    setjmp,
    wget,
)
from compat.emscripten_abi.embind import emval, register
from compat.emscripten_abi.libc import atomics as libc_atomics
from compat.emscripten_abi.libc import (
    dynamic,
    emscripten,
    environment,
    limits,
    network,
    processes,
    signals,
    threads,
    time,
    undefined,
    users,
)
from compat.emscripten_abi.libc import files as libc_files
from compat.emscripten_abi.syscalls import (
    clocks,
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
    coroutines.env,
    mainloop.env,
    wget.env,
    files.syscalls,
    clocks.syscalls,
    directories.syscalls,
    paths.syscalls,
    memory_maps.syscalls,
    polling.syscalls,
    process.syscalls,
    identity.syscalls,
    sockets.syscalls,
    terminals.syscalls,
    wasi.env,
    libc_atomics.env,
    dynamic.env,
    emscripten.env,
    environment.env,
    libc_files.env,
    limits.env,
    network.env,
    processes.env,
    signals.env,
    threads.env,
    time.env,
    undefined.env,
    users.env,
    javascript.env,
    register.env,
    emval.env,
    *absent.TABLES,
)


def threading_tables() -> Tables:
    """The same, for a program that was built with threads."""
    # Imported here: few programs are.
    from compat.emscripten_abi import pthreads

    return Tables(pthreads.env, *TABLES.tables)


def scripting_tables(*, threads: bool) -> Tables:
    """The same, with what a program's own JavaScript answers; `threads` for a program that was built with them."""
    # Imported here: few programs are allowed JavaScript.
    from compat.emscripten_abi import scripts

    instead = {javascript.env: scripts.env, absent.own: scripts.rest}
    tables = threading_tables() if threads else TABLES
    return Tables(*(instead.get(table, table) for table in tables.tables))
