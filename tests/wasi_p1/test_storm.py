"""Random calls in great number: every answer is an error number, and the host is as it was.

Each function is to succeed now and then, as refusals alone would show little.

test_hostile.py makes fewer and shrinks what fails; here a guest of its own makes them, so that they take seconds.
"""

from __future__ import annotations

import gc
import os
import shutil
import socket
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

import compat
from compat.abi.bind import row_type
from compat.abi.row import Row
from compat.engine import default_engine
from compat.wasi_p1 import TABLES, rights
from compat.wasi_p1.http import HttpError
from compat.wasi_p1.table import PREVIEW1, UNSTABLE
from compat.wasi_p1.types import Ciovec, Errno, Eventtype, Right, Subscription, SubscriptionClock, SubscriptionU

from .server import Server, answer

HTTP = "wasi_experimental_http"
MODULES = (PREVIEW1, UNSTABLE, HTTP)

SESSIONS, CALLS = 50, 1000
"""100,000 calls of each module: half of them on files in memory, half on the host's."""

ENDS = {"proc_exit", "proc_raise"}
"""They end the program; test_hostile.py calls them."""
SELDOM = {"fd_close", "fd_renumber", "fd_fdstat_set_rights"}
"""Were they called as often as the others, no descriptor would be of use after a hundred calls."""

NEVER_FAIL = {"sched_yield", "close"}

CONNECTIONS = 64
"""Those that wait to be accepted: more than a session takes, as the last would wait for ever."""

ROOM = 1 << 12
"""Where results may go; what arguments point to lies below."""
NUMBERS = 1 << 16
"""Where the guest finds the numbers to choose arguments from."""


class Memory:
    """What lies in the guest's memory, with the addresses and lengths that lead to it."""

    def __init__(self, url: bytes) -> None:
        self.bytes = bytearray(64)
        names = [b"d", b"d/b", b"link", b".", b"d/../a", b"../out", b"/etc", b"a/", b"\xff", b"x" * 300, b""]
        self.paths = [*[self._put(b"a")] * 6, *[self._put(b"new%d" % number) for number in range(8)]]
        self.paths += map(self._put, names)
        self.inputs = [*map(self._put, [b"GET", url, b"a:b\n", b"name", b"\xff", b""])]
        small = b"".join(Ciovec(buf=ROOM + 8 * at, buf_len=at).pack() for at in range(9))
        wild = Ciovec(buf=ROOM, buf_len=1 << 15).pack() + Ciovec(buf=-1, buf_len=-1).pack()
        self.vectors = [self._put(small, 9), self._put(small, 2), self._put(wild, 1), self._put(wild, 2)]
        clock = SubscriptionClock(id=1, timeout=1000).pack()
        bodies = {Eventtype.CLOCK: clock, Eventtype.FD_READ: bytes(8), Eventtype.FD_WRITE: b"\1" + bytes(7)}
        waits = [Subscription(u=SubscriptionU(tag=tag, body=body)).pack() for tag, body in bodies.items()]
        self.waits = self._put(b"".join(waits))[0]

    def _put(self, data: bytes, count: int | None = None) -> tuple[int, int]:
        self.bytes += bytes(-len(self.bytes) % 8)
        address = len(self.bytes)
        self.bytes += data
        return address, len(data) if count is None else count

    def numbers(self, kind: str) -> Sequence[int]:
        """What an argument of a kind is chosen from, mostly: good and bad."""
        edges = [(1 << bit) + off for bit in (5, 9, 16, 17, 31, 32, 63) for off in (-1, 0, 1)]
        if kind == "Fd":
            # The streams, the directory, a socket that listens, a connection, and what is opened.
            return [*range(9), *[3] * 10, *[4, 5] * 2, *[6, 7] * 5]
        if kind.endswith("flags"):
            return [*[0] * 20, *range(1, 10)]
        if kind.startswith("Out["):
            return [*range(ROOM, ROOM + 512, 64), (1 << 17) - 8, (1 << 17) - 7, 1 << 31]
        if kind == "Pointer":
            return [self.waits, ROOM]
        if kind == "Rights":
            return [0, Right.FD_READ, Right.FD_READ | Right.FD_WRITE, *[rights.FILE] * 6, rights.DIRECTORY]
        return [0, 0, 0, 0, *range(10), *edges]

    def pairs(self, kind: str) -> Sequence[tuple[int, int]]:
        """The same for a kind that takes a pointer and a length; none if it does not."""
        if kind == "Path":
            return self.paths
        if kind == "Input":
            return self.inputs
        if kind in ("IovecArray", "CiovecArray"):
            return self.vectors
        return [(ROOM, size) for size in (0, 1, 8, 100, 1 << 15)] if kind == "Bytes" else ()


def _escaped(data: bytes | bytearray) -> str:
    return "".join(f"\\{byte:02x}" for byte in data)


def _rows(module: str) -> list[Row]:
    return [row for row in TABLES if row.module == module and row.name not in ENDS]


def _guest(module: str, url: str) -> bytes:
    memory, table = Memory(url.encode()), bytearray()
    imports, ways = [], []
    rows = _rows(module)

    def choice(kind: str, letter: str) -> str:
        """A call that makes an argument, whose numbers are put into the table."""
        at, pairs = NUMBERS + len(table), memory.pairs(kind)
        numbers = [number for pair in pairs for number in pair] if pairs else memory.numbers(kind)
        table.extend(b"".join((number % (1 << 64)).to_bytes(8, "little") for number in numbers))
        if pairs:
            return f"(call $pair (i32.const {at}) (i64.const {len(pairs)})) (global.get $length)"
        one = f"(call $one (i32.const {at}) (i64.const {len(numbers)}))"
        return one if letter == "j" else f"(i32.wrap_i64 {one})"

    for number, row in enumerate(rows):
        letters = (row_type(row) or "").partition("(")[2].rstrip(")")
        params = " ".join({"i": "i32", "j": "i64"}[letter] for letter in letters)
        imports.append(f'(import "{module}" "{row.name}" (func ${row.name} (param {params}) (result i32)))')
        assert row.body is not None
        kinds = [kind for kind in row.body.__annotations__.values() if kind not in ("None", "WasiGuest", "Process")]
        left, arguments = iter(letters), []
        for kind in kinds:
            letter = next(left)
            arguments.append(choice(kind, letter))
            if memory.pairs(kind):
                next(left)
        call = f"(return (call ${row.name} {' '.join(arguments)}))"
        if row.name in SELDOM:
            call = f"(if (call $below (i64.const 20)) (then (return (i32.const 1)))) {call}"
        ways.append(f"(if (i32.eq (local.get $function) (i32.const {number})) (then {call}))")
    if module == HTTP:
        # Alone, that module does not say what the program is.
        imports.append(f'(import "{PREVIEW1}" "sched_yield" (func (result i32)))')
    known = vars(HttpError if module == HTTP else Errno).values()
    parts: dict[str, object] = {
        ";; {imports}": "\n".join(imports),
        ";; {ways}": "\n".join(ways),
        "{bytes}": _escaped(memory.bytes),
        "{size}": len(memory.bytes),
        "{numbers}": _escaped(table),
        "{functions}": len(rows),
        "{most}": max(number for number in known if isinstance(number, int)),
    }
    text = Path(__file__).with_name("storm.wat").read_text("utf-8")
    for place, part in parts.items():
        text = text.replace(place, str(part))
    return default_engine().assemble(text)


class Functions(NamedTuple):
    """Those that did, a bit each."""

    succeeded: int
    failed: int


@contextmanager
def _sockets() -> Iterator[list[socket.socket]]:
    """A socket with connections to accept, and one that is connected; all there is to read has been sent."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=CONNECTIONS)
    with ExitStack() as stack:
        for number in range(1 + CONNECTIONS):
            client = stack.enter_context(socket.create_connection(listener.getsockname(), timeout=10))
            client.sendall(b"hello")
            client.shutdown(socket.SHUT_WR)
            if not number:
                connected = listener.accept()[0]
        yield [listener, connected]


def _storm(program: Path, seed: int, host: Path | None, hosts: Sequence[str]) -> Functions:
    """Calls in a fresh process, on files in memory or of a directory of the host's."""
    mounts, files = [], {}
    if host is None:
        files = {"/a": b"content", "/d/b": b""}
    else:
        mount = host / f"mount{seed}"
        (mount / "d").mkdir(parents=True)
        (mount / "a").write_bytes(b"content")
        (mount / "link").symlink_to("../out")
        mounts = [compat.Mount(str(mount), "/")]
    with (
        _sockets() as sockets,
        compat.load(
            program, mounts=mounts, files=files, listen=sockets, allow_hosts=hosts, stdin=b"input", timeout=300
        ) as guest,
    ):
        guest.call("storm", seed, CALLS)
        succeeded, failed = guest.call("succeeded"), guest.call("failed")
    assert isinstance(succeeded, int)
    assert isinstance(failed, int)
    return Functions(succeeded, failed)


def _names(rows: Sequence[Row], functions: Sequence[int]) -> set[str]:
    return {row.name for number, row in enumerate(rows) if any(each >> number & 1 for each in functions)}


def _held() -> tuple[int, int]:
    """Blocks of memory that Python holds, and open descriptors where the host can list them."""
    gc.collect()
    listing = "/dev/fd"
    return sys.getallocatedblocks(), len(os.listdir(listing)) if os.path.isdir(listing) else 0


@pytest.mark.parametrize("where", ["memory", "host"])
@pytest.mark.parametrize("module", MODULES)
@pytest.mark.usefixtures("small_files")
def test_a_storm_of_calls(module: str, where: str, own_cache: Path, tmp_path: Path, server: Server) -> None:
    server.answers["/"] = answer(b"hello", "name: value")
    program = tmp_path / "storm.wasm"
    program.write_bytes(_guest(module, server.url()))
    (tmp_path / "out").write_bytes(b"untouched")
    host = tmp_path if where == "host" else None
    did = [_storm(program, 1, host, [server.url()])]
    blocks, descriptors = _held()
    did += [_storm(program, seed, host, [server.url()]) for seed in range(2, 1 + SESSIONS)]
    later = _held()
    if host:
        for mount in host.glob("mount*"):
            shutil.rmtree(mount)  # gigabytes, where the guest asked for them
    # The server's thread closes its end of a connection in its own time; a session that left one behind left several.
    assert abs(later[1] - descriptors) < SESSIONS - 1
    assert later[0] < blocks + 2000
    assert (tmp_path / "out").read_bytes() == b"untouched"
    assert {path.name for path in tmp_path.iterdir()} == {"storm.wasm", "out"}
    rows = _rows(module)
    names = {row.name for row in rows}
    assert _names(rows, [each.succeeded for each in did]) == names
    assert _names(rows, [each.failed for each in did]) == names - NEVER_FAIL
