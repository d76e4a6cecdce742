"""wasi_experimental_http: requests to the hosts that the program was granted.

It is https://github.com/deislabs/wasi-experimental-http, version 0.10: a module of its own, with its own error numbers.
All functions answer MEMORY_NOT_FOUND to a program without memory, MEMORY_ACCESS_ERROR to a bad pointer, and
BUFFER_TOO_SMALL to one that is only read; the docstrings name what else.
"""

from __future__ import annotations

from compat._typing import TYPE_CHECKING, Any
from compat.abi.kinds import U16, U32, Bytes, Kind, Out
from compat.abi.row import Table
from compat.kernel.errno import Errno, SysError
from compat.wasi_p1.guest import WasiGuest

if TYPE_CHECKING:
    from compat.abi.guest import Guest
    from compat.kernel.host.http import Answer


class HttpError:
    """What the functions return."""

    SUCCESS = 0
    INVALID_HANDLE = 1
    MEMORY_NOT_FOUND = 2
    MEMORY_ACCESS_ERROR = 3
    BUFFER_TOO_SMALL = 4
    HEADER_NOT_FOUND = 5
    UTF8_ERROR = 6
    DESTINATION_NOT_ALLOWED = 7
    INVALID_METHOD = 8
    INVALID_ENCODING = 9
    INVALID_URL = 10
    REQUEST_ERROR = 11
    RUNTIME_ERROR = 12
    TOO_MANY_SESSIONS = 13


_ERRORS = {
    Errno.EBADF: HttpError.INVALID_HANDLE,
    Errno.EFAULT: HttpError.MEMORY_ACCESS_ERROR,
    Errno.ENOBUFS: HttpError.BUFFER_TOO_SMALL,
    Errno.ENOENT: HttpError.HEADER_NOT_FOUND,
    Errno.EILSEQ: HttpError.UTF8_ERROR,
    Errno.EACCES: HttpError.DESTINATION_NOT_ALLOWED,
    Errno.ENOTSUP: HttpError.INVALID_METHOD,
    Errno.EPROTO: HttpError.INVALID_ENCODING,
    Errno.EINVAL: HttpError.INVALID_URL,
    Errno.EPROTONOSUPPORT: HttpError.REQUEST_ERROR,
    Errno.EIO: HttpError.REQUEST_ERROR,
    Errno.ENOMEM: HttpError.RUNTIME_ERROR,
    Errno.EMFILE: HttpError.TOO_MANY_SESSIONS,
}

ROOM = 1 << 28
"""Bytes of the host's memory that the answers which a program has not closed may take."""
_OVERHEAD = 1024

TEXT_MAX = 1 << 16
"""Bytes of a method, a URL or all headers, which the host holds several times: more than servers take."""


class Response:
    """An answer that the program has not closed."""

    def __init__(self, answer: Answer) -> None:
        self.headers = answer.headers
        self.body = memoryview(answer.body)
        """What of it has not been read."""
        self.size = _OVERHEAD + len(answer.body) + sum(len(name) + len(value) for name, value in answer.headers)


class _Input(Kind):
    """A pointer and a length: bytes that are only read."""

    slots = "ii"

    def decode(self, guest: Guest, *raw: Any) -> memoryview:
        try:
            return guest.memory.view(raw[0] & 0xFFFF_FFFF, raw[1] & 0xFFFF_FFFF)
        except SysError:
            raise SysError(Errno.ENOBUFS) from None


if TYPE_CHECKING:
    Input = memoryview
else:
    Input = _Input()


def _failure(guest: Guest, errno: Errno) -> int:
    return _ERRORS[errno] if guest.memory.size else HttpError.MEMORY_NOT_FOUND


http = Table("wasi_experimental_http", "http", failure=_failure, returns_errno=True)


@http.function("req")
def req(
    guest: WasiGuest, url: Input, method: Input, headers: Input, body: Input, status: Out[U16], handle: Out[U32]
) -> None:
    """Make a request and receive all of the answer, to be read and closed by its handle.

    `headers` are lines of `name:value`. What the connection needs (`Host`, `Content-Length`, …) is not the program's to
    say. Results: TOO_MANY_SESSIONS, UTF8_ERROR, INVALID_URL, DESTINATION_NOT_ALLOWED (of a redirection too),
    INVALID_METHOD, INVALID_ENCODING (the headers), REQUEST_ERROR, RUNTIME_ERROR (no room for the answer).
    """
    client, responses = guest.process.http, guest.responses
    if client is None:
        raise SysError(Errno.EACCES)
    if client.most is not None and len(responses) >= client.most:
        raise SysError(Errno.EMFILE)
    room = ROOM - _OVERHEAD - sum(response.size for response in responses.values())
    answer = client.request(
        _text(method, Errno.ENOTSUP),
        _text(url, Errno.EINVAL),
        _parsed(_text(headers, Errno.EPROTO)),
        bytes(body),
        room=room,
    )
    number = max(responses, default=-1) + 1
    responses[number] = Response(answer)
    status.set(answer.status)
    handle.set(number)


@http.function("close")
def close(guest: WasiGuest, handle: U32) -> None:
    """Forget an answer; one that is not there too."""
    guest.responses.pop(handle, None)


@http.function("header_get")
def header_get(guest: WasiGuest, handle: U32, name: Input, value: Bytes, written: Out[U32]) -> None:
    """The first value of a header, in whatever letters. Results: INVALID_HANDLE, UTF8_ERROR, HEADER_NOT_FOUND."""
    wanted = _text(name, Errno.ENOENT).lower()
    for known, found in _response(guest, handle).headers:
        if known == wanted:
            return _put(found, value, written)
    raise SysError(Errno.ENOENT)


@http.function("headers_get_all")
def headers_get_all(guest: WasiGuest, handle: U32, buffer: Bytes, written: Out[U32]) -> None:
    """All headers, as lines of `name:value`. Results: INVALID_HANDLE, RUNTIME_ERROR (one that is no UTF-8)."""
    lines = b"".join(b"%s:%s\n" % (name.encode(), value) for name, value in _response(guest, handle).headers)
    try:
        lines.decode()
    except UnicodeDecodeError:
        raise SysError(Errno.ENOMEM) from None
    _put(lines, buffer, written)


@http.function("body_read")
def body_read(guest: WasiGuest, handle: U32, buffer: Bytes, read: Out[U32]) -> None:
    """The next bytes of the body; none at its end. Results: INVALID_HANDLE, where the original trapped."""
    response = _response(guest, handle)
    piece = response.body[: len(buffer)]
    buffer[: len(piece)] = piece
    response.body = response.body[len(piece) :]
    read.set(len(piece))


def _response(guest: WasiGuest, handle: int) -> Response:
    try:
        return guest.responses[handle]
    except KeyError:
        raise SysError(Errno.EBADF) from None


def _put(data: bytes, buffer: memoryview, written: Out[int]) -> None:
    if len(data) > len(buffer):
        raise SysError(Errno.ENOBUFS)
    buffer[: len(data)] = data
    written.set(len(data))


def _text(data: memoryview, too_long: Errno) -> str:
    if len(data) > TEXT_MAX:
        raise SysError(too_long)
    try:
        return bytes(data).decode()
    except UnicodeDecodeError:
        raise SysError(Errno.EILSEQ) from None


def _parsed(text: str) -> dict[str, str]:
    """Lines of `name:value`; of a name that comes again the last. Errors: EPROTO."""
    headers = {}
    for line in text.removesuffix("\n").split("\n") if text else ():
        name, colon, value = line.removesuffix("\r").partition(":")
        if not colon:
            raise SysError(Errno.EPROTO)
        headers[name.lower()] = value
    return headers
