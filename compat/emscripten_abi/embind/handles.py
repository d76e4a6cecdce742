"""The values of its host that a program holds by number: what stands behind `emscripten::val`."""

from __future__ import annotations

from compat._typing import Any
from compat.emscripten_abi.embind.values import undefined
from compat.errors import Abort, BindingError

_FIXED: dict[int, object] = {1: undefined, 2: None, 3: True, 4: False}
"""Handles that are not counted."""
_FIRST = 5
MOST = 1 << 20
"""Handles at a time: what a program holds is memory of the host."""


class Handles:
    """Values by handle, each with a count of references."""

    def __init__(self) -> None:
        self._held: dict[int, list[Any]] = {}
        """Value and count, by handle."""
        self._free: list[int] = []

    def __len__(self) -> int:
        """How many handles are in use."""
        return len(self._held)

    def add(self, value: Any) -> int:
        """A handle for a value. Raises Abort where the program holds too many."""
        for handle, fixed in _FIXED.items():
            if value is fixed:
                return handle
        if len(self._held) >= MOST:
            raise Abort(f"the program holds {MOST} values of its host's")
        handle = self._free.pop() if self._free else _FIRST + len(self._held)
        self._held[handle] = [value, 1]
        return handle

    def __getitem__(self, handle: int) -> Any:
        """The value of a handle. Raises BindingError for a number that is none."""
        if handle in _FIXED:
            return _FIXED[handle]
        return self._find(handle)[0]

    def retain(self, handle: int) -> None:
        """Count one reference more."""
        if handle not in _FIXED and handle:
            self._find(handle)[1] += 1

    def release(self, handle: int) -> None:
        """Count one reference less; with the last, the handle goes. Of the null handle there is none to count."""
        if handle in _FIXED or not handle:
            return
        held = self._find(handle)
        held[1] -= 1
        if not held[1]:
            del self._held[handle]
            self._free.append(handle)

    def _find(self, handle: int) -> list[Any]:
        held = self._held.get(handle)
        if held is None:
            raise BindingError(f"the program used a value that it had given back (handle {handle})")
        return held
