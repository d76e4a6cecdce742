"""Names and addresses of the network: literal addresses and `localhost` are known; nothing is asked of any server."""

from __future__ import annotations

from compat._typing import TYPE_CHECKING
from compat.abi.kinds import I32, U32, In, Out, Pointer, Text
from compat.abi.memory import Memory
from compat.abi.row import PARTIAL, Table
from compat.emscripten_abi.errno import positive_errno, returns, set_errno
from compat.emscripten_abi.guest import EmscriptenGuest
from compat.emscripten_abi.libc.texts import allocate, encode, new_text, static_text, store_text
from compat.emscripten_abi.structs import Addrinfo, Hostent, Protoent, SockaddrIn, SockaddrIn6
from compat.kernel.errno import Errno, SysError

if TYPE_CHECKING:
    from ipaddress import IPv4Address, IPv6Address

env = Table("env", "network", failure=set_errno(0))

AF_UNSPEC, AF_INET, AF_INET6 = 0, 2, 10
SOCK_STREAM, SOCK_DGRAM = 1, 2
IPPROTO_TCP, IPPROTO_UDP = 6, 17
AI_PASSIVE = 0x01
AI_CANONNAME = 0x02
AI_V4MAPPED = 0x08
AI_KNOWN = 0x43F
NI_NUMERICHOST = 0x01
NI_NAMEREQD = 0x08
HOST_NOT_FOUND = 1
"""h_errno."""

EAI_BADFLAGS = -1
EAI_NONAME = -2
EAI_FAMILY = -6
EAI_SOCKTYPE = -7
EAI_SERVICE = -8
EAI_MEMORY = -10
EAI_SYSTEM = -11
EAI_OVERFLOW = -12
MESSAGES = {
    0: "Success",
    EAI_BADFLAGS: "Invalid value for 'ai_flags' field",
    EAI_NONAME: "NAME or SERVICE is unknown",
    -3: "Temporary failure in name resolution",
    -4: "Non-recoverable failure in name res",
    EAI_FAMILY: "'ai_family' not supported",
    EAI_SOCKTYPE: "'ai_socktype' not supported",
    EAI_SERVICE: "SERVICE not supported for 'ai_socktype'",
    EAI_MEMORY: "Memory allocation failure",
    EAI_SYSTEM: "System error returned in 'errno'",
    EAI_OVERFLOW: "Argument buffer overflow",
}
LOCALHOST = {AF_INET: "127.0.0.1", AF_INET6: "::1"}
ANY = {AF_INET: "0.0.0.0", AF_INET6: "::"}
PROTOCOLS = {"tcp": 6, "udp": 17, "icmp": 1}
NO_SERVERS = "literal addresses and localhost only: no server is asked"


class _Failure(Exception):
    """An EAI_ number."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


def _literal(text: str) -> IPv4Address | IPv6Address | None:
    # Imported here: hardly a run asks for an address.
    from ipaddress import ip_address

    try:
        return ip_address(text)
    except ValueError:
        return None


# --- addresses as text


@env.function("_inet_addr", failure=returns(-1))
def inet_addr(text: Text) -> U32:
    """An IPv4 address in network order, -1 if the text is none."""
    address = _literal(text)
    if address is None or address.version != 4:
        return 0xFFFF_FFFF
    return int.from_bytes(address.packed, "little")


# --- getaddrinfo


@env.function("_getaddrinfo", failure=returns(EAI_SYSTEM), level=PARTIAL, note=NO_SERVERS)
def getaddrinfo(
    guest: EmscriptenGuest, node: Text | None, service: Text | None, hints: In[Addrinfo] | None, result: Out[U32]
) -> I32:
    """Addresses for a name and a service; returns an EAI_ number. The list has one element."""
    wanted = hints or Addrinfo()
    try:
        _complete(wanted, node)
        port = _port(service)
        if node is None and service is None:
            raise _Failure(EAI_NONAME)
        address = _resolve(node, wanted)
        result.set(_new_addrinfo(guest, wanted, address, port, node))
    except _Failure as failure:
        return failure.code
    return 0


def _complete(hints: Addrinfo, node: str | None) -> None:
    """Check the hints, and choose where they leave a choice: a TCP stream, as the JavaScript does."""
    if hints.flags & ~AI_KNOWN or (hints.flags & AI_CANONNAME and node is None):
        raise _Failure(EAI_BADFLAGS)
    if hints.family not in (AF_UNSPEC, AF_INET, AF_INET6):
        raise _Failure(EAI_FAMILY)
    if not hints.socktype:
        hints.socktype = SOCK_DGRAM if hints.protocol == IPPROTO_UDP else SOCK_STREAM
    if hints.socktype not in (SOCK_STREAM, SOCK_DGRAM):
        raise _Failure(EAI_SOCKTYPE)
    if not hints.protocol:
        hints.protocol = IPPROTO_UDP if hints.socktype == SOCK_DGRAM else IPPROTO_TCP


def _port(service: str | None) -> int:
    if service is None:
        return 0
    if not (service.isascii() and service.isdecimal()) or int(service) > 0xFFFF:
        raise _Failure(EAI_SERVICE)
    return int(service)


def _resolve(node: str | None, hints: Addrinfo) -> IPv4Address | IPv6Address:
    """The address of a name, of the family that the hints ask for."""
    family = hints.family or AF_INET
    if node is None:
        node = (ANY if hints.flags & AI_PASSIVE else LOCALHOST)[family]
    elif node == "localhost":
        node = LOCALHOST[family]
    address = _literal(node)
    if address is None:
        raise _Failure(EAI_NONAME)
    if address.version == 4 and hints.family == AF_INET6 and hints.flags & AI_V4MAPPED:
        address = _literal(f"::ffff:{address}")
        assert address is not None
    if hints.family not in (AF_UNSPEC, AF_INET if address.version == 4 else AF_INET6):
        raise _Failure(EAI_NONAME)
    return address


def _sockaddr(address: IPv4Address | IPv6Address, port: int) -> bytes:
    network_port = port.to_bytes(2, "big")
    if address.version == 4:
        return SockaddrIn(family=AF_INET, port=network_port, addr=address.packed).pack()
    return SockaddrIn6(family=AF_INET6, port=network_port, addr=address.packed).pack()


def _new_addrinfo(
    guest: EmscriptenGuest, hints: Addrinfo, address: IPv4Address | IPv6Address, port: int, node: str | None
) -> int:
    """Address of a new element. The element and its address are one block, which musl's freeaddrinfo frees."""
    data = _sockaddr(address, port)
    block = allocate(guest, Addrinfo.sizeof() + len(data))
    name = new_text(guest, node) if node is not None and hints.flags & AI_CANONNAME else 0
    element = Addrinfo(
        family=AF_INET if address.version == 4 else AF_INET6,
        socktype=hints.socktype,
        protocol=hints.protocol,
        addrlen=len(data),
        addr=block + Addrinfo.sizeof(),
        canonname=name,
    )
    guest.memory.write(block, element.pack() + data)
    return block


@env.function("_getnameinfo", failure=returns(EAI_SYSTEM), level=PARTIAL, note=NO_SERVERS)
def getnameinfo(
    memory: Memory,
    address: Pointer,
    length: U32,
    node: Pointer,
    node_size: U32,
    service: Pointer,
    size: U32,
    flags: I32,
) -> I32:
    """The name and service of an address; returns an EAI_ number. Both come as numbers."""
    text, port = _read_sockaddr(memory, address, length)
    if text is None:
        return EAI_FAMILY
    if flags & NI_NAMEREQD and text not in LOCALHOST.values():
        return EAI_NONAME
    name = "localhost" if text in LOCALHOST.values() and not flags & NI_NUMERICHOST else text
    fits = not (node and node_size) or store_text(memory, node, node_size, name)
    fits &= not (service and size) or store_text(memory, service, size, str(port))
    return 0 if fits else EAI_OVERFLOW


def _read_sockaddr(memory: Memory, address: int, length: int) -> tuple[str | None, int]:
    # Imported here: hardly a run asks for an address.
    from ipaddress import ip_address

    family = memory.load_u16(address)
    if family == AF_INET and length >= SockaddrIn.sizeof():
        four = SockaddrIn.unpack(memory.view(address, SockaddrIn.sizeof()))
        return str(ip_address(four.addr)), int.from_bytes(four.port, "big")
    if family == AF_INET6 and length >= SockaddrIn6.sizeof():
        six = SockaddrIn6.unpack(memory.view(address, SockaddrIn6.sizeof()))
        return str(ip_address(six.addr)), int.from_bytes(six.port, "big")
    return None, 0


@env.function("_gai_strerror")
def gai_strerror(guest: EmscriptenGuest, code: I32) -> Pointer:
    """The text of an EAI_ number."""
    text = MESSAGES.get(code, "Unknown error")
    return static_text(guest, f"gai {text}", text)


# --- the older functions


def _store_hostent(guest: EmscriptenGuest, entry: int, buffer: int, size: int, name: str) -> bool:
    """Fill a `struct hostent` for a name or IPv4 address, with what it points to in `buffer`.

    Whether there is an address. Errors: ERANGE (too little room).
    """
    address = _literal(LOCALHOST[AF_INET] if name == "localhost" else name)
    if address is None or address.version != 4:
        return False
    text = encode(name)
    # No aliases; one address, and the end of the list; the address; the name.
    if size < 16 + len(text):
        raise SysError(Errno.ERANGE)
    memory = guest.memory
    for offset, word in ((0, 0), (4, buffer + 12), (8, 0)):
        memory.store_32(buffer + offset, word)
    memory.write(buffer + 12, address.packed + text)
    host = Hostent(name=buffer + 16, aliases=buffer, addrtype=AF_INET, length=4, addr_list=buffer + 4)
    memory.write(entry, host.pack())
    return True


def _static_hostent(guest: EmscriptenGuest, name: str) -> int:
    entry, buffer = guest.owned("hostent", Hostent.sizeof()), guest.owned("hostent buffer", 272)
    return entry if _store_hostent(guest, entry, buffer, 272, name) else 0


@env.function("_gethostbyname", level=PARTIAL, note=NO_SERVERS)
def gethostbyname(guest: EmscriptenGuest, name: Text) -> Pointer:
    """The IPv4 address of a name, in memory that the next call overwrites; NULL if there is none. Errors: ERANGE."""
    return _static_hostent(guest, name)


@env.function("_gethostbyaddr", level=PARTIAL, note=NO_SERVERS)
def gethostbyaddr(guest: EmscriptenGuest, address: Pointer, length: U32, family: I32) -> Pointer:
    """The name of an IPv4 address: its text. Errors: EAFNOSUPPORT."""
    if family != AF_INET or length < 4:
        raise SysError(Errno.EAFNOSUPPORT)
    text = ".".join(map(str, guest.memory.read(address, 4)))
    return _static_hostent(guest, "localhost" if text == LOCALHOST[AF_INET] else text)


@env.function("_gethostbyname_r", failure=positive_errno, level=PARTIAL, note=NO_SERVERS)
def gethostbyname_r(
    guest: EmscriptenGuest, name: Text, entry: Pointer, buffer: Pointer, size: U32, result: Out[U32], error: Out[I32]
) -> I32:
    """`gethostbyname` into memory that is given. Returns an error number: ERANGE."""
    found = _store_hostent(guest, entry, buffer, size, name)
    result.set(entry if found else 0)
    error.set(0 if found else HOST_NOT_FOUND)
    return 0


# --- protocols


class Protocols:
    """How far the guest has read the list."""

    def __init__(self, guest: EmscriptenGuest) -> None:
        self.position = 0


def _protoent(guest: EmscriptenGuest, name: str) -> int:
    text = static_text(guest, f"protocol {name}", name)
    aliases = guest.owned("protocol aliases", 4)
    guest.memory.store_32(aliases, 0)
    address = guest.owned("protoent", Protoent.sizeof())
    guest.memory.write(address, Protoent(name=text, aliases=aliases, proto=PROTOCOLS[name]).pack())
    return address


@env.function("_getprotobyname")
def getprotobyname(guest: EmscriptenGuest, name: Text) -> Pointer:
    """A protocol by its name (tcp, udp, icmp), or NULL."""
    return _protoent(guest, name) if name in PROTOCOLS else 0


@env.function("_getprotobynumber")
def getprotobynumber(guest: EmscriptenGuest, number: I32) -> Pointer:
    """A protocol by its number, or NULL."""
    name = next((name for name, known in PROTOCOLS.items() if known == number), None)
    return 0 if name is None else _protoent(guest, name)


@env.function("_setprotoent")
def setprotoent(guest: EmscriptenGuest, stay_open: I32) -> None:
    """Read the protocols from the start."""
    guest.part(Protocols).position = 0


@env.function("_endprotoent")
def endprotoent(guest: EmscriptenGuest) -> None:
    """Stop reading the protocols."""
    guest.part(Protocols).position = 0


@env.function("_getprotoent")
def getprotoent(guest: EmscriptenGuest) -> Pointer:
    """The next protocol, or NULL at the end."""
    state = guest.part(Protocols)
    names = list(PROTOCOLS)
    if state.position >= len(names):
        return 0
    state.position += 1
    return _protoent(guest, names[state.position - 1])
