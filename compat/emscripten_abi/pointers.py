"""Function pointers that the host gives to the guest: `addFunction` and `removeFunction` of src/support.js.

A program built with RESERVED_FUNCTION_POINTERS has, in the table of each signature, a stub for each slot that does no
more than call the import `jsCall_SIG` with the slot's number. All signatures share the slots. A program built with
EMULATED_FUNCTION_POINTERS, or one that can load others, has one table for all signatures, to which functions are added.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from compat.abi.guest import Value
from compat.detect.model import Release
from compat.emscripten_abi.guest import EmscriptenGuest
from compat.errors import Unsupported
from compat.wasm.instructions import instructions
from compat.wasm.model import FuncType, Kind, Module, ValType

Function = Callable[..., Value | None]

_STUB = "jsCall_"
_ADJACENT = Release(1, 37, 29)
"""The release since which the slots are at adjacent function pointers; before, at every second one."""


class HostPointers:
    """The function pointers of one guest that lead to its host."""

    def __init__(self, guest: EmscriptenGuest) -> None:
        self._guest = guest
        self._reserved = _reserved_pointers(guest)
        self._free: list[int] = []
        """Elements that were added to the table and are not in use."""
        self._added: set[int] = set()

    def add(self, function: Function, signature: str) -> int:
        """A pointer for `function`: what `Guest.add_function` says."""
        if len(signature) < 1 or signature.strip("vijfd") or "v" in signature[1:]:
            raise ValueError(f"not a signature: {signature!r} (as in 'vii': the result, then parameters; v i j f d)")
        if self._reserved:
            return self._reserve(function, signature)
        linker = self._guest.linker
        if linker.table is None or not (self._free or linker.table.grow(1)):
            raise Unsupported(
                "the program has no room for function pointers of its host\n"
                "it would have to be built with RESERVED_FUNCTION_POINTERS"
            )
        pointer = self._free.pop() if self._free else len(linker.table) - 1
        linker.table[pointer] = linker.function(f"function pointer {pointer}", _type(signature), function)
        self._added.add(pointer)
        return pointer

    def remove(self, pointer: int) -> None:
        """Let go of a pointer that `add` returned. Raises KeyError for any other."""
        if pointer in self._reserved:
            del self._guest.host_functions[self._reserved.index(pointer)]
            return
        table = self._guest.linker.table
        if table is None:
            raise KeyError(pointer)
        self._added.remove(pointer)
        table[pointer] = None
        self._free.append(pointer)

    def _reserve(self, function: Function, signature: str) -> int:
        declared = self._stub_type(signature)
        taken = self._guest.host_functions
        slot = next((slot for slot in range(len(self._reserved)) if slot not in taken), None)
        if slot is None:
            raise Unsupported(f"all {len(self._reserved)} function pointers that the program reserves are taken")
        legal = "j" in signature and ValType.I64 not in (*declared.params, *declared.results)
        taken[slot] = _legalised(self._guest, function, signature) if legal else function
        return self._reserved[slot]

    def _stub_type(self, signature: str) -> FuncType:
        names = self._guest.detection.glue.import_names
        for item in self._guest.detection.module.imported(Kind.FUNC):
            if names.get(item.name, item.name) == _STUB + signature:
                assert isinstance(item.type, FuncType)
                return item.type
        raise Unsupported(f"no code of the program calls a function pointer of type {signature!r}")


def _type(signature: str) -> FuncType:
    return FuncType(tuple(map(ValType, signature[1:])), () if signature[0] == "v" else (ValType(signature[0]),))


def _legalised(guest: EmscriptenGuest, function: Function, signature: str) -> Function:
    """A 64-bit number is one int to `function`; the guest passes halves, and takes the high one of a result apart."""

    def call(*halves: Value) -> Value | None:
        rest = iter(halves)
        result = function(*[_joined(next(rest), next(rest)) if t == "j" else next(rest) for t in signature[1:]])
        if signature[0] == "j":
            guest.set_temp_ret0(int(result or 0) >> 32)
        return result

    return call


def _joined(low: Value, high: Value) -> int:
    return int(high) << 32 | (int(low) & 0xFFFF_FFFF)


def _reserved_pointers(guest: EmscriptenGuest) -> tuple[int, ...]:
    """The function pointer of each slot, as the stubs lie in the table."""
    module, names = guest.detection.module, guest.detection.glue.import_names
    for index, item in enumerate(module.imported(Kind.FUNC)):
        if names.get(item.name, item.name).startswith(_STUB):
            places = dict(_stubs(module, index))
            if places:
                step = places[1] - places[0] if len(places) > 1 else _step_by_release(guest)
                return tuple(step * (1 + slot) for slot in range(len(places)))
    return ()


def _step_by_release(guest: EmscriptenGuest) -> int:
    epoch = guest.detection.epoch
    return 2 if epoch and epoch.highest < _ADJACENT else 1


def _stubs(module: Module, import_index: int) -> Iterator[tuple[int, int]]:
    """The slots whose stubs call an import, each with the place of its stub in the table."""
    for segment in module.elements:
        for position, function in enumerate(segment.functions):
            code = None if function is None else module.code(function)
            if code is None:
                continue
            body = instructions(module, code)
            first = next(body)
            if first.name == "i32.const" and any(i.name == "call" and i.immediates == (import_index,) for i in body):
                [slot] = first.immediates
                assert isinstance(slot, int)
                yield slot, position
