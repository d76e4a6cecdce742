"""Looking names and addresses up, for the functions of `network`: apart, as hardly a program asks for a name.

Literal addresses and `localhost` are known to every guest; other names are those of granted hosts, with the addresses
that were granted. Servers are asked for no other name, unless every host is granted (`kernel.network`).
"""

from __future__ import annotations

from collections.abc import Sequence
from struct import Struct as Packer

from compat.emscripten_abi.guest import EmscriptenGuest
from compat.emscripten_abi.libc.network import (
    EAI_AGAIN,
    EAI_BADFLAGS,
    EAI_FAMILY,
    EAI_NONAME,
    EAI_SERVICE,
    EAI_SOCKTYPE,
    EAI_SYSTEM,
)
from compat.emscripten_abi.libc.texts import allocate, encode
from compat.emscripten_abi.sockaddr import AF_INET, AF_INET6, AF_UNSPEC, FAMILIES, NUMBERS, packed
from compat.emscripten_abi.structs import Addrinfo, Hostent, SockaddrIn6
from compat.kernel.addresses import Address, Family
from compat.kernel.errno import Errno, SysError
from compat.kernel.network import LOOPBACK, literal

SOCK_STREAM, SOCK_DGRAM = 1, 2
IPPROTO_TCP, IPPROTO_UDP = 6, 17
AI_PASSIVE = 0x01
AI_CANONNAME = 0x02
AI_NUMERICHOST = 0x04
AI_V4MAPPED = 0x08
AI_ALL = 0x10
AI_KNOWN = 0x43F

PORT_DIGITS = 16
"""Fewer than that, however many zeros a port begins with."""

ANY = {Family.INET: bytes(4), Family.INET6: bytes(16)}

HOSTENT_ADDRESSES = 16
HOSTENT_BUFFER = 4 + 4 * (HOSTENT_ADDRESSES + 1) + 4 * HOSTENT_ADDRESSES + 256
"""What `gethostbyname` has room for: so many addresses, and a name as long as names are."""


class Failure(Exception):
    """An EAI_ number."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


def find(guest: EmscriptenGuest, name: str, *, numeric: bool = False) -> list[Address]:
    """The addresses of a name, or the one that it writes out; `numeric` names have no other. Errors: EAGAIN."""
    address = literal(name)
    if address:
        return [address]
    return [] if numeric else guest.process.network.addresses(name, guest.process.clock)


def name_of(guest: EmscriptenGuest, address: Address) -> str | None:
    """The name of an address, None if it has none. Errors: EAGAIN (no server answers)."""
    return guest.process.network.name_of(address, guest.process.clock)


def code_of(error: SysError) -> int:
    """The EAI_ number for what went wrong in looking up."""
    return EAI_AGAIN if error.errno is Errno.EAGAIN else EAI_SYSTEM


# --- getaddrinfo


def new_addrinfo(guest: EmscriptenGuest, node: str | None, service: str | None, hints: Addrinfo) -> int:
    """Address of a new list with what is found. Raises Failure. Errors: ENOMEM."""
    kinds = _kinds(hints)
    if node is None and service is None:
        raise Failure(EAI_NONAME)
    if hints.flags & ~AI_KNOWN or (hints.flags & AI_CANONNAME and node is None):
        raise Failure(EAI_BADFLAGS)
    port = _port(service)
    items = [(*kind, address._replace(port=port)) for address in _wanted(guest, node, hints) for kind in kinds]
    return _new_list(guest, items, node if hints.flags & AI_CANONNAME else None)


def _kinds(hints: Addrinfo) -> list[tuple[int, int]]:
    """The types of sockets that are wanted, each with its protocol."""
    if hints.family not in (AF_UNSPEC, AF_INET, AF_INET6):
        raise Failure(EAI_FAMILY)
    kinds = [
        (socktype, protocol)
        for socktype, protocol in ((SOCK_STREAM, IPPROTO_TCP), (SOCK_DGRAM, IPPROTO_UDP))
        if hints.socktype in (0, socktype) and hints.protocol in (0, protocol)
    ]
    if not kinds:
        raise Failure(EAI_SOCKTYPE)
    return kinds


def _port(service: str | None) -> int:
    if service is None:
        return 0
    if not (service.isascii() and service.isdecimal() and len(service) < PORT_DIGITS) or int(service) > 0xFFFF:
        raise Failure(EAI_SERVICE)
    return int(service)


def _wanted(guest: EmscriptenGuest, node: str | None, hints: Addrinfo) -> list[Address]:
    """The addresses of a name, of the family that the hints ask for."""
    if node is None:
        found = [Address(ip, 0) for ip in (ANY if hints.flags & AI_PASSIVE else LOOPBACK).values()]
    else:
        try:
            found = find(guest, node, numeric=bool(hints.flags & AI_NUMERICHOST))
        except SysError as error:
            raise Failure(code_of(error)) from None
    if hints.family != AF_UNSPEC:
        of_family = [address for address in found if address.family is FAMILIES[hints.family]]
        mapping = hints.family == AF_INET6 and hints.flags & AI_V4MAPPED
        if mapping and (hints.flags & AI_ALL or not of_family):
            of_family += [address.mapped for address in found if address.family is Family.INET]
        found = of_family
    if not found:
        raise Failure(EAI_NONAME)
    return found


def _new_list(guest: EmscriptenGuest, items: Sequence[tuple[int, int, Address]], canonical: str | None) -> int:
    """Address of a new list. All of it is one block, as musl's freeaddrinfo frees its first element only."""
    size = Addrinfo.sizeof() + SockaddrIn6.sizeof()
    name = b"" if canonical is None else encode(canonical)
    block = allocate(guest, len(items) * size + len(name))
    data = b""
    for index, (socktype, protocol, address) in enumerate(items):
        place = block + index * size
        sockaddr = packed(address)
        last = index == len(items) - 1
        element = Addrinfo(
            family=NUMBERS[address.family],
            socktype=socktype,
            protocol=protocol,
            addrlen=len(sockaddr),
            addr=place + Addrinfo.sizeof(),
            canonname=block + len(items) * size if name and not index else 0,
            next=0 if last else place + size,
        )
        data += (element.pack() + sockaddr).ljust(size, b"\0")
    guest.memory.write(block, data + name)
    return block


# --- hostent


def store_hostent(
    guest: EmscriptenGuest, entry: int, buffer: int, size: int, name: str, addresses: Sequence[Address]
) -> None:
    """Fill a `struct hostent`, with what it points to in `buffer`. Errors: ERANGE (too little room)."""
    text = encode(name)
    count, length = len(addresses), len(addresses[0].ip)
    # The end of the aliases, of which there are none; the list of the addresses, and its end; these; the name.
    first = buffer + 4 + 4 * (count + 1)
    last = first + count * length
    if size < last + len(text) - buffer:
        raise SysError(Errno.ERANGE)
    room = guest.memory.view(buffer, last + len(text) - buffer)
    words = [0, *range(first, last, length), 0]
    room[:] = Packer(f"<{len(words)}I").pack(*words) + b"".join(address.ip for address in addresses) + text
    host = Hostent(
        name=last,
        aliases=buffer,
        addrtype=NUMBERS[addresses[0].family],
        length=length,
        addr_list=buffer + 4,
    )
    guest.memory.write(entry, host.pack())


def static_hostent(guest: EmscriptenGuest, name: str, addresses: Sequence[Address]) -> int:
    """Address of the guest's one `struct hostent`, filled; 0 if there are no addresses. Errors: ERANGE."""
    if not addresses:
        return 0
    entry, buffer = guest.owned("hostent", Hostent.sizeof()), guest.owned("hostent buffer", HOSTENT_BUFFER)
    store_hostent(guest, entry, buffer, HOSTENT_BUFFER, name, addresses)
    return entry


def inet_addresses(guest: EmscriptenGuest, name: str) -> list[Address]:
    """The IPv4 addresses of a name. Errors: EAGAIN (no server answers)."""
    found = [address for address in find(guest, name) if address.family is Family.INET]
    return found[:HOSTENT_ADDRESSES]
