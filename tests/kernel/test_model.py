"""Files in memory behave as the host's, whichever way those are found.

Random sequences of operations on all give the same results and errors.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from functools import partial
from typing import Any

import hypothesis.strategies as st
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, rule

from compat.kernel.clock import SteppingClock
from compat.kernel.errno import SysError
from compat.kernel.files import OpenFile, OpenFlags, Whence
from compat.kernel.paths import FileSystem
from compat.kernel.stat import FileType
from compat.kernel.vfs.hostfs import HostVolume
from compat.kernel.vfs.memory import MemoryVolume
from tests.kernel.support import name_by_name


def _joined(flags: set[OpenFlags]) -> OpenFlags:
    joined = OpenFlags(0)
    for flag in flags:
        joined |= flag
    # Without an access mode POSIX says nothing of what happens.
    return joined if joined & (OpenFlags.READ | OpenFlags.WRITE) else joined | OpenFlags.READ


COMPONENTS = st.sampled_from(["a", "b", "c", "l", "..", ".", ""])
PATHS = st.builds(
    lambda parts, slash: "/" + "/".join(parts) + ("/" if slash else ""),
    st.lists(COMPONENTS, min_size=1, max_size=3),
    st.integers(0, 6).map(lambda n: n == 0),
)
TARGETS = st.one_of(PATHS, st.sampled_from(["a", "../b", "b/c", "l", ".", "..", "/", "a/"]))
FLAGS = st.sets(st.sampled_from([flag for flag in OpenFlags if flag is not OpenFlags.NONBLOCK])).map(_joined)
MODES = st.integers(0, 0o777)
OFFSETS = st.integers(-3, 40)
DATA = st.binary(max_size=20)
BOOL = st.booleans()


def outcome(call: Callable[[], Any]) -> object:
    try:
        return call()
    except SysError as error:
        return error.errno


class AllKinds(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.umask = os.umask(0)
        self.temporaries = [tempfile.TemporaryDirectory(), tempfile.TemporaryDirectory()]
        clock = SteppingClock()
        self.systems = [
            FileSystem(MemoryVolume(clock).root),
            *[FileSystem(HostVolume(temporary.name, clock).root) for temporary in self.temporaries],
        ]
        for host in self.systems[1:]:
            host.chmod("/", 0o755)
        self.files: list[list[OpenFile]] = []

    def teardown(self) -> None:
        for opened in self.files:
            for file in opened:
                file.close()
        for temporary in self.temporaries:
            temporary.cleanup()
        os.umask(self.umask)

    def outcomes(self, call: Callable[[FileSystem], Any]) -> list[Any]:
        memory, host, other = (partial(outcome, partial(call, fs)) for fs in self.systems)
        found = [memory(), host()]
        with name_by_name():
            return [*found, other()]

    def same(self, call: Callable[[FileSystem], Any]) -> None:
        memory, host, other = self.outcomes(call)
        assert memory == host == other

    @rule(path=PATHS, flags=FLAGS, mode=MODES)
    def open(self, path: str, flags: OpenFlags, mode: int) -> None:
        opened = self.outcomes(lambda fs: fs.open(path, flags, mode))
        if all(isinstance(file, OpenFile) for file in opened):
            self.files.append(opened)
        else:
            assert opened[0] == opened[1] == opened[2]

    @rule(path=PATHS, follow=BOOL)
    def stat(self, path: str, follow: bool) -> None:
        def visible(fs: FileSystem) -> object:
            stat = fs.stat(path, follow=follow)
            return stat.type, stat.mode, stat.nlink, stat.size, stat.blocks, stat.uid

        self.same(visible)

    @rule(path=PATHS)
    def readdir(self, path: str) -> None:
        def listing(fs: FileSystem) -> object:
            entries = fs.open(path, OpenFlags.READ | OpenFlags.DIRECTORY).readdir()
            return sorted((entry.name, entry.type.name) for entry in entries)

        self.same(listing)

    @rule(path=PATHS, mode=MODES)
    def mkdir(self, path: str, mode: int) -> None:
        self.same(lambda fs: fs.mkdir(path, mode | 0o700))

    @rule(path=PATHS)
    def rmdir(self, path: str) -> None:
        self.same(lambda fs: fs.rmdir(path))

    @rule(path=PATHS)
    def unlink(self, path: str) -> None:
        self.same(lambda fs: fs.unlink(path))

    @rule(path=PATHS, text=TARGETS)
    def symlink(self, path: str, text: str) -> None:
        self.same(lambda fs: fs.symlink(text, path))

    @rule(path=PATHS)
    def readlink(self, path: str) -> None:
        self.same(lambda fs: fs.readlink(path))

    @rule(old=PATHS, new=PATHS)
    def rename(self, old: str, new: str) -> None:
        self.same(lambda fs: fs.rename(old, new))

    @rule(old=PATHS, new=PATHS, follow=BOOL)
    def link(self, old: str, new: str, follow: bool) -> None:
        self.same(lambda fs: fs.link(old, new, follow=follow))

    @rule(path=PATHS, mode=MODES)
    def mknod(self, path: str, mode: int) -> None:
        self.same(lambda fs: fs.mknod(path, FileType.REGULAR, mode))

    @rule(path=PATHS, mode=MODES, follow=BOOL)
    def chmod(self, path: str, mode: int, follow: bool) -> None:
        self.same(lambda fs: fs.chmod(path, mode | 0o600, follow=follow))

    @rule(path=PATHS, atime=st.integers(0, 1 << 60), mtime=st.none() | st.integers(0, 1 << 60), follow=BOOL)
    def utimes(self, path: str, atime: int, mtime: int | None, follow: bool) -> None:
        def times(fs: FileSystem) -> object:
            fs.utimes(path, atime, mtime, follow=follow)
            stat = fs.stat(path, follow=follow)
            # To find the way may mean to read this very link, and a host notes that.
            return stat.type is FileType.SYMLINK or stat.atime, mtime is None or stat.mtime

        self.same(times)

    @rule(path=PATHS, size=OFFSETS)
    def truncate(self, path: str, size: int) -> None:
        self.same(lambda fs: fs.truncate(path, size))

    @rule(which=st.integers(0, 1 << 20), data=DATA, more=DATA)
    def write(self, which: int, data: bytes, more: bytes) -> None:
        self.on_file(which, lambda file: file.writev([memoryview(data), memoryview(more)]))

    @rule(which=st.integers(0, 1 << 20), data=DATA, offset=OFFSETS)
    def pwrite(self, which: int, data: bytes, offset: int) -> None:
        self.on_file(which, lambda file: file.pwrite(data, offset))

    @rule(which=st.integers(0, 1 << 20), size=st.integers(0, 30))
    def read(self, which: int, size: int) -> None:
        self.on_file(which, lambda file: file.read(size))

    @rule(which=st.integers(0, 1 << 20), size=st.integers(0, 30), offset=OFFSETS)
    def pread(self, which: int, size: int, offset: int) -> None:
        self.on_file(which, lambda file: file.pread(size, offset))

    @rule(which=st.integers(0, 1 << 20), offset=OFFSETS, whence=st.sampled_from(list(Whence)))
    def seek(self, which: int, offset: int, whence: Whence) -> None:
        self.on_file(which, lambda file: file.seek(offset, whence))

    @rule(which=st.integers(0, 1 << 20), size=OFFSETS)
    def ftruncate(self, which: int, size: int) -> None:
        self.on_file(which, lambda file: file.truncate(size))

    @rule(which=st.integers(0, 1 << 20), offset=OFFSETS, length=OFFSETS)
    def allocate(self, which: int, offset: int, length: int) -> None:
        self.on_file(which, lambda file: file.allocate(offset, length))

    @rule(which=st.integers(0, 1 << 20))
    def fstat(self, which: int) -> None:
        self.on_file(which, lambda file: (file.stat().type, file.stat().size, file.stat().nlink, file.stat().mode))

    @rule(which=st.integers(0, 1 << 20))
    def close(self, which: int) -> None:
        if self.files:
            for file in self.files.pop(which % len(self.files)):
                file.close()

    def on_file(self, which: int, call: Callable[[OpenFile], Any]) -> None:
        if self.files:
            memory, host, other = (outcome(partial(call, file)) for file in self.files[which % len(self.files)])
            assert memory == host == other


AllKinds.TestCase.settings = settings(max_examples=100, stateful_step_count=40)
TestAllKinds = AllKinds.TestCase
