"""The network as far as a guest may use it: the places that were granted to it, and their names.

A grant is of a place, and for whatever can be done there: to send and connect to it, and, where it is this host's own,
to bind and listen at it. Whoever comes to such a place may be answered.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from ipaddress import IPv4Address, IPv6Address, ip_address
from threading import Thread

from compat._typing import NamedTuple, TypeVar
from compat.kernel.addresses import Address, Family
from compat.kernel.clock import Clock
from compat.kernel.errno import Errno, SysError
from compat.kernel.host import sockets

T = TypeVar("T")

ANY_HOST = "*"
LOOPBACK = {Family.INET: bytes([127, 0, 0, 1]), Family.INET6: bytes(15) + b"\1"}
"""What `localhost` always means to a guest."""
_SCOPE_DIGITS = 10


class Grant(NamedTuple):
    """A place that a guest may use."""

    host: str
    """A name, an address, or `ANY_HOST`."""
    port: int | None
    """None for every port."""


def parse_grant(text: str) -> Grant:
    """The grant in `HOST[:PORT]`; HOST is a name, an address (of IPv6: in brackets) or `*`. Raises ValueError."""
    if text.startswith("["):
        host, bracket, rest = text[1:].partition("]")
        colon, port = rest[:1], rest[1:]
        address = _ip_address(host)
        valid = bool(bracket) and address is not None and address.version == 6
    else:
        host, colon, port = text.partition(":")
        valid = bool(host) and ":" not in port
    if colon:
        valid &= colon == ":" and port.isascii() and port.isdecimal() and 0 < int(port) <= sockets.PORT_MAX
    if not valid:
        raise ValueError(f"{text}: not of the form HOST[:PORT] (with an IPv6 address in brackets)")
    return Grant(host, int(port) if colon else None)


def literal(text: str) -> Address | None:
    """The address, at port 0, that `text` writes out in full; None for any other text."""
    address = _ip_address(text)
    scope = getattr(address, "scope_id", None) or "0"
    numeric = scope.isascii() and scope.isdecimal() and len(scope) < _SCOPE_DIGITS
    return Address(address.packed, 0, int(scope)) if address is not None and numeric else None


def written(address: Address) -> str:
    """An address as text, without its port."""
    return str(ip_address(address.ip)) + (f"%{address.scope}" if address.scope else "")


class Network:
    """What one guest may use of the network. Without grants it is nothing, and nobody is asked for any name."""

    def __init__(self, grants: Sequence[Grant] = ()) -> None:
        """Names are looked up here, once. Errors: ENOENT (a name that has no address), EAGAIN (no server answers)."""
        self._places: set[tuple[bytes | None, int, int | None]] = set()
        """Address (None: any), scope and port (None: every)."""
        self._by_name: dict[str, list[Address]] = {}
        for host, port in grants:
            if host == ANY_HOST:
                self._places.add((None, 0, port))
                continue
            addresses = sockets.resolve(host)
            if not addresses:
                raise SysError(Errno.ENOENT)
            if _ip_address(host) is None:
                self._by_name[_folded(host)] = addresses
            self._places |= {(address.ip, address.scope, port) for address in map(_unmapped, addresses)}
        self._knows_all_names = any(ip is None for ip, _, _ in self._places)

    def __bool__(self) -> bool:
        """Whether anything is granted."""
        return bool(self._places)

    def allows(self, address: Address) -> bool:
        """Whether a place is granted. A host's unspecified address is one by itself: it is more than any other."""
        ip, port, scope = address.unmapped
        return any(
            place in self._places for place in ((ip, scope, port), (ip, scope, None), (None, 0, port), (None, 0, None))
        )

    def addresses(self, name: str, clock: Clock) -> list[Address]:
        """The addresses of a name, each at port 0; none where it is unknown, or not granted.

        A granted name has those to which it was resolved. Every other one is asked of the host's resolver if any host
        is granted, else of nobody. Errors: EAGAIN (no server answers). Raises TimeLimit at the clock's deadline.
        """
        known = self._by_name.get(_folded(name))
        if known is None and _folded(name) == "localhost":
            known = [Address(ip, 0) for ip in LOOPBACK.values()]
        if known is None and self._knows_all_names:
            known = _in_time(lambda: sockets.resolve(name), clock)
        return known or []

    def name_of(self, address: Address, clock: Clock) -> str | None:
        """The name of an address: a granted one, `localhost`, or where the address is granted what the host says.

        Errors: EAGAIN (no server answers). Raises TimeLimit at the clock's deadline.
        """
        place = address.unmapped._replace(port=0)
        for name, known in self._by_name.items():
            if place in map(_unmapped, known):
                return name
        if place.ip in LOOPBACK.values():
            return "localhost"
        if {(place.ip, place.scope), (None, 0)} & {(ip, scope) for ip, scope, _ in self._places}:
            return _in_time(lambda: sockets.name_of(place), clock)
        return None


def _in_time(ask: Callable[[], T], clock: Clock) -> T:
    """What `ask` returns, unless the run's time is over first: the host's resolver cannot be interrupted."""
    from concurrent.futures import Future  # not above: it takes long to import, and few programs ask for names

    answer: Future[T] = Future()

    def work() -> None:
        try:
            answer.set_result(ask())
        except Exception as error:
            answer.set_exception(error)

    Thread(target=work, name="compat name resolution", daemon=True).start()
    while True:
        left = clock.patience(None)
        with suppress(TimeoutError):
            return answer.result(None if left is None else left / 1e9)


def _unmapped(address: Address) -> Address:
    return address.unmapped


def _folded(name: str) -> str:
    """A name as names are compared: in any case, with or without the dot of the root."""
    return name.removesuffix(".").casefold()


def _ip_address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(text)
    except ValueError:
        return None
