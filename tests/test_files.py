"""A guest's files from outside: what is written arrives, and a guest cannot harm who reads."""

from __future__ import annotations

from array import array
from collections.abc import Callable

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
