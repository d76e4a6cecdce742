"""Small programs, linked with the ABI and run on the engine, as a session links a detected one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import cast

from compat.abi.bind import bind
from compat.abi.row import Serves
from compat.detect.model import AbiName, Detection, Epoch, Glue, Layout, Release
from compat.emscripten_abi import TABLES, EmscriptenGuest, make_bridge
from compat.engine import default_engine
from compat.engine.protocol import Extern, Function, StoreLimits, Table
from compat.kernel.process import Process
from compat.kernel.vfs.stream import BytesInput, CapturedOutput
from compat.plan import Binding, make_plan
from compat.wasm.model import FuncType, GlobalType, MemoryType, Module, TableType, TagType
from compat.wasm.reader import read

PROGRAMS = Path(__file__).parent / "programs"
LAYOUT = Layout(global_base=1024, stack_base=4096, stack_max=69632, dynamic_base=69632, source="globals")
MIDDLE = Epoch(Release.parse("1.38.31"), Release.parse("1.38.43"))


def detection(module: Module, *, layout: Layout = LAYOUT, epoch: Epoch = MIDDLE, glue: Glue | None = None) -> Detection:
    return Detection(module, AbiName.EMSCRIPTEN, 1.0, (), epoch=epoch, layout=layout, glue=glue or Glue())


def process(args: Sequence[str] = ("program",)) -> Process:
    return Process.create(args=args, stdin=BytesInput(b""), stdout=CapturedOutput(), stderr=CapturedOutput())


@contextmanager
def linked(
    program: str | bytes,
    *,
    args: Sequence[str] = ("program",),
    layout: Layout = LAYOUT,
    epoch: Epoch = MIDDLE,
    glue: Glue | None = None,
    memory_limit: int | None = None,
) -> Iterator[EmscriptenGuest]:
    """The guest of a program, in text or binary. An import that no row answers fails here, not when it is called."""
    engine = default_engine()
    module = read(engine.assemble(program) if isinstance(program, str) else program)
    found = detection(module, layout=layout, epoch=epoch, glue=glue)
    plan = make_plan(found, TABLES)
    assert not plan.missing, [binding.problem for binding in plan.missing]
    with process(args) as running, closing(engine.store(StoreLimits(memory=memory_limit))) as store:
        guest = EmscriptenGuest(running, found)
        made: dict[int, Extern] = {}

        def make(binding: Binding) -> Extern:
            declared = binding.item.type
            match declared:
                case FuncType():
                    row = binding.row
                    assert row
                    assert row.serves is Serves.PYTHON
                    return store.function(binding.name, declared, partial(bind, row, guest, binding.name, binding.sig))
                case MemoryType():
                    memory = store.memory(declared.limits)
                    guest.memory.buffer = memory.buffer
                    guest.grow_memory = memory.grow
                    return memory
                case TableType():
                    return store.table(declared)
                case GlobalType():
                    assert binding.row
                    assert binding.row.body
                    return store.global_(declared, binding.row.body(guest))
            raise AssertionError(declared)

        for index, binding in enumerate(plan.bindings):
            if isinstance(binding.item.type, MemoryType):
                made[index] = make(binding)
        guest.prepare()
        bridge = make_bridge(found, plan.bindings)
        answers: dict[object, Extern] = {}
        if bridge:
            below: list[Extern] = list(made.values())
            for _, shared in bridge.shared:
                below.append(store.tag(shared) if isinstance(shared, TagType) else store.global_(shared, 0))
            for library in bridge.libraries:
                code = (
                    engine.compile_text(library.code) if isinstance(library.code, str) else engine.compile(library.code)
                )
                exports = store.instantiate(code, []).exports
                below += [exports[name] for name in library.functions]
            below += [store.function(row.name, type, partial(bind, row, guest, row.name)) for row, type in bridge.host]
            bridged = store.instantiate(engine.compile_text(bridge.text), below).exports
            guest.bridge = {name: export for name, export in bridged.items() if callable(export)}
            answers = {item: bridged[name] for item, name in bridge.answers.items()}
        imports = [made.get(i) or answers.get(b.item) or make(b) for i, b in enumerate(plan.bindings)]
        exports = store.instantiate(engine.compile(module), imports).exports
        guest.exports = {name: export for name, export in exports.items() if callable(export)}
        if bridge:
            links = cast("Table", bridged["links"])
            for slot, name in enumerate(bridge.links):
                links[slot] = cast("Function", guest.exports[name])
        yield guest
