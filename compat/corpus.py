"""The corpus: real programs, listed in corpus/index.toml, that compat is tested on.

The index belongs to the source tree and names packages; nothing of theirs is in the repository. `fetch` gets the
packages with the registries' own clients (`npm pack`, `pip download`), takes only the files that the index names, and
checks every one of them before it is placed in the cache.
"""

from __future__ import annotations

import base64
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, Protocol

from compat.errors import CompatError

CLIENT_TIMEOUT = 600
"""Seconds that a registry's client may take for one package; the largest is 40 MB."""

_BASE64 = re.compile(rb"[A-Za-z0-9+/]*={0,2}")
_ID = re.compile(r"[a-z0-9._-]+")


class CorpusError(CompatError):
    """The corpus cannot be had: no index, no client, no such package, or a file that is not the one that was listed."""


@dataclass(frozen=True, slots=True)
class Program:
    """One binary of the index. Paths are those inside its package."""

    id: str
    what: str
    registry: str
    """`npm` or `pypi`."""
    package: str
    version: str
    licence: str
    path: PurePosixPath
    """The binary, or the JavaScript that holds it in base64."""
    size: int
    """Bytes of WebAssembly."""
    sha256: str
    """Of the WebAssembly bytes, in hexadecimal."""
    abi: str
    """What detection must say, as `compat inspect` spells it."""
    names: str
    """How the binary spells its imports: `plain`, `minified` or `closure`."""
    recovered: tuple[int, int]
    """How many import names the binary and its glue give together, and of how many."""
    epoch: tuple[str, str] | None = None
    """Lowest and highest Emscripten release that can have made it."""
    base64_at: int | None = None
    """Offset in bytes of the base64 text in `path`, where the binary is embedded."""
    glue: PurePosixPath | None = None
    features: tuple[str, ...] = ()
    files: Mapping[PurePosixPath, str] = field(default_factory=dict)
    """What else is taken from the package, and the sha256 of each file."""

    @property
    def requirement(self) -> str:
        """The package and its version as the registry's client spells them."""
        return f"{self.package}{'@' if self.registry == 'npm' else '=='}{self.version}"

    @property
    def paths(self) -> frozenset[PurePosixPath]:
        return frozenset({self.path, *self.files})


def index_path() -> Path:
    """Where the index is: beside the package in a source tree, else in the source tree that is the current directory.

    Raises CorpusError where there is none: an installed compat does not bring the index.
    """
    candidates = [root / "corpus" / "index.toml" for root in (Path(__file__).parent.parent, Path.cwd())]
    for candidate in candidates:
        if candidate.is_file():
            return candidate
    raise CorpusError("the corpus is listed in the source tree: no corpus/index.toml here\nrun this from a clone")


def index(path: Path | None = None) -> dict[str, Program]:
    """Read the index: programs by their ids, in its order. Raises CorpusError for a malformed one.

    `path` is another index than that of `index_path()`.
    """
    path = path or index_path()
    try:
        with path.open("rb") as file:
            return {program.id: program for program in map(_program, tomllib.load(file)["program"])}
    except (tomllib.TOMLDecodeError, KeyError, TypeError, ValueError) as error:
        raise CorpusError(f"{path} is not a corpus index: {error}") from error


def find(program_id: str) -> Program:
    """The program of that id. Raises CorpusError where the index has none."""
    try:
        return index()[program_id]
    except KeyError:
        raise CorpusError(f"no program {program_id!r} in the corpus\ntry: compat corpus list") from None


def _program(row: Mapping[str, Any]) -> Program:
    values = dict(row)
    if not _ID.fullmatch(values["id"]):
        raise ValueError(f"id {values['id']!r} is not of [a-z0-9._-]+")
    if values["registry"] not in _REGISTRIES:
        raise ValueError(f"{values['id']}: unknown registry {values['registry']!r}")
    low, high = values["recovered"]
    values["recovered"] = (low, high)
    if "epoch" in values:
        lowest, highest = values["epoch"]
        values["epoch"] = (lowest, highest)
    values["features"] = tuple(values.get("features", ()))
    values["path"] = _inside(values["path"])
    values["glue"] = _inside(values["glue"]) if "glue" in values else None
    values["files"] = {_inside(name): digest for name, digest in values.get("files", {}).items()}
    return Program(**values)


def _inside(text: str) -> PurePosixPath:
    path = PurePosixPath(text)
    # Joined to a cache directory later: what is absolute, climbs, or means something else on Windows would leave it.
    if path.is_absolute() or ".." in path.parts or re.search(r"[\\:\0]", text) or not path.parts:
        raise ValueError(f"{text!r} is not a path inside a package")
    return path


def cache_dir() -> Path:
    """Where fetched packages are kept: COMPAT_CORPUS_DIR, or `compat/corpus` in the user's cache folder."""
    if chosen := os.environ.get("COMPAT_CORPUS_DIR"):
        return Path(chosen)
    return _user_cache() / "compat" / "corpus"


def _user_cache() -> Path:
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")


def path(program: Program) -> Path:
    """Where the fetched binary is (or the JavaScript that embeds it): what `compat run` takes. Raises CorpusError."""
    return _placed(program, program.path)


def glue(program: Program) -> Path | None:
    """Where the program's fetched JavaScript is; None for a program that has none. Raises CorpusError."""
    return _placed(program, program.glue) if program.glue else None


def wasm(program: Program) -> bytes:
    """The WebAssembly bytes of a fetched program, taken out of the JavaScript where they are embedded."""
    return _wasm(program, path(program).read_bytes())


def is_fetched(program: Program) -> bool:
    """Whether all files of the program are in the cache. They were checked when they were placed there."""
    return all((_home(program) / name).is_file() for name in program.paths)


def fetch(ids: Iterable[str] | None = None, *, log: Callable[[str], None]) -> list[Program]:
    """Bring programs into the cache: those with the given ids, or all. What is there already is checked, not fetched.

    `log` is called with one line a package. Several processes may fetch at once: a file appears whole or not at all.
    Raises CorpusError where a client or a package is missing, or a file is not the one that the index lists.
    """
    programs = list(index().values()) if ids is None else [find(program_id) for program_id in ids]
    packages: dict[str, list[Program]] = {}
    for program in programs:
        packages.setdefault(f"{program.registry} {program.requirement}", []).append(program)
    for name, members in packages.items():
        missing = [program for program in members if not _intact(program)]
        if missing:
            _fetch_package(missing)
        log(f"{name}: {'fetched' if missing else 'already here'} ({', '.join(program.id for program in members)})")
    return programs


def _home(program: Program) -> Path:
    return cache_dir() / program.registry / f"{program.package.replace('/', '+')}-{program.version}"


def _placed(program: Program, name: PurePosixPath) -> Path:
    place = _home(program) / name
    if not place.is_file():
        raise CorpusError(f"{program.id} has not been fetched\ntry: compat corpus fetch {program.id}")
    return place


def _intact(program: Program) -> bool:
    try:
        _check(program, {name: (_home(program) / name).read_bytes() for name in program.paths})
    except (FileNotFoundError, CorpusError):
        return False
    return True


def _check(program: Program, contents: Mapping[PurePosixPath, bytes]) -> None:
    for name, expected in program.files.items():
        _check_digest(program, str(name), contents[name], expected)
    _check_digest(program, "the WebAssembly", _wasm(program, contents[program.path]), program.sha256)


def _check_digest(program: Program, what: str, content: bytes, expected: str) -> None:
    found = hashlib.sha256(content).hexdigest()
    if found != expected:
        raise CorpusError(
            f"{program.id}: {what} of {program.requirement} has sha256 {found}\nthe index says {expected}"
        )


def _wasm(program: Program, content: bytes) -> bytes:
    if program.base64_at is None:
        return content
    match = _BASE64.match(content, program.base64_at)
    # A wrong offset gives a wrong length, which base64 refuses, or wrong bytes, which their digest shows.
    text = match.group() if match else b""
    try:
        return base64.b64decode(text, validate=True)
    except ValueError as error:
        raise CorpusError(f"{program.id}: no base64 text at byte {program.base64_at} of {program.path}") from error


def _fetch_package(programs: Sequence[Program]) -> None:
    root = cache_dir()
    root.mkdir(parents=True, exist_ok=True)
    # Inside the cache, so that placing a file is a rename on one file system.
    with tempfile.TemporaryDirectory(prefix="fetch-", dir=root) as scratch:
        archive = _download(programs[0], Path(scratch))
        for program in programs:
            contents = _take(archive, program)
            _check(program, contents)
            for name, content in contents.items():
                _place(content, _home(program) / name, Path(scratch))


def _place(content: bytes, place: Path, scratch: Path) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    complete = scratch / "complete"
    complete.write_bytes(content)
    try:
        complete.replace(place)
    except PermissionError:
        # Windows does not replace a file that somebody has open: another process placed the same bytes first.
        if not place.is_file() or place.read_bytes() != content:
            raise


def _download(program: Program, folder: Path) -> Path:
    command = [*_REGISTRIES[program.registry](folder), program.requirement]
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=CLIENT_TIMEOUT, check=False)
    except subprocess.TimeoutExpired as error:
        raise CorpusError(f"{program.requirement}: no answer within {CLIENT_TIMEOUT} s from {command[0]}") from error
    archives = [entry for entry in folder.iterdir() if entry.suffix in {".tgz", ".whl"}]
    if done.returncode or len(archives) != 1:
        reason = _first_error(done.stderr) or f"exit status {done.returncode}, {len(archives)} archives"
        raise CorpusError(f"{program.registry} gave no {program.requirement}\n{reason}")
    return archives[0]


def _first_error(text: str) -> str:
    return next((line.strip() for line in text.splitlines() if "error" in line.lower()), "")


def _npm(folder: Path) -> list[str]:
    client = shutil.which("npm")
    if client is None:
        raise CorpusError("npm is not on the PATH, and packages of the corpus come through it\ninstall Node.js")
    return [client, "pack", "--ignore-scripts", "--pack-destination", str(folder)]


def _pip(folder: Path) -> list[str]:
    options = ["--quiet", "--no-deps", "--only-binary=:all:", "--disable-pip-version-check", "--dest", str(folder)]
    return [*_pip_command(), "download", *options]


def _pip_command() -> list[str]:
    # Environments made by other tools than venv have no pip of their own; any pip will do, since nothing is installed.
    own = subprocess.run([sys.executable, "-m", "pip", "--version"], capture_output=True, check=False)
    if own.returncode == 0:
        return [sys.executable, "-m", "pip"]
    client = shutil.which("pip") or shutil.which("pip3")
    if client is None:
        raise CorpusError("pip is not here, and packages of the corpus come through it\ntry: python -m ensurepip")
    return [client]


_REGISTRIES: Mapping[str, Callable[[Path], list[str]]] = {"npm": _npm, "pypi": _pip}


class _Archive(Protocol):
    def read(self, name: str) -> bytes:
        """The content of a regular file. Raises KeyError where there is no such member, or it is something else."""


def _take(archive: Path, program: Program) -> dict[PurePosixPath, bytes]:
    try:
        with _open(archive) as members:
            return {name: members.read(str(name)) for name in program.paths}
    except (KeyError, tarfile.TarError, zipfile.BadZipFile, OSError) as error:
        raise CorpusError(f"{program.id}: {program.requirement} is not what the index says\n{error}") from error


@contextmanager
def _open(archive: Path) -> Iterator[_Archive]:
    # Members are read by the index's names and written to paths of ours: no path, link or mode of the archive counts.
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as wheel:
            yield wheel
    else:
        with tarfile.open(archive) as tarball:
            yield _Tarball(tarball)


@dataclass(frozen=True, slots=True)
class _Tarball:
    tarball: tarfile.TarFile

    def read(self, name: str) -> bytes:
        member = self.tarball.getmember(name)
        content = self.tarball.extractfile(member) if member.isreg() else None
        if content is None:
            raise KeyError(f"{name} is not a regular file")
        with content:
            return content.read()
