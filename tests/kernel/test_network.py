"""Grants and names. The host's resolver is a stand-in that tells what it was asked; nothing here leaves the process."""

from __future__ import annotations

import ipaddress
import socket
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compat.errors import TimeLimit
from compat.kernel.addresses import Address
from compat.kernel.clock import SteppingClock
from compat.kernel.errno import Errno, SysError
from compat.kernel.host import sockets, system
from compat.kernel.network import Grant, Network, literal, parse_grant, written
from tests.kernel.support import raises

CLOCK = SteppingClock()
KNOWN = {"example.org": ["192.0.2.1", "2001:db8::1"], "localhost": ["127.0.0.1"]}


def address(text: str, port: int = 0) -> Address:
    ip, _, scope = text.partition("%")
    family = socket.AF_INET6 if ":" in ip else socket.AF_INET
    return Address(socket.inet_pton(family, ip), port, int(scope or 0))


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the host was asked, by its stand-in."""
    questions: list[str] = []

    def resolve(name: str) -> list[Address]:
        questions.append(name)
        found = literal(name)
        return [found] if found else [address(text) for text in KNOWN.get(name.lower(), [])]

    def name_of(place: Address) -> str | None:
        questions.append(written(place))
        return next((name for name, known in KNOWN.items() if written(place) in known), None)

    monkeypatch.setattr(sockets, "resolve", resolve)
    monkeypatch.setattr(sockets, "name_of", name_of)
    return questions


def network(*texts: str) -> Network:
    return Network([parse_grant(text) for text in texts])


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ("example.org", "example.org", None),
        ("example.org:80", "example.org", 80),
        ("192.0.2.1:65535", "192.0.2.1", 65535),
        ("*", "*", None),
        ("*:443", "*", 443),
        ("[2001:db8::1]", "2001:db8::1", None),
        ("[::1]:8080", "::1", 8080),
    ],
)
def test_grants(text: str, host: str, port: int | None) -> None:
    assert parse_grant(text) == Grant(host, port)


@pytest.mark.parametrize(
    "text",
    [
        *("", ":80", "host:", "host:0", "host:65536", "host:http", "host:-1", "host:\uff18\uff10", "host:80:90"),
        *("::1", "2001:db8::1", "[::1", "[::1]80", "[::1]:", "[host]:80", "[127.0.0.1]", "[]:80", "http://host"),
    ],
)
def test_grants_that_are_none(text: str) -> None:
    with pytest.raises(ValueError, match="not of the form"):
        parse_grant(text)


@given(st.text("*[]:.%0123456789abcdefz/ \0é", max_size=24))
def test_any_text_is_a_grant_or_none(text: str) -> None:
    try:
        host, port = parse_grant(text)
    except ValueError:
        return
    assert host
    assert port is None or 0 < port < 65536
    assert text.startswith((host, f"[{host}]"))


def test_nothing_is_granted_unasked(asked: list[str]) -> None:
    none = Network()
    assert not none
    assert not none.allows(address("127.0.0.1", 80))
    assert none.addresses("example.org", CLOCK) == []
    assert none.name_of(address("192.0.2.1"), CLOCK) is None
    assert asked == []


def test_localhost_is_known_to_all(asked: list[str]) -> None:
    assert Network().addresses("LocalHost.", CLOCK) == [address("127.0.0.1"), address("::1")]
    assert Network().name_of(address("::ffff:127.0.0.1"), CLOCK) == "localhost"
    assert asked == []


def test_a_name_grants_the_addresses_that_it_has_at_the_start(asked: list[str]) -> None:
    granted = network("example.org:80")
    assert asked == ["example.org"]
    for text in ("192.0.2.1", "2001:db8::1", "::ffff:192.0.2.1"):
        assert granted.allows(address(text, 80))
        assert not granted.allows(address(text, 81))
    assert not granted.allows(address("192.0.2.2", 80))
    assert granted.addresses("EXAMPLE.org.", CLOCK) == [address("192.0.2.1"), address("2001:db8::1")]
    assert granted.name_of(address("192.0.2.1", 7), CLOCK) == "example.org"
    assert granted.addresses("www.example.org", CLOCK) == []
    assert asked == ["example.org"]


def test_a_granted_localhost_is_the_hosts(asked: list[str]) -> None:
    assert network("localhost").addresses("localhost", CLOCK) == [address("127.0.0.1")]


def test_an_address_grants_itself(asked: list[str]) -> None:
    granted = network("192.0.2.1", "[2001:db8::1]:80")
    assert granted.allows(address("192.0.2.1", 1))
    assert granted.allows(address("2001:db8::1", 80))
    assert not granted.allows(address("2001:db8::1", 81))
    for other in ("0.0.0.0", "::", "192.0.2.0", "::192.0.2.1", "64:ff9b::192.0.2.1", "2001:db8::1%1"):
        assert not granted.allows(address(other, 80))
    assert granted.addresses("example.org", CLOCK) == []
    asked.clear()
    assert granted.name_of(address("192.0.2.1"), CLOCK) == "example.org"
    assert granted.name_of(address("192.0.2.2"), CLOCK) is None
    assert asked == ["192.0.2.1"]


def test_any_host(asked: list[str]) -> None:
    granted = network("*:80")
    assert granted.allows(address("192.0.2.9", 80))
    assert granted.allows(address("::", 80))
    assert not granted.allows(address("192.0.2.9", 81))
    assert granted.addresses("example.org", CLOCK) == [address("192.0.2.1"), address("2001:db8::1")]
    assert granted.addresses("other.example", CLOCK) == []
    assert asked == ["example.org", "other.example"]
    assert network("*").allows(address("0.0.0.0"))


@given(st.ip_addresses(), st.integers(0, 65535))
def test_a_grant_of_one_address_is_of_no_other(ip: ipaddress.IPv4Address | ipaddress.IPv6Address, port: int) -> None:
    granted = network("127.0.0.1:80")
    mapped = getattr(ip, "ipv4_mapped", None)
    own = ipaddress.ip_address("127.0.0.1")
    assert granted.allows(Address(ip.packed, port)) == (port == 80 and own in (ip, mapped))


def test_a_name_that_nobody_knows(asked: list[str]) -> None:
    with raises(Errno.ENOENT):
        network("nowhere.example")


def test_what_the_resolver_says_is_passed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    granted = network("*")

    def fail(*_: object) -> list[Address]:
        raise SysError(Errno.EAGAIN)

    monkeypatch.setattr(sockets, "resolve", fail)
    with raises(Errno.EAGAIN):
        granted.addresses("example.org", CLOCK)


def test_a_resolver_that_does_not_answer_ends_at_the_time_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    answer = threading.Event()

    def resolve(name: str) -> list[Address]:
        answer.wait(20)
        return []

    monkeypatch.setattr(sockets, "resolve", resolve)
    clock = SteppingClock()
    clock.deadline = system.monotonic() + 100_000_000
    with pytest.raises(TimeLimit):
        network("*").addresses("example.org", clock)
    answer.set()


def test_addresses_as_text() -> None:
    for text in ("192.0.2.1", "2001:db8::1", "fe80::1%7"):
        found = literal(text)
        assert found == address(text)
        assert written(found) == text
    for text in ("", "1.2.3", "example.org", "fe80::1%eth0", "1.2.3.4.", "[::1]", " 1.2.3.4", "0x7f000001"):
        assert literal(text) is None
    assert literal("fe80::1%" + "9" * 5000) is None


def test_the_hosts_resolver_knows_its_own_names() -> None:
    assert address("127.0.0.1") in sockets.resolve("localhost")
    assert sockets.resolve("192.0.2.1") == [address("192.0.2.1")]
    assert sockets.resolve("nowhere.invalid") == sockets.resolve("münchen.invalid") == sockets.resolve("") == []
