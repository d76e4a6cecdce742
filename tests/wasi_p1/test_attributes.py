from __future__ import annotations

import pytest

from compat.kernel.files import OpenFlags
from compat.kernel.stat import FileType, Stat
from compat.wasi_p1.attributes import FILETYPES, fdflags, filestat, status_flags
from compat.wasi_p1.types import Fdflag


def test_every_type_of_file_has_a_number() -> None:
    assert set(FILETYPES) == set(FileType)


@pytest.mark.parametrize("value", range(32))
def test_flags_go_both_ways(value: int) -> None:
    expected = value & ~Fdflag.RSYNC | (Fdflag.SYNC if value & Fdflag.RSYNC else 0)
    assert fdflags(status_flags(value) | OpenFlags.READ) == expected


@pytest.mark.parametrize(("time", "presented"), [(-5_000_000_000, 0), (5, 5), (1 << 70, (1 << 64) - 1)])
def test_times_that_wasi_has_not(time: int, presented: int) -> None:
    stat = Stat(dev=1, ino=2, type=FileType.REGULAR, mode=0, nlink=1, atime=time, mtime=time, ctime=time)
    found = filestat(stat)
    assert (found.atim, found.mtim, found.ctim) == (presented,) * 3
    assert len(found.pack()) == 64
