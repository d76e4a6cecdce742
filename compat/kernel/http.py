"""HTTP requests to the hosts that were granted, and to no other: a redirection is a request like any other.

Import it late: few programs make a request, and what it needs takes as long as a warm run.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from string import ascii_lowercase, ascii_uppercase, digits, punctuation
from urllib.parse import quote, unquote_to_bytes, urljoin, urlsplit

from compat._typing import NamedTuple
from compat.kernel.clock import Clock
from compat.kernel.errno import Errno, SysError
from compat.kernel.host.http import Answer, exchange

Grant = tuple[str, int | None]
"""A host and a port; None: at every port."""
EVERYWHERE: Grant = ("", None)

REDIRECTIONS_MAX = 10

_PORTS = {"http": 80, "https": 443}
_TOKEN = frozenset(ascii_lowercase + ascii_uppercase + digits + "!#$%&'*+-.^_`|~")
_HOST = frozenset(ascii_lowercase + digits + "-._:")
_FRAMING = frozenset(
    {
        *("connection", "content-length", "expect", "host", "keep-alive", "proxy-connection", "te", "trailer"),
        *("transfer-encoding", "upgrade"),
    }
)
"""Headers that say where a message ends, or whom it is for: with one of its own, a program could hide a second request
in the first, to whoever else is behind the host that was granted.
"""
_OF_THE_BODY = frozenset({"content-encoding", "content-type"})
_SECRET = frozenset({"authorization", "cookie", "proxy-authorization"})


class Url(NamedTuple):
    """What an `http` or `https` URL says."""

    encrypted: bool
    host: str
    port: int
    has_port: bool
    """Whether the port is written out."""
    target: str
    """Path and query, percent-encoded."""
    credentials: bytes | None

    @property
    def authority(self) -> str:
        """Host and port as the header `Host` has them."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}" if self.has_port else host


def parse_url(text: str) -> Url:
    """Raises SysError: EINVAL for what is no URL or names no host, EPROTONOSUPPORT for other schemes."""
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise SysError(Errno.EINVAL) from None
    if not host or not _HOST.issuperset(host):
        raise SysError(Errno.EINVAL)
    if parts.scheme not in _PORTS:
        raise SysError(Errno.EPROTONOSUPPORT)
    target = quote(f"{parts.path or '/'}{'?' * bool(parts.query)}{parts.query}", safe=punctuation)
    credentials = parts.netloc.rpartition("@")[0]
    return Url(
        parts.scheme == "https",
        host,
        _PORTS[parts.scheme] if port is None else port,
        port is not None,
        target,
        unquote_to_bytes(credentials) if credentials else None,
    )


def parse_grant(text: str) -> Grant:
    """The host that a URL names, at every port unless it names one; `insecure:allow-all` is everywhere.

    Raises ValueError.
    """
    if text == "insecure:allow-all":
        return EVERYWHERE
    try:
        url = parse_url(text)
    except SysError:
        raise ValueError(f"{text}: not of the form http[s]://HOST[:PORT]") from None
    return url.host, url.port if url.has_port else None


class HttpClient:
    """Requests of one program."""

    def __init__(self, hosts: Sequence[str], clock: Clock, most: int | None = None) -> None:
        """`hosts` are what `parse_grant` reads, and raises ValueError for. Waiting ends at the clock's deadline."""
        self._clock = clock
        self.most = most
        """How many answers the program may hold at once; None for no end."""
        self._granted = frozenset(map(parse_grant, hosts))

    def request(self, method: str, text: str, headers: Mapping[str, str], body: bytes, *, room: int) -> Answer:
        """The answer of a server in at most `room` bytes, and of the last one where others redirect to it.

        Of `headers`, those that frame the message are left out: they are the client's own. Redirections are followed as
        browsers do: but for 307 and 308 without the body, and to another place without what is secret.

        Errors: EINVAL, EPROTONOSUPPORT (the URL), EACCES (not granted), ENOTSUP (the method), EPROTO (the headers),
        ENOMEM (no room), EIO (everything that can happen on a network). Raises TimeLimit at the deadline.
        """
        url = self._check(text)
        if not method or not _TOKEN.issuperset(method):
            raise SysError(Errno.ENOTSUP)
        kept = {name.lower(): value for name, value in headers.items() if name.lower() not in _FRAMING}
        if not all(map(_is_header, kept, kept.values())):
            raise SysError(Errno.EPROTO)
        for _ in range(1 + REDIRECTIONS_MAX):
            answer = self._exchange(method, url, kept, body, room)
            location = next((value for name, value in answer.headers if name == "location"), None)
            if location is None or answer.status not in (301, 302, 303, 307, 308):
                return answer
            text = urljoin(text, location.decode("utf-8", "replace"))
            left, url = url, self._check(text)
            if answer.status < 307:
                method, body = method if method == "HEAD" else "GET", b""
                kept = {name: value for name, value in kept.items() if name not in _OF_THE_BODY}
            if left.authority != url.authority or left.encrypted != url.encrypted:
                kept = {name: value for name, value in kept.items() if name not in _SECRET}
        raise SysError(Errno.EIO)

    def _check(self, text: str) -> Url:
        url = parse_url(text)
        if not self._granted & {EVERYWHERE, (url.host, None), (url.host, url.port)}:
            raise SysError(Errno.EACCES)
        return url

    def _exchange(self, method: str, url: Url, headers: Mapping[str, str], body: bytes, room: int) -> Answer:
        own = {"host": url.authority, "connection": "close", "accept": "*/*"}
        if url.credentials is not None:
            own["authorization"] = "Basic " + b64encode(url.credentials).decode()
        try:
            return exchange(
                method,
                (url.host, url.port),
                url.target,
                {**own, **headers},
                body,
                encrypted=url.encrypted,
                patience=self._patience,
                limit=room,
            )
        except SysError:
            # Whatever the host says, the reason may be that it was not to wait any longer.
            self._patience()
            raise

    def _patience(self) -> float | None:
        left = self._clock.patience(None)
        return None if left is None else left / 1e9


def _is_header(name: str, value: str) -> bool:
    return bool(name) and _TOKEN.issuperset(name) and all(c == "\t" or " " <= c <= "~" for c in value)
