"""Names of files on a Windows host: which ones a guest may use, and how they are written there.

A guest's name is bytes, mostly UTF-8; Windows' is 16-bit units, mostly UTF-16. The names that are both map one to one,
and there are no others here: neither for a guest that makes a file, nor in what it sees of a directory.
"""

from __future__ import annotations

from compat.kernel.errno import Errno, SysError

NAME_MAX = 255
"""UTF-16 units."""

_FORBIDDEN = frozenset('"*/:<>?\\|') | frozenset(map(chr, range(32)))
_DEVICES = frozenset({"CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$", "CLOCK$"}) | frozenset(
    device + digit for device in ("COM", "LPT") for digit in "0123456789¹²³"
)


def encode(name: str) -> bytes:
    """A name in UTF-16. Errors: EILSEQ (the guest's bytes are not UTF-8), EINVAL (see `is_usable`), ENAMETOOLONG."""
    if not is_usable(name):
        raise SysError(Errno.EINVAL)
    try:
        units = name.encode("utf-16-le")
    except UnicodeEncodeError:
        raise SysError(Errno.EILSEQ) from None
    if len(units) > 2 * NAME_MAX:
        raise SysError(Errno.ENAMETOOLONG)
    return units


def decode(units: bytes) -> str | None:
    """A name that a directory of the host has, None if a guest cannot use it."""
    try:
        name = units.decode("utf-16-le")
    except UnicodeDecodeError:
        return None
    return name if is_usable(name) else None


def is_component(name: str) -> bool:
    """Whether it is a guest's name of an entry in a directory."""
    return name not in ("", ".", "..") and "/" not in name


def is_usable(name: str) -> bool:
    r"""Whether Windows takes a name for what it says, and nothing more.

    Others reach devices (`NUL`, `com1.txt`), streams of a file (`file:stream`), other folders (`..\file`), or lose
    their end (`file.`, `file `): https://learn.microsoft.com/windows/win32/fileio/naming-a-file
    """
    if not is_component(name) or name[-1] in ". " or not _FORBIDDEN.isdisjoint(name):
        return False
    return name.partition(".")[0].rstrip(" ").upper() not in _DEVICES
