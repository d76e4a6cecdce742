"""A guest's files, for those who stand outside it."""

from __future__ import annotations

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

    def remove(self, path: str) -> None:
        """Remove a file."""
        self._fs.unlink(path)

    def make_directories(self, path: str) -> None:
        """Make a directory, and those on the way to it, where they are not there."""
        names = [name for name in path.split("/") if name]
        for count in range(1, len(names) + 1):
            directory = "/" + "/".join(names[:count])
            if not self.exists(directory):
                self._fs.mkdir(directory)
