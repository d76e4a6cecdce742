"""Two directories of the host, one of them read-only: nothing passes from one to the other."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from compat.kernel.process import Mount
from compat.wasi_p1.types import Filestat, Oflag, Right

from .world import FOLLOW, ROOT, World

READ_ONLY = ROOT + 1
CONTENT = b"to be kept"


@pytest.fixture
def mounted(tmp_path: Path) -> Iterator[World]:
    """A guest with a file in the read-only directory and one in the other; what is on the host does not change."""
    for name in ("free", "kept"):
        (tmp_path / name).mkdir()
        (tmp_path / name / name).write_bytes(CONTENT)
    before = (tmp_path / "kept" / "kept").stat()
    world = World(str(tmp_path / "free"), also=[Mount(str(tmp_path / "kept"), "/kept", read_only=True)])
    with world.process:
        yield world
    after = (tmp_path / "kept" / "kept").stat()
    assert os.listdir(tmp_path / "kept") == ["kept"]
    assert (tmp_path / "kept" / "kept").read_bytes() == CONTENT
    assert (after.st_mtime_ns, after.st_nlink) == (before.st_mtime_ns, before.st_nlink)


def test_no_file_gets_a_second_name_where_it_could_be_written(mounted: World) -> None:
    assert mounted.call("path_link", READ_ONLY, 0, "kept", ROOT, "alias") == "XDEV"
    assert mounted.call("path_link", ROOT, 0, "free", READ_ONLY, "alias") == "XDEV"
    assert mounted.call("path_link", READ_ONLY, 0, "kept", READ_ONLY, "alias") == "ROFS"


def test_no_file_moves(mounted: World) -> None:
    assert mounted.call("path_rename", READ_ONLY, "kept", ROOT, "stolen") == "XDEV"
    assert mounted.call("path_rename", ROOT, "free", READ_ONLY, "kept") == "XDEV"
    assert mounted.call("path_rename", READ_ONLY, "kept", READ_ONLY, "other") == "ROFS"


def test_no_file_is_cut_or_made(mounted: World) -> None:
    assert mounted.refused("kept", Oflag.TRUNC, fd=READ_ONLY) == "ROFS"
    assert mounted.refused("kept", base=Right.FD_WRITE, fd=READ_ONLY) == "ROFS"
    assert mounted.refused("new", Oflag.CREAT, fd=READ_ONLY) == "ROFS"
    assert mounted.call("path_unlink_file", READ_ONLY, "kept") == "ROFS"
    assert mounted.call("path_create_directory", READ_ONLY, "new") == "ROFS"
    assert mounted.call("path_symlink", "kept", READ_ONLY, "new") == "ROFS"
    assert mounted.call("path_filestat_set_times", READ_ONLY, 0, "kept", 1, 1, 5) == "ROFS"


@pytest.mark.parametrize("seconds", [-1, -(1 << 31), 1 << 33])
def test_times_of_the_host_that_wasi_has_not(seconds: int, tmp_path: Path) -> None:
    (tmp_path / "old").write_bytes(CONTENT)
    os.utime(tmp_path / "old", (seconds, seconds))
    stored = os.stat(tmp_path / "old").st_mtime_ns
    world = World(str(tmp_path), deterministic=False)
    with world.process:
        stat = world.struct(Filestat, "path_filestat_get", ROOT, FOLLOW, "old")
        assert (stat.size, stat.mtim) == (len(CONTENT), max(stored, 0))
        assert world.read_file("old") == CONTENT
