"""Mapped memory: mmap and its relatives, made of allocations and copies, as linear memory has no pages to map.

A shared mapping of a file is a copy that is written back by msync and munmap. Memory comes from the program's allocator
in blocks, one a call of mmap, and goes back when nothing of the block is mapped any more.
"""

from __future__ import annotations

from collections.abc import Iterator

from compat._typing import NamedTuple
from compat.abi.kinds import I32, U32, Pointer
from compat.abi.row import PARTIAL, STUB, Table
from compat.emscripten_abi.errno import negative_errno
from compat.emscripten_abi.guest import EmscriptenGuest
from compat.emscripten_abi.libc.limits import PAGE_SIZE
from compat.kernel.errno import Errno, SysError
from compat.kernel.files import OpenFile
from compat.kernel.stat import FileType

syscalls = Table("env", "syscalls", failure=negative_errno)

OFFSET_UNIT = 4096
"""Bytes that mmap2 counts offsets in."""
PROT_WRITE = 2
MAP_SHARED = 1
MAP_PRIVATE = 2
MAP_FIXED = 0x10
MAP_ANONYMOUS = 0x20
MREMAP_MAYMOVE = 1
MREMAP_FIXED = 2
MADV_DONTNEED = 4
ADVICE = frozenset({*range(5), *range(8, 22), 100, 101})
MS_ASYNC = 1
MS_SYNC = 4
MAP_FAILED = 0xFFFF_FFFF
MCL_ALL = 7
"""MCL_CURRENT, MCL_FUTURE and MCL_ONFAULT."""


class Mapping(NamedTuple):
    """A range of addresses that one call of mmap2 made, or what later calls have left of it."""

    address: int
    length: int
    block: int
    """The address of the allocation that it lies in."""
    file: OpenFile | None = None
    """The file that it shows, held open; None for anonymous memory."""
    offset: int = 0
    """Where in `file` it starts, in bytes."""
    shared: bool = False
    """Whether it is written back."""

    @property
    def end(self) -> int:
        return self.address + self.length

    def part(self, start: int, end: int) -> Mapping:
        """What of it lies between two addresses."""
        start, end = max(start, self.address), min(end, self.end)
        return self._replace(address=start, length=end - start, offset=self.offset + start - self.address)


class Mappings:
    """A guest's mappings."""

    def __init__(self, guest: EmscriptenGuest) -> None:
        self._guest = guest
        self._mapped: dict[int, Mapping] = {}
        self._blocks: dict[int, int] = {}
        """The lengths of the allocations, by address."""

    def at(self, address: int) -> Mapping | None:
        """The mapping that starts there."""
        return self._mapped.get(address)

    def touching(self, start: int, end: int) -> list[Mapping]:
        """The mappings of which something lies between two addresses."""
        return [m for m in self._mapped.values() if m.address < end and start < m.end]

    def allocate(self, length: int) -> int:
        """A new block, at a page of its own where the program has `memalign`. Errors: ENOMEM."""
        memalign = self._guest.exports.get("_memalign")
        address = int(memalign(PAGE_SIZE, length) or 0) & 0xFFFF_FFFF if memalign else self._guest.malloc(length)
        if not address:
            raise SysError(Errno.ENOMEM)
        self._blocks[address] = length
        return address

    def block_around(self, start: int, end: int) -> int:
        """The block that all of these addresses lie in. Errors: ENOMEM (there is none)."""
        for block, length in self._blocks.items():
            if block <= start and end <= block + length:
                return block
        raise SysError(Errno.ENOMEM)

    def add(self, mapping: Mapping) -> None:
        """Fill a mapping's memory with what it shows. What was there is unmapped, and the file is held open."""
        if mapping.file:
            mapping.file.retain()
        self._unmap(mapping.address, mapping.end)
        self._mapped[mapping.address] = mapping
        self.fill(mapping)

    def fill(self, mapping: Mapping) -> None:
        """Set memory to what a mapping shows at first."""
        data = mapping.file.pread(mapping.length, mapping.offset) if mapping.file else b""
        self._guest.memory.write(mapping.address, data + bytes(mapping.length - len(data)))

    def write_back(self, mapping: Mapping) -> None:
        """Bring a shared mapping to its file, which does not grow by it."""
        if mapping.file is None or not mapping.shared:
            return
        inside = min(mapping.length, mapping.file.stat().size - mapping.offset)
        if inside > 0:
            mapping.file.pwrite(self._guest.memory.view(mapping.address, inside), mapping.offset)

    def remove(self, start: int, end: int) -> None:
        """Unmap all between two addresses, and of each block up to the end of a page."""
        for block in {mapping.block for mapping in self.touching(start, end)}:
            limit = block + self._blocks[block]
            self._unmap(max(start, block), min(limit, block - (block - end) // PAGE_SIZE * PAGE_SIZE))
            if not any(mapping.block == block for mapping in self._mapped.values()):
                del self._blocks[block]
                self._guest.free(block)

    def _unmap(self, start: int, end: int) -> None:
        for mapping in self.touching(start, end):
            self.write_back(mapping.part(start, end))
            del self._mapped[mapping.address]
            for left in _outside(mapping, start, end):
                self._mapped[left.address] = left
                if left.file:
                    left.file.retain()
            if mapping.file:
                mapping.file.release()


def _outside(mapping: Mapping, start: int, end: int) -> Iterator[Mapping]:
    """What of a mapping lies before one address, or behind another."""
    if mapping.address < start:
        yield mapping.part(mapping.address, start)
    if end < mapping.end:
        yield mapping.part(end, mapping.end)


def map_memory(
    guest: EmscriptenGuest, address: int, length: int, protection: int, flags: int, fd: int, offset: int
) -> int:
    """Make a mapping of `length` bytes, of a file from `offset` on or anonymous, and return its address.

    Errors: EACCES, EBADF, EINVAL, ENODEV (no regular file), ENOMEM.
    """
    if not length or flags & (MAP_SHARED | MAP_PRIVATE) not in (MAP_SHARED, MAP_PRIVATE):
        raise SysError(Errno.EINVAL)
    mappings = guest.part(Mappings)
    shared = bool(flags & MAP_SHARED and protection & PROT_WRITE)
    file = None if flags & MAP_ANONYMOUS else _mappable(guest.process.files[fd], shared)
    if flags & MAP_FIXED:
        block = mappings.block_around(address, address + length)
    else:
        address = block = mappings.allocate(length)
    mappings.add(Mapping(address, length, block, file, offset if file else 0, shared))
    return address


def _mappable(file: OpenFile, shared: bool) -> OpenFile:
    if not file.readable or (shared and not file.writable):
        raise SysError(Errno.EACCES)
    if file.stat().type is not FileType.REGULAR:
        raise SysError(Errno.ENODEV)
    return file


def unmap_memory(guest: EmscriptenGuest, address: int, length: int) -> None:
    """End the mappings from `address` on, to the end of a page. Errors: EINVAL."""
    if address == MAP_FAILED or not length:
        raise SysError(Errno.EINVAL)
    guest.part(Mappings).remove(address, address + length)


@syscalls.varargs(
    "___syscall192", level=PARTIAL, note="a shared mapping is a copy; MAP_FIXED is for mapped memory, else ENOMEM"
)
def mmap2(
    guest: EmscriptenGuest, address: Pointer, length: U32, protection: U32, flags: U32, fd: I32, offset: U32
) -> I32:
    """Map a file or anonymous memory; the offset counts units of 4096 bytes.

    Errors: EACCES, EBADF, EINVAL, ENODEV, ENOMEM.
    """
    return map_memory(guest, address, length, protection, flags, fd, offset * OFFSET_UNIT)


@syscalls.varargs("___syscall91")
def munmap(guest: EmscriptenGuest, address: Pointer, length: U32) -> None:
    """End mappings, or parts of them; shared ones are written to their files. Errors: EINVAL, and those of writing."""
    unmap_memory(guest, address, length)


@syscalls.varargs("___syscall144")
def msync(guest: EmscriptenGuest, address: Pointer, length: U32, flags: U32) -> None:
    """Write shared mappings to their files. Errors: EINVAL, ENOMEM (nothing is mapped there), and those of writing."""
    if flags & MS_ASYNC and flags & MS_SYNC:
        raise SysError(Errno.EINVAL)
    mappings = guest.part(Mappings)
    found = mappings.touching(address, address + max(length, 1))
    if not found:
        raise SysError(Errno.ENOMEM)
    for mapping in found:
        mappings.write_back(mapping)


@syscalls.varargs("___syscall163", level=PARTIAL, note="MREMAP_FIXED fails with EINVAL; a mapping grows only by moving")
def mremap(guest: EmscriptenGuest, address: Pointer, old: U32, new: U32, flags: U32) -> I32:
    """Change the size of a mapping. Errors: EFAULT (nothing is there), EINVAL, ENOMEM (it would have to move)."""
    mappings = guest.part(Mappings)
    mapping = mappings.at(address)
    if mapping is None:
        raise SysError(Errno.EFAULT)
    if not new or flags & MREMAP_FIXED:
        raise SysError(Errno.EINVAL)
    if new <= mapping.length:
        kept = -(-new // PAGE_SIZE) * PAGE_SIZE
        if kept < mapping.length:
            mappings.remove(address + kept, mapping.end)
        return address
    if not flags & MREMAP_MAYMOVE:
        raise SysError(Errno.ENOMEM)
    block = mappings.allocate(new)
    mappings.write_back(mapping)
    mappings.add(mapping._replace(address=block, length=new, block=block))
    guest.memory.write(block, guest.memory.read(address, mapping.length))
    mappings.remove(address, mapping.end)
    return block


@syscalls.varargs("___syscall125", level=STUB, note="0: linear memory has no protection, and stays accessible")
def mprotect(address: Pointer, length: U32, protection: U32) -> None:
    """Set the protection of memory."""


@syscalls.varargs("___syscall219")
def madvise(guest: EmscriptenGuest, address: Pointer, length: U32, advice: U32) -> None:
    """Announce how memory will be used. Of what is not needed (MADV_DONTNEED), private mappings are as new.

    All other advice is about speed, and may be ignored. Errors: EINVAL (no such advice).
    """
    if advice not in ADVICE:
        raise SysError(Errno.EINVAL)
    if advice == MADV_DONTNEED:
        mappings = guest.part(Mappings)
        for mapping in mappings.touching(address, address + length):
            if not mapping.shared:
                mappings.fill(mapping.part(address, address + length))


# --- what is resident: all of linear memory is, as far as a guest can tell


def _check_range(guest: EmscriptenGuest, address: int, length: int) -> None:
    if address + length > guest.memory.size:
        raise SysError(Errno.ENOMEM)


@syscalls.varargs("___syscall218")
def mincore(guest: EmscriptenGuest, address: Pointer, length: U32, result: Pointer) -> None:
    """Which pages are in memory: every one. Errors: EFAULT, EINVAL (no page starts there), ENOMEM (nor any memory)."""
    if address % PAGE_SIZE:
        raise SysError(Errno.EINVAL)
    _check_range(guest, address, length)
    guest.memory.write(result, b"\1" * -(-length // PAGE_SIZE))


@syscalls.varargs("___syscall150")
def mlock(guest: EmscriptenGuest, address: Pointer, length: U32) -> None:
    """Keep memory resident, as it is. Errors: ENOMEM (no memory is there)."""
    _check_range(guest, address, length)


@syscalls.varargs("___syscall151")
def munlock(guest: EmscriptenGuest, address: Pointer, length: U32) -> None:
    """End `mlock`. Errors: ENOMEM."""
    _check_range(guest, address, length)


@syscalls.varargs("___syscall152")
def mlockall(flags: U32) -> None:
    """Keep all memory resident, as it is. Errors: EINVAL (no or unknown flags)."""
    if not 1 <= flags <= MCL_ALL:
        raise SysError(Errno.EINVAL)


@syscalls.varargs("___syscall153")
def munlockall() -> None:
    """End `mlockall`."""
