"""A process: everything a guest's system calls act on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import TracebackType

from compat._typing import TYPE_CHECKING, NamedTuple
from compat.kernel.clock import Alarm, Clock, SteppingClock, SystemClock
from compat.kernel.entropy import Entropy, SeededEntropy, SystemEntropy
from compat.kernel.errno import Errno, SysError
from compat.kernel.files import FileTable, OpenFile
from compat.kernel.host import system
from compat.kernel.paths import FileSystem
from compat.kernel.vfs.hostfile import HostFile
from compat.kernel.vfs.memory import MEMORY_LIMIT, MemoryVolume
from compat.kernel.vfs.node import Directory
from compat.native.process import NativeProcess

if TYPE_CHECKING:
    from compat.kernel.http import HttpClient
    from compat.kernel.network import Network

FIRST_HOST_DEV = 2
"""Device number of the first mount in a deterministic run; the root in memory is 1."""


class Mount(NamedTuple):
    """A directory of the host that the guest may use."""

    host: str
    """Path on the host."""
    guest: str
    """Path for the guest: absolute where the guest has a root, any name as a WASI preopen."""
    read_only: bool = False


class Preopen(NamedTuple):
    """A directory that a WASI guest is given to start with."""

    name: str
    directory: Directory


class Process:
    """The state behind system calls. A context manager; closing it closes the guest's files and mounts.

    Nothing is open and nothing but mounts is in the tree: which files there are at the start, and at which descriptors
    the standard streams are, is the ABI's to say.
    """

    def __init__(
        self,
        fs: FileSystem,
        *,
        clock: Clock,
        entropy: Entropy,
        stdin: OpenFile,
        stdout: OpenFile,
        stderr: OpenFile,
        args: Sequence[str] = (),
        env: Mapping[str, str] | None = None,
        preopens: Sequence[Preopen] = (),
        sockets: Sequence[OpenFile] = (),
        network: Network | None = None,
        http: HttpClient | None = None,
    ) -> None:
        self.fs = fs
        self.clock = clock
        self.entropy = entropy
        self.stdin = stdin
        self.stdout = stdout
        self.stderr = stderr
        self.args = list(args)
        """The program's name first."""
        self.env = dict(env or {})
        self.preopens = list(preopens)
        self.sockets = list(sockets)
        """Listening sockets that a WASI guest is given to start with."""
        self.native = NativeProcess(
            [_encoded(text) for text in self.args],
            [_encoded(f"{name}={value}") for name, value in self.env.items()],
            clock=isinstance(clock, SystemClock),
            entropy=isinstance(entropy, SystemEntropy),
            limited=clock.deadline is not None,
        )
        """The part of all this that C serves by itself."""
        self.files = FileTable(native=self.native)
        self._network = network
        self.http = http
        """What makes HTTP requests for a WASI guest, if it may make any."""
        self._cwd: Directory | None = None
        self.umask = 0o022
        self.uid = 0
        self.gid = 0
        self.pid = 42
        self.ppid = 1
        for stream in (stdin, stdout, stderr, *sockets):
            # The session reads captured output after the guest closed its descriptors.
            stream.retain()
            if isinstance(stream, HostFile):
                stream.clock = clock

    @classmethod
    def create(
        cls,
        *,
        args: Sequence[str] = (),
        env: Mapping[str, str] | None = None,
        mounts: Sequence[Mount] = (),
        stdin: OpenFile,
        stdout: OpenFile,
        stderr: OpenFile,
        sockets: Sequence[OpenFile] = (),
        network: Network | None = None,
        allow_hosts: Sequence[str] = (),
        max_requests: int | None = None,
        deterministic: bool = True,
        seed: bytes = b"",
        timeout: float | None = None,
        memory_limit: int = MEMORY_LIMIT,
    ) -> Process:
        """A process with an empty root in memory and `mounts` in it and as preopens, in the order given.

        Deterministic: stepping clock, entropy from `seed`, host attributes that differ between runs evened out.
        Otherwise: the host's clock and entropy. `timeout` bounds the seconds that pass until waiting in the kernel ends
        with TimeLimit; `memory_limit` bounds the bytes of files in memory.
        Errors: ENOENT, ENOTDIR or EACCES for a host directory that cannot be opened; EINVAL for an unusable guest path.
        Raises ValueError for `allow_hosts` that are no URLs.
        """
        clock: Clock = SteppingClock() if deterministic else SystemClock()
        if timeout is not None:
            clock.deadline = system.monotonic() + round(timeout * 1e9)
        entropy: Entropy = SeededEntropy(seed) if deterministic else SystemEntropy()
        fs = FileSystem(MemoryVolume(clock, memory_limit).root)
        preopens = [
            Preopen(mount.guest, _open_mount(mount, clock, deterministic, dev))
            for dev, mount in enumerate(mounts, start=FIRST_HOST_DEV)
        ]
        # Parents first: a mount over a directory that is mounted itself must find it there.
        for name, directory in sorted(preopens, key=lambda preopen: preopen.name.strip("/").count("/")):
            fs.mount(name, directory)
        return cls(
            fs,
            clock=clock,
            entropy=entropy,
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            args=args,
            env=env,
            preopens=preopens,
            sockets=sockets,
            network=network,
            http=_http_client(allow_hosts, max_requests, clock),
        )

    @property
    def network(self) -> Network:
        """What it may use of the network: nothing, unless it was given more."""
        if self._network is None:
            from compat.kernel.network import Network  # not above: hardly a program asks

            self._network = Network()
        return self._network

    @property
    def cwd(self) -> Directory:
        """The directory that relative paths start from: the root, unless it was changed."""
        return self._cwd or self.fs.root

    def set_alarm(self, alarm: Alarm) -> None:
        """Let it interrupt what waits, from now on."""
        self.clock.alarm = alarm
        self.native.limit()

    def chdir(self, directory: Directory) -> None:
        """Make `directory` the one that relative paths start from."""
        self._cwd = directory

    def getcwd(self) -> str:
        """The absolute path of the working directory. Errors: ENOENT (removed)."""
        return self.fs.path_of(self.cwd)

    def close(self) -> None:
        """Close the guest's files, its standard streams, its sockets and its mounts."""
        self.files.close_all()
        for stream in (self.stdin, self.stdout, self.stderr, *self.sockets):
            stream.close()
        for _, directory in self.preopens:
            directory.volume.close()

    def __enter__(self) -> Process:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _http_client(hosts: Sequence[str], most: int | None, clock: Clock) -> HttpClient | None:
    if not hosts:
        return None
    from compat.kernel.http import HttpClient  # not above: few runs have one, and HTTP takes long to import

    return HttpClient(hosts, clock, most)


def _open_mount(mount: Mount, clock: Clock, deterministic: bool, dev: int) -> Directory:
    if not mount.guest or "\0" in mount.guest:
        raise SysError(Errno.EINVAL)
    from compat.kernel.vfs.hostfs import HostVolume  # not above: a run without mounts does without it

    return HostVolume(mount.host, clock, read_only=mount.read_only, deterministic=deterministic, dev=dev).root
