from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from compat.abi.guest import Exit
from compat.errors import Abort, Unsupported
from compat.wasi_p1.types import Fdstat, Filetype

from .world import World


def raising(error: BaseException) -> Callable[[], None]:
    def start() -> None:
        raise error

    return start


def test_a_command_returns_0(wasi: World) -> None:
    calls: list[str] = []
    wasi.guest.exports = {"_start": lambda: calls.append("start")}
    wasi.guest.initialise()
    assert wasi.guest.main() == 0
    assert calls == ["start"]


def test_exit_gives_the_status(wasi: World) -> None:
    wasi.guest.exports = {"_start": lambda: wasi.function("proc_exit")(7)}
    assert wasi.guest.main() == 7


def test_a_reactor_is_initialised_and_has_no_main(wasi: World) -> None:
    calls: list[str] = []
    wasi.guest.exports = {"_initialize": lambda: calls.append("initialize")}
    wasi.guest.initialise()
    assert calls == ["initialize"]
    with pytest.raises(Unsupported, match="no main function"):
        wasi.guest.main()


def test_other_failures_pass(wasi: World) -> None:
    wasi.guest.exports = {"_start": raising(Abort("no")), "_initialize": raising(Exit(4))}
    with pytest.raises(Abort):
        wasi.guest.main()
    with pytest.raises(Exit):
        wasi.guest.initialise()


def test_every_call_can_be_told(wasi: World) -> None:
    told: list[str] = []
    wasi.guest.trace = told.append
    wasi.write_file("file")
    assert wasi.refused("missing") == "NOENT"
    wasi.call("fd_close", 9)
    assert told[0].startswith("path_open(fd=3, lookup=1, path='file', oflags=9, base=64, inheriting=0, fdflags=0, ")
    assert told[1] == "fd_close(fd=4) = None"
    assert told[2].endswith(" -> ENOENT")
    assert told[3] == "fd_close(fd=9) -> EBADF"


def test_streams_are_0_to_2_and_preopens_follow(tmp_path: Path) -> None:
    world = World(str(tmp_path))
    types = [world.struct(Fdstat, "fd_fdstat_get", fd).fs_filetype for fd in range(4)]
    assert types[3] == Filetype.DIRECTORY
    assert Filetype.DIRECTORY not in types[:3]
    assert world.call("fd_fdstat_get", 4, 64) == "BADF"


def test_closing_frees_the_lowest_number(wasi: World) -> None:
    assert wasi.call("fd_close", 0) == "SUCCESS"
    assert wasi.open(".") == 0
