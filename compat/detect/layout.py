"""Where an Emscripten program's memory areas are: where its stack starts is read from what states it, never guessed.

Memory is `null guard | static data | stack, growing up | heap`. From 1.38.24 on the stack's bounds are initial values
of two globals of the module; before, they come in as imports, computed by the glue from the size of the static data,
which is nowhere in the module: uninitialised data leaves no trace in it.

Where the stack ends is the host's choice if the module does not know it: what the glue chose, or Emscripten's default.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from compat._typing import TYPE_CHECKING
from compat.detect.callers import callers
from compat.detect.facts import Facts
from compat.detect.model import Layout
from compat.wasm.metadata import dylink, emscripten_metadata
from compat.wasm.model import ValType

if TYPE_CHECKING:
    from compat.wasm.instructions import Instruction

GLOBAL_BASE = 1024
"""Where static data starts in every program whose section `emscripten_metadata` does not say otherwise."""

DEFAULT_STACK = 5 * 1024 * 1024
"""TOTAL_STACK, where nothing sets it."""

_SMALLEST = 64 * 1024
"""Two globals nearer to each other than this are not the bounds of a stack."""


def layout(facts: Facts) -> Layout | None:
    """The layout by the first source that states it, or None."""
    found = _from_globals(facts) or _from_glue(facts)
    return found and found._replace(dynamic_top=_dynamic_top(facts))


def _dynamic_top(facts: Facts) -> int | None:
    """The address from which `sbrk` loads the end of the heap before it asks for more memory.

    Up to 1.38.45 the host passed it in as DYNAMICTOP_PTR; later, only unoptimised programs call a function for it.
    """
    if "DYNAMICTOP_PTR" in facts.env or "_emscripten_get_sbrk_ptr" in facts.env:
        return None
    for caller in callers(facts, "_emscripten_resize_heap"):
        # Where `sbrk` is part of a larger function, that loads other words before.
        if loaded := list(_loaded(caller.body[: caller.call])):
            return loaded[-1]
    return None


def _loaded(body: Sequence[Instruction]) -> Iterator[int]:
    """The constant addresses from which words are loaded."""
    for constant, load in pairwise(body):
        if constant.name == "i32.const" and load.name == "i32.load":
            address, offset = constant.immediates[0], load.immediates[0]
            assert isinstance(address, int)
            assert isinstance(offset, int)
            yield address + offset


def side_layout(facts: Facts) -> Layout | None:
    """The layout for a side module that is run alone: its static data, which its stack is part of, then the heap."""
    sizes = dylink(facts.module)
    if sizes is None:
        return None
    alignment = max(16, 1 << sizes.memory_alignment)
    base = -(-GLOBAL_BASE // alignment) * alignment
    end = _align(base + sizes.memory_size)
    return Layout(base, end, end, end, source="dylink")


def _from_globals(facts: Facts) -> Layout | None:
    """From the module's own `STACKTOP` and `STACK_MAX`: two mutable globals in a row. Metadata may add where the heap
    starts.

    `STACK_MAX` is optimised away where no code checks the stack. The module then knows nothing of the stack's end.
    """
    values = list(_mutable_constants(facts))
    pair = next(
        ((a, b) for a, b in pairwise(values) if _is_stack_address(a) and b % 16 == 0 and b - a >= _SMALLEST), None
    )
    if pair is None:
        alone = [value for value in values if value != 0]
        if len(alone) != 1 or not _is_stack_address(alone[0]):
            return None
        base = alone[0]
        pair = base, facts.glue.dynamic_base or base + (facts.glue.total_stack or DEFAULT_STACK)
    metadata = emscripten_metadata(facts.module)
    if metadata is None or metadata.dynamic_base is None:
        return Layout(GLOBAL_BASE, *pair, pair[1], source="globals")
    return Layout(
        GLOBAL_BASE if metadata.global_base is None else metadata.global_base,
        *pair,
        metadata.dynamic_base,
        source="metadata",
    )


def _is_stack_address(value: int) -> bool:
    return value > GLOBAL_BASE and value % 16 == 0


def _mutable_constants(facts: Facts) -> Iterator[int]:
    """Initial values of the module's globals in order; 0, which is no bound of a stack, for those of other kinds."""
    for g in facts.module.globals:
        value = g.init.value
        yield value if g.type.mutable and g.type.type is ValType.I32 and isinstance(value, int) else 0


def _from_glue(facts: Facts) -> Layout | None:
    glue = facts.glue
    base = glue.stack_base
    if base is None and glue.static_bump is not None:
        base = _align(GLOBAL_BASE + glue.static_bump)
    if base is None:
        return None
    limit = glue.dynamic_base or base + (glue.total_stack or DEFAULT_STACK)
    return Layout(GLOBAL_BASE, base, limit, _align(limit), source="glue")


def _align(address: int) -> int:
    return (address + 15) & ~15
