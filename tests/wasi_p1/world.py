"""A guest without an engine: functions bound to a memory in which every byte that is written shows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from compat.abi.bind import bind
from compat.abi.kinds import Struct
from compat.kernel.files import OpenFile
from compat.kernel.process import Mount, Preopen, Process
from compat.kernel.vfs.stream import BytesInput, CapturedOutput
from compat.wasi_p1 import TABLES, WasiGuest, types
from compat.wasi_p1.rights import DIRECTORY, INHERITING
from compat.wasi_p1.table import PREVIEW1
from compat.wasi_p1.types import Oflag, Right

SIZE = 1 << 17
NAMES = {number: name for name, number in vars(types.Errno).items() if isinstance(number, int)}
FOLLOW = 1
ROOT = 3
"""The preopened directory."""

T = TypeVar("T", bound=Struct)
Argument = int | str | bytes | Sequence[int]


class World:
    """A process with one preopened directory, in memory or of the host, and the memory of its guest."""

    def __init__(
        self,
        host: str | None = None,
        *,
        args: Sequence[str] = ("prog",),
        env: Mapping[str, str] | None = None,
        stdin: bytes | OpenFile = b"",
        read_only: bool = False,
        deterministic: bool = True,
        module: str = PREVIEW1,
        names: Mapping[int, str] = NAMES,
        also: Sequence[Mount] = (),
    ) -> None:
        self.module = module
        self.names = names
        self.stdout, self.stderr = CapturedOutput(), CapturedOutput()
        mounts = [*([Mount(host, "/", read_only)] if host else []), *also]
        self.process = Process.create(
            args=args,
            env=env,
            mounts=mounts,
            stdin=BytesInput(stdin) if isinstance(stdin, bytes) else stdin,
            stdout=self.stdout,
            stderr=self.stderr,
            deterministic=deterministic,
        )
        if not host:
            self.process.preopens.append(Preopen("/", self.process.fs.root))
        self.memory = bytearray(b"?" * SIZE)
        self.guest = WasiGuest(self.process)
        self.guest.memory.buffer = lambda: memoryview(self.memory)
        self.guest.exports = {}
        self.guest.prepare()
        self._functions: dict[str, Callable[..., int]] = {}
        self._free = 64
        self._results: list[range] = []

    def function(self, name: str) -> Callable[..., int]:
        """The bound function, as the engine gets it."""
        if name not in self._functions:
            ((row, sig),) = TABLES.find(self.module, name)
            self._functions[name] = bind(row, self.guest, name, sig)  # type: ignore[assignment]
        return self._functions[name]

    def put(self, data: bytes) -> int:
        """The address of `data`, put into memory with some room around it."""
        address = self._take(len(data))
        self.memory[address : address + len(data)] = data
        return address

    def out(self, size: int) -> int:
        """The address of `size` bytes that a call may write to."""
        address = self._take(size)
        self._results.append(range(address, address + size))
        return address

    def vectors(self, *pieces: bytes) -> tuple[int, int]:
        """`ciovec`s of these bytes: their address and number."""
        pairs = b"".join(types.Ciovec(buf=self.put(piece), buf_len=len(piece)).pack() for piece in pieces)
        return self.put(pairs), len(pieces)

    def buffers(self, *sizes: int) -> tuple[tuple[int, int], list[int]]:
        """`iovec`s of fresh buffers: their address and number, and the addresses of the buffers."""
        addresses = [self.out(size) for size in sizes]
        pairs = b"".join(
            types.Iovec(buf=address, buf_len=size).pack() for address, size in zip(addresses, sizes, strict=True)
        )
        return (self.put(pairs), len(sizes)), addresses

    def call(self, name: str, *arguments: Argument) -> str:
        """Call, see that nothing was written but where `out` said, and return the name of the error number.

        Text becomes an address and a length, a tuple the values in it.
        """
        flat: list[int] = []
        for argument in arguments:
            if isinstance(argument, int):
                flat.append(argument)
            elif isinstance(argument, str | bytes):
                data = argument.encode("utf-8", "surrogateescape") if isinstance(argument, str) else argument
                flat += [self.put(data), len(data)]
            else:
                flat += argument
        before = bytes(self.memory)
        errno = self.names[self.function(name)(*flat)]
        if before != self.memory:
            assert errno == "SUCCESS", f"{name} failed, and wrote"
            assert self._masked(before) == self._masked(self.memory), f"{name} wrote outside its results"
        return errno

    def read(self, address: int, size: int) -> bytes:
        return bytes(self.memory[address : address + size])

    def number(self, address: int, size: int = 4) -> int:
        return int.from_bytes(self.read(address, size), "little")

    def struct(self, type: type[T], name: str, *arguments: Argument) -> T:
        """Call a function whose last parameter is where a struct goes, which must succeed; the struct."""
        address = self.out(type.sizeof())
        assert self.call(name, *arguments, address) == "SUCCESS"
        return type.unpack(self.read(address, type.sizeof()))

    def open(
        self,
        path: str,
        oflags: int = 0,
        *,
        base: int = DIRECTORY | Right.FD_READ,
        inheriting: int = INHERITING,
        fdflags: int = 0,
        lookup: int = FOLLOW,
        fd: int = ROOT,
    ) -> int:
        """path_open, which must succeed; the descriptor."""
        result = self.out(4)
        outcome = self.call(
            "path_open",
            fd,
            lookup,
            path,
            oflags,
            base,
            inheriting,
            fdflags,
            result,
        )
        assert outcome == "SUCCESS", f"{path}: {outcome}"
        return self.number(result)

    def refused(
        self,
        path: str | bytes,
        oflags: int = 0,
        *,
        base: int = Right.FD_READ,
        inheriting: int = 0,
        fdflags: int = 0,
        lookup: int = FOLLOW,
        fd: int = ROOT,
    ) -> str:
        """path_open, which must fail and open nothing; why."""
        before = list(self.process.files)
        outcome = self.call("path_open", fd, lookup, path, oflags, base, inheriting, fdflags, self.out(4))
        assert outcome != "SUCCESS"
        assert list(self.process.files) == before
        return outcome

    def directory(self, path: str, fd: int = ROOT) -> int:
        """Make a directory, and open it with all rights."""
        assert self.call("path_create_directory", fd, path) == "SUCCESS"
        return self.open(path, Oflag.DIRECTORY, base=DIRECTORY, fd=fd)

    def write_file(self, path: str, data: bytes = b"", fd: int = ROOT) -> None:
        """Make a file."""
        file = self.open(path, Oflag.CREAT | Oflag.TRUNC, base=Right.FD_WRITE, inheriting=0, fd=fd)
        if data:
            assert self.call("fd_write", file, self.vectors(data), self.out(4)) == "SUCCESS"
        assert self.call("fd_close", file) == "SUCCESS"

    def read_file(self, path: str) -> bytes:
        """The content of a file, at most 4096 bytes."""
        file = self.open(path, base=Right.FD_READ, inheriting=0)
        vectors, (buffer,) = self.buffers(4096)
        count = self.out(4)
        assert self.call("fd_read", file, vectors, count) == "SUCCESS"
        assert self.call("fd_close", file) == "SUCCESS"
        return self.read(buffer, self.number(count))

    def drop(self, fd: int, base: int = 0, inheriting: int = 0) -> None:
        """Take rights from a descriptor."""
        held = self.guest.descriptors[fd]
        rights = held.base & ~base, held.inheriting & ~inheriting
        assert self.call("fd_fdstat_set_rights", fd, *rights) == "SUCCESS"

    def _take(self, size: int) -> int:
        if self._free + size + 16 > SIZE:
            # Earlier results have been looked at: a test that makes many calls uses the same memory again.
            self._free, self._results = 64, []
            self.memory[:] = b"?" * SIZE
        address = self._free
        self._free += size + 8 + -size % 8
        return address

    def _masked(self, memory: bytes | bytearray) -> bytearray:
        masked = bytearray(memory)
        for result in self._results:
            masked[result.start : result.stop] = bytes(len(result))
        return masked
