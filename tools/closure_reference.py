"""Write compat/detect/closure.reference: what the functions of Emscripten's JavaScript library say of themselves.

usage: python tools/closure_reference.py REPOSITORY

REPOSITORY is a clone of emscripten-core/emscripten with the tags of its releases. Needed are git, node, and a gcc that
knows -m32, which tells the layout of C structs. For each release, and for each of two sets of settings, the release's
own compiler is made to load its library; what is kept of a function is numbers (compat.detect.bodies), no text.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tarfile
import tempfile
import zlib
from collections.abc import Iterator, Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

from compat.abi.bind import row_type
from compat.abi.row import PLACEHOLDERS, Serves
from compat.detect import bodies, javascript
from compat.emscripten_abi.tables import TABLES

RELEASES = ("1.38.27", "1.38.28", "1.38.33", "1.38.43", "1.39.0", "1.39.4")
"""Of those that minify the names of imports, one for each form that the library had."""
SETTINGS: tuple[Mapping[str, Any], ...] = (
    {"ALLOW_MEMORY_GROWTH": 1, "EXIT_RUNTIME": 1, "DISABLE_EXCEPTION_CATCHING": 0, "FILESYSTEM": 1},
    {"ALLOW_MEMORY_GROWTH": 0, "EXIT_RUNTIME": 0, "DISABLE_EXCEPTION_CATCHING": 1, "FILESYSTEM": 0},
)
COMMON: Mapping[str, Any] = {
    **{"INCLUDE_FULL_LIBRARY": 1, "WASM": 1, "WASM_BACKEND": 0, "ASSERTIONS": 0, "QUANTUM_SIZE": 4, "FULL_ES2": 1},
    **{"ERROR_ON_UNDEFINED_SYMBOLS": 0, "WARN_ON_UNDEFINED_SYMBOLS": 0, "USE_WEBGL2": 1, "MAX_WEBGL_VERSION": 2},
    **{"STACK_BASE": 5, "STACK_MAX": 7, "DYNAMIC_BASE": 5, "DYNAMICTOP_PTR": 5, "TOTAL_MEMORY": 16777216},
}
LIBRARIES = ("library_webgl.js", "library_webgl2.js", "library_html5_webgl.js", "library_openal.js", "library_fetch.js")
MORE = ("embind/embind.js", "embind/emval.js", "library_pthread_stub.js")
FOLDERS = ("src", "system/include", "system/lib/libc/musl/arch/emscripten")
ROOT = Path(__file__).parent.parent
HOOK = Path(__file__).with_suffix(".js")
FUNCTION = r"\s*(?:async\s+)?(?:function\b|\()"

Variant = tuple[list[int], list[str], int, list[int] | None]


def main(repository: Path) -> None:
    pool: dict[str, int] = {}
    releases = []
    for release in RELEASES:
        with tempfile.TemporaryDirectory() as folder:
            check_out(repository, release, Path(folder))
            info = c_info(Path(folder))
            for settings in SETTINGS:
                functions = dict(read_library(load(Path(folder), info, settings)))
                roles = {**bodies.ROLES, **c_functions(functions)}
                releases.append(
                    {
                        name: pool.setdefault(json.dumps(variant(source, functions, roles)), len(pool))
                        for name, source in functions.items()
                    }
                )
        print(release, len(releases[-2]), len(releases[-1]))
    importable = {row.name for row in TABLES if row.module == "env"} & {name for known in releases for name in known}
    data = {
        "types": types(),
        "importable": sorted(importable),
        "variants": [json.loads(text) for text in pool],
        "releases": releases,
    }
    packed = zlib.compress(json.dumps(data, separators=(",", ":")).encode(), 9)
    (ROOT / "compat" / "detect" / "closure.reference").write_bytes(packed)
    print(len(pool), "functions,", len(packed), "bytes")


def types() -> dict[str, list[str]]:
    """The types under which compat answers a function, by its name."""
    found: dict[str, set[str | None]] = {}
    for row in TABLES:
        if row.module == "env" and row.serves in (Serves.PYTHON, Serves.BRIDGE):
            found.setdefault(row.name, set()).add(row_type(row))
    return {
        name: sorted(known)
        for name, types in found.items()
        if len(known := {type for type in types if type}) == len(types) and not any(p in name for p in PLACEHOLDERS)
    }


def check_out(repository: Path, release: str, folder: Path) -> None:
    for name in FOLDERS:
        command = ["git", "-C", str(repository), "archive", f"--prefix={name}/", f"{release}:{name}"]
        archive = subprocess.run(command, capture_output=True, check=True).stdout
        with tarfile.open(fileobj=BytesIO(archive)) as files:
            files.extractall(folder, filter="data")


# --- C structs and constants


def c_info(folder: Path) -> Path:
    """The file `struct_info.json` as the compiler expects it: with the numbers."""
    text = re.sub(r"^\s*//.*$", "", (folder / "src" / "struct_info.json").read_text("utf-8"), flags=re.MULTILINE)
    structs: dict[str, Any] = {}
    defines: dict[str, int] = {}
    for entry in json.loads(re.sub(r",(\s*[\]}])", r"\1", text)):
        asked = [(name, ()) for name in entry["structs"]]
        asked += [(name, path) for name, fields in entry["structs"].items() for path in paths(fields)]
        wanted = [(expression(name, path), (name, path)) for name, path in asked]
        wanted += [(name, (None, (name,))) for name in entry["defines"]]
        for (name, path), value in told(folder, entry["file"], wanted):
            if name is None:
                defines[path[0]] = value
            else:
                put(structs.setdefault(name, {}), path, value)
    place = folder / "info.json"
    place.write_text(json.dumps({"structs": structs, "defines": defines}), "utf-8")
    return place


def paths(fields: list[Any], before: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for field in fields:
        for name, inner in field.items() if isinstance(field, dict) else [(field, [])]:
            yield (*before, name)
            yield from paths(inner, (*before, name))


def expression(name: str, path: tuple[str, ...]) -> str:
    return f"__builtin_offsetof(T({name}), {'.'.join(path)})" if path else f"sizeof(T({name}))"


def put(struct: dict[str, Any], path: tuple[str, ...], value: int) -> None:
    *outer, last = path or ("__size__",)
    for name in outer:
        if not isinstance(struct.get(name), dict):
            struct[name] = {"__size__": struct.get(name, 0)}
        struct = struct[name]
    struct[last] = value


def told(folder: Path, header: str, wanted: list[tuple[str, Any]]) -> Iterator[tuple[Any, int]]:
    """The values of those expressions that compile: all at once, or else one by one."""
    values = compiled(folder, header, [text for text, _ in wanted])
    if values is not None:
        yield from ((key, value) for (_, key), value in zip(wanted, values, strict=True))
    elif len(wanted) > 1:
        for one in wanted:
            yield from told(folder, header, [one])


def compiled(folder: Path, header: str, expressions: list[str]) -> list[int] | None:
    places = [folder / name for name in (*FOLDERS[1:], "system/include/libc", "system/include/compat")]
    options = ["-m32", "-malign-double", "-nostdinc", "-D__EMSCRIPTEN__", "-D_GNU_SOURCE", "-w", "-x", "c", "-S"]
    lines = [f"long long v{i} = (long long)({text});" for i, text in enumerate(expressions)]
    for prefix in ("struct s", "s"):
        source = "\n".join([f'#define T(s) {prefix}\n#include "{header}"\n#include <stddef.h>', *lines])
        command = ["gcc", *options, *(f"-I{place}" for place in places), "-o", "-", "-"]
        done = subprocess.run(command, input=source, capture_output=True, text=True, check=False)
        if done.returncode == 0:
            found = re.findall(r"^v(\d+):\n\t\.(long|zero|quad)\t(-?\d+)", done.stdout, re.MULTILINE)
            values = {int(i): 0 if kind == "zero" else int(value) for i, kind, value in found}
            return [values.get(i, 0) for i in range(len(expressions))]
    return None


# --- the library


def load(folder: Path, info: Path, settings: Mapping[str, Any]) -> Mapping[str, Any]:
    """The library as that release's compiler has it under these settings."""
    source = folder / "src"
    compiler = (source / "compiler.js").read_text("utf-8")
    anchor = "// State computations"
    assert anchor in compiler
    (source / "hooked.js").write_text(compiler.replace(anchor, HOOK.read_text("utf-8") + anchor), "utf-8")
    modules = source / "modules.js"
    # A library that needs a C struct of a port that is not here is left out.
    text = re.sub(r"^(\s*)throw e;", r"\1continue;", modules.read_text("utf-8"), flags=re.MULTILINE)
    modules.write_text(text, "utf-8")
    present = [name for name in LIBRARIES if (source / name).exists()]
    listed = ",".join(present) if "SYSTEM_JS_LIBRARIES.split" in text else present
    values = {**COMMON, **settings, "STRUCT_INFO": str(info), "SYSTEM_JS_LIBRARIES": listed}
    (folder / "settings.json").write_text(json.dumps(values), "utf-8")
    output = folder / "library.json"
    more = [name for name in MORE if (source / name).exists()]
    environment = {**os.environ, "OUTPUT": str(output)}
    command = ["node", "hooked.js", str(folder / "settings.json"), *more]
    subprocess.run(command, cwd=source, env=environment, capture_output=True, check=True)
    loaded: Mapping[str, Any] = json.loads(output.read_text("utf-8"))
    return loaded


def read_library(loaded: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The functions by the names that the glue has for them: `_name`, `helper`, `OBJECT.method`."""
    library = loaded["library"]
    constants = {
        f"{owner}.{key}": value
        for owner in ("ERRNO_CODES", "PROCINFO")
        for key, value in (library.get(f"${owner}") or {}).items()
    }
    found: dict[str, str] = {}
    aliases: dict[str, str] = {}
    for key, value in library.items():
        name = key[1:] if key.startswith("$") else f"_{key}"
        if isinstance(value, dict):
            found |= {f"{name}.{method}": text for method, text in methods(value)}
        elif isinstance(value, str) and re.match(FUNCTION, value):
            found[name] = value
        elif isinstance(value, str) and not re.search(r"__(deps|sig|asm|postset|inline|proxy|docs)$", key):
            aliases[name] = value
    for match in re.finditer(r"^function (\w+)\(", loaded["preamble"], re.MULTILINE):
        end = javascript.group_end(loaded["preamble"], loaded["preamble"].index("{", match.end()))
        found.setdefault(match[1], loaded["preamble"][match.start() : end])
    for name, other in aliases.items():
        if f"_{other}" in found:
            found[name] = found[f"_{other}"]
        elif other.startswith(("Math_", "Math.")):
            found[name] = f"function(a) {{ return Math.{other[5:]}(a) }}"
    for name, text in found.items():
        if library.get(f"{name[1:]}__asm") == "true" or name in ("_malloc", "_free"):
            continue  # It is put into the program, or every program has its own.
        yield name, re.sub(r"\b(?:ERRNO_CODES|PROCINFO)\.\w+", lambda m: str(constants.get(m[0], m[0])), text)


def methods(value: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The functions in an object, and in the objects in it."""
    for key, inner in value.items():
        if isinstance(inner, dict):
            yield from methods(inner)
        elif isinstance(inner, str) and re.match(FUNCTION, inner):
            yield key, inner


def c_functions(functions: Mapping[str, str]) -> dict[str, str]:
    """What the library calls and does not have: functions of the program's, which keep their names as its exports."""
    form = r"(?<![\w$.])(_\w+|stack(?:Save|Restore|Alloc)|setThrew)\("
    called = {name for source in functions.values() for name in re.findall(form, source)}
    return {name: name for name in called - functions.keys()}


def variant(source: str, functions: Mapping[str, str], roles: Mapping[str, str]) -> Variant:
    body = bodies.read(source, roles)
    calls = [c for c in body.calls if c.removesuffix(".apply").removesuffix(".call") in functions]
    return sorted(body.features), calls, len(bodies.parameters(source)), arguments(source)


def arguments(source: str) -> list[int] | None:
    """How many numbers, strings and open files a system call takes from its arguments."""
    if not re.search(r"SYSCALLS\.varargs\s*=\s*varargs", source):
        return None
    source = re.sub(r"//[^\n]*", "", source)
    get, zero, pair, text, file = (
        len(re.findall(rf"SYSCALLS\.{name}\(", source))
        for name in ("get", "getZero", "get64", "getStr", "getStreamFromFD")
    )
    return [get + zero + 2 * pair, text, file]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
