from __future__ import annotations

import os
from errno import errorcode
from pathlib import Path

import pytest

from compat.kernel.clock import SteppingClock
from compat.wasi_p1.rights import DIRECTORY, FILE, INHERITING
from compat.wasi_p1.types import Fdflag, Fdstat, Filestat, Filetype, Fstflag, Oflag, Right

from .world import FOLLOW, ROOT, SIZE, World

CREAT, TRUNC, EXCL = Oflag.CREAT, Oflag.TRUNC, Oflag.EXCL

OUTSIDE = [
    "/",
    "/file",
    "..",
    "../file",
    "dir/../..",
    "dir/../../file",
    "./../file",
    "dir/./.././../x",
    "up",
    "up/file",
    "absolute",
    "absolute/file",
]
"""Paths that lead out of the directory; `up` and `absolute` are links."""


KINDS = ("nothing", "file", "empty", "full", "to a file", "to a directory", "dangling", "hard link")


def make(world: World, kind: str, name: str) -> None:
    """A file of a kind."""
    match kind:
        case "file":
            world.write_file(name, name.encode())
        case "empty":
            world.directory(name)
        case "full":
            world.directory(name)
            world.write_file(f"{name}/file")
        case "to a file" | "to a directory" | "dangling":
            target = {"to a file": "file", "to a directory": ".", "dangling": "none"}[kind]
            assert world.call("path_symlink", target, ROOT, name) == "SUCCESS"
        case "hard link":
            assert world.call("path_link", ROOT, 0, "file", ROOT, name) == "SUCCESS"


def make_on_host(root: Path, kind: str, name: str) -> None:
    """The same on the host."""
    match kind:
        case "file":
            (root / name).write_bytes(name.encode())
        case "empty" | "full":
            (root / name).mkdir()
            if kind == "full":
                (root / name / "file").touch()
        case "to a file" | "to a directory" | "dangling":
            (root / name).symlink_to({"to a file": "file", "to a directory": ".", "dangling": "none"}[kind])
        case "hard link":
            (root / name).hardlink_to(root / "file")


def listing(world: World) -> list[str]:
    return sorted(name for name, _, _ in world.process.preopens[0].directory.entries())


def with_path(name: str, path: str, fd: int = ROOT) -> tuple[int | str, ...]:
    """The arguments of a call that takes a path, with this one."""
    return {
        "path_create_directory": (fd, path),
        "path_filestat_get": (fd, FOLLOW, path, 64),
        "path_filestat_set_times": (fd, FOLLOW, path, 0, 0, Fstflag.ATIM_NOW),
        "path_open": (fd, FOLLOW, path, 0, Right.FD_READ, 0, 0, 64),
        "path_readlink": (fd, path, 64, 8, 64),
        "path_remove_directory": (fd, path),
        "path_symlink": ("target", fd, path),
        "path_unlink_file": (fd, path),
        "path_link": (fd, 0, path, ROOT, "new"),
        "path_link to": (ROOT, 0, "file", fd, path),
        "path_rename": (fd, path, ROOT, "new"),
        "path_rename to": (ROOT, "file", fd, path),
    }[name]


CALLS = [
    "path_create_directory",
    "path_filestat_get",
    "path_filestat_set_times",
    "path_open",
    "path_readlink",
    "path_remove_directory",
    "path_symlink",
    "path_unlink_file",
    "path_link",
    "path_link to",
    "path_rename",
    "path_rename to",
]


def call(world: World, name: str, path: str, fd: int = ROOT) -> str:
    return world.call(name.partition(" ")[0], *with_path(name, path, fd))


def stat(world: World, path: str, flags: int = 0) -> Filestat:
    return world.struct(Filestat, "path_filestat_get", ROOT, flags, path)


def link(world: World, target: str, path: str) -> None:
    assert world.call("path_symlink", target, ROOT, path) == "SUCCESS"


class TestEveryCall:
    @pytest.mark.parametrize("name", CALLS)
    def test_bad_descriptor(self, wasi: World, name: str) -> None:
        wasi.write_file("file")
        file = wasi.open("file")
        assert call(wasi, name, "x", 99) == "BADF"
        assert call(wasi, name, "x", -1) == "BADF"
        assert call(wasi, name, "x", file) == "NOTDIR"
        assert call(wasi, name, "x", 1) == "NOTDIR"

    @pytest.mark.parametrize(
        ("name", "right"),
        [
            ("path_create_directory", Right.PATH_CREATE_DIRECTORY),
            ("path_filestat_get", Right.PATH_FILESTAT_GET),
            ("path_filestat_set_times", Right.PATH_FILESTAT_SET_TIMES),
            ("path_open", Right.PATH_OPEN),
            ("path_readlink", Right.PATH_READLINK),
            ("path_remove_directory", Right.PATH_REMOVE_DIRECTORY),
            ("path_symlink", Right.PATH_SYMLINK),
            ("path_unlink_file", Right.PATH_UNLINK_FILE),
            ("path_link", Right.PATH_LINK_SOURCE),
            ("path_link to", Right.PATH_LINK_TARGET),
            ("path_rename", Right.PATH_RENAME_SOURCE),
            ("path_rename to", Right.PATH_RENAME_TARGET),
        ],
    )
    def test_missing_right(self, wasi: World, name: str, right: int) -> None:
        wasi.drop(ROOT, right)
        assert call(wasi, name, "x") == "NOTCAPABLE"

    @pytest.mark.parametrize("name", CALLS)
    @pytest.mark.parametrize(
        ("path", "errno"), [("", "NOENT"), ("a\0b", "INVAL"), ("n" * 256, "NAMETOOLONG"), ("n/" * 2048, "NAMETOOLONG")]
    )
    def test_bad_path(self, files: World, name: str, path: str, errno: str) -> None:
        files.write_file("file")
        assert call(files, name, path) == errno

    @pytest.mark.parametrize("name", CALLS)
    def test_path_outside_of_memory(self, wasi: World, name: str) -> None:
        arguments = [SIZE - 1 if argument == "x" else argument for argument in with_path(name, "x")]
        at = arguments.index(SIZE - 1)
        for length in (2, SIZE, -1, 1 << 31):
            bad = [*arguments[: at + 1], length, *arguments[at + 1 :]]
            assert wasi.call(name.partition(" ")[0], *bad) == "FAULT"

    @pytest.mark.parametrize("name", CALLS)
    @pytest.mark.parametrize("path", OUTSIDE)
    def test_no_way_out(self, name: str, path: str, tmp_path: Path) -> None:
        for directory in ("inside", "inside/dir"):
            (tmp_path / directory).mkdir()
        (tmp_path / "file").write_bytes(b"secret")
        (tmp_path / "inside/file").write_bytes(b"")
        (tmp_path / "inside/up").symlink_to("..")
        (tmp_path / "inside/absolute").symlink_to(tmp_path)
        before = sorted(tmp_path.rglob("*")), (tmp_path / "file").stat()
        world = World(str(tmp_path / "inside"))
        last_is_link = path in ("up", "absolute")
        if name in ("path_create_directory", "path_symlink", "path_link to") and last_is_link:
            expected = "EXIST"
        elif name in ("path_remove_directory",) and last_is_link:
            expected = "NOTDIR"
        elif (
            name in ("path_readlink", "path_unlink_file", "path_link", "path_rename", "path_rename to") and last_is_link
        ):
            return  # on the link itself, which is inside
        else:
            expected = "PERM"
        assert call(world, name, path) == expected
        after = sorted(tmp_path.rglob("*")), (tmp_path / "file").stat()
        assert before[0] == after[0]
        assert before[1][:9] == after[1][:9]


class TestOpen:
    def test_interesting_paths(self, files: World) -> None:
        files.directory("dir")
        files.directory("dir/nested")
        files.write_file("dir/nested/file")
        assert files.open("dir/.//nested/../../dir/nested/../nested///./file", base=Right.FD_READ)
        assert files.open("dir/nested///")
        assert files.open(".")
        assert files.open("./")
        for path in ("dir/nested/file/", "dir/nested/file///", "dir/nested/file/x", "dir/nested/file/.."):
            assert files.refused(path) == "NOTDIR"
        assert files.refused("dir/missing/../nested/file") == "NOENT"
        assert files.refused("dir/nested/../../../dir/nested/file") == "PERM"

    def test_missing(self, files: World) -> None:
        assert files.refused("file") == "NOENT"
        assert files.refused("file", Oflag.DIRECTORY) == "NOENT"
        assert files.refused("file/", CREAT, base=Right.FD_WRITE) == "ISDIR"

    def test_create(self, files: World) -> None:
        files.write_file("file", b"old")
        assert files.read_file("file") == b"old"
        fd = files.open("file", CREAT, base=Right.FD_WRITE)
        assert files.call("fd_write", fd, files.vectors(b"n"), files.out(4)) == "SUCCESS"
        assert files.read_file("file") == b"nld"

    def test_exclusive(self, files: World) -> None:
        assert files.open("file", CREAT | EXCL, base=Right.FD_WRITE)
        link(files, "nowhere", "link")
        for path in ("file", "link", "."):
            assert files.refused(path, CREAT | EXCL) == "EXIST"

    def test_truncate(self, files: World) -> None:
        files.write_file("file", b"old")
        assert files.open("file", TRUNC, base=0, inheriting=0)
        assert files.read_file("file") == b""

    def test_directories(self, files: World) -> None:
        files.write_file("file")
        files.directory("dir")
        assert files.refused("file", Oflag.DIRECTORY) == "NOTDIR"
        assert files.open("dir", Oflag.DIRECTORY, base=Right.FD_READ)
        assert files.refused("dir", Oflag.DIRECTORY, base=Right.FD_READ | Right.FD_WRITE) == "ISDIR"
        assert files.refused("dir", base=Right.FD_WRITE) == "ISDIR"
        assert files.refused("dir", CREAT) == "ISDIR"
        assert files.refused("dir", CREAT | Oflag.DIRECTORY) == "INVAL"

    def test_unknown_flags(self, wasi: World) -> None:
        wasi.write_file("file")
        assert wasi.call("path_open", ROOT, 2, "file", 0, 0, 0, 0, 64) == "INVAL"
        assert wasi.call("path_open", ROOT, 0, "file", 16, 0, 0, 0, 64) == "INVAL"
        assert wasi.refused("file", fdflags=32) == "INVAL"
        assert wasi.refused("file", base=1 << 40) == "INVAL"
        assert wasi.call("path_open", ROOT, 0, "file", 0, 0, 0, 0, SIZE - 3) == "FAULT"

    def test_base_rights_decide_on_the_mode(self, files: World) -> None:
        files.write_file("file", b"data")
        for right, can_read, can_write in (
            (Right.FD_READ, True, False),
            (Right.FD_WRITE, False, True),
            (Right.FD_READ | Right.FD_WRITE, True, True),
            (0, False, False),
        ):
            fd = files.open("file", base=right)
            assert files.struct(Fdstat, "fd_fdstat_get", fd).fs_rights_base == right
            vectors, _ = files.buffers(1)
            assert files.call("fd_read", fd, vectors, files.out(4)) == ("SUCCESS" if can_read else "NOTCAPABLE")
            data = files.vectors(b"d")
            assert files.call("fd_write", fd, data, files.out(4)) == ("SUCCESS" if can_write else "NOTCAPABLE")

    def test_rights_that_make_no_sense_are_left_out(self, wasi: World) -> None:
        wasi.write_file("file")
        found = wasi.struct(Fdstat, "fd_fdstat_get", wasi.open("file", base=INHERITING, inheriting=INHERITING))
        assert (found.fs_rights_base, found.fs_rights_inheriting) == (FILE, 0)
        fd = wasi.open(".", base=DIRECTORY | Right.FD_SEEK, inheriting=Right.FD_READ)
        found = wasi.struct(Fdstat, "fd_fdstat_get", fd)
        assert (found.fs_rights_base, found.fs_rights_inheriting) == (DIRECTORY, Right.FD_READ)

    def test_rights_are_inherited_at_most(self, wasi: World) -> None:
        wasi.write_file("file")
        fd = wasi.open(".", base=DIRECTORY, inheriting=Right.FD_READ)
        assert wasi.open("file", base=Right.FD_READ, inheriting=0, fd=fd)
        assert wasi.refused("file", base=Right.FD_WRITE, fd=fd) == "NOTCAPABLE"
        assert wasi.refused("file", base=0, inheriting=Right.FD_WRITE, fd=fd) == "NOTCAPABLE"
        assert wasi.refused("file", base=0, fdflags=Fdflag.SYNC, fd=fd) == "NOTCAPABLE"
        assert wasi.refused("file", base=0, fdflags=Fdflag.RSYNC, fd=fd) == "NOTCAPABLE"
        assert wasi.refused("file", base=0, fdflags=Fdflag.DSYNC, fd=fd) == "NOTCAPABLE"

    def test_rights_to_create_and_to_truncate(self, wasi: World) -> None:
        wasi.write_file("file", b"keep")
        wasi.drop(ROOT, Right.PATH_CREATE_FILE | Right.PATH_FILESTAT_SET_SIZE)
        assert wasi.refused("new", CREAT) == "NOTCAPABLE"
        assert wasi.refused("file", TRUNC) == "NOTCAPABLE"
        assert wasi.read_file("file") == b"keep"

    def test_flags_are_kept(self, files: World) -> None:
        flags = Fdflag.APPEND | Fdflag.SYNC
        fd = files.open("file", CREAT, base=FILE, fdflags=flags)
        assert files.struct(Fdstat, "fd_fdstat_get", fd).fs_flags == flags
        assert files.open(".", fdflags=Fdflag.NONBLOCK)

    def test_too_many(self, wasi: World) -> None:
        wasi.write_file("file")
        wasi.process.files.limit = 6
        for _ in range(2):
            wasi.open("file", base=Right.FD_READ)
        assert wasi.refused("file") == "MFILE"
        assert len(wasi.guest.descriptors) == 6

    def test_the_umask_is_taken_off(self, tmp_path: Path) -> None:
        world = World(str(tmp_path))
        world.process.umask = 0o027
        world.write_file("file")
        world.directory("dir")
        if os.name == "posix":
            assert (tmp_path / "file").stat().st_mode & 0o777 == 0o640
            assert (tmp_path / "dir").stat().st_mode & 0o777 == 0o750


class TestLinks:
    def test_only_followed_on_demand(self, files: World) -> None:
        files.write_file("file", b"x")
        files.directory("dir")
        link(files, "file", "link")
        link(files, "dir", "dirlink")
        assert files.refused("link", lookup=0) == "LOOP"
        assert files.refused("dirlink", Oflag.DIRECTORY, lookup=0) in ("LOOP", "NOTDIR")
        assert files.open("link", base=Right.FD_READ)
        assert files.open("dirlink", Oflag.DIRECTORY)
        assert (stat(files, "link").filetype, stat(files, "link").size) == (Filetype.SYMBOLIC_LINK, 4)
        assert stat(files, "link", FOLLOW).filetype == Filetype.REGULAR_FILE

    def test_in_the_middle_they_always_are(self, files: World) -> None:
        files.directory("dir")
        files.write_file("dir/file", b"x")
        link(files, "dir", "link")
        link(files, "link", "link2")
        assert files.open("link2/../link/file", base=Right.FD_READ, lookup=0)

    def test_loops(self, files: World) -> None:
        link(files, "a", "b")
        link(files, "b", "a")
        for path in ("a", "a/", "a/x"):
            assert files.refused(path) == "LOOP"
        assert stat(files, "a").filetype == Filetype.SYMBOLIC_LINK
        assert files.call("path_filestat_get", ROOT, FOLLOW, "a", files.out(64)) == "LOOP"

    def test_dangling(self, files: World) -> None:
        link(files, "nowhere", "link")
        assert files.refused("link") == "NOENT"
        assert files.open("link", CREAT, base=Right.FD_WRITE)
        assert stat(files, "nowhere").size == 0

    def test_readlink(self, files: World) -> None:
        link(files, "täget", "link")
        buffer, used = files.out(10), files.out(4)
        assert files.call("path_readlink", ROOT, "link", buffer, 10, used) == "SUCCESS"
        assert files.read(buffer, 10) == "täget".encode() + b"????"
        assert files.number(used) == 6
        short = files.out(2)
        assert files.call("path_readlink", ROOT, "link", short, 2, used) == "SUCCESS"
        assert (files.read(short, 2), files.number(used)) == ("tä".encode()[:2], 2)
        assert files.call("path_readlink", ROOT, "link", short, 0, used) == "SUCCESS"
        assert files.number(used) == 0
        files.write_file("file")
        assert files.call("path_readlink", ROOT, "file", short, 2, used) == "INVAL"
        assert files.call("path_readlink", ROOT, "nothing", short, 2, used) == "NOENT"
        assert files.call("path_readlink", ROOT, "link", SIZE - 1, 2, used) == "FAULT"

    def test_making_them(self, files: World) -> None:
        assert files.call("path_symlink", "/etc/passwd", ROOT, "link") == "PERM"
        assert files.call("path_symlink", "", ROOT, "link") == "NOENT"
        assert files.call("path_symlink", "source", ROOT, "link/") == "NOENT"
        files.directory("dir")
        files.write_file("file")
        assert files.call("path_symlink", "source", ROOT, "dir") == "EXIST"
        assert files.call("path_symlink", "source", ROOT, "dir/") == "EXIST"
        assert files.call("path_symlink", "source", ROOT, "file") == "EXIST"
        assert files.call("path_symlink", "source", ROOT, "file/") == "EXIST"


class TestHardLinks:
    def test_two_names(self, files: World) -> None:
        files.write_file("file", b"data")
        sub = files.directory("sub")
        assert files.call("path_link", ROOT, 0, "file", sub, "link") == "SUCCESS"
        assert (stat(files, "sub/link").ino, stat(files, "file").nlink) == (stat(files, "file").ino, 2)
        assert files.call("path_unlink_file", ROOT, "file") == "SUCCESS"
        assert files.read_file("sub/link") == b"data"

    def test_errors(self, files: World) -> None:
        files.write_file("file")
        files.directory("dir")
        for there in ("file", "dir"):
            assert files.call("path_link", ROOT, 0, "file", ROOT, there) == "EXIST"
        assert files.call("path_link", ROOT, 0, "dir", ROOT, "link") == "PERM"
        assert files.call("path_link", ROOT, 0, "file", ROOT, "link/") == "NOENT"
        assert files.call("path_link", ROOT, 0, "missing", ROOT, "link") == "NOENT"
        assert files.call("path_link", ROOT, 2, "file", ROOT, "link") == "INVAL"

    def test_links_to_links(self, files: World) -> None:
        link(files, "nowhere", "symlink")
        assert files.call("path_link", ROOT, 0, "symlink", ROOT, "link") == "SUCCESS"
        assert stat(files, "link").filetype == Filetype.SYMBOLIC_LINK
        assert files.call("path_link", ROOT, FOLLOW, "symlink", ROOT, "other") == "NOENT"
        files.write_file("nowhere")
        assert files.call("path_link", ROOT, FOLLOW, "symlink", ROOT, "other") == "SUCCESS"
        assert stat(files, "other").filetype == Filetype.REGULAR_FILE


class TestRename:
    def test_files(self, files: World) -> None:
        files.write_file("a", b"a")
        files.write_file("b", b"b")
        assert files.call("path_rename", ROOT, "a", ROOT, "b") == "SUCCESS"
        assert files.read_file("b") == b"a"
        assert files.refused("a") == "NOENT"
        assert files.call("path_rename", ROOT, "a", ROOT, "b") == "NOENT"

    def test_directories(self, files: World) -> None:
        files.directory("source")
        files.directory("target")
        assert files.call("path_rename", ROOT, "source/", ROOT, "target/") == "SUCCESS"
        files.directory("source")
        files.write_file("target/file")
        assert files.call("path_rename", ROOT, "source", ROOT, "target") == "NOTEMPTY"
        assert files.call("path_rename", ROOT, "source", ROOT, "target/file") == "NOTDIR"
        assert files.call("path_rename", ROOT, "target/file", ROOT, "source") == "ISDIR"
        assert files.call("path_rename", ROOT, "target", ROOT, "target/inner") == "INVAL"
        assert files.call("path_rename", ROOT, "target/file", ROOT, "other/") == "NOTDIR"

    @pytest.mark.parametrize("new", KINDS)
    @pytest.mark.parametrize("old", KINDS)
    def test_onto_everything(self, old: str, new: str, files: World, tmp_path_factory: pytest.TempPathFactory) -> None:
        """What the host's own rename does is right."""
        files.write_file("file", b"file")
        for number, name in enumerate(("old", "new")):
            make(files, (old, new)[number], name)
        on_host = tmp_path_factory.mktemp("host")
        (on_host / "file").write_bytes(b"file")
        for number, name in enumerate(("old", "new")):
            make_on_host(on_host, (old, new)[number], name)
        try:
            (on_host / "old").rename(on_host / "new")
            expected = "SUCCESS"
        except OSError as error:
            expected = errorcode[error.errno or 0][1:]
        assert files.call("path_rename", ROOT, "old", ROOT, "new") == expected
        assert listing(files) == sorted(os.listdir(on_host))

    def test_into_another_directory(self, files: World) -> None:
        files.write_file("file", b"x")
        sub = files.directory("sub")
        assert files.call("path_rename", ROOT, "file", sub, "moved") == "SUCCESS"
        assert files.read_file("sub/moved") == b"x"


class TestNames:
    def test_directories(self, files: World) -> None:
        assert files.call("path_create_directory", ROOT, "dir/") == "SUCCESS"
        assert files.call("path_create_directory", ROOT, "dir") == "EXIST"
        assert files.call("path_create_directory", ROOT, "no/dir") == "NOENT"
        files.write_file("dir/file")
        assert files.call("path_remove_directory", ROOT, "dir") == "NOTEMPTY"
        assert files.call("path_remove_directory", ROOT, "dir/file") == "NOTDIR"
        assert files.call("path_remove_directory", ROOT, "dir/file/") == "NOTDIR"
        assert files.call("path_unlink_file", ROOT, "dir/file") == "SUCCESS"
        assert files.call("path_remove_directory", ROOT, "dir/") == "SUCCESS"
        assert files.call("path_remove_directory", ROOT, "dir") == "NOENT"

    def test_unlink(self, files: World) -> None:
        files.directory("dir")
        files.write_file("file")
        assert files.call("path_unlink_file", ROOT, "dir") == "ISDIR"
        assert files.call("path_unlink_file", ROOT, "dir/") == "ISDIR"
        assert files.call("path_unlink_file", ROOT, "file/") == "NOTDIR"
        assert files.call("path_unlink_file", ROOT, "file") == "SUCCESS"
        assert files.call("path_unlink_file", ROOT, "file") == "NOENT"

    @pytest.mark.parametrize("name", ["n", "n" * 255, "ä" * 127, "with space", "...", "a\\b", "CON", "\t\n"])
    @pytest.mark.skipif(os.name != "posix", reason="Windows has no such names")
    def test_of_all_kinds(self, files: World, name: str) -> None:
        files.write_file(name, b"x")
        assert files.read_file(name) == b"x"

    def test_not_utf8(self, wasi: World) -> None:
        wasi.write_file("\udcff")
        assert wasi.read_file("\udcff") == b""
        assert wasi.refused(b"\xfe") == "NOENT"


class TestTimes:
    def test_of_a_file(self, files: World) -> None:
        files.write_file("file")
        both = Fstflag.ATIM | Fstflag.MTIM
        assert files.call("path_filestat_set_times", ROOT, 0, "file", 1_000_000_001, 2_000_000_002, both) == "SUCCESS"
        assert (stat(files, "file").atim, stat(files, "file").mtim) == (1_000_000_001, 2_000_000_002)
        now = Fstflag.MTIM_NOW
        assert files.call("path_filestat_set_times", ROOT, 0, "file", 0, 0, now) == "SUCCESS"
        assert stat(files, "file").mtim >= SteppingClock.START
        assert stat(files, "file").atim == 1_000_000_001

    def test_of_a_link(self, files: World) -> None:
        files.write_file("file")
        link(files, "file", "link")
        which = Fstflag.MTIM
        assert files.call("path_filestat_set_times", ROOT, FOLLOW, "link", 0, 7_000, which) == "SUCCESS"
        assert stat(files, "file").mtim == 7_000
        assert files.call("path_filestat_set_times", ROOT, 0, "link", 0, 9_000, which) == "SUCCESS"
        assert (stat(files, "link").mtim, stat(files, "file").mtim) == (9_000, 7_000)

    def test_errors(self, files: World) -> None:
        files.write_file("file")
        for flags in (3, 12, 16):
            assert files.call("path_filestat_set_times", ROOT, 0, "file", 0, 0, flags) == "INVAL"
        assert files.call("path_filestat_set_times", ROOT, 2, "file", 0, 0, 0) == "INVAL"
        assert files.call("path_filestat_set_times", ROOT, 0, "no", 0, 0, 0) == "NOENT"


def test_stat_errors(files: World) -> None:
    files.write_file("file")
    assert files.call("path_filestat_get", ROOT, 2, "file", files.out(64)) == "INVAL"
    assert files.call("path_filestat_get", ROOT, 0, "file/", files.out(64)) == "NOTDIR"
    assert files.call("path_filestat_get", ROOT, 0, "file", SIZE - 63) == "FAULT"
