"""A program that was built with threads, as each of them sees it."""

from __future__ import annotations

from compat._typing import TYPE_CHECKING, Any, NoReturn
from compat.detect.model import Detection
from compat.emscripten_abi.guest import EmscriptenGuest
from compat.emscripten_abi.pthreads.threads import Threads
from compat.errors import Unsupported
from compat.kernel.process import Process


def _own(name: str) -> Any:
    """An attribute that each thread has of its own."""
    return property(
        lambda self: getattr(self.threads.here, name), lambda self, value: setattr(self.threads.here, name, value)
    )


class ThreadedGuest(EmscriptenGuest):
    """What is of an instance, and so each thread's own, is that of the thread that asks."""

    if not TYPE_CHECKING:
        linker = _own("linker")
        exports = _own("exports")
        bridge = _own("bridge")
        memory = _own("memory")
        grow_memory = _own("grow_memory")
        temp_double = _own("temp_double")

    def __init__(self, process: Process, detection: Detection) -> None:
        """Raises Unsupported where the layout of the program's memory is not known."""
        self.threads = Threads(self)
        self.turn = self.threads.main
        super().__init__(process, detection)
        process.clock.others = self.threads

    @property
    def in_first_thread(self) -> bool:  # type: ignore[override]
        return self.threads.here is self.threads.main

    def initialise(self) -> None:
        self.threads.register_main()
        super().initialise()

    def settle(self, latest: int | None = None, *, lives: bool = False) -> None:
        self.threads.make_queued_calls()
        super().settle(latest, lives=lives)
        if lives and latest is None:
            self.threads.outlive()

    def load_library(self, name: str, data: bytes) -> NoReturn:
        raise Unsupported("the program has threads, each with an instance of its own: no library can be loaded")

    def end(self) -> None:
        self.threads.finish()

    def release(self) -> None:
        self.end()
        super().release()
