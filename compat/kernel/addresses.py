"""What sockets are asked and told: families, addresses, options, received messages."""

from __future__ import annotations

from collections.abc import Sequence

from compat._enum import Enum, auto
from compat._typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from compat.kernel.files import PassedFile

_MAPPED = bytes(10) + b"\xff\xff"
"""What an IPv4 address begins with that is written as one of IPv6 (RFC 4291, 2.5.5.2)."""


class Family(Enum):
    """What kind of addresses a socket has."""

    INET = auto()
    INET6 = auto()
    LOCAL = auto()
    """None on a network: both ends are on this host."""


class Address(NamedTuple):
    """A place on a network."""

    ip: bytes
    """4 bytes, or 16, in network order."""
    port: int
    scope: int = 0
    """Of a link-local IPv6 address, the number of its interface on the host."""

    @property
    def family(self) -> Family:
        return Family.INET if len(self.ip) == 4 else Family.INET6

    @property
    def unspecified(self) -> bool:
        """Whether it stands for all of the host's own addresses."""
        return not any(self.unmapped.ip)

    @property
    def unmapped(self) -> Address:
        """The place itself: an IPv4 address may come in the guise of one of IPv6."""
        return Address(self.ip[len(_MAPPED) :], self.port) if self.ip.startswith(_MAPPED) else self

    @property
    def mapped(self) -> Address:
        """An IPv4 address in the guise of one of IPv6."""
        return Address(_MAPPED + self.ip, self.port)


class Control(Enum):
    """What is told of a datagram, or asked for it, by the names that POSIX and its kin give it: as bytes of theirs."""

    IP_PKTINFO = auto()
    IP_TOS = auto()
    IP_TTL = auto()
    IPV6_HOPLIMIT = auto()
    IPV6_PKTINFO = auto()
    IPV6_TCLASS = auto()


class Received(NamedTuple):
    """What one call received."""

    size: int
    """Bytes."""
    sender: Address | None = None
    """Who sent a datagram; a stream does not say."""
    truncated: bool = False
    """Whether the rest of a datagram, which had no room, is lost."""
    control: Sequence[tuple[Control, bytes]] = ()
    """What was asked to be told of a datagram."""
    files: Sequence[PassedFile] = ()
    """What came with a message from the other end of a pair: each is to be opened or dropped."""


class SocketOption(Enum):
    """Options of a socket that are a number, by the names that POSIX and its kin give them."""

    SO_ACCEPTCONN = auto()
    SO_BROADCAST = auto()
    SO_KEEPALIVE = auto()
    SO_OOBINLINE = auto()
    SO_RCVBUF = auto()
    SO_RCVLOWAT = auto()
    SO_REUSEADDR = auto()
    SO_REUSEPORT = auto()
    SO_SNDBUF = auto()
    TCP_KEEPCNT = auto()
    TCP_KEEPIDLE = auto()
    TCP_KEEPINTVL = auto()
    TCP_MAXSEG = auto()
    TCP_NODELAY = auto()
    IP_MULTICAST_LOOP = auto()
    IP_MULTICAST_TTL = auto()
    IP_PKTINFO = auto()
    IP_RECVTOS = auto()
    IP_RECVTTL = auto()
    IP_TOS = auto()
    IP_TTL = auto()
    IPV6_MULTICAST_HOPS = auto()
    IPV6_MULTICAST_IF = auto()
    IPV6_MULTICAST_LOOP = auto()
    IPV6_RECVHOPLIMIT = auto()
    IPV6_RECVPKTINFO = auto()
    IPV6_RECVTCLASS = auto()
    IPV6_TCLASS = auto()
    IPV6_UNICAST_HOPS = auto()
    IPV6_V6ONLY = auto()
