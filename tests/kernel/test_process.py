from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from compat.errors import TimeLimit
from compat.kernel.errno import Errno
from compat.kernel.files import OpenFile
from compat.kernel.poll import Interest, poll
from compat.kernel.process import Mount, Process
from compat.kernel.vfs.stream import BytesInput, CapturedOutput, HostStream
from tests.kernel.support import CREATE, names, raises, read, write


def create(
    mounts: list[Mount] | None = None,
    *,
    stdin: OpenFile | None = None,
    deterministic: bool = True,
    timeout: float | None = None,
) -> Process:
    return Process.create(
        args=["prog", "a"],
        env={"K": "V"},
        mounts=mounts or [],
        stdin=stdin or BytesInput(b""),
        stdout=CapturedOutput(),
        stderr=CapturedOutput(),
        deterministic=deterministic,
        timeout=timeout,
    )


def test_a_new_process_has_what_it_was_given_and_nothing_else() -> None:
    process = create()
    assert (process.args, process.env, process.preopens, list(process.files)) == (["prog", "a"], {"K": "V"}, [], [])
    assert names(process.fs, "/") == [".", ".."]
    assert process.getcwd() == "/"


def test_mounts_are_preopens_in_order_and_in_the_tree(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").write_text(name)
    mounts = [Mount(str(tmp_path / "two"), "/data/two"), Mount(str(tmp_path / "one"), "data", read_only=True)]
    with create(mounts) as process:
        assert [name for name, _ in process.preopens] == ["/data/two", "data"]
        assert read(process.fs, "/data/two/file") == b"two"
        assert read(process.fs, "/data/file") == b"one"
        with raises(Errno.EROFS):
            write(process.fs, "/data/new", b"")
        assert {process.fs.stat("/").dev, process.fs.stat("/data").dev, process.fs.stat("/data/two").dev} == {1, 2, 3}


@pytest.mark.parametrize(("guest", "errno"), [("", Errno.EINVAL), ("/a\0b", Errno.EINVAL)])
def test_mounts_that_cannot_be(tmp_path: Path, guest: str, errno: Errno) -> None:
    with raises(errno):
        create([Mount(str(tmp_path), guest)])
    with raises(Errno.ENOENT):
        create([Mount(str(tmp_path / "none"), "/x")])


def test_the_working_directory() -> None:
    process = create()
    process.fs.mkdir("/a")
    process.chdir(process.fs.directory("/a"))
    assert process.getcwd() == "/a"
    write(process.fs, "/a/x", b"x")
    assert process.fs.open("x", CREATE, base=process.cwd).read(1) == b"x"
    process.fs.unlink("x", base=process.cwd)
    process.fs.rmdir("/a")
    with raises(Errno.ENOENT):
        process.getcwd()


def test_closing_ends_everything(tmp_path: Path) -> None:
    process = create([Mount(str(tmp_path), "/m")])
    fd = process.files.open(process.stdout)
    process.files[fd].write(b"out")
    process.files.open(process.fs.open("/m/x", CREATE))
    process.close()
    assert len(process.files) == 0
    assert isinstance(process.stdout, CapturedOutput)
    assert process.stdout.getvalue() == b"out"
    process.close()


def test_output_is_kept_when_the_guest_closes_its_descriptor() -> None:
    process = create()
    fd = process.files.open(process.stdout)
    process.files[fd].write(b"out")
    process.files.close(fd)
    assert isinstance(process.stdout, CapturedOutput)
    assert process.stdout.getvalue() == b"out"


@pytest.mark.parametrize("waiting", ["sleep", "poll", "read"])
def test_waiting_ends_at_the_time_limit(waiting: str) -> None:
    reader, writer = os.pipe()
    start = time.monotonic()
    stdin = HostStream(reader, readable=True, owned=True)
    with create(stdin=stdin, deterministic=False, timeout=0.1) as process:
        wait = {
            "sleep": lambda: process.clock.sleep(1 << 70),
            "poll": lambda: poll([Interest(stdin, True, False)], None, process.clock),
            "read": lambda: stdin.read(1),
        }[waiting]
        with pytest.raises(TimeLimit):
            wait()
    assert 0.1 <= time.monotonic() - start < 5
    os.close(writer)
