from __future__ import annotations

import pytest

from compat.kernel.files import OpenFile, OpenFlags
from compat.kernel.stat import FileType, Stat
from compat.wasi_p1.types import Riflag, Right, Sdflag

from .world import SIZE, World

CALLS = {
    "sock_accept": (0, 64),
    "sock_recv": (64, 0, 0, 64, 68),
    "sock_send": (64, 0, 0, 64),
    "sock_shutdown": (Sdflag.RD,),
}


class Socket(OpenFile):
    """A socket that gives back what was sent."""

    def __init__(self) -> None:
        super().__init__(OpenFlags.READ | OpenFlags.WRITE)
        self.data = b""

    def stat(self) -> Stat:
        return Stat(dev=0, ino=0, type=FileType.SOCKET, mode=0, nlink=1)

    def _writev(self, buffers: object) -> int:
        self.data += b"".join(buffers)  # type: ignore[call-overload]
        return len(self.data)

    def _readv(self, buffers: object) -> int:
        (buffer,) = buffers  # type: ignore[misc]
        size = min(len(buffer), len(self.data))
        buffer[:size] = self.data[:size]
        return size


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize(("fd", "errno"), [(0, "NOTSOCK"), (3, "NOTSOCK"), (9, "BADF"), (-1, "BADF")])
def test_no_socket(wasi: World, name: str, fd: int, errno: str) -> None:
    assert wasi.call(name, fd, *CALLS[name]) == errno


def test_sending_and_receiving(wasi: World) -> None:
    fd = wasi.guest.open(Socket())
    sent, received, flags = wasi.out(4), wasi.out(4), wasi.out(2)
    assert wasi.call("sock_send", fd, wasi.vectors(b"ab", b"c"), 0, sent) == "SUCCESS"
    vectors, (buffer,) = wasi.buffers(5)
    assert wasi.call("sock_recv", fd, vectors, 0, received, flags) == "SUCCESS"
    assert (wasi.number(sent), wasi.number(received), wasi.number(flags, 2)) == (3, 3, 0)
    assert wasi.read(buffer, 5) == b"abc??"


def test_what_a_socket_refuses(wasi: World) -> None:
    fd = wasi.guest.open(Socket())
    assert wasi.call("sock_recv", fd, 64, 0, Riflag.RECV_PEEK, 64, 68) == "NOTSUP"
    assert wasi.call("sock_recv", fd, 64, 0, 4, 64, 68) == "INVAL"
    assert wasi.call("sock_send", fd, 64, 0, 1, 64) == "INVAL"
    assert wasi.call("sock_send", fd, 64, 0, 0, SIZE - 1) == "FAULT"
    assert wasi.call("sock_accept", fd, 0, 64) == "NOTSUP"
    assert wasi.call("sock_accept", fd, 32, 64) == "INVAL"
    assert wasi.call("sock_shutdown", fd, 0) == "INVAL"
    assert wasi.call("sock_shutdown", fd, 3) == "NOTSUP"
    assert wasi.call("sock_shutdown", fd, 4) == "INVAL"


def test_rights(wasi: World) -> None:
    fd = wasi.guest.open(Socket())
    wasi.drop(fd, Right.FD_READ | Right.FD_WRITE | Right.SOCK_SHUTDOWN | Right.SOCK_ACCEPT)
    for name, arguments in CALLS.items():
        assert wasi.call(name, fd, *arguments) == "NOTCAPABLE"
