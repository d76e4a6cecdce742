from __future__ import annotations

from pathlib import Path

from compat.emscripten_abi.files import environment
from compat.kernel.files import OpenFlags
from compat.kernel.process import Mount
from compat.kernel.stat import FileType
from tests.emscripten_abi.world import World


def test_the_tree_is_what_programs_expect(world: World) -> None:
    fs = world.process.fs
    for path in ("/tmp", "/home/web_user", "/dev/shm/tmp", "/proc/self/fd"):
        assert fs.stat(path).type is FileType.DIRECTORY
    for path in ("/dev/null", "/dev/tty", "/dev/tty1", "/dev/random", "/dev/urandom"):
        assert fs.stat(path).type is FileType.CHARACTER_DEVICE
    assert [fs.readlink(f"/dev/std{name}") for name in ("in", "out", "err")] == ["/dev/tty", "/dev/tty", "/dev/tty1"]
    assert world.process.getcwd() == "/"
    assert world.process.umask == 0o777


def test_the_standard_streams_are_open_and_terminals() -> None:
    world = World(stdin=b"typed")
    files = world.process.files
    assert list(files) == [0, 1, 2]
    assert files[0].read(10) == b"typed"
    files[1].write(b"out")
    files[2].write(b"err")
    assert (world.stdout.getvalue(), world.stderr.getvalue()) == (b"out", b"err")
    assert all(files[fd].isatty() for fd in files)
    assert files[1].window_size() == (24, 80)
    assert files[1].stat().rdev == 5 << 8
    world.process.close()


def test_random_devices_give_the_process_entropy(world: World) -> None:
    first = world.process.fs.open("/dev/urandom", OpenFlags.READ).read(16)
    again = World()
    assert again.process.fs.open("/dev/urandom", OpenFlags.READ).read(16) == first
    again.process.close()


def test_descriptors_show_the_paths_they_were_opened_by(world: World) -> None:
    fs = world.process.fs
    fs.symlink("file", "/tmp/link")
    fd = world.process.files.open(fs.open("/tmp/file", OpenFlags.WRITE | OpenFlags.CREATE))
    through_link = world.process.files.open(fs.open("/tmp/link", OpenFlags.READ))
    directory = world.process.files.open(fs.open("/home", OpenFlags.READ))
    assert [fs.readlink(f"/proc/self/fd/{n}") for n in (0, fd, through_link, directory)] == [
        "/dev/tty",
        "/tmp/file",
        "/tmp/file",
        "/home",
    ]
    names = [entry.name for entry in fs.open("/proc/self/fd", OpenFlags.READ).readdir()]
    assert names == [".", "..", "0", "1", "2", "3", "4", "5"]
    assert fs.resolve("/proc/self/fd/77").node is None
    assert fs.stat("/proc/self/fd/3").type is FileType.REGULAR


def test_nothing_is_made_in_a_directory_of_the_host(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file where a directory should be")
    world = World(mounts=[Mount(str(tmp_path), "/", read_only=True)])
    assert sorted(item.name for item in tmp_path.iterdir()) == ["home"]
    world.process.fs.open("/tmp/scratch", OpenFlags.WRITE | OpenFlags.CREATE).write(b"seen by the guest only")
    assert world.process.fs.stat("/dev/null").type is FileType.CHARACTER_DEVICE
    assert sorted(item.name for item in tmp_path.iterdir()) == ["home"]
    world.process.close()


def test_the_environment_is_the_usual_one_with_what_was_given_over_it() -> None:
    world = World(args=["program"], env={"HOME": "/elsewhere", "X": "1"})
    variables = environment(world.process)
    assert variables["USER"] == variables["LOGNAME"] == "web_user"
    assert (variables["HOME"], variables["X"], variables["_"]) == ("/elsewhere", "1", "program")
    world.process.close()
