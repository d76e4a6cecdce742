"""`compat stubs`: what a type checker has to know of a library, as a stub file."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping, Sequence

from compat.cli import cxx_stubs
from compat.cli.options import Option, UsageError, parse, usage
from compat.detect.detect import detect
from compat.detect.model import Detection
from compat.functions import c_functions, exported_functions, is_of_numbers
from compat.wasm.demangle import demangle
from compat.wasm.model import FuncType, ValType

OPTIONS = (
    Option("output", "FILE.pyi", "write it there instead of on the standard output", "o"),
    Option("run", "", "run the library's constructors, to learn of its C++ classes and functions as well"),
    Option("glue", "FILE.js", "the JavaScript that Emscripten wrote beside the binary"),
    Option("abi", "NAME", "take the binary for this ABI instead of asking the detector"),
)
_USAGE = usage(
    "compat stubs [options] FILE [-o FILE.pyi]",
    "Write the types of the C functions that FILE exports: `c: Functions = module.c` has them checked.\n"
    "With --run, also those of the C++ that it registers: `library: Bindings = module`.",
    OPTIONS,
)

_PARAMETERS = {ValType.I32: "Word", ValType.I64: "int", ValType.F32: "float", ValType.F64: "float"}
_RESULTS = {**_PARAMETERS, ValType.I32: "int"}


def main(argv: Sequence[str]) -> int:
    given = parse(argv, OPTIONS)
    # No guest takes what follows the file, so options may stand there too.
    rest = parse(given.operands[1:], OPTIONS)
    if "help" in given or "help" in rest:
        print(_USAGE, end="")
        return 0
    if not given.operands or rest.operands:
        raise UsageError("stubs takes one FILE (compat stubs --help)")
    path = given.operands[0]
    output, glue, abi = (rest.last(name) or given.last(name) for name in ("output", "glue", "abi"))
    name = os.path.basename(path)
    if "run" in given or "run" in rest:
        # Imported here: reading a binary needs no engine.
        from compat.library import load

        with load(path, glue=glue, abi=abi) as module:
            lines = [*stub(name, module.detection, module.bindings)]
    else:
        lines = [*stub(name, detect(path, glue=glue, abi=abi))]
    text = "".join(f"{line}\n" for line in lines)
    if output is None:
        sys.stdout.write(text)
    else:
        with open(output, "w", encoding="utf-8") as file:
            file.write(text)
    return 0


def stub(name: str, detection: Detection, bindings: Mapping[str, object] | None = None) -> Iterator[str]:
    """The lines of the stub of a library of that name; `bindings` are what it has registered, if it was run."""
    yield f"# The functions of {name}, written by `compat stubs`."
    if bindings is None and _has_bindings(detection):
        yield "# It has C++ classes or functions too, which it tells of when it runs: `compat stubs --run`."
    yield "from typing import Protocol"
    yield ""
    yield "from typing_extensions import Buffer"
    yield ""
    yield "Word = int | str | Buffer | None"
    yield '"""32 bits: a number, or the address of a copy of a text or a buffer."""'
    yield ""
    yield "class Functions(Protocol):"
    functions = {name: type for name, type in c_functions(detection).items() if _can_be_attribute(name, type)}
    for function, type in sorted(functions.items()):
        yield f"    def {function}({_parameters(type)}) -> {_result(type)}: ..." + _comment(function)
    if not functions:
        yield "    pass"
    if bindings:
        yield from cxx_stubs.lines(bindings)


def _has_bindings(detection: Detection) -> bool:
    names = detection.glue.import_names
    imported = (names.get(item.name, item.name) for item in detection.module.imports)
    return any(name.startswith("__embind_register_") for name in imported) or any(
        name.startswith("_emscripten_bind_") for name in exported_functions(detection)
    )


def _can_be_attribute(name: str, type: FuncType) -> bool:
    """Whether `module.c.NAME(…)` can be written."""
    return cxx_stubs.is_name(name) and is_of_numbers(type)


def _parameters(type: FuncType) -> str:
    names = ["self", *(f"p{number}: {_PARAMETERS[t]}" for number, t in enumerate(type.params)), "/"]
    return ", ".join(names)


def _result(type: FuncType) -> str:
    return _RESULTS[type.results[0]] if type.results else "None"


def _comment(name: str) -> str:
    """What a C++ function is called in C++."""
    clear = demangle(name)
    return f"  # {clear}" * (clear != name)
