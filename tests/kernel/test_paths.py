"""What a guest can do with paths, on files in memory and on a mounted host directory alike."""

from __future__ import annotations

from pathlib import Path

import pytest

from compat.kernel.clock import SteppingClock
from compat.kernel.errno import Errno
from compat.kernel.files import OpenFlags, Whence
from compat.kernel.paths import FileSystem
from compat.kernel.stat import FileType
from compat.kernel.vfs.hostfs import HostVolume
from compat.kernel.vfs.memory import MemoryVolume
from compat.kernel.vfs.node import Access
from compat.kernel.vfs.pipe import pipe
from tests.kernel.support import CREATE, DIRECTORY, READ, RW, WRITE, names, raises, read, write


@pytest.fixture
def tree(fs: FileSystem) -> FileSystem:
    """file, dir/inner, link -> file, dirlink -> dir, dangling -> missing, loop -> loop."""
    write(fs, "/file", b"content")
    fs.mkdir("/dir")
    write(fs, "/dir/inner", b"inner")
    fs.symlink("file", "/link")
    fs.symlink("dir", "/dirlink")
    fs.symlink("missing", "/dangling")
    fs.symlink("loop", "/loop")
    return fs


# --- spelling


@pytest.mark.parametrize(
    "path",
    [
        "/file",
        "//file",
        "/./file",
        "/dir/../file",
        "/../../file",
        "/dir/.//../dir/../file",
        "/dirlink/../file",
        "/link",
        "link",
        "file",
        "dirlink/../dir/../link",
    ],
)
def test_spellings_of_one_file(tree: FileSystem, path: str) -> None:
    assert read(tree, path) == b"content"


@pytest.mark.parametrize(
    ("path", "errno"),
    [
        ("", Errno.ENOENT),
        ("/missing", Errno.ENOENT),
        ("/missing/..", Errno.ENOENT),
        ("/dangling", Errno.ENOENT),
        ("/file/", Errno.ENOTDIR),
        ("/file/.", Errno.ENOTDIR),
        ("/file/..", Errno.ENOTDIR),
        ("/file/x", Errno.ENOTDIR),
        ("/link/", Errno.ENOTDIR),
        ("/loop", Errno.ELOOP),
        ("/loop/x", Errno.ELOOP),
        ("/fi\0le", Errno.EINVAL),
        ("/" + "n" * 256, Errno.ENAMETOOLONG),
        ("/" + "ä" * 128, Errno.ENAMETOOLONG),
        ("/" + "\U0001f600" * 64, Errno.ENAMETOOLONG),
        ("/." * 2048, Errno.ENAMETOOLONG),
        ("/\ud800", Errno.EILSEQ),
    ],
)
def test_paths_that_lead_nowhere(tree: FileSystem, path: str, errno: Errno) -> None:
    with raises(errno):
        tree.stat(path)


@pytest.mark.posix("names are UTF-16, and some are reserved")
def test_names_of_any_bytes(fs: FileSystem) -> None:
    for name in (b"\xff\xfe", "ä€".encode(), b"a\nb", b"-", b"...", b"\\", b"x" * 255, "ä".encode() * 127):
        text = name.decode("utf-8", "surrogateescape")
        write(fs, text, name)
        assert read(fs, text) == name
        assert text in names(fs, "/")


def test_forty_links_and_not_one_more(fs: FileSystem) -> None:
    write(fs, "/l0", b"end")
    for i in range(41):
        fs.symlink(f"l{i}", f"/l{i + 1}")
    assert read(fs, "/l40") == b"end"
    with raises(Errno.ELOOP):
        fs.stat("/l41")


# --- links


def test_a_link_is_seen_or_followed(tree: FileSystem) -> None:
    assert tree.stat("/link", follow=False).type is FileType.SYMLINK
    assert tree.stat("/link", follow=False).size == 4
    assert tree.stat("/link").type is FileType.REGULAR
    assert tree.stat("/dirlink/", follow=False).type is FileType.DIRECTORY
    assert tree.readlink("/link") == "file"
    for no_link in ("/file", "/dir", "/dirlink/"):
        with raises(Errno.EINVAL):
            tree.readlink(no_link)
    with raises(Errno.ELOOP):
        tree.open("/link", READ | OpenFlags.NOFOLLOW)


def test_absolute_links_start_at_the_guests_root(tree: FileSystem) -> None:
    tree.symlink("/file", "/dir/up")
    assert read(tree, "/dir/up") == b"content"
    tree.symlink("/dir/../../../file", "/dir/far")
    assert read(tree, "/dir/far") == b"content"


def test_creating_through_a_dangling_link_makes_the_target(tree: FileSystem) -> None:
    write(tree, "/dangling", b"now")
    assert read(tree, "/missing") == b"now"
    tree.symlink("new", "/dir/tonew")
    with raises(Errno.EEXIST):
        tree.open("/dir/tonew", CREATE | OpenFlags.EXCLUSIVE)
    assert not tree.resolve("/dir/new").node


def test_hard_links_share_a_file(tree: FileSystem) -> None:
    tree.link("/file", "/dir/second")
    assert tree.stat("/file").nlink == 2
    assert tree.stat("/file").ino == tree.stat("/dir/second").ino
    tree.unlink("/file")
    assert read(tree, "/dir/second") == b"content"
    assert tree.stat("/dir/second").nlink == 1
    tree.link("/link", "/linklink")
    assert tree.stat("/linklink", follow=False).type is FileType.SYMLINK
    for old, new, errno in [
        ("/dir", "/d2", Errno.EPERM),
        ("/dir/second", "/link", Errno.EEXIST),
        ("/dir/second", "/new/", Errno.ENOENT),
        ("/none", "/x", Errno.ENOENT),
        ("/dir/second", "/none/x", Errno.ENOENT),
    ]:
        with raises(errno):
            tree.link(old, new)


# --- open


@pytest.mark.parametrize(
    ("path", "flags", "errno"),
    [
        ("/dir", RW, Errno.EISDIR),
        ("/dir", CREATE, Errno.EISDIR),
        ("/dir", READ | OpenFlags.CREATE, Errno.EISDIR),
        ("/dir", READ | OpenFlags.TRUNCATE, Errno.EISDIR),
        ("/file", DIRECTORY, Errno.ENOTDIR),
        ("/link", DIRECTORY | OpenFlags.NOFOLLOW, Errno.ENOTDIR),
        ("/file", CREATE | OpenFlags.EXCLUSIVE, Errno.EEXIST),
        ("/dir", CREATE | OpenFlags.EXCLUSIVE, Errno.EEXIST),
        ("/link", CREATE | OpenFlags.NOFOLLOW, Errno.ELOOP),
        ("/new/", CREATE, Errno.EISDIR),
        ("/new", DIRECTORY | OpenFlags.CREATE, Errno.EINVAL),
        ("/new", RW, Errno.ENOENT),
        ("/none/new", CREATE, Errno.ENOENT),
        ("/file/new", CREATE, Errno.ENOTDIR),
    ],
)
def test_open_refuses(tree: FileSystem, path: str, flags: OpenFlags, errno: Errno) -> None:
    before = names(tree, "/")
    with raises(errno):
        tree.open(path, flags)
    assert names(tree, "/") == before
    assert read(tree, "/file") == b"content"


@pytest.mark.posix("there, all that a file has of a mode is whether it may be written")
def test_create_gives_the_mode_and_truncate_empties(fs: FileSystem) -> None:
    file = fs.open("/x", CREATE | OpenFlags.EXCLUSIVE, 0o640)
    file.write(b"abc")
    assert (file.stat().mode, file.stat().size) == (0o640, 3)
    fs.open("/x", CREATE, 0o777)
    assert (fs.stat("/x").mode, fs.stat("/x").size) == (0o640, 3)
    fs.open("/x", WRITE | OpenFlags.TRUNCATE)
    assert fs.stat("/x").size == 0


def test_reading_and_writing_at_positions(fs: FileSystem) -> None:
    file = fs.open("/x", CREATE)
    assert file.writev([memoryview(b"abc"), memoryview(b""), memoryview(b"def")]) == 6
    assert file.tell() == 6
    assert file.pwrite(b"XY", 1) == 2
    assert file.pread(3, 0) == b"aXY"
    assert file.tell() == 6
    assert file.seek(-2, Whence.END) == 4
    assert file.read(10) == b"ef"
    assert file.seek(-1, Whence.CUR) == 5
    assert file.seek(10, Whence.SET) == 10
    assert file.read(1) == b""
    file.write(b"z")
    assert file.pread(20, 0) == b"aXYdef\0\0\0\0z"
    with raises(Errno.EINVAL):
        file.seek(-1, Whence.SET)
    with raises(Errno.EINVAL):
        file.pread(1, -1)
    first, second = bytearray(b"????"), bytearray(b"????")
    assert file.preadv([memoryview(first)[1:3], memoryview(second)], 0) == 6
    assert (first, second) == (b"?aX?", b"Ydef")


def test_append_writes_at_the_end_and_pwrite_at_its_offset(fs: FileSystem) -> None:
    write(fs, "/x", b"abc")
    file = fs.open("/x", RW | OpenFlags.APPEND)
    file.write(b"d")
    assert file.tell() == 4
    file.seek(0, Whence.SET)
    file.write(b"e")
    assert file.pwrite(b"Z", 0) == 1
    file.write(b"f")
    file.set_flags(OpenFlags(0))
    file.seek(1, Whence.SET)
    file.write(b"!")
    assert read(fs, "/x") == b"Z!cdef"
    file.set_flags(OpenFlags.APPEND)
    file.write(b"g")
    assert read(fs, "/x") == b"Z!cdefg"


def test_truncate_and_allocate(fs: FileSystem) -> None:
    file = fs.open("/x", CREATE)
    file.write(b"abcdef")
    file.truncate(3)
    file.truncate(5)
    assert file.pread(9, 0) == b"abc\0\0"
    assert file.tell() == 6
    file.allocate(2, 6)
    assert file.pread(9, 0) == b"abc" + bytes(5)
    file.allocate(0, 1)
    assert file.stat().size == 8
    fs.truncate("/x", 2)
    assert read(fs, "/x") == b"ab"
    for call, errno in [
        (lambda: file.truncate(-1), Errno.EINVAL),
        (lambda: file.allocate(0, 0), Errno.EINVAL),
        (lambda: file.allocate(-1, 1), Errno.EINVAL),
        (lambda: file.allocate(1, (1 << 63) - 1), Errno.EFBIG),
        (lambda: fs.truncate("/x", -1), Errno.EINVAL),
        (lambda: fs.truncate("/", 1), Errno.EISDIR),
    ]:
        with raises(errno):
            call()


@pytest.mark.not_wine("a name that is removed stays until nobody has the file open")
def test_a_file_lives_on_while_it_is_open(fs: FileSystem) -> None:
    file = fs.open("/x", CREATE)
    file.write(b"abc")
    fs.unlink("/x")
    assert file.stat().nlink == 0
    file.write(b"def")
    assert file.pread(9, 0) == b"abcdef"
    with raises(Errno.ENOENT):
        fs.stat("/x")


# --- attributes


@pytest.mark.posix("there, all that a file has of a mode is whether it may be written")
def test_permissions_and_times_are_kept(tree: FileSystem) -> None:
    file = tree.open("/file", RW)
    for path in ("/file", "/dir"):
        tree.chmod(path, 0o501)
        assert tree.stat(path).mode == 0o501
        tree.utimes(path, 1_000_000_001, 2_000_000_002)
        tree.utimes(path, None, 3_000_000_003)
        assert (tree.stat(path).atime, tree.stat(path).mtime) == (1_000_000_001, 3_000_000_003)
    file.chmod(0o644)
    file.utimes(7, None)
    assert (file.stat().mode, file.stat().atime, file.stat().mtime) == (0o644, 7, 3_000_000_003)
    tree.utimes("/link", 5, 6, follow=False)
    assert tree.stat("/link", follow=False).mtime == 6
    assert tree.stat("/file").mtime == 3_000_000_003
    with raises(Errno.ENOTSUP):
        tree.chmod("/link", 0o777, follow=False)
    tree.chmod("/file", 0)
    assert tree.stat("/file").mode == 0


def test_access_is_roots(tree: FileSystem) -> None:
    tree.access("/file", Access.READ | Access.WRITE)
    tree.access("/dir", Access.EXECUTE)
    tree.chmod("/file", 0o644)
    with raises(Errno.EACCES):
        tree.access("/file", Access.EXECUTE)
    with raises(Errno.ENOENT):
        tree.access("/none", Access(0))


@pytest.mark.posix("a directory has one link there")
def test_sizes_are_the_same_on_every_volume(tree: FileSystem) -> None:
    assert tree.stat("/file")[8:11] == (7, 4096, 1)
    assert tree.stat("/dir")[8:11] == (4096, 4096, 8)
    assert tree.stat("/dir").nlink == 2
    assert tree.stat("/file").uid == tree.stat("/file").gid == 0
    assert tree.statfs("/file").namelen == 255


# --- names


@pytest.mark.posix("there, all that a file has of a mode is whether it may be written")
def test_mkdir_and_rmdir(tree: FileSystem) -> None:
    tree.mkdir("/new/", 0o711)
    assert (tree.stat("/new").mode, tree.stat("/new").type) == (0o711, FileType.DIRECTORY)
    tree.rmdir("/new/")
    for path, errno in [
        ("/dir", Errno.EEXIST),
        ("/", Errno.EEXIST),
        ("/dir/.", Errno.EEXIST),
        ("/link", Errno.EEXIST),
        ("/dangling", Errno.EEXIST),
        ("/dangling/", Errno.EEXIST),
        ("/none/x", Errno.ENOENT),
        ("/file/x", Errno.ENOTDIR),
    ]:
        with raises(errno):
            tree.mkdir(path)
    for path, errno in [
        ("/dir", Errno.ENOTEMPTY),
        ("/file", Errno.ENOTDIR),
        ("/dirlink", Errno.ENOTDIR),
        ("/dirlink/", Errno.ENOTDIR),
        ("/dir/.", Errno.EINVAL),
        ("/dir/..", Errno.ENOTEMPTY),
        ("/", Errno.EBUSY),
        ("/none", Errno.ENOENT),
    ]:
        with raises(errno):
            tree.rmdir(path)


def test_unlink(tree: FileSystem) -> None:
    for path, errno in [
        ("/dir", Errno.EISDIR),
        ("/dir/", Errno.EISDIR),
        ("/dir/.", Errno.EISDIR),
        ("/file/", Errno.ENOTDIR),
        ("/link/", Errno.ENOTDIR),
        ("/none", Errno.ENOENT),
    ]:
        with raises(errno):
            tree.unlink(path)
    tree.unlink("/link")
    tree.unlink("/loop")
    assert read(tree, "/file") == b"content"


def test_symlink_and_mknod_need_a_free_name(tree: FileSystem) -> None:
    for path, errno in [
        ("/file", Errno.EEXIST),
        ("/dangling", Errno.EEXIST),
        ("/new/", Errno.ENOENT),
        ("/", Errno.EEXIST),
    ]:
        with raises(errno):
            tree.symlink("x", path)
        with raises(errno):
            tree.mknod(path, FileType.REGULAR)
    with raises(Errno.ENOENT):
        tree.symlink("", "/new")
    tree.mknod("/empty", FileType.REGULAR, 0o600)
    assert read(tree, "/empty") == b""
    with raises(Errno.EPERM):
        tree.mknod("/d", FileType.DIRECTORY)


@pytest.mark.not_wine("a name that is removed stays until nobody has the file open")
def test_rename_moves_and_replaces(tree: FileSystem) -> None:
    write(tree, "/other", b"other")
    tree.rename("/other", "/file")
    assert read(tree, "/file") == b"other"
    tree.mkdir("/empty")
    tree.rename("/dir/", "/empty/")
    assert read(tree, "/empty/inner") == b"inner"
    tree.rename("/link", "/empty/link")
    assert tree.readlink("/empty/link") == "file"
    tree.rename("/empty/inner", "/empty/inner")
    tree.link("/file", "/same")
    tree.rename("/file", "/same")
    assert read(tree, "/file") == read(tree, "/same")


def test_rename_refuses(tree: FileSystem) -> None:
    tree.mkdir("/dir/sub")
    tree.mkdir("/empty")
    for old, new, errno in [
        ("/none", "/x", Errno.ENOENT),
        ("/file", "/none/x", Errno.ENOENT),
        ("/dir", "/dir/sub/x", Errno.EINVAL),
        ("/dir", "/dir/sub", Errno.EINVAL),
        ("/dir/sub", "/dir", Errno.ENOTEMPTY),
        ("/file", "/dir", Errno.EISDIR),
        ("/dir", "/file", Errno.ENOTDIR),
        ("/empty", "/dir", Errno.ENOTEMPTY),
        ("/file/", "/x", Errno.ENOTDIR),
        ("/file", "/x/", Errno.ENOTDIR),
        ("/", "/x", Errno.EBUSY),
        ("/file", "/dir/..", Errno.EBUSY),
        ("/dir/.", "/x", Errno.EBUSY),
    ]:
        with raises(errno):
            tree.rename(old, new)


@pytest.mark.posix("it is EISDIR there, as onto any directory")
def test_no_file_replaces_the_directory_that_it_is_in(tree: FileSystem) -> None:
    with raises(Errno.ENOTEMPTY):
        tree.rename("/dir/inner", "/dir")


# --- directories


def test_readdir_goes_on_while_the_directory_changes(fs: FileSystem) -> None:
    for i in range(10):
        write(fs, f"/f{i}", b"")
    directory = fs.open("/", DIRECTORY)
    seen = [entry.name for entry, _ in zip(directory.readdir(), range(5), strict=False)]
    for name in ("f0", "f1", "f9"):
        fs.unlink("/" + name)
    write(fs, "/new", b"")
    rest = [entry.name for entry in directory.readdir(5)]
    assert (seen + rest)[:2] == [".", ".."]
    assert sorted((seen + rest)[2:]) == [f"f{i}" for i in range(10)]
    assert sorted(entry.name for entry in directory.readdir())[2:] == [*(f"f{i}" for i in range(2, 9)), "new"]


@pytest.mark.not_wine("a listing does not tell links")
def test_cookies_lead_to_the_same_entry_again(tree: FileSystem) -> None:
    directory = tree.open("/", DIRECTORY)
    entries = list(directory.readdir())
    for i, entry in enumerate(entries):
        assert [e.name for e in directory.readdir(entry.next_cookie)] == [e.name for e in entries[i + 1 :]]
    with raises(Errno.EINVAL):
        directory.readdir(1 << 40)
    types = {entry.name: entry.type for entry in entries}
    assert (types["file"], types["dir"], types["link"]) == (FileType.REGULAR, FileType.DIRECTORY, FileType.SYMLINK)
    assert {e.ino for e in entries if e.name == "file"} == {tree.stat("/file").ino}
    assert directory.seek(3, Whence.SET) == directory.tell() == 3
    with raises(Errno.EISDIR):
        directory.read(1)


@pytest.mark.not_wine("a handle does not follow a rename")
def test_the_working_directory_keeps_its_name(tree: FileSystem) -> None:
    tree.mkdir("/dir/sub")
    cwd = tree.directory("dirlink/sub")
    assert tree.path_of(cwd) == "/dir/sub"
    tree.rename("/dir", "/moved")
    assert tree.path_of(cwd) == "/moved/sub"
    assert tree.resolve("../inner", base=cwd).node is not None
    tree.rmdir("/moved/sub")
    with raises(Errno.ENOENT):
        tree.path_of(cwd)
    with raises(Errno.ENOENT):
        tree.open("x", CREATE, base=cwd)
    assert tree.stat("..", base=cwd).ino == tree.stat("/moved").ino


# --- beneath


@pytest.mark.parametrize("path", ["/file", "/", "../file", "dir/../../file", "up/file", "absolute", "dir/sub/../../.."])
def test_beneath_nothing_leads_above_the_base(tree: FileSystem, path: str) -> None:
    tree.mkdir("/dir/dir")
    tree.mkdir("/dir/dir/sub")
    tree.symlink("..", "/dir/up")
    tree.symlink("/file", "/dir/absolute")
    base = tree.directory("/dir")
    with raises(Errno.EPERM):
        tree.open(path, READ, base=base, beneath=True)


def test_beneath_what_stays_inside_is_found(tree: FileSystem) -> None:
    tree.mkdir("/dir/sub")
    tree.symlink("../inner", "/dir/sub/back")
    base = tree.directory("/dir")
    for path in ("inner", "sub/../inner", "sub/back", "./sub//../inner"):
        assert tree.open(path, READ, base=base, beneath=True).read(9) == b"inner"


# --- mounts


def test_moves_and_links_across_mounts_are_exdev(mounted: FileSystem) -> None:
    write(mounted, "/host/a", b"a")
    write(mounted, "/b", b"b")
    mounted.mkdir("/host/d")
    for old, new in [
        ("/host/a", "/a"),
        ("/b", "/host/b"),
        ("/host/d", "/d"),
        ("/ro/a", "/host/c"),
        ("/host/a", "/ro/c"),
    ]:
        with raises(Errno.EXDEV):
            mounted.rename(old, new)
        if old != "/host/d":
            with raises(Errno.EXDEV):
                mounted.link(old, new)
    assert names(mounted, "/host") == [".", "..", "a", "d"]


def test_a_mount_point_is_busy_and_has_a_way_back(mounted: FileSystem) -> None:
    write(mounted, "/top", b"top")
    mounted.mkdir("/host/d")
    assert read(mounted, "/host/../top") == b"top"
    assert read(mounted, "/host/d/../../top") == b"top"
    assert mounted.path_of(mounted.directory("/host/d")) == "/host/d"
    for call in (
        lambda: mounted.rmdir("/host"),
        lambda: mounted.rename("/host", "/x"),
        lambda: mounted.rename("/top", "/host"),
    ):
        with raises(Errno.EBUSY):
            call()
    with raises(Errno.EISDIR):
        mounted.unlink("/host")


@pytest.mark.posix("an absolute link has a drive there")
def test_links_in_a_host_mount_are_the_guests(mounted: FileSystem, tmp_path: Path) -> None:
    (tmp_path / "passwd").symlink_to("/etc/passwd")
    (tmp_path / "up").symlink_to("../top")
    write(mounted, "/top", b"top")
    with raises(Errno.ENOENT):
        mounted.stat("/host/passwd")
    mounted.mkdir("/etc")
    write(mounted, "/etc/passwd", b"guest's")
    assert read(mounted, "/host/passwd") == b"guest's"
    assert read(mounted, "/host/up") == b"top"


def test_mounts_make_their_parents_in_memory_only(memory: FileSystem, tmp_path: Path) -> None:
    clock = SteppingClock()
    (tmp_path / "outer").mkdir()
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner/file").write_bytes(b"inner")
    memory.mount("/a/b/c", HostVolume(str(tmp_path / "outer"), clock).root)
    memory.mount("/a/b/c/d", HostVolume(str(tmp_path / "inner"), clock).root)
    assert names(memory, "/a") == [".", "..", "b"]
    assert read(memory, "/a/b/c/d/file") == b"inner"
    assert memory.path_of(memory.directory("/a/b/c/d")) == "/a/b/c/d"
    assert list((tmp_path / "outer").iterdir()) == []
    with raises(Errno.ENOENT):
        memory.mount("/a/b/c/x/y", MemoryVolume(clock).root)


@pytest.mark.parametrize(("spelling", "place"), [("a/./b/", "/a/b"), ("../a", "/a"), ("/a/../b", "/b"), (".", "/")])
def test_spellings_of_a_mount_point(memory: FileSystem, spelling: str, place: str) -> None:
    volume = MemoryVolume(SteppingClock())
    memory.mount(spelling, volume.root)
    assert memory.directory(place) is volume.root
    assert memory.path_of(volume.root) == place


def test_a_host_directory_can_be_the_root(memory: FileSystem, tmp_path: Path) -> None:
    memory.mount("/", HostVolume(str(tmp_path), SteppingClock()).root)
    write(memory, "/x", b"x")
    assert (tmp_path / "x").read_bytes() == b"x"
    assert read(memory, "/../../x") == b"x"


def test_an_open_file_knows_the_path_it_was_opened_by(tree: FileSystem) -> None:
    assert tree.path_of_file(tree.open("/dirlink/../link", READ)) == "/file"
    assert tree.path_of_file(tree.open("dirlink/new", CREATE)) == "/dir/new"
    assert tree.path_of_file(tree.open("/dirlink", DIRECTORY)) == "/dir"
    assert tree.path_of_file(tree.open("/", DIRECTORY)) == "/"
    with raises(Errno.ENOENT):
        tree.path_of_file(pipe(SteppingClock())[0])
