"""Compiled modules on disk.

An artefact is machine code that the engine maps and runs, so it is checked before use. Each has a *seal* beside it: the
BLAKE2b of its bytes, and its size and times when it was sealed. Hashing 60 MB of machine code would cost more than all
the rest of a warm start, so a file whose size and times are those of its seal is taken as it is; one that was copied,
restored or written to since is hashed, and then sealed again or left to be replaced. That finds truncated, damaged and
half-written files. It is no defence against someone who may write as this user; against other users, files are made
for this user alone, and refused if others may write them.

Several processes may work at once: files are written under a name of their own and renamed. A seal that does not
fit its artefact, because two processes wrote the pair at the same time, costs one hashing.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator

from compat._typing import NamedTuple

try:
    from _blake2 import blake2b
except ImportError:
    # The same function, but hashlib loads OpenSSL for the others: 3 ms, a fifth of what starting Python takes.
    from hashlib import blake2b

VARIABLE = "COMPAT_CACHE_DIR"

NAMES = ".names"
"""What glue tells of a program's minified names (compat/detect/naming.py)."""
ARTEFACTS = (".cwasm", ".so", ".wasm", NAMES)
"""Machine code of either engine, the binaries of modules that were given as text, and names."""
SEAL = ".seal"
REPORT = ".report"
"""What became of the process that optimises an artefact (compat/engine/tiers.py)."""
RECORD = ".launch"
"""How the launcher is to run a program (compat/cli/launch.py)."""
TEMPORARY = ".tmp"
WRITABLE_BY_OTHERS = 0o022


class Entry(NamedTuple):
    """One artefact."""

    name: str
    size: int
    """Bytes."""
    written: float
    """Seconds since 1970."""


def directory() -> str:
    """Where the cache is: `COMPAT_CACHE_DIR`, or where the platform keeps such things."""
    named = os.environ.get(VARIABLE)
    if named:
        return named
    home = os.path.expanduser("~")
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or os.path.join(home, "AppData", "Local")
    elif sys.platform == "darwin":
        base = os.path.join(home, "Library", "Caches")
    else:
        base = os.environ.get("XDG_CACHE_HOME") or os.path.join(home, ".cache")
    return os.path.join(base, "compat")


def key(configuration: str, content: bytes) -> str:
    """The name, without suffix, of what `content` becomes under `configuration`."""
    digest = blake2b(configuration.encode() + b"\0", digest_size=32)
    digest.update(content)
    return digest.hexdigest()


def get(name: str) -> str | None:
    """The path of the artefact of that name, if it is there and sound."""
    path = os.path.join(directory(), name)
    try:
        status = os.stat(path)
        with open(path + SEAL, encoding="utf-8") as file:
            digest, _, sealed = file.read().partition(" ")
        sound = _private(status) and (sealed == identity(status) or _reseal(path, digest))
    except (OSError, UnicodeDecodeError):
        return None
    return path if sound else None


def put(name: str, artefact: bytes | memoryview) -> None:
    """Keep it, in the place of any of that name. Raises OSError."""
    os.makedirs(directory(), mode=0o700, exist_ok=True)
    path = os.path.join(directory(), name)
    write(path, artefact)
    _seal(path, _digest(artefact))


def keep(name: str, artefact: bytes | memoryview, what: str) -> None:
    """`put` for what can be made anew: a cache that cannot be written costs time, not the run, but a warning says that
    `what` is not kept.
    """
    try:
        put(name, artefact)
    except OSError as error:
        if get(name) is not None:
            return  # another process was faster and has mapped it: Windows does not let it be replaced
        import warnings  # not above: no run that goes well needs it

        warnings.warn(f"{what} is not kept: {error}", RuntimeWarning, stacklevel=4)


def remove(name: str) -> None:
    """Delete the artefact of that name, if it is there. Raises OSError."""
    path = os.path.join(directory(), name)
    for part in (path + SEAL, path):
        if os.path.exists(part):
            os.unlink(part)


def entries() -> Iterator[Entry]:
    """What is there, in no order."""
    for item in _files(ARTEFACTS):
        status = item.stat()
        yield Entry(item.name, status.st_size, status.st_mtime)


def size() -> int:
    """Bytes of all artefacts."""
    return sum(entry.size for entry in entries())


def clean() -> tuple[int, int]:
    """Delete all that was written here; how many artefacts that were, and their bytes. Raises OSError."""
    found = list(entries())
    for item in _files((*ARTEFACTS, SEAL, REPORT, RECORD, TEMPORARY)):
        os.unlink(item.path)
    return len(found), sum(entry.size for entry in found)


def _files(suffixes: tuple[str, ...]) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(directory()) as items:
            return [item for item in items if item.name.endswith(suffixes)]
    except FileNotFoundError:
        return []


def _reseal(path: str, digest: str) -> bool:
    with open(path, "rb") as file:
        sound = _digest(file.read()) == digest
    if sound:
        try:
            _seal(path, digest)
        except OSError:
            return True  # the cache is read-only, and so is hashed each time
    return sound


def _seal(path: str, digest: str) -> None:
    """To be called once the file is in place: some file systems count a renaming as a change, and set its time."""
    write(path + SEAL, f"{digest} {identity(os.stat(path))}".encode())


def write(path: str, content: bytes | memoryview) -> None:
    """Write a file of the cache: all of it, or none. Raises OSError."""
    temporary, descriptor = _temporary(path)
    try:
        with open(descriptor, "wb") as file:
            file.write(content)
        os.replace(temporary, path)
    except OSError:
        os.unlink(temporary)
        raise


def unnamed(content: bytes) -> int:
    """A descriptor from which another process can read the content. On POSIX only. Raises OSError."""
    temporary, descriptor = _temporary(os.path.join(directory(), "input"))
    os.unlink(temporary)
    with open(descriptor, "wb", closefd=False) as file:
        file.write(content)
    os.lseek(descriptor, 0, os.SEEK_SET)
    return descriptor


def _temporary(path: str) -> tuple[str, int]:
    """A new file beside `path`: its path and a descriptor."""
    temporary = f"{path}.{os.getpid()}.{os.urandom(4).hex()}{TEMPORARY}"
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    return temporary, os.open(temporary, flags, 0o600)


def _digest(content: bytes | memoryview) -> str:
    return blake2b(content, digest_size=32).hexdigest()


def identity(status: os.stat_result) -> str:
    """Changes with every write. On POSIX no program can set the time of change back."""
    return f"{status.st_size} {status.st_mtime_ns} {status.st_ctime_ns}"


def _private(status: os.stat_result) -> bool:
    user = getattr(os, "geteuid", None)  # Windows has neither owners nor modes of this kind
    return user is None or (status.st_uid == user() and not status.st_mode & WRITABLE_BY_OTHERS)
