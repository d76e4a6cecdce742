from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

import compat
from compat.cli.main import main
from compat.kernel.host import sockets
from compat.kernel.vfs.socket import HostSocket
from compat.wasi_p1.rights import SOCKET
from compat.wasi_p1.types import (
    Eventtype,
    Fdflag,
    Fdstat,
    Filetype,
    Iovec,
    Riflag,
    Right,
    Sdflag,
    Subscription,
    SubscriptionU,
)
from tests.conftest import Build
from tests.programs import start, wasi

from .script import At, Script, errno, guest
from .world import ROOT as PREOPENED
from .world import SIZE, World

SAMPLE = Path(__file__).parents[2] / "samples" / "hello.wasm"

CALLS = {
    "sock_accept": (0, 64),
    "sock_recv": (64, 0, 0, 64, 68),
    "sock_send": (64, 0, 0, 64),
    "sock_shutdown": (Sdflag.RD,),
}


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize(("fd", "errno"), [(0, "NOTSOCK"), (3, "NOTSOCK"), (9, "BADF"), (-1, "BADF")])
def test_no_socket(wasi: World, name: str, fd: int, errno: str) -> None:
    assert wasi.call(name, fd, *CALLS[name]) == errno


@pytest.fixture
def listening(wasi: World) -> Iterator[tuple[int, socket.socket]]:
    """A descriptor of a guest that listens, and a client that is connected to it."""
    host = sockets.listen("127.0.0.1", 0)
    with socket.create_connection(host.getsockname(), timeout=10) as client:
        yield wasi.guest.open(HostSocket.owning(sockets.take(host))), client


@pytest.fixture
def connected(wasi: World, listening: tuple[int, socket.socket]) -> tuple[int, socket.socket]:
    """Both ends of a connection."""
    fd, client = listening
    return accept(wasi, fd), client


def accept(wasi: World, fd: int, flags: int = 0) -> int:
    accepted = wasi.out(4)
    assert wasi.call("sock_accept", fd, flags, accepted) == "SUCCESS"
    return wasi.number(accepted)


def receive(wasi: World, fd: int, size: int, flags: int = 0) -> bytes:
    vectors, (buffer,) = wasi.buffers(size)
    received, outcome = wasi.out(4), wasi.out(2)
    assert wasi.call("sock_recv", fd, vectors, flags, received, outcome) == "SUCCESS"
    assert wasi.number(outcome, 2) == 0
    return wasi.read(buffer, wasi.number(received))


def test_a_connection_gets_the_lowest_descriptor_and_the_rights_of_a_socket(
    wasi: World, listening: tuple[int, socket.socket]
) -> None:
    assert wasi.call("fd_close", 0) == "SUCCESS"
    fd = accept(wasi, listening[0], Fdflag.NONBLOCK)
    assert fd == 0
    stat = wasi.struct(Fdstat, "fd_fdstat_get", fd)
    assert (stat.fs_filetype, stat.fs_flags) == (Filetype.SOCKET_STREAM, Fdflag.NONBLOCK)
    assert (stat.fs_rights_base, stat.fs_rights_inheriting) == (SOCKET, SOCKET)


def test_a_connection_gets_what_the_socket_passes_on(wasi: World, listening: tuple[int, socket.socket]) -> None:
    rights = SOCKET & ~(Right.FD_WRITE | Right.SOCK_ACCEPT)
    assert wasi.call("fd_fdstat_set_rights", listening[0], SOCKET, rights) == "SUCCESS"
    stat = wasi.struct(Fdstat, "fd_fdstat_get", accept(wasi, listening[0]))
    assert (stat.fs_rights_base, stat.fs_rights_inheriting) == (rights, rights)


def test_sending_and_receiving(wasi: World, connected: tuple[int, socket.socket]) -> None:
    fd, client = connected
    sent = wasi.out(4)
    assert wasi.call("sock_send", fd, wasi.vectors(b"ab", b"c"), 0, sent) == "SUCCESS"
    assert (wasi.number(sent), client.recv(9)) == (3, b"abc")
    client.sendall(b"12345")
    assert receive(wasi, fd, 2, Riflag.RECV_PEEK) == b"12"
    assert receive(wasi, fd, 4, Riflag.RECV_WAITALL) == b"1234"
    assert receive(wasi, fd, 4) == b"5"


def test_reading_and_writing_do_the_same(wasi: World, connected: tuple[int, socket.socket]) -> None:
    fd, client = connected
    assert wasi.call("fd_write", fd, wasi.vectors(b"out"), wasi.out(4)) == "SUCCESS"
    assert client.recv(9) == b"out"
    client.sendall(b"in")
    vectors, (buffer,) = wasi.buffers(9)
    assert wasi.call("fd_read", fd, vectors, wasi.out(4)) == "SUCCESS"
    assert wasi.read(buffer, 2) == b"in"


def test_shutting_down_one_side_and_the_other(wasi: World, connected: tuple[int, socket.socket]) -> None:
    fd, client = connected
    assert wasi.call("sock_shutdown", fd, Sdflag.WR) == "SUCCESS"
    assert client.recv(1) == b""
    assert wasi.call("sock_send", fd, wasi.vectors(b"x"), 0, wasi.out(4)) == "PIPE"
    assert wasi.call("sock_shutdown", fd, Sdflag.RD) == "SUCCESS"
    assert receive(wasi, fd, 1) == b""


def test_what_a_socket_refuses(wasi: World, listening: tuple[int, socket.socket]) -> None:
    fd, _ = listening
    connection = accept(wasi, fd, Fdflag.NONBLOCK)
    assert wasi.call("sock_recv", connection, wasi.buffers(1)[0], 0, wasi.out(4), wasi.out(2)) == "AGAIN"
    assert wasi.call("sock_recv", fd, wasi.buffers(1)[0], 0, wasi.out(4), wasi.out(2)) == "NOTCONN"
    assert wasi.call("sock_recv", connection, 64, 0, 4, 64, 68) == "INVAL"
    assert wasi.call("sock_send", connection, 64, 0, 1, 64) == "INVAL"
    assert wasi.call("sock_send", connection, 64, 0, 0, SIZE - 1) == "FAULT"
    assert wasi.call("sock_accept", connection, 0, 64) == "INVAL"
    assert wasi.call("sock_accept", fd, 32, 64) == "INVAL"
    assert wasi.call("sock_shutdown", connection, 0) == "INVAL"
    assert wasi.call("sock_shutdown", connection, 4) == "INVAL"
    assert wasi.call("fd_seek", connection, 0, 0, 64) == "NOTCAPABLE"


def test_a_connection_that_finds_no_place_is_dropped(wasi: World, listening: tuple[int, socket.socket]) -> None:
    fd, client = listening
    wasi.process.files.limit = fd + 1
    assert wasi.call("sock_accept", fd, 0, wasi.out(4)) == "MFILE"
    assert client.recv(1) == b""


def test_rights(wasi: World, connected: tuple[int, socket.socket]) -> None:
    fd, _ = connected
    wasi.drop(fd, Right.FD_READ | Right.FD_WRITE | Right.SOCK_SHUTDOWN | Right.SOCK_ACCEPT)
    for name, arguments in CALLS.items():
        assert wasi.call(name, fd, *arguments) == "NOTCAPABLE"


def serve() -> Script:
    """What a program does that gets a directory and a socket: wait for a caller, greet, repeat what it says."""
    script = Script()
    listener = PREOPENED + 1
    subscription = Subscription(userdata=7, u=SubscriptionU(tag=Eventtype.FD_READ, body=listener.to_bytes(4, "little")))
    script.call("poll_oneoff", script.put(subscription.pack()), script.room(32), 1, script.room(4))
    connection, size, buffer = script.room(4), script.room(4), script.room(100)
    vector = script.put(Iovec(buf=buffer, buf_len=100).pack())
    script.call("sock_accept", listener, 0, connection)
    script.call("sock_recv", At(connection), vector, 1, Riflag.RECV_WAITALL, size, script.room(2))
    script.call("sock_send", At(connection), vector, 1, 0, size)
    script.call("sock_shutdown", At(connection), Sdflag.WR)
    return script


def talk(client: socket.socket) -> bytes:
    """The client's side."""
    with client:
        client.sendall(b"x" * 60)
        client.sendall(b"y" * 40)
        return client.makefile("rb").read()


SAID = b"x" * 60 + b"y" * 40


def test_a_program_that_serves(tmp_path: Path) -> None:
    (tmp_path / "guest.wasm").write_bytes(guest())
    listener = socket.create_server(("127.0.0.1", 0))
    # The connection waits in the listener's queue until the program accepts it.
    client = socket.create_connection(listener.getsockname(), timeout=10)
    script = serve()
    with ThreadPoolExecutor() as pool:
        heard = pool.submit(talk, client)
        result = compat.run(
            tmp_path / "guest.wasm",
            stdin=script.encode(),
            mounts=[compat.Mount(str(tmp_path), "/")],
            listen=[listener],
            timeout=20,
        ).check()
        assert heard.result() == SAID
    assert {errno(answer) for answer in script.read(result.stdout)} == {"SUCCESS"}
    assert listener.fileno() == -1


def test_the_command_line_listens(tmp_path: Path) -> None:
    (tmp_path / "guest.wasm").write_bytes(guest())
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    command = ["run", f"--listen=127.0.0.1:{port}", f"--dir={tmp_path}::/", str(tmp_path / "guest.wasm")]
    script = serve()
    with ThreadPoolExecutor() as pool:
        heard = pool.submit(lambda: talk(connect(port)))
        done = subprocess.run(
            [sys.executable, "-m", "compat", *command],
            input=script.encode(),
            capture_output=True,
            timeout=30,
            check=True,
        )
        assert heard.result() == SAID
    assert {errno(answer) for answer in script.read(done.stdout)} == {"SUCCESS"}


def connect(port: int) -> socket.socket:
    """A connection, as soon as someone listens."""
    for _ in range(200):
        with suppress(ConnectionRefusedError):
            return socket.create_connection(("127.0.0.1", port), timeout=10)
        time.sleep(0.05)
    raise TimeoutError(f"nobody listens at {port}")


@pytest.mark.parametrize(
    ("place", "status"), [("127.0.0.1", 125), (":x", 125), ("127.0.0.1:65536", 125), ("host.invalid:80", 126)]
)
def test_places_that_are_none(place: str, status: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "--listen", place, str(SAMPLE)]) == status
    assert place in capsys.readouterr().err


def test_a_program_of_the_other_abi_takes_no_socket() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        with pytest.raises(compat.Unsupported, match="handed a socket"):
            compat.run(SAMPLE, listen=[listener])
        assert listener.fileno() >= 0


def test_a_wasi_program_cannot_be_granted_the_network(build: Build) -> None:
    """It has no function that makes a socket, so a grant would mean nothing."""
    with pytest.raises(compat.Unsupported, match="make a socket"):
        compat.run(build(wasi(start(""))), allow_net=["127.0.0.1"])
