from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from compat.kernel.clock import Alarm, SteppingClock, SystemClock
from compat.kernel.errno import Errno
from compat.kernel.host import sockets
from compat.kernel.poll import Interest, poll
from compat.kernel.stat import Readiness
from compat.kernel.vfs.pair import socket_pair
from compat.kernel.vfs.pipe import pipe
from compat.kernel.vfs.socket import HostSocket
from compat.kernel.vfs.stream import CapturedOutput, HostStream
from tests.kernel.support import raises

MILLISECOND = 1_000_000


@pytest.fixture
def host_pipe() -> Iterator[tuple[HostStream, HostStream]]:
    reader, writer = os.pipe()
    ends = HostStream(reader, readable=True, owned=True), HostStream(writer, writable=True, owned=True)
    yield ends
    for end in ends:
        end.close()


def test_it_waits_until_a_host_descriptor_is_readable(host_pipe: tuple[HostStream, HostStream]) -> None:
    reader, writer = host_pipe
    late = threading.Timer(0.1, writer.write, [b"x"])
    late.start()
    (ready,) = poll([Interest(reader, read=True, write=False)], None, SystemClock())
    assert ready.readable
    late.join()
    assert reader.read(1) == b"x"


def test_time_runs_out(host_pipe: tuple[HostStream, HostStream]) -> None:
    start = time.monotonic()
    (ready,) = poll([Interest(host_pipe[0], True, False)], 50 * MILLISECOND, SystemClock())
    assert not ready
    assert time.monotonic() - start >= 0.05


def test_a_stepping_clock_only_moves(host_pipe: tuple[HostStream, HostStream]) -> None:
    clock = SteppingClock()
    start = time.monotonic()
    assert not any(poll([Interest(host_pipe[0], True, False)], 3_600_000 * MILLISECOND, clock))
    assert time.monotonic() - start < 10
    assert clock.monotonic() == 3_600_000 * MILLISECOND


def test_a_socket_is_waited_for_whatever_the_clock_says() -> None:
    """Time on the stepping clock passes only when the real time-out has."""
    near, far = socket.socketpair()
    file, clock = HostSocket.owning(sockets.take(near)), SteppingClock()
    start = time.monotonic()
    assert not any(poll([Interest(file, True, False)], 50 * MILLISECOND, clock))
    assert time.monotonic() - start >= 0.05
    assert clock.monotonic() == 50 * MILLISECOND
    late = threading.Timer(0.1, far.sendall, [b"x"])
    late.start()
    assert poll([Interest(file, True, False)], 20_000 * MILLISECOND, clock)[0].readable
    late.join()
    far.close()
    file.close()


@pytest.mark.posix("a socket there tells nobody who does not call")
def test_an_error_counts_whatever_is_asked() -> None:
    """A datagram that nobody wants is told to its sender, at the next call."""
    with socket.socket(type=socket.SOCK_DGRAM) as gone, socket.socket(type=socket.SOCK_DGRAM) as near:
        gone.bind(("127.0.0.1", 0))
        near.connect(gone.getsockname())
        gone.close()
        near.send(b"x")
        file = HostSocket.owning(sockets.take(near))
        assert poll([Interest(file, False, False)], None, SystemClock()) == [Readiness(failed=True)]
        file.close()


def test_a_hang_up_counts_whatever_is_asked(host_pipe: tuple[HostStream, HostStream]) -> None:
    reader, writer = host_pipe
    writer.close()
    (ready,) = poll([Interest(reader, read=False, write=False)], None, SystemClock())
    assert ready.hangup


def test_only_what_was_asked_for_is_told() -> None:
    reader, writer = pipe(SteppingClock())
    assert not any(poll([Interest(reader, True, True)], 0, SteppingClock()))
    writer.write(b"abc")
    both = poll([Interest(reader, True, True), Interest(writer, True, True)], 0, SteppingClock())
    assert [(r.readable, r.writable) for r in both] == [(True, False), (False, True)]
    assert reader.available() == 3


def test_a_wait_without_an_end_is_edeadlk() -> None:
    reader, _ = pipe(SteppingClock())
    with raises(Errno.EDEADLK):
        poll([Interest(reader, True, False)], None, SystemClock())
    with raises(Errno.EDEADLK):
        poll([], None, SystemClock())


def test_files_in_memory_are_always_ready() -> None:
    assert poll([Interest(CapturedOutput(), True, True)], None, SystemClock())[0].writable


class Bell(Alarm):
    """Rings once, does what it is told to, and interrupts what does not restart."""

    def __init__(self, due: int, action: Callable[[], object] = lambda: None, heeded: bool = True) -> None:
        self.due = due
        self._action = action
        self._heeded = heeded

    def ring(self, restarts: bool = False) -> bool:
        self.due = None
        self._action()
        return self._heeded and not restarts


def test_an_alarm_interrupts_a_wait(host_pipe: tuple[HostStream, HostStream]) -> None:
    for clock in (SystemClock(), SteppingClock()):
        for interests in ([], [Interest(host_pipe[0], True, False)]):
            clock.alarm = Bell(clock.monotonic() + 20 * MILLISECOND)
            with raises(Errno.EINTR):
                poll(interests, None, clock)
            assert clock.monotonic() >= 20 * MILLISECOND


def test_an_alarm_that_nobody_heeds_leaves_the_rest_of_a_wait() -> None:
    clock = SteppingClock()
    clock.alarm = Bell(20 * MILLISECOND, heeded=False)
    assert poll([], 100 * MILLISECOND, clock) == []
    assert 100 * MILLISECOND <= clock.monotonic() <= 105 * MILLISECOND
    clock.alarm = Bell(clock.monotonic() + 20 * MILLISECOND, heeded=False)
    with raises(Errno.EDEADLK):
        poll([], None, clock)


def test_a_later_alarm_leaves_a_wait_alone() -> None:
    clock = SteppingClock()
    clock.alarm = Bell(500 * MILLISECOND)
    assert poll([], 100 * MILLISECOND, clock) == []
    assert clock.alarm.due


@pytest.mark.parametrize("clock", [SystemClock(), SteppingClock()])
def test_a_read_from_the_host_is_interrupted(
    host_pipe: tuple[HostStream, HostStream], clock: SystemClock | SteppingClock
) -> None:
    reader, writer = host_pipe
    reader.clock = clock
    clock.alarm = Bell(clock.monotonic() + 20 * MILLISECOND, lambda: writer.write(b"x"))
    assert reader.read(8) == b"x"

    def interrupt() -> None:
        raise KeyError

    clock.alarm = Bell(clock.monotonic() + 20 * MILLISECOND, interrupt)
    with pytest.raises(KeyError):
        reader.read(8)


@pytest.mark.parametrize("wait", [True, False])
def test_what_both_ends_are_the_guests_of_is_waited_for_only_with_an_alarm(wait: bool) -> None:
    clock = SteppingClock()
    reader, writer = pipe(clock)
    one, other = socket_pair(clock, stream=True)
    buffer = memoryview(bytearray(8))
    clock.alarm = Bell(clock.monotonic() + 20 * MILLISECOND, lambda: writer.write(b"x"))
    assert reader.read(8) == b"x"
    clock.alarm = Bell(clock.monotonic() + 20 * MILLISECOND, lambda: other.write(b"yy"))
    if wait:
        assert one.receive([buffer]).size == 2
    else:
        with raises(Errno.EAGAIN):
            one.receive([buffer], wait=False)
    while writer.poll().writable:
        writer.write(bytes(1 << 16))
    clock.alarm = Bell(clock.monotonic() + 20 * MILLISECOND, lambda: reader.read(10))
    assert writer.write(b"z" * 20) == 10
    clock.alarm = Bell(clock.monotonic() + 20 * MILLISECOND, heeded=False)
    with raises(Errno.EAGAIN):
        writer.write(b"z")
