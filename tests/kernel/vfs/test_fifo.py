"""FIFOs of the host in a mount, and pipes that nobody empties: what waits for them ends with the time of the run."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from compat.errors import TimeLimit
from compat.kernel.clock import Clock, SteppingClock, SystemClock
from compat.kernel.errno import Errno
from compat.kernel.files import OpenFlags
from compat.kernel.host import system
from compat.kernel.paths import FileSystem
from compat.kernel.vfs.hostfs import HostVolume
from compat.kernel.vfs.memory import MemoryVolume
from compat.kernel.vfs.stream import HostStream
from tests.kernel.support import READ, WRITE, raises

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there are no FIFOs there")


@pytest.fixture(params=[SystemClock, SteppingClock])
def clock(request: pytest.FixtureRequest) -> Clock:
    made: Clock = request.param()
    return made


@pytest.fixture
def mounted(tmp_path: Path, clock: Clock) -> Iterator[FileSystem]:
    os.mkfifo(tmp_path / "fifo")
    fs = FileSystem(MemoryVolume(clock).root)
    volume = HostVolume(str(tmp_path), clock)
    fs.mount("/host", volume.root)
    yield fs
    volume.close()


def limit(clock: Clock, seconds: float) -> None:
    clock.deadline = system.monotonic() + round(seconds * 1e9)


def test_a_reader_waits_for_a_writer_and_reads_up_to_its_end(mounted: FileSystem, tmp_path: Path) -> None:
    file = mounted.open("/host/fifo", READ)
    late = threading.Timer(0.1, (tmp_path / "fifo").write_bytes, [b"late"])
    late.start()
    assert (file.read(10), file.read(10)) == (b"late", b"")
    late.join()
    file.close()


def test_a_writer_waits_for_a_reader(mounted: FileSystem, tmp_path: Path) -> None:
    with ThreadPoolExecutor() as pool:
        reading = pool.submit((tmp_path / "fifo").read_bytes)
        file = mounted.open("/host/fifo", WRITE)
        assert file.write(b"x" * 200_000) == 200_000
        file.close()
        assert len(reading.result()) == 200_000


def test_a_reader_that_nobody_writes_to_ends_at_the_deadline(mounted: FileSystem, clock: Clock) -> None:
    limit(clock, 0.1)
    file = mounted.open("/host/fifo", READ)
    with pytest.raises(TimeLimit):
        file.read(1)
    file.close()


def test_a_writer_that_nobody_reads_from_ends_at_the_deadline(mounted: FileSystem, clock: Clock) -> None:
    limit(clock, 0.1)
    with pytest.raises(TimeLimit):
        mounted.open("/host/fifo", WRITE)


def test_without_blocking_nobody_waits(mounted: FileSystem, tmp_path: Path) -> None:
    with raises(Errno.ENXIO):
        mounted.open("/host/fifo", WRITE | OpenFlags.NONBLOCK)
    reader = mounted.open("/host/fifo", READ | OpenFlags.NONBLOCK)
    with raises(Errno.EAGAIN):
        reader.read(1)
    writer = mounted.open("/host/fifo", WRITE | OpenFlags.NONBLOCK)
    assert writer.write(b"now") == 3
    assert reader.read(10) == b"now"
    while writer.poll().writable:
        writer.write(bytes(1 << 16))
    with raises(Errno.EAGAIN):
        writer.write(b"x")
    reader.close()
    with raises(Errno.EPIPE):
        writer.write(b"x")
    writer.close()


def test_a_pipe_that_nobody_empties_ends_at_the_deadline(clock: Clock) -> None:
    reader, writer = os.pipe()
    stream = HostStream(writer, writable=True, owned=True)
    stream.clock = clock
    limit(clock, 0.2)
    with pytest.raises(TimeLimit):
        stream.write(bytes(1 << 20))
    stream.close()
    os.close(reader)


def test_a_pipe_that_is_emptied_gets_all_of_it(clock: Clock) -> None:
    reader, writer = os.pipe()
    stream = HostStream(writer, writable=True, owned=True)
    stream.clock = clock
    limit(clock, 60)
    data = bytes(range(256)) * 4096
    with ThreadPoolExecutor() as pool, os.fdopen(reader, "rb") as file:
        reading = pool.submit(file.read)
        assert stream.writev([memoryview(data)[:5], memoryview(data)[5:]]) == len(data)
        stream.close()
        assert reading.result() == data
