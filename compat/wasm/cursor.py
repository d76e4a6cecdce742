"""Reading numbers and names out of a range of bytes, without ever leaving it.

Everything that decodes the binary format goes through `Cursor`, so that a bound is checked in one place. Source:
https://webassembly.github.io/spec/core/binary/values.html.
"""

from __future__ import annotations

from compat._typing import NoReturn
from compat.errors import MalformedModule


class Cursor:
    """A position in `data`, between `pos` and `end` (offsets in bytes). Methods raise MalformedModule at its edge."""

    __slots__ = ("data", "end", "pos", "what")

    def __init__(self, data: bytes, pos: int, end: int, what: str) -> None:
        """`what` is the name of the range in messages, such as "the import section"."""
        self.data = data
        self.pos = pos
        self.end = end
        self.what = what

    def fail(self, message: str, offset: int | None = None) -> NoReturn:
        """Raise MalformedModule at `offset`, or where the cursor stands."""
        raise MalformedModule(message, self.pos if offset is None else offset)

    @property
    def left(self) -> int:
        """Bytes left in the range."""
        return self.end - self.pos

    def take(self, size: int) -> int:
        """Step over `size` bytes; the offset of the first of them."""
        start = self.pos
        if size > self.end - start:
            self.fail(f"{self.what} ends in the middle of {size} bytes")
        self.pos = start + size
        return start

    def raw(self, size: int) -> bytes:
        """The next `size` bytes."""
        start = self.take(size)
        return self.data[start : start + size]

    def byte(self) -> int:
        pos = self.pos
        if pos >= self.end:
            self.fail(f"{self.what} ends too early")
        self.pos = pos + 1
        return self.data[pos]

    def u32(self) -> int:
        """An unsigned LEB128 number of 32 bits."""
        pos = self.pos
        # Nine numbers of ten fit in one byte, so that one is read without a loop or another call.
        if pos < self.end and (byte := self.data[pos]) < 0x80:
            self.pos = pos + 1
            return byte
        return self._leb(32, signed=False)

    def u64(self) -> int:
        """An unsigned LEB128 number of 64 bits."""
        pos = self.pos
        if pos < self.end and (byte := self.data[pos]) < 0x80:
            self.pos = pos + 1
            return byte
        return self._leb(64, signed=False)

    def s32(self) -> int:
        """A signed LEB128 number of 32 bits."""
        return self._leb(32, signed=True)

    def s33(self) -> int:
        """A signed LEB128 number of 33 bits: a block type or a heap type."""
        return self._leb(33, signed=True)

    def s64(self) -> int:
        """A signed LEB128 number of 64 bits."""
        return self._leb(64, signed=True)

    def _leb(self, bits: int, *, signed: bool) -> int:
        start = pos = self.pos
        value = shift = 0
        while True:
            if pos >= self.end:
                self.fail(f"{self.what} ends in the middle of a number", start)
            byte = self.data[pos]
            pos += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                break
            if shift >= bits:
                self.fail(f"a number of {bits} bits is longer than {-(-bits // 7)} bytes", start)
        self.pos = pos
        if signed and byte & 0x40:
            value -= 1 << shift
        # The last of the longest form's bytes has bits to spare, which must repeat the sign (be zero, if unsigned).
        limit = 1 << (bits - 1 if signed else bits)
        if value >= limit or (signed and value < -limit):
            self.fail(f"a number does not fit in {bits} bits", start)
        return value

    def count(self, what: str) -> int:
        """The length of a vector. A vector's item takes a byte at least, so one that cannot fit is refused at once."""
        start = self.pos
        count = self.u32()
        if count > self.end - self.pos:
            self.fail(f"{count} {what} do not fit in {self.what}", start)
        return count

    def u32s(self, count: int) -> list[int]:
        """`count` unsigned LEB128 numbers of 32 bits: what the long vectors are made of, read in one tight loop."""
        data, pos = self.data, self.pos
        numbers: list[int] = []
        append = numbers.append
        # Reading on behind `end` harms nothing, so that the bound is checked once, afterwards.
        try:
            for _ in range(count):
                number = data[pos]
                if number < 0x80:
                    pos += 1
                elif (second := data[pos + 1]) < 0x80:
                    number = number & 0x7F | second << 7
                    pos += 2
                else:
                    self.pos = pos
                    number = self.u32()
                    pos = self.pos
                append(number)
        except IndexError:
            pos = len(data) + 1
        if pos > self.end:
            self.fail(f"{self.what} ends in the middle of {count} numbers")
        self.pos = pos
        return numbers

    def name(self) -> str:
        """A name: a length, and that many bytes of UTF-8."""
        length = self.u32()
        start = self.take(length)
        try:
            return self.data[start : start + length].decode()
        except UnicodeDecodeError as error:
            self.fail(f"a name in {self.what} is not UTF-8", start + error.start)

    def finish(self) -> None:
        """Check that the range has been used up."""
        if self.pos != self.end:
            self.fail(f"{self.what} has {self.end - self.pos} bytes more than its contents")
