"""Socket addresses as musl lays them out."""

from __future__ import annotations

from compat.abi.memory import Memory
from compat.emscripten_abi.structs import SockaddrIn, SockaddrIn6
from compat.kernel.addresses import Address, Family
from compat.kernel.errno import Errno, SysError

AF_UNSPEC, AF_UNIX, AF_INET, AF_INET6 = 0, 1, 2, 10
FAMILIES = {AF_UNIX: Family.LOCAL, AF_INET: Family.INET, AF_INET6: Family.INET6}
NUMBERS = {family: number for number, family in FAMILIES.items()}


def read_address(memory: Memory, place: int, length: int) -> Address:
    """The address in the `struct sockaddr` at `place`. Errors: EAFNOSUPPORT, EFAULT, EINVAL (too short)."""
    family = memory.load_u16(place) if length >= 2 else AF_UNSPEC
    struct = SockaddrIn6 if family == AF_INET6 else SockaddrIn
    if length < struct.sizeof():
        raise SysError(Errno.EINVAL)
    if family not in (AF_INET, AF_INET6):
        raise SysError(Errno.EAFNOSUPPORT)
    found = struct.unpack(memory.view(place, struct.sizeof()))
    scope = found.scope_id if isinstance(found, SockaddrIn6) else 0
    return Address(found.addr, int.from_bytes(found.port, "big"), scope)


def packed(address: Address | None) -> bytes:
    """An address as a `struct sockaddr`; one that is no place on a network is its family alone."""
    if address is None:
        return AF_UNIX.to_bytes(2, "little")
    port = address.port.to_bytes(2, "big")
    if address.family is Family.INET:
        return SockaddrIn(family=AF_INET, port=port, addr=address.ip).pack()
    return SockaddrIn6(family=AF_INET6, port=port, addr=address.ip, scope_id=address.scope).pack()


class AddressResult:
    """Where a call puts an address: as much of it as there is room for."""

    def __init__(self, memory: Memory, place: int, room: int) -> None:
        """Raises SysError: EFAULT, EINVAL (a size with its sign bit set)."""
        if room >= 1 << 31:
            raise SysError(Errno.EINVAL)
        self._view = memory.view(place, min(room, SockaddrIn6.sizeof()))

    def set(self, data: bytes) -> int:
        """Put a packed address there; returns its size, which may be larger than the room."""
        part = data[: len(self._view)]
        self._view[: len(part)] = part
        return len(data)
