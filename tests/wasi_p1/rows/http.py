"""The cases of wasi_experimental_http, made for the URL of a server."""

from __future__ import annotations

from collections.abc import Iterator
from enum import IntEnum
from typing import Any

from tests.calls import BEYOND, Call, Case, Out, call, case, u32
from tests.wasi_p1.server import answer

from .cases import text

MODULE = "wasi_experimental_http"
ANSWER = answer(b"hello", "Name: value")
"""What the server is to say."""
HEADERS = b"content-length:5\nname:value\n"
STATUS = (200).to_bytes(2, "little")


class E(IntEnum):
    """Numbers of errors."""

    INVALID_HANDLE = 1
    MEMORY_ACCESS_ERROR = 3
    BUFFER_TOO_SMALL = 4
    HEADER_NOT_FOUND = 5
    UTF8_ERROR = 6
    DESTINATION_NOT_ALLOWED = 7
    INVALID_METHOD = 8
    INVALID_ENCODING = 9
    INVALID_URL = 10
    REQUEST_ERROR = 11
    TOO_MANY_SESSIONS = 13


def cases(url: str) -> Iterator[Case]:
    granted: dict[str, Any] = {"allow_hosts": ["http://127.0.0.1"]}

    def asked() -> Call:
        given = (*text(url), *text("POST"), *text("a:b\n"), *text("body"))
        return call("req", *given, Out(STATUS), Out(u32(0)))

    def refused(why: E, url: str = url, method: str = "GET", headers: bytes = b"") -> Call:
        given = (*text(url), *text(method), headers, len(headers), b"", 0)
        return call("req", *given, Out(b"", 2), Out(b"", 4), gives=why)

    yield case("a request that is not granted", refused(E.DESTINATION_NOT_ALLOWED))
    yield case(
        "requests that are none",
        refused(E.DESTINATION_NOT_ALLOWED, "http://elsewhere.example/"),
        refused(E.INVALID_URL, "127.0.0.1"),
        refused(E.REQUEST_ERROR, "ftp://127.0.0.1/"),
        refused(E.INVALID_METHOD, method="G T"),
        refused(E.INVALID_ENCODING, headers=b"no colon"),
        refused(E.UTF8_ERROR, headers=b"\xff:"),
        **granted,
    )
    given = (*text(url), *text("GET"), b"", 0, b"", 0)
    yield case(
        "pointers of a request that lead nowhere",
        *(
            call("req", *given[:at], BEYOND, 9, *given[at + 2 :], Out(b"", 2), Out(b"", 4), gives=E.BUFFER_TOO_SMALL)
            for at in range(0, len(given), 2)
        ),
        call("req", *given, BEYOND, Out(b"", 4), gives=E.MEMORY_ACCESS_ERROR),
        call("req", *given, Out(b"", 2), BEYOND, gives=E.MEMORY_ACCESS_ERROR),
        **granted,
    )
    yield case(
        "an answer is read in pieces, and closed",
        asked(),
        call("header_get", 0, *text("NAME"), Out(b"value", 8), 8, Out(u32(5))),
        call("header_get", 0, *text("name"), Out(b"", 4), 4, Out(b"", 4), gives=E.BUFFER_TOO_SMALL),
        call("header_get", 0, *text("none"), Out(b"", 8), 8, Out(b"", 4), gives=E.HEADER_NOT_FOUND),
        call("header_get", 0, b"\xff", 1, Out(b"", 8), 8, Out(b"", 4), gives=E.UTF8_ERROR),
        call("headers_get_all", 0, Out(HEADERS, 64), 64, Out(u32(len(HEADERS)))),
        call("headers_get_all", 0, Out(b"", 8), 8, Out(b"", 4), gives=E.BUFFER_TOO_SMALL),
        call("body_read", 0, Out(b"hel", 3), 3, Out(u32(3))),
        call("header_get", 0, BEYOND, 4, Out(b"", 8), 8, Out(b"", 4), gives=E.BUFFER_TOO_SMALL),
        call("header_get", 0, *text("name"), BEYOND, 8, Out(b"", 4), gives=E.MEMORY_ACCESS_ERROR),
        call("header_get", 0, *text("name"), Out(b"", 8), 8, BEYOND, gives=E.MEMORY_ACCESS_ERROR),
        call("headers_get_all", 0, BEYOND, 64, Out(b"", 4), gives=E.MEMORY_ACCESS_ERROR),
        call("headers_get_all", 0, Out(b"", 64), 64, BEYOND, gives=E.MEMORY_ACCESS_ERROR),
        call("body_read", 0, BEYOND, 8, Out(b"", 4), gives=E.MEMORY_ACCESS_ERROR),
        call("body_read", 0, Out(b"", 8), 8, BEYOND, gives=E.MEMORY_ACCESS_ERROR),
        call("body_read", 0, Out(b"lo", 8), 8, Out(u32(2))),
        call("body_read", 0, Out(b"", 8), 8, Out(u32(0))),
        call("close", 0),
        call("close", 0),
        call("header_get", 0, *text("name"), Out(b"", 8), 8, Out(b"", 4), gives=E.INVALID_HANDLE),
        call("headers_get_all", 0, Out(b"", 64), 64, Out(b"", 4), gives=E.INVALID_HANDLE),
        call("body_read", 0, Out(b"", 8), 8, Out(b"", 4), gives=E.INVALID_HANDLE),
        **granted,
    )
    yield case(
        "so many answers at once",
        asked(),
        refused(E.TOO_MANY_SESSIONS),
        call("close", 0),
        asked(),
        **granted,
        max_requests=1,
    )
