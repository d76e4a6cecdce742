"""A guest's files from outside: what is written arrives, and a guest cannot harm who reads."""

from __future__ import annotations

import csv
import io
import os
import stat
import zipfile
from array import array
from collections.abc import Callable
from pathlib import Path

import pytest

from compat.emscripten_abi.files import set_up
from compat.files import Files, GuestPath
from compat.kernel.errno import Errno, SysError
from compat.kernel.process import Process
from compat.kernel.vfs.stream import BytesInput, CapturedOutput


@pytest.fixture
def process() -> Process:
    return Process.create(stdin=BytesInput(b""), stdout=CapturedOutput(), stderr=CapturedOutput(), memory_limit=1 << 20)


@pytest.fixture
def files(process: Process) -> Files:
    return Files(process.fs)


def test_what_is_written_is_read(files: Files) -> None:
    files.write("/a/b/c", b"\0content\xff")
    assert files.read("/a/b/c") == b"\0content\xff"
    files.write("/a/b/c", b"less")
    assert files.read("/a/b/c") == b"less"
    assert files.read("a//b/../b/./c") == b"less"


def test_lists(files: Files) -> None:
    for name in ("/b", "/a", "/d/x"):
        files.write(name, b"")
    assert files.list() == ["a", "b", "d"]
    assert files.list("/d") == ["x"]
    assert (files.exists("/d/x"), files.exists("/d"), files.exists("/no")) == (True, True, False)


def test_makes_directories_where_they_are_not(files: Files) -> None:
    files.make_directories("/a/b")
    files.make_directories("/a/b/c/")
    assert files.list("/a/b") == ["c"]


@pytest.mark.parametrize(
    ("path", "errno"),
    [("/no", Errno.ENOENT), ("/no/no", Errno.ENOENT), ("/d", Errno.EISDIR), ("/f/x", Errno.ENOTDIR), ("", Errno.ENOENT),
     ("/circle", Errno.ELOOP), ("/" + "x" * 300, Errno.ENAMETOOLONG)],
)  # fmt: skip
def test_what_cannot_be_read(files: Files, process: Process, path: str, errno: Errno) -> None:
    files.write("/f", b"")
    files.make_directories("/d")
    process.fs.symlink("/circle", "/circle")
    with pytest.raises(SysError) as caught:
        files.read(path)
    assert caught.value.errno is errno


def test_a_device_without_end_is_not_read(files: Files, process: Process) -> None:
    """A guest may link to one where a file is expected."""
    set_up(process)
    process.fs.symlink("/dev/urandom", "/result")
    with pytest.raises(SysError) as caught:
        files.read("/result")
    assert caught.value.errno is Errno.EINVAL


def test_memory_is_bounded(files: Files) -> None:
    with pytest.raises(SysError) as caught:
        files.write("/big", bytes(2 << 20))
    assert caught.value.errno is Errno.ENOSPC


class TestGuestPath:
    @pytest.fixture
    def root(self, process: Process) -> GuestPath:
        return GuestPath(process.fs)

    def test_names(self, root: GuestPath) -> None:
        path = root / "a" / "b/c.txt"
        assert (str(path), repr(path), path.name, str(path.parent)) == (
            "/a/b/c.txt",
            "GuestPath('/a/b/c.txt')",
            "c.txt",
            "/a/b",
        )
        assert path == root / "/a/b/c.txt"
        assert path != root / "a"
        assert len({path, root / "a/b/c.txt"}) == 1
        assert str(path / "/x") == "/x"

    def test_content(self, root: GuestPath) -> None:
        assert (root / "x").write_bytes(bytearray(b"\0\xff")) == 2
        assert (root / "x").read_bytes() == b"\0\xff"
        assert (root / "x").write_bytes(array("I", [1, 2])) == 8
        assert (root / "x").read_bytes() == bytes([1, 0, 0, 0, 2, 0, 0, 0])
        assert (root / "x").write_text("grün") == 4
        assert ((root / "x").read_text(), (root / "x").read_bytes()) == ("grün", "grün".encode())

    def test_directories(self, root: GuestPath) -> None:
        (root / "a/b").mkdir(parents=True)
        (root / "a/b").mkdir(exist_ok=True)
        (root / "a/c").write_bytes(b"")
        assert list((root / "a").iterdir()) == [root / "a/b", root / "a/c"]
        assert ((root / "a").is_dir(), (root / "a/c").is_file(), (root / "a").is_file()) == (True, True, False)
        (root / "a/c").rename(root / "d")
        assert ((root / "a/c").exists(), (root / "d").exists()) == (False, True)
        (root / "d").unlink()
        (root / "a/b").rmdir()
        assert list((root / "a").iterdir()) == []

    def test_the_parts_of_a_path(self, root: GuestPath) -> None:
        path = root / "a/b.tar.gz"
        assert (path.stem, path.suffix, path.suffixes) == ("b.tar", ".gz", [".tar", ".gz"])
        assert path.parts == ("/", "a", "b.tar.gz")
        assert list(path.parents) == [root / "a", root]
        assert path.with_name("c") == path.parent / "c" == root.joinpath("a", "c")
        assert (path.with_suffix(".xz"), path.with_stem("c")) == (root / "a/b.tar.xz", root / "a/c.gz")
        assert (path.relative_to(root / "a"), path.is_relative_to(root / "x")) == ("b.tar.gz", False)
        assert path.match("*.gz")
        assert sorted([root / "b", root / "a b", root / "a/c"]) == [root / "a/c", root / "a b", root / "b"]
        with pytest.raises(ValueError, match="is not in the subpath of"):
            path.relative_to(root / "x")

    def test_links(self, root: GuestPath) -> None:
        (root / "d").mkdir()
        (root / "d/x").write_text("content")
        (root / "link").symlink_to("d/x")
        (root / "up").symlink_to(root / "d")
        (root / "hard").hardlink_to(root / "d/x")
        assert (root / "link").read_text() == (root / "up/x").read_text() == (root / "hard").read_text() == "content"
        assert ((root / "link").readlink(), (root / "up").readlink()) == ("d/x", "/d")
        assert ((root / "link").is_symlink(), (root / "link").is_file(), (root / "d").is_symlink()) == (
            True,
            True,
            False,
        )
        assert (root / "up/../up/x").resolve() == root / "d/x"
        assert (root / "up/new").resolve() == root / "d/new"
        assert (root / "hard").samefile(root / "link")
        (root / "gone").symlink_to("nowhere")
        assert ((root / "gone").exists(), (root / "gone").exists(follow_symlinks=False)) == (False, True)

    def test_attributes(self, root: GuestPath) -> None:
        (root / "x").write_bytes(b"12345")
        (root / "link").symlink_to("x")
        found = (root / "x").stat()
        assert (found.st_size, found.st_nlink, stat.S_ISREG(found.st_mode)) == (5, 1, True)
        assert found.st_mtime_ns == pytest.approx(found.st_mtime * 1e9)
        assert stat.S_ISLNK((root / "link").lstat().st_mode)
        (root / "x").chmod(0o400)
        assert stat.S_IMODE((root / "link").stat().st_mode) == 0o400
        before = (root / "x").stat().st_mtime_ns
        (root / "x").touch()
        assert (root / "x").stat().st_mtime_ns > before
        assert (root / "x").read_bytes() == b"12345"
        (root / "new").touch()
        assert (root / "new").read_bytes() == b""
        with pytest.raises(FileExistsError):
            (root / "new").touch(exist_ok=False)

    def test_renaming(self, root: GuestPath) -> None:
        (root / "x").write_text("x")
        (root / "y").write_text("y")
        assert (root / "x").rename(root / "y") == root / "y"
        assert (root / "y").replace("/z").read_text() == "x"
        assert [path.name for path in root.iterdir()] == ["z"]
        (root / "none").unlink(missing_ok=True)

    @pytest.fixture
    def tree(self, root: GuestPath, tmp_path: Path) -> tuple[GuestPath, Path]:
        """The same tree in a guest and on the host."""
        for name in ("a.txt", "b.py", "sub/c.txt", "sub/deep/d.txt", "sub/deep/e", "empty/.keep"):
            for base in (root, tmp_path):
                (base / name).parent.mkdir(parents=True, exist_ok=True)
                (base / name).write_text(name)
        (root / "link").symlink_to("sub")
        (tmp_path / "link").symlink_to("sub")
        return root, tmp_path

    @pytest.mark.parametrize(
        "pattern",
        [
            "*",
            "*.txt",
            "sub/*",
            "**/*.txt",
            "**/d.txt",
            "*/deep",
            "sub/**/e",
            "?.py",
            "[ab].*",
            "none/*",
            "*/*/*",
            "*/",
        ],
    )
    def test_globs_as_the_hosts_do(self, tree: tuple[GuestPath, Path], pattern: str) -> None:
        guest, host = tree
        expected = {"/" + path.relative_to(host).as_posix() for path in host.glob(pattern)}
        assert {str(path) for path in guest.glob(pattern)} == expected

    def test_globs_below(self, tree: tuple[GuestPath, Path]) -> None:
        guest, _ = tree
        names = ["a.txt", "sub/c.txt", "sub/deep/d.txt"]
        assert sorted(guest.rglob("*.txt")) == [guest / name for name in names]
        assert list(guest.glob("**/**/a.txt")) == [guest / "a.txt"]
        for pattern in ("", "/x"):
            with pytest.raises(ValueError, match="not a pattern"):
                guest.glob(pattern)

    @pytest.mark.parametrize("top_down", [True, False])
    def test_walks_as_the_host_does(self, tree: tuple[GuestPath, Path], top_down: bool) -> None:
        guest, host = tree
        walked = [(str(path), sorted(dirs), sorted(files)) for path, dirs, files in guest.walk(top_down)]
        expected = [
            ("/" + Path(path).relative_to(host).as_posix().removeprefix("."), dirs, files)
            for path, dirs, files in os.walk(host, top_down)
        ]
        # What links lead to are directories there.
        expected = [
            (path, sorted({*dirs} - {"link"}), sorted([*files, *({*dirs} & {"link"})]))
            for path, dirs, files in expected
        ]
        assert sorted(walked) == sorted(expected)
        assert [path for path, *_ in walked].index("/sub") < len(walked)

    def test_a_walk_goes_not_into_what_is_taken_out(self, tree: tuple[GuestPath, Path]) -> None:
        seen = []
        for path, directories, _ in tree[0].walk():
            seen.append(str(path))
            if "sub" in directories:
                directories.remove("sub")
        assert seen == ["/", "/empty"]

    def test_a_circle_of_links_is_no_way_down(self, root: GuestPath) -> None:
        (root / "a").mkdir()
        (root / "a/up").symlink_to("..")
        (root / "self").symlink_to("self")
        assert [str(path) for path, *_ in root.walk()] == ["/", "/a"]
        assert [str(path) for path in root.rglob("*")] == ["/a", "/self", "/a/up"]

    def test_open_files(self, root: GuestPath) -> None:
        path = root / "x"
        with path.open("w") as file:
            file.write("grün\nzwei\n")
        with path.open() as lines:
            assert [line.rstrip("\n") for line in lines] == ["grün", "zwei"]
        with path.open("ab") as file:
            file.write(b"drei")
        with path.open("rb") as file:
            assert file.read(4) == "grü".encode()
            assert file.seek(-4, os.SEEK_END) == 11
            assert (file.read(), file.tell(), file.read()) == (b"drei", 15, b"")
        with path.open("r+b") as file:
            file.seek(5)
            file.write(b" ")
            file.seek(0)
            assert file.readline() == "grün zwei\n".encode()
            file.truncate(4)
        assert path.read_text() == "grü"
        with path.open("rb", buffering=0) as raw:
            buffer = bytearray(2)
            assert (raw.readinto(buffer), bytes(buffer)) == (2, b"gr")
        with path.open("w", encoding="latin-1", newline="\r\n") as file:
            file.write("ü\n")
        assert path.read_bytes() == b"\xfc\r\n"
        with pytest.raises(FileExistsError), path.open("x"):
            pass
        with pytest.raises(FileNotFoundError), (root / "none").open():
            pass
        with pytest.raises(IsADirectoryError), root.open("w"):
            pass
        with path.open("wb") as file, pytest.raises(io.UnsupportedOperation):
            file.read()

    @pytest.mark.parametrize("mode", ["", "rw", "rr", "q", "bt", "rbt", "+"])
    def test_modes_that_mean_nothing(self, root: GuestPath, mode: str) -> None:
        with pytest.raises(ValueError, match="invalid mode"):
            root.open(mode)

    def test_libraries_of_pythons_work_on_open_files(self, root: GuestPath) -> None:
        with (root / "archive.zip").open("wb") as file, zipfile.ZipFile(file, "w") as archive:
            archive.writestr("inner", b"data")
        with (root / "archive.zip").open("rb") as file, zipfile.ZipFile(file) as archive:
            assert archive.read("inner") == b"data"
        with (root / "table.csv").open("w") as file:
            csv.writer(file).writerows([[1, 2], [3, 4]])
        assert (root / "table.csv").read_bytes() == b"1,2\r\n3,4\r\n"

    @pytest.mark.parametrize(
        ("act", "error"),
        [
            (lambda root: (root / "no").read_bytes(), FileNotFoundError),
            (lambda root: (root / "no/x").write_text(""), FileNotFoundError),
            (lambda root: (root / "no").unlink(), FileNotFoundError),
            (lambda root: (root / "no").rename(root / "x"), FileNotFoundError),
            (lambda root: (root / "no").iterdir(), FileNotFoundError),
            (lambda root: (root / "no/x").mkdir(), FileNotFoundError),
            (lambda root: (root / "d").mkdir(), FileExistsError),
            (lambda root: (root / "f").mkdir(exist_ok=True), FileExistsError),
            (lambda root: (root / "f").iterdir(), NotADirectoryError),
            (lambda root: (root / "d").read_bytes(), IsADirectoryError),
            (lambda root: (root / "d").unlink(), IsADirectoryError),
            (lambda root: (root / "d").rmdir(), OSError),
        ],
    )
    def test_errors_are_those_of_pathlib(
        self, root: GuestPath, act: Callable[[GuestPath], object], error: type[OSError]
    ) -> None:
        (root / "d/x").parent.mkdir()
        (root / "d/x").write_bytes(b"")
        (root / "f").write_bytes(b"")
        with pytest.raises(error) as caught:
            act(root)
        assert caught.value.filename in ("/no", "/no/x", "/d", "/f")
