"""A guest's files, for those who stand outside it."""

from __future__ import annotations

import errno
import os
import posixpath
from collections.abc import Iterator
from contextlib import contextmanager

from compat.kernel.errno import Errno, SysError
from compat.kernel.files import OpenFlags
from compat.kernel.paths import FileSystem
from compat.kernel.stat import FileType


class Files:
    """The guest's files as it sees them, by guest path; its methods raise SysError as system calls fail."""

    def __init__(self, fs: FileSystem) -> None:
        self._fs = fs

    def exists(self, path: str) -> bool:
        return self._fs.resolve(path).node is not None

    def read(self, path: str) -> bytes:
        """The whole content of a regular file. EINVAL for a device or a pipe, which the guest may have put there."""
        file = self._fs.open(path, OpenFlags.READ | OpenFlags.NONBLOCK)
        try:
            if file.stat().type not in (FileType.REGULAR, FileType.DIRECTORY):
                raise SysError(Errno.EINVAL)
            return b"".join(iter(lambda: file.read(1 << 20), b""))
        finally:
            file.close()

    def write(self, path: str, data: bytes) -> None:
        """Make `data` the content of a file, created if it is not there; directories on the way are made."""
        self.make_directories(path.rpartition("/")[0])
        self.put(path, data)

    def put(self, path: str, data: bytes | bytearray | memoryview) -> None:
        """Make `data` the content of a file in a directory that is there."""
        file = self._fs.open(path, OpenFlags.WRITE | OpenFlags.CREATE | OpenFlags.TRUNCATE)
        try:
            written = 0
            while written < len(data):
                written += file.write(memoryview(data)[written:])
        finally:
            file.close()

    def list(self, path: str = "/") -> list[str]:
        """The names in a directory, sorted."""
        file = self._fs.open(path, OpenFlags.READ | OpenFlags.DIRECTORY)
        try:
            return sorted(entry.name for entry in file.readdir() if entry.name not in (".", ".."))
        finally:
            file.close()

    def make_directories(self, path: str) -> None:
        """Make a directory, and those on the way to it, where they are not there."""
        names = [name for name in path.split("/") if name]
        for count in range(1, len(names) + 1):
            directory = "/" + "/".join(names[:count])
            if not self.exists(directory):
                self._fs.mkdir(directory)


class GuestPath:
    """A place in a guest's file system, with the names of `pathlib.Path`; its methods raise OSError as those do.

    It is no path of the host's: `open` does not take it.
    """

    __slots__ = ("_fs", "_path")

    def __init__(self, fs: FileSystem, path: str = "/") -> None:
        self._fs = fs
        self._path = path

    def __truediv__(self, path: str) -> GuestPath:
        return GuestPath(self._fs, posixpath.join(self._path, path))

    @property
    def name(self) -> str:
        return posixpath.basename(self._path)

    @property
    def parent(self) -> GuestPath:
        return GuestPath(self._fs, posixpath.dirname(self._path))

    def read_bytes(self) -> bytes:
        with self._errors():
            return Files(self._fs).read(self._path)

    def read_text(self) -> str:
        """The content, which is UTF-8."""
        return self.read_bytes().decode()

    def write_bytes(self, data: bytes | bytearray | memoryview) -> int:
        """Make `data` the content of the file, created if it is not there. Returns its size."""
        content = memoryview(data).cast("B")
        with self._errors():
            Files(self._fs).put(self._path, content)
        return len(content)

    def write_text(self, data: str) -> int:
        """Make `data` the content, in UTF-8. Returns the number of characters."""
        self.write_bytes(data.encode())
        return len(data)

    def exists(self) -> bool:
        return self._type() is not None

    def is_file(self) -> bool:
        return self._type() is FileType.REGULAR

    def is_dir(self) -> bool:
        return self._type() is FileType.DIRECTORY

    def iterdir(self) -> Iterator[GuestPath]:
        """What is in the directory, in the order of names."""
        with self._errors():
            names = Files(self._fs).list(self._path)
        return (self / name for name in names)

    def mkdir(self, *, parents: bool = False, exist_ok: bool = False) -> None:
        with self._errors():
            if exist_ok and self.is_dir():
                return
            if parents:
                Files(self._fs).make_directories(self.parent._path)
            self._fs.mkdir(self._path)

    def unlink(self) -> None:
        with self._errors():
            self._fs.unlink(self._path)

    def rmdir(self) -> None:
        with self._errors():
            self._fs.rmdir(self._path)

    def rename(self, target: GuestPath) -> None:
        with self._errors():
            self._fs.rename(self._path, target._path)

    def __str__(self) -> str:
        return self._path

    def __repr__(self) -> str:
        return f"GuestPath({self._path!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, GuestPath) and (self._fs, self._path) == (other._fs, other._path)

    def __hash__(self) -> int:
        return hash(self._path)

    def _type(self) -> FileType | None:
        """None where there is nothing, nor a way to it."""
        try:
            return self._fs.stat(self._path).type
        except SysError:
            return None

    @contextmanager
    def _errors(self) -> Iterator[None]:
        """The host's errors of the same names: FileNotFoundError and the like."""
        try:
            yield
        except SysError as error:
            number = getattr(errno, error.errno.name, errno.EIO)
            raise OSError(number, os.strerror(number), self._path) from None
