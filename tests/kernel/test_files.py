"""The descriptor table, and what every open file checks first."""

from __future__ import annotations

import pytest

from compat.kernel.errno import Errno
from compat.kernel.files import FileTable, OpenFile, OpenFlags, Whence
from compat.kernel.stat import FileType, Stat
from tests.kernel.support import raises


class Recorder(OpenFile):
    def __init__(self, flags: OpenFlags = OpenFlags.READ | OpenFlags.WRITE) -> None:
        super().__init__(flags)
        self.closed = 0

    def close(self) -> None:
        self.closed += 1

    def stat(self) -> Stat:
        return Stat(0, 0, FileType.FIFO, 0, 1)


@pytest.fixture
def table() -> FileTable:
    return FileTable(limit=8)


def test_the_lowest_free_descriptor_is_given(table: FileTable) -> None:
    assert [table.open(Recorder()) for _ in range(4)] == [0, 1, 2, 3]
    table.close(1)
    table.close(2)
    assert table.open(Recorder()) == 1
    assert table.open(Recorder(), at_least=3) == 4
    assert list(table) == [0, 1, 3, 4]


def test_a_full_table_is_emfile_and_closes_the_file(table: FileTable) -> None:
    for _ in range(8):
        table.open(Recorder())
    late = Recorder()
    with raises(Errno.EMFILE):
        table.open(late)
    assert late.closed == 1
    with raises(Errno.EINVAL):
        table.dup(0, at_least=8)


def test_descriptors_share_a_description_until_the_last_is_closed(table: FileTable) -> None:
    file = Recorder()
    fd = table.open(file)
    copy = table.dup(fd)
    table.dup2(fd, 6)
    assert table[copy] is table[6] is file
    table.close(fd)
    table.close(copy)
    assert file.closed == 0
    table.close(6)
    assert file.closed == 1


def test_dup2_closes_what_was_there_and_keeps_itself(table: FileTable) -> None:
    first, second = Recorder(), Recorder()
    table.open(first)
    table.open(second)
    table.dup2(0, 1)
    assert (second.closed, table[1]) == (1, first)
    assert table.dup2(0, 0) == 0
    assert first.closed == 0
    with raises(Errno.EBADF):
        table.dup2(5, 0)
    with raises(Errno.EBADF):
        table.dup2(0, 8)
    assert first.closed == 0


def test_renumber_needs_both_ends_open(table: FileTable) -> None:
    first, second = Recorder(), Recorder()
    table.open(first)
    table.open(second)
    with raises(Errno.EBADF):
        table.renumber(0, 5)
    with raises(Errno.EBADF):
        table.renumber(5, 0)
    table.renumber(0, 1)
    assert (first.closed, second.closed) == (0, 1)
    assert list(table) == [1]
    table.renumber(1, 1)
    assert table[1] is first


def test_close_on_exec_belongs_to_the_descriptor(table: FileTable) -> None:
    fd = table.open(Recorder(), cloexec=True)
    copy = table.dup(fd)
    assert (table.cloexec(fd), table.cloexec(copy)) == (True, False)
    table.close(fd)
    assert table.open(Recorder()) == fd
    assert not table.cloexec(fd)


@pytest.mark.parametrize("method", ["close", "dup", "cloexec", "__getitem__"])
@pytest.mark.parametrize("fd", [-1, 0, 7, 1 << 40])
def test_a_descriptor_that_is_not_open_is_ebadf(table: FileTable, method: str, fd: int) -> None:
    with raises(Errno.EBADF):
        getattr(table, method)(fd)


def test_close_all_closes_everything_once(table: FileTable) -> None:
    file = Recorder()
    table.open(file)
    table.dup(0)
    table.close_all()
    assert (file.closed, len(table)) == (1, 0)


def test_access_modes_are_checked_before_anything_else() -> None:
    writer, reader = Recorder(OpenFlags.WRITE), Recorder(OpenFlags.READ)
    for refused in (lambda: writer.read(1), lambda: writer.pread(1, 0), lambda: reader.write(b"x")):
        with raises(Errno.EBADF):
            refused()
    with raises(Errno.EINVAL):
        reader.truncate(0)
    with raises(Errno.EBADF):
        reader.allocate(0, 1)


def test_a_file_without_a_position_is_espipe() -> None:
    file = Recorder()
    for refused in (
        lambda: file.seek(0, Whence.CUR),
        file.tell,
        lambda: file.pread(1, 0),
        lambda: file.pwrite(b"x", 0),
        lambda: file.allocate(0, 1),
    ):
        with raises(Errno.ESPIPE):
            refused()


def test_set_flags_changes_status_flags_only() -> None:
    file = Recorder()
    file.set_flags(OpenFlags.APPEND | OpenFlags.CREATE)
    assert file.flags == OpenFlags.READ | OpenFlags.WRITE | OpenFlags.APPEND
