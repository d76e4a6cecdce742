"""Names and addresses of the network: those of granted hosts, literal addresses and `localhost` (see `names`)."""

from __future__ import annotations

from compat.abi.kinds import I32, U32, In, Out, Pointer, Text
from compat.abi.row import PARTIAL, Table
from compat.emscripten_abi.errno import positive_errno, returns, set_errno
from compat.emscripten_abi.guest import EmscriptenGuest
from compat.emscripten_abi.libc.texts import static_text, store_text
from compat.emscripten_abi.structs import Addrinfo, Protoent
from compat.kernel.errno import Errno, SysError

# Bodies import what they need: hardly a program asks for a name, and what knows them takes long to import.

env = Table("env", "network", failure=set_errno(0))

NI_NUMERICHOST = 0x01
NI_NAMEREQD = 0x08
HOST_NOT_FOUND, TRY_AGAIN = 1, 2
"""h_errno."""

EAI_BADFLAGS = -1
EAI_NONAME = -2
EAI_AGAIN = -3
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
    EAI_AGAIN: "Temporary failure in name resolution",
    -4: "Non-recoverable failure in name res",
    EAI_FAMILY: "'ai_family' not supported",
    EAI_SOCKTYPE: "'ai_socktype' not supported",
    EAI_SERVICE: "SERVICE not supported for 'ai_socktype'",
    EAI_MEMORY: "Memory allocation failure",
    EAI_SYSTEM: "System error returned in 'errno'",
    EAI_OVERFLOW: "Argument buffer overflow",
}
PROTOCOLS = {"tcp": 6, "udp": 17, "icmp": 1}
GRANTED = "names of granted hosts (--allow-net) and localhost only"


@env.function("_inet_addr", failure=returns(-1))
def inet_addr(text: Text) -> U32:
    """An IPv4 address in network order, -1 if the text is none."""
    from compat.kernel.network import literal

    address = literal(text)
    return int.from_bytes(address.ip, "little") if address and len(address.ip) == 4 else 0xFFFF_FFFF


@env.function("_getaddrinfo", failure=returns(EAI_SYSTEM), level=PARTIAL, note=f"{GRANTED}; services are numbers")
def getaddrinfo(
    guest: EmscriptenGuest, node: Text | None, service: Text | None, hints: In[Addrinfo] | None, result: Out[U32]
) -> I32:
    """Addresses for a name and a service, each for TCP and for UDP as far as `hints` allow; returns an EAI_ number.

    The JavaScript made up an address for every name, and its lists had one element.
    """
    from compat.emscripten_abi.libc import names

    try:
        result.set(names.new_addrinfo(guest, node, service, hints or Addrinfo()))
    except names.Failure as failure:
        return failure.code
    return 0


@env.function("_getnameinfo", failure=returns(EAI_SYSTEM), level=PARTIAL, note=f"{GRANTED}; services are numbers")
def getnameinfo(
    guest: EmscriptenGuest,
    address: Pointer,
    length: U32,
    node: Pointer,
    node_size: U32,
    service: Pointer,
    size: U32,
    flags: I32,
) -> I32:
    """The name and service of an address; returns an EAI_ number. An address without a name comes as numbers."""
    from compat.emscripten_abi.libc import names
    from compat.emscripten_abi.sockaddr import read_address
    from compat.kernel.network import written

    try:
        place = read_address(guest.memory, address, length)
    except SysError:
        return EAI_FAMILY
    try:
        name = None if flags & NI_NUMERICHOST else names.name_of(guest, place)
    except SysError as error:
        return names.code_of(error)
    if name is None and flags & NI_NAMEREQD:
        return EAI_NONAME
    memory = guest.memory
    fits = not (node and node_size) or store_text(memory, node, node_size, name or written(place))
    fits &= not (service and size) or store_text(memory, service, size, str(place.port))
    return 0 if fits else EAI_OVERFLOW


@env.function("_gai_strerror")
def gai_strerror(guest: EmscriptenGuest, code: I32) -> Pointer:
    """The text of an EAI_ number."""
    text = MESSAGES.get(code, "Unknown error")
    return static_text(guest, f"gai {text}", text)


# --- the older functions


@env.function("_gethostbyname", level=PARTIAL, note=GRANTED)
def gethostbyname(guest: EmscriptenGuest, name: Text) -> Pointer:
    """The IPv4 addresses of a name, in memory that the next call overwrites; NULL if there is none.

    Errors: EAGAIN (no server answers), ERANGE.
    """
    from compat.emscripten_abi.libc import names

    return names.static_hostent(guest, name, names.inet_addresses(guest, name))


@env.function("_gethostbyaddr", level=PARTIAL, note=GRANTED)
def gethostbyaddr(guest: EmscriptenGuest, address: Pointer, length: U32, family: I32) -> Pointer:
    """The name of an address, or its text if it has none. Errors: EAFNOSUPPORT, EAGAIN (no server answers)."""
    from compat.emscripten_abi.libc import names
    from compat.emscripten_abi.sockaddr import AF_INET, AF_INET6
    from compat.kernel.addresses import Address
    from compat.kernel.network import written

    if (family, length) not in ((AF_INET, 4), (AF_INET6, 16)):
        raise SysError(Errno.EAFNOSUPPORT)
    place = Address(guest.memory.read(address, length), 0)
    return names.static_hostent(guest, names.name_of(guest, place) or written(place), [place])


@env.function("_gethostbyname_r", failure=positive_errno, level=PARTIAL, note=GRANTED)
def gethostbyname_r(
    guest: EmscriptenGuest, name: Text, entry: Pointer, buffer: Pointer, size: U32, result: Out[U32], error: Out[I32]
) -> I32:
    """`gethostbyname` into memory that is given. Returns an error number: EAGAIN, ERANGE."""
    from compat.emscripten_abi.libc import names

    result.set(0)
    error.set(TRY_AGAIN)
    found = names.inet_addresses(guest, name)
    error.set(0 if found else HOST_NOT_FOUND)
    if found:
        names.store_hostent(guest, entry, buffer, size, name, found)
        result.set(entry)
    return 0


# --- protocols


class Protocols:
    """How far the guest has read the list."""

    def __init__(self, guest: EmscriptenGuest) -> None:
        self.position = 0


def _protoent(guest: EmscriptenGuest, name: str) -> int:
    text = static_text(guest, f"protocol {name}", name)
    aliases = guest.owned(f"aliases of protocol {name}", 8)
    guest.memory.store_32(aliases, static_text(guest, f"alias of protocol {name}", name.upper()))
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
