"""Mapped memory: mmap and its relatives, made of allocations and copies, as linear memory has no pages to map.

A shared mapping of a file is a copy that is written back by msync and munmap.
"""

from __future__ import annotations

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
MS_ASYNC = 1
MS_SYNC = 4
MAP_FAILED = 0xFFFF_FFFF


class Mapping(NamedTuple):
    """What one call of mmap2 made."""

    address: int
    length: int
    file: OpenFile | None = None
    """The file to write back to, held open; None where nothing is written back."""
    offset: int = 0
    """Where in `file` the mapping starts, in bytes."""


class Mappings(dict[int, Mapping]):
    """A guest's mappings, by address."""

    def __init__(self, guest: EmscriptenGuest) -> None:
        super().__init__()

    def containing(self, address: int) -> Mapping | None:
        """The mapping that an address is in."""
        return next((m for m in self.values() if m.address <= address < m.address + m.length), None)


def map_memory(guest: EmscriptenGuest, length: int, protection: int, flags: int, fd: int, offset: int) -> int:
    """Make a mapping of `length` bytes, of a file from `offset` on or anonymous, and return its address.

    Errors: EACCES, EBADF, EINVAL, ENODEV (no regular file), ENOMEM, ENOTSUP (MAP_FIXED).
    """
    if not length or flags & (MAP_SHARED | MAP_PRIVATE) not in (MAP_SHARED, MAP_PRIVATE):
        raise SysError(Errno.EINVAL)
    if flags & MAP_FIXED:
        raise SysError(Errno.ENOTSUP)
    if flags & MAP_ANONYMOUS:
        mapping = Mapping(_allocate(guest, length), length)
    else:
        mapping = _map_file(guest, guest.process.files[fd], length, protection, flags, offset)
    guest.part(Mappings)[mapping.address] = mapping
    return mapping.address


def _allocate(guest: EmscriptenGuest, length: int) -> int:
    """Zeroed memory, at a page of its own where the program has `memalign`. Errors: ENOMEM."""
    memalign = guest.exports.get("_memalign")
    address = int(memalign(PAGE_SIZE, length) or 0) & 0xFFFF_FFFF if memalign else guest.malloc(length)
    if not address:
        raise SysError(Errno.ENOMEM)
    guest.memory.write(address, bytes(length))
    return address


def _map_file(guest: EmscriptenGuest, file: OpenFile, length: int, protection: int, flags: int, offset: int) -> Mapping:
    shared_and_writable = bool(flags & MAP_SHARED and protection & PROT_WRITE)
    if not file.readable or (shared_and_writable and not file.writable):
        raise SysError(Errno.EACCES)
    if file.stat().type is not FileType.REGULAR:
        raise SysError(Errno.ENODEV)
    address = _allocate(guest, length)
    guest.memory.write(address, file.pread(length, offset))
    if not shared_and_writable:
        return Mapping(address, length)
    file.retain()
    return Mapping(address, length, file, offset)


def _write_back(guest: EmscriptenGuest, mapping: Mapping) -> None:
    """Bring a shared mapping to its file, which does not grow by it."""
    if mapping.file is None:
        return
    inside = min(mapping.length, mapping.file.stat().size - mapping.offset)
    if inside > 0:
        mapping.file.pwrite(guest.memory.view(mapping.address, inside), mapping.offset)


def unmap_memory(guest: EmscriptenGuest, address: int, length: int) -> None:
    """End the mapping at `address`. Part of one stays as it is. Errors: EINVAL."""
    if address == MAP_FAILED or not length:
        raise SysError(Errno.EINVAL)
    mappings = guest.part(Mappings)
    mapping = mappings.get(address)
    if mapping is None or length < mapping.length:
        return
    _write_back(guest, mapping)
    del mappings[address]
    if mapping.file:
        mapping.file.release()
    guest.free(address)


@syscalls.varargs("___syscall192", level=PARTIAL, note="MAP_FIXED fails with ENOTSUP; a shared mapping is a copy")
def mmap2(
    guest: EmscriptenGuest, address: Pointer, length: U32, protection: U32, flags: U32, fd: I32, offset: U32
) -> I32:
    """Map a file or anonymous memory; the offset counts units of 4096 bytes.

    Errors: EACCES, EBADF, EINVAL, ENODEV, ENOMEM, ENOTSUP.
    """
    return map_memory(guest, length, protection, flags, fd, offset * OFFSET_UNIT)


@syscalls.varargs("___syscall91", level=PARTIAL, note="unmapping a part of a mapping has no effect")
def munmap(guest: EmscriptenGuest, address: Pointer, length: U32) -> None:
    """End a mapping; a shared one is written to its file. Errors: EINVAL, and those of writing."""
    unmap_memory(guest, address, length)


@syscalls.varargs("___syscall144")
def msync(guest: EmscriptenGuest, address: Pointer, length: U32, flags: U32) -> None:
    """Write a shared mapping to its file. Errors: EINVAL, ENOMEM (nothing is mapped there), and those of writing."""
    if flags & MS_ASYNC and flags & MS_SYNC:
        raise SysError(Errno.EINVAL)
    mapping = guest.part(Mappings).containing(address)
    if mapping is None:
        raise SysError(Errno.ENOMEM)
    _write_back(guest, mapping)


@syscalls.varargs("___syscall163", level=PARTIAL, note="only whole anonymous or private mappings grow, by moving")
def mremap(guest: EmscriptenGuest, address: Pointer, old: U32, new: U32, flags: U32) -> I32:
    """Change the size of a mapping. Errors: EFAULT (nothing is there), EINVAL, ENOMEM (it would have to move)."""
    mapping = guest.part(Mappings).get(address)
    if mapping is None:
        raise SysError(Errno.EFAULT)
    if not new or flags & MREMAP_FIXED:
        raise SysError(Errno.EINVAL)
    if new <= mapping.length:
        return address
    if not flags & MREMAP_MAYMOVE or mapping.file:
        raise SysError(Errno.ENOMEM)
    moved = _allocate(guest, new)
    guest.memory.write(moved, guest.memory.read(address, mapping.length))
    unmap_memory(guest, address, mapping.length)
    guest.part(Mappings)[moved] = Mapping(moved, new)
    return moved


@syscalls.varargs("___syscall125", level=STUB, note="0: linear memory has no protection, and stays accessible")
def mprotect(address: Pointer, length: U32, protection: U32) -> None:
    """Set the protection of memory."""


@syscalls.varargs("___syscall219", level=STUB, note="0: advice has no effect")
def madvise(address: Pointer, length: U32, advice: U32) -> None:
    """Announce how memory will be used."""


@syscalls.varargs(
    "___syscall218", level=STUB, note="ENOSYS: linear memory is always resident, but has no pages to tell of"
)
def mincore(address: Pointer, length: U32, result: Pointer) -> I32:
    """Which pages are in memory. Errors: ENOSYS."""
    raise SysError(Errno.ENOSYS)


@syscalls.varargs("___syscall150", level=STUB, note="0: linear memory is never swapped out by us")
def mlock(address: Pointer, length: U32) -> None:
    """Keep memory resident."""


@syscalls.varargs("___syscall151", level=STUB, note="0: as mlock")
def munlock(address: Pointer, length: U32) -> None:
    """End `mlock`."""


@syscalls.varargs("___syscall152", level=STUB, note="0: as mlock")
def mlockall(flags: U32) -> None:
    """Keep all memory resident."""


@syscalls.varargs("___syscall153", level=STUB, note="0: as mlock")
def munlockall() -> None:
    """End `mlockall`."""
