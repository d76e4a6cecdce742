"""The wasmtime engine: compiles modules, through the cache, and makes stores."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence

from compat._typing import Any
from compat.engine import cache, failures
from compat.engine._libwasmtime import ffi, lib
from compat.engine.externs import Declared
from compat.engine.library import library
from compat.engine.managed import Managed
from compat.engine.module import WasmtimeModule
from compat.engine.protocol import Declaration, StoreLimits, Turn
from compat.engine.store import WasmtimeStore
from compat.errors import MalformedModule, Unsupported
from compat.wasm.model import Module

CONFIGURATION = 2
"""Part of the cache's key: to be raised whenever `engine_new` in engine.csrc.c sets anything else."""

HUGE = 256 << 10
"""Bytes of one function, as an interpreter's main loop may have. To allocate its registers as usual takes seconds for
250 KB, and longer than anybody waits for 440 KB; in one pass, 9 s. With a time limit it is 30 s, and 7 GB."""

CODE = "compiled code"
"""What a warning calls artefacts."""

NO_LIMITS = StoreLimits()


class WasmtimeEngine(Managed):
    """`interruptible` engines check for a time limit in compiled code, and keep that code apart in the cache.

    A `baseline` engine compiles in a tenth of the time what runs about half as fast, and lacks some of the instructions
    that no legacy compiler emits.

    A bad memory access of the guest is a signal, which libwasmtime handles. A program that enables `faulthandler` must
    do so before it makes an engine: the handler installed last comes first, and that one takes the trap for a crash.
    """

    name = "wasmtime"

    def __init__(self, interruptible: bool = False, *, baseline: bool = False, threads: bool = False) -> None:
        found = library()
        compiler = lib.BASELINE if baseline else lib.OPTIMISING
        self.version = found.version
        self.interruptible = interruptible or threads
        self.threads = threads
        self.baseline = baseline
        self.has_baseline = not baseline and not threads
        super().__init__(ffi.gc(lib.engine_new(self.interruptible, threads, compiler), lib.wasm_engine_delete))
        self._configuration = (
            f"wasmtime {found.identity} configuration {CONFIGURATION} interruptible {self.interruptible}"
            f" baseline {baseline} threads {threads}"
        )

    def artefact(self, module: Module) -> str:
        """The name under which the module's code is kept in the cache."""
        return cache.key(self._configuration, module.data) + ".cwasm"

    def kept(self, module: Module) -> WasmtimeModule | None:
        name = self.artefact(module)
        handle = self._map(name)
        return None if handle is None else WasmtimeModule(handle, module, name)

    def compile(self, module: Module, on_slow: Callable[[int | None], None] | None = None) -> WasmtimeModule:
        name = self.artefact(module)
        handle = self._map(name)
        if handle is None:
            from compat.engine.notice import Notice  # not above: a warm run compiles nothing

            with Notice(on_slow):
                handle = self._compile(module)
            cache.keep(name, _serialised(handle), CODE)
        return WasmtimeModule(handle, module, name)

    def compile_text(self, text: str) -> WasmtimeModule:
        # Here, so that an engine can be made and run without the reader.
        from compat.wasm.reader import read

        return self.compile(read(self._assembled(text)))

    def assemble(self, text: str) -> bytes:
        vector, utf8 = ffi.new("wasm_byte_vec_t *"), text.encode()
        error = lib.wasmtime_wat2wasm(utf8, len(utf8), vector)
        if error != ffi.NULL:
            raise ValueError(_message(error))
        try:
            return bytes(ffi.buffer(vector.data, vector.size))
        finally:
            lib.wasm_byte_vec_delete(vector)

    def declare(self, functions: Sequence[Declaration]) -> Declared:
        return Declared(functions)

    def store(self, limits: StoreLimits = NO_LIMITS, turn: Turn | None = None) -> WasmtimeStore:
        return WasmtimeStore(self, limits, turn)

    def _assembled(self, text: str) -> bytes:
        name = cache.key(self._configuration, text.encode()) + ".wasm"
        path = cache.get(name)
        if path is not None:
            with open(path, "rb") as file:
                return file.read()
        binary = self.assemble(text)
        cache.keep(name, binary, CODE)
        return binary

    def _map(self, name: str) -> Any:
        """The module from the cache, or None. The engine too refuses a file: one made for another processor, say."""
        path = cache.get(name)
        if path is None:
            return None
        out = ffi.new("wasmtime_module_t **")
        error = lib.wasmtime_module_deserialize_file(self.handle, os.fsencode(path), out)
        if error != ffi.NULL:
            lib.wasmtime_error_delete(error)
            return None
        return ffi.gc(out[0], lib.wasmtime_module_delete)

    def _compile(self, module: Module) -> Any:
        if self.baseline or all(code.end - code.start <= HUGE for code in module.codes):
            return _compiled(self.handle, module.data)
        linear = ffi.gc(lib.engine_new(self.interruptible, self.threads, lib.LINEAR), lib.wasm_engine_delete)
        code = _serialised(_compiled(linear, module.data))
        out = ffi.new("wasmtime_module_t **")
        error = lib.wasmtime_module_deserialize(self.handle, ffi.from_buffer(code), len(code), out)
        if error != ffi.NULL:
            raise Unsupported(f"the engine refuses its own code: {_message(error)}")
        return ffi.gc(out[0], lib.wasmtime_module_delete)


def _compiled(engine: Any, data: bytes) -> Any:
    out = ffi.new("wasmtime_module_t **")
    error = lib.wasmtime_module_new(engine, data, len(data), out)
    if error != ffi.NULL:
        raise _refusal(_message(error))
    return ffi.gc(out[0], lib.wasmtime_module_delete)


def _serialised(handle: Any) -> memoryview:
    """The machine code of a module, as it is kept on disk."""
    vector = ffi.new("wasm_byte_vec_t *")
    error = lib.wasmtime_module_serialize(handle, vector)
    if error != ffi.NULL:
        raise Unsupported(f"the engine cannot serialise the module: {_message(error)}")
    # The view holds the bytes, and they are freed with it.
    bytes_ = ffi.gc(vector.data, lambda _: lib.wasm_byte_vec_delete(vector), vector.size)
    return memoryview(ffi.buffer(bytes_, vector.size))


def _message(error: Any) -> str:
    try:
        return failures.message(error)
    finally:
        lib.wasmtime_error_delete(error)


def _refusal(message: str) -> MalformedModule | Unsupported:
    """Validation errors name an offset, in one of two manners; the others are limits of the engine."""
    import re  # not above: no run that goes well needs it

    cause = re.sub(r"^\d+: ", "", message.strip().splitlines()[-1].strip())
    for pattern in (
        r".* at offset (?P<offset>\d+): (?P<what>.*)",
        r"(?P<what>.*) \(at offset (?P<offset>0x[0-9a-f]+)\)",
    ):
        match = re.fullmatch(pattern, cause)
        if match:
            return MalformedModule(match["what"], int(match["offset"], 0))
    return Unsupported(f"the engine cannot compile this module: {cause}")
