"""Links of a Windows host, as the bytes that [MS-FSCC] 2.1.2.4 says they are."""

from __future__ import annotations

import struct
from contextlib import suppress

import hypothesis.strategies as st
import pytest
from hypothesis import given

from compat.kernel.errno import Errno, SysError
from compat.kernel.host import reparse
from tests.kernel.support import raises


def found(substitute: str, printed: str, flags: int, tag: int = reparse.TAG_SYMLINK) -> bytes:
    """A link as other programs write them: the name to print first."""
    shown, followed = printed.encode("utf-16-le"), substitute.encode("utf-16-le")
    sizes = (len(shown) + len(followed) + 12, 0, len(shown), len(followed), 0, len(shown))
    return struct.pack("<L6HL", tag, *sizes, flags) + shown + followed


def test_a_link_is_written_as_documented() -> None:
    text = "..\\dir\\file".encode("utf-16-le")
    header = (
        bytes.fromhex("0c0000a0") + struct.pack("<HHHHHH", 12 + 2 * len(text), 0, 0, *[len(text)] * 3) + b"\1\0\0\0"
    )
    assert reparse.pack("../dir/file") == header + text + text


def test_links_of_others() -> None:
    assert reparse.unpack(found("..\\dir\\file", "..\\dir\\file", 1)) == "../dir/file"
    assert reparse.unpack(found("\\outside", "", 1)) == "/outside"
    # Nothing in it separates components: in a guest, it leads nowhere.
    assert reparse.unpack(found("\\??\\C:\\Windows", "C:\\Windows", 0)) == "\\??\\C:\\Windows"


def test_other_reparse_points_are_no_links() -> None:
    with raises(Errno.EINVAL):
        reparse.unpack(found("\\??\\C:\\Windows", "C:\\Windows", 0, tag=0xA0000003))


@pytest.mark.parametrize("target", ["a\\b", "C:/x", "con", "dir/nul.txt", "x:y", "a./b", "dir/a "])
def test_a_text_that_would_be_another_one_is_refused(target: str) -> None:
    with raises(Errno.EINVAL):
        reparse.pack(target)


def test_no_text_and_too_much_of_it() -> None:
    with raises(Errno.ENOENT):
        reparse.pack("")
    with raises(Errno.ENAMETOOLONG):
        reparse.pack("dir/" * 2000)
    with raises(Errno.EILSEQ):
        reparse.pack("dir/\udcff")


@given(st.lists(st.sampled_from(["", ".", "..", "dir", "file.txt", "ä", "𝄞"]), min_size=1, max_size=9).map("/".join))
def test_a_text_is_what_it_was(target: str) -> None:
    if target:
        assert reparse.unpack(reparse.pack(target)) == target


@given(st.binary(max_size=60), st.integers(0, 30))
def test_bytes_that_make_no_sense(noise: bytes, cut: int) -> None:
    with suppress(SysError):
        reparse.unpack(noise)
    whole = reparse.pack("some/where")
    with suppress(SysError):
        assert reparse.unpack(whole[: len(whole) - cut])
    with suppress(SysError):
        reparse.unpack(whole[:4] + noise + whole[4 + len(noise) :])
