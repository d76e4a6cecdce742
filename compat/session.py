"""One guest from file to exit: detect, plan, build the process, link, start.

A `Session` is what `compat.run`, `compat.load` and the command line share. This is the only module that knows both an
ABI and an engine.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple, NoReturn, Self

from compat.abi.bind import bind
from compat.abi.guest import Guest, Value
from compat.abi.row import Serves
from compat.detect import detect
from compat.detect.model import Detection
from compat.engine import default_engine
from compat.engine.protocol import Extern, Function, Instance, Memory, Store, StoreLimits
from compat.errors import CompatError, MissingImport, Unsupported
from compat.kernel.process import Mount, Process
from compat.plan import Abi, Binding, Plan, abi_for, make_plan
from compat.wasm.model import FuncType, GlobalType, Kind, MemoryType, TableType

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
    """A linked guest. A context manager; closing it frees everything the guest had.

    Raises Unsupported where the binary cannot be run, MalformedModule where it is none, OSError where the file cannot be
    read.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        arguments: Sequence[str],
        options: Options,
        on_slow: Callable[[], None] | None = None,
    ) -> None:
        """`on_slow` is called once if compiling takes over a second."""
        self.name = os.path.basename(path)
        self.detection = detect(path, glue=options.glue, abi=options.abi)
        _refuse_what_cannot_run(self.name, self.detection)
        abi = abi_for(self.detection.abi)
        self.plan = make_plan(self.detection, abi.tables)
        self.process = Process.create(
            [self.name, *arguments],
            options.env,
            mounts=options.mounts,
            files=options.files,
            stdin=options.stdin,
            capture=options.capture,
            deterministic=options.deterministic,
        )
        self.guest = abi.guest(self.process, self.detection)
        self.guest.trace = options.trace
        engine = default_engine()
        compiled = engine.compile(self.detection.module, on_slow)
        self._store = engine.store(StoreLimits(options.timeout, options.max_memory))
        try:
            self._instance = self._link(engine, compiled, abi)
        except BaseException:
            self.close()
            raise

    def _link(self, engine: Engine, compiled: CompiledModule, abi: Abi) -> Instance:
        """Instantiate, between what must be there before (imported memory, bridge) and what can only be after (exports)."""
        store, guest = self._store, self.guest
        own = {b.item: self._own(b) for b in self.plan.bindings if b.item.kind in (Kind.MEMORY, Kind.TABLE)}
        for extern in own.values():
            self._adopt_memory(extern)
        guest.prepare()
        bridge = abi.bridge(self.plan.bindings) if abi.bridge else None
        bridged: Mapping[str, Extern] = {}
        if bridge:
            host = [self._host_function(b) for b in bridge.host]
            memory = [e for b, e in own.items() if b.kind is Kind.MEMORY] if bridge.memory else []
            bridged = store.instantiate(engine.compile_text(bridge.text), [*memory, *host]).exports
        imports = [
            own[b.item] if b.item in own else self._import(b, bridged)
            for b in self.plan.bindings
        ]
        instance = store.instantiate(compiled, imports)
        if not own and (exported := instance.exports.get("memory")):
            self._adopt_memory(exported)
        guest.exports = _Exports(instance, self.detection.glue.export_names)
        if bridge:
            links = bridged["links"]
            for slot, name in enumerate(bridge.links):
                links[slot] = guest.exports.get(name)
        return instance
