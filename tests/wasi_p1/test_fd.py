from __future__ import annotations

from pathlib import Path

import pytest

from compat.kernel.clock import SteppingClock
from compat.wasi_p1.rights import DIRECTORY, FILE, INHERITING
from compat.wasi_p1.types import (
    Advice,
    Dirent,
    Fdflag,
    Fdstat,
    Filestat,
    Filetype,
    Fstflag,
    Oflag,
    Prestat,
    Right,
    Whence,
)

from .world import ROOT, SIZE, World

SET, CUR, END = (whence.value for whence in (Whence.SET, Whence.CUR, Whence.END))

ON_A_FILE = {
    "fd_advise": (Right.FD_ADVISE, (0, 0, Advice.NORMAL.value)),
    "fd_allocate": (Right.FD_ALLOCATE, (0, 1)),
    "fd_datasync": (Right.FD_DATASYNC, ()),
    "fd_fdstat_set_flags": (Right.FD_FDSTAT_SET_FLAGS, (0,)),
    "fd_filestat_get": (Right.FD_FILESTAT_GET, (64,)),
    "fd_filestat_set_size": (Right.FD_FILESTAT_SET_SIZE, (0,)),
    "fd_filestat_set_times": (Right.FD_FILESTAT_SET_TIMES, (0, 0, Fstflag.ATIM_NOW)),
    "fd_pread": (Right.FD_READ, (64, 0, 0, 64)),
    "fd_pwrite": (Right.FD_WRITE, (64, 0, 0, 64)),
    "fd_read": (Right.FD_READ, (64, 0, 64)),
    "fd_seek": (Right.FD_SEEK, (1, 0, 64)),
    "fd_sync": (Right.FD_SYNC, ()),
    "fd_tell": (Right.FD_TELL | Right.FD_SEEK, (64,)),
    "fd_write": (Right.FD_WRITE, (64, 0, 64)),
}
WITHOUT_RIGHTS = {
    "fd_close": (),
    "fd_fdstat_get": (64,),
    "fd_fdstat_set_rights": (0, 0),
    "fd_prestat_get": (64,),
    "fd_prestat_dir_name": (64, 8),
    "fd_renumber": (0,),
    "fd_readdir": (64, 8, 0, 64),
}


@pytest.fixture
def file(files: World) -> int:
    """A descriptor of a new file, with all rights that there are for files."""
    return files.open("file", Oflag.CREAT, base=FILE)


def tell(world: World, fd: int) -> int:
    result = world.out(8)
    assert world.call("fd_tell", fd, result) == "SUCCESS"
    return world.number(result, 8)


def write(world: World, fd: int, *pieces: bytes) -> int:
    result = world.out(4)
    assert world.call("fd_write", fd, world.vectors(*pieces), result) == "SUCCESS"
    return world.number(result)


def read(world: World, fd: int, size: int = 100) -> bytes:
    vectors, (buffer,) = world.buffers(size)
    result = world.out(4)
    assert world.call("fd_read", fd, vectors, result) == "SUCCESS"
    count = world.number(result)
    assert world.read(buffer + count, size - count) == b"?" * (size - count)
    return world.read(buffer, count)


def stat(world: World, fd: int) -> Filestat:
    return world.struct(Filestat, "fd_filestat_get", fd)


def fdstat(world: World, fd: int) -> Fdstat:
    return world.struct(Fdstat, "fd_fdstat_get", fd)


@pytest.mark.parametrize("name", [*ON_A_FILE, *WITHOUT_RIGHTS])
@pytest.mark.parametrize("fd", [4, -1, 1 << 31])
def test_unknown_descriptor(wasi: World, name: str, fd: int) -> None:
    arguments = ON_A_FILE[name][1] if name in ON_A_FILE else WITHOUT_RIGHTS[name]
    assert wasi.call(name, fd, *arguments) == "BADF"


@pytest.mark.parametrize("name", ON_A_FILE)
def test_missing_right(wasi: World, name: str) -> None:
    right, arguments = ON_A_FILE[name]
    fd = wasi.open("file", Oflag.CREAT, base=FILE & ~right)
    assert wasi.call(name, fd, *arguments) == "NOTCAPABLE"


@pytest.mark.parametrize("name", ["fd_read", "fd_write", "fd_pread", "fd_pwrite", "fd_seek", "fd_tell", "fd_allocate"])
def test_a_directory_is_no_file(wasi: World, name: str) -> None:
    assert wasi.call(name, ROOT, *ON_A_FILE[name][1]) == "NOTCAPABLE"


class TestReadAndWrite:
    def test_in_several_pieces(self, files: World, file: int) -> None:
        assert write(files, file, b"ab", b"", b"cde") == 5
        assert files.call("fd_seek", file, 0, SET, files.out(8)) == "SUCCESS"
        vectors, (first, second) = files.buffers(3, 4)
        count = files.out(4)
        assert files.call("fd_read", file, vectors, count) == "SUCCESS"
        assert files.number(count) == 5
        assert (files.read(first, 3), files.read(second, 4)) == (b"abc", b"de??")
        assert read(files, file) == b""

    def test_streams(self) -> None:
        world = World(stdin=b"hello")
        assert read(world, 0, 3) == b"hel"
        assert read(world, 0) == b"lo"
        assert read(world, 0) == b""
        assert write(world, 1, b"out") == 3
        assert write(world, 2, b"err") == 3
        assert (world.stdout.getvalue(), world.stderr.getvalue()) == (b"out", b"err")

    def test_streams_the_wrong_way(self, wasi: World) -> None:
        assert wasi.call("fd_write", 0, wasi.vectors(b"a"), 64) == "NOTCAPABLE"
        assert wasi.call("fd_read", 1, wasi.vectors(b"a"), 64) == "NOTCAPABLE"

    def test_at_an_offset(self, files: World, file: int) -> None:
        count = files.out(4)
        assert files.call("fd_pwrite", file, files.vectors(b"xy", b"z"), 2, count) == "SUCCESS"
        assert files.number(count) == 3
        vectors, (buffer,) = files.buffers(10)
        assert files.call("fd_pread", file, vectors, 1, count) == "SUCCESS"
        assert files.read(buffer, files.number(count)) == b"\0xyz"
        assert tell(files, file) == 0

    def test_an_offset_needs_the_right_to_seek(self, wasi: World) -> None:
        fd = wasi.open("file", Oflag.CREAT, base=Right.FD_READ | Right.FD_WRITE)
        assert wasi.call("fd_pread", fd, wasi.vectors(b"a"), 0, 64) == "NOTCAPABLE"
        assert wasi.call("fd_pwrite", fd, wasi.vectors(b"a"), 0, 64) == "NOTCAPABLE"

    def test_offsets_that_no_file_has(self, files: World, file: int) -> None:
        assert files.call("fd_pread", file, files.vectors(b"a"), -1 & (1 << 64) - 1, files.out(4)) == "INVAL"
        assert files.call("fd_pwrite", file, files.vectors(b"a"), -1, files.out(4)) == "INVAL"

    def test_a_pipe_has_no_offsets(self, wasi: World) -> None:
        assert wasi.call("fd_pread", 0, wasi.vectors(b"a"), 0, 64) == "SPIPE"
        assert wasi.call("fd_pwrite", 1, wasi.vectors(b"a"), 0, 64) == "SPIPE"
        assert wasi.call("fd_seek", 1, 0, SET, 64) == "SPIPE"
        assert wasi.call("fd_tell", 0, 64) == "SPIPE"

    def test_too_many_and_bad_vectors(self, wasi: World) -> None:
        fd = wasi.open("file", Oflag.CREAT, base=FILE)
        for name in ("fd_read", "fd_write"):
            assert wasi.call(name, fd, 64, 1025, 64) == "INVAL"
            assert wasi.call(name, fd, 64, -1, 64) == "INVAL"
            assert wasi.call(name, fd, SIZE - 4, 1, 64) == "FAULT"
            beyond = wasi.put((SIZE - 1).to_bytes(4, "little") + (2).to_bytes(4, "little"))
            assert wasi.call(name, fd, beyond, 1, 64) == "FAULT"
            assert wasi.call(name, fd, 64, 0, SIZE - 3) == "FAULT"
            assert wasi.call(name, fd, 64, 0, wasi.out(4)) == "SUCCESS"

    def test_a_long_write_is_whole(self, files: World) -> None:
        content = bytes(range(256)) * 256
        files.write_file("long", content)
        file = files.open("long", base=Right.FD_READ | Right.FD_SEEK, inheriting=0)
        assert files.call("fd_seek", file, -6, END, files.out(8)) == "SUCCESS"
        vectors, (first, second) = files.buffers(4, 100)
        count = files.out(4)
        assert files.call("fd_read", file, vectors, count) == "SUCCESS"
        assert files.number(count) == 6
        assert files.read(first, 4) + files.read(second, 2) == content[-6:]

    def test_writing_nothing_extends_nothing(self, files: World, file: int) -> None:
        position = files.out(8)
        assert files.call("fd_seek", file, 50, SET, position) == "SUCCESS"
        assert files.call("fd_write", file, files.vectors(b"", b""), files.out(4)) == "SUCCESS"
        assert files.struct(Filestat, "fd_filestat_get", file).size < 50
        assert files.call("fd_tell", file, position) == "SUCCESS"
        assert files.number(position, 8) == 50

    def test_opening_and_closing_again_and_again(self, files: World) -> None:
        files.write_file("f", b"x")
        numbers = set()
        for _ in range(500):
            file = files.open("f", base=Right.FD_READ, inheriting=0)
            assert files.call("fd_close", file) == "SUCCESS"
            numbers.add(file)
        assert len(numbers) == 1

    def test_append(self, files: World) -> None:
        fd = files.open("log", Oflag.CREAT, base=FILE, fdflags=Fdflag.APPEND)
        write(files, fd, b"one")
        assert files.call("fd_seek", fd, 0, SET, files.out(8)) == "SUCCESS"
        write(files, fd, b"two")
        assert files.read_file("log") == b"onetwo"


class TestPosition:
    def test_seek(self, files: World, file: int) -> None:
        write(files, file, b"0123456789")
        for offset, whence, expected in ((3, SET, 3), (-1, CUR, 2), (0, CUR, 2), (-4, END, 6), (100, END, 110)):
            result = files.out(8)
            assert files.call("fd_seek", file, offset, whence, result) == "SUCCESS"
            assert files.number(result, 8) == expected == tell(files, file)

    def test_before_the_start(self, files: World, file: int) -> None:
        assert files.call("fd_seek", file, -1, SET, files.out(8)) == "INVAL"
        assert files.call("fd_seek", file, -1, CUR, files.out(8)) == "INVAL"
        assert files.call("fd_seek", file, 0, 3, files.out(8)) == "INVAL"
        assert files.call("fd_seek", file, 0, -1, files.out(8)) == "INVAL"

    def test_the_right_to_tell_is_the_right_to_stay(self, wasi: World) -> None:
        fd = wasi.open("file", Oflag.CREAT, base=Right.FD_TELL)
        assert wasi.call("fd_seek", fd, 0, CUR, wasi.out(8)) == "SUCCESS"
        assert wasi.call("fd_seek", fd, 0, SET, wasi.out(8)) == "NOTCAPABLE"
        assert tell(wasi, fd) == 0

    def test_the_right_to_seek_is_the_right_to_tell(self, wasi: World) -> None:
        assert tell(wasi, wasi.open("file", Oflag.CREAT, base=Right.FD_SEEK)) == 0


class TestAttributes:
    def test_fdstat(self, files: World, file: int) -> None:
        found = fdstat(files, file)
        assert found.fs_filetype == Filetype.REGULAR_FILE
        assert (found.fs_flags, found.fs_rights_base, found.fs_rights_inheriting) == (0, FILE, 0)
        found = fdstat(files, ROOT)
        assert found.fs_filetype == Filetype.DIRECTORY
        assert (found.fs_flags, found.fs_rights_base, found.fs_rights_inheriting) == (0, DIRECTORY, INHERITING)

    def test_flags(self, files: World, file: int) -> None:
        for flags in (Fdflag.APPEND | Fdflag.NONBLOCK, Fdflag.SYNC, Fdflag.DSYNC, 0):
            assert files.call("fd_fdstat_set_flags", file, flags) == "SUCCESS"
            assert fdstat(files, file).fs_flags == flags
        assert files.call("fd_fdstat_set_flags", file, 32) == "INVAL"

    def test_turning_append_off(self, files: World) -> None:
        fd = files.open("log", Oflag.CREAT, base=FILE, fdflags=Fdflag.APPEND)
        write(files, fd, b"one")
        assert files.call("fd_fdstat_set_flags", fd, 0) == "SUCCESS"
        assert files.call("fd_seek", fd, 0, SET, files.out(8)) == "SUCCESS"
        write(files, fd, b"two")
        assert files.read_file("log") == b"two"

    def test_rights_can_only_be_given_up(self, wasi: World) -> None:
        fd = wasi.open("file", Oflag.CREAT, base=FILE)
        assert wasi.call("fd_fdstat_set_rights", fd, FILE & ~Right.FD_WRITE, 0) == "SUCCESS"
        assert fdstat(wasi, fd).fs_rights_base == FILE & ~Right.FD_WRITE
        assert wasi.call("fd_write", fd, wasi.vectors(b"a"), 64) == "NOTCAPABLE"
        for base, inheriting in ((FILE, 0), (0, 1), (Right.FD_READDIR, 0)):
            assert wasi.call("fd_fdstat_set_rights", fd, base, inheriting) == "NOTCAPABLE"
        for unknown in (1 << 30, 1 << 63, -1):
            assert wasi.call("fd_fdstat_set_rights", fd, unknown, 0) == "INVAL"
        assert fdstat(wasi, fd).fs_rights_base == FILE & ~Right.FD_WRITE

    def test_filestat(self, files: World, file: int) -> None:
        write(files, file, b"12345")
        found = stat(files, file)
        assert (found.filetype, found.size, found.nlink) == (Filetype.REGULAR_FILE, 5, 1)
        by_path = files.struct(Filestat, "path_filestat_get", ROOT, 0, "file")
        assert (by_path.dev, by_path.ino, by_path.size) == (found.dev, found.ino, 5)

    def test_size(self, files: World, file: int) -> None:
        write(files, file, b"12345")
        assert files.call("fd_filestat_set_size", file, 3) == "SUCCESS"
        assert files.read_file("file") == b"123"
        assert files.call("fd_filestat_set_size", file, 5) == "SUCCESS"
        assert files.read_file("file") == b"123\0\0"
        assert files.call("fd_filestat_set_size", file, (1 << 64) - 1) in ("INVAL", "FBIG")
        assert stat(files, file).size == 5

    def test_allocate(self, files: World, file: int) -> None:
        write(files, file, b"12345")
        assert files.call("fd_allocate", file, 2, 10) == "SUCCESS"
        assert files.read_file("file") == b"12345" + bytes(7)
        assert files.call("fd_allocate", file, 0, 4) == "SUCCESS"
        assert stat(files, file).size == 12
        assert files.call("fd_allocate", file, 0, 0) == "INVAL"
        assert files.call("fd_allocate", file, 1 << 63, 1) in ("INVAL", "FBIG")
        assert files.call("fd_allocate", 1, 0, 1) == "SPIPE"

    def test_times(self, files: World, file: int) -> None:
        both = Fstflag.ATIM | Fstflag.MTIM
        assert files.call("fd_filestat_set_times", file, 1_000_000_123, 2_000_000_456, both) == "SUCCESS"
        assert (stat(files, file).atim, stat(files, file).mtim) == (1_000_000_123, 2_000_000_456)
        assert files.call("fd_filestat_set_times", file, 5_000, 5_000, Fstflag.MTIM) == "SUCCESS"
        assert (stat(files, file).atim, stat(files, file).mtim) == (1_000_000_123, 5_000)
        now = Fstflag.ATIM_NOW | Fstflag.MTIM_NOW
        assert files.call("fd_filestat_set_times", file, 1, 1, now) == "SUCCESS"
        assert stat(files, file).mtim == stat(files, file).atim >= SteppingClock.START

    def test_contradicting_times(self, files: World, file: int) -> None:
        for flags in (Fstflag.ATIM | Fstflag.ATIM_NOW, Fstflag.MTIM | Fstflag.MTIM_NOW):
            assert files.call("fd_filestat_set_times", file, 1, 1, flags) == "INVAL"
        assert files.call("fd_filestat_set_times", file, 1, 1, 16) == "INVAL"
        assert files.call("fd_filestat_set_times", file, -1, 1, Fstflag.ATIM) == "INVAL"

    def test_advise_and_sync(self, files: World, file: int) -> None:
        for advice in Advice:
            assert files.call("fd_advise", file, 0, 10, advice.value) == "SUCCESS"
        assert files.call("fd_advise", file, 0, 10, 6) == "INVAL"
        assert files.call("fd_advise", 1, 0, 10, 0) == "SPIPE"
        assert files.call("fd_sync", file) == files.call("fd_datasync", file) == "SUCCESS"
        assert files.call("fd_sync", ROOT) == "SUCCESS"

    def test_read_only_mounts_change_nothing(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_bytes(b"keep")
        before = (tmp_path / "file").stat().st_mtime_ns
        world = World(str(tmp_path), read_only=True)
        assert world.refused("file", base=Right.FD_WRITE) == "ROFS"
        assert world.refused("file", Oflag.TRUNC) == "ROFS"
        assert world.refused("new", Oflag.CREAT) == "ROFS"
        fd = world.open("file", base=FILE & ~(Right.FD_WRITE | Right.FD_ALLOCATE | Right.FD_FILESTAT_SET_SIZE))
        assert world.call("fd_filestat_set_times", fd, 1, 1, Fstflag.MTIM) == "ROFS"
        assert (tmp_path / "file").read_bytes() == b"keep"
        assert (tmp_path / "file").stat().st_mtime_ns == before


class TestPreopens:
    def test_name(self, wasi: World) -> None:
        found = wasi.struct(Prestat, "fd_prestat_get", ROOT)
        assert (found.tag, found.dir.pr_name_len) == (0, 1)
        name = wasi.out(3)
        assert wasi.call("fd_prestat_dir_name", ROOT, name, 3) == "SUCCESS"
        assert wasi.read(name, 3) == b"/??"
        assert wasi.call("fd_prestat_dir_name", ROOT, name, 0) == "NAMETOOLONG"
        assert wasi.call("fd_prestat_dir_name", ROOT, SIZE, 3) == "FAULT"

    def test_what_was_not_preopened(self, wasi: World) -> None:
        for fd in (0, wasi.open(".")):
            assert wasi.call("fd_prestat_get", fd, 64) == "BADF"
            assert wasi.call("fd_prestat_dir_name", fd, 64, 10) == "BADF"

    def test_closing_one(self, wasi: World) -> None:
        assert wasi.call("fd_close", ROOT) == "SUCCESS"
        assert wasi.call("fd_prestat_get", ROOT, 64) == "BADF"
        assert wasi.call("fd_close", ROOT) == "BADF"


class TestRenumber:
    def test_moves_everything(self, files: World, file: int) -> None:
        other = files.open("other", Oflag.CREAT, base=Right.FD_WRITE)
        write(files, file, b"data")
        assert files.call("fd_renumber", file, other) == "SUCCESS"
        assert files.call("fd_close", file) == "BADF"
        assert fdstat(files, other).fs_rights_base == FILE
        assert tell(files, other) == 4

    def test_onto_itself(self, wasi: World) -> None:
        assert wasi.call("fd_renumber", 0, 0) == "SUCCESS"
        assert fdstat(wasi, 0)

    def test_a_preopen_takes_its_name_along(self, wasi: World) -> None:
        fd = wasi.open(".")
        assert wasi.call("fd_renumber", ROOT, fd) == "SUCCESS"
        assert wasi.struct(Prestat, "fd_prestat_get", fd).dir.pr_name_len == 1
        assert wasi.call("fd_prestat_get", ROOT, 64) == "BADF"

    def test_both_must_be_open(self, files: World, file: int) -> None:
        for to in (127, -1):
            assert files.call("fd_renumber", file, to) == "BADF"
            assert files.call("fd_renumber", to, file) == "BADF"
        assert fdstat(files, file)

    def test_many_times(self, files: World, file: int) -> None:
        for _ in range(300):
            new = files.open("file", base=Right.FD_READ)
            assert files.call("fd_renumber", file, new) == "SUCCESS"
            file = new
        assert len(files.guest.descriptors) == 5


def entries(world: World, fd: int, cookie: int = 0, size: int = 4096) -> tuple[list[tuple[str, Dirent]], int]:
    """The whole entries that one call gives, and how many bytes it used."""
    buffer, used = world.out(size), world.out(4)
    assert world.call("fd_readdir", fd, buffer, size, cookie, used) == "SUCCESS"
    data = world.read(buffer, world.number(used))
    assert world.read(buffer + len(data), size - len(data)) == b"?" * (size - len(data))
    found = []
    total = len(data)
    while len(data) >= Dirent.sizeof():
        head = Dirent.unpack(data[: Dirent.sizeof()])
        name = data[Dirent.sizeof() :][: head.d_namlen]
        if len(name) < head.d_namlen:
            break
        found.append((name.decode("utf-8", "surrogateescape"), head))
        data = data[Dirent.sizeof() + head.d_namlen :]
    return found, total


class TestReaddir:
    def test_an_empty_directory(self, files: World) -> None:
        fd = files.directory("dir")
        found, _ = entries(files, fd)
        assert [name for name, _ in found] == [".", ".."]
        assert found[0][1].d_ino == stat(files, fd).ino
        assert {head.d_type for _, head in found} == {Filetype.DIRECTORY}

    def test_types_and_numbers(self, files: World) -> None:
        files.write_file("file", b"x")
        files.directory("nested")
        assert files.call("path_symlink", "file", ROOT, "link") == "SUCCESS"
        heads = dict(entries(files, ROOT)[0])
        assert set(heads) == {".", "..", "file", "nested", "link"}
        assert heads["file"].d_type == Filetype.REGULAR_FILE
        assert heads["nested"].d_type == Filetype.DIRECTORY
        assert heads["link"].d_type == Filetype.SYMBOLIC_LINK
        assert heads["file"].d_ino == files.struct(Filestat, "path_filestat_get", ROOT, 0, "file").ino

    @pytest.mark.parametrize("size", [24 + 255, 256, 100 + 255])
    def test_in_small_buffers(self, files: World, size: int) -> None:
        names = {f"{'n' * (1 + i % 40)}{i}" for i in range(60)}
        for name in names:
            files.write_file(name)
        seen: list[str] = []
        cookie = 0
        while True:
            found, used = entries(files, ROOT, cookie, size)
            seen += [name for name, _ in found]
            if used < size:
                break
            cookie = found[-1][1].d_next
        assert sorted(seen) == sorted(names | {".", ".."})

    def test_cookies_stay_valid(self, files: World) -> None:
        for name in "abcdef":
            files.write_file(name)
        found, _ = entries(files, ROOT)
        at_third = found[4][1].d_next
        rest = [name for name, _ in found[5:]]
        assert files.call("path_unlink_file", ROOT, found[2][0]) == "SUCCESS"
        files.write_file("new")
        assert [name for name, _ in entries(files, ROOT, at_third)[0]] == rest

    def test_past_the_end(self, files: World) -> None:
        found, _ = entries(files, ROOT)
        last = found[-1][1].d_next
        for cookie in (last, last + 1, 1 << 40, (1 << 64) - 1):
            assert entries(files, ROOT, cookie) == ([], 0)

    def test_an_entry_is_cut_off_at_the_end_of_the_buffer(self, files: World) -> None:
        found, used = entries(files, ROOT, 0, 30)
        assert ([name for name, _ in found], used) == (["."], 30)
        assert entries(files, ROOT, 0, 0) == ([], 0)

    def test_names_that_are_no_text(self, wasi: World) -> None:
        wasi.write_file("\udcff\udcfe")
        assert "\udcff\udcfe" in dict(entries(wasi, ROOT)[0])

    def test_errors(self, wasi: World) -> None:
        assert wasi.call("fd_readdir", wasi.open("file", Oflag.CREAT, base=FILE), 64, 8, 0, 64) == "NOTDIR"
        assert wasi.call("fd_readdir", ROOT, SIZE - 4, 8, 0, 64) == "FAULT"
        wasi.drop(ROOT, Right.FD_READDIR)
        assert wasi.call("fd_readdir", ROOT, 64, 8, 0, 64) == "NOTCAPABLE"


def test_a_file_can_be_used_after_its_name_is_gone(files: World, file: int) -> None:
    assert files.call("path_unlink_file", ROOT, "file") == "SUCCESS"
    assert write(files, file, b"still") == 5
    assert stat(files, file).size == 5
