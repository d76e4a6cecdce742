"""What `filesystem.js` asks for: the methods of `FS`, on the process's files and descriptors.

Each operation is a row: the kinds of its arguments (as `scripts` reads them), and what it does. It raises SysError,
which JavaScript gets as an `FS.ErrnoError`, and returns text, bytes, a truth, nothing, or a number of 0 and above.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence

from compat._typing import Any
from compat.emscripten_abi.guest import EmscriptenGuest
from compat.emscripten_abi.kinds import MODE_BITS, MODE_MASK, PERMISSIONS
from compat.emscripten_abi.syscalls.files import created_mode, flag_bits, open_flags
from compat.kernel.errno import Errno, SysError
from compat.kernel.files import OpenFile, OpenFlags, Whence
from compat.kernel.stat import FileType, Readiness, Stat
from compat.kernel.vfs.devices import Device, device_number
from compat.kernel.vfs.memory import MemoryDirectory, MemoryVolume
from compat.kernel.vfs.node import Node, NodeFile

_CHUNK = 1 << 20
_MILLISECOND = 1_000_000
"""Nanoseconds."""
_TYPES = {bits: type for type, bits in MODE_BITS.items() if bits}
_MAJOR = 64
"""Of the first device that is made; the others count up from it."""

Read = Callable[[int, int], bytes | None]
"""Up to so many bytes from the functions of a device, by its number; None where there are none yet."""
Write = Callable[[int, bytes], None]


class ScriptFile(NodeFile):
    """An open device whose bytes come from functions in JavaScript, and go to them."""

    def __init__(self, flags: OpenFlags, node: Node, number: int, read: Read, write: Write) -> None:
        super().__init__(flags, node)
        self._number = number
        self._read = read
        self._write = write

    def poll(self) -> Readiness:
        """It cannot be told without a call."""
        return Readiness(True, True)

    def _readv(self, buffers: Sequence[memoryview]) -> int:
        wanted = min(sum(map(len, buffers)), _CHUNK)
        data = self._read(self._number, wanted)
        if data is None:
            raise SysError(Errno.EAGAIN)
        rest = memoryview(data)[:wanted]
        for buffer in buffers:
            part, rest = rest[: len(buffer)], rest[len(buffer) :]
            buffer[: len(part)] = part
        return min(len(data), wanted)

    def _writev(self, buffers: Sequence[memoryview]) -> int:
        for buffer in buffers:
            self._write(self._number, bytes(buffer))
        return sum(map(len, buffers))


class ScriptDevices:
    """The devices of one program that JavaScript made. `read` and `write` are given by who runs that."""

    read: Read
    write: Write

    def __init__(self, guest: EmscriptenGuest) -> None:
        self._volume = MemoryVolume(guest.process.clock)

    def make(self, number: int, volume: MemoryVolume | None = None) -> Device:
        rdev = device_number(_MAJOR + number, 0)
        return Device(
            volume or self._volume, rdev, lambda flags, node: ScriptFile(flags, node, number, self.read, self.write)
        )


def _device(guest: EmscriptenGuest, path: str, mode: int, number: int) -> None:
    found = guest.process.fs.resolve(path, base=guest.process.cwd)
    if found.node is not None:
        raise SysError(Errno.EEXIST)
    if not isinstance(found.parent, MemoryDirectory):
        raise SysError(Errno.EPERM)
    device = guest.part(ScriptDevices).make(number, found.parent.volume)
    device.chmod(mode & PERMISSIONS)
    found.parent.insert(found.name, device)


def _redirect(guest: EmscriptenGuest, fd: int, number: int) -> None:
    """Make a device one of the standard streams."""
    flags = OpenFlags.READ if fd == 0 else OpenFlags.WRITE
    guest.process.files.set(fd, guest.part(ScriptDevices).make(number).open(flags))


def _open(guest: EmscriptenGuest, path: str, flags: int, mode: int) -> int:
    process = guest.process
    # Nothing may wait here for what the program itself would have to do.
    wanted = open_flags(flags) | OpenFlags.NONBLOCK
    file = process.fs.open(path, wanted, created_mode(process, mode), base=process.cwd)
    return process.files.open(file)


def _flags(guest: EmscriptenGuest, fd: int) -> int:
    return flag_bits(guest.process.files[fd].flags)


def _read(guest: EmscriptenGuest, fd: int, size: int, position: int | None) -> bytes:
    file, size = guest.process.files[fd], max(0, min(size, _CHUNK))
    return file.read(size) if position is None else file.pread(size, position)


def _write(guest: EmscriptenGuest, fd: int, data: bytes, position: int | None) -> int:
    file = guest.process.files[fd]
    return file.write(data) if position is None else file.pwrite(data, position)


def _seek(guest: EmscriptenGuest, fd: int, offset: int, whence: int) -> int:
    if not 0 <= whence <= 2:
        raise SysError(Errno.EINVAL)
    return guest.process.files[fd].seek(offset, (Whence.SET, Whence.CUR, Whence.END)[whence])


def _attributes(found: Stat) -> str:
    plain = ("dev", "ino", "nlink", "uid", "gid", "rdev", "size", "blksize", "blocks")
    times = {name: getattr(found, name) // _MILLISECOND for name in ("atime", "mtime", "ctime")}
    mode = MODE_BITS[found.type] | found.mode
    return json.dumps({"mode": mode, **times} | {name: getattr(found, name) for name in plain})


def _stat(guest: EmscriptenGuest, path: str, follow: bool) -> str:
    return _attributes(guest.process.fs.stat(path, base=guest.process.cwd, follow=follow))


def _real(guest: EmscriptenGuest, path: str) -> str:
    """The path of what is there, free of links."""
    found = guest.process.fs.resolve(path, base=guest.process.cwd)
    if found.node is None:
        raise SysError(Errno.ENOENT)
    fs = guest.process.fs
    if found.node.type is FileType.DIRECTORY:
        return fs.path_of(fs.directory(path, base=guest.process.cwd))
    return f"{fs.path_of(found.parent).rstrip('/')}/{found.name}"


def _readdir(guest: EmscriptenGuest, path: str) -> str:
    file = guest.process.fs.open(path, OpenFlags.READ | OpenFlags.DIRECTORY, base=guest.process.cwd)
    try:
        return json.dumps([entry.name for entry in file.readdir() if entry.name not in (".", "..")])
    finally:
        file.close()


def _mknod(guest: EmscriptenGuest, path: str, mode: int, device: int) -> None:
    type = _TYPES.get(mode & MODE_MASK, FileType.REGULAR)
    process = guest.process
    process.fs.mknod(path, type, created_mode(process, mode), device, base=process.cwd)


def _owner(number: int) -> int | None:
    return None if number == -1 else number


def _utime(guest: EmscriptenGuest, path: str, atime: int, mtime: int) -> None:
    guest.process.fs.utimes(path, atime * _MILLISECOND, mtime * _MILLISECOND, base=guest.process.cwd)


def _chdir(guest: EmscriptenGuest, path: str) -> None:
    guest.process.chdir(guest.process.fs.directory(path, base=guest.process.cwd))


def _file(guest: EmscriptenGuest, fd: int) -> OpenFile:
    return guest.process.files[fd]


FILE_OPERATIONS: Mapping[str, tuple[str, Callable[..., Any]]] = {
    "open": ("tii", _open),
    "close": ("i", lambda g, fd: g.process.files.close(fd)),
    "flags": ("i", _flags),
    "read": ("iio", _read),
    "write": ("ibo", _write),
    "seek": ("iii", _seek),
    "pathOf": ("i", lambda g, fd: g.process.fs.path_of_file(_file(g, fd))),
    "isatty": ("i", lambda g, fd: _file(g, fd).isatty()),
    "fstat": ("i", lambda g, fd: _attributes(_file(g, fd).stat())),
    "fchmod": ("ii", lambda g, fd, mode: _file(g, fd).chmod(mode & PERMISSIONS)),
    "fchown": ("iii", lambda g, fd, uid, gid: _file(g, fd).chown(_owner(uid), _owner(gid))),
    "ftruncate": ("ii", lambda g, fd, size: _file(g, fd).truncate(size)),
    "stat": ("t?", _stat),
    "real": ("t", _real),
    "chmod": (
        "ti?",
        lambda g, path, mode, follow: g.process.fs.chmod(path, mode & PERMISSIONS, base=g.process.cwd, follow=follow),
    ),
    "chown": (
        "tii?",
        lambda g, path, uid, gid, follow: g.process.fs.chown(
            path, _owner(uid), _owner(gid), base=g.process.cwd, follow=follow
        ),
    ),
    "utime": ("tii", _utime),
    "truncate": ("ti", lambda g, path, size: g.process.fs.truncate(path, size, base=g.process.cwd)),
    "mkdir": ("ti", lambda g, path, mode: g.process.fs.mkdir(path, created_mode(g.process, mode), base=g.process.cwd)),
    "rmdir": ("t", lambda g, path: g.process.fs.rmdir(path, base=g.process.cwd)),
    "readdir": ("t", _readdir),
    "unlink": ("t", lambda g, path: g.process.fs.unlink(path, base=g.process.cwd)),
    "rename": ("tt", lambda g, old, new: g.process.fs.rename(old, new, old_base=g.process.cwd, new_base=g.process.cwd)),
    "symlink": ("tt", lambda g, target, path: g.process.fs.symlink(target, path, base=g.process.cwd)),
    "readlink": ("t", lambda g, path: g.process.fs.readlink(path, base=g.process.cwd)),
    "mknod": ("tii", _mknod),
    "cwd": ("", lambda g: g.process.getcwd()),
    "chdir": ("t", _chdir),
    "device": ("tii", _device),
    "redirect": ("ii", _redirect),
}
