"""An HTTP server of this machine, which says what a test wants."""

from __future__ import annotations

from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event

Answer = bytes | Callable[["Handler"], None]


class Handler(BaseHTTPRequestHandler):
    """Answers a path with the bytes that the server has for it, and keeps what it was asked."""

    server: Server

    def answer(self) -> None:
        length = int(self.headers.get("content-length") or 0)
        self.server.asked.append(
            (self.command, self.path, {k.lower(): v for k, v in self.headers.items()}, self.rfile.read(length))
        )
        said = self.server.answers[self.path.partition("?")[0]]
        if isinstance(said, bytes):
            self.wfile.write(said)
        else:
            said(self)

    do_GET = do_POST = do_HEAD = do_BREW = answer  # noqa: N815 - the name says the method

    def log_message(self, format: str, *args: object) -> None:
        """Nothing is to appear on the standard error of tests."""


class Server(ThreadingHTTPServer):
    """A server of this machine."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers: dict[str, Answer] = {}
        self.asked: list[tuple[str, str, dict[str, str], bytes]] = []
        self.closing = Event()

    def url(self, path: str = "/", host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.server_port}{path}"

    def drips(self, first: bytes) -> Answer:
        """An answer that begins with `first`, and goes on byte by byte without an end."""

        def drip(handler: Handler) -> None:
            handler.wfile.write(first)
            while not self.closing.wait(0.02):
                try:
                    handler.wfile.write(b"x")
                except OSError:
                    break

        return drip


def answer(body: bytes = b"", *headers: str, status: str = "200 OK") -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode("latin-1") + body
