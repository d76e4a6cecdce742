"""What a program finds around it when it starts: the tree, the open descriptors, the environment.

Source: src/library_fs.js (createDefaultDirectories, createDefaultDevices, createStandardStreams), src/library_tty.js.
"""

from __future__ import annotations

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
    """Open the standard streams as 0, 1 and 2, and set the rest of the process as the JavaScript does.

    The tree is filled when the program first looks at it. Nothing is made in a directory of the host: what is missing
    there is laid over it, seen by the guest only.
    """
    process.umask = NO_UMASK
    root = process.fs.root.volume
    volume = root if isinstance(root, MemoryVolume) else MemoryVolume(process.clock)
    consoles = _Consoles(process, volume)
    for file in consoles.streams:
        process.files.open(file)
    process.fs.fill_later(lambda: _fill(process, consoles))


class _Consoles:
    """The devices behind the standard streams, and these."""

    def __init__(self, process: Process, volume: MemoryVolume) -> None:
        self.volume = volume
        self.tty = _console(volume, process.stdin, process.stdout, TTY)
        self.tty1 = _console(volume, process.stdin, process.stderr, TTY1)
        self.streams = (
            self.tty.open(OpenFlags.READ),
            self.tty.open(OpenFlags.WRITE),
            self.tty1.open(OpenFlags.WRITE),
        )


def _fill(process: Process, consoles: _Consoles) -> None:
    fs = process.fs
    for path in DIRECTORIES:
        if _is_missing(fs, path):
            _make_directory(process, path, consoles.volume if path == "/dev" else MemoryVolume(process.clock))
    directory = fs.resolve("/dev").node
    if isinstance(directory, MemoryDirectory):
        # Not where the user mounted a directory.
        _make_devices(process, directory, consoles)
    if _is_missing(fs, "/proc/self/fd"):
        fs.mount("/proc/self/fd", DescriptorDirectory(process))


def _is_missing(fs: FileSystem, path: str) -> bool:
    try:
        return fs.resolve(path).node is None
    except SysError as error:
        # In a directory of the host, what should be a directory may be a file: then it is left as it is.
        if error.errno in (Errno.ENOENT, Errno.ENOTDIR):
            return False
        raise


def _make_directory(process: Process, path: str, overlay: MemoryVolume) -> None:
    """`overlay` is what to lay over a directory of the host."""
    parent = process.fs.resolve(path).parent
    if parent.volume.private:
        process.fs.mkdir(path, 0o777)
    else:
        process.fs.mount(path, overlay.root)


def _make_devices(process: Process, directory: MemoryDirectory, consoles: _Consoles) -> None:
    volume = directory.volume
    for name, device in (
        ("null", devices.null(volume)),
        ("tty", consoles.tty),
        ("tty1", consoles.tty1),
        ("random", devices.random(volume, process.entropy, 8)),
        ("urandom", devices.random(volume, process.entropy, 9)),
    ):
        volume.add(directory, name, device)
    for file, name in zip(consoles.streams, ("tty", "tty", "tty1"), strict=True):
        file.origin = (directory, name)
    for name, target in (("stdin", "/dev/tty"), ("stdout", "/dev/tty"), ("stderr", "/dev/tty1")):
        directory.symlink(name, target)


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
