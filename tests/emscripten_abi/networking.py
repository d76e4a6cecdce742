"""A program on the engine that makes the calls of the network that a test asks for, and servers to make them to."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import compat
from compat.emscripten_abi.sockaddr import packed
from compat.emscripten_abi.syscalls.sockets import SocketCall
from compat.engine import default_engine
from compat.kernel.addresses import Address
from tests.programs import emscripten

SYSCALLS = (3, 4, 6, 41, 54, 63, 102, 142, 145, 168, 197, 221, 337, 345)
FUNCTIONS = {
    "_getaddrinfo": 4,
    "_getnameinfo": 7,
    "_gethostbyname": 1,
    "_gethostbyaddr": 3,
    "_gethostbyname_r": 6,
}
FRAME, ARGUMENTS, SOCKADDR, LENGTH = 0x2_0000, 0x2_0100, 0x2_0200, 0x2_0300
DATA, TEXT, RESULT = 0x3_0000, 0x4_0000, 0x5_0000
HEAP = 70_000
"""What `malloc` always gives out."""

INET, INET6, UNIX = 2, 10, 1
STREAM, DGRAM = 1, 2
NONBLOCK, CLOEXEC = 0o4000, 0o2000000

EACCES, EAGAIN, EBADF, EFAULT, EINVAL, EMFILE, EPIPE = 13, 11, 9, 14, 22, 24, 32
ENOTSOCK, EDESTADDRREQ, EMSGSIZE, EPROTOTYPE, ENOPROTOOPT, EPROTONOSUPPORT, ENOTSUP = 88, 89, 90, 91, 92, 93, 95
EAFNOSUPPORT, EADDRINUSE, EADDRNOTAVAIL, ECONNRESET, EISCONN, ENOTCONN = 97, 98, 99, 104, 106, 107
ECONNREFUSED, EALREADY, EINPROGRESS, EDOM = 111, 114, 115, 33

LOOPBACK = {socket.AF_INET: "127.0.0.1", socket.AF_INET6: "::1"}


def passing_on(name: str, count: int) -> tuple[str, str]:
    """The import of a function that takes and returns i32, and an export that calls it."""
    params = f"(param {'i32 ' * count}) (result i32)"
    values = " ".join(f"(local.get {i})" for i in range(count))
    return (
        f'(import "env" "{name}" (func ${name} {params}))',
        f'(func (export "call{name}") {params} (call ${name} {values}))',
    )


class Program:
    """The calls, as C would make them; what fails is the negative error number."""

    def __init__(self, module: compat.Module) -> None:
        self.module = module
        self.memory = module.memory

    def call(self, name: str, *arguments: int) -> int:
        return int(self.module.call(f"call{name}", *arguments) or 0)

    def syscall(self, number: int, *slots: int) -> int:
        for i, slot in enumerate(slots):
            self.memory.store_32(FRAME + 4 * i, slot)
        return self.call(f"___syscall{number}", number, FRAME)

    def socketcall(self, call: SocketCall, *arguments: int) -> int:
        for i, argument in enumerate(arguments):
            self.memory.store_32(ARGUMENTS + 4 * i, argument)
        return self.syscall(102, call.value, ARGUMENTS)

    def socket(self, family: int = INET, kind: int = STREAM) -> int:
        return self.socketcall(SocketCall.SOCKET, family, kind, 0)

    def at(self, call: SocketCall, fd: int, where: tuple) -> int:
        """`bind` or `connect` to an address of Python's."""
        return self.socketcall(call, fd, *self.put(where))

    def bind(self, fd: int, where: tuple) -> int:
        return self.at(SocketCall.BIND, fd, where)

    def connect(self, fd: int, where: tuple) -> int:
        return self.at(SocketCall.CONNECT, fd, where)

    def listen(self, fd: int) -> int:
        return self.socketcall(SocketCall.LISTEN, fd, 5)

    def put(self, where: tuple) -> tuple[int, int]:
        """An address of Python's in memory: pointer and size."""
        family = socket.AF_INET6 if ":" in where[0] else socket.AF_INET
        data = packed(Address(socket.inet_pton(family, where[0]), where[1]))
        self.memory.write(SOCKADDR, data)
        return SOCKADDR, len(data)

    def room(self, size: int = 64) -> tuple[int, int]:
        """Room for an address: two pointers. It is full of '?'."""
        self.memory.write(SOCKADDR, b"?" * 64)
        self.memory.store_32(LENGTH, size)
        return SOCKADDR, LENGTH

    def name(self, call: SocketCall, fd: int) -> tuple:
        """What `getsockname` or `getpeername` says, as Python has it."""
        assert self.socketcall(call, fd, *self.room()) == 0
        return self.found()

    def found(self) -> tuple:
        """The address that a call put into `room`, as Python has it."""
        size = self.memory.load_u32(LENGTH)
        data = self.memory.read(SOCKADDR, size)
        assert set(self.memory.read(SOCKADDR + size, 64 - size)) == {ord("?")}
        if size == 16:
            assert data[:2] == b"\2\0"
            return socket.inet_ntop(socket.AF_INET, data[4:8]), int.from_bytes(data[2:4], "big")
        assert (size, data[:2]) == (28, b"\x0a\0")
        return socket.inet_ntop(socket.AF_INET6, data[8:24]), int.from_bytes(data[2:4], "big")

    def send(self, fd: int, data: bytes, flags: int = 0) -> int:
        self.memory.write(DATA, data)
        return self.socketcall(SocketCall.SEND, fd, DATA, len(data), flags)

    def send_to(self, fd: int, data: bytes, where: tuple) -> int:
        self.memory.write(DATA, data)
        return self.socketcall(SocketCall.SENDTO, fd, DATA, len(data), 0, *self.put(where))

    def receive(self, fd: int, size: int = 100, flags: int = 0) -> bytes | int:
        """What came; a negative error number where that failed."""
        self.memory.write(DATA, b"?" * (size + 8))
        count = self.socketcall(SocketCall.RECV, fd, DATA, size, flags)
        assert self.memory.read(DATA + max(count, 0), 8) == b"?" * 8
        return count if count < 0 else self.memory.read(DATA, count)

    def text(self, text: str) -> int:
        self.memory.write(TEXT, text.encode() + b"\0")
        return TEXT


@contextmanager
def program(folder: Path, *allowed: str, timeout: float = 30, deterministic: bool = False) -> Iterator[Program]:
    """The program, with these places granted to it."""
    pairs = [passing_on(f"___syscall{number}", 2) for number in SYSCALLS]
    pairs += [passing_on(name, count) for name, count in FUNCTIONS.items()]
    path = folder / "network.wasm"
    text = emscripten("".join(export for _, export in pairs), "".join(item for item, _ in pairs))
    path.write_bytes(default_engine().assemble(text))
    with compat.load(path, allow_net=allowed, timeout=timeout, deterministic=deterministic) as module:
        yield Program(module)


@contextmanager
def listening(family: socket.AddressFamily = socket.AF_INET) -> Iterator[socket.socket]:
    """A server on the loopback interface."""
    with socket.create_server((LOOPBACK[family], 0), family=family) as server:
        server.settimeout(10)
        yield server


@contextmanager
def datagrams(family: socket.AddressFamily = socket.AF_INET) -> Iterator[socket.socket]:
    """A socket for datagrams on the loopback interface."""
    with socket.socket(family, socket.SOCK_DGRAM) as peer:
        peer.bind((LOOPBACK[family], 0))
        peer.settimeout(10)
        yield peer


def place(peer: socket.socket) -> str:
    """The grant of where a server is."""
    host, port = peer.getsockname()[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])
