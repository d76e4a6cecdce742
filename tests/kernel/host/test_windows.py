"""A directory of a Windows host, by handle."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from compat.kernel.errno import Errno, SysError
from compat.kernel.files import OpenFlags
from compat.kernel.host import platform
from compat.kernel.stat import FileType, Readiness
from tests.kernel.support import READ, RW, raises

pytestmark = pytest.mark.skipif(sys.platform != "win32", reason="its calls are Windows' own")


@pytest.fixture
def root(tmp_path: Path) -> Iterator[platform.DirectoryHandle]:
    (tmp_path / "Readme.txt").write_bytes(b"content")
    (tmp_path / "Folder").mkdir()
    handle = platform.open_root(str(tmp_path))
    yield handle
    handle.close()


ALIASES = ["readme.txt", "README.TXT", "README~1.TXT", "Readme.txt.", "Readme.txt ", "Readme.txt::$DATA", "folder"]


@pytest.mark.parametrize("name", [*ALIASES, "FOLDER~1", "Folder:$I30:$INDEX_ALLOCATION", "NUL", "con.txt", "a?"])
def test_what_has_another_name_is_not_there(root: platform.DirectoryHandle, tmp_path: Path, name: str) -> None:
    for look in (
        lambda: platform.lstat(root, name),
        lambda: platform.open_directory(root, name),
        lambda: platform.open_file(root, name, RW, 0),
        lambda: platform.access(root, name, True, False, False),
        lambda: platform.chmod(root, name, 0o444),
        lambda: platform.utimes(root, name, 0, 0),
        lambda: platform.unlink(root, name),
        lambda: platform.rmdir(root, name),
        lambda: platform.rename(root, name, root, "other"),
        lambda: platform.link(root, name, root, "other"),
    ):
        with raises(Errno.ENOENT):
            look()
    assert sorted(os.listdir(tmp_path)) == ["Folder", "Readme.txt"]


@pytest.mark.parametrize("name", ["NUL", "con.txt", "x:stream", "Readme.txt:stream", "x.", "x ", "a\\b", "..\\x", "C:"])
def test_what_would_have_another_name_is_not_made(root: platform.DirectoryHandle, tmp_path: Path, name: str) -> None:
    for make in (
        lambda: platform.open_file(root, name, RW | OpenFlags.CREATE, 0o666),
        lambda: platform.mkdir(root, name, 0o777),
        lambda: platform.symlink(root, name, "Readme.txt"),
        lambda: platform.link(root, "Readme.txt", root, name),
    ):
        with raises(Errno.EINVAL):
            make()
    with pytest.raises(SysError):
        platform.rename(root, "Readme.txt", root, name)
    assert sorted(os.listdir(tmp_path)) == ["Folder", "Readme.txt"]
    assert (tmp_path / "Readme.txt").read_bytes() == b"content"


def test_names_beyond_the_first_plane(root: platform.DirectoryHandle, tmp_path: Path) -> None:
    platform.mkdir(root, "ä𝄞", 0o777)
    assert (tmp_path / "ä𝄞").is_dir()
    assert platform.list_directory(root)[-1][0] == "ä𝄞"


def test_one_file_has_one_number(root: platform.DirectoryHandle) -> None:
    fd = platform.open_file(root, "Readme.txt", READ, 0)
    keys = {(stat.dev, stat.ino) for stat in (platform.fstat(fd), platform.lstat(root, "Readme.txt"))}
    assert {ino for name, ino, _ in platform.list_directory(root) if name == "Readme.txt"} == {ino for _, ino in keys}
    platform.close(fd)
    assert platform.lstat(root, "Folder").type is FileType.DIRECTORY


def test_appending_is_switched(root: platform.DirectoryHandle, tmp_path: Path) -> None:
    fd = platform.open_file(root, "Readme.txt", RW | OpenFlags.APPEND, 0)
    (tmp_path / "Readme.txt").write_bytes(b"of others, longer")
    platform.writev(fd, [memoryview(b"+"), memoryview(b"more")])
    platform.set_status(fd, RW)
    platform.pwritev(fd, [memoryview(b"OF")], 0)
    platform.close(fd)
    assert (tmp_path / "Readme.txt").read_bytes() == b"OF others, longer+more"


def test_a_file_grows_without_being_written(root: platform.DirectoryHandle) -> None:
    fd = platform.open_file(root, "Readme.txt", RW, 0)
    platform.truncate(fd, 1 << 33)
    assert platform.fstat(fd).size == 1 << 33
    platform.truncate(fd, 3)
    platform.allocate(fd, 0, 2)
    assert platform.fstat(fd).size == 3
    platform.close(fd)


def test_a_mode_is_whether_a_file_may_be_written(root: platform.DirectoryHandle, tmp_path: Path) -> None:
    platform.chmod(root, "Readme.txt", 0o500)
    assert platform.lstat(root, "Readme.txt").mode == 0o444
    assert not (tmp_path / "Readme.txt").stat().st_mode & 0o200
    platform.chmod(root, "Readme.txt", 0o600)
    assert platform.lstat(root, "Readme.txt").mode == 0o666
    assert (tmp_path / "Readme.txt").stat().st_mode & 0o200


def test_a_link_is_opened_as_what_it_is(root: platform.DirectoryHandle) -> None:
    try:
        platform.symlink(root, "link", "Folder/../Readme.txt")
        platform.symlink(root, "to a folder", "Folder")
    except SysError as error:
        pytest.skip(f"no links can be made here: {error}")
    assert platform.readlink(root, "link") == "Folder/../Readme.txt"
    assert platform.lstat(root, "link").type is FileType.SYMLINK
    with raises(Errno.ELOOP):
        platform.open_file(root, "link", READ, 0)
    with raises(Errno.ENOTDIR):
        platform.open_directory(root, "to a folder")


def test_both_ends_of_a_pipe() -> None:
    reader, writer = os.pipe()
    assert platform.readiness(reader) == Readiness()
    assert platform.readiness(writer).writable
    os.write(writer, b"abc")
    assert platform.readiness(reader).readable
    assert platform.available(reader) == 3
    os.close(writer)
    os.read(reader, 3)
    assert platform.readiness(reader).hangup
    os.close(reader)


def test_the_null_device_is_no_terminal() -> None:
    fd = os.open(os.devnull, os.O_RDWR)
    assert os.isatty(fd)
    assert not platform.isatty(fd)
    with raises(Errno.ENOTTY):
        platform.window_size(fd)
    os.close(fd)
