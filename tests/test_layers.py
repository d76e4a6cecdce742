"""The direction of imports: which package may know which (RATIONALE.md, "Why do imports point one way?")."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent / "compat"

MAY_IMPORT = {
    "errors": set(),
    "wasm": {"errors"},
    "native": set(),
    "kernel": {"native", "errors"},
    "abi": {"kernel", "wasm.model", "errors"},
    "detect": {"wasm", "engine.cache", "errors"},
    "emscripten_abi": {"abi", "kernel", "detect.model", "wasm", "errors"},
    "wasi_p1": {"abi", "kernel", "detect.model", "wasm.model", "errors"},
    "engine": {"wasm", "errors"},
    "javascript": {"errors"},
    "plan": {"abi", "kernel", "emscripten_abi", "wasi_p1", "detect", "wasm", "errors"},
    "files": {"kernel", "errors"},
    "packages": {"detect", "errors"},
    "linker": {"plan", "abi", "native", "detect.model", "engine", "wasm.model", "errors"},
    "session": {
        *("linker", "packages", "plan", "files", "abi", "kernel", "detect", "engine", "javascript", "wasm", "errors"),
    },
    "functions": {"abi", "detect.model", "wasm.model", "errors"},
    "webidl": {"functions", "abi", "detect", "wasm.model", "errors"},
    "library": {"session", "functions", "webidl", "files", "abi", "kernel", "detect", "errors"},
    "corpus": {"errors"},
}
"""Part of compat to the parts that it may import. The command line and the package itself are on top: they may all."""
TOP = {"__init__", "__main__", "cli"}

FILES = sorted(ROOT.rglob("*.py"))


def part(path: Path) -> str:
    return path.relative_to(ROOT).with_suffix("").parts[0]


def test_every_part_has_its_place_in_the_table() -> None:
    assert {part(path) for path in FILES} == set(MAY_IMPORT) | TOP | {"_enum", "_typing"}


def imported(path: Path) -> set[str]:
    """The modules of compat that a file imports, without `compat.`."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            if node.module == "compat":
                names |= {f"compat.{alias.name}" for alias in node.names}
            else:
                names.add(node.module or "")
    return {name.removeprefix("compat.") for name in names if name.startswith("compat.")}


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_imports_point_one_way(path: Path) -> None:
    own = part(path)
    if own in TOP | {"_enum", "_typing"}:
        return
    allowed = MAY_IMPORT[own] | {own, "_enum", "_typing"}
    wrong = {
        name for name in imported(path) if not any(name == other or name.startswith(other + ".") for other in allowed)
    }
    assert not wrong


def test_only_the_host_part_touches_the_host() -> None:
    for path in (ROOT / "kernel").rglob("*.py"):
        if path.parent.name != "host":
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Import):
                    assert not {alias.name for alias in node.names} & {"os", "time", "random", "select", "socket"}, path


def test_the_product_never_imports_the_wasmtime_package() -> None:
    """Importing it costs more than a whole warm run; only its shared library is used."""
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                assert "wasmtime" not in {alias.name.partition(".")[0] for alias in node.names}, path
            elif isinstance(node, ast.ImportFrom):
                assert (node.module or "").partition(".")[0] != "wasmtime", path
