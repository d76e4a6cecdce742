"""One guest from file to exit: detect, plan, build the process, link, start.

A `Session` is what `compat.run`, `compat.load` and the command line share. This and `linker` are the only modules that
know both an ABI and an engine.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence

from compat._typing import TYPE_CHECKING, Any, NamedTuple, Self, TypeVar
from compat.abi.guest import Exit, KeepAlive, Scripting, Value
from compat.detect.detect import detect
from compat.detect.model import Detection
from compat.engine import compiled
from compat.engine.protocol import StoreLimits
from compat.errors import GuestError, GuestException, Trap, Unsupported
from compat.kernel.errno import SysError
from compat.kernel.process import Mount, Preopen, Process
from compat.kernel.vfs.stream import BytesInput, CapturedOutput, HostStream, standard_stream
from compat.linker import Linkage, Linker
from compat.plan import HostFunction, abi_for, check_entries, check_threads, make_plan
from compat.wasm.reader import unshared

if TYPE_CHECKING:
    from socket import socket

    from compat.kernel.network import Network

__all__ = ["HostFunction", "Mount", "Options", "Program", "Session", "parse_mount"]

T = TypeVar("T")

LONGEST_TIMEOUT = 1_000_000_000
"""Seconds. A thread cannot wait for ten times as long."""


class Options(NamedTuple):
    """How a guest is run. The defaults are the command line's: the host's clock, entropy and standard streams."""

    env: Mapping[str, str] = {}
    """The guest's environment: this and no more, but for what the ABI itself always sets."""
    mounts: Sequence[Mount] = ()
    files: Mapping[str, bytes] = {}
    """Files put into the guest's memory file system before it starts: guest path to content."""
    listen: Sequence[socket] = ()
    """Listening sockets that become the guest's, at the descriptors behind its preopened directories; WASI only."""
    allow_net: Sequence[str] = ()
    """Places on the network that the guest may use: `HOST[:PORT]` (`kernel.network.parse_grant`)."""
    allow_hosts: Sequence[str] = ()
    """URLs of hosts that the guest may make HTTP requests to, at every port unless one is written out."""
    max_requests: int | None = None
    """How many answers to such requests it may hold at once."""
    preload: Sequence[str | os.PathLike[str]] = ()
    """Data packages (`.data`) to be unpacked, besides those beside the program that its glue loads."""
    stdin: bytes | None = None
    """What the guest reads on its standard input; None for the host's own."""
    capture: int | None = None
    """Keep standard output and error, up to this many bytes each, instead of passing them to the host's."""
    glue: str | os.PathLike[str] | None = None
    import_map: str | os.PathLike[str] | None = None
    """A file that says what minified imports are called."""
    abi: str | None = None
    epoch: str | None = None
    """The release of Emscripten that made the program, where the caller knows it."""
    native: bool = False
    """Have a C compiler make the code."""
    timeout: float | None = None
    """Seconds of wall-clock time."""
    max_memory: int | None = None
    """Bytes of linear memory."""
    frames: int | None = None
    """How many calls its main loop gets, if it sets one; None for no end."""
    deterministic: bool = False
    """A clock that steps, seeded entropy, sorted directories: the same run each time, on each platform."""
    trace: Callable[[str], None] | None = None
    """Gets one line for every host call."""
    imports: Mapping[str, HostFunction] = {}
    """Host functions of the caller's own, by `module.name`."""
    allow_js: bool = False
    """Run the JavaScript that the program calls, out of its glue."""


def parse_mount(text: str) -> Mount:
    """The mount that `HOST[::GUEST][:ro]` names; GUEST is the same path if it is left out. Raises ValueError."""
    path = text.removesuffix(":ro")
    host, separator, guest = path.partition("::")
    if not host or (separator and not guest):
        raise ValueError(f"{text}: not of the form HOST[::GUEST][:ro]")
    return Mount(host, guest or host, read_only=path != text)


def _check(options: Options) -> None:
    if options.timeout is not None and not 0 < options.timeout <= LONGEST_TIMEOUT:
        raise ValueError(f"a time limit of {options.timeout} s: not above 0 and up to {LONGEST_TIMEOUT}")
    if options.max_memory is not None and options.max_memory < 0:
        raise ValueError(f"a memory limit of {options.max_memory} bytes")


class Program:
    """A binary that was detected, planned and compiled: what all sessions that run it have in common."""

    def __init__(
        self,
        path: str | os.PathLike[str],
        options: Options,
        on_slow: Callable[[int | None], None] | None = None,
        *,
        wait: bool = False,
    ) -> None:
        """No code of the guest runs. `on_slow` is called while compiling takes long (`Engine.compile`); `wait` for the
        compiler that makes the fast code, even if another could be quick.

        Raises MalformedModule or Unsupported where the binary is none or cannot be run, EngineUnavailable, and OSError
        where a file of the host cannot be read; ValueError for options that mean nothing.
        """
        _check(options)
        self.name = os.path.basename(path)
        self.detection = detect(path, options.glue, options.abi, options.import_map, options.epoch)
        _refuse(self.name, self.detection)
        self.abi = abi_for(self.detection.abi, self.detection.features)
        if self.abi.makes_threads:
            check_threads(self.detection.module)
        else:
            # Without threads, none needs a memory that they would share.
            self.detection = self.detection._replace(module=unshared(self.detection.module))
        check_entries(self.detection, self.abi)
        if options.listen and not self.abi.takes_sockets:
            raise Unsupported(f"the ABI is {self.detection.abi.value}, whose programs cannot be handed a socket")
        if options.allow_net and not self.abi.makes_sockets:
            raise Unsupported(f"the ABI is {self.detection.abi.value}, whose programs cannot make a socket")
        if options.allow_hosts and not self.abi.makes_requests:
            raise Unsupported(f"the ABI is {self.detection.abi.value}, whose programs cannot make HTTP requests")
        if options.allow_js:
            if self.abi.scripting_tables is None:
                raise Unsupported(f"the ABI is {self.detection.abi.value}, whose programs have no JavaScript")
            self.abi = self.abi._replace(tables=self.abi.scripting_tables())
        self.plan = make_plan(self.detection, self.abi.tables, options.imports)
        self.engine, code = compiled(
            self.detection.module,
            interruptible=options.timeout is not None,
            threads=self.abi.makes_threads,
            native=options.native,
            wait=wait,
            on_slow=on_slow,
        )
        self.linkage = Linkage(
            self.engine,
            code,
            dict(enumerate(self.plan.bindings)),
            self.abi.bridge(self.detection, self.plan.bindings, None),
            direct_calls=self.plan.direct_calls,
            native=options.trace is None,  # a trace tells every call
        )
        self.sessions: set[Session] = set()
        """Those that are open. The machine code goes with the last of them."""


class Session:
    """A linked guest. A context manager; closing it frees everything the guest had."""

    def __init__(self, program: Program, arguments: Sequence[str], options: Options) -> None:
        """Make the process of a guest: no code of it runs yet. `options` are those that the program was made with.

        Raises Unsupported where it cannot be given what they grant, and OSError where a host's file cannot be read.
        """
        self.program = program
        self.detection = program.detection
        self.running = False
        """Whether a call into the guest is under way."""
        self.process = _process([program.name, *arguments], options)
        self._closers = [self.process.close]
        """What `close` calls, from the last to the first."""
        program.sessions.add(self)
        try:
            self.guest = program.abi.guest(self.process, self.detection)
            self.guest.direct_calls = program.linkage.direct_calls
            self.guest.trace = options.trace
            self.guest.frames = options.frames
            _put_files(self.process, self.detection, options)
            store = program.engine.store(StoreLimits(options.timeout, options.max_memory), self.guest.turn)
            self._closers.append(store.close)
            if options.allow_js:
                self.guest.scripting = _scripting(self.detection)
            self._closers.append(self.guest.release)
            self._linker = Linker(program.engine, store, self.guest, program.abi, self.detection, options.imports)
        except BaseException:
            self.close()
            raise

    def start(self) -> None:
        """Link, and make the instance ready for calls. The first of the guest's code runs here: raises as `enter`."""
        self.enter(self._linker.link, self.program.linkage)
        if self.detection.glue.dynamic_libraries:
            # Not above: few programs are linked to any.
            from compat.detect.libraries import linked_libraries

            for name, data in linked_libraries(self.detection):
                self.enter(self.guest.load_library, name, data)
        self.enter(self.guest.initialise)

    def main(self) -> int:
        """Run the program and return its exit status. Raises Unsupported for a library, and as `enter`; no Exit."""
        try:
            self.start()
            return self.enter(self.guest.main)
        except Exit as end:
            return end.status
        finally:
            self.guest.end()

    def call(self, function: Callable[..., Value | None], *arguments: Value) -> Value | None:
        """Call one export of a guest that was started, and let it do what it then has to. Raises as `enter`."""
        turn = self.guest.turn
        self.running = True
        try:
            if turn:
                turn.take()
            try:
                result = function(*arguments)  # as `guest.enter`, which would be one call more
            except KeepAlive:
                result = None
            self.guest.settle()
            return result
        except (GuestException, SysError) as error:
            raise self._explained(error) from error
        finally:
            if turn:
                turn.give()
            self.running = False

    def enter(self, function: Callable[..., T], *arguments: Any) -> T:
        """Call into the guest. Raises Exit where it ends itself, any GuestError, and Unsupported."""
        turn = self.guest.turn
        try:
            if turn:
                turn.take()
            return function(*arguments)
        except (GuestException, SysError) as error:
            raise self._explained(error) from error
        finally:
            if turn:
                turn.give()

    def _explained(self, error: GuestException | SysError) -> GuestError:
        try:
            if isinstance(error, GuestException):
                return self.guest.explain(error)
        except SysError as failure:
            error = failure
        # Not a system call's: the host itself had to use memory, at an address that is the guest's doing.
        return Trap(f"the host was sent to memory that is not there: {error}")

    def close(self) -> None:
        """Free the guest and its process. Again is harmless."""
        while self._closers:
            self._closers[-1]()
            self._closers.pop()
        self.program.sessions.discard(self)
        if not self.program.sessions:
            self.program.linkage.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _refuse(name: str, detection: Detection) -> None:
    """Raise Unsupported for what cannot be run: what it is, what is missing, what to type next."""
    what = f"{name}: {detection.abi.value}" + f", made by Emscripten {detection.epoch}" * bool(detection.epoch)
    needs = [need for need in detection.needs if need.blocking]
    if needs:
        raise Unsupported("\n".join([what, *(f"needs {need.what}" for need in needs), f"try: {needs[0].remedy}"]))


def _scripting(detection: Detection) -> Scripting:
    # Imported here: few programs are allowed JavaScript.
    from compat.detect.container import glue_text
    from compat.javascript import Realm

    return Scripting(Realm, glue_text(detection.glue.path) if detection.glue.path else "")


def _process(arguments: Sequence[str], options: Options) -> Process:
    """The process of a new guest, with the streams, mounts and places of the network that were granted."""

    def output(descriptor: int) -> HostStream | CapturedOutput:
        if options.capture is not None:
            return CapturedOutput(options.capture)
        return standard_stream(descriptor, writable=True)

    network = _network(options.allow_net)
    try:
        return Process.create(
            args=arguments,
            env=options.env,
            mounts=options.mounts,
            stdin=standard_stream(0, readable=True) if options.stdin is None else BytesInput(options.stdin),
            stdout=output(1),
            stderr=output(2),
            sockets=_sockets(options.listen),
            network=network,
            allow_hosts=options.allow_hosts,
            max_requests=options.max_requests,
            deterministic=options.deterministic,
            timeout=options.timeout,
        )
    except SysError as error:
        places = ", ".join(mount.host for mount in options.mounts)
        raise Unsupported(f"cannot mount {places}: {error}") from error


def _sockets(listeners: Sequence[socket]) -> list[HostStream]:
    if not listeners:
        return []
    # Few runs have one, and Python's sockets take long to import.
    from compat.kernel.host import sockets
    from compat.kernel.vfs.socket import HostSocket

    return [HostSocket.owning(sockets.take(listener)) for listener in listeners]


def _network(allowed: Sequence[str]) -> Network | None:
    if not allowed:
        return None
    # Few runs are granted any, and Python's sockets take long to import.
    from compat.kernel.network import Network, parse_grant

    grants = [parse_grant(text) for text in allowed]
    try:
        return Network(grants)
    except SysError as error:
        raise Unsupported(f"cannot look up {', '.join(allowed)}: {error}") from error


def _put_files(process: Process, detection: Detection, options: Options) -> None:
    """The program's own files, and then those given by the caller, who has the last word."""
    glue = detection.glue
    if glue.directories or glue.embedded_files or glue.data_packages or options.preload or options.files:
        # Not above: most programs have no files of their own, and the command line puts none.
        from compat.files import Files
        from compat.packages import packaged_files

        tree = Files(process.fs)
        for directory in glue.directories:
            tree.make_directories(directory)
        for path, data in (*packaged_files(detection, options.preload), *options.files.items()):
            try:
                tree.write(path, data)
            except SysError as error:
                raise Unsupported(f"cannot put the file {path!r} in place: {error}") from error
    if options.files:
        # A guest without a root directory finds them under the name that one would have.
        process.preopens.append(Preopen("/", process.fs.root))
