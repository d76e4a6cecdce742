"""One HTTP/1.1 request over the host's network. Import it late: what it needs takes as long as a warm run."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Mapping
from http.client import HTTPConnection, HTTPException, HTTPMessage

from compat._typing import Any, NamedTuple
from compat.kernel.errno import Errno, SysError

_PIECE = 1 << 16


class Answer(NamedTuple):
    """What a server said."""

    status: int
    headers: list[tuple[str, bytes]]
    """In its order, the names in small letters."""
    body: bytes


Patience = Callable[[], float | None]
"""Seconds that may still be waited (None: for ever). It raises what is to end the waiting for good."""


def exchange(
    method: str,
    address: tuple[str, int],
    target: str,
    headers: Mapping[str, str],
    body: bytes,
    *,
    encrypted: bool,
    patience: Patience,
    limit: int,
) -> Answer:
    """Send one request over a connection of its own, and receive the whole answer. It follows no redirection.

    `headers` say what connection and message are, `Host` too, but for the length of the body.

    Errors: EIO for whatever becomes of connection or answer (the cause says what), ENOMEM for headers and a body that
    have more than `limit` bytes.
    """
    try:
        with _connect(address, encrypted, patience) as connection:
            client = HTTPConnection(*address)
            client.sock = connection
            connection.settimeout(patience())
            client.request(method, target, body or None, headers)
            with client.getresponse() as response:
                answer = Answer(response.status, _headers(response.headers), b"")
                body = _read(response.read, limit - sum(len(name) + len(value) for name, value in answer.headers))
                if response.length:
                    raise HTTPException(f"{response.length} bytes are missing")
                return answer._replace(body=body)
    except (OSError, HTTPException, ValueError) as error:
        # The last is Python's for names that the resolver's encoding cannot hold.
        raise SysError(Errno.EIO) from error


def _read(read: Callable[[int], bytes], limit: int) -> bytes:
    pieces = []
    while piece := read(min(_PIECE, limit + 1)):
        limit -= len(piece)
        if limit < 0:
            raise SysError(Errno.ENOMEM)
        pieces.append(piece)
    return b"".join(pieces)


def _headers(message: HTTPMessage) -> list[tuple[str, bytes]]:
    """The headers as bytes. Raises HTTPException for lines that are none, which Python takes for their end."""
    if message.defects:
        raise HTTPException(str(message.defects))
    headers = [(name.lower(), value.encode("latin-1")) for name, value in message.items()]
    if any(set(value) & set(b"\r\n\0") for _, value in headers):
        raise HTTPException("a header of several lines")
    return headers


class _Socket(socket.socket):
    """A socket whose time-out is for all that is received: the host's own would start anew with every byte."""

    patience: Patience

    def recv_into(self, *args: Any) -> int:
        self.settimeout(self.patience())
        return super().recv_into(*args)


class _EncryptedSocket(_Socket, ssl.SSLSocket):
    pass


def _connect(address: tuple[str, int], encrypted: bool, patience: Patience) -> _Socket:
    """A connection to the first of the name's addresses that takes one."""
    failure: OSError | None = None
    for family, type, protocol, _, place in socket.getaddrinfo(*address, type=socket.SOCK_STREAM):
        connection = _Socket(family, type, protocol)
        try:
            connection.settimeout(patience())
            connection.connect(place)
            if encrypted:
                connection = _encrypted(connection, address[0], patience)
        except BaseException as error:
            connection.close()
            if not isinstance(error, OSError):
                raise
            failure = error
            continue
        connection.patience = patience
        return connection
    raise failure or OSError("the name has no address")


def _encrypted(connection: _Socket, host: str, patience: Patience) -> _Socket:
    """The connection with TLS, to a host that the system's authorities vouch for."""
    context = ssl.create_default_context()
    context.sslsocket_class = _EncryptedSocket
    connection.settimeout(patience())
    encrypted = context.wrap_socket(connection, server_hostname=host)
    assert isinstance(encrypted, _EncryptedSocket)
    return encrypted
