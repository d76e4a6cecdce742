"""One guest from file to exit: detect, plan, build the process, link, start.

A `Session` is what `compat.run`, `compat.load` and the command line share. This is the only module that knows both an
ABI and an engine.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial

from compat._typing import NamedTuple, NoReturn, Self, cast
from compat.abi.bind import bind
from compat.abi.binding import Binding, Bridge, Library
from compat.abi.guest import Exit, Value
from compat.abi.row import Serves
from compat.detect.detect import detect
from compat.detect.model import Detection
from compat.engine import default_engine
from compat.engine.protocol import (
    CompiledModule,
    Engine,
    Extern,
    Function,
    HostBody,
    Instance,
    Memory,
    Store,
    StoreLimits,
    Table,
)
from compat.errors import MissingImport, Unsupported
from compat.kernel.errno import SysError
from compat.kernel.process import Mount, Preopen, Process
from compat.kernel.vfs.stream import BytesInput, CapturedOutput, HostStream
from compat.plan import abi_for, make_plan
from compat.wasm.model import FuncType, GlobalType, Kind, MemoryType, TableType, ValType

__all__ = ["Mount", "Options", "Session", "parse_mount"]


class Options(NamedTuple):
    """How a guest is run. The defaults are the command line's: the host's clock, entropy and standard streams."""

    env: Mapping[str, str] = {}
    """The guest's environment: this and no more, but for what the ABI itself always sets."""
    mounts: Sequence[Mount] = ()
    files: Mapping[str, bytes] = {}
    """Files put into the guest's memory file system before it starts: guest path to content."""
    stdin: bytes | None = None
    """What the guest reads on its standard input; None for the host's own."""
    capture: int | None = None
    """Keep standard output and error, up to this many bytes each, instead of passing them to the host's."""
    glue: str | os.PathLike[str] | None = None
    abi: str | None = None
    timeout: float | None = None
    """Seconds of wall-clock time."""
    max_memory: int | None = None
    """Bytes of linear memory."""
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
        bridge = abi.bridge(self.detection, self.plan.bindings)
        engine = default_engine(interruptible=options.timeout is not None)
        compiled = engine.compile(self.detection.module, on_slow)
        self.process = _process([os.path.basename(path), *arguments], options)
        self._resources: list[Process | Store] = [self.process]
        """What `close` closes, from the last to the first."""
        try:
            self.guest = abi.guest(self.process, self.detection)
            self.guest.trace = options.trace
            _put_files(self.process, options.files)
            self._store = engine.store(StoreLimits(options.timeout, options.max_memory))
            self._resources.append(self._store)
            self._link(engine, compiled, bridge)
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
        result = export(*_numbers(arguments, export.type))
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

    def _link(self, engine: Engine, compiled: CompiledModule, bridge: Bridge | None) -> None:
        """Instantiate the bridge and the guest. Memory comes before both; the bridge gets the guest's exports after."""
        guest, store = self.guest, self._store
        answers = {b.item: self._make(b) for b in self.plan.bindings if b.item.kind is Kind.MEMORY}
        guest.prepare()
        if bridge:
            imports = [*answers.values(), *_instantiated(engine, store, bridge.library)]
            imports += [
                store.function(row.name, type, partial(bind, row, guest, row.name)) for row, type in bridge.host
            ]
            linked = store.instantiate(engine.compile_text(bridge.text), imports)
            guest.bridge = _Exports(linked, {})
            answers |= {item: linked.exports[name] for item, name in bridge.answers.items()}
        imports = [answers[b.item] if b.item in answers else self._make(b) for b in self.plan.bindings]
        instance = store.instantiate(compiled, imports)
        guest.exports = _Exports(instance, self.detection.glue.export_names)
        if "memory" in instance.exports:
            self._adopt(cast(Memory, instance.exports["memory"]))
        if bridge:
            links = cast(Table, linked.exports["links"])
            for slot, name in enumerate(bridge.links):
                links[slot] = guest.exports[name]

    def _adopt(self, memory: Memory) -> None:
        self.guest.memory.buffer = memory.buffer
        self.guest.grow_memory = memory.grow

    def _make(self, binding: Binding) -> Extern:
        """What the host provides for one import."""
        declared = binding.item.type
        match declared:
            case FuncType():
                return self._host_function(binding)
            case MemoryType():
                memory = self._store.memory(declared.limits)
                self._adopt(memory)
                return memory
            case TableType():
                return self._store.table(declared)
            case GlobalType():
                if binding.row is None or binding.row.body is None:
                    raise Unsupported(f"{binding.problem}: a global has no call that could fail later")
                return self._store.global_(declared, binding.row.body(self.guest))
        raise Unsupported(f"{binding.item.module}.{binding.name} is a {binding.item.kind.value}, which no ABI provides")

    def _host_function(self, binding: Binding) -> Function:
        declared = binding.item.type
        assert isinstance(declared, FuncType)
        row = binding.row
        if row and row.serves is Serves.PYTHON:
            make: Callable[[], HostBody] = partial(bind, row, self.guest, binding.name, binding.sig)
        else:
            make = partial(_missing, binding)
        return self._store.function(binding.name, declared, make)


def _instantiated(engine: Engine, store: Store, library: Library | None) -> list[Extern]:
    """The functions of a new instance of what a bridge relies on."""
    if library is None:
        return []
    instance = store.instantiate(engine.compile_text(library.text), [])
    return [instance.exports[name] for name in library.functions]


class _Exports(Mapping[str, Function]):
    """The functions that an instance exports, under their names in clear."""

    def __init__(self, instance: Instance, names: Mapping[str, str]) -> None:
        self._exports = instance.exports
        self._minified = {clear: minified for minified, clear in names.items()}

    def __getitem__(self, name: str) -> Function:
        function = self._exports[self._minified.get(name, name)]
        if not callable(function):
            raise KeyError(name)
        return cast(Function, function)

    def __iter__(self) -> Iterator[str]:
        clear = {minified: name for name, minified in self._minified.items()}
        return (clear.get(name, name) for name, export in self._exports.items() if callable(export))

    def __len__(self) -> int:
        return sum(1 for _ in self)


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


def _put_files(process: Process, files: Mapping[str, bytes]) -> None:
    if files:
        from compat.files import Files  # not above: the command line puts none

        tree = Files(process.fs)
        for path, data in files.items():
            tree.write(path, data)
        # A guest without a root directory finds them under the name that one would have.
        process.preopens.append(Preopen("/", process.fs.root))


def _missing(binding: Binding) -> Callable[..., NoReturn]:
    def call(*_: Value) -> NoReturn:
        raise MissingImport(f"{binding.problem}\nThe program called it. `compat inspect` lists what else is missing.")

    return call


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
