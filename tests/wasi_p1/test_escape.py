"""Every spelling of a path, in every function that takes one: nothing outside is read, changed, made or told of.

tests/kernel/test_sandbox.py has the spellings and the races; here are the functions, with all their flags, on two
directories of which one is read-only.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from compat.kernel.process import Mount
from compat.wasi_p1.rights import DIRECTORY, INHERITING
from compat.wasi_p1.types import Filestat, Fstflag, Oflag, Right
from tests.kernel.test_sandbox import CANARY, fingerprint
from tests.kernel.test_sandbox import SPELLINGS as KNOWN

from .world import FOLLOW, ROOT, World

pytestmark = pytest.mark.usefixtures("both_ways")

KEPT = ROOT + 1
"""The read-only directory."""
READ, WRITE = Right.FD_READ | Right.FD_FILESTAT_GET, Right.FD_WRITE
SIZE_OF_CANARY = 4321

LINKS = {
    "up": "..",
    "out": "../outside",
    "chain": "dir/out",
    "loop": "loop",
    "dir/out": "../../outside/canary",
    "dir/up": "../..",
}
ABSOLUTE_LINKS = ("real", "dir/real")
DEVICES = [
    "CON",
    "NUL",
    "nul.txt",
    "COM1",
    "LPT9",
    "aux",
    "PRN ",
    "CON.",
    "CONIN$",
    "CON:",
    "C:",
    "C:file",
    "file:stream",
]
"""Names that mean something to Windows, and elsewhere nothing."""
SPELLINGS = list(
    dict.fromkeys(
        [
            *KNOWN,
            *DEVICES,
            *(r"..\..\outside", "file::$DATA", r"\\.\C:\canary", r"\\localhost\C$", "//localhost/share", "\\??\\C:\\"),
            *("up/../outside/canary", "dir/up/../outside/canary", "out/../canary", "moved/outside/canary", "moved", ""),
            *("linked/outside/canary", "linked", "kept/../outside", "../kept/file", "../free/../outside/canary"),
        ]
    )
)


class Sandbox(NamedTuple):
    """Two directories for a guest, beside one that is none of its business."""

    top: Path
    world: World

    @property
    def free(self) -> Path:
        return self.top / "free"

    def outside(self) -> str:
        return fingerprint(self.top / "outside") + fingerprint(self.top / "kept") + repr(sorted(os.listdir(self.top)))


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    for directory in ("outside/dir", "free/dir/deep", "kept/dir"):
        (tmp_path / directory).mkdir(parents=True)
    for name in ("canary", "file"):
        (tmp_path / "outside" / name).write_bytes(CANARY.ljust(SIZE_OF_CANARY, b"!"))
    for name in ("free/file", "free/dir/file", "kept/file"):
        (tmp_path / name).write_bytes(b"inside")
    world = World(str(tmp_path / "free"), also=[Mount(str(tmp_path / "kept"), "/kept", read_only=True)])
    with world.process:
        sandbox = Sandbox(tmp_path, world)
        before = sandbox.outside()
        yield sandbox
        assert sandbox.outside() == before


# --- the functions


def opened(oflags: int = 0, rights: int = READ, lookup: int = FOLLOW) -> Callable[[World, int, str], str]:
    """Open and, where that succeeds, look at what it is, and write to it."""

    def attempt(world: World, fd: int, path: str) -> str:
        result = world.out(4)
        outcome = world.call("path_open", fd, lookup, path, oflags, rights, INHERITING, 0, result)
        if outcome == "SUCCESS":
            file = world.number(result)
            look_at(world, file)
            world.call("fd_write", file, world.vectors(b"guest"), world.out(4))
            world.call("fd_allocate", file, 0, 9)
            world.call("fd_filestat_set_size", file, 3)
            world.call("fd_filestat_set_times", file, 1, 1, Fstflag.ATIM | Fstflag.MTIM)
            assert world.call("fd_close", file) == "SUCCESS"
        return outcome

    return attempt


def look_at(world: World, file: int) -> None:
    assert world.struct(Filestat, "fd_filestat_get", file).size != SIZE_OF_CANARY
    vectors, (buffer,) = world.buffers(100)
    if world.call("fd_read", file, vectors, world.out(4)) == "SUCCESS":
        assert CANARY not in world.read(buffer, 100)
    entries, used = world.out(1000), world.out(4)
    if world.call("fd_readdir", file, entries, 1000, 0, used) == "SUCCESS":
        assert b"canary" not in world.read(entries, world.number(used))


def status(lookup: int) -> Callable[[World, int, str], str]:
    def attempt(world: World, fd: int, path: str) -> str:
        address = world.out(Filestat.sizeof())
        outcome = world.call("path_filestat_get", fd, lookup, path, address)
        if outcome == "SUCCESS":
            assert Filestat.unpack(world.read(address, Filestat.sizeof())).size != SIZE_OF_CANARY
        return outcome

    return attempt


def times(lookup: int) -> Callable[[World, int, str], str]:
    return lambda w, fd, path: w.call("path_filestat_set_times", fd, lookup, path, 1, 1, Fstflag.ATIM | Fstflag.MTIM)


OPERATIONS: dict[str, Callable[[World, int, str], str]] = {
    "open": opened(),
    "open the link": opened(lookup=0),
    "open to write": opened(rights=READ | WRITE | Right.FD_ALLOCATE | Right.FD_FILESTAT_SET_SIZE),
    "create": opened(Oflag.CREAT, READ | WRITE),
    "create anew": opened(Oflag.CREAT | Oflag.EXCL, READ | WRITE),
    "truncate": opened(Oflag.TRUNC, READ | WRITE),
    "create or truncate": opened(Oflag.CREAT | Oflag.TRUNC, READ | WRITE, lookup=0),
    "open a directory": opened(Oflag.DIRECTORY, DIRECTORY),
    "make a directory": lambda w, fd, path: w.call("path_create_directory", fd, path),
    "remove a directory": lambda w, fd, path: w.call("path_remove_directory", fd, path),
    "unlink": lambda w, fd, path: w.call("path_unlink_file", fd, path),
    "attributes": status(FOLLOW),
    "attributes of the link": status(0),
    "times": times(FOLLOW),
    "times of the link": times(0),
    "read a link": lambda w, fd, path: w.call("path_readlink", fd, path, w.out(50), 50, w.out(4)),
    "make a link": lambda w, fd, path: w.call("path_symlink", "../outside", fd, path),
    "make a link to": lambda w, fd, path: w.call("path_symlink", path, fd, "link to it"),
    "link from": lambda w, fd, path: w.call("path_link", fd, FOLLOW, path, ROOT, "linked"),
    "link from the link": lambda w, fd, path: w.call("path_link", fd, 0, path, ROOT, "linked"),
    "link to": lambda w, fd, path: w.call("path_link", ROOT, 0, "file", fd, path),
    "link from the other directory": lambda w, fd, path: w.call("path_link", KEPT, 0, "file", fd, path),
    "rename from": lambda w, fd, path: w.call("path_rename", fd, path, ROOT, "moved"),
    "rename to": lambda w, fd, path: w.call("path_rename", ROOT, "file", fd, path),
    "rename from the other directory": lambda w, fd, path: w.call("path_rename", KEPT, "file", fd, path),
}


# --- what comes before


def nothing(sandbox: Sandbox) -> None:
    """Only files and directories."""


def links_of_the_host(sandbox: Sandbox) -> None:
    """Someone with more rights put links there that lead out."""
    for name, target in LINKS.items():
        (sandbox.free / name).symlink_to(target)
    for name in ABSOLUTE_LINKS:
        (sandbox.free / name).symlink_to(sandbox.top / "outside")


def links_of_the_guest(sandbox: Sandbox) -> None:
    """The guest makes such links itself: in a place where they stay inside, and moves or links them up from there."""
    world = sandbox.world
    for name, target in LINKS.items():
        assert world.call("path_symlink", target, ROOT, name) == "SUCCESS"
    for name in ABSOLUTE_LINKS:
        # A guest's absolute path begins with a slash, a drive is just no name.
        refusal = "INVAL" if sys.platform == "win32" else "PERM"
        assert world.call("path_symlink", str(sandbox.top / "outside"), ROOT, name) == refusal
    for name in ("to move", "to link"):
        assert world.call("path_symlink", "../..", ROOT, f"dir/deep/{name}") == "SUCCESS"
    assert world.call("path_rename", ROOT, "dir/deep/to move", ROOT, "moved") == "SUCCESS"
    assert world.call("path_link", ROOT, 0, "dir/deep/to link", ROOT, "linked") == "SUCCESS"


@pytest.mark.parametrize("before", [nothing, links_of_the_host, links_of_the_guest])
@pytest.mark.parametrize("operation", OPERATIONS)
def test_no_spelling_leads_out(operation: str, before: Callable[[Sandbox], None], sandbox: Sandbox) -> None:
    assert len(SPELLINGS) >= 60
    before(sandbox)
    for path in SPELLINGS:
        for base in (ROOT, sandbox.world.open("dir", Oflag.DIRECTORY, base=DIRECTORY), KEPT):
            OPERATIONS[operation](sandbox.world, base, path)
        restore(sandbox)


def restore(sandbox: Sandbox) -> None:
    """What later calls need, as the guest may have removed it."""
    for name in ("dir", "dir/deep"):
        (sandbox.free / name).mkdir(exist_ok=True)
    for name in ("file", "dir/file"):
        if not (sandbox.free / name).exists():
            (sandbox.free / name).write_bytes(b"inside")
    for fd in [fd for fd in sandbox.world.process.files if fd > KEPT]:
        sandbox.world.guest.close(fd)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_directory_that_someone_moved_away(
    operation: str, sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The guest holds it open while it gets another parent; "..", the root and links lead nowhere from there."""
    world, elsewhere = sandbox.world, tmp_path_factory.mktemp("elsewhere")
    fd = world.open("dir/deep", Oflag.DIRECTORY, base=DIRECTORY)
    (elsewhere / "canary").write_bytes(CANARY.ljust(SIZE_OF_CANARY, b"!"))
    (elsewhere / "parent").mkdir()
    (sandbox.free / "dir/deep").rename(elsewhere / "parent/deep")
    before = os.stat(elsewhere).st_mtime_ns, os.stat(elsewhere / "canary"), os.listdir(elsewhere / "parent")
    for path in ("../canary", "../../canary", "../../../outside/canary", "..", "../new", "../parent", *SPELLINGS):
        if not (path in DEVICES or path in ("up", "out")):
            OPERATIONS[operation](world, fd, path)
    after = os.stat(elsewhere).st_mtime_ns, os.stat(elsewhere / "canary"), os.listdir(elsewhere / "parent")
    assert before[0] == after[0]
    assert before[1][:9] == after[1][:9]
    assert before[2] == after[2]


@pytest.mark.parametrize("operation", sorted(OPERATIONS.keys() - {"make a link to"}))
def test_what_is_outside_cannot_be_told_from_what_is_not(operation: str, sandbox: Sandbox) -> None:
    links_of_the_host(sandbox)
    before = sorted(sandbox.free.rglob("*"))
    for way in (
        "..",
        "../outside",
        "up/outside",
        "out",
        "real",
        "dir/up/outside",
        "chain/..",
        str(sandbox.top / "outside"),
    ):
        outcomes = {
            OPERATIONS[operation](sandbox.world, ROOT, f"{way}/{name}")
            for name in ("canary", "file", "dir", "none", "outside", "none/none", "canary/none")
        }
        assert len(outcomes) == 1, way
        assert outcomes <= {"PERM", "XDEV"}
    assert sorted(sandbox.free.rglob("*")) == before


@pytest.mark.parametrize("name", DEVICES)
def test_names_of_devices_are_names(name: str, sandbox: Sandbox) -> None:
    if sys.platform == "win32":
        assert sandbox.world.refused(name, Oflag.CREAT, base=WRITE) == "INVAL"
        return
    sandbox.world.write_file(name, b"guest")
    assert (sandbox.free / name).read_bytes() == b"guest"


def test_a_read_only_directory_refuses_what_changes_an_open_file(sandbox: Sandbox) -> None:
    file = sandbox.world.open(
        "file", base=INHERITING & ~(WRITE | Right.FD_ALLOCATE | Right.FD_FILESTAT_SET_SIZE), fd=KEPT
    )
    world = sandbox.world
    assert world.call("fd_allocate", file, 0, 100) == "NOTCAPABLE"
    assert world.call("fd_filestat_set_size", file, 0) == "NOTCAPABLE"
    assert world.call("fd_write", file, world.vectors(b"x"), world.out(4)) == "NOTCAPABLE"
    assert world.call("fd_pwrite", file, world.vectors(b"x"), 0, world.out(4)) == "NOTCAPABLE"
    assert world.call("fd_filestat_set_times", file, 1, 1, Fstflag.MTIM) == "ROFS"
    assert world.refused("file", base=Right.FD_ALLOCATE, fd=KEPT) == "ROFS"
    assert world.refused("file", base=Right.FD_FILESTAT_SET_SIZE, fd=KEPT) == "ROFS"
