"""The frequent case of a row, in C, does what its body in Python does: each random call is made both ways."""

from __future__ import annotations

import os
import struct
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from compat.native._native import ffi, lib
from hypothesis import given, settings
from hypothesis import strategies as st

from compat import wasi_p1
from compat.abi.bind import bind, row_type
from compat.abi.row import Row, Tables
from compat.emscripten_abi import tables as emscripten_tables
from compat.engine import default_engine
from compat.kernel.files import OpenFile, OpenFlags
from compat.kernel.vfs.hostfs import MountedFile
from compat.kernel.vfs.memory import MemoryFile, MemoryOpenFile
from compat.kernel.vfs.stream import BytesInput, HostStream
from compat.native import process as native
from compat.session import Mount, Options, Program, Session
from compat.wasi_p1.guest import WasiGuest
from tests.programs import emscripten as emscripten_program
from tests.programs import main

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="nothing is served in C there")

CONTENT = bytes(range(256)) * 3
STANDALONE = {"wasi_proc_exit", "wasi_fd_close", "wasi_fd_fdstat_set_flags"}
"""Served in the launcher only."""
CHANGING = ("clock", "random", "_now", "timeofday")
"""In the names of functions whose answers differ from one call to the next."""

NUMBERS = st.sampled_from([0, 1, 2, 3, 4, 5, 6, 7, 8, 64, 96, 256, 300, 4096, 131068, 131071, 1 << 31, (1 << 32) - 1])
"""Descriptors, flags, addresses and lengths, good and bad ones."""
OFFSETS = st.sampled_from([0, 1, 5, 700, (1 << 63) - 1, 1 << 63, (1 << 64) - 1])
WORDS, TABLE = 24, 64
"""How many words of memory each example sets, and where: vectors, system calls' arguments, subscriptions."""


def native_rows(tables: Tables) -> list[Row]:
    return [row for row in tables if row.native and row.native not in STANDALONE]


WASI, EMSCRIPTEN = native_rows(wasi_p1.TABLES), native_rows(emscripten_tables.TABLES)


def test_every_named_function_is_there() -> None:
    for row in chain(wasi_p1.TABLES, emscripten_tables.TABLES):
        assert not row.native or native.function(row.native), row.name


def imports(rows: list[Row]) -> tuple[str, str]:
    """Imports of the rows, and exported functions `f0` and so on that call them."""
    imported, exported = "", ""
    for index, row in enumerate(rows):
        result, letters = letters_of(row)
        params = " ".join(TYPES[letter] for letter in letters)
        declared = f"(param {params}) (result {TYPES[result]})"
        imported += f'(import "{row.module}" "{row.name}" (func $f{index} {declared}))'
        arguments = " ".join(f"(local.get {i})" for i in range(len(letters)))
        exported += f'(func (export "f{index}") {declared} (call $f{index} {arguments}))'
    return imported, exported


TYPES = {"i": "i32", "j": "i64", "d": "f64"}
BITS = {"i": 32, "j": 64}


def letters_of(row: Row) -> tuple[str, str]:
    declared = row_type(row)
    assert declared is not None
    result, _, params = declared.removesuffix(")").partition("(")
    return result, params


class Both:
    """A guest whose rows are called both ways, from the same state."""

    def __init__(self, session: Session, rows: list[Row], folders: list[Path]) -> None:
        self.guest = session.guest
        self.rows = rows
        self.folders = folders
        self.bodies: list[Callable[..., object]] = [bind(row, self.guest, row.name) for row in rows]

    def state(self) -> State:
        files = {path: path.read_bytes() for folder in self.folders for path in folder.iterdir() if path.is_file()}
        in_memory = [
            (held(content), where[0], content.volume.used if content.volume else 0)
            for content, where in self._contents()
        ]
        return bytes(self.guest.memory.buffer()), files, [position(fd) for fd in self._descriptors()], in_memory

    def restore(self, state: State) -> None:
        memory, files, positions, in_memory = state
        for (content, where), (data, place, used) in zip(self._contents(), in_memory, strict=True):
            where[0] = place
            if held(content) != data:
                assert lib.content_resize(content, len(data))
                ffi.memmove(content.data, data, len(data))
                content.volume.used = used
        self.guest.memory.write(0, memory)
        for path, data in files.items():
            if path.read_bytes() != data:
                path.write_bytes(data)
        for descriptor, place in zip(self._descriptors(), positions, strict=True):
            if place >= 0:
                os.lseek(descriptor, place, os.SEEK_SET)

    def call(self, index: int, arguments: list[int]) -> None:
        before = self.state()
        exported = self.guest.exports[f"f{index}"]
        one = exported(*arguments), self.state()
        self.restore(before)
        # As the engine passes them.
        letters = letters_of(self.rows[index])[1]
        signed = [number - (number >> BITS[i] - 1 << BITS[i]) for i, number in zip(letters, arguments, strict=True)]
        other = self.bodies[index](*signed), self.state()
        if not any(word in self.rows[index].name for word in CHANGING):
            assert one == other, (self.rows[index].name, arguments)

    def _descriptors(self) -> list[int]:
        files = self.guest.process.files
        return [descriptor for fd in files if (descriptor := files[fd].host_descriptor()) is not None]

    def _contents(self) -> list[tuple[Any, Any]]:
        """What C knows of each open file in memory: the content, the position."""
        files = self.guest.process.files
        opened = [file.native for file in (files[fd] for fd in files) if file.native is not None]
        return [(file.content, file.position) for file in opened if file.content != ffi.NULL]


def held(content: Any) -> bytes:
    return bytes(ffi.buffer(content.data, content.size)) if content.size else b""


State = tuple[bytes, dict[Path, bytes], list[int], list[tuple[bytes, int, int]]]


def position(descriptor: int) -> int:
    try:
        return os.lseek(descriptor, 0, os.SEEK_CUR)
    except OSError:
        return -1


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("native")


@pytest.fixture(scope="module", params=["regular", "device"])
def streams(request: pytest.FixtureRequest, folder: Path) -> Iterator[list[int]]:
    """The host's descriptors behind the guest's standard streams."""
    paths = [folder / name for name in ("in", "out", "err")]
    if request.param == "device":
        paths = [Path(os.devnull)] * 3
    for path in paths:
        path.write_bytes(CONTENT)
    opened = [os.open(path, os.O_RDWR) for path in paths]
    yield opened
    for descriptor in opened:
        os.close(descriptor)


@contextmanager
def both(folder: Path, streams: list[int], rows: list[Row], program: str) -> Iterator[Both]:
    """A session of the program, with files of the host at the descriptors behind its own."""
    mounted = folder / "mounted"
    mounted.mkdir(exist_ok=True)
    (folder / "program.wasm").write_bytes(default_engine().assemble(program))

    def stream(descriptor: int, *, readable: bool = False, writable: bool = False) -> HostStream:
        return HostStream(streams[descriptor], readable=readable, writable=writable)

    options = Options(mounts=[Mount(str(mounted), "/mounted")])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("compat.session.standard_stream", stream)
        session = Session(Program(folder / "program.wasm", options), [], options)
    with session:
        session.start()
        process = session.process
        for name, flags in FILES.items():
            (mounted / name).write_bytes(CONTENT)
            add(session, process.fs.open(f"/mounted/{name}", flags, 0o666))
            in_memory = process.fs.open(f"/{name}", flags | OpenFlags.CREATE, 0o666)
            assert isinstance(in_memory, MemoryOpenFile)
            in_memory.node.write_at([memoryview(CONTENT)], 0)
            add(session, in_memory)
        add(session, BytesInput(CONTENT))
        if isinstance(session.guest, WasiGuest):
            session.guest.close(3)  # the directory: calls on paths are Python's, and would not do the same twice
        yield Both(session, rows, [mounted, folder])


def add(session: Session, file: OpenFile) -> None:
    if isinstance(session.guest, WasiGuest):
        session.guest.open(file)
    else:
        session.process.files.open(file)


FILES = {
    "reading": OpenFlags.READ,
    "writing": OpenFlags.WRITE,
    "both": OpenFlags.READ | OpenFlags.WRITE,
    "appending": OpenFlags.READ | OpenFlags.WRITE | OpenFlags.APPEND,
    "synchronous": OpenFlags.READ | OpenFlags.WRITE | OpenFlags.SYNC,
}


@pytest.fixture(scope="module")
def wasi(folder: Path, streams: list[int], small_files: None) -> Iterator[Both]:
    imported, exported = imports(WASI)
    program = f'(module {imported} (memory (export "memory") 2) {exported} (func (export "_start")))'
    with both(folder, streams, WASI, program) as guest:
        yield guest


@pytest.fixture(scope="module")
def emscripten(folder: Path, streams: list[int], small_files: None) -> Iterator[Both]:
    imported, exported = imports(EMSCRIPTEN)
    with both(folder, streams, EMSCRIPTEN, emscripten_program(exported + main(""), imported)) as guest:
        yield guest


def calls(rows: list[Row]) -> st.SearchStrategy[tuple[int, list[int]]]:
    """A row, and arguments for it."""
    kinds = {"i": NUMBERS, "j": OFFSETS}
    return st.one_of(
        [
            st.tuples(st.just(index), st.tuples(*(kinds[letter] for letter in letters_of(row)[1])).map(list))
            for index, row in enumerate(rows)
        ]
    )


def check(guest: Both, words: list[int], made: list[tuple[int, list[int]]]) -> None:
    guest.guest.memory.write(TABLE, b"".join(word.to_bytes(4, "little") for word in words))
    for index, arguments in made:
        guest.call(index, arguments)


TABLES = st.lists(NUMBERS, min_size=WORDS, max_size=WORDS)


@given(TABLES, st.lists(calls(WASI), min_size=1, max_size=8))
@settings(max_examples=150)
def test_wasi(wasi: Both, words: list[int], made: list[tuple[int, list[int]]]) -> None:
    check(wasi, words, made)


@given(TABLES, st.lists(calls(EMSCRIPTEN), min_size=1, max_size=8))
@settings(max_examples=100)
def test_emscripten(emscripten: Both, words: list[int], made: list[tuple[int, list[int]]]) -> None:
    check(emscripten, words, made)


def test_what_is_frequent_never_comes_to_python(wasi: Both, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reads and writes of plain files are served in C: with Python's own way closed, they still are."""

    def closed(*_: object) -> None:
        raise AssertionError("came to Python")

    for kind in (HostStream, MountedFile, MemoryOpenFile, BytesInput):
        for hook in ("_readv", "_writev", "_preadv", "_pwritev"):
            monkeypatch.setattr(kind, hook, closed)
    opened = sorted(fd for fd in wasi.guest.process.files if fd > 2)
    wasi.guest.memory.write(TABLE, struct.pack("<II", 256, 4))
    by_name = {row.name: f"f{index}" for index, row in enumerate(WASI) if row.module.endswith("preview1")}
    calls: list[tuple[str, int, list[int]]] = [("fd_write", 1, []), ("fd_read", 0, []), ("fd_read", opened[-1], [])]
    for reading, writing, both_ways in (opened[0:6:2], opened[1:6:2]):  # of the host, and in memory
        calls += [("fd_read", reading, []), ("fd_write", writing, [])]
        calls += [("fd_pread", reading, [1]), ("fd_pwrite", both_ways, [1])]
    for name, fd, more in calls:
        assert wasi.guest.exports[by_name[name]](fd, TABLE, 1, *more, 512) == 0


def test_what_is_written_in_c_is_dated(wasi: Both) -> None:
    fd = sorted(fd for fd in wasi.guest.process.files if fd > 2)[5]
    node = wasi.guest.process.files[fd].node
    assert isinstance(node, MemoryFile)
    write = next(f"f{i}" for i, row in enumerate(WASI) if row.name == "fd_write")
    wasi.guest.memory.write(TABLE, struct.pack("<II", 256, 4))
    for change in (lambda: None, lambda: node.utimes(1, 2), lambda: node.chmod(0o600)):
        change()
        assert wasi.guest.exports[write](fd, TABLE, 1, 512) == 0
        before = node.stat()
        assert before.mtime == before.ctime > 2
        assert before.atime <= before.mtime
        assert wasi.guest.exports[write](fd, TABLE, 1, 512) == 0
        node.utimes(1, 2)
        assert node.stat().mtime == 2
        assert node.stat().ctime >= before.ctime
