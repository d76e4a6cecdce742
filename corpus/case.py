"""One run of one program: what goes in, and what must come out.

A case is `cases/<program>/<name>.toml`, with the files that it puts before the guest beside it. Its outcome, recorded
from an oracle by `corpus.record` and by nothing else, is the folder `expected/<program>/<name>`.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

ROOT = Path(__file__).parent
ORACLES = {
    "node-glue": "the program's own JavaScript, under node",
    "node-wasi": "node's WASI",
}

LARGEST_KEPT = 16 * 1024
"""Bytes: of what is longer, the expectation keeps the size and the digest."""


@dataclass(frozen=True, slots=True)
class Digest:
    """What is kept of a byte string that is too long to keep."""

    size: int
    sha256: str


Content = bytes | Digest


def content(data: bytes) -> Content:
    """`data` as an expectation holds it: itself, or its Digest where it is longer than LARGEST_KEPT."""
    return data if len(data) <= LARGEST_KEPT else Digest(len(data), hashlib.sha256(data).hexdigest())


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run left behind."""

    status: int
    stdout: Content
    stderr: Content
    result: str | None = None
    """What a driver returned; None for a program that is run from its `main`."""
    outputs: Mapping[str, Content] = field(default_factory=dict)
    """The files that the case collects, by guest path."""


@dataclass(frozen=True, slots=True)
class Case:
    """One run. Guest paths are absolute POSIX paths."""

    program: str
    name: str
    what: str
    oracle: str
    args: tuple[str, ...] = ()
    """Arguments after the program's name; with a driver, the driver's."""
    driver: str | None = None
    """Name in corpus/drivers of what calls the exports of a library; None for a program that is run from its `main`."""
    abi: str | None = None
    """What the program is taken for, where detection takes it for something that cannot be run."""
    libraries: tuple[str, ...] = ()
    """Programs of the corpus that the driver loads into this one: their paths come before `args`."""
    env: Mapping[str, str] = field(default_factory=dict)
    stdin: bytes = b""
    mounts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Guest directory -> the files of the case's folder that lie in it."""
    outputs: tuple[str, ...] = ()
    """Files to collect afterwards, below one of the mounts."""
    import_map: str = ""
    """Name of the file of the case's folder that says what minified imports are called."""
    volatile: str = ""
    """A regular expression: what it matches on the standard streams is no part of the outcome (times, random names)."""
    timeout: float | None = None
    """Seconds; None for a program that is too large to be compiled with checks for a time limit."""
    differs: Mapping[str, str] = field(default_factory=dict)
    """`sys.platform` -> why the outcome is another one there."""

    @property
    def id(self) -> str:
        return f"{self.program}.{self.name}"

    @property
    def folder(self) -> Path:
        return ROOT / "cases" / self.program

    @property
    def inputs(self) -> dict[str, Path]:
        """Guest path -> the file of the repository to be found there."""
        files = ((mount, name) for mount, names in self.mounts.items() for name in names)
        return {str(PurePosixPath(mount) / name): self.folder / name for mount, name in files}

    @property
    def import_map_path(self) -> Path | None:
        return self.folder / self.import_map if self.import_map else None

    @property
    def expected(self) -> Path:
        return ROOT / "expected" / self.program / self.name

    def stable(self, stream: bytes) -> bytes:
        """What was written to a standard stream, without what is `volatile`."""
        return re.sub(self.volatile.encode(), b"", stream) if self.volatile else stream


def load_cases() -> list[Case]:
    """All cases, ordered by program and name. Raises ValueError for a malformed one, naming the file."""
    return list(_load(ROOT / "cases"))


def _load(folder: Path) -> Iterator[Case]:
    for path in sorted(folder.glob("*/*.toml")):
        try:
            yield _case(path)
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"{path} is not a case: {error!r}") from error


def _case(path: Path) -> Case:
    values = _values(path)
    if values["oracle"] not in ORACLES:
        raise ValueError(f"unknown oracle {values['oracle']!r}")
    values["args"] = tuple(values.get("args", ()))
    values["libraries"] = tuple(values.get("libraries", ()))
    values["outputs"] = tuple(values.get("outputs", ()))
    values["mounts"] = {guest: tuple(names) for guest, names in values.get("mounts", {}).items()}
    values["stdin"] = values.get("stdin", "").encode()
    values["timeout"] = values.get("timeout", 120.0) or None
    return Case(program=path.parent.name, name=path.stem, **values)


def _values(path: Path) -> dict[str, Any]:
    """What the file says; a case `like` another, of the form `program/name`, takes the rest from that."""
    values = tomllib.loads(path.read_text(encoding="utf-8"))
    other = values.pop("like", None)
    return {**_values(path.parent.parent / f"{other}.toml"), **values} if other else values


def load_outcome(case: Case) -> Outcome:
    """The recorded outcome. Raises FileNotFoundError where the case has not been recorded."""
    facts = tomllib.loads((case.expected / "run.toml").read_text(encoding="utf-8"))
    digests = {name: Digest(**values) for name, values in facts.get("digests", {}).items()}

    def kept(name: str) -> Content:
        return digests[name] if name in digests else (case.expected / name).read_bytes()

    return Outcome(
        status=facts["status"],
        stdout=kept("stdout"),
        stderr=kept("stderr"),
        result=(case.expected / "result").read_bytes().decode() if case.driver else None,
        outputs={guest: kept(f"files{guest}") for guest in case.outputs},
    )
