from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from compat.emscripten_abi.libc.network import env
from compat.emscripten_abi.structs import Addrinfo, Hostent, SockaddrIn, SockaddrIn6
from compat.kernel.addresses import Address
from compat.kernel.errno import Errno, SysError
from compat.kernel.host import sockets
from compat.kernel.network import Network, literal, parse_grant
from tests.emscripten_abi.networking import DATA, HEAP, LENGTH, RESULT, SOCKADDR, program
from tests.emscripten_abi.world import World


def looked_up(world: World, node: str | None, service: str | None, **hints: int) -> int:
    world.memory.write(0x100, Addrinfo(**hints).pack())
    return int(
        world.function(env, "_getaddrinfo")(
            world.text(node, 0x200) if node is not None else 0,
            world.text(service, 0x300) if service is not None else 0,
            0x100,
            0x400,
        )
    )


def result(world: World) -> Addrinfo:
    return Addrinfo.unpack(world.memory.read(world.memory.load_u32(0x400), Addrinfo.sizeof()))


def test_a_literal_address_is_its_own(world: World) -> None:
    assert looked_up(world, "192.0.2.7", "8080", flags=2) == 0
    found = result(world)
    assert (found.family, found.socktype, found.protocol, found.addrlen) == (2, 1, 6, 16)
    assert world.memory.cstring(found.canonname) == b"192.0.2.7"
    address = SockaddrIn.unpack(world.memory.read(found.addr, 16))
    assert (address.port, address.addr) == (b"\x1f\x90", bytes([192, 0, 2, 7]))


def test_ipv6(world: World) -> None:
    assert looked_up(world, "localhost", None, family=10, socktype=2) == 0
    found = result(world)
    assert (found.family, found.protocol) == (10, 17)
    assert SockaddrIn6.unpack(world.memory.read(found.addr, 28)).addr == bytes(15) + b"\1"
    assert looked_up(world, "1.2.3.4", None, family=10, flags=8) == 0


@pytest.mark.parametrize(
    ("node", "service", "hints", "code"),
    [
        (None, None, {}, -2),
        ("example.org", None, {}, -2),
        ("1.2.3.4", None, {"family": 10}, -2),
        ("1.2.3.4", None, {"family": 7}, -6),
        ("1.2.3.4", None, {"flags": 0x8000}, -1),
        (None, "80", {"flags": 2}, -1),
        ("1.2.3.4", "http", {}, -8),
        ("1.2.3.4", "9" * 250, {}, -8),
        ("fe80::1%" + "9" * 240, None, {}, -2),
        ("1.2.3.4", None, {"socktype": 9}, -7),
    ],
)
def test_what_is_not_found(
    world: World, node: str | None, service: str | None, hints: dict[str, int], code: int
) -> None:
    assert looked_up(world, node, service, **hints) == code
    assert world.untouched(0x400, 0x404)


def test_names_of_addresses(world: World) -> None:
    world.memory.write(0x100, SockaddrIn(family=2, port=b"\0\x50", addr=bytes([127, 0, 0, 1])).pack())
    name = world.function(env, "_getnameinfo")
    assert name(0x100, 16, 0x200, 32, 0x300, 8, 0) == 0
    assert (world.memory.cstring(0x200), world.memory.cstring(0x300)) == (b"localhost", b"80")
    assert name(0x100, 16, 0x200, 32, 0, 0, 1) == 0
    assert world.memory.cstring(0x200) == b"127.0.0.1"
    assert name(0x100, 16, 0x200, 4, 0, 0, 1) == -12
    assert world.memory.read(0x200, 4) == b"127\0"
    assert name(0x100, 4, 0x200, 32, 0, 0, 0) == -6


def test_the_older_functions(world: World) -> None:
    address = world.function(env, "_gethostbyname")(world.text("localhost"))
    entry = Hostent.unpack(world.memory.read(address, Hostent.sizeof()))
    first = world.memory.load_u32(entry.addr_list)
    assert world.memory.read(first, 4) == bytes([127, 0, 0, 1])
    assert world.memory.load_u32(entry.addr_list + 4) == world.memory.load_u32(entry.aliases) == 0
    assert world.function(env, "_gethostbyname")(world.text("example.org")) == 0
    by_name = world.function(env, "_gethostbyname_r")
    assert by_name(world.text("1.2.3.4"), 0x100, 0x200, 64, 0x300, 0x304) == 0
    assert world.memory.load_u32(0x300) == 0x100
    assert by_name(world.text("1.2.3.4"), 0x100, 0x200, 8, 0x300, 0x304) == 34
    assert world.function(env, "_inet_addr")(world.text("1.2.3.4")) == 0x0403_0201
    assert world.function(env, "_inet_addr")(world.text("1.2.3")) == 0xFFFF_FFFF
    assert world.memory.cstring(world.function(env, "_gai_strerror")(-2)) == b"NAME or SERVICE is unknown"


def test_protocols(world: World) -> None:
    tcp = world.function(env, "_getprotobyname")(world.text("tcp"))
    assert world.memory.load_i32(tcp + 8) == 6
    assert world.function(env, "_getprotobynumber")(99) == 0
    world.function(env, "_setprotoent")(1)
    assert [world.function(env, "_getprotoent")() != 0 for _ in range(4)] == [True, True, True, False]


# --- granted names

FOUR, OTHER_FOUR, SIX = b"\xc0\0\2\1", b"\xc0\0\2\2", b"\x20\1\x0d\xb8" + bytes(11) + b"\1"
NAMES = {"example.org": [Address(SIX, 0), Address(FOUR, 0), Address(OTHER_FOUR, 0)]}


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the host was asked, by a stand-in of its resolver. `busy.example` gets no answer."""
    questions: list[str] = []

    def resolve(name: str) -> list[Address]:
        questions.append(name)
        if name == "busy.example":
            raise SysError(Errno.EAGAIN)
        found = literal(name)
        return [found] if found else NAMES.get(name, [])

    def name_of(place: Address) -> str | None:
        questions.append(place.ip.hex())
        if place.ip == OTHER_FOUR:
            raise SysError(Errno.EAGAIN)
        return "reverse.example" if place.ip == FOUR else None

    monkeypatch.setattr(sockets, "resolve", resolve)
    monkeypatch.setattr(sockets, "name_of", name_of)
    return questions


@pytest.fixture
def granted(asked: list[str], request: pytest.FixtureRequest) -> Iterator[World]:
    """A guest with the grants of the test's parameters."""
    made = World(network=Network([parse_grant(text) for text in request.param]))
    asked.clear()
    yield made
    made.process.close()


ONE_NAME = pytest.mark.parametrize("granted", [("example.org:80",)], indirect=True)
ANY_NAME = pytest.mark.parametrize("granted", [("*:80",)], indirect=True)


def elements(world: World) -> list[tuple[int, int, int, bytes, int]]:
    """Family, type, protocol, address and port of each element of a list."""
    found = []
    place = world.memory.load_u32(0x400)
    while place:
        item = Addrinfo.unpack(world.memory.read(place, Addrinfo.sizeof()))
        data = world.memory.read(item.addr, item.addrlen)
        assert (len(data), data[0]) == ({2: 16, 10: 28}[item.family], item.family)
        ip = data[4:8] if item.family == 2 else data[8:24]
        found.append((item.family, item.socktype, item.protocol, ip, int.from_bytes(data[2:4], "big")))
        place = item.next
    return found


@ONE_NAME
def test_a_granted_name_has_its_addresses(granted: World, asked: list[str]) -> None:
    assert looked_up(granted, "Example.org", "80", flags=2) == 0
    assert elements(granted) == [
        (family, kind, protocol, ip, 80)
        for family, ip in ((10, SIX), (2, FOUR), (2, OTHER_FOUR))
        for kind, protocol in ((1, 6), (2, 17))
    ]
    assert granted.memory.cstring(result(granted).canonname) == b"Example.org"
    assert looked_up(granted, "example.org", None, family=2, protocol=17) == 0
    assert elements(granted) == [(2, 2, 17, FOUR, 0), (2, 2, 17, OTHER_FOUR, 0)]
    assert asked == []


@ONE_NAME
def test_no_other_name_is_asked_for(granted: World, asked: list[str]) -> None:
    assert looked_up(granted, "www.example.org", None) == -2
    assert looked_up(granted, "example.org", None, flags=4) == -2
    assert granted.function(env, "_gethostbyname")(granted.text("other.example")) == 0
    assert looked_up(granted, "localhost", None, socktype=1) == 0
    assert [ip for _, _, _, ip, _ in elements(granted)] == [bytes([127, 0, 0, 1]), bytes(15) + b"\1"]
    assert asked == []


@ANY_NAME
def test_where_any_host_is_granted_any_name_is(granted: World, asked: list[str]) -> None:
    assert looked_up(granted, "example.org", None, family=2, socktype=1) == 0
    assert [ip for _, _, _, ip, _ in elements(granted)] == [FOUR, OTHER_FOUR]
    assert looked_up(granted, "unknown.example", None) == -2
    assert looked_up(granted, "busy.example", None) == -3
    assert asked == ["example.org", "unknown.example", "busy.example"]


@ONE_NAME
def test_mapped_addresses(granted: World) -> None:
    assert looked_up(granted, "example.org", None, family=10, socktype=1, flags=0x18) == 0
    mapped = bytes(10) + b"\xff\xff"
    assert [ip for _, _, _, ip, _ in elements(granted)] == [SIX, mapped + FOUR, mapped + OTHER_FOUR]
    assert looked_up(granted, "192.0.2.1", None, family=10, socktype=1, flags=8) == 0
    assert [ip for _, _, _, ip, _ in elements(granted)] == [mapped + FOUR]


def test_no_name_is_this_host(world: World) -> None:
    assert looked_up(world, None, "80", socktype=1) == 0
    assert [ip for _, _, _, ip, _ in elements(world)] == [bytes([127, 0, 0, 1]), bytes(15) + b"\1"]
    assert looked_up(world, None, "80", socktype=1, flags=1) == 0
    assert [ip for _, _, _, ip, _ in elements(world)] == [bytes(4), bytes(16)]
    assert looked_up(world, None, "80", socktype=1, protocol=17) == -7


def hostent(world: World, address: int) -> tuple[bytes, int, list[bytes]]:
    """Name, family and addresses."""
    entry = Hostent.unpack(world.memory.read(address, Hostent.sizeof()))
    assert world.memory.load_u32(entry.aliases) == 0
    addresses = []
    place = entry.addr_list
    while one := world.memory.load_u32(place):
        addresses.append(world.memory.read(one, entry.length))
        place += 4
    return world.memory.cstring(entry.name), entry.addrtype, addresses


@ONE_NAME
def test_the_older_functions_know_granted_names(granted: World) -> None:
    address = granted.function(env, "_gethostbyname")(granted.text("example.org"))
    assert hostent(granted, address) == (b"example.org", 2, [FOUR, OTHER_FOUR])
    granted.memory.write(0x100, SIX)
    address = granted.function(env, "_gethostbyaddr")(0x100, 16, 10)
    assert hostent(granted, address) == (b"example.org", 10, [SIX])


@ONE_NAME
def test_memory_that_is_given(granted: World) -> None:
    by_name = granted.function(env, "_gethostbyname_r")
    assert by_name(granted.text("example.org"), 0x100, 0xFFFF_FFF0, 64, 0x300, 0x304) == 14
    assert by_name(granted.text("example.org"), 0x100, 0x200, 35, 0x300, 0x304) == 34
    assert granted.untouched(0x100, 0x240)
    assert by_name(granted.text("example.org"), 0x100, 0x200, 36, 0x300, 0x304) == 0
    assert hostent(granted, granted.memory.load_u32(0x300)) == (b"example.org", 2, [FOUR, OTHER_FOUR])
    assert granted.untouched(0x224, 0x240)
    assert by_name(granted.text("unknown.example"), 0x100, 0x200, 64, 0x300, 0x304) == 0
    assert (granted.memory.load_u32(0x300), granted.memory.load_u32(0x304)) == (0, 1)


@ANY_NAME
def test_servers_that_do_not_answer(granted: World) -> None:
    assert granted.function(env, "_gethostbyname_r")(granted.text("busy.example"), 0x100, 0x200, 64, 0x300, 0x304) == 11
    assert (granted.memory.load_u32(0x300), granted.memory.load_u32(0x304)) == (0, 2)
    assert granted.function(env, "_gethostbyname")(granted.text("busy.example")) == 0
    assert granted.errno == 11
    granted.memory.write(0x100, SockaddrIn(family=2, addr=OTHER_FOUR).pack())
    assert granted.function(env, "_getnameinfo")(0x100, 16, 0x200, 32, 0, 0, 0) == -3


@pytest.mark.parametrize(
    ("granted", "name"),
    [
        ((), b"192.0.2.1"),
        (("example.org",), b"example.org"),
        (("192.0.2.1",), b"reverse.example"),
        (("*",), b"reverse.example"),
    ],
    indirect=["granted"],
)
def test_the_name_of_an_address(granted: World, name: bytes) -> None:
    granted.memory.write(0x100, SockaddrIn(family=2, port=b"\0\x50", addr=FOUR).pack())
    get = granted.function(env, "_getnameinfo")
    assert get(0x100, 16, 0x200, 32, 0, 0, 0) == 0
    assert granted.memory.cstring(0x200) == name
    assert get(0x100, 16, 0x200, 32, 0, 0, 1) == 0
    assert granted.memory.cstring(0x200) == b"192.0.2.1"
    assert get(0x100, 16, 0x200, 32, 0, 0, 8) == (-2 if name == b"192.0.2.1" else 0)
    by_address = granted.function(env, "_gethostbyaddr")
    assert hostent(granted, by_address(0x104, 4, 2)) == (name, 2, [FOUR])
    assert by_address(0x104, 4, 10) == 0
    assert granted.errno == 97


def test_a_program_looks_names_up(tmp_path: Path) -> None:
    """On the engine, of the host's own resolver."""
    with program(tmp_path, "localhost:80") as made:
        made.memory.write(SOCKADDR, Addrinfo(family=2, socktype=1, flags=2).pack())
        made.memory.write(DATA, b"80\0")
        assert made.call("_getaddrinfo", made.text("localhost"), DATA, SOCKADDR, RESULT) == 0
        assert made.memory.load_u32(RESULT) == HEAP
        item = Addrinfo.unpack(made.memory.read(HEAP, Addrinfo.sizeof()))
        assert made.memory.read(item.addr, 16) == b"\2\0\0\x50\x7f\0\0\1" + bytes(8)
        assert (item.next, made.memory.cstring(item.canonname)) == (0, b"localhost")
        assert made.call("_getnameinfo", item.addr, 16, DATA, 64, LENGTH, 16, 0) == 0
        assert (made.memory.cstring(DATA), made.memory.cstring(LENGTH)) == (b"localhost", b"80")
        assert made.call("_getaddrinfo", made.text("example.org"), 0, 0, RESULT) == -2
        entry = made.call("_gethostbyname", made.text("localhost"))
        assert made.memory.cstring(made.memory.load_u32(entry)) == b"localhost"
        made.memory.write(DATA, bytes([127, 0, 0, 1]))
        assert made.memory.cstring(made.memory.load_u32(made.call("_gethostbyaddr", DATA, 4, 2))) == b"localhost"
        assert made.call("_gethostbyname_r", made.text("1.2.3.4"), SOCKADDR, DATA, 64, RESULT, LENGTH) == 0
        assert made.memory.load_u32(RESULT) == SOCKADDR
