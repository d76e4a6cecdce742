from __future__ import annotations

import pytest

from compat.emscripten_abi.libc.network import env
from compat.emscripten_abi.structs import Addrinfo, Hostent, SockaddrIn, SockaddrIn6
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
