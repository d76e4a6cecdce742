"""A guest's files from outside: what is written arrives, and a guest cannot harm who reads."""

from __future__ import annotations

import pytest

from compat.emscripten_abi.files import set_up
from compat.files import Files
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


def test_lists_and_removes(files: Files) -> None:
    for name in ("/b", "/a", "/d/x"):
        files.write(name, b"")
    assert files.list() == ["a", "b", "d"]
    assert files.list("/d") == ["x"]
    files.remove("/d/x")
    assert (files.list("/d"), files.exists("/d/x"), files.exists("/d")) == ([], False, True)


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
