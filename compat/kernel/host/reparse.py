r"""Symbolic links of a Windows host, as bytes ([MS-FSCC] 2.1.2.4).

A link's text is the guest's, with "/" between components. On the host, it is a relative link with "\".
"""

from __future__ import annotations

import struct

from compat.kernel.errno import Errno, SysError
from compat.kernel.host import names

TAG_SYMLINK = 0xA000000C
RELATIVE = 1
SIZE_MAX = 16 * 1024
"""MAXIMUM_REPARSE_DATA_BUFFER_SIZE."""

_HEADER = struct.Struct("<LHHHHHHL")
"""Tag, size behind `Reserved`, that, offset and size of both names, flags."""
_BEFORE_SIZE = 8
"""Bytes that the size does not count."""


def pack(target: str) -> bytes:
    """A link to be made. Errors: EINVAL, EILSEQ (a component that cannot be a name), ENAMETOOLONG, ENOENT (no text)."""
    if not target:
        raise SysError(Errno.ENOENT)
    for component in target.split("/"):
        if component not in ("", ".", ".."):
            names.encode(component)
    text = target.replace("/", "\\").encode("utf-16-le")
    size = _HEADER.size + 2 * len(text)
    if size > SIZE_MAX:
        raise SysError(Errno.ENAMETOOLONG)
    header = _HEADER.pack(TAG_SYMLINK, size - _BEFORE_SIZE, 0, 0, len(text), len(text), len(text), RELATIVE)
    return header + text + text


def unpack(data: bytes) -> str:
    r"""The text of a link that was found, which others may have made: an absolute one begins with `\??\`.

    Errors: EINVAL (no link), EIO (its bytes make no sense), EILSEQ (its text cannot be UTF-8).
    """
    try:
        tag, _, _, offset, size, _, _, flags = _HEADER.unpack_from(data)
    except struct.error:
        raise SysError(Errno.EIO) from None
    if tag != TAG_SYMLINK:
        raise SysError(Errno.EINVAL)
    units = data[_HEADER.size + offset : _HEADER.size + offset + size]
    if len(units) != size:
        raise SysError(Errno.EIO)
    try:
        text = units.decode("utf-16-le")
    except UnicodeDecodeError:
        raise SysError(Errno.EILSEQ) from None
    return text.replace("\\", "/") if flags & RELATIVE else text
