"""What a program finds around it when it starts: the tree, the open descriptors, the environment.

Source: src/library_fs.js (createDefaultDirectories, createDefaultDevices, createStandardStreams), src/library_tty.js.
"""

from __future__ import annotations

from collections.abc import Iterator

from compat.emscripten_abi.procfs import DescriptorDirectory
from compat.kernel.errno import Errno, SysError
from compat.kernel.files import OpenFile, OpenFlags
from compat.kernel.paths import FileSystem
from compat.kernel.process import Process
from compat.kernel.stat import InputModes, WindowSize
from compat.kernel.vfs import devices
from compat.kernel.vfs.memory import MemoryDirectory, MemoryVolume

DIRECTORIES = ("/tmp", "/home", "/home/web_user", "/dev", "/dev/shm", "/dev/shm/tmp", "/proc", "/proc/self")
NO_UMASK = 0o777
"""What umask(2) reports first. The JavaScript never took any mask off, so this one stands for none."""
TTY = devices.device_number(5, 0)
TTY1 = devices.device_number(6, 0)
WINDOW = WindowSize(rows=24, columns=80)
"""The size of a terminal, where the host has none behind it."""

DEFAULT_ENVIRONMENT = {
    "USER": "web_user",
    "LOGNAME": "web_user",
    "PATH": "/",
    "PWD": "/",
    "HOME": "/home/web_user",
    "LANG": "C.UTF-8",
}


def environment(process: Process) -> dict[str, str]:
    """The environment: the defaults of buildEnvironment, the program's name as `_`, and over them what was given."""
    program = process.args[0] if process.args else "./this.program"
    return {**DEFAULT_ENVIRONMENT, "_": program, **process.env}


def set_up(process: Process) -> None:
    """Make the tree, open the standard streams as 0, 1 and 2, and set the rest of the process as the JavaScript does.

    Nothing is made in a directory of the host: what is missing there is laid over it, seen by the guest only.
    """
    process.umask = NO_UMASK
    fs = process.fs
    for path in DIRECTORIES:
        if _is_missing(fs, path):
            _make_directory(process, path)
    for file in _make_devices(process):
        process.files.open(file)
    if _is_missing(fs, "/proc/self/fd"):
        fs.mount("/proc/self/fd", DescriptorDirectory(process))
    process.chdir(fs.root)


def _is_missing(fs: FileSystem, path: str) -> bool:
    try:
        return fs.resolve(path).node is None
    except SysError as error:
        # In a directory of the host, what should be a directory may be a file: then it is left as it is.
        if error.errno in (Errno.ENOENT, Errno.ENOTDIR):
            return False
        raise


def _make_directory(process: Process, path: str) -> None:
    parent = process.fs.resolve(path).parent
    if parent.volume.private:
        process.fs.mkdir(path, 0o777)
    else:
        process.fs.mount(path, MemoryVolume(process.clock).root)


def _make_devices(process: Process) -> Iterator[OpenFile]:
    """Fill /dev, unless the user mounted a directory there, and open the standard streams."""
    directory = process.fs.resolve("/dev").node
    volume = directory.volume if isinstance(directory, MemoryDirectory) else MemoryVolume(process.clock)
    tty = _console(volume, process.stdin, process.stdout, TTY)
    tty1 = _console(volume, process.stdin, process.stderr, TTY1)
    if isinstance(directory, MemoryDirectory):
        volume.add(directory, "null", devices.null(volume))
        volume.add(directory, "tty", tty)
        volume.add(directory, "tty1", tty1)
        volume.add(directory, "random", devices.random(volume, process.entropy, 8))
        volume.add(directory, "urandom", devices.random(volume, process.entropy, 9))
        for name, target in (("stdin", "/dev/tty"), ("stdout", "/dev/tty"), ("stderr", "/dev/tty1")):
            directory.symlink(name, target)
    for device, name, flags in (
        (tty, "tty", OpenFlags.READ),
        (tty, "tty", OpenFlags.WRITE),
        (tty1, "tty1", OpenFlags.WRITE),
    ):
        file = device.open(flags)
        if isinstance(directory, MemoryDirectory):
            file.origin = (directory, name)
        yield file


def _console(volume: MemoryVolume, source: OpenFile, sink: OpenFile, rdev: int) -> devices.Device:
    return devices.Device(volume, rdev, lambda flags, node: Console(flags, node, source, sink))


class Console(devices.StreamFile):
    """A standard stream. To the program it is always a terminal, as it was in JavaScript.

    So the C library hands over every line as it ends. A program without EXIT_RUNTIME never flushes, and would lose what
    it wrote to anything else.
    """

    def isatty(self) -> bool:
        """It is."""
        return True

    def set_input_modes(self, modes: InputModes) -> None:
        """Set the host's terminal so, where there is one: of anything else all that is there can be read at once."""
        try:
            super().set_input_modes(modes)
        except SysError:
            return

    def window_size(self) -> WindowSize:
        """The size of the host's terminal, or the usual one where there is none."""
        try:
            return super().window_size()
        except SysError:
            return WINDOW
