from __future__ import annotations

import pytest

from compat.emscripten_abi.kinds import StatResult, place
from compat.kernel.errno import Errno, SysError
from tests.emscripten_abi.world import World


def test_a_size_that_does_not_fit_is_eoverflow() -> None:
    world = World("1.38.12")
    large = world.process.fs.stat("/tmp")._replace(size=1 << 31)
    with pytest.raises(SysError) as error:
        StatResult(world.guest, 0x100).set(large)
    assert error.value.errno is Errno.EOVERFLOW
    assert world.untouched(0x100, 0x180)
    world.process.close()


def test_times_beyond_32_bits_are_cut_to_the_nearest_that_fits(world: World) -> None:
    far = world.process.fs.stat("/tmp")._replace(mtime=1 << 62)
    StatResult(world.guest, 0x100).set(far)
    assert world.memory.load_i32(0x100 + 64) == 0x7FFFFFFF


def test_an_absolute_path_needs_no_directory(world: World) -> None:
    assert place(world.process, "/x", 99).path == "/x"
    with pytest.raises(SysError) as error:
        place(world.process, "x", 99)
    assert error.value.errno is Errno.EBADF
