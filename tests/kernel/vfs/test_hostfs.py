"""What holds for host mounts only: read-only, determinism, what the host has that a guest may not touch."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from compat.kernel.clock import SteppingClock
from compat.kernel.errno import Errno
from compat.kernel.files import OpenFlags
from compat.kernel.host import platform
from compat.kernel.paths import FileSystem
from compat.kernel.stat import FileType, Stat
from compat.kernel.vfs.hostfs import FIXED_TIME, HostVolume
from compat.kernel.vfs.memory import MemoryVolume
from compat.kernel.vfs.node import Access
from tests.kernel.support import CREATE, READ, RW, WRITE, names, raises, read, write


def snapshot(path: Path) -> list[tuple[str, os.stat_result, bytes]]:
    """Everything in a directory, but for access times."""
    found = []
    for entry in sorted([path, *path.rglob("*")]):
        stat = entry.lstat()
        content = bytes(entry.readlink()) if entry.is_symlink() else entry.read_bytes() if entry.is_file() else b""
        found.append(
            (str(entry), (stat.st_mode, stat.st_nlink, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns), content)
        )
    return found


CHANGES: dict[str, Callable[[FileSystem], object]] = {
    "open for writing": lambda fs: fs.open("/ro/file", WRITE),
    "open to read and write": lambda fs: fs.open("/ro/file", RW),
    "open with truncate": lambda fs: fs.open("/ro/file", READ | OpenFlags.TRUNCATE),
    "create": lambda fs: fs.open("/ro/new", CREATE),
    "create exclusively": lambda fs: fs.open("/ro/new", READ | OpenFlags.CREATE | OpenFlags.EXCLUSIVE),
    "create through a link": lambda fs: fs.open("/ro/dangling", CREATE),
    "truncate": lambda fs: fs.truncate("/ro/file", 0),
    "utimes": lambda fs: fs.utimes("/ro/file", 1, 1),
    "utimes of a link": lambda fs: fs.utimes("/ro/link", 1, 1, follow=False),
    "utimes of a directory": lambda fs: fs.utimes("/ro/dir", 1, 1),
    "utimes of the root": lambda fs: fs.utimes("/ro", 1, 1),
    "chmod": lambda fs: fs.chmod("/ro/file", 0o777),
    "chmod of a directory": lambda fs: fs.chmod("/ro/dir", 0o700),
    "chown": lambda fs: fs.chown("/ro/file", 0, 0),
    "chown of a directory": lambda fs: fs.chown("/ro/dir", 1, 1),
    "link": lambda fs: fs.link("/ro/file", "/ro/new"),
    "symlink": lambda fs: fs.symlink("file", "/ro/new"),
    "mkdir": lambda fs: fs.mkdir("/ro/new"),
    "mknod": lambda fs: fs.mknod("/ro/new", FileType.REGULAR),
    "rename": lambda fs: fs.rename("/ro/file", "/ro/new"),
    "rename onto itself": lambda fs: fs.rename("/ro/file", "/ro/file"),
    "rename a directory": lambda fs: fs.rename("/ro/dir", "/ro/new"),
    "unlink": lambda fs: fs.unlink("/ro/file"),
    "unlink a link": lambda fs: fs.unlink("/ro/link"),
    "rmdir": lambda fs: fs.rmdir("/ro/dir"),
    "write access": lambda fs: fs.access("/ro/file", Access.WRITE),
    "fchmod": lambda fs: fs.open("/ro/file", READ).chmod(0),
    "futimes": lambda fs: fs.open("/ro/file", READ).utimes(1, 1),
    "fchown": lambda fs: fs.open("/ro/file", READ).chown(0, 0),
    "fchmod of a directory": lambda fs: fs.open("/ro/dir", READ).chmod(0),
    "futimes of a directory": lambda fs: fs.open("/ro/dir", READ).utimes(1, 1),
}


@pytest.fixture
def filled(mounted: FileSystem, tmp_path: Path) -> FileSystem:
    (tmp_path / "file").write_bytes(b"content")
    (tmp_path / "dir").mkdir()
    (tmp_path / "link").symlink_to("file")
    (tmp_path / "dangling").symlink_to("nowhere")
    return mounted


@pytest.mark.parametrize("change", CHANGES)
def test_a_read_only_mount_refuses_and_nothing_changes(filled: FileSystem, tmp_path: Path, change: str) -> None:
    before = snapshot(tmp_path)
    with raises(Errno.EROFS):
        CHANGES[change](filled)
    assert snapshot(tmp_path) == before


@pytest.mark.not_wine("links come with a directory of its own")
def test_a_read_only_mount_can_be_read(filled: FileSystem) -> None:
    assert read(filled, "/ro/link") == b"content"
    assert names(filled, "/ro") == [".", "..", "dangling", "dir", "file", "link"]
    assert filled.statfs("/ro").read_only
    assert not filled.statfs("/host").read_only
    file = filled.open("/ro/file", READ)
    with raises(Errno.EINVAL):
        file.truncate(0)
    with raises(Errno.EBADF):
        file.allocate(0, 100)


def test_what_is_written_is_on_the_host_at_once(filled: FileSystem, tmp_path: Path) -> None:
    file = filled.open("/host/file", RW | OpenFlags.APPEND)
    file.write(b"+")
    assert (tmp_path / "file").read_bytes() == b"content+"
    filled.rename("/host/file", "/host/dir/moved")
    assert (tmp_path / "dir/moved").read_bytes() == b"content+"


@pytest.mark.posix("there, all that a file has of a mode is whether it may be written")
def test_owners_and_set_user_id_are_out_of_reach(filled: FileSystem, tmp_path: Path) -> None:
    filled.chown("/host/file", 0, None)
    with raises(Errno.EPERM):
        filled.chown("/host/file", 1, None)
    with raises(Errno.EPERM):
        filled.chown("/host/dir", None, 1)
    filled.chmod("/host/file", 0o6755)
    assert (tmp_path / "file").stat().st_mode & 0o7777 == 0o755
    for type in (FileType.CHARACTER_DEVICE, FileType.FIFO, FileType.SOCKET):
        with raises(Errno.EPERM):
            filled.mknod("/host/special", type, rdev=0x103)


@pytest.mark.posix("names are UTF-16")
def test_listings_are_sorted_by_bytes(mounted: FileSystem, tmp_path: Path) -> None:
    for name in (b"b", b"a", b"B", b"\xff", "ä".encode()):
        (tmp_path / os.fsdecode(name)).touch()
    assert names(mounted, "/host")[2:] == ["B", "a", "b", "ä", "\udcff"]


def test_a_deterministic_mount_shows_the_same_numbers_every_time(tmp_path: Path) -> None:
    def run(path: Path) -> list[Stat]:
        path.mkdir()
        for name in ("z", "a"):
            (path / name).write_bytes(name.encode())
        (path / "d").mkdir()
        fs = FileSystem(HostVolume(str(path), SteppingClock(), deterministic=True).root)
        write(fs, "/new", b"new")
        fs.utimes("/a", 5, None)
        fs.mkdir("/made")
        fs.unlink("/z")
        write(fs, "/again", b"")
        return [fs.stat(path) for path in ("/", "/new", "/a", "/made", "/d", "/again")]

    first, second = run(tmp_path / "1"), run(tmp_path / "2")
    assert first == second
    assert len({stat.ino for stat in first}) == 6
    assert first[0].mtime == first[4].mtime == FIXED_TIME
    assert (first[2].atime, first[2].mtime) == (5, FIXED_TIME)
    assert FIXED_TIME < first[1].mtime < first[3].mtime < first[5].mtime
    assert {stat.dev for stat in first} == {2}


def test_entries_and_attributes_agree_on_numbers(tmp_path: Path) -> None:
    (tmp_path / "x").touch()
    fs = FileSystem(HostVolume(str(tmp_path), SteppingClock(), deterministic=True).root)
    listed = {entry.name: entry.ino for entry in fs.directory("/").open(READ).readdir()}
    assert listed["x"] == fs.stat("/x").ino
    assert listed["."] == listed[".."] == fs.stat("/").ino


def test_a_working_directory_moved_by_someone_else(mounted: FileSystem, tmp_path: Path) -> None:
    (tmp_path / "a/b").mkdir(parents=True)
    cwd = mounted.directory("/host/a/b")
    (tmp_path / "a/b").rename(tmp_path / "c")
    assert mounted.stat("..", base=cwd).ino == mounted.stat("/host/a").ino
    assert mounted.directory("/host/c") is cwd
    assert mounted.path_of(cwd) == "/host/c"


def test_what_is_no_directory_cannot_be_mounted(tmp_path: Path) -> None:
    with raises(Errno.ENOENT):
        HostVolume(str(tmp_path / "none"), SteppingClock())
    (tmp_path / "file").touch()
    with raises(Errno.ENOTDIR):
        HostVolume(str(tmp_path / "file"), SteppingClock())


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="counts descriptors through /proc")
def test_no_descriptor_is_left(tmp_path: Path) -> None:
    def used() -> int:
        gc.collect()
        return len(list(Path("/proc/self/fd").iterdir()))

    (tmp_path / "a/b/c").mkdir(parents=True)
    before = used()
    for _ in range(50):
        volume = HostVolume(str(tmp_path), SteppingClock())
        fs = FileSystem(volume.root)
        write(fs, "/a/b/c/x", b"x")
        fs.chmod("/a/b/c/x", 0o600)
        names(fs, "/a/b")
        fs.open("/a/b/c/x", READ)
        volume.close()
    del fs, volume
    assert used() == before


# --- files that the host finds in one step


@pytest.fixture
def deep(mounted: FileSystem, tmp_path: Path) -> FileSystem:
    """/host/a/b/c/file, with a link to each of its directories and a link to itself beside it."""
    (tmp_path / "a/b/c").mkdir(parents=True)
    (tmp_path / "a/b/c/file").write_bytes(b"deep")
    (tmp_path / "to-b").symlink_to("a/b")
    (tmp_path / "a/b/up").symlink_to("../../a/b/c")
    (tmp_path / "a/b/c/link").symlink_to("../c/file")
    return mounted


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the directories that are opened one by one from here on."""
    opened, open_directory = [], platform.open_directory

    def open_and_note(parent: platform.DirectoryHandle, name: str) -> platform.DirectoryHandle:
        opened.append(name)
        return open_directory(parent, name)

    monkeypatch.setattr(platform, "open_directory", open_and_note)
    return opened


def at_once(fs: FileSystem) -> bool:
    """Whether this host can: before Linux 5.6, or where a container forbids it, it cannot."""
    return fs.directory("/host").descend(["a", "b", "c", "file"]) is not None


def test_a_file_is_found_in_one_step(deep: FileSystem, steps: list[str]) -> None:
    if not at_once(deep):
        pytest.skip("the host has no such call")
    steps.clear()
    assert read(deep, "/host/./a/b//./c/file") == b"deep"
    assert deep.stat("/host/a/b/c/link", follow=False).type is FileType.SYMLINK
    deep.mkdir("/host/a/b/c/new")
    deep.rename("/host/a/b/c/file", "/host/a/b/file")
    deep.link("/host/a/b/file", "/host/a/b/c/file")
    deep.unlink("/host/a/b/c/file")
    for path in ("/host/a/b/c/none", "/host/a/b/c/none/"):
        with raises(Errno.ENOENT):
            deep.stat(path)
    assert steps == []


@pytest.mark.parametrize(
    ("path", "walked"),
    [
        ("/host/to-b/c/file", []),
        ("/host/a/b/up/file", ["a", "b"]),
        ("/host/a/b/../b/c/file", ["a", "b", "c"]),
        ("/host/a/b/c/link", ["a", "b", "c"]),
        ("/host/a/b/c", ["a", "b", "c"]),
    ],
)
def test_what_lies_in_the_way_is_walked(deep: FileSystem, steps: list[str], path: str, walked: list[str]) -> None:
    by_name = deep.path_of_file(deep.open(path, READ))
    steps.clear()
    gc.collect()
    assert deep.path_of_file(deep.open(path, READ)) == by_name
    assert not at_once(deep) or steps[: len(walked)] == walked


def test_a_mount_point_in_the_way_is_seen(deep: FileSystem, tmp_path: Path) -> None:
    volume = MemoryVolume(SteppingClock())
    FileSystem(volume.root).open("/file", CREATE).write(b"mounted")
    deep.mount("/host/a/b/c", volume.root)
    assert read(deep, "/host/a/b/c/file") == b"mounted"
    assert (tmp_path / "a/b/c/file").read_bytes() == b"deep"


@pytest.mark.parametrize("names", [["a", "none"], ["a", "b", "c", "file"], ["to-b"], ["to-b", "c"], ["a", "b", "up"]])
def test_only_directories_are_passed(deep: FileSystem, tmp_path: Path, names: list[str]) -> None:
    top = platform.open_root(str(tmp_path))
    assert platform.open_beneath(top, names) is None
    top.close()


def test_a_directory_knows_what_it_is_in_however_files_were_found(deep: FileSystem, tmp_path: Path) -> None:
    (tmp_path / "x/y").mkdir(parents=True)
    kept = deep.directory("/host/a/b/c")
    deep.stat("/host/a/b/c/file")
    assert deep.path_of(kept) == "/host/a/b/c"
    deep.rename("/host/a/b/c", "/host/x/y/moved")
    assert deep.path_of(kept) == "/host/x/y/moved"
    write(deep, "/host/x/file", b"two up")
    assert deep.open("../../file", READ, base=kept).read(9) == b"two up"


def test_an_open_file_knows_its_place_though_directories_move(deep: FileSystem) -> None:
    file = deep.open("/host/a/b/c/file", READ)
    assert deep.path_of_file(file) == "/host/a/b/c/file"
    deep.rename("/host/a", "/host/z")
    assert deep.path_of_file(deep.open("/host/z/b/c/file", READ)) == "/host/z/b/c/file"
    kept = deep.directory("/host/z/b/c")
    assert deep.path_of_file(deep.open("/host/z/b/c/file", READ)) == "/host/z/b/c/file"
    assert deep.path_of(kept) == "/host/z/b/c"
    deep.rename("/host/z/b", "/host/y")
    assert [deep.path_of(kept), deep.path_of_file(file)] == ["/host/y/c", "/host/y/c/file"]


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="counts descriptors through /proc")
def test_files_share_the_directory_that_they_are_in(deep: FileSystem) -> None:
    gc.collect()
    before = len(os.listdir("/proc/self/fd"))
    files = [deep.open("/host/a/b/c/file", READ) for _ in range(50)]
    assert len(os.listdir("/proc/self/fd")) < before + len(files) + 10
