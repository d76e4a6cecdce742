from __future__ import annotations

import pytest

from compat.errors import MalformedModule
from compat.wasm.metadata import Dylink, EmscriptenMetadata, dylink, emscripten_metadata, producers
from compat.wasm.model import Module
from compat.wasm.reader import read
from tests.wasm import builder as b


def numbers(*values: int) -> bytes:
    return b"".join(map(b.u, values))


def with_section(name: str, *payload: bytes) -> Module:
    return read(b.module(b.custom(name, *payload)))


EMPTY = read(b.module())


class TestEmscriptenMetadata:
    @pytest.mark.parametrize(
        ("fields", "expected"),
        [
            # 1.38.23 to 1.38.31 write the size of static data where later ones write that of memory.
            ((0, 0, 0, 3, 70000, 12), EmscriptenMetadata((0, 0), (0, 3), 12, static_size=70000)),
            (
                (0, 1, 0, 3, 256, 12, 1024, 5246000, 3104, 3088),
                EmscriptenMetadata((0, 1), (0, 3), 12, None, 256, 1024, 5246000, 3104, 3088),
            ),
            (
                (0, 2, 0, 4, 0, 256, 12, 1024, 5246000, 3104, 3088),
                EmscriptenMetadata((0, 2), (0, 4), 12, None, 256, 1024, 5246000, 3104, 3088, wasm_backend=False),
            ),
            (
                (0, 3, 0, 7, 1, 256, 12, 1024, 5246000, 3104, 0, 1),
                EmscriptenMetadata((0, 3), (0, 7), 12, None, 256, 1024, 5246000, 3104, 0, True, True),
            ),
            (
                (0, 4, 0, 8, 1, 256, 12, 1024, 5246000, 3104, 0, 0, 99),
                EmscriptenMetadata((0, 4), (0, 8), 12, None, 256, 1024, 5246000, 3104, 0, True, False),
            ),
        ],
    )
    def test_layouts(self, fields: tuple[int, ...], expected: EmscriptenMetadata) -> None:
        assert emscripten_metadata(with_section("emscripten_metadata", numbers(*fields))) == expected

    def test_absent(self) -> None:
        assert emscripten_metadata(EMPTY) is None

    def test_rejected(self) -> None:
        with pytest.raises(MalformedModule, match=r"unknown version 1\.0"):
            emscripten_metadata(with_section("emscripten_metadata", numbers(1, 0)))
        with pytest.raises(MalformedModule, match="emscripten_metadata section ends"):
            emscripten_metadata(with_section("emscripten_metadata", numbers(0, 1, 0, 3, 256)))


class TestDylink:
    def test_without_needed(self) -> None:
        assert dylink(with_section("dylink", numbers(944464, 4, 11, 0))) == Dylink(944464, 4, 11, 0)

    def test_with_needed(self) -> None:
        module = with_section("dylink", numbers(8, 2, 0, 0), b.vector([b.name("libc.so"), b.name("libm.so")]))
        assert dylink(module) == Dylink(8, 2, 0, 0, ("libc.so", "libm.so"))

    def test_successor(self) -> None:
        parts = [(1, numbers(8, 2, 3, 0)), (9, b"unknown"), (2, b.vector([b.name("libc.so")]))]
        module = with_section("dylink.0", *(b.section(kind, part) for kind, part in parts))
        assert dylink(module) == Dylink(8, 2, 3, 0, ("libc.so",))

    def test_absent(self) -> None:
        assert dylink(EMPTY) is None

    def test_rejected(self) -> None:
        with pytest.raises(MalformedModule, match="the dylink section ends"):
            dylink(with_section("dylink", numbers(8, 2)))
        with pytest.raises(MalformedModule, match="ends in the middle of 40 bytes"):
            dylink(with_section("dylink.0", b"\1\x28"))


class TestProducers:
    def test_fields(self) -> None:
        fields = [
            b.name("language") + b.vector([b.name("C11") + b.name("")]),
            b.name("processed-by") + b.vector([b.name("clang") + b.name("9.0.0"), b.name("lld") + b.name("9")]),
        ]
        assert producers(with_section("producers", b.vector(fields))) == {
            "language": (("C11", ""),),
            "processed-by": (("clang", "9.0.0"), ("lld", "9")),
        }

    def test_absent(self) -> None:
        assert producers(EMPTY) == {}

    def test_rejected(self) -> None:
        with pytest.raises(MalformedModule, match="9 fields do not fit"):
            producers(with_section("producers", b"\x09"))
