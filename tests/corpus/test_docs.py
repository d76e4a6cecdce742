"""The examples of docs/: Python gives what the package's own JavaScript gives, and the pages quote what is run."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from compat import corpus

ROOT = Path(__file__).parent.parent.parent
DOCS = ROOT / "docs"
EXAMPLES = DOCS / "examples"
PROGRAMS = {
    "argon2": ["argon2"],
    "imagemagick": ["imagemagick"],
    "libsvm": ["libsvm"],
    "opencv": ["opencv"],
    "rdkit": ["rdkit"],
    "sqlite": ["sqlite-debug"],
    "tesseract": ["tesseract"],
    "tree_sitter": ["tree-sitter", "tree-sitter-bash"],
    "yoga": ["yoga"],
    "zbar": ["zbar"],
}
"""Each example, and the programs of the corpus whose paths it takes."""
FILES = {"zbar": [EXAMPLES / "code.pbm"]}
"""What else an example takes."""


@pytest.mark.parametrize("name", PROGRAMS)
def test_python_gives_what_node_gave(name: str, fetched: Callable[[str], corpus.Program], own_cache: object) -> None:
    paths = [corpus.path(fetched(program)) for program in PROGRAMS[name]]
    script = EXAMPLES / f"{name}.py"
    done = run([sys.executable, script, *paths, *FILES.get(name, [])], os.environ | {"PYTHONPATH": str(ROOT)})
    assert done == (EXAMPLES / f"{name}.txt").read_bytes()


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
@pytest.mark.parametrize("name", PROGRAMS)
def test_node_gives_it_still(name: str, fetched: Callable[[str], corpus.Program]) -> None:
    program, *others = map(fetched, PROGRAMS[name])
    paths = [corpus.glue(program), *map(corpus.path, others), *FILES.get(name, [])]
    done = run(["node", "--no-experimental-fetch", EXAMPLES / f"{name}.js", *paths], os.environ)
    assert done == (EXAMPLES / f"{name}.txt").read_bytes()


def run(command: Sequence[object], environment: dict[str, str]) -> bytes:
    words = [os.fspath(word) for word in command]  # type: ignore[call-overload]
    done = subprocess.run(words, env=environment, capture_output=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.replace(b"\r\n", b"\n")


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_page_quotes_its_script(name: str) -> None:
    page, script = (DOCS / f"{name}.md").read_text("utf-8"), (EXAMPLES / f"{name}.py").read_text("utf-8")
    quotes = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    assert quotes
    assert all(unindented(quote) in unindented(script) for quote in quotes)


def unindented(code: str) -> str:
    return "\n".join(line.strip() for line in code.splitlines() if line.strip())


def test_nothing_is_left_out() -> None:
    assert {path.stem for path in EXAMPLES.glob("*.py")} == set(PROGRAMS)
    assert {path.stem for path in DOCS.glob("*.md")} == set(PROGRAMS) | {"README"}
    index = (DOCS / "README.md").read_text("utf-8")
    assert all(f"[{name}]({name}.md)" in index for name in PROGRAMS)
