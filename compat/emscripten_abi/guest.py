"""An Emscripten program: the memory that its host owns, its start-up and shut-down, and the way into its functions.

The order of events is that of src/preamble.js and src/postamble.js, releases 1.37.2 to 1.39.x.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, MutableMapping
from functools import cached_property
from struct import Struct as Packer

from compat._typing import Any, TypeVar, cast
from compat.abi.guest import Exit, Guest, Value
from compat.detect.model import LARGE_FILES, Detection, Release
from compat.emscripten_abi.errno import MUSL, WASI
from compat.emscripten_abi.files import set_up
from compat.emscripten_abi.timers import Timers
from compat.errors import Abort, CppException, GuestError, GuestException, Unsupported
from compat.kernel.process import Process
from compat.wasm.model import FuncType, Kind, Limits, MemoryType, Module

T = TypeVar("T")
Export = Callable[..., Value | None]

PAGE = 0x1_0000
OWNED = 8192
"""Bytes between stack and heap that the host takes for what the glue allocates statically."""
EMTERPRETER_STACK = 1 << 20
"""Bytes of the emterpreter's own stack, which they take besides where there is bytecode."""

LARGEST_HEAP = 0x8000_0000 - PAGE
"""Bytes: much compiled code holds addresses to be signed."""
_SMALLEST_GROWN = 16 << 20
_DOUBLED_UP_TO = 512 << 20

_PROGRAM_NAME = "./this.program"
_WASI_ERRNO = Release(1, 38, 47)
"""The release in which musl was given WASI's error numbers."""

_ENVIRONMENT_CONSTRUCTOR = "___emscripten_environ_constructor"
_NUMBERED_CONSTRUCTOR = "__GLOBAL__I_"

_CALLER = "dynCall_"
_ENTRY_TYPES = {
    "_main": ("i()", "i(i)", "i(ii)", "i(iii)", "v()", "v(i)", "v(ii)", "v(iii)"),
    "_malloc": ("i(i)",),
    "_memalign": ("i(ii)",),
    "_free": ("v(i)",),
    "_fflush": ("i(i)",),
    "___errno_location": ("i()",),
    "__get_daylight": ("i()",),
    "__get_environ": ("i()",),
    "__get_timezone": ("i()",),
    "__get_tzname": ("i()",),
    "___cxa_can_catch": ("i(iii)",),
    "_setThrew": ("v(ii)",),
    "setThrew": ("v(ii)",),
    "stackAlloc": ("i(i)",),
    "stackSave": ("i()",),
    "stackRestore": ("v(i)",),
    "getTempRet0": ("i()",),
    "setTempRet0": ("v(i)",),
    "__register_pthread_ptr": ("v(iii)",),
    "_emscripten_register_main_browser_thread_id": ("v(i)",),
    "runPostSets": ("v()",),
    "globalCtors": ("v()",),
    "establishStackSpace": ("v(ii)",),
    "___pthread_tsd_run_dtors": ("v()",),
    "_emscripten_get_global_libc": ("i()",),
    "_emscripten_main_thread_process_queued_calls": ("v()",),
}


class ImmediateExit(Exit):
    """`_exit(status)`: an exit at which no handler runs and nothing is flushed."""


class EmscriptenGuest(Guest):
    """A program built by Emscripten's fastcomp, with all that the rows of the ABI keep between calls."""

    exports: Mapping[str, Export]
    in_first_thread = True
    """Whether it is the program's first thread that asks: the only one, unless it was built with others."""

    def __init__(self, process: Process, detection: Detection) -> None:
        """Raises Unsupported where the layout of the program's memory is not known."""
        super().__init__(process)
        set_up(process)
        if detection.layout is None:
            raise Unsupported("where the program's stack and heap lie is told neither by the binary nor by glue")
        self.detection = detection
        self.layout = detection.layout
        self.exports = {}
        self.timers = Timers()
        self.exit_handlers: list[tuple[int, tuple[int, ...]]] = []
        """Function pointers with their arguments, in the order of registration."""
        self.host_functions: dict[int, Export] = {}
        """Host functions that the guest can call through a function pointer, by their slot."""
        epoch = detection.epoch
        self.errno_numbers = WASI if epoch and epoch.lowest >= _WASI_ERRNO else MUSL
        self._parts: dict[Callable[[EmscriptenGuest], object], object] = {}
        self._owned: dict[str, int] = {}
        self._owned_top = _aligned(self.layout.dynamic_base)
        self.heap_start = self._owned_top + OWNED
        if detection.bytecode:
            self.heap_start += _aligned(EMTERPRETER_STACK + len(detection.bytecode.code))
        self.temp_double = self.owned("tempDoublePtr", 8)
        self.dynamic_top = self.layout.dynamic_top or self.owned("DYNAMICTOP_PTR", 4)
        """Address of the word that holds the end of the heap."""

    def imports(self, name: str) -> bool:
        """Whether the program imports something of that name in clear."""
        names = self.detection.glue.import_names
        return any(names.get(item.name, item.name) == name for item in self.detection.module.imports)

    def part(self, kind: Callable[[EmscriptenGuest], T]) -> T:
        """What a family of functions keeps for this guest: `kind(self)` at the first use, the same one after."""
        if kind not in self._parts:
            self._parts[kind] = kind(self)
        return cast("T", self._parts[kind])

    def owned(self, name: str, size: int) -> int:
        """The address of the host's static `name`: `size` bytes, zero at first, aligned to 16, there for good.

        It stands for a static allocation of the glue. Raises Abort where the host's space is used up.
        """
        if name not in self._owned:
            if self._owned_top + size > self.heap_start:
                raise Abort(f"no space for {name}: the guest memory that is the host's is taken")
            self._owned[name] = self._owned_top
            self._owned_top = _aligned(self._owned_top + size)
        return self._owned[name]

    # --- start-up

    def prepare(self) -> None:
        """Copy in static data that the module does not hold, and set the end of the heap, where `sbrk` starts."""
        if self.scripting:
            # Imported here: few programs are allowed JavaScript.
            from compat.emscripten_abi.scripts import Scripts

            self.part(Scripts)
        if self.detection.static_data:
            self.memory.write(self.layout.global_base, self.detection.static_data)
        self.memory.store_32(self.dynamic_top, self.heap_start)

    def initialise(self) -> None:
        """Run the static constructors in the order in which the glue would.

        Raises ImmediateExit, after the shut-down, if one of them ends the program, and Abort for an uncaught exception.
        """
        try:
            self._finish_scripts()
            for name in self._constructors():
                self.call(name)
            self._finish_scripts()
        except ImmediateExit:
            raise
        except Exit as end:
            raise ImmediateExit(self.shut_down(end.status)) from None

    def _constructors(self) -> Iterator[str]:
        """Up to 1.38.20 `runPostSets` comes first. The others are in the glue, in order: exports are sorted by name.

        Without glue, `globalCtors` (from 1.38.26) is all of them; else the environment's goes before those with a
        priority (iostream has one), and these before the rest.
        """
        if "runPostSets" in self.exports:
            yield "runPostSets"
        if "__post_instantiate" in self.exports:
            # A side module that is run alone: this sets its stack up, and calls what it constructs.
            yield "__post_instantiate"
        if self.detection.glue.constructors:
            yield from self.detection.glue.constructors
        elif "globalCtors" in self.exports:
            yield "globalCtors"
        else:
            yield from sorted(filter(_is_constructor, self.exports), key=_constructor_order)

    def main(self) -> int:
        """Call `main`, run what is to be run at exit, flush, and return the status.

        Raises Unsupported for a library, Abort for an uncaught exception, and any other GuestError as it comes.
        """
        declared = self.export_type("_main")
        if declared is None:
            return super().main()
        try:
            arguments = self._arguments()[: len(declared.params)] if declared.params else ()
            status = self.enter(lambda: int(self.call("_main", *arguments) or 0))
            self.settle(lives=status is None)
        except ImmediateExit as end:
            return end.status
        except Exit as end:
            status = end.status
        return 0 if status is None else self.shut_down(status)

    def _arguments(self) -> tuple[int, int, int]:
        """Build argc, argv, and the null that older glue passes for envp, on the guest's stack."""
        strings = [_encoded(text) for text in self.process.args or [_PROGRAM_NAME]]
        block = self.stack_alloc(4 * (len(strings) + 1))
        pointers = []
        for string in strings:
            pointers.append(self.stack_alloc(len(string) + 1))
            self.memory.write(pointers[-1], string + b"\0")
        self.memory.write(block, Packer(f"<{len(pointers) + 1}I").pack(*pointers, 0))
        return len(pointers), block, 0

    def shut_down(self, status: int) -> int:
        """Run the exit handlers, last registered first, and flush.

        The glue of a program without EXIT_RUNTIME does neither, and loses an unfinished last line. Here the line is
        kept, as it is natively; the handlers are left out if the glue says so.
        """
        if self.detection.glue.exit_runtime is False:
            self.exit_handlers.clear()
        while self.exit_handlers:
            pointer, arguments = self.exit_handlers.pop()
            try:
                self.call("dynCall_v" + "i" * len(arguments), pointer, *arguments)
            except ImmediateExit as end:
                return end.status
            except Exit as end:
                status = end.status
        if "_fflush" in self.exports:
            self.call("_fflush", 0)
        return status

    def release(self) -> None:
        if self.scripting and self._parts:
            from compat.emscripten_abi.scripts import Scripts

            if scripts := self._parts.get(Scripts):
                cast("Scripts", scripts).close()

    def settle(self, latest: int | None = None, *, lives: bool = False) -> None:
        """Make the calls that it has asked for, each in its time, until none is left that is due at `latest`.

        If the program `lives` on by its own wish, weak timers keep it going too.
        """
        if self.scripting:
            self._finish_scripts()
        timers, clock = self.timers, self.process.clock
        while (lives or timers.strong) and (timer := timers.pop(latest, lives=lives)):
            clock.sleep(max(0, timer.due - clock.monotonic()))
            self.enter(timer.call)
            self._finish_scripts()

    def _finish_scripts(self) -> None:
        """What promises have put off comes when nothing of the program is under way."""
        if self.scripting:
            from compat.emscripten_abi.scripts import Scripts

            self.enter(self.part(Scripts).finish)

    # --- calls into the guest

    def call(self, name: str, *args: Value) -> Value | None:
        """Call an export from outside of the guest.

        Raises Unsupported if there is none of that name, Abort for an uncaught exception.
        """
        try:
            return self.export(name)(*args)
        except GuestException as error:
            raise self.explain(error) from error

    def export(self, name: str) -> Export:
        """An exported function, by its name in clear. Raises Unsupported if there is none."""
        function = self.exports.get(name)
        if function is None:
            raise Unsupported(f"the program does not export {name}, which its host has to call")
        return function

    def export_type(self, name: str) -> FuncType | None:
        """The declared type of an exported function; None if there is none of that name in clear."""
        index = self._exported.get(name)
        return None if index is None else self.detection.module.func_type(index)

    @cached_property
    def large_files(self) -> bool:
        """Whether file offsets and inode numbers have 64 bits, which changed the structs that hold them.

        Raises Unsupported where that cannot be told.
        """
        epoch = self.detection.epoch
        if epoch is None or epoch.highest < LARGE_FILES:
            return False
        if epoch.lowest < LARGE_FILES:
            raise Unsupported(
                f"whether its files have offsets of 32 or 64 bits cannot be told: Emscripten {epoch} made it, and"
                f" {LARGE_FILES} changed that\n"
                "if you know the release, say it: --epoch, or epoch= of load and run"
            )
        return True

    @cached_property
    def _exported(self) -> Mapping[str, int]:
        return exported_functions(self.detection)

    def call_pointer(self, signature: str, pointer: int, *args: Value) -> Value | None:
        """Call a function pointer from a host function: an exception of the guest's passes on to the guest outside.

        `signature` is letters as in `dynCall_iii`, the result first: v i j f d. A 64-bit number is one int here.
        Raises Unsupported if the program has no function pointers of that signature.
        """
        flat: list[Value] = []
        for letter, value in zip(signature[1:], args, strict=True):
            flat += [int(value) & 0xFFFF_FFFF, int(value) >> 32] if letter == "j" else [value]
        result = self.export(f"dynCall_{signature}")(pointer, *flat)
        if signature[0] == "j":
            return (self.temp_ret0() << 32) | (int(result or 0) & 0xFFFF_FFFF)
        return result

    def add_function(self, function: Export, signature: str) -> int:
        # Imported here: few programs are given functions.
        from compat.emscripten_abi.pointers import HostPointers

        return self.part(HostPointers).add(function, signature)

    def remove_function(self, pointer: int) -> None:
        from compat.emscripten_abi.pointers import HostPointers

        self.part(HostPointers).remove(pointer)

    def load_library(self, name: str, data: bytes) -> Mapping[str, Export | int]:
        from compat.emscripten_abi.dynamic import Libraries

        def find(wanted: str) -> bytes:
            if wanted != name:
                raise Unsupported(f"{name} needs {wanted}, which has to be loaded first")
            return data

        libraries = self.part(Libraries)
        return libraries.loaded[libraries.open(name, find, is_global=True, keep=True)].symbols

    @property
    def bindings(self) -> MutableMapping[str, Any]:
        # Imported here: few programs have any.
        from compat.emscripten_abi.embind.bindings import Bindings

        return self.part(Bindings)

    def library_function(self, name: str) -> Export | None:
        from compat.emscripten_abi.dynamic import Libraries

        return self.part(Libraries).function(name)

    def explain(self, error: GuestException) -> GuestError:
        """The error that says what was thrown. The guest's exceptions are settled: it may be called again."""
        pointer = int(error.values[0]) & 0xFFFF_FFFF
        if not pointer:
            return Abort("longjmp to a function that has returned", error.frames)
        self.bridge["exceptions.settle"]()
        # Imported here: few runs need it.
        from compat.emscripten_abi.typeinfo import describe

        type_info = int(self.bridge["exceptions.type"](pointer) or 0) & 0xFFFF_FFFF
        return CppException(*describe(self, pointer, type_info), error.frames)

    # --- helpers that the program exports

    def temp_ret0(self) -> int:
        return int(self._register("getTempRet0")() or 0)

    def set_temp_ret0(self, value: int) -> None:
        """Set the register that carries a second result, as the high half of a 64-bit one."""
        self._register("setTempRet0")(value)

    def _register(self, name: str) -> Export:
        """The register was the program's own up to 1.38.19, and is the bridge's since."""
        function = self.exports.get(name) or self.bridge.get(name)
        if function is None:
            raise Unsupported(f"neither the program nor its bridge has {name}")
        return function

    def set_errno(self, number: int) -> None:
        """Set C's `errno`; a program that does not export where that is never reads it."""
        location = self.exports.get("___errno_location")
        if location:
            self.memory.store_32(int(location() or 0) & 0xFFFF_FFFF, number)

    def malloc(self, size: int) -> int:
        """The address of `size` bytes from the program's own allocator; 0 where it has none left."""
        return int(self.export("_malloc")(size) or 0) & 0xFFFF_FFFF

    def free(self, address: int) -> None:
        """Give back what `malloc` gave."""
        self.export("_free")(address)

    def stack_alloc(self, size: int) -> int:
        """The address of `size` bytes on the guest's stack, until it is restored."""
        return int(self.export("stackAlloc")(size) or 0) & 0xFFFF_FFFF

    # --- the heap

    @property
    def heap_end(self) -> int:
        """Up to where the heap may reach, in bytes: the end of memory, or a stack that was laid above the heap."""
        return self.layout.stack_base if self.stack_is_above else self.memory.size

    @property
    def stack_is_above(self) -> bool:
        """Whether the stack was laid at the end of memory, since the size of static data is not known exactly."""
        return self.layout.stack_base > self.layout.dynamic_base

    @property
    def can_grow(self) -> bool:
        """Whether the program was built to grow its memory."""
        limits = memory_limits(self.detection.module)
        return limits.maximum != limits.minimum and not self.stack_is_above

    def grow_heap(self, wanted: int) -> bool:
        """Make room for a heap that ends at `wanted`, in bytes, and move its end there; False where that cannot be.

        The steps are the glue's: memory doubles, up to 512 MiB. Where a limit of the host's is in the way of a step, it
        grows by what is needed. From 1.38.25 to 1.38.28 the program leaves it to the host to move the end.
        """
        maximum = memory_limits(self.detection.module).maximum
        ceiling = LARGEST_HEAP if maximum is None else min(LARGEST_HEAP, maximum * PAGE)
        if not self.can_grow or wanted > ceiling:
            return False
        for size in (min(_step(self.memory.size, wanted), ceiling), wanted):
            if self.grow_memory(-(-(size - self.memory.size) // PAGE)):
                self.memory.store_32(self.dynamic_top, wanted)
                return True
        return False


def exported_functions(detection: Detection) -> dict[str, int]:
    """The function exports of a program: name in clear to function index."""
    names = detection.glue.export_names
    return {names.get(e.name, e.name): e.index for e in detection.module.exports if e.kind is Kind.FUNC}


def memory_limits(module: Module) -> Limits:
    """The declared size of a module's memory, imported or its own, in pages; of one without memory, none."""
    declared = [item.type for item in module.imported(Kind.MEMORY)] or list(module.memories)
    first = declared[0] if declared else MemoryType(Limits(0, 0))
    assert isinstance(first, MemoryType)
    return first.limits


def entry_types(name: str) -> tuple[str, ...]:
    """The types under which the host, or the bridge for it, calls the export of that name; none if it never does."""
    if _is_constructor(name):
        return ("v()",)
    letters = name.removeprefix(_CALLER)
    if letters != name and letters and not letters.strip("vijfd"):
        return _caller_types(letters)
    return _ENTRY_TYPES.get(name, ())


def _caller_types(letters: str) -> tuple[str, ...]:
    """What `dynCall_LETTERS` may be, made for JavaScript: a 64-bit number in halves, a float often as a double."""
    params = letters[1:].replace("j", "ii")
    exact = f"{letters[0].replace('j', 'i')}(i{params})"
    return (exact, exact.replace("f", "d")) if "f" in exact else (exact,)


def _is_constructor(name: str) -> bool:
    return name == _ENVIRONMENT_CONSTRUCTOR or name.startswith("__GLOBAL__")


def _constructor_order(name: str) -> tuple[bool, float, str]:
    number = name.removeprefix(_NUMBERED_CONSTRUCTOR)
    return name != _ENVIRONMENT_CONSTRUCTOR, int(number) if number.isdecimal() else float("inf"), name


def _step(size: int, wanted: int) -> int:
    size = max(size, _SMALLEST_GROWN)
    while size < wanted:
        size = 2 * size if size <= _DOUBLED_UP_TO else -(-(3 * size + 0x8000_0000) // 4 // PAGE) * PAGE
    return size


def _encoded(text: str | bytes) -> bytes:
    return text if isinstance(text, bytes) else text.encode("utf-8", "surrogateescape")


def _aligned(address: int) -> int:
    return -(-address // 16) * 16
