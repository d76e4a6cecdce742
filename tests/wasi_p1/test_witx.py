"""The WITX text, the layouts that follow from it, and whether the rows keep to it."""

from __future__ import annotations

import pytest

from compat.abi.bind import row_type
from compat.abi.kinds import Struct
from compat.abi.row import ABSENT
from compat.kernel.errno import Errno
from compat.wasi_p1 import TABLES, types, unstable, witx
from compat.wasi_p1.table import ERRNO, PREVIEW1, UNSTABLE

DOCUMENT = witx.parse(witx.PREVIEW1.read_text("utf-8"))


def test_there_are_46_functions() -> None:
    assert len(DOCUMENT.functions) == 46


@pytest.mark.parametrize("name", DOCUMENT.functions)
@pytest.mark.parametrize("module", [PREVIEW1, UNSTABLE])
def test_every_function_has_its_row(module: str, name: str) -> None:
    found = TABLES.find(module, name)
    if (module, name) == (UNSTABLE, "sock_accept"):
        assert not found
        return
    ((row, _),) = found
    assert row.level is not ABSENT
    assert row.doc
    assert row_type(row) == DOCUMENT.core_type(DOCUMENT.functions[name])


def test_there_is_no_other_row() -> None:
    assert {row.name for row in TABLES if row.module in (PREVIEW1, UNSTABLE)} == set(DOCUMENT.functions)


def test_unstable_has_only_its_deltas_of_its_own() -> None:
    def bodies(module: str) -> dict[str, object]:
        return {row.name: row.body for row in TABLES if row.module == module}

    first, second = bodies(PREVIEW1), bodies(UNSTABLE)
    assert {name for name in second if second[name] is not first[name]} == {
        "fd_seek",
        "fd_filestat_get",
        "path_filestat_get",
        "poll_oneoff",
    }


def layout(struct: type[Struct]) -> tuple[int, dict[str, int]]:
    return struct.sizeof(), struct.layout().offsets


@pytest.mark.parametrize(
    ("struct", "size", "offsets"),
    [
        (types.Filestat, 64, [0, 8, 16, 24, 32, 40, 48, 56]),
        (unstable.Filestat, 56, [0, 8, 16, 20, 24, 32, 40, 48]),
        (types.Fdstat, 24, [0, 2, 8, 16]),
        (types.Dirent, 24, [0, 8, 16, 20]),
        (types.Iovec, 8, [0, 4]),
        (types.Ciovec, 8, [0, 4]),
        (types.Prestat, 8, [0, 4]),
        (types.EventFdReadwrite, 16, [0, 8]),
        (types.Event, 32, [0, 8, 10, 16]),
        (types.SubscriptionClock, 32, [0, 8, 16, 24]),
        (unstable.SubscriptionClock, 40, [0, 8, 16, 24, 32]),
        (types.SubscriptionU, 40, [0, 8]),
        (types.Subscription, 48, [0, 8]),
        (unstable.Subscription, 56, [0, 8]),
    ],
)
def test_layouts(struct: type[Struct], size: int, offsets: list[int]) -> None:
    assert layout(struct) == (size, dict(zip(struct.layout().fields, offsets, strict=True)))


@pytest.mark.parametrize("name", [n for n, m in DOCUMENT.types.items() if isinstance(m.type, witx.Record | witx.Union)])
def test_structs_have_the_size_that_witx_gives_them(name: str) -> None:
    struct = getattr(types, "".join(part.capitalize() for part in name.split("_")))
    assert DOCUMENT.extent(witx.Name(name)) == (struct.sizeof(), struct.layout().alignment)


def test_some_numbers() -> None:
    assert (types.Errno.BADF, types.Errno.INVAL, types.Errno.NOTCAPABLE) == (8, 28, 76)
    assert (types.Whence.SET.value, types.Whence.CUR.value, types.Whence.END.value) == (0, 1, 2)
    assert (unstable.Whence.CUR.value, unstable.Whence.END.value, unstable.Whence.SET.value) == (0, 1, 2)
    assert types.Right.SOCK_ACCEPT == 1 << 29


def test_every_error_of_the_kernel_has_a_number() -> None:
    assert set(ERRNO) == set(Errno)
    assert 0 not in ERRNO.values()
    assert len(set(ERRNO.values())) == len(ERRNO)


def test_doc_comments_are_read() -> None:
    text = ";;; A thing,\n;;; in two lines.\n(typename $thing (flags (@witx repr u8) ;;; one\n $a $b))\n;; no doc\n"
    thing = witx.parse(text).types["thing"]
    assert thing.doc == "A thing, in two lines."
    assert thing.type == witx.Flags("u8", (witx.Member("a", "one"), witx.Member("b")))
