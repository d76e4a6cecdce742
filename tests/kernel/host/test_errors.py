from __future__ import annotations

import errno

import pytest

from compat.kernel.errno import Errno
from compat.kernel.host.errors import neutral_errno, translated
from tests.kernel.support import raises


@pytest.mark.parametrize(
    ("number", "name"), [(errno.ENOENT, Errno.ENOENT), (errno.EWOULDBLOCK, Errno.EAGAIN), (errno.EPIPE, Errno.EPIPE)]
)
def test_numbers_become_names(number: int, name: Errno) -> None:
    assert neutral_errno(OSError(number, "")) is name


def test_what_posix_does_not_have_is_eio() -> None:
    assert neutral_errno(OSError(987_654, "")) is Errno.EIO
    assert neutral_errno(OSError("no number")) is Errno.EIO


def test_a_number_too_large_for_the_host_is_einval() -> None:
    @translated
    def fail() -> None:
        raise OverflowError

    with raises(Errno.EINVAL):
        fail()
