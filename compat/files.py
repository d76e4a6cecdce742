"""A guest's files, for those who stand outside it."""

from __future__ import annotations

import errno
import io
import os
import posixpath
import stat
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager

from compat._typing import IO, TYPE_CHECKING, Any
from compat.kernel.errno import Errno, SysError
from compat.kernel.files import OpenFile, OpenFlags, Whence
from compat.kernel.paths import FileSystem
from compat.kernel.stat import FileType
from compat.kernel.vfs.node import Directory

if TYPE_CHECKING:
    from pathlib import PurePosixPath


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

    It is no path of the host's: the builtin `open` does not take it, its own does. Texts are UTF-8 unless said
    otherwise, and what a directory has comes in the order of names.
    """

    __slots__ = ("_fs", "_path")

    def __init__(self, fs: FileSystem, path: str = "/") -> None:
        self._fs = fs
        self._path = path

    # --- the path itself

    def __truediv__(self, path: str) -> GuestPath:
        return GuestPath(self._fs, posixpath.join(self._path, path))

    def joinpath(self, *paths: str) -> GuestPath:
        return GuestPath(self._fs, posixpath.join(self._path, *paths))

    @property
    def _pure(self) -> PurePosixPath:
        from pathlib import PurePosixPath  # not above: a run has no use for it

        return PurePosixPath(self._path)

    def _with(self, path: PurePosixPath) -> GuestPath:
        return GuestPath(self._fs, str(path))

    @property
    def name(self) -> str:
        return self._pure.name

    @property
    def stem(self) -> str:
        return self._pure.stem

    @property
    def suffix(self) -> str:
        return self._pure.suffix

    @property
    def suffixes(self) -> list[str]:
        return self._pure.suffixes

    @property
    def parts(self) -> tuple[str, ...]:
        return self._pure.parts

    @property
    def parent(self) -> GuestPath:
        return self._with(self._pure.parent)

    @property
    def parents(self) -> tuple[GuestPath, ...]:
        return tuple(map(self._with, self._pure.parents))

    def with_name(self, name: str) -> GuestPath:
        return self._with(self._pure.with_name(name))

    def with_stem(self, stem: str) -> GuestPath:
        return self._with(self._pure.with_stem(stem))

    def with_suffix(self, suffix: str) -> GuestPath:
        return self._with(self._pure.with_suffix(suffix))

    def relative_to(self, other: GuestPath) -> str:
        """Raises ValueError where it does not begin with `other`."""
        return str(self._pure.relative_to(other._path))

    def is_relative_to(self, other: GuestPath) -> bool:
        return self._pure.is_relative_to(other._path)

    def match(self, pattern: str) -> bool:
        return self._pure.match(pattern)

    def __str__(self) -> str:
        return self._path

    def __repr__(self) -> str:
        return f"GuestPath({self._path!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, GuestPath) and (self._fs, self._path) == (other._fs, other._path)

    def __lt__(self, other: GuestPath) -> bool:
        return self._path.split("/") < other._path.split("/")

    def __hash__(self) -> int:
        return hash(self._path)

    # --- content

    def open(
        self, mode: str = "r", buffering: int = -1, encoding: str = "utf-8", errors: str = "strict", newline: str = ""
    ) -> IO[Any]:
        """As `pathlib.Path.open`, but that line ends are left as they are unless `newline` is given."""
        flags, text = _flags(mode)
        with self._errors():
            raw = GuestFile(self._fs.open(self._path, flags), mode, self._path)
        if buffering == 0:
            if text:
                raise ValueError("text is always buffered")
            return raw  # type: ignore[return-value]  # as open() of a file without a buffer
        size = buffering if buffering > 1 else io.DEFAULT_BUFFER_SIZE
        buffered: Any
        if raw.readable() and raw.writable():
            buffered = io.BufferedRandom(raw, size)
        else:
            buffered = io.BufferedWriter(raw, size) if raw.writable() else io.BufferedReader(raw, size)
        if not text:
            return buffered  # type: ignore[no-any-return]
        return io.TextIOWrapper(buffered, encoding, errors, newline, line_buffering=buffering == 1)

    def read_bytes(self) -> bytes:
        with self._errors():
            return Files(self._fs).read(self._path)

    def read_text(self, encoding: str = "utf-8", errors: str = "strict") -> str:
        return self.read_bytes().decode(encoding, errors)

    def write_bytes(self, data: bytes | bytearray | memoryview) -> int:
        """Make `data` the content of the file, created if it is not there. Returns its size."""
        content = memoryview(data).cast("B")
        with self._errors():
            Files(self._fs).put(self._path, content)
        return len(content)

    def write_text(self, data: str, encoding: str = "utf-8", errors: str = "strict") -> int:
        """Make `data` the content. Returns the number of characters."""
        self.write_bytes(data.encode(encoding, errors))
        return len(data)

    def touch(self, mode: int = 0o666, exist_ok: bool = True) -> None:
        flags = (
            OpenFlags.WRITE
            | OpenFlags.CREATE
            | OpenFlags.NONBLOCK
            | (OpenFlags(0) if exist_ok else OpenFlags.EXCLUSIVE)
        )
        with self._errors():
            file = self._fs.open(self._path, flags, mode)
            try:
                file.truncate(file.stat().size)  # It is modified now.
            finally:
                file.close()

    # --- what it is

    def stat(self, *, follow_symlinks: bool = True) -> os.stat_result:
        with self._errors():
            found = self._fs.stat(self._path, follow=follow_symlinks)
        seconds = [time / 1e9 for time in (found.atime, found.mtime, found.ctime)]
        plain = (_MODES[found.type] | found.mode, found.ino, found.dev, found.nlink, found.uid, found.gid, found.size)
        return os.stat_result(
            (*plain, *map(int, seconds)),
            {
                **dict(zip(("st_atime", "st_mtime", "st_ctime"), seconds, strict=True)),
                **{"st_atime_ns": found.atime, "st_mtime_ns": found.mtime, "st_ctime_ns": found.ctime},
            },
        )

    def lstat(self) -> os.stat_result:
        return self.stat(follow_symlinks=False)

    def exists(self, *, follow_symlinks: bool = True) -> bool:
        return self._type(follow=follow_symlinks) is not None

    def is_file(self) -> bool:
        return self._type() is FileType.REGULAR

    def is_dir(self) -> bool:
        return self._type() is FileType.DIRECTORY

    def is_symlink(self) -> bool:
        return self._type(follow=False) is FileType.SYMLINK

    def samefile(self, other: GuestPath) -> bool:
        return os.path.samestat(self.stat(), other.stat())

    def chmod(self, mode: int) -> None:
        with self._errors():
            self._fs.chmod(self._path, mode)

    # --- directories

    def iterdir(self) -> Iterator[GuestPath]:
        with self._errors():
            names = Files(self._fs).list(self._path)
        return (self / name for name in names)

    def glob(self, pattern: str) -> Iterator[GuestPath]:
        """What is below that matches, as `*.txt`, `**/*.txt` or, directories only, `*/`; `**` follows no links.

        Raises ValueError for a pattern that is empty or absolute.
        """
        parts = [part for part in pattern.split("/") if part not in ("", ".")]
        if not parts or pattern.startswith("/"):
            raise ValueError(f"not a pattern of names below a directory: {pattern!r}")
        found = dict.fromkeys(self._matching(parts))
        return (path for path in found if not pattern.endswith("/") or path.is_dir())

    def rglob(self, pattern: str) -> Iterator[GuestPath]:
        return self.glob(f"**/{pattern}")

    def _matching(self, parts: Sequence[str]) -> Iterator[GuestPath]:
        if not parts:
            yield self
            return
        from fnmatch import fnmatchcase  # not above: a run has no use for it

        part, rest = parts[0], parts[1:]
        if part == "**":
            yield from self._matching(rest)
            for child in self._children():
                if child.is_dir() and not child.is_symlink():
                    yield from child._matching(parts)
                elif not rest:
                    yield child
        elif part == "..":
            yield from (self / part)._matching(rest)
        else:
            for child in self._children():
                if fnmatchcase(child.name, part):
                    yield from child._matching(rest)

    def _children(self) -> Iterator[GuestPath]:
        return self.iterdir() if self.is_dir() else iter(())

    def walk(self, top_down: bool = True) -> Iterator[tuple[GuestPath, list[str], list[str]]]:
        """The directory and those below, each with the names of the directories and of the files in it.

        From the top down, what is taken out of the first list is not gone into. Links are not followed.
        """
        children = list(self._children())
        directories = [child.name for child in children if child.is_dir() and not child.is_symlink()]
        files = [child.name for child in children if child.name not in directories]
        if top_down:
            yield self, directories, files
        for name in directories:
            yield from (self / name).walk(top_down)
        if not top_down:
            yield self, directories, files

    def mkdir(self, mode: int = 0o777, parents: bool = False, exist_ok: bool = False) -> None:
        with self._errors():
            if exist_ok and self.is_dir():
                return
            if parents:
                Files(self._fs).make_directories(str(self.parent))
            self._fs.mkdir(self._path, mode)

    def rmdir(self) -> None:
        with self._errors():
            self._fs.rmdir(self._path)

    # --- names

    def unlink(self, missing_ok: bool = False) -> None:
        with self._errors():
            if not (missing_ok and not self.exists(follow_symlinks=False)):
                self._fs.unlink(self._path)

    def rename(self, target: GuestPath | str) -> GuestPath:
        """Returns the new path. What is there already is replaced, if it can be."""
        new = self.joinpath("/", target) if isinstance(target, str) else target
        with self._errors():
            self._fs.rename(self._path, new._path)
        return new

    replace = rename

    def symlink_to(self, target: GuestPath | str) -> None:
        with self._errors():
            self._fs.symlink(str(target), self._path)

    def hardlink_to(self, target: GuestPath | str) -> None:
        with self._errors():
            self._fs.link(str(target), self._path)

    def readlink(self) -> str:
        """What the link says, which may be relative to the directory that it is in."""
        with self._errors():
            return self._fs.readlink(self._path)

    def resolve(self) -> GuestPath:
        """The path free of links and of `..`; what is last need not be there."""
        with self._errors():
            found = self._fs.resolve(self._path)
            if isinstance(found.node, Directory):
                return GuestPath(self._fs, self._fs.path_of(found.node))
            return GuestPath(self._fs, self._fs.path_of(found.parent)) / found.name

    def _type(self, *, follow: bool = True) -> FileType | None:
        """None where there is nothing, nor a way to it."""
        try:
            return self._fs.stat(self._path, follow=follow).type
        except SysError:
            return None

    def _errors(self) -> AbstractContextManager[None]:
        return _as_host_errors(self._path)


class GuestFile(io.RawIOBase):
    """An open file of a guest's, without a buffer: what is below the objects that `GuestPath.open` returns."""

    def __init__(self, file: OpenFile, mode: str, name: str) -> None:
        self._file = file
        self.mode = mode
        self.name = name

    def readable(self) -> bool:
        return self._file.readable

    def writable(self) -> bool:
        return self._file.writable

    def seekable(self) -> bool:
        return self._file.seekable

    def readinto(self, buffer: Any) -> int:
        with _as_host_errors(self.name):
            return self._file.readv([memoryview(buffer).cast("B")])

    def write(self, data: Any) -> int:
        with _as_host_errors(self.name):
            return self._file.write(memoryview(data).cast("B"))

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        with _as_host_errors(self.name):
            return self._file.seek(offset, (Whence.SET, Whence.CUR, Whence.END)[whence])

    def truncate(self, size: int | None = None) -> int:
        with _as_host_errors(self.name):
            size = self._file.tell() if size is None else size
            self._file.truncate(size)
            return size

    def close(self) -> None:
        if not self.closed:
            super().close()
            self._file.close()


def _flags(mode: str) -> tuple[OpenFlags, bool]:
    """How `open` opens a file, and whether as text. Raises ValueError."""
    kind = "".join(sorted(set(mode) - set("bt+")))
    if kind not in _KINDS or len(set(mode)) != len(mode) or set("bt") <= set(mode):
        raise ValueError(f"invalid mode: {mode!r}")
    flags = _KINDS[kind]
    if "+" in mode:
        flags |= OpenFlags.READ | OpenFlags.WRITE
    return flags | OpenFlags.NONBLOCK, "b" not in mode


_KINDS = {
    "r": OpenFlags.READ,
    "w": OpenFlags.WRITE | OpenFlags.CREATE | OpenFlags.TRUNCATE,
    "a": OpenFlags.WRITE | OpenFlags.CREATE | OpenFlags.APPEND,
    "x": OpenFlags.WRITE | OpenFlags.CREATE | OpenFlags.EXCLUSIVE,
}
_MODES = {
    FileType.UNKNOWN: 0,
    FileType.REGULAR: stat.S_IFREG,
    FileType.DIRECTORY: stat.S_IFDIR,
    FileType.SYMLINK: stat.S_IFLNK,
    FileType.CHARACTER_DEVICE: stat.S_IFCHR,
    FileType.BLOCK_DEVICE: stat.S_IFBLK,
    FileType.FIFO: stat.S_IFIFO,
    FileType.SOCKET: stat.S_IFSOCK,
}


@contextmanager
def _as_host_errors(path: str) -> Iterator[None]:
    """The host's errors of the same names: FileNotFoundError and the like."""
    try:
        yield
    except SysError as error:
        number = getattr(errno, error.errno.name, errno.EIO)
        raise OSError(number, os.strerror(number), path) from None
