from __future__ import annotations

from pathlib import Path

import pytest

from compat.kernel.errno import Errno
from compat.kernel.host import platform
from tests.kernel.support import raises


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "/", "../x", "/etc"])
def test_only_single_components_reach_the_host(tmp_path: Path, name: str) -> None:
    handle = platform.open_root(str(tmp_path))
    for call in (
        lambda: platform.lstat(handle, name),
        lambda: platform.open_directory(handle, name),
        lambda: platform.mkdir(handle, name, 0o777),
        lambda: platform.symlink(handle, name, "target"),
        lambda: platform.rename(handle, name, handle, "new"),
        lambda: platform.unlink(handle, name),
        lambda: platform.open_beneath(handle, ["directory", name]),
    ):
        with raises(Errno.EINVAL):
            call()
    handle.close()
