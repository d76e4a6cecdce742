"""The guest's linear memory as host functions see it: little-endian, bounds-checked, re-read after growth."""

from __future__ import annotations

from collections.abc import Callable
from struct import Struct

from compat.kernel.errno import Errno, SysError

_U16, _I32, _U32, _I64, _U64 = Struct("<H"), Struct("<i"), Struct("<I"), Struct("<q"), Struct("<Q")
_F32, _F64 = Struct("<f"), Struct("<d")

_STRING_STEP = 256


class Memory:
    """Reads and writes at guest addresses (unsigned, in bytes). An access outside raises SysError(EFAULT)."""

    __slots__ = ("buffer",)

    def __init__(self, buffer: Callable[[], memoryview]) -> None:
        """`buffer` returns the whole memory as it is now. It is asked at each access: the guest may have grown it."""
        self.buffer = buffer

    @property
    def size(self) -> int:
        """Size in bytes."""
        return len(self.buffer())

    def view(self, address: int, size: int) -> memoryview:
        """`size` bytes, writable in place; valid until the guest next runs."""
        buffer = self.buffer()
        end = address + size
        if address < 0 or size < 0 or end > len(buffer):
            raise SysError(Errno.EFAULT)
        return buffer[address:end]

    def read(self, address: int, size: int) -> bytes:
        return bytes(self.view(address, size))

    def write(self, address: int, data: bytes | bytearray | memoryview) -> None:
        self.view(address, len(data))[:] = data

    def cstring(self, address: int) -> bytes:
        """The bytes up to the next NUL, without it. EFAULT if memory ends before."""
        buffer = self.buffer()
        if not 0 <= address < len(buffer):
            raise SysError(Errno.EFAULT)
        pieces = []
        for start in range(address, len(buffer), _STRING_STEP):
            piece = bytes(buffer[start : start + _STRING_STEP])
            end = piece.find(0)
            if end >= 0:
                pieces.append(piece[:end])
                return b"".join(pieces)
            pieces.append(piece)
        raise SysError(Errno.EFAULT)

    def load_u8(self, address: int) -> int:
        return self.view(address, 1)[0]

    def load_u16(self, address: int) -> int:
        return int(_U16.unpack(self.view(address, 2))[0])

    def load_i32(self, address: int) -> int:
        return int(_I32.unpack(self.view(address, 4))[0])

    def load_u32(self, address: int) -> int:
        return int(_U32.unpack(self.view(address, 4))[0])

    def load_i64(self, address: int) -> int:
        return int(_I64.unpack(self.view(address, 8))[0])

    def load_u64(self, address: int) -> int:
        return int(_U64.unpack(self.view(address, 8))[0])

    def load_f32(self, address: int) -> float:
        return float(_F32.unpack(self.view(address, 4))[0])

    def load_f64(self, address: int) -> float:
        return float(_F64.unpack(self.view(address, 8))[0])

    # An integer of either sign may be stored: its low bits are what counts, as in C.

    def store_8(self, address: int, value: int) -> None:
        self.view(address, 1)[0] = value & 0xFF

    def store_16(self, address: int, value: int) -> None:
        _U16.pack_into(self.view(address, 2), 0, value & 0xFFFF)

    def store_32(self, address: int, value: int) -> None:
        _U32.pack_into(self.view(address, 4), 0, value & 0xFFFF_FFFF)

    def store_64(self, address: int, value: int) -> None:
        _U64.pack_into(self.view(address, 8), 0, value & 0xFFFF_FFFF_FFFF_FFFF)

    def store_f32(self, address: int, value: float) -> None:
        _F32.pack_into(self.view(address, 4), 0, value)

    def store_f64(self, address: int, value: float) -> None:
        _F64.pack_into(self.view(address, 8), 0, value)
