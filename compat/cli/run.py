"""`compat run`: run a program to its end and pass its exit status on."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from compat._typing import TYPE_CHECKING, cast
from compat.abi.guest import Exit, Value
from compat.cli.options import Option, Parsed, UsageError, parse, usage
from compat.engine.protocol import Function
from compat.errors import Unsupported
from compat.kernel.errno import SysError
from compat.session import LONGEST_TIMEOUT, Mount, Options, Program, Session, parse_mount
from compat.wasm.model import FuncType, ValType

try:
    from _signal import SIG_DFL, SIGINT, signal  # type: ignore[import-not-found]
except ImportError:
    # The same function, in a module that makes enumerations of all signals.
    from signal import SIG_DFL, SIGINT, signal

if TYPE_CHECKING:
    from socket import socket

OPTIONS = (
    Option("dir", "HOST[::GUEST][:ro]", "mount a host directory (at GUEST, default the same path; ro: read-only)"),
    Option("mapdir", "GUEST::HOST", "the same, the other way round"),
    Option("env", "K[=V]", "set an environment variable; without a value, pass the host's on"),
    Option("listen", "HOST:PORT", "hand the guest a TCP socket that listens there, behind its directories"),
    Option("allow-net", "HOST[:PORT]", "let the guest use that place on the network (HOST *: every one)"),
    Option("allow-host", "URL", "let the guest make HTTP requests to the host of URL, at its port if it names one"),
    Option("max-requests", "N", "let it hold so many answers at once"),
    Option("glue", "FILE.js", "the JavaScript that Emscripten wrote beside the binary"),
    Option("import-map", "FILE", "what minified imports are called (compat inspect --write-import-map writes a draft)"),
    Option("preload", "FILE.data", "unpack a data package; those that the glue loads are found beside it"),
    Option("abi", "NAME", "take the binary for this ABI instead of asking the detector"),
    Option("epoch", "RELEASE", "take the binary for a build of this release of Emscripten, such as 1.38.30"),
    Option("native", "", "run code that a C compiler makes: the first time takes long (compat compile --native)"),
    Option("invoke", "NAME", "call this export with the arguments, as numbers, instead of main; print what it returns"),
    Option("timeout", "SECONDS", "end the guest after this long (exit status 124)"),
    Option("frames", "N", "call a main loop so many times, then end"),
    Option("max-memory", "BYTES[K|M|G]", "let the guest's memory grow no further"),
    Option("allow-js", "", "run the JavaScript that the program calls, out of its glue"),
    Option("deterministic", "", "a clock that steps, seeded entropy, sorted directories"),
    Option("trace", "", "tell every host call on standard error"),
)
_USAGE = usage(
    "compat run [options] FILE [ARGUMENTS…]",
    "FILE is a .wasm file, or the .js that carries one. What follows it belongs to the guest.",
    OPTIONS,
)
RECORD_VARIABLE = "COMPAT_LAUNCH_RECORD"
"""The launcher sets it to where it has looked for a record of the program."""
_UNITS = {"K": 1 << 10, "M": 1 << 20, "G": 1 << 30}


def main(argv: Sequence[str]) -> int:
    given = parse(argv, OPTIONS)
    if "help" in given:
        print(_USAGE, end="")
        return 0
    if not given.operands:
        raise UsageError("run needs a FILE (compat run --help)")
    file, *arguments = given.operands
    options = Options(
        env=dict(_environment(text) for text in given.all("env")),
        mounts=[_mount(text) for text in given.all("dir")] + [_mapdir(text) for text in given.all("mapdir")],
        preload=given.all("preload"),
        listen=[_listener(text) for text in given.all("listen")],
        allow_net=[_place(text) for text in given.all("allow-net")],
        allow_hosts=[_http_host(text) for text in given.all("allow-host")],
        max_requests=_count(given, "max-requests"),
        glue=given.last("glue"),
        import_map=given.last("import-map"),
        abi=given.last("abi"),
        epoch=given.last("epoch"),
        native="native" in given,
        timeout=_seconds(given.last("timeout")),
        frames=_count(given, "frames"),
        max_memory=_bytes(given.last("max-memory")),
        deterministic="deterministic" in given,
        allow_js="allow-js" in given,
        trace=_write_line if "trace" in given else None,
    )
    # A guest that computes does not let Python's handler run: Ctrl-C is to end the process as it ends any program.
    signal(SIGINT, SIG_DFL)
    program = Program(file, options, on_slow=say_compiling if sys.stderr.isatty() else None)
    with Session(program, arguments, options) as session:
        record = os.environ.pop(RECORD_VARIABLE, None)
        if record and not given.values:
            from compat.cli.launch import leave_record  # not above: a run that was recorded does not come here

            leave_record(record, file, session)
        invoke = given.last("invoke")
        return session.main() if invoke is None else _invoke(session, invoke, arguments)


def _invoke(session: Session, name: str, arguments: Sequence[str]) -> int:
    """Call one export with numbers given as text, and print what it returns."""
    try:
        session.start()
        function = session.guest.exports.get(name)
        if function is None:
            raise UsageError(f"--invoke {name}: there is no exported function of that name")
        result = session.call(function, *_numbers(arguments, cast(Function, function).type))
    except Exit as end:
        return end.status
    if result is not None:
        print(result)
    return 0


def _numbers(arguments: Sequence[str], declared: FuncType) -> list[Value]:
    if len(arguments) != len(declared.params):
        raise UsageError(f"the function takes {len(declared.params)} numbers ({declared}), not {len(arguments)}")
    return [_number(text, letter) for text, letter in zip(arguments, declared.params, strict=True)]


def _number(text: str, kind: ValType) -> Value:
    try:
        return float(text) if kind in (ValType.F32, ValType.F64) else int(text, 0)
    except ValueError:
        raise UsageError(f"{text!r} is not a number of type {kind.name.lower()}") from None


def _mount(text: str) -> Mount:
    try:
        return parse_mount(text)
    except ValueError as error:
        raise UsageError(f"--dir {error}") from None


def _environment(text: str) -> tuple[str, str]:
    name, given, value = text.partition("=")
    if not name:
        raise UsageError(f"--env {text}: a variable needs a name")
    if not given:
        if name not in os.environ:
            raise UsageError(f"--env {name}: not set in this environment")
        value = os.environ[name]
    return name, value


def _mapdir(text: str) -> Mount:
    guest, separator, host = text.partition("::")
    if not separator or not guest or not host:
        raise UsageError(f"--mapdir {text}: not of the form GUEST::HOST")
    return Mount(host, guest)


def _listener(text: str) -> socket:
    # Few runs have one, and Python's sockets take long to import.
    from compat.kernel.host import sockets

    host, separator, port = text.rpartition(":")
    if not separator or not port.isdecimal() or int(port) > sockets.PORT_MAX:
        raise UsageError(f"--listen {text}: not of the form HOST:PORT")
    try:
        return sockets.listen(host.removeprefix("[").removesuffix("]"), int(port))
    except SysError as error:
        raise Unsupported(f"cannot listen at {text}: {error}") from error


def _place(text: str) -> str:
    # Few runs have one, and Python's sockets take long to import.
    from compat.kernel.network import parse_grant

    try:
        parse_grant(text)
    except ValueError as error:
        raise UsageError(f"--allow-net {error}") from None
    return text


def _http_host(text: str) -> str:
    from compat.kernel.http import parse_grant  # as above

    try:
        parse_grant(text)
    except ValueError as error:
        raise UsageError(f"--allow-host {error}") from None
    return text


def _seconds(text: str | None) -> float | None:
    if text is None:
        return None
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0
    if not 0 < seconds <= LONGEST_TIMEOUT:
        raise UsageError(f"--timeout {text}: not a number of seconds, above 0 and up to {LONGEST_TIMEOUT}")
    return seconds


def _count(given: Parsed, name: str) -> int | None:
    text = given.last(name)
    if text is None:
        return None
    if not text.isdecimal():
        raise UsageError(f"--{name} {text}: not a number")
    return int(text)


def _bytes(text: str | None) -> int | None:
    if text is None:
        return None
    digits, unit = (text[:-1], _UNITS[text[-1].upper()]) if text[-1:].upper() in _UNITS else (text, 1)
    if not digits.isdecimal():
        raise UsageError(f"--max-memory {text}: not a number of bytes (with K, M or G)")
    return int(digits) * unit


def _write_line(line: str) -> None:
    sys.stderr.write(line + "\n")


def say_compiling(seconds: int | None) -> None:
    """Tell the terminal how long compiling has taken, in seconds; None when it is over."""
    sys.stderr.write("\n" if seconds is None else f"\rcompat: compiling, once for this binary … {seconds} s")
    sys.stderr.flush()
