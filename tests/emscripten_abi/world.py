"""A guest whose memory is a bytearray full of '?', over a real process, to call rows on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from compat.abi.bind import bind
from compat.abi.guest import Value
from compat.abi.row import Table
from compat.detect.model import AbiName, Detection, Epoch, Layout, Release
from compat.emscripten_abi.guest import EmscriptenGuest
from compat.errors import Trap
from compat.kernel.process import Process
from compat.kernel.vfs.stream import BytesInput, CapturedOutput, HostStream
from compat.wasm.model import FuncType, Import, Module
from compat.wasm.reader import read

SIZE = 0x4_0000
"""Bytes of memory."""
OWNED = 0x1_0000
"""Where the host's own space starts."""
HEAP = 0x2_0000
"""Where `malloc` of the guest gives memory out."""
ERRNO = 0x0_0400
"""Where `errno` is."""
EMPTY_MODULE = b"\0asm\1\0\0\0"


class World:
    """A guest, and what a test needs to play its program."""

    def __init__(
        self, release: str = "1.38.43", stdin: bytes = b"", terminal: int | None = None, **process: Any
    ) -> None:
        """`terminal` is a descriptor to read instead of `stdin`."""
        self.stdout = CapturedOutput()
        self.stderr = CapturedOutput()
        source = BytesInput(stdin) if terminal is None else HostStream(terminal, readable=True)
        self.process = Process.create(stdin=source, stdout=self.stdout, stderr=self.stderr, **process)
        self.bytes = bytearray(b"?" * SIZE)
        epoch = Epoch(Release.parse(release), Release.parse(release))
        layout = Layout(1024, 1024, OWNED, OWNED, source="glue")
        detection = Detection(read(EMPTY_MODULE), AbiName.EMSCRIPTEN, 1.0, (), epoch, layout)
        self.guest = EmscriptenGuest(self.process, detection)
        self.guest.memory.buffer = lambda: memoryview(self.bytes)
        self.guest.linker = _NoLinker()
        self._heap = HEAP
        self.freed: list[int] = []
        self.guest.exports = {
            "_malloc": self._malloc,
            "_free": self.freed.append,
            "___errno_location": lambda: ERRNO,
        }
        self.memory = self.guest.memory

    def _malloc(self, size: int) -> int:
        address = self._heap
        self._heap += -(-size // 16) * 16
        return address

    @property
    def errno(self) -> int:
        """What the guest's `errno` was set to."""
        return self.memory.load_i32(ERRNO)

    def function(self, table: Table, name: str) -> Callable[..., Any]:
        """The host function of the first row of that name."""
        row = next(row for row in table.rows if row.name == name)
        return bind(row, self.guest, name)

    def syscall(self, table: Table, number: int, *slots: int) -> Any:
        """Make a system call with these slots of 4 bytes."""
        frame = 0x3_F000
        for i, slot in enumerate(slots):
            self.memory.store_32(frame + 4 * i, slot)
        return self.function(table, f"___syscall{number}")(number, frame)

    def text(self, text: str | bytes, address: int = 0x3_E000) -> int:
        """Put a C string at `address`, and return that."""
        data = text.encode() if isinstance(text, str) else text
        self.memory.write(address, data + b"\0")
        return address

    def untouched(self, start: int, end: int) -> bool:
        """Whether nothing was written there."""
        return set(self.bytes[start:end]) == {ord("?")}


class _NoLinker:
    """Nothing can be linked to a program that is only played."""

    table = None
    given: Mapping[str, Callable[..., Value | None]] = MappingProxyType({})

    def function(self, name: str, type: FuncType, body: Callable[..., Value | None]) -> Any:
        raise NotImplementedError

    def answers(self, item: Import) -> bool:
        return False

    def library(self, module: Module, provide: Callable[[Import], object | None]) -> Mapping[str, Any]:
        """Functions that all trap, without a backtrace."""

        def trap(*_: Value) -> None:
            raise Trap("there is no engine")

        return {export.name: trap for export in module.exports}
