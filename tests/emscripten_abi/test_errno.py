from __future__ import annotations

from compat.emscripten_abi import errno
from compat.kernel.errno import Errno


def test_every_error_has_both_numbers() -> None:
    assert set(errno.MUSL) == set(errno.WASI) == set(Errno)


def test_numbers_are_musls() -> None:
    picked = ["EPERM", "ENOENT", "EAGAIN", "ENOSYS", "ELOOP", "ENOTSUP", "ECONNREFUSED"]
    assert [errno.MUSL[Errno[name]] for name in picked] == [1, 2, 11, 38, 40, 95, 111]


def test_numbers_of_late_releases_are_wasis() -> None:
    picked = ["EPERM", "ENOENT", "EAGAIN", "ENOSYS", "ELOOP", "ENOTSUP", "ECONNREFUSED"]
    assert [errno.WASI[Errno[name]] for name in picked] == [63, 44, 6, 52, 32, 138, 14]


def test_no_two_errors_share_a_number() -> None:
    # But for ENOTCAPABLE, which an Emscripten guest is told as EPERM.
    for numbers in (errno.MUSL, errno.WASI):
        assert len(set(numbers.values())) == len(numbers) - 1
