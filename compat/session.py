"""One guest from file to exit: detect, plan, build the process, link, start.

A `Session` is what `compat.run`, `compat.load` and the command line share. This and `linker` are the only modules that
know both an ABI and an engine.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence

from compat._typing import NamedTuple, Self, cast
from compat.abi.guest import Exit, Value
from compat.detect.detect import detect
from compat.detect.model import Detection
from compat.engine import default_engine
from compat.engine.protocol import Function, Store, StoreLimits
from compat.errors import Unsupported
from compat.kernel.errno import SysError
from compat.kernel.process import Mount, Preopen, Process
from compat.kernel.vfs.stream import BytesInput, CapturedOutput, HostStream
from compat.linker import Linker
from compat.plan import abi_for, make_plan
from compat.wasm.model import FuncType, ValType

__all__ = ["Mount", "Options", "Session", "parse_mount"]


class Options(NamedTuple):
    """How a guest is run. The defaults are the command line's: the host's clock, entropy and standard streams."""

    env: Mapping[str, str] = {}
    """The guest's environment: this and no more, but for what the ABI itself always sets."""
    mounts: Sequence[Mount] = ()
    files: Mapping[str, bytes] = {}
    """Files put into the guest's memory file system before it starts: guest path to content."""
    preload: Sequence[str | os.PathLike[str]] = ()
    """Data packages (`.data`) to be unpacked, besides those beside the program that its glue loads."""
    stdin: bytes | None = None
    """What the guest reads on its standard input; None for the host's own."""
    capture: int | None = None
    """Keep standard output and error, up to this many bytes each, instead of passing them to the host's."""
    glue: str | os.PathLike[str] | None = None
    imports: Mapping[str, Callable[..., Value | None]] = {}
    """Functions of the caller's that the program imports, by name in clear: they go before those of the ABI."""
    abi: str | None = None
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


def parse_mount(text: str) -> Mount:
    """The mount that `HOST[::GUEST][:ro]` names; without GUEST, the path is the same in the guest."""
    text, read_only = (text[:-3], True) if text.endswith(":ro") else (text, False)
    host, separator, guest = text.partition("::")
    return Mount(host, guest if separator else host, read_only=read_only)


class Session:
    """A linked guest. A context manager; closing it frees everything the guest had."""

    def __init__(
        self,
        path: str | os.PathLike[str],
        arguments: Sequence[str],
        options: Options,
        on_slow: Callable[[], None] | None = None,
    ) -> None:
        """Detect, plan, compile and link. `on_slow` is called once if compiling takes over a second.

        Raises MalformedModule or Unsupported where the binary is none or cannot be run, EngineUnavailable, MemoryLimit,
        and OSError where a file or directory of the host cannot be opened.
        """
        self.detection = detect(path, glue=options.glue, abi=options.abi)
        _refuse(os.path.basename(path), self.detection)
        abi = abi_for(self.detection.abi)
        self.plan = make_plan(self.detection, abi.tables)
        bridge = abi.bridge(self.detection, self.plan.bindings, None)
        engine = default_engine(interruptible=options.timeout is not None)
        compiled = engine.compile(self.detection.module, on_slow)
        self.process = _process([os.path.basename(path), *arguments], options)
        self._resources: list[Process | Store] = [self.process]
        """What `close` closes, from the last to the first."""
        try:
            self.guest = abi.guest(self.process, self.detection)
            self.guest.trace = options.trace
            self.guest.frames = options.frames
            _put_files(self.process, self.detection, options)
            store = engine.store(StoreLimits(options.timeout, options.max_memory))
            self._resources.append(store)
            Linker(engine, store, self.guest, abi, self.detection, options.imports).link(compiled, self.plan, bridge)
        except BaseException:
            self.close()
            raise

    def main(self) -> int:
        """Run the program and return its exit status, or 0 where it is a library without one."""
        try:
            self.guest.initialise()
        except Exit as end:
            return end.status
        return self.guest.main()

    def invoke(self, name: str, arguments: Sequence[str]) -> Value | None:
        """Make the instance ready and call one export with numbers given as text. Raises Unsupported for a bad call."""
        export = cast(Function | None, self.guest.exports.get(name))
        if export is None:
            raise Unsupported(f"there is no exported function {name!r}")
        self.guest.initialise()
        result = self.guest.enter(export, *_numbers(arguments, export.type))
        self.guest.settle()
        return result

    def close(self) -> None:
        """Free the guest and its process. Again is harmless."""
        while self._resources:
            self._resources[-1].close()
            self._resources.pop()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _refuse(name: str, detection: Detection) -> None:
    """Raise Unsupported for what cannot be run: what it is, what is missing, what to type next."""
    what = f"{name}: {detection.abi.value}" + f" {detection.epoch}" * bool(detection.epoch)
    needs = [need for need in detection.needs if need.blocking]
    if needs:
        raise Unsupported("\n".join([what, *(f"needs {need.what}" for need in needs), f"try: {needs[0].remedy}"]))


def _process(arguments: Sequence[str], options: Options) -> Process:
    """The process of a new guest, with the streams and mounts that were granted."""

    def output(descriptor: int) -> HostStream | CapturedOutput:
        return CapturedOutput(options.capture) if options.capture is not None else HostStream(descriptor, writable=True)

    try:
        return Process.create(
            args=arguments,
            env=options.env,
            mounts=options.mounts,
            stdin=HostStream(0, readable=True) if options.stdin is None else BytesInput(options.stdin),
            stdout=output(1),
            stderr=output(2),
            deterministic=options.deterministic,
            timeout=options.timeout,
        )
    except SysError as error:
        places = ", ".join(mount.host for mount in options.mounts)
        raise Unsupported(f"cannot mount {places}: {error}") from error


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
            tree.write(path, data)
    if options.files:
        # A guest without a root directory finds them under the name that one would have.
        process.preopens.append(Preopen("/", process.fs.root))


def _numbers(arguments: Sequence[str], declared: FuncType) -> list[Value]:
    if len(arguments) != len(declared.params):
        raise Unsupported(f"the function takes {len(declared.params)} numbers ({declared}), not {len(arguments)}")
    try:
        return [
            float(text) if letter in (ValType.F32, ValType.F64) else int(text, 0)
            for text, letter in zip(arguments, declared.params, strict=True)
        ]
    except ValueError as error:
        raise Unsupported(f"not a number: {error}") from None
