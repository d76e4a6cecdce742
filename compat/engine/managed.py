"""The base of everything that holds a handle of the C side."""

from __future__ import annotations

from compat._typing import Any, Self


class Managed:
    """Owns one handle. Closing twice does no harm; use after closing raises ValueError.

    The handle is a cffi object that frees what it points to when its last reference goes. So objects may be closed in
    any order: what another object still needs (a mapped memory, for one) goes with that object.
    """

    __slots__ = ("__weakref__", "_handle")

    def __init__(self, handle: Any) -> None:
        self._handle = handle

    @property
    def handle(self) -> Any:
        if self._handle is None:
            raise ValueError(f"{type(self).__name__} is closed")
        return self._handle

    def close(self) -> None:
        self._handle = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()
