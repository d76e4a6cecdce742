"""Helpers of the kernel's tests."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from compat.kernel.errno import Errno, SysError
from compat.kernel.files import OpenFlags
from compat.kernel.host import platform
from compat.kernel.paths import FileSystem

READ = OpenFlags.READ
WRITE = OpenFlags.WRITE
RW = READ | WRITE
CREATE = RW | OpenFlags.CREATE
DIRECTORY = READ | OpenFlags.DIRECTORY


@contextmanager
def name_by_name() -> Iterator[None]:
    """The host cannot go the way to a file in one step, as not every host can."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(platform, "open_beneath", lambda top, names: None)
        yield


@contextmanager
def raises(errno: Errno) -> Iterator[None]:
    with pytest.raises(SysError) as caught:
        yield
    assert caught.value.errno is errno


def write(fs: FileSystem, path: str, data: bytes) -> None:
    file = fs.open(path, CREATE | OpenFlags.TRUNCATE)
    file.write(data)
    file.close()


def read(fs: FileSystem, path: str) -> bytes:
    file = fs.open(path, READ)
    try:
        return file.read(1 << 20)
    finally:
        file.close()


def names(fs: FileSystem, path: str) -> list[str]:
    return [entry.name for entry in fs.open(path, DIRECTORY).readdir()]
