"""Small programs, linked with the ABI and run on the engine, as a session links a detected one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from compat.detect.model import AbiName, Detection, Epoch, Glue, Layout, Release
from compat.emscripten_abi import EmscriptenGuest, make_bridge
from compat.emscripten_abi.tables import TABLES
from compat.engine import default_engine
from compat.engine.protocol import StoreLimits
from compat.kernel.process import Process
from compat.kernel.vfs.stream import BytesInput, CapturedOutput
from compat.linker import Linkage, Linker
from compat.plan import abi_for, make_plan
from compat.wasm.model import Module
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
    baseline: bool = False,
) -> Iterator[EmscriptenGuest]:
    """The guest of a program, in text or binary. An import that no row answers fails here, not when it is called."""
    engine = default_engine(baseline=baseline)
    module = read(engine.assemble(program) if isinstance(program, str) else program)
    found = detection(module, layout=layout, epoch=epoch, glue=glue)
    plan = make_plan(found, TABLES)
    assert not plan.missing, [binding.problem for binding in plan.missing]
    with process(args) as running, closing(engine.store(StoreLimits(memory=memory_limit))) as store:
        guest = EmscriptenGuest(running, found)
        guest.direct_calls = plan.direct_calls
        bridge = make_bridge(found, plan.bindings)
        # The tests are of the rows' bodies in Python; those in C have tests of their own.
        linkage = Linkage(
            engine,
            engine.compile(module),
            dict(enumerate(plan.bindings)),
            bridge,
            direct_calls=plan.direct_calls,
            native=False,
        )
        Linker(engine, store, guest, abi_for(found.abi), found, {}).link(linkage)
        yield guest
