"""Random calls on files, for any host, and what of their results can be compared.

Left out is what hosts may differ in by right: numbers of descriptors, inodes and devices, times that nobody set, the
sizes and link counts of directories, the order of their entries.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from hypothesis import strategies as st

from compat.wasi_p1.rights import DIRECTORY, FILE, INHERITING, SOCKET
from compat.wasi_p1.types import (
    Dirent,
    Fdflag,
    Fdstat,
    Filestat,
    Filetype,
    Fstflag,
    Iovec,
    Lookupflag,
    Oflag,
    Prestat,
    Right,
    Whence,
)

from .script import At, Script, errno
from .world import ROOT as PREOPENED

SLOTS = 4
"""Places for descriptors: the first has the preopened directory, the others none to begin with."""
NO_DESCRIPTOR = 99
BUFFER = 2048

Read = Callable[[list[bytes]], Any]
Call = tuple[int, Read | None]
"""The place of the error number among the answers, and what reads the rest of them where it is SUCCESS."""


class Outcome(NamedTuple):
    """What came of a call."""

    errno: str
    result: Any = None


class Step(NamedTuple):
    """A call to make."""

    function: Callable[..., Call]
    arguments: tuple[Any, ...]

    @property
    def name(self) -> str:
        return self.function.__name__

    def __repr__(self) -> str:
        return self.name + repr(self.arguments)


class Recording:
    """The script of some steps, and how to read its answers."""

    def __init__(self, steps: list[Step]) -> None:
        self.script = Script()
        numbers = [PREOPENED] + [NO_DESCRIPTOR] * (SLOTS - 1)
        self._slots = self.script.put(b"".join(number.to_bytes(4, "little") for number in numbers))
        self._calls = [step.function(self, *step.arguments) for step in steps]

    def outcomes(self, output: bytes) -> list[Outcome]:
        """One for each step, from what the guest wrote."""
        answers = self.script.read(output)
        names = [(errno(answers[place]), read) for place, read in self._calls]
        return [Outcome(name, read(answers) if read and name == "SUCCESS" else None) for name, read in names]

    def slot(self, number: int) -> int:
        """Its address."""
        return self._slots + 4 * number

    def fd(self, slot: int) -> At:
        """The descriptor in a slot."""
        return At(self.slot(slot))

    def call(self, function: str, *arguments: int | bytes, size: int = 0, read: Callable[[bytes], Any] = bytes) -> Call:
        """A call, with a last parameter that points to `size` bytes for the result, if it has one."""
        if not size:
            return self.script.call(function, *arguments), None
        address = self.script.room(size)
        place = self.script.call(function, *arguments, address)
        shown = self.script.show(address, size)
        return place, lambda answers: read(answers[shown])

    def transfer(self, function: str, fd: int, data: bytes, *arguments: int) -> Call:
        """A call that reads into a buffer which holds `data`, or writes it; its result is the count, and the buffer."""
        buffer, count = self.script.put(data), self.script.room(4)
        vector = self.script.put(Iovec(buf=buffer, buf_len=len(data)).pack())
        place = self.script.call(function, fd, vector, 1, *arguments, count)
        shown = self.script.show(count, 4), self.script.show(buffer, len(data))
        return place, lambda answers: tuple(answers[place] for place in shown)


def path_open(
    on: Recording, fd: int, lookup: int, path: bytes, oflags: int, base: int, inheriting: int, flags: int, to: int
) -> Call:
    return on.script.call("path_open", on.fd(fd), lookup, path, oflags, base, inheriting, flags, on.slot(to)), None


def path_create_directory(on: Recording, fd: int, path: bytes) -> Call:
    return on.call("path_create_directory", on.fd(fd), path)


def path_remove_directory(on: Recording, fd: int, path: bytes) -> Call:
    return on.call("path_remove_directory", on.fd(fd), path)


def path_unlink_file(on: Recording, fd: int, path: bytes) -> Call:
    return on.call("path_unlink_file", on.fd(fd), path)


def path_symlink(on: Recording, target: bytes, fd: int, path: bytes) -> Call:
    return on.call("path_symlink", target, on.fd(fd), path)


def path_link(on: Recording, old_fd: int, lookup: int, old: bytes, new_fd: int, new: bytes) -> Call:
    return on.call("path_link", on.fd(old_fd), lookup, old, on.fd(new_fd), new)


def path_rename(on: Recording, old_fd: int, old: bytes, new_fd: int, new: bytes) -> Call:
    return on.call("path_rename", on.fd(old_fd), old, on.fd(new_fd), new)


def path_readlink(on: Recording, fd: int, path: bytes, size: int) -> Call:
    buffer, used = on.script.put(b"?" * size), on.script.room(4)
    place = on.script.call("path_readlink", on.fd(fd), path, buffer, size, used)
    shown = on.script.show(used, 4), on.script.show(buffer, size)
    return place, lambda answers: tuple(answers[place] for place in shown)


def path_filestat_get(on: Recording, fd: int, lookup: int, path: bytes) -> Call:
    return on.call("path_filestat_get", on.fd(fd), lookup, path, size=Filestat.sizeof(), read=_filestat)


def path_filestat_set_times(on: Recording, fd: int, lookup: int, path: bytes, atim: int, mtim: int, flags: int) -> Call:
    return on.call("path_filestat_set_times", on.fd(fd), lookup, path, atim, mtim, flags)


def fd_filestat_get(on: Recording, fd: int) -> Call:
    return on.call("fd_filestat_get", on.fd(fd), size=Filestat.sizeof(), read=_filestat)


def fd_filestat_set_size(on: Recording, fd: int, size: int) -> Call:
    return on.call("fd_filestat_set_size", on.fd(fd), size)


def fd_filestat_set_times(on: Recording, fd: int, atim: int, mtim: int, flags: int) -> Call:
    return on.call("fd_filestat_set_times", on.fd(fd), atim, mtim, flags)


def fd_allocate(on: Recording, fd: int, offset: int, size: int) -> Call:
    return on.call("fd_allocate", on.fd(fd), offset, size)


def fd_advise(on: Recording, fd: int, offset: int, size: int, advice: int) -> Call:
    return on.call("fd_advise", on.fd(fd), offset, size, advice)


def fd_close(on: Recording, fd: int) -> Call:
    # The number may be given out again: what would then be called depends on the host's way to number.
    place = on.script.call("fd_close", on.fd(fd))
    on.script.poke(on.slot(fd), NO_DESCRIPTOR.to_bytes(4, "little"))
    return place, None


def fd_fdstat_get(on: Recording, fd: int) -> Call:
    return on.call("fd_fdstat_get", on.fd(fd), size=Fdstat.sizeof(), read=_fdstat)


def fd_fdstat_set_flags(on: Recording, fd: int, flags: int) -> Call:
    return on.call("fd_fdstat_set_flags", on.fd(fd), flags)


def fd_fdstat_set_rights(on: Recording, fd: int, base: int, inheriting: int) -> Call:
    return on.call("fd_fdstat_set_rights", on.fd(fd), base, inheriting)


def fd_prestat_get(on: Recording, fd: int) -> Call:
    return on.call("fd_prestat_get", on.fd(fd), size=Prestat.sizeof())


def fd_prestat_dir_name(on: Recording, fd: int, size: int) -> Call:
    buffer = on.script.put(b"?" * size)
    place = on.script.call("fd_prestat_dir_name", on.fd(fd), buffer, size)
    shown = on.script.show(buffer, size)
    return place, lambda answers: answers[shown]


def fd_read(on: Recording, fd: int, size: int) -> Call:
    return on.transfer("fd_read", on.fd(fd), b"?" * size)


def fd_pread(on: Recording, fd: int, size: int, offset: int) -> Call:
    return on.transfer("fd_pread", on.fd(fd), b"?" * size, offset)


def fd_write(on: Recording, fd: int, data: bytes) -> Call:
    return on.transfer("fd_write", on.fd(fd), data)


def fd_pwrite(on: Recording, fd: int, data: bytes, offset: int) -> Call:
    return on.transfer("fd_pwrite", on.fd(fd), data, offset)


def fd_seek(on: Recording, fd: int, offset: int, whence: int) -> Call:
    return on.call("fd_seek", on.fd(fd), offset, whence, size=8)


def fd_tell(on: Recording, fd: int) -> Call:
    return on.call("fd_tell", on.fd(fd), size=8)


def fd_sync(on: Recording, fd: int) -> Call:
    return on.call("fd_sync", on.fd(fd))


def fd_datasync(on: Recording, fd: int) -> Call:
    return on.call("fd_datasync", on.fd(fd))


def fd_readdir(on: Recording, fd: int) -> Call:
    buffer, used = on.script.room(BUFFER), on.script.room(4)
    place = on.script.call("fd_readdir", on.fd(fd), buffer, BUFFER, 0, used)
    shown = on.script.show(used, 4), on.script.show(buffer, BUFFER)
    return place, lambda answers: _entries(answers[shown[1]][: int.from_bytes(answers[shown[0]], "little")])


def fd_renumber(on: Recording, fd: int, to: int) -> Call:
    place = on.script.call("fd_renumber", on.fd(fd), on.fd(to))
    on.script.poke(on.slot(fd), NO_DESCRIPTOR.to_bytes(4, "little"))
    return place, None


def _filestat(data: bytes) -> Any:
    stat = Filestat.unpack(memoryview(data))
    size = stat.size if stat.filetype != Filetype.DIRECTORY else 0
    links = stat.nlink if stat.filetype == Filetype.REGULAR_FILE else 0
    times = [time for time in (stat.atim, stat.mtim) if time < EARLY]
    return stat.filetype, size, links, times


def _fdstat(data: bytes) -> Any:
    stat = Fdstat.unpack(memoryview(data))
    return stat.fs_filetype, stat.fs_flags


def _entries(data: bytes) -> Any:
    entries, at, header = [], 0, Dirent.sizeof()
    while at + header <= len(data):
        entry = Dirent.unpack(memoryview(data)[at : at + header])
        entries.append((data[at + header : at + header + entry.d_namlen], entry.d_type))
        at += header + entry.d_namlen
    return sorted(entries)


WRITING = DIRECTORY | FILE
READING = WRITING & ~(Right.FD_WRITE | Right.FD_FILESTAT_SET_SIZE | Right.FD_ALLOCATE | Right.FD_DATASYNC)
ALL_RIGHTS = INHERITING | SOCKET
EARLY = 1_000_000_000_000_000_000
"""September 2001: before it are the times that a step sets."""

SLOT = st.sampled_from([0, 0, 0, 1, 2, 3])
TO = st.integers(1, SLOTS - 1)
FILE = st.sampled_from([1, 1, 2, 3, 0])
LOOKUP = st.sampled_from([0, Lookupflag.SYMLINK_FOLLOW])
NAMES = ["a", "d", "d/b", "e", "l", "ld", "ld/b", "none", "new", "d/new", "e/new", "dangling", "up", "loop", "absolute"]
ODD = [
    "",
    ".",
    "..",
    "/",
    "/a",
    "../outside",
    "../a",
    "./a",
    "a/",
    "a/.",
    "a/..",
    "a/b",
    "b",
    "d/",
    "d/.",
    "d/..",
    "d//b",
]
ODDER = [
    "d/b/",
    "d/../a",
    "d/../..",
    "e/../d/b",
    "l/",
    "ld/",
    "ld/../a",
    "loop/",
    "dangling/",
    "new/",
    "none/",
    "none/../a",
]
PATH = st.one_of(
    st.sampled_from(NAMES), st.sampled_from(NAMES), st.sampled_from(NAMES), st.sampled_from(ODD + ODDER)
).map(str.encode)
NEW = st.one_of(st.sampled_from([b"new", b"none", b"d/new", b"e/new"]), PATH)
EMPTY = st.one_of(st.just(b"e"), PATH)
TARGET = st.sampled_from(["a", "d", "none", "../outside", "/a", "", ".", "..", "../a", "d/", "new"]).map(str.encode)
SIZE = st.sampled_from([0, 1, 3, 5, 100])
OFFSET = st.sampled_from([0, 1, 4, 5, 6, 50, -1])
DATA = st.sampled_from([b"", b"x", b"data"])
TIME = st.sampled_from([0, 1_000_000_000, 123_456_789_012])
TIMES = st.builds(
    lambda *which: sum(which),
    st.sampled_from([0, Fstflag.ATIM, Fstflag.ATIM_NOW]),
    st.sampled_from([0, Fstflag.MTIM, Fstflag.MTIM_NOW]),
)
"""Not both flags for one time: node aborts at them. test_fd.py and test_path.py have the error."""
OFLAGS = st.one_of(st.just(0), st.just(Oflag.CREAT), st.integers(0, 2 * Oflag.TRUNC - 1))
FDFLAGS = st.one_of(st.just(0), st.just(0), st.integers(0, 2 * Fdflag.SYNC - 1))
INHERITED = st.sampled_from([INHERITING, INHERITING, READING, 0])
RIGHTS = st.one_of(
    st.sampled_from([READING, WRITING]),
    st.sampled_from([READING, WRITING]),
    st.sets(st.integers(0, ALL_RIGHTS.bit_length() - 1), max_size=6).map(lambda bits: sum(1 << bit for bit in bits)),
    st.integers(0, ALL_RIGHTS.bit_length() - 1).map(lambda bit: WRITING & ~(1 << bit)),
)

OPERATIONS: dict[Callable[..., Call], tuple[st.SearchStrategy[Any], ...]] = {
    path_open: (SLOT, LOOKUP, PATH, OFLAGS, RIGHTS, INHERITED, FDFLAGS, TO),
    path_create_directory: (SLOT, NEW),
    path_remove_directory: (SLOT, EMPTY),
    path_unlink_file: (SLOT, PATH),
    path_symlink: (TARGET, SLOT, NEW),
    path_link: (SLOT, LOOKUP, PATH, SLOT, NEW),
    path_rename: (SLOT, PATH, SLOT, NEW),
    path_readlink: (SLOT, PATH, SIZE),
    path_filestat_get: (SLOT, LOOKUP, PATH),
    path_filestat_set_times: (SLOT, LOOKUP, PATH, TIME, TIME, TIMES),
    fd_filestat_get: (FILE,),
    fd_filestat_set_size: (FILE, SIZE),
    fd_filestat_set_times: (FILE, TIME, TIME, TIMES),
    fd_allocate: (FILE, SIZE, SIZE),
    fd_advise: (FILE, SIZE, SIZE, st.integers(0, 5)),
    fd_close: (TO,),
    fd_fdstat_get: (FILE,),
    fd_fdstat_set_flags: (FILE, FDFLAGS),
    fd_fdstat_set_rights: (FILE, RIGHTS, INHERITED),
    fd_prestat_get: (SLOT,),
    fd_prestat_dir_name: (SLOT, SIZE),
    fd_read: (FILE, SIZE),
    fd_pread: (FILE, SIZE, OFFSET),
    fd_write: (FILE, DATA),
    fd_pwrite: (FILE, DATA, OFFSET),
    fd_seek: (FILE, OFFSET, st.sampled_from([Whence.SET.value, Whence.CUR.value, Whence.END.value])),
    fd_tell: (FILE,),
    fd_sync: (FILE,),
    fd_datasync: (FILE,),
    fd_readdir: (SLOT,),
    fd_renumber: (TO, TO),
}


def _steps(function: Callable[..., Call]) -> st.SearchStrategy[Step]:
    return st.tuples(*OPERATIONS[function]).map(lambda arguments: Step(function, arguments))


OPENING = [
    Step(path_open, (0, 0, b"a", 0, WRITING, INHERITING, 0, 1)),
    Step(path_open, (0, 0, b"d", Oflag.DIRECTORY, READING, INHERITING, 0, 2)),
]
"""Without a descriptor, most calls tell the same."""
STEPS = st.lists(st.one_of(*map(_steps, OPERATIONS)), min_size=1, max_size=25).map(lambda steps: OPENING + steps)
