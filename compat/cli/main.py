"""`compat COMMAND …`: find the command, and say errors the way the command line says them."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence

from compat._typing import NoReturn
from compat.errors import CompatError, GuestError, Unsupported

STDOUT, STDERR = 1, 2
INTERRUPTED = 130
BROKEN_PIPE = 141
"""As a shell says it of a program that SIGINT or SIGPIPE ended."""

COMMANDS = {
    "run": "run a program, with its arguments",
    "compile": "compile a program, so that it starts at once",
    "inspect": "say what a binary is, and what it needs",
    "stubs": "write what a type checker has to know of a library's functions",
    "abi": "list the functions of the ABIs and how much of each is there",
    "cache": "look at or empty the cache of compiled modules",
    "corpus": "fetch and list the real binaries that compat is tested with",
}

_USAGE = "usage: compat COMMAND [options] …\n       compat --version\n\ncommands:\n" + "".join(
    f"  {name:<10}{summary}\n" for name, summary in COMMANDS.items()
)

_FEW_COLLECTIONS = 50_000
"""Objects made between two looks for garbage. To start makes thousands, and next to all of them stay."""


def process() -> NoReturn:
    """Be the process of the command: run `main`, and end with its status as soon as all is flushed."""
    gc.set_threshold(_FEW_COLLECTIONS)
    _open_standard_streams()
    status = main()
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit((status + (1 << 31)) % (1 << 32) - (1 << 31))  # A WASI status has no sign, a C `int` has.


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return the exit status (design: the guest's own, or 124 and up for what happened to it)."""
    try:
        status = _command(sys.argv[1:] if argv is None else argv)
        sys.stdout.flush()
    except CompatError as error:
        sys.stderr.write(told(error))
        return error.exit_status
    except BrokenPipeError:
        # What is left in the buffer would raise again as Python ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN_PIPE
    except OSError as error:
        sys.stderr.write(f"compat: {error.filename or 'cannot go on'}: {error.strerror}\n")
        return Unsupported.exit_status
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception:
        import traceback  # not above: only a bug needs it

        traceback.print_exc()
        sys.stderr.write("compat: this is a fault in compat itself, please report it\n")
        return CompatError.exit_status
    return status


def _open_standard_streams() -> None:
    """Open the null device where one is closed: else the next file that is opened is the guest's standard stream."""
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= STDERR:
        pass
    os.close(descriptor)
    sys.stdout = sys.stdout or os.fdopen(STDOUT, "w")
    sys.stderr = sys.stderr or os.fdopen(STDERR, "w")


def _command(argv: Sequence[str]) -> int:
    command, *rest = argv or [""]
    if command in ("--version", "-V"):
        from compat import __version__

        print(f"compat {__version__}")
        return 0
    if command in ("--help", "-h"):
        print(_USAGE, end="")
        return 0
    if command not in COMMANDS:
        sys.stderr.write(_USAGE if not command else f"compat: there is no command {command!r}\n{_USAGE}")
        return CompatError.exit_status
    # One command's modules only: a warm run should not pay for the others, nor for `importlib`.
    status: int = __import__(f"compat.cli.{command}", fromlist=("main",)).main(rest)
    return status


def told(error: CompatError) -> str:
    lines = f"compat: {error}\n"
    if isinstance(error, GuestError):
        lines += "".join(
            f"    at {frame.function} (0x{frame.offset:x})" + f" {frame.location}" * bool(frame.location) + "\n"
            for frame in error.frames
        )
    return lines
