"""Names on a Windows host. What they are made of can be tested on any."""

from __future__ import annotations

from contextlib import suppress

import hypothesis.strategies as st
import pytest
from hypothesis import given

from compat.kernel.errno import Errno, SysError
from compat.kernel.host import names
from tests.kernel.support import raises

REFUSED = [
    *(
        *("", ".", "..", "...", "a.", "a ", "a..", " ", "a. "),
        *("a/b", "a\\b", "..\\b", "\\", "\\\\?\\C:\\", "\\??\\C:"),
    ),
    *(
        "C:",
        "C:file",
        "file:stream",
        "file::$DATA",
        "dir:$I30:$INDEX_ALLOCATION",
        "a*",
        "a?",
        "<",
        ">",
        '"',
        "a|b",
        "a\0b",
    ),
    *(
        "a\nb",
        "\x1f",
        "CON",
        "con",
        "Nul",
        "nul.txt",
        "NUL .txt",
        "nul.tar.gz",
        "AUX",
        "prn.",
        "COM1",
        "com0.x",
        "LPT9",
    ),
    *("com¹", "LPT³.txt", "CONIN$", "conout$", "CLOCK$"),
]
TAKEN = [
    "a",
    ".a",
    "..a",
    "a.b",
    "a b",
    " a",
    "con1",
    "COM",
    "COM10",
    "com1x",
    "xcon",
    "nul_",
    "~",
    "FILE~1.TXT",
    "ä",
    "𝄞",
    "\u202e",
    "a;b",
    "%2e",
]


@pytest.mark.parametrize("name", REFUSED)
def test_names_that_mean_something_else(name: str) -> None:
    with raises(Errno.EINVAL):
        names.encode(name)
    assert names.decode(name.encode("utf-16-le")) is None


@pytest.mark.parametrize("name", TAKEN)
def test_names_that_are_names(name: str) -> None:
    assert names.decode(names.encode(name)) == name


def test_what_is_not_text_has_no_name() -> None:
    with raises(Errno.EILSEQ):
        names.encode(b"\xff".decode("utf-8", "surrogateescape"))
    for units in (b"\x00\xd8", b"\x00\xdca\x00", b"\xff\xdca\x00", b"a"):
        assert names.decode(units) is None


def test_the_length_is_that_in_utf_16() -> None:
    assert names.encode("𝄞" * 127 + "a") == ("𝄞" * 127 + "a").encode("utf-16-le")
    with raises(Errno.ENAMETOOLONG):
        names.encode("𝄞" * 128)


@given(st.binary(max_size=40))
def test_bytes_of_a_guest_map_to_one_name_or_none(data: bytes) -> None:
    guest = data.decode("utf-8", "surrogateescape")
    with suppress(SysError):
        found = names.decode(names.encode(guest))
        assert found is not None
        assert found.encode("utf-8", "surrogateescape") == data


@given(st.binary(max_size=40).filter(lambda units: len(units) % 2 == 0))
def test_a_name_of_the_host_maps_to_one_of_a_guest_or_none(units: bytes) -> None:
    name = names.decode(units)
    if name is not None:
        assert names.encode(name) == units
