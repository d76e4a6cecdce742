from __future__ import annotations

import base64
import hashlib
import io
import sys
import tarfile
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path, PurePosixPath

import pytest

from compat import corpus

WASM = b"\0asm\1\0\0\0"
GLUE = b"var Module = {};"

Lists = Callable[..., None]


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def tarball(path: Path, members: Mapping[str, bytes]) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        for name, data in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return path


def row(**changes: object) -> str:
    """A row of an index; a change to None takes the key away."""
    values: dict[str, object] = {
        "id": "adder",
        "what": "Adds.",
        "registry": "npm",
        "package": "@us/adder",
        "version": "1.0.0",
        "licence": "MIT",
        "path": "package/adder.wasm",
        "size": len(WASM),
        "sha256": sha256(WASM),
        "abi": "emscripten",
        "epoch": ["1.38.0", "1.38.5"],
        "names": "plain",
        "recovered": [0, 0],
        "glue": "package/adder.js",
    }
    lines = [f"{key} = {value!r}" for key, value in (values | changes).items() if value is not None]
    return "\n".join(["[[program]]", *lines, ""])


@pytest.fixture
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lists:
    """Sets an index up, and what the registry gives for each package of it: a file, or nothing but an error."""
    monkeypatch.setenv("COMPAT_CORPUS_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr(corpus, "index_path", lambda: tmp_path / "index.toml")

    def serve(text: str, archive: Path | None = None) -> None:
        (tmp_path / "index.toml").write_text(text, encoding="utf-8")
        copy = "import shutil, sys; shutil.copy(sys.argv[1], '.')"
        fail = "import sys; sys.exit('npm warn old lockfile\\nnpm error 404 no such package')"
        command = [sys.executable, "-c", copy if archive else fail, str(archive)]
        monkeypatch.setattr(corpus, "_REGISTRIES", dict.fromkeys(("npm", "pypi"), lambda folder: command))

    return serve


def listed(files: Mapping[str, bytes] | None = None, **changes: object) -> str:
    wanted = {"package/adder.js": GLUE} if files is None else files
    return row(**changes) + "[program.files]\n" + "".join(f'"{name}" = "{sha256(d)}"\n' for name, d in wanted.items())


def fetch() -> list[str]:
    lines: list[str] = []
    corpus.fetch(log=lines.append)
    return lines


def test_places_the_listed_files_and_no_others(registry: Lists, tmp_path: Path) -> None:
    members = {"package/adder.wasm": WASM, "package/adder.js": GLUE, "package/other.js": b"?", "../outside": b"?"}
    registry(listed(), tarball(tmp_path / "adder.tgz", members))
    assert fetch() == ["npm @us/adder@1.0.0: fetched (adder)"]
    program = corpus.find("adder")
    assert corpus.path(program).read_bytes() == corpus.wasm(program) == WASM
    glue = corpus.glue(program)
    assert glue
    assert glue.read_bytes() == GLUE
    assert glue.parent == corpus.path(program).parent
    files = {
        path.relative_to(tmp_path / "cache").as_posix() for path in (tmp_path / "cache").rglob("*") if path.is_file()
    }
    assert files == {"npm/@us+adder-1.0.0/package/adder.wasm", "npm/@us+adder-1.0.0/package/adder.js"}


def test_reads_wheels(registry: Lists, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "adder-1.0.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr("adder/adder.wasm", WASM)
    text = row(registry="pypi", package="adder", path="adder/adder.wasm", glue=None)
    registry(text, tmp_path / "adder-1.0.0-py3-none-any.whl")
    assert fetch() == ["pypi adder==1.0.0: fetched (adder)"]
    program = corpus.find("adder")
    assert corpus.path(program).read_bytes() == WASM
    assert corpus.glue(program) is None


def test_checks_the_binary_inside_javascript(registry: Lists, tmp_path: Path) -> None:
    script = b'var file = "data:application/octet-stream;base64,' + base64.b64encode(WASM) + b'";'
    members = {"package/adder.js": script}
    at = script.index(b"AGFzbQ")
    registry(listed(members, path="package/adder.js", base64_at=at), tarball(tmp_path / "adder.tgz", members))
    fetch()
    program = corpus.find("adder")
    assert corpus.path(program).read_bytes() == script
    assert corpus.path(program) == corpus.glue(program)
    assert corpus.wasm(program) == WASM


def test_does_not_fetch_twice(registry: Lists, tmp_path: Path) -> None:
    members = {"package/adder.wasm": WASM, "package/adder.js": GLUE}
    registry(listed(), tarball(tmp_path / "adder.tgz", members))
    fetch()
    registry(listed(), None)
    assert fetch() == ["npm @us/adder@1.0.0: already here (adder)"]


def test_replaces_a_damaged_file(registry: Lists, tmp_path: Path) -> None:
    members = {"package/adder.wasm": WASM, "package/adder.js": GLUE}
    registry(listed(), tarball(tmp_path / "adder.tgz", members))
    fetch()
    corpus.path(corpus.find("adder")).write_bytes(b"rot")
    assert fetch() == ["npm @us/adder@1.0.0: fetched (adder)"]
    assert corpus.path(corpus.find("adder")).read_bytes() == WASM


@pytest.mark.parametrize("name", ["package/adder.wasm", "package/adder.js"])
def test_refuses_other_bytes(registry: Lists, tmp_path: Path, name: str) -> None:
    members = {"package/adder.wasm": WASM, "package/adder.js": GLUE} | {name: b"other"}
    registry(listed(), tarball(tmp_path / "adder.tgz", members))
    with pytest.raises(corpus.CorpusError, match=f"has sha256 {sha256(b'other')}\nthe index says "):
        fetch()
    assert not corpus.is_fetched(corpus.find("adder"))
    assert not list((tmp_path / "cache").rglob("*.wasm"))


def test_refuses_a_link(registry: Lists, tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(WASM)
    with tarfile.open(tmp_path / "adder.tgz", "w:gz") as archive:
        member = tarfile.TarInfo("package/adder.wasm")
        member.type = tarfile.SYMTYPE
        member.linkname = str(tmp_path / "secret")
        archive.addfile(member)
    registry(row(glue=None), tmp_path / "adder.tgz")
    with pytest.raises(corpus.CorpusError, match="not a regular file"):
        fetch()


@pytest.mark.parametrize("content", [b"", b"not gzip at all"])
def test_refuses_a_broken_archive(registry: Lists, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "adder.tgz").write_bytes(content)
    registry(row(glue=None), tmp_path / "adder.tgz")
    with pytest.raises(corpus.CorpusError, match="is not what the index says"):
        fetch()


def test_says_what_the_client_said(registry: Lists) -> None:
    registry(row(glue=None), None)
    with pytest.raises(corpus.CorpusError, match=r"npm gave no @us/adder@1\.0\.0\nnpm error 404 no such package"):
        fetch()


def test_says_that_npm_is_missing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("COMPAT_CORPUS_DIR", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(corpus.CorpusError, match="npm is not on the PATH"):
        corpus.fetch(["cowsay"], log=lambda line: None)


def test_knows_what_has_not_been_fetched(registry: Lists) -> None:
    registry(row(glue=None))
    with pytest.raises(corpus.CorpusError, match="adder has not been fetched\ntry: compat corpus fetch adder"):
        corpus.path(corpus.find("adder"))


def test_knows_what_is_not_in_the_index() -> None:
    with pytest.raises(corpus.CorpusError, match="no program 'nothing' in the corpus"):
        corpus.fetch(["nothing"], log=lambda line: None)


@pytest.mark.parametrize(
    "changes",
    [
        {"id": "Adder"},
        {"id": "a/b"},
        {"registry": "elsewhere"},
        {"version": None},
        {"colour": "red"},
        {"recovered": [1]},
        {"path": "/etc/passwd"},
        {"path": "package/../../x"},
        {"path": "C:x"},
        {"path": "..\\x"},
        {"glue": ""},
    ],
)
def test_refuses_a_malformed_index(tmp_path: Path, changes: dict[str, object]) -> None:
    (tmp_path / "index.toml").write_text(row(**changes), encoding="utf-8")
    with pytest.raises(corpus.CorpusError, match="is not a corpus index"):
        corpus.index(tmp_path / "index.toml")


def test_reads_the_index_of_the_source_tree() -> None:
    program = corpus.index()["itk-mesh-to-poly-data"]
    assert program.path == PurePosixPath("package/Pipelines/MeshToPolyDataWasm.js")
    assert program.epoch == ("1.38.20", "1.38.24")
    assert program.requirement == "itk@9.6.1"


def test_cache_is_where_the_environment_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("COMPAT_CORPUS_DIR", str(tmp_path / "elsewhere"))
    assert corpus.cache_dir() == tmp_path / "elsewhere"
    monkeypatch.delenv("COMPAT_CORPUS_DIR")
    assert corpus.cache_dir().parts[-2:] == ("compat", "corpus")
