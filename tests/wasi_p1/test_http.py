from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import compat
from compat.cli.main import main
from compat.engine import default_engine
from compat.errors import TimeLimit
from compat.kernel.errno import SysError
from compat.kernel.host.system import monotonic
from compat.kernel.http import HttpClient, parse_grant, parse_url
from compat.wasi_p1 import http
from compat.wasi_p1.http import TEXT_MAX, HttpError

from .server import Server, answer
from .world import SIZE, World

MODULE = "wasi_experimental_http"
NAMES = {number: name for name, number in vars(HttpError).items() if isinstance(number, int)}
BIG = bytes(range(256)) * 4096


class Client(World):
    """A program that makes requests."""

    def __init__(self, *hosts: str, most: int | None = None) -> None:
        super().__init__(module=MODULE, names=NAMES)
        self.process.http = HttpClient(hosts, self.process.clock, most)

    def request(
        self, url: str | bytes, method: str | bytes = "GET", headers: str | bytes = "", body: bytes = b""
    ) -> tuple[str, int, int]:
        """The outcome, the status and the handle."""
        status, handle = self.out(2), self.out(4)
        outcome = self.call("req", url, method, headers, body, status, handle)
        return outcome, self.number(status, 2), self.number(handle)

    def fetch(self, url: str, method: str = "GET", headers: str = "", body: bytes = b"") -> tuple[int, int]:
        """Status and handle of a request that must succeed."""
        outcome, status, handle = self.request(url, method, headers, body)
        assert outcome == "SUCCESS"
        return status, handle

    def refused(self, *request: str | bytes) -> str:  # type: ignore[override]
        """Why a request fails."""
        outcome = self.request(*request)[0]  # type: ignore[arg-type]
        assert outcome != "SUCCESS"
        return outcome

    def body(self, handle: int, size: int = 4096) -> bytes:
        """All of the body, read in pieces."""
        body, buffer, read = b"", self.out(size), self.out(4)
        while True:
            assert self.call("body_read", handle, buffer, size, read) == "SUCCESS"
            count = self.number(read)
            if not count:
                return body
            body += self.read(buffer, count)

    def header(self, handle: int, name: str, size: int = 100) -> bytes | str:
        """The value of a header, or the outcome."""
        buffer, written = self.out(size), self.out(4)
        outcome = self.call("header_get", handle, name, buffer, size, written)
        return self.read(buffer, self.number(written)) if outcome == "SUCCESS" else outcome

    def headers(self, handle: int, size: int = 1000) -> bytes | str:
        """All headers, or the outcome."""
        buffer, written = self.out(size), self.out(4)
        outcome = self.call("headers_get_all", handle, buffer, size, written)
        return self.read(buffer, self.number(written)) if outcome == "SUCCESS" else outcome


@pytest.fixture
def client() -> Iterator[Client]:
    client = Client("http://127.0.0.1")
    with client.process:
        yield client


# --- requests and answers


def test_a_request_and_its_answer(client: Client, server: Server) -> None:
    server.answers["/a b"] = server.answers["/a%20b"] = answer(b"hello", "X-One: 1", "x-two: ", status="404 Not Found")
    status, handle = client.fetch(server.url("/a b?q=\u00e9#f"), "POST", "X-Mine:yes\nx-mine:no\n", b"body")
    assert (status, handle) == (404, 0)
    ((method, target, headers, body),) = server.asked
    assert (method, target, body) == ("POST", "/a%20b?q=%C3%A9", b"body")
    assert headers["x-mine"] == "no"
    assert headers["host"] == f"127.0.0.1:{server.server_port}"
    assert client.headers(handle) == b"content-length:5\nx-one:1\nx-two:\n"
    assert client.header(handle, "X-ONE") == b"1"
    assert client.header(handle, "x-none") == "HEADER_NOT_FOUND"
    assert client.body(handle, 2) == b"hello"
    assert client.body(handle) == b""


def test_handles_count_up_and_close_twice(client: Client, server: Server) -> None:
    server.answers["/"] = answer(b"x")
    assert [client.fetch(server.url())[1] for _ in range(3)] == [0, 1, 2]
    for _ in range(2):
        assert client.call("close", 1) == "SUCCESS"
    assert client.call("body_read", 1, client.out(1), 1, client.out(4)) == "INVALID_HANDLE"
    assert client.header(1, "x") == client.headers(1) == "INVALID_HANDLE"
    assert client.fetch(server.url())[1] == 3
    assert client.body(2) == b"x"


@pytest.mark.parametrize("chunked", [False, True])
def test_a_large_body_either_way(client: Client, server: Server, chunked: bool) -> None:
    pieces = b"".join(b"%x\r\n%s\r\n" % (65536, BIG[at : at + 65536]) for at in range(0, len(BIG), 65536))
    whole = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + pieces + b"0\r\n\r\n"
    server.answers["/"] = whole if chunked else answer(BIG)
    assert client.body(client.fetch(server.url(), "POST", "", BIG[:60000])[1], 50000) == BIG
    assert server.asked[0][3] == BIG[:60000]


def test_an_answer_without_length_ends_with_the_connection(client: Client, server: Server) -> None:
    server.answers["/"] = b"HTTP/1.0 200 OK\r\n\r\nall of it"
    assert client.body(client.fetch(server.url())[1]) == b"all of it"


def test_head_and_a_method_of_ones_own(client: Client, server: Server) -> None:
    server.answers["/"] = b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n"
    assert client.body(client.fetch(server.url(), "HEAD")[1]) == b""
    server.answers["/pot"] = answer(status="418 I'm a teapot")
    assert client.fetch(server.url("/pot"), "BREW") == (418, 1)


def test_a_header_may_come_twice_and_be_no_text(client: Client, server: Server) -> None:
    server.answers["/"] = answer(b"", "a: 1", "A: \xff")
    handle = client.fetch(server.url())[1]
    assert client.header(handle, "a") == b"1"
    assert client.headers(handle) == "RUNTIME_ERROR"


def test_credentials_of_the_url(client: Client, server: Server) -> None:
    server.answers["/"] = answer()
    client.fetch(server.url(host="me:p%40ss@127.0.0.1"))
    assert server.asked[0][2]["authorization"] == "Basic bWU6cEBzcw=="


def test_what_frames_a_message_is_not_the_programs_to_say(client: Client, server: Server) -> None:
    server.answers["/"] = answer()
    client.fetch(
        server.url(), "POST", "Host:other\nContent-Length:1\nTransfer-Encoding:chunked\nConnection:x\n", b"abc"
    )
    _, _, headers, body = server.asked[0]
    assert body == b"abc"
    assert headers["host"] == f"127.0.0.1:{server.server_port}"
    assert (headers["content-length"], headers["connection"]) == ("3", "close")
    assert "transfer-encoding" not in headers


# --- what is refused before anything is sent


REFUSED = {
    "not even a url": "INVALID_URL",
    "": "INVALID_URL",
    "http://": "INVALID_URL",
    "http:///x": "INVALID_URL",
    "data:,x": "INVALID_URL",
    "http://127.0.0.1:99999/": "INVALID_URL",
    "http://127.0.0.1:x/": "INVALID_URL",
    "http://[::1/": "INVALID_URL",
    "http://127.0.0.1\\@other/": "DESTINATION_NOT_ALLOWED",
    "http://127.0.0.1%2f@other/": "DESTINATION_NOT_ALLOWED",
    "http://other\\.127.0.0.1/": "INVALID_URL",
    "http://127.0.0.1 .other/": "INVALID_URL",
    "http://b\u00fccher.example/": "INVALID_URL",
    "http://127.0.0.1.other/": "DESTINATION_NOT_ALLOWED",
    "http://0x7f.1/": "DESTINATION_NOT_ALLOWED",
    "http://2130706433/": "DESTINATION_NOT_ALLOWED",
    "http://localhost/": "DESTINATION_NOT_ALLOWED",
    "http://127.0.0.1./": "DESTINATION_NOT_ALLOWED",
    "http://[::ffff:127.0.0.1]/": "DESTINATION_NOT_ALLOWED",
    "http://127.0.0.1@other/": "DESTINATION_NOT_ALLOWED",
    "ftp://127.0.0.1/": "REQUEST_ERROR",
    "file://127.0.0.1/etc/passwd": "REQUEST_ERROR",
}


@pytest.mark.parametrize("url", REFUSED)
def test_urls_that_lead_elsewhere(client: Client, url: str) -> None:
    assert client.refused(url) == REFUSED[url]


def test_nothing_is_granted_unless_something_is(server: Server) -> None:
    for client in (World(module=MODULE, names=NAMES), Client()):
        with client.process:
            arguments = (server.url(), "GET", "", b"", client.out(2), client.out(4))
            assert client.call("req", *arguments) == "DESTINATION_NOT_ALLOWED"
    assert not server.asked


def test_grants(server: Server) -> None:
    port = server.server_port
    server.answers["/"] = answer()
    for grant, granted in {
        "http://127.0.0.1": True,
        "https://127.0.0.1/path": True,
        f"http://127.0.0.1:{port}": True,
        f"http://127.0.0.1:{port + 1}": False,
        "http://localhost": False,
        "insecure:allow-all": True,
    }.items():
        client = Client("http://else.example", grant)
        with client.process:
            assert client.request(server.url())[0] == ("SUCCESS" if granted else "DESTINATION_NOT_ALLOWED")


@pytest.mark.parametrize("text", ["", "example.com", "example.com:80", "ftp://example.com", "http://", "insecure:all"])
def test_grants_that_are_none(text: str) -> None:
    with pytest.raises(ValueError, match="not of the form"):
        parse_grant(text)


@pytest.mark.parametrize(
    ("method", "headers", "outcome"),
    [
        ("", "", "INVALID_METHOD"),
        ("GET / HTTP/1.1\r\nX:", "", "INVALID_METHOD"),
        ("G\u00c4T", "", "INVALID_METHOD"),
        ("GET", "no colon", "INVALID_ENCODING"),
        ("GET", ":x", "INVALID_ENCODING"),
        ("GET", "a:1\n\nb:2", "INVALID_ENCODING"),
        ("GET", "a b:1", "INVALID_ENCODING"),
        ("GET", "a:1\rB:2", "INVALID_ENCODING"),
        ("GET", "a:\u00e4", "INVALID_ENCODING"),
        ("GET", "a:\0", "INVALID_ENCODING"),
        (b"\xff", "", "UTF8_ERROR"),
        ("GET", b"a:\xff", "UTF8_ERROR"),
    ],
)
def test_nothing_can_be_smuggled_in(
    client: Client, server: Server, method: str | bytes, headers: str | bytes, outcome: str
) -> None:
    assert client.refused(server.url(), method, headers) == outcome
    assert not server.asked


def test_texts_that_no_server_takes(client: Client, server: Server) -> None:
    server.answers["/"] = answer()
    long = "x" * TEXT_MAX
    assert client.refused(server.url() + long) == "INVALID_URL"
    assert client.refused(server.url(), "X" + long) == "INVALID_METHOD"
    assert client.refused(server.url(), "GET", "a:" + long) == "INVALID_ENCODING"
    assert not server.asked
    assert client.header(client.fetch(server.url())[1], "x" + long) == "HEADER_NOT_FOUND"


def test_a_url_with_ends_of_lines_stays_one_line(client: Client, server: Server) -> None:
    server.answers["/a%20HTTP/1.1X:y"] = answer()
    client.fetch(server.url("/a HTTP/1.1\r\nX:y"))
    assert "x" not in server.asked[0][2]
    assert client.refused(b"http://\xff/") == "UTF8_ERROR"


@given(st.text(max_size=40), st.sampled_from(["", "http://", "http://127.0.0.1/", "http://127.0.0.1:9/"]))
def test_any_text_is_a_url_or_refused(text: str, start: str) -> None:
    try:
        url = parse_url(start + text)
    except SysError:
        return
    assert url.target.isascii()
    assert url.target.isprintable()
    assert " " not in url.target
    assert set(url.host) <= set("abcdefghijklmnopqrstuvwxyz0123456789-._:")


# --- pointers


BAD = SIZE - 1


@pytest.mark.parametrize("bad", range(4))
def test_bad_pointers_to_what_is_read(client: Client, server: Server, bad: int) -> None:
    arguments = [(64, 4), (64, 4), (64, 4), (64, 4)]
    arguments[bad] = (BAD, 2)
    assert client.call("req", *arguments, 64, 64) == "BUFFER_TOO_SMALL"
    arguments[bad] = (64, -1)
    assert client.call("req", *arguments, 64, 64) == "BUFFER_TOO_SMALL"


def test_bad_pointers_to_results(client: Client, server: Server) -> None:
    server.answers["/"] = answer(b"body", "name: value")
    assert client.call("req", server.url(), "GET", "", b"", BAD, 64) == "MEMORY_ACCESS_ERROR"
    assert client.call("req", server.url(), "GET", "", b"", 64, BAD) == "MEMORY_ACCESS_ERROR"
    assert not server.asked
    handle = client.fetch(server.url())[1]
    for buffer, size, result in ((BAD, 9, 64), (64, -1, 64), (64, 9, BAD), (64, 9, -1)):
        assert client.call("header_get", handle, "name", buffer, size, result) == "MEMORY_ACCESS_ERROR"
        assert client.call("headers_get_all", handle, buffer, size, result) == "MEMORY_ACCESS_ERROR"
        assert client.call("body_read", handle, buffer, size, result) == "MEMORY_ACCESS_ERROR"
    assert client.call("header_get", handle, BAD, 2, 64, 9, 80) == "BUFFER_TOO_SMALL"
    assert client.body(handle) == b"body"


def test_no_room_for_a_header(client: Client, server: Server) -> None:
    server.answers["/"] = answer(b"", "name: value")
    handle = client.fetch(server.url())[1]
    assert client.header(handle, "name", 4) == client.headers(handle, 4) == "BUFFER_TOO_SMALL"
    assert client.header(handle, "name", 5) == b"value"
    buffer = client.out(9)
    assert client.call("header_get", handle, b"\xff", buffer, 9, client.out(4)) == "UTF8_ERROR"


def test_a_program_without_memory(client: Client) -> None:
    client.guest.memory.buffer = lambda: memoryview(b"")
    for name, count in {"req": 10, "header_get": 6, "headers_get_all": 4, "body_read": 4}.items():
        assert NAMES[client.function(name)(*[0] * count)] == "MEMORY_NOT_FOUND"
    assert client.function("close")(0) == 0


# --- servers that misbehave


BROKEN: dict[str, bytes] = {
    "nothing": b"",
    "no HTTP": b"220 smtp.example ready\r\n",
    "cut in the headers": b"HTTP/1.1 200 OK\r\nContent-Le",
    "cut in the body": b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc",
    "cut in a chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc",
    "a chunk of no size": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n0\r\n\r\n",
    "a line that is no header": b"HTTP/1.1 200 OK\r\nno header\r\nContent-Length: 0\r\n\r\n",
    "a folded header": b"HTTP/1.1 200 OK\r\na: 1\r\n b: 2\r\nContent-Length: 0\r\n\r\n",
    "a header without end": b"HTTP/1.1 200 OK\r\na: " + b"x" * 70_000 + b"\r\n\r\n",
    "too many headers": b"HTTP/1.1 200 OK\r\n" + b"a: 1\r\n" * 200 + b"\r\n",
    "a status of letters": b"HTTP/1.1 abc OK\r\n\r\n",
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_answer(client: Client, server: Server, what: str) -> None:
    server.answers["/"] = BROKEN[what]
    assert client.refused(server.url()) == "REQUEST_ERROR"
    assert not client.guest.responses


def test_a_port_where_nobody_listens(client: Client) -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    assert client.refused(f"http://127.0.0.1:{port}/") == "REQUEST_ERROR"


@pytest.mark.parametrize("host", ["no-such-host.invalid", "a..b", "x" * 64, "-"])
def test_names_that_mean_nothing(host: str) -> None:
    client = Client("insecure:allow-all")
    with client.process:
        assert client.refused(f"http://{host}/") == "REQUEST_ERROR"


def test_a_body_that_has_no_room(client: Client, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "ROOM", 10_000)
    server.answers["/"] = answer(b"x" * 5000)
    handle = client.fetch(server.url())[1]
    assert client.refused(server.url()) == "RUNTIME_ERROR"
    server.answers["/endless"] = server.drips(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n" + b"x" * 9000)
    assert client.refused(server.url("/endless")) == "RUNTIME_ERROR"
    client.call("close", handle)
    assert client.fetch(server.url())[0] == 200


def test_only_so_many_at_once(server: Server) -> None:
    server.answers["/"] = answer()
    client = Client("http://127.0.0.1", most=2)
    with client.process:
        client.fetch(server.url())
        client.fetch(server.url())
        assert client.refused("not even a url") == client.refused(server.url()) == "TOO_MANY_SESSIONS"
        client.call("close", 0)
        assert client.fetch(server.url()) == (200, 2)


SLOW = {
    "no answer": b"",
    "headers": b"HTTP/1.1 200 OK\r\nx: ",
    "a body": b"HTTP/1.1 200 OK\r\n\r\n",
    "a chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffff\r\n",
}


@pytest.mark.parametrize("what", SLOW)
def test_the_time_limit_holds_while_a_server_drips(client: Client, server: Server, what: str) -> None:
    drips = server.drips(SLOW[what])
    server.answers["/"] = (lambda handler: bool(server.closing.wait(60))) if what == "no answer" else drips  # type: ignore[assignment,return-value]
    client.process.clock.deadline = monotonic() + 300_000_000
    with pytest.raises(TimeLimit):
        client.request(server.url())


def test_the_time_limit_holds_while_nobody_accepts(client: Client) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        callers = [socket.socket() for _ in range(4)]
        for caller in callers:
            # The system takes a connection or two into the queue; from then on, it lets callers wait.
            caller.setblocking(False)
            caller.connect_ex(listener.getsockname())
        client.process.clock.deadline = monotonic() + 300_000_000
        with pytest.raises(TimeLimit):
            client.request(f"http://127.0.0.1:{listener.getsockname()[1]}/")
        for caller in callers:
            caller.close()


# --- redirections


def moved(place: str, status: str = "302 Found") -> bytes:
    return answer(b"", f"Location: {place}", status=status)


@pytest.mark.parametrize(
    ("status", "method", "then", "body"),
    [
        ("301 Moved", "POST", "GET", b""),
        ("302 Found", "POST", "GET", b""),
        ("303 See Other", "HEAD", "HEAD", b""),
        ("307 Temporary", "POST", "POST", b"body"),
        ("308 Permanent", "POST", "POST", b"body"),
    ],
)
def test_a_redirection(client: Client, server: Server, status: str, method: str, then: str, body: bytes) -> None:
    server.answers |= {"/a/b": moved("../c?d", status), "/c": answer()}
    headers = "Content-Type:text/plain\nCookie:secret\n"
    client.fetch(server.url("/a/b"), method, headers, b"body" if method == "POST" else b"")
    assert [asked[1] for asked in server.asked] == ["/a/b", "/c?d"]
    assert (server.asked[1][0], server.asked[1][3]) == (then, body)
    assert ("content-type" in server.asked[1][2]) == bool(body)
    assert server.asked[1][2]["cookie"] == "secret"


def test_a_redirection_leads_nowhere_that_was_not_granted(client: Client, server: Server) -> None:
    for place in (server.url("/x", "localhost"), "//localhost:1/x", "http://127.0.0.1@localhost/"):
        server.answers["/"] = moved(place)
        assert client.refused(server.url()) == "DESTINATION_NOT_ALLOWED"
    for place in ("file:///etc/passwd", "ftp://127.0.0.1/"):
        server.answers["/"] = moved(place)
        assert client.refused(server.url()) in ("INVALID_URL", "REQUEST_ERROR")
    assert {asked[1] for asked in server.asked} == {"/"}


def test_secrets_stay_with_their_host(server: Server) -> None:
    server.answers |= {"/": moved(server.url("/there", "localhost")), "/there": answer()}
    client = Client("insecure:allow-all")
    with client.process:
        client.fetch(server.url(), "GET", "Cookie:a\nAuthorization:b\nX-Other:c\n")
    assert "cookie" not in server.asked[1][2]
    assert "authorization" not in server.asked[1][2]
    assert server.asked[1][2]["x-other"] == "c"


def test_redirections_end(client: Client, server: Server) -> None:
    server.answers["/"] = moved("/")
    assert client.refused(server.url()) == "REQUEST_ERROR"
    assert len(server.asked) == 11


def test_what_looks_like_a_redirection(client: Client, server: Server) -> None:
    server.answers |= {"/none": answer(status="302 Found"), "/other": moved("/x", "304 Not Modified")}
    assert client.fetch(server.url("/none"))[0] == 302
    assert client.fetch(server.url("/other"))[0] == 304


# --- TLS


def test_a_certificate_must_be_vouched_for(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("there is no openssl to make a certificate with")
    subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    key, certificate = str(tmp_path / "key"), str(tmp_path / "certificate")
    made = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-keyout", key, "-out", certificate]
    subprocess.run([openssl, *made, *subject], check=True, capture_output=True)
    import ssl

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    server.answers |= {"/": answer(b"secret"), "/drip": server.drips(b"HTTP/1.1 200 OK\r\n\r\n")}
    url = f"https://localhost:{server.server_port}/"
    client = Client("insecure:allow-all")
    with client.process:
        assert client.refused(url) == "REQUEST_ERROR"
        monkeypatch.setenv("SSL_CERT_FILE", certificate)
        assert client.body(client.fetch(url)[1]) == b"secret"
        assert client.refused(url.replace("localhost", "127.0.0.1")) == "REQUEST_ERROR"
        client.process.clock.deadline = monotonic() + 500_000_000
        with pytest.raises(TimeLimit):
            client.request(url + "drip")


# --- programs


PROGRAM = """(module
  (import "wasi_experimental_http" "req" (func $req
    (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32) (result i32)))
  (import "wasi_experimental_http" "body_read" (func $read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_experimental_http" "close" (func $close (param i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_read" (func $fd_read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "GET")
  (func (export "_start") (local $error i32)
    ;; the URL is what standard input says; the answer goes to standard output, an error becomes the status
    (i64.store (i32.const 16) (i64.const 0x0000_1000_0000_0400))
    (drop (call $fd_read (i32.const 0) (i32.const 16) (i32.const 1) (i32.const 32)))
    (local.set $error (call $req
      (i32.const 0x400) (i32.load (i32.const 32)) (i32.const 0) (i32.const 3)
      (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 40) (i32.const 44)))
    (if (local.get $error) (then (call $exit (local.get $error))))
    (i32.store (i32.const 16) (i32.const 0x2000))
    (loop $more
      (drop (call $read (i32.load (i32.const 44)) (i32.const 0x2000) (i32.const 0x1000) (i32.const 20)))
      (if (i32.load (i32.const 20)) (then
        (drop (call $fd_write (i32.const 1) (i32.const 16) (i32.const 1) (i32.const 32)))
        (br $more))))
    (drop (call $close (i32.load (i32.const 44))))))"""


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("http") / "fetch.wasm"
    path.write_bytes(default_engine().assemble(PROGRAM))
    return path


def test_a_program(program: Path, server: Server) -> None:
    server.answers["/"] = answer(BIG)
    url = server.url().encode()
    result = compat.run(program, stdin=url, allow_hosts=["http://127.0.0.1"], timeout=30)
    assert (result.status, result.stdout == BIG) == (0, True)
    assert compat.run(program, stdin=url).status == HttpError.DESTINATION_NOT_ALLOWED
    refused = compat.run(program, stdin=url, allow_hosts=["http://127.0.0.1"], max_requests=0)
    assert refused.status == HttpError.TOO_MANY_SESSIONS


def test_the_time_limit_of_a_run(program: Path, server: Server) -> None:
    server.answers["/"] = server.drips(b"HTTP/1.1 200 OK\r\n\r\n")
    started = time.monotonic()
    result = compat.run(program, stdin=server.url().encode(), allow_hosts=["http://127.0.0.1"], timeout=0.5)
    assert isinstance(result.error, TimeLimit)
    assert time.monotonic() - started < 30


def test_the_command_line(program: Path, server: Server) -> None:
    server.answers["/"] = answer(b"hello")
    for grant, status, output in ((server.url(), 0, b"hello"), ("http://else.example", 7, b"")):
        command = [sys.executable, "-m", "compat", "run", "--max-requests=1", f"--allow-host={grant}", str(program)]
        done = subprocess.run(command, input=server.url().encode(), capture_output=True, timeout=60, check=False)
        assert (done.returncode, done.stdout) == (status, output)


@pytest.mark.parametrize("option", ["--allow-host=example.com", "--max-requests=-1"])
def test_options_that_mean_nothing(program: Path, option: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", option, str(program)]) == 125
    assert option.partition("=")[2] in capsys.readouterr().err


def test_a_grant_that_means_nothing(program: Path) -> None:
    with pytest.raises(ValueError, match="not of the form"):
        compat.run(program, allow_hosts=["example.com"])


def test_a_program_of_the_other_abi_makes_no_request() -> None:
    sample = Path(__file__).parents[2] / "samples" / "hello.wasm"
    with pytest.raises(compat.Unsupported, match="HTTP requests"):
        compat.run(sample, allow_hosts=["http://127.0.0.1"])
